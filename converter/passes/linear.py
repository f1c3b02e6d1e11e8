"""Layers that compute a weighted sum and a bias: what scaling their output does to their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from converter.layers import weight_specs
from converter.model import Array, Config, Layer, Weight
from converter.passes.scaling import Scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

KERNELS = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose", "Dense"), "kernel"),
    "DepthwiseConv2D": "depthwise_kernel",
    "SeparableConv2D": "pointwise_kernel",
}
"""The weight whose output channels are those of the layer."""

SMALLEST, LARGEST = 2.0**-32, 2.0**32
"""Factors beyond these could move weights out of the normal range of float32, where precision ends."""


def scaled(layer: Layer, scaling: Scaling) -> Layer | None:
    """The layer with ``scaling`` of its output in its weights, or ``None`` where that is impossible.

    Equal in real arithmetic. Every weight is rounded to float32 once more, which moves it by half a
    unit in the last place at most. A ``relu`` lets a positive factor through, as then
    relu(f·x) = f·relu(x), but no offset.

    The arrays are computed chunk by chunk, as they are read.
    """
    if layer.class_name not in KERNELS or layer.model is not None or not _is_free(layer.config):
        return None
    if not all(SMALLEST <= abs(factor) <= LARGEST for factor in scaling.factor):
        return None
    if layer.config.get("activation") not in {None, "linear"} and not (
        layer.config["activation"] == "relu" and min(scaling.factor) > 0 and not any(scaling.offset)
    ):
        return None
    specs = weight_specs(layer)
    if specs is None or len(specs) != len(layer.weights):
        return None
    names = [spec.name for spec in specs]
    kernel = layer.weights[names.index(KERNELS[layer.class_name])]
    channels, run = _channels(layer.class_name, kernel.shape)
    if not _fits(scaling, channels, layer.config) or ("bias" not in names and any(scaling.offset)):
        return None
    if any(weight.dtype != np.float32 for weight in layer.weights):
        return None
    factor, offset = np.asarray(scaling.factor, np.float32), np.asarray(scaling.offset, np.float32)
    weights = []
    for name, weight in zip(names, layer.weights, strict=True):
        if name == "bias":
            weights.append(_bias(weight, factor, offset))
        else:
            weights.append(_kernel(weight, factor, run) if weight is kernel else weight)
    return replace(layer, weights=tuple(weights))


def _is_free(config: Config) -> bool:
    """Whether the layer computes in float32, and TensorFlow.js changes no weight as it loads it."""
    dtype = config.get("dtype")
    if isinstance(dtype, Mapping):
        policy = dtype.get("config")
        dtype = policy.get("name") if isinstance(policy, Mapping) else "unknown"
    constrained = any(key.endswith("_constraint") and value is not None for key, value in config.items())
    activation = config.get("activation")
    return dtype in (None, "float32") and not constrained and isinstance(activation, (str, type(None)))


def _channels(class_name: str, shape: tuple[int, ...]) -> tuple[int, int]:
    """How many output channels a kernel has, and how many elements of one follow each other."""
    if class_name == "DepthwiseConv2D":
        return shape[-2] * shape[-1], 1
    return (shape[-2], shape[-1]) if class_name.endswith("Transpose") else (shape[-1], 1)


def _fits(scaling: Scaling, channels: int, config: Config) -> bool:
    """Whether several numbers, which belong to the last axis, belong to the channels."""
    lengths = {len(scaling.factor), len(scaling.offset)} - {1}
    return not lengths or (
        lengths == {channels} and str(config.get("data_format")).lower() != "channels_first"
    )


def _kernel(weight: Weight, factor: Floats, run: int) -> Weight:
    def load(start: int, stop: int) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(weight.load(start, stop) * _along(factor, start, stop, run))

    return replace(weight, load=load)


def _bias(weight: Weight, factor: Floats, offset: Floats) -> Weight:
    def load(start: int, stop: int) -> Array:
        with np.errstate(over="ignore"):
            product = weight.load(start, stop) * _along(factor, start, stop, 1)
            return np.asarray(product + _along(offset, start, stop, 1))

    return replace(weight, load=load)


def _along(values: Floats, start: int, stop: int, run: int) -> Floats:
    """The value of the channel that each of the elements ``start:stop`` belongs to."""
    return values if values.size == 1 else values[np.arange(start, stop) // run % values.size]
