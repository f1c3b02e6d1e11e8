"""What the classes of the layer library make and compute: shapes, operations, and the places they see."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from converter.layers import cost_table, field_table
from converter.layers.configuration import flag, integer, integers, listed, whole
from converter.layers.cost import SOFTMAX, Cost, CostRule, Sizes, each_input, each_value
from converter.layers.field_table import FieldRule
from converter.layers.grid import times
from converter.layers.operation import OPERATION
from converter.layers.reach import Reach, window
from converter.layers.rule import Rule, on_known
from converter.model import Config, Shape
from converter.shims import operations
from converter.shims.library import ALIASES, spellings

SCALE = "scale"
"""Under what name the rules here find what a layer enlarges or shrinks by."""

_SCALED = frozenset({"PixelShuffle", "SpaceToDepth"})


def plainly(class_name: str, config: Config) -> tuple[str, Config]:
    """A class by the library's own name, its configuration without other spellings of the scale.

    The class of an operation is the operation again.
    """
    if class_name in operations.names():
        name = class_name.removeprefix(operations.PREFIX)
        said: dict[str, Any] = {
            "operation": name,
            "settings": config.get("arguments"),
            "args": [],
            "kwargs": {},
        }
        return OPERATION, {**config, **said}
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


def _rnn(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    """As the layers that it stands for, whose cells say their ``kind``."""
    cells = [cell for cell in listed(config.get("cells")) or () if isinstance(cell, Mapping)]
    films = [cell for cell in cells if cell.get("kind") == "ConvLSTM"]
    if films:
        first = flag(config, "channels_first", default=False)
        order = "channels_first" if first else "channels_last"
        film = {**films[0], "filters": films[0].get("units"), "data_format": order}
        space = len(listed(film.get("kernel_size")) or ())
        return cost_table.RULES[f"ConvLSTM{space}D"](film, inputs, outputs) if len(cells) == 1 else None
    specs = [{"class_name": f"{cell.get('kind')}Cell", "config": cell} for cell in cells]
    return cost_table.RULES["RNN"]({**config, "cell": specs}, inputs, outputs)


def _by_kernel(kind: str) -> CostRule:
    """As one of Keras's layers, which have the number of dimensions in their name."""

    def rule(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
        dimensions = len(listed(config.get("kernel_size")) or ())
        return cost_table.RULES[f"{kind}{dimensions}D"](config, inputs, outputs)

    return rule


def _by_role(config: Config, inputs: list[Sizes]) -> list[Sizes]:
    """Query, value and key, without masks."""
    given = dict(zip(map(str, listed(config.get("tensors")) or ()), inputs, strict=False))
    return [given["query"], given["value"], given.get("key", given["value"])]


def _attention(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    name = "AdditiveAttention" if config.get("mode") == "additive" else "Attention"
    return cost_table.RULES[name](config, _by_role(config, inputs), outputs)


def _multi_head(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    heads, groups = config.get("heads"), config.get("key_heads")
    if heads == groups:
        said: Config = {**config, "num_heads": heads}
    else:
        dim = config.get("key_dim")
        said = {**config, "num_query_heads": heads, "num_key_value_heads": groups, "head_dim": dim}
    return cost_table.RULES["MultiHeadAttention"](said, _by_role(config, inputs), outputs)


def _einsum_dense(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    kernel = tuple(integers(config, "kernel_shape", len(listed(config.get("kernel_shape")) or ())))
    terms = [listed(config.get(key)) or () for key in ("input", "kernel")]
    biases = 0 if config.get("bias_shape") is None else math.prod(outputs[0])
    return Cost(cost_table.products(terms, [inputs[0], kernel]), biases)


def _pooling(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    if config.get("output_size") is not None:
        return Cost(others=math.prod(inputs[0]))
    return Cost(others=math.prod(outputs[0]) * math.prod(integers(config, "pool_size", len(inputs[0]) - 2)))


COSTS: dict[str, CostRule] = {
    **dict.fromkeys(("PixelShuffle", "SpaceToDepth", "ReflectionPadding2D"), each_value(0)),
    **dict.fromkeys(("GELU", "Mish", "MultiplyBeta", "Scale", "Swish"), each_value(1)),
    "Clip": each_value(2),
    "KerasActivation": each_value(1),
    "KerasAffine": each_value(2),
    "KerasScaling": each_value(6),
    **dict.fromkeys(
        (
            *("KerasMargins", "KerasSamePadding", "KerasEnlarge", "KerasVolumeShuffle", "KerasSteps"),
            # Masks are not counted in Keras's models either.
            *("KerasMask", "KerasMasking"),
            *("KerasBuckets", "KerasCategoryEncoding", "KerasHashing", "KerasLookup"),
        ),
        each_value(0),
    ),
    "KerasRNN": _rnn,
    "KerasMaskedAverage": each_input(1),
    "KerasMaskedSoftmax": each_value(SOFTMAX),
    "KerasAttention": _attention,
    "KerasMultiHeadAttention": _multi_head,
    "KerasDilatedDepthwise": cost_table.RULES["DepthwiseConv2D"],
    "KerasGroupedConv": _by_kernel("Conv"),
    "KerasLocallyConnected": _by_kernel("LocallyConnected"),
    "KerasEinsumDense": _einsum_dense,
    "KerasPooling": _pooling,
    "KerasResizing": cost_table.RULES["Resizing"],
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
