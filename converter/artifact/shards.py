"""Weights as one stream of bytes, cut into shards while they are encoded."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from converter.artifact.staging import flush
from converter.background import Background
from converter.errors import UsageError
from converter.quantization.affine import Encoded

SHARD_BYTES = 4 * 1024 * 1024
"""The official converter's size: what browsers cache, and fetch side by side."""

MOST_SHARDS = 100_000
"""More files than any page fetches, and than a folder takes well."""

BLOCK_BYTES = 1024 * 1024
"""What is written and hashed at once: many weights are small."""

END = memoryview(b"")

SAMPLED_BYTES = 16 * 1024
SAMPLED_EVERY = 512 * 1024


class Shard:
    """One written shard, hashed and measured part by part.

    Attributes:
        nbytes: its size.
        gzip_bytes: its size after gzip, estimated from a sample of its blocks.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.nbytes = 0
        self._digest = hashlib.sha384()
        self._sampled = 0
        self._packed = 0

    def add(self, part: bytes) -> None:
        """Takes the next part of its bytes."""
        self._digest.update(part)
        # What is small is measured whole.
        length = SAMPLED_BYTES if self.nbytes or len(part) > SAMPLED_EVERY else len(part)
        for at in range(-self.nbytes % SAMPLED_EVERY, len(part), SAMPLED_EVERY):
            sample = part[at : at + length]
            self._sampled += len(sample)
            self._packed += gzip_size(sample)
        self.nbytes += len(part)

    @property
    def gzip_bytes(self) -> int:
        return round(self.nbytes * self._packed / self._sampled)

    @property
    def sha384(self) -> bytes:
        """The hash of its bytes."""
        return self._digest.digest()


def write(
    weights: Sequence[Encoded], folder: Path, shard_bytes: int = SHARD_BYTES, group: int = 1
) -> list[Shard]:
    """Writes a group of weights to ``group{group}-shard{i}of{n}.bin`` files, a block at a time.

    Raises:
        OSError: when the folder cannot take them.
        UsageError: when there would be more than ``MOST_SHARDS``.
        ConverterError: as encoding a weight does.
    """
    total = sum(weight.nbytes for weight in weights)
    count = -(-total // shard_bytes)
    if count > MOST_SHARDS:
        raise UsageError(
            "shard-size",
            f"--shard-size {shard_bytes}",
            f"{total:,} bytes of weights would make {count:,} files.",
            f"Ask for shards of at least {-(-total // MOST_SHARDS):,} bytes.",
        )
    stream = _Stream(chunk for weight in weights for chunk in _bytes(weight))
    shards: list[Shard] = []
    # The disk has a thread of its own: hashing must not wait for it.
    with Background() as background, Background() as disk:
        for index in range(count):
            shard = Shard(f"group{group}-shard{index + 1}of{count}.bin")
            shards.append(shard)
            with (folder / shard.name).open("wb", buffering=0) as file:
                left = shard_bytes
                while left and (block := stream.read(min(left, BLOCK_BYTES))):
                    _write(file.fileno(), block)
                    background.run(shard.add, block)
                    left -= len(block)
            if index + 1 < count:  # the last one is flushed with all else, when the artifact is put in place
                disk.run(flush, folder / shard.name)
    return shards


def _bytes(weight: Encoded) -> Iterator[memoryview]:
    for chunk in weight.chunks():
        if chunk.size:
            yield chunk.data.cast("B")


def _write(descriptor: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(descriptor, left) :]


class _Stream:
    """A stream of chunks of any size, read in blocks of an asked one."""

    def __init__(self, chunks: Iterable[memoryview]) -> None:
        self.chunks = iter(chunks)
        self.rest = END

    def read(self, length: int) -> bytes:
        """The next ``length`` bytes, or what there is left."""
        parts = []
        while length:
            chunk = self.rest or next(self.chunks, END)
            if not chunk:
                break
            part, self.rest = chunk[:length], chunk[length:]
            length -= len(part)
            parts.append(part)
        return b"".join(parts)


def gzip_size(data: bytes) -> int:
    """How many bytes gzip at its usual level makes of the data."""
    return len(zlib.compress(data, 6))
