"""What a user's code says, without what only means something to a terminal."""

from __future__ import annotations

import re

CONTROLS = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, movements (ECMA-48, 5.4)
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links and other strings
    r"|\x1b."
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def plain_text(text: str) -> str:
    """Text without escape sequences and control characters; lines and tabs stay."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
