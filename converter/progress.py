"""How the library tells what it is doing, without knowing that a terminal exists."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Told what begins now, in a few words."""


def silent(_words: str) -> None:
    """The progress of a caller who does not want to know."""
