"""How one place of a layer's output depends on places of its input, by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from converter.layers.configuration import choice, integers, listed, whole
from converter.layers.cost_table import is_elementwise
from converter.layers.grid import grid
from converter.layers.operation import OPERATION
from converter.layers.reach import SAME, Reach, moved, sampled, spread, window
from converter.model import Config, Shape

FieldRule = Callable[[Config, Shape, Shape], "tuple[Reach, ...] | None"]
"""From the configuration and the shapes of one input and of the output; ``None`` for everything."""


def each_alone(_config: Config, given: Shape, made: Shape) -> tuple[Reach, ...] | None:
    """Each place of the output depends on the same place of the input alone."""
    if any(own == 1 != new for own, new in zip(given[1:-1], made[1:-1], strict=False)):
        return None  # one place goes to all
    return (SAME,) * (len(given) - 2)


def _windowed(dimensions: int, key: str, config: Config, given: Shape, _made: Shape) -> tuple[Reach, ...]:
    default = 2 if key == "pool_size" else None
    kernel = integers(config, key, dimensions, default)
    own = kernel if key == "pool_size" and config.get("strides") is None else (1,) * dimensions
    strides = own if config.get("strides") is None else integers(config, "strides", dimensions)
    rates = integers(config, "dilation_rate", dimensions, 1)
    padding = choice(config, "padding", ("valid", "same", "causal"), "valid")
    found = []
    for size, taps, stride, rate in zip(
        grid(config, given, dimensions).space, kernel, strides, rates, strict=True
    ):
        width = (taps - 1) * rate + 1
        before = 0
        if padding == "causal":
            before = width - 1
        elif padding == "same":
            # What TensorFlow adds in all; where the size is open, it is taken for a multiple of the stride.
            rest = stride if size is None else size % stride or stride
            before = max(width - rest, 0) // 2
        found.append(window(width, stride, before))
    return tuple(found)


def _transposed(dimensions: int, config: Config, _given: Shape, _made: Shape) -> tuple[Reach, ...]:
    kernel = integers(config, "kernel_size", dimensions)
    strides = integers(config, "strides", dimensions, 1)
    rates = integers(config, "dilation_rate", dimensions, 1)
    same = choice(config, "padding", ("valid", "same"), "valid") == "same"
    widths = [(taps - 1) * rate + 1 for taps, rate in zip(kernel, rates, strict=True)]
    return tuple(
        spread(width, stride, max(width - stride, 0) // 2 if same else 0)
        for width, stride in zip(widths, strides, strict=True)
    )


_TAPS = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}


def _upsampled(dimensions: int, config: Config, _given: Shape, _made: Shape) -> tuple[Reach, ...]:
    taps = _TAPS[choice(config, "interpolation", tuple(_TAPS), "nearest")]
    return tuple(sampled(1, factor, taps) for factor in integers(config, "size", dimensions, 2))


def _resized(config: Config, given: Shape, made: Shape) -> tuple[Reach, ...] | None:
    taps = _TAPS[choice(config, "interpolation", tuple(_TAPS), "bilinear")]
    before, after = grid(config, given, 2).space, grid(config, made, 2).space
    if config.get("crop_to_aspect_ratio") or config.get("pad_to_aspect_ratio"):
        return None
    pairs = [
        (own, new) for own, new in zip(before, after, strict=True) if own is not None and new is not None
    ]
    return tuple(sampled(own, new, taps) for own, new in pairs) if len(pairs) == 2 else None


def margin(key: str, sign: int, config: Config, given: Shape, _made: Shape) -> tuple[Reach, ...]:
    """Rows taken or added in front of each axis."""
    count = len(given) - 2
    value = config.get(key)
    items = listed(value)
    if items is None or (count == 1 and not any(map(listed, items))):
        items = [value] * count
    pairs = [listed(item) or [item] for item in items]
    return tuple(moved(sign * (whole(pair[0]) or 0)) for pair in pairs)


def _distributed(config: Config, given: Shape, _made: Shape) -> tuple[Reach, ...] | None:
    spec = config.get("layer")
    name = spec.get("class_name") if isinstance(spec, Mapping) else None
    return (SAME,) * (len(given) - 2) if name in _EACH_ALONE and len(given) == 3 else None


def _operation(config: Config, given: Shape, made: Shape) -> tuple[Reach, ...] | None:
    if not is_elementwise(config) or len(given) != len(made):
        return None
    return each_alone(config, given, made)


_EACH_ALONE = (
    *("Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "PReLU", "Softmax"),
    *("BatchNormalization", "SyncBatchNormalization", "LayerNormalization", "RMSNormalization"),
    *("UnitNormalization", "Normalization", "Rescaling", "Dense", "Masking", "Identity"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    *("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
)

RULES: dict[str, FieldRule] = {
    **dict.fromkeys(_EACH_ALONE, each_alone),
    **{
        f"{kind}{n}D": partial(_windowed, n, "kernel_size")
        for kind in ("Conv", "DepthwiseConv", "SeparableConv", "LocallyConnected")
        for n in (1, 2, 3)
    },
    **{
        f"{kind}Pooling{n}D": partial(_windowed, n, "pool_size")
        for kind in ("Average", "Max")
        for n in (1, 2, 3)
    },
    **{f"Conv{n}DTranspose": partial(_transposed, n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": partial(_upsampled, n) for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": partial(margin, "padding", -1) for n in (1, 2, 3)},
    **{f"Cropping{n}D": partial(margin, "cropping", 1) for n in (1, 2, 3)},
    "Resizing": _resized,
    "TimeDistributed": _distributed,
    OPERATION: _operation,
}
"""How a place of the output depends on places of an input, by class; all others see everything."""
