"""What every command does around its one library call: progress, the report, errors, exit codes."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import typer

from converter import report as reports
from converter.cli import worker
from converter.errors import ConverterError, UsageError

if TYPE_CHECKING:
    from rich.status import Status

BUG = 1
INTERRUPTED = 130


def run(command: str, arguments: dict[str, Any], view: str, *, as_json: bool) -> dict[str, Any]:
    """Calls the library and shows its report.

    Args:
        command: the name of the command and of the function.
        arguments: what the function takes, as JSON-like values.
        view: the function of ``render`` that shows the report to a person.
        as_json: whether to print the report as JSON instead.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A path need not be text, and a pipe need not know our signs.
            stream.reconfigure(errors="backslashreplace")
    try:
        if isinstance(arguments.get("input_range"), str):
            arguments = {**arguments, "input_range": _parse_range(arguments["input_range"])}
        with _progress() as progress:
            report = worker.call(command, arguments, progress, meanwhile=_json if as_json else _render)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was changed.\n")
        raise typer.Exit(INTERRUPTED) from None
    except ConverterError as error:
        raise _fail(command, worker.error_fields(error), as_json=as_json) from None
    except worker.WorkerError as failure:
        raise _fail(command, failure.error, as_json=as_json) from None
    if as_json:
        _print_json(report)
    else:
        getattr(_render(), view)(report)
    return report


def _parse_range(text: str) -> list[float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise UsageError(
            "input-range", f"--input-range {text}", "this is no range.", "Give LOW,HIGH."
        ) from None
    return [low, high]


def _fail(command: str, error: dict[str, Any], *, as_json: bool) -> typer.Exit:
    if "traceback" in error:
        plea = "This is a bug of upconvert. Please report it, with these lines, to its issue tracker."
        sys.stderr.write(f"{error['traceback']}\n{plea}\n")
        return typer.Exit(BUG)
    if as_json:
        _print_json(reports.new(command, error=error))
    else:
        _render().show_error(error)
    return typer.Exit(error["exit_code"])


def _json() -> None:
    """JSON needs nothing that is not loaded."""


def _render() -> ModuleType:
    """Imported late: it brings rich, which JSON needs not, and loads while the worker works."""
    from converter.cli import render

    return render


def _print_json(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Tells what is being done once a second has passed, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _words: None
        return
    spinner = _Spinner()
    timer = threading.Timer(1.0, spinner.start)
    timer.start()
    try:
        yield spinner.tell
    finally:
        timer.cancel()
        timer.join()
        spinner.stop()


class _Spinner:
    """A line with the last words, for as long as it is started."""

    def __init__(self) -> None:
        self.words = "starting"
        self.status: Status | None = None

    def tell(self, words: str) -> None:
        self.words = words
        if self.status is not None:
            self.status.update(words)

    def start(self) -> None:
        from rich.console import Console

        self.status = Console(stderr=True).status(self.words)
        self.status.start()

    def stop(self) -> None:
        if self.status is not None:
            self.status.stop()
