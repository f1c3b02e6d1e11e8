"""A folder that appears whole or not at all.

Everything is written to a sibling folder, flushed to the disk and renamed into place. Where an
artifact already stands, the two are exchanged in one step where the system can do that (Linux,
macOS), so that there is no moment without an artifact.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from converter.errors import OutputError

if TYPE_CHECKING:
    from typing_extensions import Self

MODEL = "model.json"
OURS = {
    *(MODEL, "upconvert.json", "parity.json", "integrity.json"),
    *("custom_layers.js", "custom_layers.d.ts", ".DS_Store"),
}
"""What an artifact holds beside shards (``*.bin``); whatever else lies there is not ours to replace."""


class Staging:
    """A context manager around the temporary folder ``path``; leaving it without ``commit`` removes it.

    Args:
        out: where the artifact shall stand.
        force: whether what stands there already may be replaced.
        entry: the file by which one knows what may be replaced.

    Raises:
        OutputError: when ``out`` cannot or must not be written; nothing has been touched then.
    """

    def __init__(self, out: Path, *, force: bool = False, entry: str = MODEL) -> None:
        self.out = self.path = out
        self.force = force
        self.entry = entry
        self._lock: int | None = None
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        try:
            with _named_errors(self.out):
                # Where OUT is a link, the folder that it stands for is replaced.
                self.out = self.path = Path(os.path.realpath(self.out))
                _check_target(self.out, self.entry, force=self.force)
                parents = (self.out.parent, *self.out.parent.parents)
                self._made = list(itertools.takewhile(lambda folder: not folder.exists(), parents))
                self.out.parent.mkdir(parents=True, exist_ok=True)
                remove_orphans(self.out)
                self.path = _sibling(self.out)
                self.path.mkdir()
                self._lock = _lock(self.path)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.path != self.out:
            try:
                _remove(self.path)
            except BaseException:  # interrupted: what was begun is ended all the same
                _remove(self.path)
                raise
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        for folder in self._made:
            with contextlib.suppress(OSError):  # it holds something, such as the artifact
                folder.rmdir()
        if isinstance(error, OSError):
            raise _output_error(self.out, error) from error

    def commit(self) -> None:
        """Puts the folder in place.

        Raises:
            OutputError: when that fails; what stood there before still does.
        """
        with _named_errors(self.out):
            # The first flush has the file system write them all: together they cost little more.
            for path in (*self.path.iterdir(), self.path):
                flush(path)
            _check_target(self.out, self.entry, force=self.force)
            if not self.out.exists():
                self.path.rename(self.out)
                self.path = self.out
            else:
                _replace(self.path, self.out)


class StagedFile:
    """A context manager around ``path``, a file that appears whole at ``out`` or not at all.

    The file is made in a temporary folder beside ``out``; leaving it without ``commit`` removes it.

    Args:
        out: where the file shall stand.
        force: whether a file that stands there already may be replaced.

    Raises:
        OutputError: when ``out`` cannot or must not be written; nothing has been touched then.
    """

    def __init__(self, out: Path, *, force: bool = False) -> None:
        self.out = self.path = out
        self.force = force
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            with _named_errors(self.out):
                self.out = Path(os.path.realpath(self.out))
                self._check()
                self.out.parent.mkdir(parents=True, exist_ok=True)
                remove_orphans(self.out)
                folder = _sibling(self.out)
                self._stack.callback(_remove, folder)
                folder.mkdir()
                lock = _lock(folder)
                if lock is not None:
                    self._stack.callback(os.close, lock)
                self.path = folder / self.out.name
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        if isinstance(error, OSError):
            raise _output_error(self.out, error) from error

    def commit(self) -> None:
        """Puts the file in place.

        Raises:
            OutputError: when that fails; what stood there before still does.
        """
        with _named_errors(self.out):
            flush(self.path)
            self._check()
            self.path.replace(self.out)
            flush(self.out.parent)

    def _check(self) -> None:
        if self.out.is_dir():
            raise OutputError("out-folder", str(self.out), "a folder stands there.", "Name a file.")
        if self.out.exists() and not self.force:
            why = "a file stands there already."
            raise OutputError("out-exists", str(self.out), why, "Replace it with --force.")


def _prefix(out: Path) -> str:
    return f".{out.name}.upconvert-"


def _sibling(out: Path, kind: str = "") -> Path:
    return out.with_name(f"{_prefix(out)}{kind}{os.urandom(6).hex()}")


def _check_target(out: Path, entry: str, *, force: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        why = "a file stands there, and an artifact is a folder."
        raise OutputError("out-file", str(out), why, "Name a folder.")
    inside = sorted(entry.name for entry in out.iterdir())
    if not inside:
        return
    if entry not in inside or (entry != MODEL and MODEL in inside):
        why = f"the folder holds other things ({', '.join(inside[-3:])}) than what would be replaced."
        raise OutputError("out-other", str(out), why, "Name a new or an empty folder.")
    if not force:
        raise OutputError(
            "out-exists", str(out), "an artifact stands there already.", "Replace it with --force."
        )
    foreign = [name for name in inside if name not in OURS and not name.endswith(".bin")]
    if foreign:
        why = f"the folder holds other things ({', '.join(foreign[:3])}) beside an artifact."
        raise OutputError("out-other", str(out), why, "Move them away, or name another folder.")


@contextlib.contextmanager
def _named_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # a path that no system takes is a ValueError
        raise _output_error(out, error) from error


def _output_error(out: Path, error: OSError | ValueError) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    fix = "Make room or a place that can be written, and run it again; nothing was changed."
    return OutputError("out-unwritable", str(out), f"it cannot be written: {reason}.", fix)


def _lock(folder: Path) -> int | None:
    """Marks a folder as belonging to a live process: the lock goes with it, however it ends."""
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = -1
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by a live process, not ours, or on a file system without locks
        if descriptor >= 0:
            os.close(descriptor)
        return None
    return descriptor


def remove_orphans(path: str | Path) -> None:
    """Removes what killed runs left beside ``path``, or puts back what they had moved away.

    Raises:
        OSError: when the place cannot be looked at.
    """
    out = Path(os.path.realpath(path))
    names: list[str] = []
    with contextlib.suppress(PermissionError):  # one may write to a folder that one may not list
        names = [entry.name for entry in os.scandir(out.parent) if entry.name.startswith(_prefix(out))]
    for folder in map(out.with_name, names):
        descriptor = _lock(folder)
        if descriptor is None:
            continue
        if folder.name.startswith(f"{_prefix(out)}{OLD}") and not out.exists():
            folder.rename(out)
        else:
            _remove(folder)
        os.close(descriptor)


def _remove(folder: Path) -> None:
    import shutil  # slow to import, and seldom needed

    shutil.rmtree(folder, ignore_errors=True)


def flush(path: Path) -> None:
    """Has the disk hold a file or a folder as it is now."""
    if sys.platform == "win32":  # folders cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


OLD = "old-"
"""Marks an artifact that was moved away and not yet replaced."""


def _replace(new: Path, out: Path) -> None:
    """Puts ``new`` where ``out`` is; the old artifact ends up at ``new``, from where it is removed."""
    if _exchange(new, out):
        return
    old = _sibling(out, OLD)
    try:
        out.rename(old)
        new.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    old.rename(new)


def _exchange(first: Path, second: Path) -> bool:
    """Exchanges two folders in one step; False where the system or the file system cannot."""
    import ctypes

    names = {"linux": "renameat2", "darwin": "renameatx_np"}
    here, swap = -100 if sys.platform == "linux" else -2, 2  # AT_FDCWD; RENAME_EXCHANGE, RENAME_SWAP
    call = getattr(ctypes.CDLL(None), names[sys.platform], None) if sys.platform in names else None
    return call is not None and call(here, os.fsencode(first), here, os.fsencode(second), swap) == 0
