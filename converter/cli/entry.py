"""Where the console scripts ``upconvert`` and ``convert`` begin."""

from __future__ import annotations

import sys

from converter.cli.worker import Worker

LIBRARY_COMMANDS = {"convert", "quantize", "verify", "patch"}


def upconvert() -> None:
    """``upconvert COMMAND …``."""
    _run(sys.argv[1:])


def convert() -> None:
    """``convert SOURCE OUT …``, which is ``upconvert convert SOURCE OUT …``."""
    _run(["convert", *sys.argv[1:]])


def _run(arguments: list[str]) -> None:
    if arguments and arguments[0] in LIBRARY_COMMANDS and "--help" not in arguments and len(arguments) > 1:
        Worker.start()
    # Only now: the worker loads the library while this process loads typer.
    from converter.cli.app import app

    app(arguments, prog_name="upconvert")
