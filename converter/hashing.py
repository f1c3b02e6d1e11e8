"""The hash of files, a block at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hashlib

BLOCK_BYTES = 1 << 20


def hash_files(parts: Sequence[Path], digest: hashlib._Hash) -> None:
    """Adds the content of every file, in order.

    Raises:
        OSError: when one cannot be read.
    """
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
