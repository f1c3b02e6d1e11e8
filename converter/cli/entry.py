"""Where the console scripts ``upconvert`` and ``convert`` begin."""

from __future__ import annotations

import os
import sys

from converter.cli import forked

TYPE_CHECKING = False  # typing itself is not worth loading before the fork
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130
LIBRARY_COMMANDS = {"convert", "quantize", "verify", "patch", "export", "inspect"}


def upconvert() -> None:
    """``upconvert COMMAND …``."""
    _run(sys.argv[1:])


def convert() -> None:
    """``convert SOURCE OUT …``, which is ``upconvert convert SOURCE OUT …``."""
    _run(["convert", *sys.argv[1:]])


def _run(arguments: list[str]) -> None:
    if arguments and arguments[0] in LIBRARY_COMMANDS and "--help" not in arguments and len(arguments) > 1:
        forked.start()
    try:
        # Only now: the worker loads the library while this process loads typer.
        from converter.cli.app import app

        app(arguments, prog_name="upconvert")
    except SystemExit as ended:
        _leave(ended.code)
    except KeyboardInterrupt:  # while typer was loading: nothing has begun
        _leave(INTERRUPTED)


def _leave(code: str | int | None) -> NoReturn:
    """Ends the process without the interpreter's tidying up, which takes a tenth of a small conversion."""
    if not isinstance(code, int | None):
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # whoever read our output has gone
        code = code or 1
    os._exit(code or 0)
