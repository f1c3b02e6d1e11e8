"""What the classes of the layer library make and compute: shapes, operations, and the places they see."""

from __future__ import annotations

import math
import re
from functools import partial

from converter.layers import cost_table, field_table
from converter.layers.configuration import integer, listed, whole
from converter.layers.cost import Cost, CostRule, Sizes, each_value
from converter.layers.field_table import FieldRule
from converter.layers.grid import times
from converter.layers.reach import Reach, window
from converter.layers.rule import Rule, on_known
from converter.model import Config, Shape
from converter.shims.library import ALIASES, spellings

SCALE = "scale"
"""Under what name the rules here find what a layer enlarges or shrinks by."""

_SCALED = frozenset({"PixelShuffle", "SpaceToDepth"})


def plainly(class_name: str, config: Config) -> tuple[str, Config]:
    """A class by the library's own name, its configuration without other spellings of the scale."""
    original = ALIASES.get(class_name, class_name)
    if original not in _SCALED:
        return original, config
    key = next((name for name in spellings(original)[0] if name in config), None)
    in_name = re.search(r"(\d+)x$", class_name)
    scale = config.get(key) if key is not None else int(in_name.group(1)) if in_name else None
    return original, {**config, SCALE: scale}


def _shuffled(config: Config, shape: Shape) -> Shape:
    scale = integer(config, SCALE)
    batch, *space, channels = shape
    made = None if channels is None else channels // scale**2
    return (batch, *(times(size, scale) for size in space), made)


def _unshuffled(config: Config, shape: Shape) -> Shape:
    scale = integer(config, SCALE)
    batch, *space, channels = shape
    return (batch, *(None if size is None else size // scale for size in space), times(channels, scale**2))


def _margins(config: Config) -> list[tuple[int, int]]:
    """Rows and columns that a padding adds, as the JavaScript reads them."""
    sides = listed(config.get("padding")) or [config.get("padding")] * 2
    pairs = [listed(side) or [side, side] for side in sides]
    return [(whole(pair[0]) or 0, whole(pair[1]) or 0) for pair in pairs]


def _padded(config: Config, shape: Shape) -> Shape:
    batch, *space, channels = shape
    grown = [
        None if size is None else size + before + after
        for size, (before, after) in zip(space, _margins(config), strict=True)
    ]
    return (batch, *grown, channels)


SHAPES: dict[str, Rule] = {
    **{
        name: Rule(weights=lambda _config, _inputs: None)
        for name in (
            *("ChannelAttention", "Clip", "GELU", "GroupNormalization", "InstanceNormalization", "Mish"),
            *("MultiplyBeta", "Scale", "SpatialAttention", "Swish"),
        )
    },
    "PixelShuffle": Rule(on_known(_shuffled), rank=4),
    "SpaceToDepth": Rule(on_known(_unshuffled), rank=4),
    "ReflectionPadding2D": Rule(on_known(_padded), rank=4),
}
"""By class name. Weights are not compared: a custom class may hold any."""


def _channel_attention(config: Config, inputs: list[Sizes], _outputs: list[Sizes]) -> Cost:
    key = next(name for name in spellings("ChannelAttention")[0] if name in config)
    channels, values = inputs[0][-1], math.prod(inputs[0])
    narrow = max(1, channels // integer(config, key))
    pooled = 2 if config.get("pooling") == "mean+max" else 1
    biases = (channels + narrow) * pooled if config.get("use_bias", True) else 0
    functions = pooled * narrow + channels * pooled
    return Cost(pooled * 2 * channels * narrow, (pooled + 1) * values + biases + functions)


def _spatial_attention(config: Config, inputs: list[Sizes], _outputs: list[Sizes]) -> Cost:
    values = math.prod(inputs[0])
    places = values // inputs[0][-1]
    return Cost(places * 2 * integer(config, "kernel_size") ** 2, 3 * values + places)


COSTS: dict[str, CostRule] = {
    **dict.fromkeys(("PixelShuffle", "SpaceToDepth", "ReflectionPadding2D"), each_value(0)),
    **dict.fromkeys(("GELU", "Mish", "MultiplyBeta", "Scale", "Swish"), each_value(1)),
    "Clip": each_value(2),
    "KerasActivation": each_value(1),
    "KerasSoftmax": each_value(5),
    "KerasAffine": each_value(2),
    "KerasScaling": each_value(6),
    **dict.fromkeys(
        ("KerasMargins", "KerasSamePadding", "KerasEnlarge", "KerasVolumeShuffle"), each_value(0)
    ),
    "GroupNormalization": cost_table.normalization,
    "InstanceNormalization": cost_table.normalization,
    "ChannelAttention": _channel_attention,
    "SpatialAttention": _spatial_attention,
}
"""Operations for one example, by class name."""


def _enlarged(config: Config, _given: Shape, _made: Shape) -> tuple[Reach, ...]:
    return (Reach.of(integer(config, SCALE), 1, lambda _: 0, lambda _: 0),) * 2


def _shrunk(config: Config, _given: Shape, _made: Shape) -> tuple[Reach, ...]:
    return (window(integer(config, SCALE), integer(config, SCALE), 0),) * 2


def _looked_around(config: Config, _given: Shape, _made: Shape) -> tuple[Reach, ...]:
    width = integer(config, "kernel_size")
    return (window(width, 1, (width - 1) // 2),) * 2


FIELDS: dict[str, FieldRule] = {
    **dict.fromkeys(("Clip", "GELU", "Mish", "MultiplyBeta", "Scale", "Swish"), field_table.each_alone),
    "KerasActivation": field_table.each_alone,
    "PixelShuffle": _enlarged,
    "SpaceToDepth": _shrunk,
    "ReflectionPadding2D": partial(field_table.margin, "padding", -1),
    "SpatialAttention": _looked_around,
}
"""How a place of the output depends on places of the input; all others see everything."""
