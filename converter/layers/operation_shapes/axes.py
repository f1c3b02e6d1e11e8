"""Operations that move, add, drop, cut or repeat the axes of one tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.operation_shapes.base import Arguments, flat, product, reduced, shape_of
from converter.model import Shape


def same(shapes: list[Shape], _arguments: Arguments) -> Shape:
    return shapes[0]


def number(_shapes: list[Shape], _arguments: Arguments) -> Shape:
    return ()


def shape(shapes: list[Shape], _arguments: Arguments) -> Shape:
    return (len(shapes[0]),)


def ravel(shapes: list[Shape], _arguments: Arguments) -> Shape:
    return flat(shapes[0])


def running(shapes: list[Shape], arguments: Arguments) -> Shape:
    """Sums and products so far, of all elements in a row where no axis is named."""
    return flat(shapes[0]) if arguments.get("axis") is None else shapes[0]


def sort(shapes: list[Shape], arguments: Arguments) -> Shape:
    return flat(shapes[0]) if arguments.get("axis", -1) is None else shapes[0]


def reshape(shapes: list[Shape], arguments: Arguments) -> Shape:
    sizes = listed(arguments["newshape"])
    if sizes is None:
        raise ValueError
    target = [whole(size) for size in sizes]
    if -1 not in target:
        return tuple(target)
    at = target.index(-1)
    size, others = product(shapes[0]), product(target[:at] + target[at + 1 :])
    target[at] = size // others if size is not None and others else None
    return tuple(target)


def broadcast_to(_shapes: list[Shape], arguments: Arguments) -> Shape:
    """The shape that is asked for, which ``Full`` names as well."""
    sizes = arguments["shape"]
    return tuple(map(whole, listed(sizes) or [sizes]))


def transpose(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    axes = listed(arguments.get("axes")) or tuple(reversed(range(len(shape))))
    return tuple(shape[axis] for axis in axes)


def swapaxes(shapes: list[Shape], arguments: Arguments) -> Shape:
    return _swapped(shapes[0], arguments["axis1"], arguments["axis2"])


def rot90(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = listed(arguments.get("axes")) or (0, 1)
    return _swapped(shapes[0], one, other) if arguments.get("k", 1) % 2 else shapes[0]


def _swapped(shape: Shape, one: int, other: int) -> Shape:
    sizes = list(shape)
    sizes[one], sizes[other] = sizes[other], sizes[one]
    return tuple(sizes)


def moveaxis(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    rank = len(shape)
    pair = (listed(arguments[key]) or [arguments[key]] for key in ("source", "destination"))
    source, destination = ([axis % rank for axis in axes] for axes in pair)
    order = [axis for axis in range(rank) if axis not in source]
    for at, axis in sorted(zip(destination, source, strict=True)):
        order.insert(at, axis)
    return tuple(shape[axis] for axis in order)


def expand_dims(shapes: list[Shape], arguments: Arguments) -> Shape:
    axis, rest = arguments["axis"], list(shapes[0])
    added = list(listed(axis) or [axis])
    rank = len(rest) + len(added)
    places = {each % rank for each in added}
    return tuple(1 if at in places else rest.pop(0) for at in range(rank))


def squeeze(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), axis = shapes, arguments.get("axis")
    if axis is None:
        return tuple(size for size in shape if size != 1)
    axes = {each % len(shape) for each in (listed(axis) or [axis])}
    return tuple(size for index, size in enumerate(shape) if index not in axes)


def item(shapes: list[Shape], arguments: Arguments) -> Shape:
    """What ``x[key]`` gives."""
    key = arguments["key"]
    keys = list(key) if isinstance(key, list) else [key]
    rest = list(shapes[0])
    spare = len(rest) - sum(each is not None and not _is(each, "__ellipsis__") for each in keys)
    found: list[int | None] = []
    for each in keys:
        if each is None:
            found.append(1)
        elif _is(each, "__ellipsis__"):
            found += [rest.pop(0) for _ in range(spare)]
        elif _is(each, "__slice__"):
            size, config = rest.pop(0), each["config"]
            bounds = slice(config.get("start"), config.get("stop"), config.get("step"))
            whole_axis = bounds in (slice(None), slice(0, None), slice(None, None, 1))
            found.append(
                (size if whole_axis else None) if size is None else len(range(*bounds.indices(size)))
            )
        elif whole(each) is not None:
            rest.pop(0)
        else:
            raise ValueError
    return (*found, *rest)


def _is(value: Any, class_name: str) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == class_name


def cut(shapes: list[Shape], arguments: Arguments) -> Shape:
    """What ``slice`` gives."""
    (shape, *_), starts = shapes, listed(arguments["start_indices"]) or ()
    wanted = listed(arguments["shape"]) or ()
    # The batch of an example is no promise about others.
    return tuple(
        None if own is None and start == 0 else whole(size)
        for own, size, start in zip(shape, wanted, starts, strict=True)
    )


def pad(shapes: list[Shape], arguments: Arguments) -> Shape:
    return tuple(
        None if size is None else size + sum(pair)
        for size, pair in zip(shapes[0], arguments["pad_width"], strict=True)
    )


def repeat(shapes: list[Shape], arguments: Arguments) -> Shape:
    repeats, axis = arguments["repeats"], arguments.get("axis")
    shape = list(flat(shapes[0]) if axis is None else shapes[0])
    at = 0 if axis is None else axis % len(shape)
    counts, size = listed(repeats), shape[at]
    if counts is not None and len(counts) > 1:
        shape[at] = sum(counts)
    else:
        shape[at] = product([size, repeats if counts is None else counts[0]])
    return tuple(shape)


def tile(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), repeats = shapes, arguments["repeats"]
    counts = list(listed(repeats) or [repeats])
    counts = [1] * (len(shape) - len(counts)) + counts
    grown = (1,) * (len(counts) - len(shape)) + shape
    return tuple(product(pair) for pair in zip(grown, counts, strict=True))


def diff(shapes: list[Shape], arguments: Arguments) -> Shape:
    return _changed(shapes[0], arguments.get("axis", -1), lambda size: size - arguments.get("n", 1))


def halved(shapes: list[Shape], arguments: Arguments) -> Shape:
    return _changed(shapes[0], arguments.get("axis", -1), lambda size: size // 2)


def _changed(shape: Shape, axis: int, change: Any) -> Shape:
    at = axis % len(shape)
    return tuple(
        change(size) if index == at and size is not None else size for index, size in enumerate(shape)
    )


def diagonal(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    one, other = (arguments.get(key, at) % len(shape) for at, key in enumerate(("axis1", "axis2")))
    rest = (size for index, size in enumerate(shape) if index not in {one, other})
    return (*rest, _length(shape[one], shape[other], arguments.get("offset", 0)))


def trace(shapes: list[Shape], arguments: Arguments) -> Shape:
    return reduced(shapes[0], {"axis": [arguments.get("axis1", 0), arguments.get("axis2", 1)]})


def diag(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), offset = shapes, arguments.get("k", 0)
    if len(shape) == 1:
        return diagflat(shapes, arguments)
    height, width = shape
    return (_length(height, width, offset),)


def diagflat(shapes: list[Shape], arguments: Arguments) -> Shape:
    (size,) = flat(shapes[0])
    return (None if size is None else size + abs(arguments.get("k", 0)),) * 2


def _length(height: int | None, width: int | None, offset: int) -> int | None:
    """How long a diagonal is."""
    if height is None or width is None:
        return None
    return max(0, min(height + min(offset, 0), width - max(offset, 0)))


def one_hot(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape = list(shapes[0])
    shape.insert(arguments.get("axis", -1) % (len(shape) + 1), arguments["num_classes"])
    return tuple(shape)


def multi_hot(shapes: list[Shape], arguments: Arguments) -> Shape:
    """Which classes occur along the axis behind the batch."""
    hot = one_hot(shapes, arguments)
    return hot[-1:] if len(hot) == 2 else (hot[0], *hot[2:])


def vander(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), columns = shapes, arguments.get("N")
    return (*shape, shape[0] if columns is None else columns)


def quantile(shapes: list[Shape], arguments: Arguments) -> Shape:
    return (*shape_of(arguments["q"], shapes), *reduced(shapes[0], arguments))


def trapezoid(shapes: list[Shape], arguments: Arguments) -> Shape:
    return reduced(shapes[0], {"axis": arguments.get("axis", -1)})


def moments(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
    return (reduced(shapes[0], {**arguments, "axis": arguments["axes"]}),) * 2


def top_k(shapes: list[Shape], arguments: Arguments) -> tuple[Shape, ...]:
    return ((*shapes[0][:-1], arguments["k"]),) * 2
