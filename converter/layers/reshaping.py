"""Layers that move values about: flattened, reshaped, cropped, padded, repeated."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from converter.layers.configuration import MOST_DIMENSIONS, axes, fault, integer, integers, listed, whole
from converter.layers.grid import grid, same_padding, times
from converter.layers.rule import Rule, RuleError, Shapes, on_known, show
from converter.model import Config, Shape


def _volume(sizes: Shape) -> int | None:
    """The product of the sizes, ``None`` if one is unknown."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def _flatten(_config: Config, inputs: Shapes) -> Shapes:
    shape = inputs[0]
    return ((None, None) if shape is None else (shape[0], _volume(shape[1:])),)


def _target(config: Config) -> tuple[int, ...]:
    """The wanted sizes, -1 for the one that is left open; none at all leaves only the batch."""
    items = listed(config.get("target_shape"))
    if items is not None and len(items) <= MOST_DIMENSIONS:
        # TensorFlow.js takes null for -1.
        sizes = tuple(-1 if item is None else whole(item) or 0 for item in items)
        if all(size > 0 or size == -1 for size in sizes) and sizes.count(-1) <= 1:
            return sizes
    raise fault(config, "target_shape", "a list of sizes, at most one of them -1")


def _reshape(config: Config, inputs: Shapes) -> Shapes:
    target = _target(config)
    shape = inputs[0]
    batch = None if shape is None else shape[0]
    volume = None if shape is None else _volume(shape[1:])
    known = math.prod(size for size in target if size != -1)
    free = None
    if shape is not None and volume is not None:
        free, rest = divmod(volume, known)
        if rest or (-1 not in target and free != 1):
            raise RuleError(f"the {volume} values of its input {show(shape)} do not fill {show(target)}")
    return ((batch, *(free if size == -1 else size for size in target)),)


def _permute(config: Config, inputs: Shapes) -> Shapes:
    dims = axes(config, "dims")
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise fault(config, "dims", f"the numbers 1 to {len(dims)} in some order")
    shape = inputs[0]
    if shape is None:
        return ((None,) * (len(dims) + 1),)
    if len(shape) != len(dims) + 1:
        raise RuleError(f"its input {show(shape)} must have {len(dims) + 1} dimensions")
    return ((shape[0], *(shape[axis] for axis in dims)),)


def _repeat(config: Config, shape: Shape) -> Shape:
    return (shape[0], integer(config, "n"), shape[1])


def margins(config: Config, key: str, dimensions: int) -> list[tuple[int, int]]:
    """What to add or take at both ends of each axis.

    One number stands for all ends, one for each axis for both of its ends. Along a single axis two numbers
    are its ends.

    Raises:
        RuleError: if it is anything else.
    """
    value = config.get(key)
    items = listed(value)
    if items is None:
        pairs = [value] * dimensions
    elif dimensions == 1 and not (len(items) == 1 and listed(items[0]) is not None):
        pairs = [value if len(items) != 1 else items[0]]
    else:
        pairs = list(items[: dimensions + 1])
    found = []
    for pair in pairs:
        inner = listed(pair)
        ends = [whole(end) for end in ([pair, pair] if inner is None else inner[:3])]
        known = [end for end in ends if end is not None and end >= 0]
        if len(known) == len(ends) == 2:
            found.append((known[0], known[1]))
    if len(found) != dimensions or len(pairs) != dimensions:
        each = "two of them" if dimensions == 1 else f"{dimensions} of them, or {dimensions} pairs of them"
        raise fault(config, key, f"a number, {each}, none negative")
    return found


def _crop(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    space = tuple(
        None if size is None else size - before - after
        for size, (before, after) in zip(at.space, margins(config, "cropping", dimensions), strict=True)
    )
    return at.shape(space, at.channels)


def _pad(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    space = tuple(
        None if size is None else size + before + after
        for size, (before, after) in zip(at.space, margins(config, "padding", dimensions), strict=True)
    )
    return at.shape(space, at.channels)


def _upsample(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    return at.shape(tuple(map(times, at.space, integers(config, "size", dimensions, 2))), at.channels)


def _each_axis(dimensions: int, rule: Callable[[int, Config, Shape], Shape]) -> Rule:
    return Rule(on_known(partial(rule, dimensions)), rank=dimensions + 2)


def _ends(config: Config, shape: Shape) -> Shape:
    """What lowerings make of padding and cropping: ends of all axes but the batch, negative for a crop."""
    ends = [listed(pair) or () for pair in listed(config.get("padding")) or ()]
    moved = [sum(whole(end) or 0 for end in pair) for pair in ends]
    if len(moved) != len(shape) - 1:
        raise fault(config, "padding", f"{len(shape) - 1} pairs of numbers")
    sizes = (None if size is None else size + more for size, more in zip(shape[1:], moved, strict=True))
    return (shape[0], *sizes)


def _same(config: Config, shape: Shape) -> Shape:
    """What the padding "same" makes of all axes but the batch and the channels."""
    count = len(shape) - 2
    reach, strides = (integers(config, key, count) for key in ("reach", "strides"))
    added = map(same_padding, shape[1:-1], reach, strides)
    sizes = (
        None if size is None or more is None else size + max(more, 0)
        for size, more in zip(shape[1:-1], added, strict=True)
    )
    return (shape[0], *sizes, shape[-1])


def _repeat_each(config: Config, shape: Shape) -> Shape:
    return (shape[0], *map(times, shape[1:], integers(config, "repeats", len(shape) - 1)))


def _resize(config: Config, shape: Shape) -> Shape:
    if config.get("size") is not None:
        return (shape[0], *integers(config, "size", 2), shape[3])
    return (shape[0], *map(times, shape[1:3], integers(config, "scale", 2)), shape[3])


def _shuffle(config: Config, shape: Shape) -> Shape:
    blocks = integers(config, "block_size", 3)
    channels = None if shape[4] is None else shape[4] // math.prod(blocks)
    return (shape[0], *map(times, shape[1:4], blocks), channels)


RULES = {
    "Flatten": Rule(_flatten),
    "Reshape": Rule(_reshape),
    "Permute": Rule(_permute),
    "RepeatVector": Rule(on_known(_repeat), rank=2),
    **{
        f"{name}{dimensions}D": _each_axis(dimensions, rule)
        for name, rule in (("Cropping", _crop), ("ZeroPadding", _pad), ("UpSampling", _upsample))
        for dimensions in (1, 2, 3)
    },
    # What lowerings make of some of these.
    "KerasMargins": Rule(on_known(_ends)),
    "KerasSamePadding": Rule(on_known(_same), least_rank=3),
    "KerasEnlarge": Rule(on_known(_repeat_each)),
    "KerasResizing": Rule(on_known(_resize), rank=4),
    "KerasVolumeShuffle": Rule(on_known(_shuffle), rank=5),
}
