"""The library's half of a command, in a process forked before the command line is parsed.

Two reasons. The interpreter loads numpy and h5py there while it loads typer and rich here, so that
a conversion takes hardly longer than those imports. And a damaged HDF5 file can crash libhdf5
itself: that ends the worker, and the user reads what happened instead of ``Segmentation fault``.

Requests, progress and reports cross as lines of JSON. Where there is no ``fork`` the library is
called in this process.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any, NoReturn

from converter.cli.forked import Forked
from converter.errors import ConverterError, SourceError

Progress = Callable[[str], None]

READING_SECONDS = 10.0
"""How much processor time a file may take before a weight of it is read: far more than it needs."""

ENDS = (signal.SIGTERM, signal.SIGINT)
CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}


MODULES = {
    "convert": "converter.conversion",
    "quantize": "converter.conversion",
    "verify": "converter.verification",
    "export": "converter.exporting",
    "patch": "converter.patching",
    "shims": "converter.shimming",
    "skeleton": "converter.shimming",
    "doctor": "converter.diagnosis",
    "inspect": "converter.inspection",
}
"""Where the function of each command lives: only what a command needs is imported."""


class WorkerError(Exception):
    """An error that the worker reported: the fields of a ``ConverterError``, or a traceback of ours."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error


class Worker:
    """One forked process that answers one request."""

    def __init__(self, pid: int, requests: IO[str], replies: IO[str]) -> None:
        self.pid = pid
        self.requests = requests
        self.replies = replies
        self.answered = False

    @classmethod
    def take(cls) -> Worker | None:
        """The worker that was forked, for its one request."""
        found, Forked.current = Forked.current, None
        if found is None:
            return None
        pid, requests, replies = found
        return cls(pid, os.fdopen(requests, "w"), os.fdopen(replies))

    @contextlib.contextmanager
    def replies_to(self, request: dict[str, Any]) -> Iterator[Iterator[dict[str, Any]]]:
        """Sends the request; yields the worker's replies, and ends the worker whatever happens."""
        try:
            with contextlib.suppress(BrokenPipeError):
                self.requests.write(json.dumps(request) + "\n")
                self.requests.close()
            yield (json.loads(line) for line in self.replies)
        finally:
            self.replies.close()
            if not self.answered:  # else it is ending by itself, and nobody waits for that
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGTERM)
                _, status = os.waitpid(self.pid, 0)
                self.exit_code = os.waitstatus_to_exitcode(status)


def call(
    function: str, arguments: dict[str, Any], progress: Progress, meanwhile: Callable[[], object]
) -> dict[str, Any]:
    """Calls ``converter.<function>`` with JSON-like arguments, in the worker where there is one.

    Args:
        function: the name of a public function that returns a report.
        arguments: its arguments.
        progress: told what is being done, a few words at a time.
        meanwhile: called while the worker works, to load what will be needed.

    Raises:
        ConverterError: as the function does, when it runs in this process.
        WorkerError: the same, when it runs in the worker.
    """
    worker = Worker.take()
    if worker is None:
        return dict(_function(function)(**arguments, progress=progress))
    final: dict[str, Any] = {}
    with worker.replies_to({"function": function, "arguments": arguments}) as replies:
        meanwhile()
        for reply in replies:
            if "progress" in reply:
                progress(reply["progress"])
            else:
                final = reply
                worker.answered = True
                break
    if "report" in final:
        report: dict[str, Any] = final["report"]
        return report
    if "error" in final:
        raise WorkerError(final["error"])
    raise _died(worker.exit_code, arguments)


