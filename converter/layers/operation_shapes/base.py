"""What all rules share: operands that are tensors or constants, broadcasting and reducing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from converter.layers.configuration import listed
from converter.model import Shape

Arguments = Mapping[str, Any]

MOST_OUTPUTS = 1_000
"""More outputs than any operation has; a damaged file may ask for billions."""


def shape_of(value: Any, inputs: Sequence[Shape] = ()) -> Shape:
    """The shape of an argument, which is ``{"tensor": 0}`` or a constant; that of a number is empty."""
    if isinstance(value, Mapping):
        if "tensor" in value:
            return inputs[value["tensor"]]
        config = value.get("config")
        value = config.get("value") if isinstance(config, Mapping) else None
    sizes = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else None
    return tuple(sizes)


def shapes_among(value: Any, inputs: Sequence[Shape]) -> list[Shape]:
    """The shapes of a list of arguments."""
    return [shape_of(each, inputs) for each in listed(value) or ()]


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The shape that all fit into; a size that is not known is believed to be the larger one."""
    given = list(shapes)
    rank = max(map(len, given))
    grown = [(1,) * (rank - len(shape)) + shape for shape in given]
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*grown, strict=True))


def reduced(shape: Shape, arguments: Arguments) -> Shape:
    """The shape without what ``axis`` names, all axes where it names none."""
    axis = arguments.get("axis")
    several = listed(axis)
    axes = range(len(shape)) if axis is None else [axis] if several is None else several
    over = {each % len(shape) for each in axes}
    if arguments.get("keepdims"):
        return tuple(1 if index in over else size for index, size in enumerate(shape))
    return tuple(size for index, size in enumerate(shape) if index not in over)


def product(sizes: Iterable[int | None]) -> int | None:
    """The number of elements; ``None`` where a size is not known."""
    known = list(sizes)
    return None if None in known else math.prod(size for size in known if size is not None)


def total(sizes: Iterable[int | None]) -> int | None:
    """The sum of sizes; ``None`` where one is not known."""
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def flat(shape: Shape) -> Shape:
    """The shape of all elements in a row."""
    return (product(shape),)
