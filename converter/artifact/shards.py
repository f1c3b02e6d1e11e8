"""Weights as one stream of bytes, cut into shards while they are encoded."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from converter.quantization.affine import Encoded

SHARD_BYTES = 4 * 1024 * 1024
"""The official converter's size: what browsers cache, and fetch side by side."""

END = memoryview(b"")

SAMPLED_BYTES = 64 * 1024
SAMPLED_EVERY = 512 * 1024


@dataclass(frozen=True)
class Shard:
    """One written shard; ``gzip_bytes`` is estimated from a sample of its blocks."""

    name: str
    nbytes: int
    gzip_bytes: int
    sha384: bytes


def write(weights: Sequence[Encoded], folder: Path, shard_bytes: int = SHARD_BYTES) -> list[Shard]:
    """Writes the weights to ``group1-shard{i}of{n}.bin`` files, at most one chunk in memory at a time.

    Raises:
        OSError: when the folder cannot take them.
        ConverterError: as encoding a weight does.
    """
    total = sum(weight.nbytes for weight in weights)
    count = -(-total // shard_bytes)
    stream = _Stream(chunk for weight in weights for chunk in _bytes(weight))
    shards: list[Future[Shard]] = []
    # Hashing and compressing release the interpreter: they run beside the encoding.
    with ThreadPoolExecutor(1) as pool:
        for index in range(count):
            name = f"group1-shard{index + 1}of{count}.bin"
            digest, samples = hashlib.sha384(), []
            nbytes = 0
            with (folder / name).open("wb") as file:
                for part in stream.take(shard_bytes):
                    file.write(part)
                    pool.submit(digest.update, part)
                    samples += _sample(part, nbytes)
                    nbytes += len(part)
            shards.append(pool.submit(_shard, name, nbytes, digest, samples))
        return [shard.result() for shard in shards]


def _bytes(weight: Encoded) -> Iterator[memoryview]:
    for chunk in weight.chunks():
        if chunk.size:
            yield chunk.data.cast("B")


class _Stream:
    """Cuts a stream of byte blocks at given lengths."""

    def __init__(self, blocks: Iterable[memoryview]) -> None:
        self.blocks = iter(blocks)
        self.rest = END

    def take(self, length: int) -> Iterator[memoryview]:
        """Blocks that hold the next ``length`` bytes together, or what there is left."""
        while length:
            block = self.rest or next(self.blocks, END)
            if not block:
                return
            part, self.rest = block[:length], block[length:]
            length -= len(part)
            yield part


def _sample(part: memoryview, start: int) -> list[bytes]:
    """The blocks of the sample that begin in ``part``, which lies at ``start`` in its shard."""
    first = -start % SAMPLED_EVERY
    return [bytes(part[at : at + SAMPLED_BYTES]) for at in range(first, len(part), SAMPLED_EVERY)]


def _shard(name: str, nbytes: int, digest: hashlib._Hash, samples: list[bytes]) -> Shard:
    sampled = sum(map(len, samples))
    packed = sum(map(gzip_size, samples))
    return Shard(name, nbytes, round(nbytes * packed / sampled), digest.digest())


def gzip_size(data: bytes) -> int:
    """How many bytes gzip at its usual level makes of the data."""
    return len(zlib.compress(data, 6))
