"""``upconvert doctor``."""

from __future__ import annotations

from converter.cli import options
from converter.cli.run import run


def doctor(json: options.Json = False) -> None:
    """Show what is installed, what is missing and how to get it.

    Example: upconvert doctor
    """
    run("doctor", {}, "show_doctor", as_json=json)
