"""The versioned JSON report that every command can print; what a terminal shows is a view of it."""

from __future__ import annotations

from typing import Any

from converter.version import VERSION

SCHEMA = 1

Report = dict[str, Any]


def new(command: str, **parts: Any) -> Report:
    """A report of one command, with the parts that it fills in."""
    return {"schema": SCHEMA, "upconvert": VERSION, "command": command, **parts}
