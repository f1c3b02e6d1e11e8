"""Pooling over windows, over everything, and to a given size."""

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


def _pool_to(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    return at.shape(integers(config, "output_size", dimensions), at.channels)


def _pool_each(config: Config, shape: Shape) -> Shape:
    rule = _pool_to if config.get("output_size") is not None else _pool
    return rule(len(shape) - 2, config, shape)


RULES = {
    f"{scope}{kind}Pooling{dimensions}D": Rule(on_known(partial(rule, dimensions)), rank=dimensions + 2)
    for scope, rule in (("", _pool), ("Global", _pool_all), ("Adaptive", _pool_to))
    for kind in ("Average", "Max")
    for dimensions in (1, 2, 3)
} | {
    "KerasPooling": Rule(on_known(_pool_each), least_rank=3),
    # With the mask of its steps.
    "GlobalAveragePooling1D": Rule(on_known(partial(_pool_all, 1)), most=2, rank=3),
}
