"""Pooling of other ranks, that keeps its dimensions, to a given size, or with the channels first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from converter.layers.configuration import flag
from converter.layers.grid import channels_first
from converter.layers.semantics.value import DATA_FORMAT, FLAG, INTEGERS, INTEGERS_OR_NULL, PADDING
from converter.model import Array, Config
from converter.passes.lowering.base import Lowered, Lowering, Site, Tensor, check_keys
from converter.passes.lowering.spatial import (
    along,
    by_matrix,
    first_of,
    in_channels_last,
    known_sizes,
    needs_custom,
    numbers,
    options,
    product,
    reshape,
)

_LAST = {"data_format": "channels_last"}


def _max_3d(site: Site) -> Lowered | None:
    """Two poolings of pictures, which are also faster."""
    config = site.config
    check_keys(site, _POOL_KEYS)
    widths = numbers(config, "pool_size", 3, 2)
    strides = widths if config.get("strides") is None else numbers(config, "strides", 3)
    padding = config.get("padding") or "valid"
    pairs = list(zip(widths, strides, strict=True))

    def make(rows: tuple[int, int], columns: tuple[int, int]) -> tuple[str, Config]:
        pool, step = zip(rows, columns, strict=True)
        return "MaxPooling2D", {"pool_size": [*pool], "strides": [*step], "padding": padding, **_LAST}

    why = "the wasm backend has no values below 1.2e-38"
    part = site.part()
    x = along(part, part.inputs[0], [*pairs, None], (1, 1), make)
    if x is not None:
        return part.done(x, why=why)
    if not site.custom_layers:
        return None
    part = site.part()
    own = {"pool_size": widths, "strides": strides, "padding": padding, "pooling": "max"}
    return part.done(part.add("KerasPooling", part.inputs[0], own), why=why)


def _global(kind: str, dimensions: int) -> Callable[[Site], Lowered | None]:
    def lower(site: Site) -> Lowered | None:
        keeps = flag(site.config, "keepdims", default=False)
        first = channels_first(site.config)
        is_plain = not keeps and not (first and dimensions == 1)
        if is_plain and dimensions < 3:
            return None
        part = site.part()
        x: Tensor | None = part.inputs[0]
        shape = known_sizes(site.shape, dimensions + 2)
        channels = shape[0] if first else shape[-1]
        if dimensions == 3:
            space = product(shape[1:] if first else shape[:-1])
            x = reshape(part, part.inputs[0], [channels, space] if first else [space, channels])
            if x is None:
                site.refuse(
                    "neither the size nor the channels of its input are known.",
                    "Declare the number of channels, and save the model again.",
                )
        name = f"Global{kind}Pooling{2 if dimensions == 2 else 1}D"
        assert x is not None
        if first and dimensions != 2:
            x = part.add("Permute", x, {"dims": [2, 1]})
        layout = "channels_first" if first and dimensions == 2 else "channels_last"
        x = part.add(name, x, options(site, "keepdims", data_format=layout))
        if keeps:
            ones = [1] * dimensions
            kept = reshape(part, x, [channels, *ones] if first else [*ones, channels])
            assert kept is not None, "one unknown size at most"
            x = kept
        return part.done(x, why="TensorFlow.js ignores keepdims" if keeps else "TensorFlow.js lacks it")

    return lower


def _adaptive(kind: str, dimensions: int) -> Callable[[Site], Lowered | None]:
    """Pooling to a size: with windows that are all alike if that does it."""

    def lower(site: Site) -> Lowered | None:
        sizes = site.static()
        if sizes is None:
            site.refuse(
                "it pools an input of unknown size to a given one.",
                "Declare the whole input shape, and save the model again.",
            )
        wanted = numbers(site.config, "output_size", dimensions)
        why = "TensorFlow.js lacks it"
        windows = [_window(size, into) for size, into in zip(sizes, wanted, strict=False)]
        part = site.part()
        x: Tensor | None
        if all(windows):
            pool = {
                "pool_size": [each[0] for each in windows if each],
                "strides": [each[1] for each in windows if each],
                "padding": "valid",
                **_LAST,
            }
            return part.done(part.add(f"{kind}Pooling{dimensions}D", part.inputs[0], pool), why=why)
        if site.custom_layers:
            own = {"output_size": wanted, "pooling": kind.lower()}
            return part.done(part.add("KerasPooling", part.inputs[0], own), why=why)
        if kind == "Max":
            needs_custom(site, "its windows differ in width, and so it")
        x = part.inputs[0]
        for axis, (size, into) in enumerate(zip(sizes, wanted, strict=False), 1):
            x = by_matrix(part, x, axis, _means(size, into))
        return part.done(x, why=why)

    return lower


def _ends(size: int, into: int) -> list[tuple[int, int]]:
    """Where the windows begin and end."""
    return [(place * size // into, -(-(place + 1) * size // into)) for place in range(into)]


def _window(size: int, into: int) -> tuple[int, int] | None:
    """The width and stride of the windows, if they are alike and as far apart."""
    ends = _ends(size, into)
    width = ends[0][1] - ends[0][0]
    stride = ends[1][0] - ends[0][0] if into > 1 else width
    regular = all(pair == (place * stride, place * stride + width) for place, pair in enumerate(ends))
    return (width, stride) if regular and stride and (size - width) // stride + 1 == into else None


def _means(size: int, into: int) -> Array:
    matrix = np.zeros((size, into), np.float32)
    for place, (start, end) in enumerate(_ends(size, into)):
        matrix[start:end, place] = 1 / (end - start)
    return matrix


_POOL_KEYS: dict[str, Any] = {
    "pool_size": INTEGERS_OR_NULL,
    "strides": INTEGERS_OR_NULL,
    "padding": PADDING,
    "data_format": DATA_FORMAT,
}
_GLOBAL_KEYS: dict[str, Any] = {"data_format": DATA_FORMAT, "keepdims": FLAG}
_ADAPTIVE_KEYS: dict[str, Any] = {"output_size": INTEGERS, "data_format": DATA_FORMAT}

LOWERINGS: dict[str, Lowering] = {
    "AveragePooling1D": Lowering(in_channels_last(1)),
    "MaxPooling1D": Lowering(in_channels_last(1)),
    "MaxPooling3D": Lowering(first_of(in_channels_last(3), _max_3d)),
    **{
        f"Global{kind}Pooling{dimensions}D": Lowering(
            _global(kind, dimensions), _GLOBAL_KEYS if dimensions == 3 else None
        )
        for kind in ("Average", "Max")
        for dimensions in (1, 2, 3)
    },
    **{
        f"Adaptive{kind}Pooling{dimensions}D": Lowering(
            first_of(in_channels_last(dimensions), _adaptive(kind, dimensions)), _ADAPTIVE_KEYS
        )
        for kind in ("Average", "Max")
        for dimensions in (1, 2, 3)
    },
}
"""By class name."""
