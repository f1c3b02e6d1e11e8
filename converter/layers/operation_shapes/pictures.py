"""Operations that slide windows over pictures and sequences, resize, crop and pad them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from converter.layers.configuration import listed, whole
from converter.layers.operation_shapes.base import Arguments, product, shape_of
from converter.model import Shape


def _is_first(arguments: Arguments) -> bool:
    return arguments.get("data_format") == "channels_first"


def _space(shape: Shape, arguments: Arguments) -> tuple[Shape, int | None]:
    """The axes of space, and the channels."""
    return (shape[2:], shape[1]) if _is_first(arguments) else (shape[1:-1], shape[-1])


def _picture(batch: int | None, space: Sequence[int | None], channels: int | None, given: Arguments) -> Shape:
    return (batch, channels, *space) if _is_first(given) else (batch, *space, channels)


def _each(arguments: Arguments, key: str, rank: int) -> list[int]:
    value = arguments.get(key, 1)
    return list(listed(value) or [value] * rank)


def _windows(
    space: Shape, widths: Sequence[int | None], steps: Sequence[int], rates: Sequence[int], given: Arguments
) -> list[int | None]:
    """How many windows fit in each axis."""

    def fit(size: int | None, width: int | None, step: int, rate: int) -> int | None:
        if size is None or width is None:
            return None
        if given.get("padding") == "same":
            return -(-size // step)
        return (size - (width - 1) * rate - 1) // step + 1

    return [fit(*each) for each in zip(space, widths, steps, rates, strict=True)]


def convolved(shapes: list[Shape], arguments: Arguments) -> Shape:
    """``Conv``, ``DepthwiseConv`` and ``SeparableConv``."""
    (shape, *_) = shapes
    space, _ = _space(shape, arguments)
    rank = len(space)
    first = "depthwise_kernel" if "depthwise_kernel" in arguments else "kernel"
    kernel = shape_of(arguments[first], shapes)
    last = shape_of(arguments.get("pointwise_kernel", arguments[first]), shapes)
    steps, rates = (_each(arguments, key, rank) for key in ("strides", "dilation_rate"))
    found = _windows(space, kernel[:rank], steps, rates, arguments)
    return _picture(shape[0], found, last[-1], arguments)


def depthwise(shapes: list[Shape], arguments: Arguments) -> Shape:
    kernel = shape_of(arguments["kernel"], shapes)
    batch, *rest = convolved(shapes, arguments)
    space = rest[1:] if _is_first(arguments) else rest[:-1]
    return _picture(batch, space, product(kernel[-2:]), arguments)


def pooled(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    space, channels = _space(shape, arguments)
    rank = len(space)
    widths = _each(arguments, "pool_size", rank)
    steps = widths if arguments.get("strides") is None else _each(arguments, "strides", rank)
    return _picture(shape[0], _windows(space, widths, steps, [1] * rank, arguments), channels, arguments)


def patches(shapes: list[Shape], arguments: Arguments) -> Shape:
    """Windows of a picture, each laid out along the channels."""
    value = arguments["size"]
    widths = list(listed(value) or [value] * 2)
    rank = len(widths)
    alone = len(shapes[0]) == rank + 1
    shape = (1, *shapes[0]) if alone else shapes[0]
    space, channels = _space(shape, arguments)
    steps = widths if arguments.get("strides") is None else _each(arguments, "strides", rank)
    found = _windows(space, widths, steps, _each(arguments, "dilation_rate", rank), arguments)
    made = _picture(shape[0], found, product([*widths, channels]), arguments)
    return made[1:] if alone else made


def blocks(*, grow: bool) -> Callable[[list[Shape], Arguments], Shape]:
    """``DepthToSpace``, or its inverse."""

    def rule(shapes: list[Shape], arguments: Arguments) -> Shape:
        space, channels = _space(shapes[0], arguments)
        block = arguments["block_size"]

        def scaled(size: int | None) -> int | None:
            return None if size is None else size * block if grow else size // block

        depth = None if channels is None else channels // block**2 if grow else channels * block**2
        return _picture(shapes[0][0], list(map(scaled, space)), depth, arguments)

    return rule


def resized(shapes: list[Shape], arguments: Arguments) -> Shape:
    return _of_size(shapes[0], [whole(size) for size in listed(arguments["size"]) or ()], arguments)


def framed(*, grow: bool) -> Callable[[list[Shape], Arguments], Shape]:
    """``PadImages``, or ``CropImages``."""
    word, sign = ("padding", 1) if grow else ("cropping", -1)

    def rule(shapes: list[Shape], arguments: Arguments) -> Shape:
        height, width = shapes[0][-2:] if _is_first(arguments) else shapes[0][-3:-1]

        def framed_size(size: int | None, target: str, ends: tuple[str, str]) -> int | None:
            if arguments.get(target) is not None:
                return whole(arguments[target])
            frame = sum(arguments.get(f"{end}_{word}") or 0 for end in ends)
            return None if size is None else size + sign * frame

        found = [
            framed_size(height, "target_height", ("top", "bottom")),
            framed_size(width, "target_width", ("left", "right")),
        ]
        return _of_size(shapes[0], found, arguments)

    return rule


def _of_size(shape: Shape, space: list[int | None], arguments: Arguments) -> Shape:
    """The picture, or the batch of them, at another size."""
    height, width = space
    if _is_first(arguments):
        return (*shape[:-2], height, width)
    return (*shape[:-3], height, width, shape[-1])


def grey(shapes: list[Shape], arguments: Arguments) -> Shape:
    (shape, *_) = shapes
    return (*shape[:-3], 1, *shape[-2:]) if _is_first(arguments) else (*shape[:-1], 1)
