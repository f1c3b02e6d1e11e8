"""Pooling over windows, and over everything."""

from __future__ import annotations

from functools import partial

from converter.layers.configuration import choice, flag, integers
from converter.layers.grid import grid, windows
from converter.layers.rule import Rule, on_known
from converter.model import Config, Shape


def _pool(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    padding = choice(config, "padding", ("valid", "same"), "valid")
    pool = integers(config, "pool_size", dimensions, 2)
    strides = pool if config.get("strides") is None else integers(config, "strides", dimensions)
    space = tuple(
        windows(size, width, stride, padding)
        for size, width, stride in zip(at.space, pool, strides, strict=True)
    )
    return at.shape(space, at.channels)


def _pool_all(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    if flag(config, "keepdims", default=False):
        return at.shape((1,) * dimensions, at.channels)
    return (*at.lead, at.channels)


RULES = {
    f"{kind}Pooling{dimensions}D": Rule(on_known(partial(_pool, dimensions)), rank=dimensions + 2)
    for kind in ("Average", "Max")
    for dimensions in (1, 2, 3)
} | {
    f"Global{kind}Pooling{dimensions}D": Rule(on_known(partial(_pool_all, dimensions)), rank=dimensions + 2)
    for kind in ("Average", "Max")
    for dimensions in (1, 2)
}
