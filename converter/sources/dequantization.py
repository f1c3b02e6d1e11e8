"""Floats out of the integers that Keras 3 quantizes kernels to, as its layers compute with them.

https://github.com/keras-team/keras/blob/v3.15.0/keras/src/quantizers/quantizers.py
"""

from __future__ import annotations

import numpy as np

from converter.model import Array

FLOAT8_LARGEST = 448.0
"""The largest number of float8 (E4M3FN), https://arxiv.org/abs/2209.05433."""

FLOAT8_BITS = 3
"""Bits of its fraction."""

FLOAT8_LOWEST = -6
"""The exponent below which its numbers are evenly spaced."""


def unpacked(packed: Array, axis: int, size: int) -> Array:
    """Numbers of 4 bits, two in a byte, the first in its lower half.

    Args:
        packed: ``int8`` holds signed numbers, ``uint8`` unsigned ones.
        axis: along which two became one.
        size: how long that axis was.
    """
    low, high = packed & 15, (packed >> 4) & 15
    both = np.stack([low, high], axis + 1)
    shape = [*packed.shape[:axis], 2 * packed.shape[axis], *packed.shape[axis + 1 :]]
    values = both.reshape(shape).take(range(size), axis)
    return (values ^ 8) - 8 if packed.dtype.kind == "i" else values


def by_groups(values: Array, scale: Array, zero: Array, groups: Array, axis: int) -> Array:
    """Integers that share a scale and a zero with those of their group.

    Args:
        values: the integers.
        scale: by group along ``axis``.
        zero: likewise.
        groups: the group of each position along ``axis``.
        axis: the axis that is divided into groups.
    """
    index = groups.astype(np.int64)
    steps = values.astype(np.float32) - zero.astype(np.float32).take(index, axis)
    found: Array = steps * scale.astype(np.float32).take(index, axis)
    return found


def through_float8(values: Array, scale: float) -> Array:
    """Floats as they come back from float8 (E4M3FN): 3 bits of fraction, rounded to even, 448 at most."""
    small = np.clip(values.astype(np.float32) / np.float32(scale), -FLOAT8_LARGEST, FLOAT8_LARGEST)
    _, exponent = np.frexp(small)
    step = np.ldexp(np.float32(1), np.maximum(exponent - 1, FLOAT8_LOWEST) - FLOAT8_BITS)
    found: Array = (np.round(small / step) * step * np.float32(scale)).astype(np.float32)
    return found


def through_bfloat16(values: Array) -> Array:
    """Floats rounded to bfloat16, the upper half of float32, to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    kept = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    found: Array = kept.astype(np.uint32).view(np.float32)
    return found
