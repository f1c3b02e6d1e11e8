"""Preprocessing layers."""

from __future__ import annotations

from converter.layers.configuration import MOST_DIMENSIONS, choice, integer, listed
from converter.layers.grid import broadcast
from converter.layers.rule import Rule, RuleError, on_known
from converter.model import Config, Shape


def _extent(value: object) -> Shape:
    """The shape of a number or of nested lists of numbers, judged by the first of each list."""
    sizes: list[int] = []
    items = listed(value)
    while items and len(sizes) <= MOST_DIMENSIONS:
        sizes.append(len(items))
        items = listed(items[0])
    return tuple(sizes)


def _stretch(config: Config, key: str, shape: Shape) -> Shape:
    try:
        return broadcast(shape, _extent(config.get(key)))
    except RuleError as error:
        raise RuleError(f"its {key} does not fit its input: {error.why}") from None


def _rescale(config: Config, shape: Shape) -> Shape:
    return _stretch(config, "offset", _stretch(config, "scale", shape))


def _resize(config: Config, shape: Shape) -> Shape:
    return (*shape[:-3], integer(config, "height"), integer(config, "width"), shape[-1])


def _random_width(_config: Config, shape: Shape) -> Shape:
    return (*shape[:-2], None, shape[-1])


def _encode(config: Config, shape: Shape) -> Shape | None:
    tokens = integer(config, "max_tokens" if "max_tokens" in config else "num_tokens")
    mode = choice(config, "output_mode", ("multi_hot", "one_hot", "count", "binary"), "multi_hot")
    if mode == "one_hot" and (len(shape) == 1 or shape[-1] != 1):
        return None if len(shape) > 1 and shape[-1] is None else (*shape, tokens)
    return (*shape[:-1], tokens)


RULES = {
    "Rescaling": Rule(on_known(_rescale)),
    "Resizing": Rule(on_known(_resize), least_rank=3),
    "CenterCrop": Rule(on_known(_resize), least_rank=3),
    "RandomWidth": Rule(on_known(_random_width), least_rank=3),
    "CategoryEncoding": Rule(on_known(_encode)),
}
