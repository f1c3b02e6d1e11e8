"""What the weights of a model hold, in one pass over them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from converter.model import Weight

LEAST_TWIN = 64
"""Smaller weights may be equal by chance, as fresh biases are."""


@dataclass(frozen=True)
class Content:
    """What a weight holds.

    Attributes:
        name: of the weight.
        size: number of values.
        low: the smallest value, 0 where there is none.
        high: the largest.
        finite: whether there is neither NaN nor infinity; ``low`` and ``high`` mean nothing if not.
        floating: whether its type is one of floating-point numbers.
        digest: of the values, where another weight of the same shape may hold the same; else empty.
    """

    name: str
    size: int
    low: float
    high: float
    finite: bool
    floating: bool
    digest: str = ""

    @property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(abs(self.low), abs(self.high))


def contents(weights: Sequence[Weight]) -> dict[str, Content]:
    """What each weight holds, by name."""
    found = {weight.name: _content(weight) for weight in weights}
    alike: dict[tuple[object, ...], list[Weight]] = {}
    for weight in weights:
        own = found[weight.name]
        if own.size >= LEAST_TWIN and own.low < own.high and own.finite:
            alike.setdefault((weight.shape, weight.dtype, own.low, own.high), []).append(weight)
    for group in alike.values():
        for weight in group if len(group) > 1 else ():
            found[weight.name] = replace(found[weight.name], digest=_digest(weight))
    return found


def _content(weight: Weight) -> Content:
    low, high = math.inf, -math.inf
    floating = weight.dtype.kind in "fV"
    numeric = floating or weight.dtype.kind in "iub"
    for chunk in weight.chunks() if numeric else ():
        first, last = float(chunk.min()), float(chunk.max())
        if not (math.isfinite(first) and math.isfinite(last)):
            return Content(weight.name, weight.size, 0, 0, finite=False, floating=floating)
        low, high = min(low, first), max(high, last)
    if low > high:
        low = high = 0
    return Content(weight.name, weight.size, low, high, finite=True, floating=floating)


def _digest(weight: Weight) -> str:
    digest = hashlib.sha256()
    for chunk in weight.chunks():
        digest.update(np.ascontiguousarray(chunk).data)
    return digest.hexdigest()
