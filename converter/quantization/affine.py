"""The weight encodings of a TensorFlow.js file, bit for bit those of tensorflowjs 4.22.0.

The affine scheme holds a tensor as ``q * scale + min`` with one scale and one min for the whole
tensor. Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", https://arxiv.org/abs/1712.05877, §2.1 and §3 (nudged zero point).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from converter.errors import UnsupportedError, UsageError
from converter.model import Array, Weight

Dtype = Literal["none", "float16", "uint16", "uint8"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

CONVERTED = {"float16": "float32", "float64": "float32", "int64": "int32", "complex128": "complex64"}
"""Stored types that TensorFlow.js has no array for, and what they are widened or narrowed to."""

MUCH_DOUBT = 0.02
"""In steps: where float32 errs by more, nearly every value would have to be computed twice."""

WIDE, NARROW = 1e30, 1e-30
"""In float32, differences of larger values and the reciprocals of smaller ones may overflow."""

HELD = {"float32", "int32", "complex64", "uint8", "uint16", "bool"}


class Rule(NamedTuple):
    """Weights whose name matches ``pattern`` get ``dtype``; a rule without a pattern takes all others."""

    dtype: Dtype
    pattern: str | None = None

    @classmethod
    def parse(cls, text: str) -> Rule:
        """A rule from ``uint8`` or ``uint8:*/kernel``.

        Raises:
            UsageError: when the type is unknown.
        """
        name, _, pattern = text.partition(":")
        if name not in DTYPES:
            raise UsageError(
                "quantize-dtype",
                f"--quantize {text}",
                f"'{name}' is no type that weights can be stored in.",
                f"Take one of {', '.join(DTYPES)}, alone or as TYPE:PATTERN.",
            )
        return cls(name, pattern or None)


def plan(names: Sequence[str], rules: Iterable[Rule]) -> dict[str, Dtype]:
    """The type of each weight by the rules.

    Raises:
        UsageError: when two rules disagree over a weight.
    """
    chosen: dict[str, Dtype] = {}
    rest: Dtype | None = None
    for rule in rules:
        if rule.pattern is None:
            if rest not in {None, rule.dtype}:
                raise _conflict(f"{rest} and {rule.dtype}", "every weight")
            rest = rule.dtype
            continue
        for name in fnmatch.filter(names, rule.pattern):
            if chosen.setdefault(name, rule.dtype) != rule.dtype:
                raise _conflict(f"{chosen[name]} and {rule.dtype}", f"'{name}'")
    return {name: chosen.get(name, rest or "none") for name in names}


def unmatched(names: Sequence[str], rules: Iterable[Rule]) -> list[str]:
    """The patterns that no weight matches, which may be misspelt."""
    return [rule.pattern for rule in rules if rule.pattern and not fnmatch.filter(names, rule.pattern)]


def _conflict(dtypes: str, what: str) -> UsageError:
    return UsageError(
        "quantize-conflict", "--quantize", f"{dtypes} are both asked for {what}.", "Leave one out."
    )


class Grid(NamedTuple):
    """The values that an affine encoding can take: ``low``, ``low + scale`` … ``high``."""

    scale: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Encoded:
    """A weight as it is stored: its manifest entry and its bytes, made as they are asked for."""

    weight: Weight
    entry: dict[str, Any]
    dtype: np.dtype[Any]
    grid: Grid | None = None

    @property
    def nbytes(self) -> int:
        """Size of the stored bytes."""
        return self.weight.size * self.dtype.itemsize

    @property
    def stored_as(self) -> str:
        """The type of the stored elements, such as ``uint8``."""
        return str(self.entry.get("quantization", self.entry)["dtype"])

    def chunks(self) -> Iterator[Array]:
        """The stored elements in order, little-endian.

        Raises:
            UnsupportedError: when the type cannot hold a value.
        """
        for chunk in self.weight.chunks():
            if self.grid is not None:
                yield self._on_grid(chunk, self.grid)
                continue
            with np.errstate(over="ignore", invalid="ignore"):
                stored = chunk.astype(self.dtype, copy=False)
            if self.dtype.itemsize < chunk.dtype.itemsize:
                self._check_held(chunk, stored)
            yield stored

    def _on_grid(self, chunk: Array, grid: Grid) -> Array:
        """The index of each value: computed in float32, and again in float64 where that may round otherwise.

        The official converter computes in float64 under numpy 2. Four float32 operations err by less
        than ``doubt`` steps together, so that only what lies this close to the middle between two
        indices can differ.
        """
        values = _float32(chunk)
        steps = np.iinfo(self.dtype).max
        largest = max(abs(grid.low), abs(grid.high))
        doubt = 4 * (largest / grid.scale + steps) * float(np.finfo(np.float32).eps)
        if not (doubt < MUCH_DOUBT and largest < WIDE and grid.scale > NARROW):
            return _index(values, grid).astype(self.dtype)
        place = np.subtract(values, np.float32(grid.low))
        place *= np.float32(1 / grid.scale)
        index = np.rint(place)
        place -= index
        np.abs(place, out=place)
        np.clip(index, 0, steps, out=index)
        stored: Array = index.astype(self.dtype)
        if place.max(initial=0) >= 0.5 - doubt:
            doubtful = np.flatnonzero(place >= 0.5 - doubt)
            stored[doubtful] = _index(values[doubtful], grid)
        return stored

    def _check_held(self, chunk: Array, stored: Array) -> None:
        quantized = "quantization" in self.entry
        if self.dtype.kind == "i":
            lost = stored != chunk
        else:
            lost = ~np.isfinite(stored) & (quantized | np.isfinite(chunk))
        if lost.any():
            raise _unheld(self.weight, chunk[int(lost.argmax())], self.dtype.name)


def _unheld(weight: Weight, value: object, dtype: str) -> UnsupportedError:
    keep = f"keep it as it is: --quantize 'none:{weight.name}'"
    return UnsupportedError(
        "quantize-range",
        weight.name,
        f"it holds {value}, which {dtype} cannot hold.",
        f"Mend the value in Python, or {keep}." if dtype in DTYPES else "Mend the value in Python.",
    )


def encode(weight: Weight, dtype: Dtype) -> Encoded:
    """The encoding of one weight; only floating-point weights are quantized.

    Raises:
        UnsupportedError: when TensorFlow.js has no such type, or a value cannot be held.
    """
    held = CONVERTED.get(weight.dtype.name, weight.dtype.name)
    if held not in HELD:
        raise UnsupportedError(
            "weight-dtype",
            weight.name,
            f"its type is {weight.dtype}, which TensorFlow.js cannot hold.",
            "Cast it to float32 or int32 in Python and save the model again.",
        )
    entry: dict[str, Any] = {"name": weight.name, "shape": list(weight.shape), "dtype": held}
    if dtype == "none" or held != "float32":
        return Encoded(weight, entry, np.dtype(held).newbyteorder("<"))
    stored = np.dtype(dtype).newbyteorder("<")
    if dtype == "float16":
        entry["quantization"] = {"dtype": dtype, "original_dtype": held}
        return Encoded(weight, entry, stored)
    grid = _grid(*_range(weight, dtype), int(np.iinfo(stored).max))
    entry["quantization"] = {"dtype": dtype, "min": grid.low, "scale": grid.scale, "original_dtype": held}
    return Encoded(weight, entry, stored, grid)


def _index(values: Array, grid: Grid) -> Array:
    """The index of each value on the grid, as the official converter computes it."""
    index = values.astype(np.float64)
    np.clip(index, grid.low, grid.high, out=index)
    index -= grid.low
    index /= grid.scale
    return np.rint(index, out=index)


def _float32(chunk: Array) -> Array:
    with np.errstate(over="ignore"):
        return chunk.astype(np.float32, copy=False)


def _range(weight: Weight, dtype: Dtype) -> tuple[float, float]:
    """Smallest and largest value, as the float32 that TensorFlow.js computes with."""
    low, high = np.inf, -np.inf
    for chunk in weight.chunks():
        values = _float32(chunk)
        first, last = float(values.min()), float(values.max())
        if not (np.isfinite(first) and np.isfinite(last)):
            raise _unheld(weight, chunk[int((~np.isfinite(values)).argmax())], dtype)
        low, high = min(low, first), max(high, last)
    return (low, high) if weight.size else (0.0, 0.0)


def _grid(low: float, high: float, steps: int) -> Grid:
    """The grid over a range; where 0 lies in the range it is nudged on to the grid."""
    if low == high:
        return Grid(1.0, low, high)
    scale = (high - low) / steps
    if low <= 0 <= high:
        low = float(-np.round((0 - low) / scale) * scale)
        high = steps * scale + low
    return Grid(scale, low, high)


def decode(stored: Array, quantization: dict[str, Any], dtype: str) -> Array:
    """The values that TensorFlow.js computes from stored elements, in its own order of rounding.

    https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/io_utils.ts (``decodeWeights``)
    """
    if quantization["dtype"] == "float16":
        return stored.astype(dtype)
    # A hostile scale gives infinities there, too.
    with np.errstate(over="ignore", invalid="ignore"):
        values = stored.astype(np.float64) * quantization["scale"] + quantization["min"]
        if dtype == "int32":
            values = np.floor(values + 0.5)
        decoded: Array = values.astype(dtype)
    return decoded
