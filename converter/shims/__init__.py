"""Custom layers in JavaScript: found in the library, translated from Python, or written by the user."""

from __future__ import annotations
