"""One command measured with every process that it starts: wall time, CPU time, memory.

The CPU time is what the kernel accounts to the tree: the command, the descendants that it waits for, and
those that it leaves behind, which this process inherits.

Memory is sampled every few milliseconds, which takes time, so that it has runs of its own. ``peak`` is the
most that all processes of the tree held together: the sum of their proportional set sizes (PSS), in which a
page that several processes share counts once. It counts in part where processes outside the tree share it,
such as a library that another program uses at the same time. ``largest`` is the high-water mark of the
resident set (VmHWM) of the largest of them, in which shared pages count in full.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLED_EVERY = 0.002
SHOWN_OUTPUT = 2000

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
"""What users have: nobody's settings of the interpreter."""

LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Run:
    """What one run took; times in seconds, memory in bytes and 0 where it was not sampled."""

    wall: float
    cpu: float
    peak: int
    largest: int


def run(command: Sequence[str | Path], *, sampled: bool = False) -> Run:
    """Runs a command to its end.

    Raises:
        SystemExit: when it fails.
    """
    _inherit_orphans()
    sampler = Sampler()
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        if sampled:
            sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop()
        if process.returncode:
            output.seek(0)
            shown = output.read()[-SHOWN_OUTPUT:].decode(errors="replace")
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{shown}")
    cpu = usage.ru_utime + usage.ru_stime + _cpu_of_orphans()
    return Run(wall, cpu, sampler.peak, sampler.largest)


def _inherit_orphans() -> None:
    set_child_subreaper = 36
    LIBC.prctl(set_child_subreaper, 1, 0, 0, 0)


def _cpu_of_orphans() -> float:
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                break
            seconds += usage.ru_utime + usage.ru_stime
    return seconds


class Sampler(threading.Thread):
    """Watches the memory of all descendants of this process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.largest = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Samples until it is stopped."""
        while not self._stopped.wait(SAMPLED_EVERY):
            tree = _descendants()
            self.peak = max(self.peak, sum(_field(f"/proc/{pid}/smaps_rollup", b"Pss:") for pid in tree))
            marks = [_field(f"/proc/{pid}/status", b"VmHWM:") for pid in tree]
            self.largest = max(self.largest, *marks, 0)

    def stop(self) -> None:
        """Ends the sampling, if it ever began."""
        self._stopped.set()
        if self.ident is not None:
            self.join()


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - half the time, and it counts here
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
            # The name in parentheses may hold anything; the parent is the second field behind it.
            parent = int(file.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry))
    found = list(children.get(os.getpid(), []))
    for pid in found:
        found += children.get(pid, [])
    return found


def _field(path: str, name: bytes) -> int:
    """A size in a file of /proc; 0 when the process has ended."""
    with contextlib.suppress(OSError), open(path, "rb") as file:  # noqa: PTH123
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0


def drop(files: Iterable[Path]) -> None:
    """Drops files from the page cache, which needs no privilege; what was never written out would stay."""
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def cached(files: Iterable[Path]) -> int:
    """How many bytes of the files lie in the page cache."""
    pages = 0
    for path in files:
        if not path.stat().st_size:
            continue
        # A private writable mapping, since ctypes takes the address of nothing that is read-only.
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
            states = (ctypes.c_ubyte * -(-len(mapped) // mmap.PAGESIZE))()
            start = ctypes.c_char.from_buffer(mapped)
            LIBC.mincore(ctypes.byref(start), ctypes.c_size_t(len(mapped)), states)
            del start
            pages += sum(state & 1 for state in states)
    return pages * mmap.PAGESIZE
