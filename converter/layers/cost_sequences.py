"""What recurrent layers and attention compute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from converter.layers.configuration import flag, integer, integers, listed
from converter.layers.cost import SOFTMAX, Cost, CostRule, Sizes
from converter.layers.grid import grid
from converter.model import Config

_GATES = {"SimpleRNN": (1, 0), "GRU": (3, 5), "LSTM": (4, 5)}
"""The gates of a cell, and the operations between them for each unit."""


def _cell(kind: str, config: Config, width: int) -> Cost:
    gates, between = _GATES[kind]
    units = integer(config, "units")
    biased = flag(config, "use_bias", default=True) * (1 + bool(kind == "GRU" and config.get("reset_after")))
    return Cost((width + units) * gates * units, gates * units * (1 + 1 + biased) + between * units)


def _cells(spec: Any, width: int) -> Cost | None:
    """One step of a cell, or of several on top of each other."""
    total = Cost()
    for each in listed(spec) or [spec]:
        name = each.get("class_name") if isinstance(each, Mapping) else None
        config = each.get("config") if isinstance(each, Mapping) else None
        if not isinstance(name, str) or not isinstance(config, Mapping):
            return None
        one = _cells(config.get("cells"), width) if name == "StackedRNNCells" else None
        if name.removesuffix("Cell") in _GATES:
            one = _cell(name.removesuffix("Cell"), config, width)
            width = integer(config, "units")
        if one is None:
            return None
        total = total.plus(one)
    return total


def _recurrent(kind: str) -> CostRule:
    def rule(config: Config, inputs: list[Sizes], _outputs: list[Sizes]) -> Cost | None:
        if flag(config, "time_major", default=False):
            return None  # the steps stand in the place of the batch
        steps, width = inputs[0][1], inputs[0][-1]
        one = _cells(config.get("cell"), width) if kind == "RNN" else _cell(kind, config, width)
        return None if one is None else one.times(steps)

    return rule


def _conv_lstm(dimensions: int) -> CostRule:
    def rule(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        steps, frame = inputs[0][1], (1, *inputs[0][2:])
        channels = grid(config, frame, dimensions).channels or 0
        filters = integer(config, "filters")
        # Its state has the size of the frames that it makes.
        made = outputs[0][-dimensions - 1 :]
        values = math.prod(made)
        taps = math.prod(integers(config, "kernel_size", dimensions))
        macs = values * 4 * taps * (channels + filters)
        biased = flag(config, "use_bias", default=True)
        return Cost(macs, values * (4 * (2 + biased) + 5)).times(steps)

    return rule


def _attention(config: Config, inputs: list[Sizes], _outputs: list[Sizes]) -> Cost:
    query, value = inputs[0], inputs[1]
    key = inputs[2] if len(inputs) > 2 else value
    scores = math.prod(query[:-1]) * key[-2]
    scaled = scores if config.get("use_scale") else 0
    return Cost(scores * (query[-1] + value[-1]), SOFTMAX * scores + scaled)


def _additive_attention(config: Config, inputs: list[Sizes], _outputs: list[Sizes]) -> Cost:
    query, value = inputs[0], inputs[1]
    scores = math.prod(query[:-1]) * value[-2]
    scaled = scores * query[-1] if flag(config, "use_scale", default=True) else 0
    return Cost(scores * value[-1], scores * (3 * query[-1] + SOFTMAX) + scaled)


def _multi_head(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    """The projections, the scores of every head, their softmax, and the mix of the values."""
    query, value = inputs[0], inputs[1]
    key = inputs[2] if len(inputs) > 2 else value
    if "num_query_heads" in config:
        heads, groups = integer(config, "num_query_heads"), integer(config, "num_key_value_heads")
        depth = width = integer(config, "head_dim")
    else:
        heads = groups = integer(config, "num_heads")
        depth = integer(config, "key_dim")
        width = integer(config, "value_dim", depth)
    asked, held = math.prod(query[:-1]), math.prod(key[:-1])
    projected = [asked * heads * depth, held * groups * depth, held * groups * width, math.prod(outputs[0])]
    widths = [query[-1], key[-1], value[-1], heads * width]
    macs = sum(values * each for values, each in zip(projected, widths, strict=True))
    scores = heads * asked * held
    biases = sum(projected) if flag(config, "use_bias", default=True) else 0
    return Cost(macs + scores * (depth + width), biases + SOFTMAX * scores + asked * heads * depth)


RULES: dict[str, CostRule] = {
    **{kind: _recurrent(kind) for kind in ("RNN", "SimpleRNN", "GRU", "LSTM")},
    "CuDNNGRU": _recurrent("GRU"),
    "CuDNNLSTM": _recurrent("LSTM"),
    **{f"ConvLSTM{n}D": _conv_lstm(n) for n in (1, 2, 3)},
    "Attention": _attention,
    "AdditiveAttention": _additive_attention,
    "MultiHeadAttention": _multi_head,
    # Its class has one name, and the layer is known by the other.
    **dict.fromkeys(("GroupedQueryAttention", "GroupQueryAttention"), _multi_head),
}
"""By class name."""
