"""Conversions in forked children that have little memory and little time.

A server loads the library once and forks a child for each job, so that a file which crashes or hangs
libhdf5, or eats all memory, costs one child and shows up as an outcome. Run as a script this is the
server; ``Jail`` is the other end of its pipes.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes  # noqa: F401 - a child without rights cannot load it any more
import functools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from converter.artifact import staging
from converter.cli.worker import CRASHES
from converter.conversion import convert
from converter.errors import ConverterError
from converter.sources import keras_h5, tfjs, watchdog  # noqa: F401 - loaded before the forks, all of it

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 5
READING_SECONDS = 0.25
"""For files of some kilobytes; the real limit is ``worker.READING_SECONDS``."""
WALL_SECONDS = 60
"""Far more than a conversion takes: the machine may be busy, and only a hang lasts this long."""
NOBODY = 65534

Job = dict[str, Any]
Outcome = dict[str, Any]


class Jail:
    """The server's other end.

    A job names a ``source`` and ``out``, and may name:

    - ``options`` of the conversion;
    - a ``golden`` file and ``mutations`` to try one by one at ``source``: pairs of a length to cut the
      file at (or None) and a list of ``[offset, mask]`` to flip bits by;
    - ``memory`` and ``largest_file``, limits in bytes;
    - ``unprivileged``, to give up the rights of root;
    - ``seconds``, after which to end without a warning, or ``moment``, the number of the operation on
      written files before which to do so;
    - ``slow_rename``, to behave as on a file system that cannot exchange folders.

    An outcome has an ``exit_code`` as the command line would, the error's ``code`` and ``error`` fields,
    the ``traceback`` of a bug, the ``signal`` that ended the child, the processor ``seconds`` it took,
    whether ``out`` was ``written`` and what is ``left`` beside it.
    """

    def __init__(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        self.server.stdin.close()
        self.server.stdout.close()
        self.server.wait(10)

    def run(self, source: Path, out: Path, **job: Any) -> Outcome:
        """The outcome of one conversion."""
        return self.ask({"source": str(source), "out": str(out), **job})[0]

    def mutate(self, golden: Path, folder: Path, mutations: Sequence[Any], **job: Any) -> list[Outcome]:
        """The outcome of each mutation of a golden file."""
        places = {"source": str(folder / "model.h5"), "out": str(folder / "out"), "golden": str(golden)}
        return self.ask({**places, "mutations": mutations, "tidy": True, **job})

    def ask(self, job: Job) -> list[Outcome]:
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())


@functools.cache
def shared() -> Jail:
    """The one jail of a test run."""
    jail = Jail()
    atexit.register(jail.close)
    return jail


def serve() -> None:
    """Answers jobs until there are no more."""
    os.fsync = lambda _descriptor: None  # thousands of conversions need not reach the disk
    # numpy has threads, which a child that only converts does without.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    for line in sys.stdin:
        job = json.loads(line)
        wanted = len(job.get("mutations", [None]))
        outcomes: list[Outcome] = []
        while len(outcomes) < wanted:
            found, status = forked(job, len(outcomes))
            outcomes += found
            if len(outcomes) < wanted:
                outcomes.append(after(job, died(job, status)))
        sys.stdout.write(json.dumps(outcomes) + "\n")
        sys.stdout.flush()


def forked(job: Job, start: int) -> tuple[list[Outcome], int]:
    """The outcomes from number ``start`` on until the child ended, and how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            with os.fdopen(writer, "w", buffering=1) as replies:
                work(job, start, replies)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as replies:
        found = [json.loads(line) for line in replies if line.endswith("\n")]
    return found, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def work(job: Job, start: int, replies: Any) -> None:
    """The child's whole life."""
    confine(job)
    golden = Path(job["golden"]).read_bytes() if "golden" in job else b""
    for mutation in job.get("mutations", [None])[start:]:
        if mutation is not None:
            Path(job["source"]).write_bytes(mutated(golden, *mutation))
        # Both end the process: a hang inside libhdf5 hears no Python handler.
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, job.get("seconds", WALL_SECONDS))
        replies.write(json.dumps(after(job, attempt(job))) + "\n")


def confine(job: Job) -> None:
    """Takes from the child what the job says."""
    memory = job.get("memory", MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if "largest_file" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"], resource.RLIM_INFINITY))
    if job.get("unprivileged") and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if job.get("slow_rename"):
        staging._exchange = lambda *_folders: False
    if "moment" in job:
        end_before(job["moment"])
    warnings.simplefilter("error")
    watchdog.seconds = READING_SECONDS if "mutations" in job else CPU_SECONDS


def end_before(moment: int) -> None:
    """Ends the process, as by ``kill -9``, before its ``moment``-th operation on files.

    They are counted from the first that concerns a folder of ``Staging`` on.
    """
    left: int | None = None

    def watch(event: str, arguments: Any) -> None:
        nonlocal left
        if event not in {"open", "ctypes.dlsym"} and not event.startswith(("os.", "shutil.")):
            return
        if left is None and ".upconvert-" in str(arguments):
            left = moment
        if left is not None:
            left -= 1
            if left == -1:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def mutated(golden: bytes, length: int | None, flips: Sequence[tuple[int, int]]) -> bytes:
    """A golden file, cut and with bits flipped."""
    data = bytearray(golden[:length])
    for offset, mask in flips:
        if offset < len(data):
            data[offset] ^= mask
    return bytes(data)


def attempt(job: Job) -> Outcome:
    """One conversion."""
    started = time.process_time()
    outcome: Outcome = {"exit_code": 0, "code": ""}
    try:
        convert(job["source"], job["out"], verify=False, **job.get("options", {}))
    except ConverterError as error:
        fields = {"where": error.where, "why": error.why, "fix": error.fix}
        outcome = {"exit_code": error.exit_code, "code": error.code, "error": fields}
    except BaseException:  # noqa: BLE001 - whatever it is, it is a bug
        outcome = {"exit_code": 1, "code": "bug", "traceback": traceback.format_exc()[-3000:]}
    return {**outcome, "seconds": time.process_time() - started}


def died(job: Job, status: int) -> Outcome:
    """What the command line makes of a worker that ended like this."""
    code = "h5-crash" if -status in CRASHES else "h5-hang" if -status == watchdog.SIGNAL else "ended"
    if code != "ended":
        staging.remove_orphans(job["out"])
    return {"exit_code": 1 if code == "ended" else 3, "code": code, "signal": -status}


def after(job: Job, outcome: Outcome) -> Outcome:
    """What stands there now; removed where the next mutation needs the place."""
    out = Path(job["out"])
    left: list[str] = []
    with contextlib.suppress(OSError, ValueError):  # a place that cannot be
        left = [path.name for path in out.parent.iterdir() if path.name.startswith(f".{out.name}.upconvert-")]
    found = {**outcome, "written": os.path.lexists(out), "left": left}
    if job.get("tidy"):
        for path in (out, *map(out.with_name, left)):
            shutil.rmtree(path, ignore_errors=True)
    return found


if __name__ == "__main__":
    serve()
