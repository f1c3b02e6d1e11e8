"""Layers that move values about: flattened, reshaped, cropped, padded, repeated."""

from __future__ import annotations

import math

from converter.layers.configuration import MOST_DIMENSIONS, axes, fault, integer, integers, listed, whole
from converter.layers.grid import grid, times
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


def _margins(config: Config, key: str) -> list[tuple[int, int]]:
    """Rows and columns to add or take: ``n``, ``[rows, columns]`` or ``[[top, bottom], [left, right]]``."""
    value = config.get(key)
    items = listed(value)
    pairs = [value, value] if items is None else list(items[:3])
    found = []
    for pair in pairs:
        inner = listed(pair)
        ends = [whole(end) for end in ([pair, pair] if inner is None else inner[:3])]
        known = [end for end in ends if end is not None and end >= 0]
        if len(known) == len(ends) == 2:
            found.append((known[0], known[1]))
    if len(found) != 2 or len(pairs) != 2:
        raise fault(config, key, "a number, two of them, or two pairs of them, none negative")
    return found


def _crop(config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, 2)
    margins = _margins(config, "cropping")
    space = tuple(
        None if size is None else size - before - after
        for size, (before, after) in zip(at.space, margins, strict=True)
    )
    return at.shape(space, at.channels)


def _pad(config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, 2)
    margins = _margins(config, "padding")
    space = tuple(
        None if size is None else size + before + after
        for size, (before, after) in zip(at.space, margins, strict=True)
    )
    return at.shape(space, at.channels)


def _upsample(config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, 2)
    return at.shape(tuple(map(times, at.space, integers(config, "size", 2, 2))), at.channels)


RULES = {
    "Flatten": Rule(_flatten),
    "Reshape": Rule(_reshape),
    "Permute": Rule(_permute),
    "RepeatVector": Rule(on_known(_repeat), rank=2),
    "Cropping2D": Rule(on_known(_crop), rank=4),
    "ZeroPadding2D": Rule(on_known(_pad), rank=4),
    "UpSampling2D": Rule(on_known(_upsample), rank=4),
}
