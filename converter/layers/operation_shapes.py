"""The shapes that operations give, where a file does not tell them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.operation_table import ROWS
from converter.layers.rule import Shapes
from converter.model import Shape

Arguments = Mapping[str, Any]


def shapes_of(operation: str, inputs: list[Shape], arguments: Arguments) -> Shapes | None:
    """The shapes of the outputs; ``None`` where no rule knows them.

    Args:
        operation: the name of its class in Keras 3.
        inputs: the shapes of its tensors.
        arguments: settings and arguments by name, as the file has them.
    """
    row = ROWS.get(operation)
    try:
        if operation in _SEVERAL:
            return _SEVERAL[operation](inputs, arguments)
        if operation in _RULES:
            return (_RULES[operation](inputs, arguments),)
        if row is not None and row.shape == "broadcast":
            return (_broadcast(inputs, arguments),)
        if row is not None and row.shape == "reduced":
            return (_reduced(inputs, arguments),)
    except (TypeError, ValueError, IndexError, AttributeError, KeyError, ZeroDivisionError, OverflowError):
        pass  # arguments that nobody can compute with are refused later
    return None


def _broadcast(shapes: list[Shape], arguments: Arguments) -> Shape:
    constants = [_shape_of(value) for value in arguments.values()]
    all_shapes = [*shapes, *(shape for shape in constants if shape)]
    rank = max(map(len, all_shapes))
    grown = [(1,) * (rank - len(shape)) + shape for shape in all_shapes]
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*grown, strict=True))


def _shape_of(value: Any) -> Shape:
    """The shape of a constant; that of a number is empty."""
    if isinstance(value, Mapping):
        config = value.get("config")
        value = config.get("value") if isinstance(config, Mapping) else None
    sizes = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else None
    return tuple(sizes)


def _reduced(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), axis = shapes, arguments.get("axis")
    several = listed(axis)
    axes = range(len(shape)) if axis is None else [axis] if several is None else several
    over = {each % len(shape) for each in axes}
    if arguments.get("keepdims"):
        return tuple(1 if index in over else size for index, size in enumerate(shape))
    return tuple(size for index, size in enumerate(shape) if index not in over)


def _reshape(shapes: list[Shape], arguments: Arguments) -> Shape:
    target = [whole(size) for size in listed(arguments["newshape"]) or ()]
    (shape, *_) = shapes
    if target and target[0] == -1 and shape[0] is None and None not in shape[1:]:
        rest = math.prod(size for size in shape[1:] if size is not None)
        if rest == math.prod(size for size in target[1:] if size is not None):
            return (None, *target[1:])
    return tuple(None if size == -1 else size for size in target)


def _transpose(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    axes = listed(arguments.get("axes")) or tuple(reversed(range(len(shape))))
    return tuple(shape[axis] for axis in axes)


def _expand_dims(shapes: list[Shape], arguments: Arguments) -> Shape:
    axis, rest = arguments["axis"], list(shapes[0])
    added = list(listed(axis) or [axis])
    rank = len(rest) + len(added)
    places = {each % rank for each in added}
    return tuple(1 if at in places else rest.pop(0) for at in range(rank))


def _squeeze(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), axis = shapes, arguments["axis"]
    axes = {each % len(shape) for each in (listed(axis) or [axis])}
    return tuple(size for index, size in enumerate(shape) if index not in axes)


def _concatenate(shapes: list[Shape], arguments: Arguments) -> Shape:
    axis = arguments.get("axis", 0) % len(shapes[0])
    sizes = [shape[axis] for shape in shapes]
    if len(shapes) != len(arguments["xs"]):
        raise ValueError
    known = [size for size in sizes if size is not None]
    total = sum(known) if len(known) == len(sizes) else None
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _stack(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape = list(shapes[0])
    shape.insert(arguments.get("axis", 0) % (len(shape) + 1), len(arguments["x"]))
    return tuple(shape)


def _split(shapes: list[Shape], arguments: Arguments) -> Shapes:
    """The parts of ``Split``, and of ``Unstack``, which drops the axis."""
    (shape, *_) = shapes
    axis = arguments.get("axis", 0) % len(shape)
    size, where = shape[axis], arguments.get("indices_or_sections")
    if where is None:
        return (((*shape[:axis], *shape[axis + 1 :])),) * (size or 1)
    if isinstance(where, int):
        sizes = [None if size is None else size // where] * where
    else:
        ends = [0, *where, size]
        sizes = [None if end is None else end - start for start, end in pairwise(ends)]
    return tuple((*shape[:axis], each, *shape[axis + 1 :]) for each in sizes)


def _pad(shapes: list[Shape], arguments: Arguments) -> Shape:
    return tuple(
        None if size is None else size + sum(pair)
        for size, pair in zip(shapes[0], arguments["pad_width"], strict=True)
    )


def _matmul(shapes: list[Shape], arguments: Arguments) -> Shape:
    one, other = (
        shapes[each["tensor"]] if "tensor" in each else _shape_of(each)
        for each in (arguments["x1"], arguments["x2"])
    )
    one = (*one[:-2], one[-1], one[-2]) if arguments.get("transpose_a") else one
    other = (*other[:-2], other[-1], other[-2]) if arguments.get("transpose_b") else other
    if len(one) < 2 or len(other) < 2:
        raise ValueError
    batch = _broadcast([one[:-2], other[:-2]], {}) if max(len(one), len(other)) > 2 else ()
    return (*batch, one[-2], other[-1])


def _blocks(*, grow: bool) -> Callable[[list[Shape], Arguments], Shape]:
    def rule(shapes: list[Shape], arguments: Arguments) -> Shape:
        batch, height, width, channels = shapes[0]
        block = arguments["block_size"]

        def scaled(size: int | None) -> int | None:
            return None if size is None else size * block if grow else size // block

        depth = None if channels is None else channels // block**2 if grow else channels * block**2
        return (batch, scaled(height), scaled(width), depth)

    return rule


def _resize(shapes: list[Shape], arguments: Arguments) -> Shape:
    height, width = (whole(size) for size in listed(arguments["size"]) or ())
    return (shapes[0][0], height, width, shapes[0][3])


def _item(shapes: list[Shape], arguments: Arguments) -> Shape:
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


def _swapaxes(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape = list(shapes[0])
    one, other = arguments["axis1"], arguments["axis2"]
    shape[one], shape[other] = shape[other], shape[one]
    return tuple(shape)


def _moveaxis(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    rank = len(shape)
    pair = (listed(arguments[key]) or [arguments[key]] for key in ("source", "destination"))
    source, destination = ([axis % rank for axis in axes] for axes in pair)
    order = [axis for axis in range(rank) if axis not in source]
    for at, axis in sorted(zip(destination, source, strict=True)):
        order.insert(at, axis)
    return tuple(shape[axis] for axis in order)


def _repeat(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape, repeats = list(shapes[0]), arguments["repeats"]
    axis = arguments["axis"] % len(shape)
    counts, size = listed(repeats), shape[axis]
    if counts is not None and len(counts) > 1:
        shape[axis] = sum(counts)
    else:
        shape[axis] = None if size is None else size * (repeats if counts is None else counts[0])
    return tuple(shape)


def _tile(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), repeats = shapes, arguments["repeats"]
    counts = list(listed(repeats) or [repeats])
    counts = [1] * (len(shape) - len(counts)) + counts
    grown = (1,) * (len(counts) - len(shape)) + shape
    return tuple(None if size is None else size * count for size, count in zip(grown, counts, strict=True))


def _take(shapes: list[Shape], arguments: Arguments) -> Shape:
    axis, indices = arguments.get("axis"), arguments["indices"]
    is_tensor = isinstance(indices, Mapping) and "tensor" in indices
    places = shapes[indices["tensor"]] if is_tensor else _shape_of(indices)
    x = arguments["x"]
    shape = shapes[x["tensor"]] if "tensor" in x else _shape_of(x)
    if axis is None:
        return places
    at = axis % len(shape)
    return (*shape[:at], *places, *shape[at + 1 :])


def _one_hot(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape = list(shapes[0])
    shape.insert(arguments.get("axis", -1) % (len(shape) + 1), arguments["num_classes"])
    return tuple(shape)


def _ravel(shapes: list[Shape], _arguments: Arguments) -> Shape:
    sizes = shapes[0]
    return (None if None in sizes else math.prod(size for size in sizes if size is not None),)


def _second(shapes: list[Shape], arguments: Arguments) -> Shape:
    """The shape of the indices, which a constant may be."""
    indices = arguments["indices"]
    return shapes[indices["tensor"]] if "tensor" in indices else _shape_of(indices)


def _grey(shapes: list[Shape], arguments: Arguments) -> Shape:
    shape = list(shapes[0])
    shape[-3 if arguments.get("data_format") == "channels_first" else -1] = 1
    return tuple(shape)


def _convolved(shapes: list[Shape], arguments: Arguments) -> Shape:
    """Convolutions whose channels are the last and whose kernel is a constant."""
    (shape, *_) = shapes
    if arguments.get("data_format") == "channels_first":
        raise ValueError
    depthwise = arguments.get("depthwise_kernel")
    kernel = _shape_of(arguments["kernel"] if depthwise is None else depthwise)
    rank = len(shape) - 2

    def each(key: str) -> list[int]:
        value = arguments.get(key, 1)
        return list(listed(value) or [value] * rank)

    space = [
        _windows(size, None if width is None else (width - 1) * rate + 1, step, arguments)
        for size, width, step, rate in zip(
            shape[1:-1], kernel[:rank], each("strides"), each("dilation_rate"), strict=True
        )
    ]
    if depthwise is not None:
        return (shape[0], *space, _shape_of(arguments["pointwise_kernel"])[-1])
    return (shape[0], *space, kernel[-1])


def _attended(shapes: list[Shape], arguments: Arguments) -> Shape:
    query, value = (shapes[arguments[key]["tensor"]] for key in ("query", "value"))
    return (*query[:-1], value[-1])


def _slice(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_), starts = shapes, listed(arguments["start_indices"]) or ()
    wanted = listed(arguments["shape"]) or ()
    # The batch of an example is no promise about others.
    return tuple(
        None if own is None and start == 0 else whole(size)
        for own, size, start in zip(shape, wanted, starts, strict=True)
    )


def _windows(size: int | None, width: int | None, step: int, arguments: Arguments) -> int | None:
    """How many windows fit."""
    if size is None or width is None:
        return None
    return -(-size // step) if arguments.get("padding") == "same" else (size - width) // step + 1


def _pool(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    rank = len(shape) - 2
    window = listed(arguments["pool_size"]) or [arguments["pool_size"]] * rank
    strides = arguments.get("strides")
    steps = window if strides is None else listed(strides) or [strides] * rank
    first = arguments.get("data_format") == "channels_first"
    space = shape[2:] if first else shape[1:-1]
    found = [
        _windows(size, width, step, arguments) for size, width, step in zip(space, window, steps, strict=True)
    ]
    return (shape[0], shape[1], *found) if first else (shape[0], *found, shape[-1])


def _einsum(shapes: list[Shape], arguments: Arguments) -> Shape:
    inputs, output = arguments["subscripts"].replace(" ", "").split("->")
    sizes: dict[str, int | None] = {}
    operands = [
        shapes[each["tensor"]] if "tensor" in each else _shape_of(each) for each in arguments["operands"]
    ]
    for letters, shape in zip(inputs.split(","), operands, strict=True):
        sizes |= {
            letter: size
            for letter, size in zip(letters, shape, strict=True)
            if sizes.get(letter) in {None, 1}
        }
    return tuple(sizes[letter] for letter in output)


def _top_k(shapes: list[Shape], arguments: Arguments) -> Shapes:
    return ((*shapes[0][:-1], arguments["k"]),) * 2


def _moments(shapes: list[Shape], arguments: Arguments) -> Shapes:
    return (_reduced(shapes, {**arguments, "axis": arguments["axes"]}),) * 2


_RULES: dict[str, Callable[[list[Shape], Arguments], Shape]] = {
    "Concatenate": _concatenate,
    "DepthToSpace": _blocks(grow=True),
    "ExpandDims": _expand_dims,
    "GetItem": _item,
    "Matmul": _matmul,
    "Pad": _pad,
    "Reshape": _reshape,
    "Resize": _resize,
    "SpaceToDepth": _blocks(grow=False),
    "AveragePool": _pool,
    "Conv": _convolved,
    "DotProductAttention": _attended,
    "RGBToGrayscale": _grey,
    "Ravel": _ravel,
    "SeparableConv": _convolved,
    "TakeAlongAxis": _second,
    "Einsum": _einsum,
    "MaxPool": _pool,
    "Moveaxis": _moveaxis,
    "OneHot": _one_hot,
    "Repeat": _repeat,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Swapaxes": _swapaxes,
    "Take": _take,
    "Tile": _tile,
    "Stack": _stack,
    "Transpose": _transpose,
}


_SEVERAL: dict[str, Callable[[list[Shape], Arguments], Shapes]] = {
    "Moments": _moments,
    "Split": _split,
    "TopK": _top_k,
    "Unstack": _split,
}
