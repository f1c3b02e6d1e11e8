"""The numbers of the corpus: inputs and weights, the same ones in every run."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

BATCH = 2
FREE = (7, 5, 6, 4)
"""Sizes for dimensions that a model leaves free."""

Values = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def _padded(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Steps at the end are zero, others in each row of the batch: what Masking masks."""
    return rng.normal(size=shape) * _lengths(shape)


def _padded_ints(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(1, 5, shape) * _lengths(shape)


def _lengths(shape: tuple[int, ...]) -> np.ndarray:
    """1 where a step is real: the first row is short by two, the second by one, and so on."""
    rows, steps = shape[:2]
    real = np.arange(steps)[None, :] < np.maximum(1, steps - 2 + np.arange(rows)[:, None])
    return real.reshape(rows, steps, *(1,) * (len(shape) - 2)).astype("int64")


VALUES: dict[str, Values] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "wide": lambda rng, shape: rng.normal(size=shape) * 4,
    "unit": lambda rng, shape: rng.uniform(size=shape),
    "inside": lambda rng, shape: rng.uniform(-0.9, 0.9, shape),
    "positive": lambda rng, shape: rng.uniform(0.2, 3, shape),
    "above_one": lambda rng, shape: rng.uniform(1.1, 3, shape),
    "image": lambda rng, shape: rng.uniform(0, 255, shape),
    "ints": lambda rng, shape: rng.integers(0, 5, shape),
    "signed_ints": lambda rng, shape: rng.integers(-9, 10, shape),
    "bits": lambda rng, shape: rng.integers(0, 2, shape),
    "words": lambda rng, shape: rng.choice(["a", "b", "c"], shape).astype(object),
    "padded": _padded,
    "padded_ints": _padded_ints,
}


def rng_of(name: str) -> np.random.Generator:
    """Random numbers that depend on a name alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def make_inputs(name: str, model: Any, values: str | Sequence[str]) -> list[np.ndarray]:
    """An array for each input of a Keras model."""
    rng = rng_of(name)
    inputs = model.inputs
    kinds = [values] * len(inputs) if isinstance(values, str) else list(values)
    return [_array(rng, each, kind) for each, kind in zip(inputs, kinds, strict=True)]


def _array(rng: np.random.Generator, tensor: Any, kind: str) -> np.ndarray:
    batch, *rest = tensor.shape
    free = iter(FREE)
    shape = (batch or BATCH, *(size or next(free) for size in rest))
    dtype = getattr(tensor.dtype, "name", str(tensor.dtype))
    if kind == "normal" and dtype != "float32" and not dtype.startswith(("float", "bfloat")):
        kind = "bits" if dtype == "bool" else "ints"
    made = VALUES[kind](rng, shape)
    if dtype == "string":
        return made
    return made.astype("float32" if dtype == "bfloat16" else dtype)


def randomize(name: str, model: Any) -> None:
    """Sets every weight of a Keras model: kernels by their fan-in, variances positive."""
    rng = rng_of(f"weights of {name}")
    for weight in model.weights:
        dtype = getattr(weight.dtype, "name", str(weight.dtype))
        if not dtype.startswith(("float", "bfloat")):
            continue  # seeds, counts and quantized kernels
        label = weight.path if hasattr(weight, "path") else weight.name
        weight.assign(_weight(rng, label.lower(), tuple(weight.shape)))


def _weight(rng: np.random.Generator, label: str, shape: tuple[int, ...]) -> np.ndarray:
    if "variance" in label or label.endswith(("gamma", "gamma:0", "/scale", "/scale:0")):
        return rng.uniform(0.5, 1.5, shape)
    if len(shape) < 2:
        return rng.uniform(-0.5, 0.5, shape)
    # A bias in an LSTM with reset_after, or of an attention head, has two dimensions, too.
    spread = 0.5 if "bias" in label else 1 / np.sqrt(max(1, np.prod(shape[:-1])))
    return rng.normal(size=shape) * spread