def _died(exit_code: int, arguments: dict[str, Any]) -> SourceError:
    if "out" in arguments:
        from converter.artifact.staging import remove_orphans

        with contextlib.suppress(OSError):
            remove_orphans(arguments["out"])
    source = _source(arguments)
    fix = "Save the model again, or fetch the file again if it was downloaded."
    if -exit_code in CRASHES:
        why = f"the file crashed the HDF5 library ({signal.Signals(-exit_code).name}): it is damaged."
        return SourceError("h5-crash", source, why, fix)
    if -exit_code == signal.SIGPROF:
        why = "reading the file came to no end, and was ended: it is damaged."
        return SourceError("h5-hang", source, why, fix)
    reason = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
    return SourceError(
        "worker-ended",
        source,
        f"the conversion was ended from outside ({reason}), perhaps for want of memory.",
        "Nothing was changed. Free memory and run it again.",
    )


def _source(arguments: dict[str, Any]) -> str:
    return str(arguments.get("source") or arguments.get("artifact", ""))


def error_fields(error: ConverterError) -> dict[str, Any]:
    """A ``ConverterError`` as JSON."""
    return {
        "code": error.code,
        "where": error.where,
        "why": error.why,
        "fix": error.fix,
        "exit_code": error.exit_code,
    }


def _function(name: str) -> Any:
    return getattr(importlib.import_module(MODULES[name]), name)


def serve(parent: int, request_end: int, reply_end: int) -> NoReturn:
    """The worker's whole life.

    Args:
        parent: the process that waits for it.
        request_end: the descriptor that the request is read from.
        reply_end: the descriptor that progress and the answer are written to.
    """
    code = 0
    requests, replies = os.fdopen(request_end), os.fdopen(reply_end, "w")
    try:
        for number in ENDS:
            signal.signal(number, signal.SIG_DFL)
        _load()
        from converter.sources import watchdog

        watchdog.seconds = READING_SECONDS
        _die_with(parent)
        line = requests.readline()
        # Only now is there anything to tidy up.
        for number in ENDS:
            signal.signal(number, _end)
        if line:
            final = _answer(json.loads(line), replies)
            # The parent may end, and this process with it, as soon as it has the answer.
            for number in ENDS:
                signal.signal(number, signal.SIG_DFL)
            _reply(replies, final)
    except (SystemExit, BrokenPipeError):
        code = 130
    except BaseException:  # noqa: BLE001 - reported by the parent, which has the terminal
        code = 1
        with contextlib.suppress(OSError):
            import traceback

            _reply(replies, {"error": {"traceback": traceback.format_exc()}})
    finally:
        os._exit(code)


def _load() -> None:
    """Imports what a conversion needs, as fast as may be."""
    # OpenBLAS would start threads that spin on the core on which the command line is parsed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # h5py asks for the name of the machine, and with it, through a process of its own, of the processor.
    vars(platform.uname()).setdefault("processor", "")
    # Imports make no garbage worth looking for.
    gc.disable()
    importlib.import_module("converter.conversion")
    importlib.import_module("converter.sources.keras_h5")
    gc.freeze()
    gc.enable()


def _answer(request: dict[str, Any], replies: IO[str]) -> dict[str, Any]:
    def progress(words: str) -> None:
        _reply(replies, {"progress": words})

    try:
        return {"report": _function(request["function"])(**request["arguments"], progress=progress)}
    except ConverterError as error:
        return {"error": error_fields(error)}
    except MemoryError:
        why = "reading the model takes more memory than there is."
        lack = SourceError("memory", _source(request["arguments"]), why, "Free memory and run it again.")
        return {"error": error_fields(lack)}


def _reply(replies: IO[str], reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def _end(number: int, _frame: object) -> NoReturn:
    # A second signal (the parent's own, behind Ctrl-C) must not stop the tidying up after the first.
    # Not by SIG_IGN: Python complains aloud of a signal that is already on its way.
    for each in ENDS:
        signal.signal(each, lambda _number, _frame: None)
    raise SystemExit(128 + number)


def _die_with(parent: int) -> None:
    """Asks Linux to end this process when the one that waits for it is killed."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, int(signal.SIGTERM))
        if os.getppid() != parent:  # it was killed before
            raise SystemExit
