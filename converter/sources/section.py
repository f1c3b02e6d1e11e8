"""A stretch of an open file that reads like a file of its own: a member of an archive, where it lies."""

from __future__ import annotations

import io
import os
from typing import IO


class Section(io.RawIOBase):
    """The bytes ``start`` to ``start + size`` of a file, read-only; the file itself may be closed meanwhile.

    Attributes:
        where: what it is, for messages.
        descriptor: of the file that holds it; closed with the section.
        start: in that file, in bytes.
        size: in bytes.
    """

    def __init__(self, file: IO[bytes], start: int, size: int, where: str) -> None:
        self.where = where
        self.descriptor = os.dup(file.fileno())
        self.start = start
        self.size = size
        self._position = 0

    def __str__(self) -> str:
        return self.where

    def close(self) -> None:
        """Closes the section; also called when nobody holds it any more."""
        if not self.closed:
            os.close(self.descriptor)
        super().close()

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position, from the section's own beginning."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves the position, as files do."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, begin + offset)
        return self._position

    def readinto(self, buffer: object) -> int:
        """Fills the buffer, or what of it the section still has bytes for."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        view = view[: max(0, self.size - self._position)]
        done = 0
        while done < len(view):
            count = os.preadv(self.descriptor, [view[done:]], self.start + self._position + done)
            if not count:
                break
            done += count
        self._position += done
        return done
