"""Architectures known by heart, as pure configuration, and how to recognise them from weights alone."""

from __future__ import annotations

from converter.architectures.names import FAMILIES, Request, known_names, parse_request
from converter.architectures.network import Kernel, Network
from converter.architectures.recognition import Proposals, propose

__all__ = [
    "FAMILIES",
    "Kernel",
    "Network",
    "Proposals",
    "Request",
    "known_names",
    "parse_request",
    "propose",
]
