"""Operations that join tensors, or take one apart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from converter.layers.operation_shapes.base import (
    MOST_OUTPUTS,
    Arguments,
    broadcast,
    flat,
    product,
    shape_of,
    shapes_among,
    total,
)
from converter.model import Shape


def concatenate(shapes: list[Shape], arguments: Arguments) -> Shape:
    return _joined(shapes_among(arguments["xs"], shapes), arguments.get("axis", 0))


def append(shapes: list[Shape], arguments: Arguments) -> Shape:
    pair = [shape_of(arguments[key], shapes) for key in ("x1", "x2")]
    axis = arguments.get("axis")
    return _joined(list(map(flat, pair)), 0) if axis is None else _joined(pair, axis)


def vstack(shapes: list[Shape], arguments: Arguments) -> Shape:
    given = shapes_among(arguments["xs"], shapes)
    return _joined([(1, *shape) if len(shape) == 1 else shape for shape in given], 0)


def hstack(shapes: list[Shape], arguments: Arguments) -> Shape:
    given = shapes_among(arguments["xs"], shapes)
    return _joined(given, 0 if len(given[0]) == 1 else 1)


def dstack(shapes: list[Shape], arguments: Arguments) -> Shape:
    def deep(shape: Shape) -> Shape:
        return (1, *shape, 1) if len(shape) == 1 else (*shape, 1) if len(shape) == 2 else shape

    return _joined(list(map(deep, shapes_among(arguments["xs"], shapes))), 2)


def _joined(shapes: list[Shape], axis: int) -> Shape:
    (first, *_) = shapes
    at = axis % len(first)
    return (*first[:at], total(shape[at] for shape in shapes), *first[at + 1 :])


def stack(shapes: list[Shape], arguments: Arguments) -> Shape:
    given = shapes_among(arguments["x"], shapes)
    shape = list(given[0])
    shape.insert(arguments.get("axis", 0) % (len(shape) + 1), len(given))
    return tuple(shape)


def split(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
    """The parts of equal size, or those between indices."""
    return _split(shapes[0], arguments, arguments.get("axis", 0))


def split_along(axis: int) -> Callable[[list[Shape], Arguments], tuple[Shape, ...]]:
    """``Hsplit`` and its kin, which have their axis in their name."""

    def rule(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
        return _split(shapes[0], arguments, 0 if len(shapes[0]) == 1 else axis)

    return rule


def _split(shape: Shape, arguments: Arguments, axis: int) -> tuple[Shape, ...]:
    at = axis % len(shape)
    size, where = shape[at], arguments["indices_or_sections"]
    sizes: list[int | None]
    if isinstance(where, int):
        # Parts of array_split may differ by one, the longer ones first.
        sizes = [
            None if size is None else size // where + (part < size % where) for part in range(_bounded(where))
        ]
    else:
        sizes = [None if end is None else end - start for start, end in pairwise([0, *where, size])]
    return tuple((*shape[:at], each, *shape[at + 1 :]) for each in sizes)


def unstack(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
    (shape, *_) = shapes
    at = arguments.get("axis", 0) % len(shape)
    count = _bounded(arguments.get("num") or shape[at])
    return ((*shape[:at], *shape[at + 1 :]),) * count


def _bounded(count: int | None) -> int:
    if count is None or count > MOST_OUTPUTS:
        raise ValueError
    return count


def meshgrid(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
    sizes = [product(shape) for shape in shapes_among(arguments["x"], shapes)]
    if arguments.get("indexing", "xy") == "xy":
        sizes[:2] = reversed(sizes[:2])
    return (tuple(sizes),) * len(sizes)


def select(shapes: list[Shape], arguments: Arguments) -> Shape:
    given = [*shapes_among(arguments["condlist"], shapes), *shapes_among(arguments["choicelist"], shapes)]
    return broadcast([*given, shape_of(arguments.get("default"), shapes)])


def take(shapes: list[Shape], arguments: Arguments) -> Shape:
    places, shape = (shape_of(arguments[key], shapes) for key in ("indices", "x"))
    axis = arguments.get("axis")
    if axis is None:
        return places
    at = axis % len(shape)
    return (*shape[:at], *places, *shape[at + 1 :])


def take_along_axis(shapes: list[Shape], arguments: Arguments) -> Shape:
    indices, x = (shape_of(arguments[key], shapes) for key in ("indices", "x"))
    if arguments.get("axis") is None:
        return indices
    at = arguments["axis"] % len(x)
    spread = broadcast([indices, x])
    return (*spread[:at], indices[at], *spread[at + 1 :])
