"""Convolutions: ``Conv1D`` to ``Conv3D``, transposed, depthwise, separable and without shared weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from converter.layers.configuration import choice, fault, flag, integer, integers, listed
from converter.layers.grid import Size, channels_first, grid, size_at, times, windows
from converter.layers.rule import Rule, RuleError, Shapes, WeightSpec, WeightSpecs, on_known
from converter.model import Config, Shape

T = TypeVar("T")
R = TypeVar("R")


def _space(dimensions: int, config: Config, space: Shape) -> Shape:
    """The spatial sizes behind a convolution."""
    options = ("valid", "same", "causal") if dimensions == 1 else ("valid", "same")
    padding = choice(config, "padding", options, "valid")
    kernel = integers(config, "kernel_size", dimensions)
    strides = integers(config, "strides", dimensions, 1)
    dilation = integers(config, "dilation_rate", dimensions, 1)
    return tuple(
        windows(size, width, stride, padding, rate)
        for size, width, stride, rate in zip(space, kernel, strides, dilation, strict=True)
    )


def _bias(config: Config, size: Size) -> WeightSpecs:
    return (WeightSpec("bias", (size,)),) if flag(config, "use_bias", default=True) else ()


def _channels(dimensions: int, config: Config, shape: Shape | None) -> Size:
    return size_at(shape, -1 - dimensions if channels_first(config) else -1)


def _convolve(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    return at.shape(_space(dimensions, config, at.space), integer(config, "filters"))


def _kernel(dimensions: int, config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    groups = integer(config, "groups", 1)
    if filters % groups:
        raise fault(config, "groups", f"a divisor of the {filters} filters")
    channels = _channels(dimensions, config, inputs[0])
    if channels is not None:
        if channels % groups:
            raise RuleError(f"its {channels} input channels cannot be split into {groups} groups")
        channels //= groups
    kernel = (*integers(config, "kernel_size", dimensions), channels, filters)
    return (WeightSpec("kernel", kernel), *_bias(config, filters))


def _transpose(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    padding = choice(config, "padding", ("valid", "same"), "valid")
    kernel = integers(config, "kernel_size", dimensions)
    strides = integers(config, "strides", dimensions, 1)
    dilation = integers(config, "dilation_rate", dimensions, 1)
    extra: tuple[int | None, ...] = (None,) * dimensions
    if config.get("output_padding") is not None:
        extra = integers(config, "output_padding", dimensions, least=0)
    widths = [(width - 1) * rate + 1 for width, rate in zip(kernel, dilation, strict=True)]
    space = tuple(map(partial(_spread, padding), at.space, widths, strides, extra))
    return at.shape(space, integer(config, "filters"))


def _spread(padding: str, size: Size, width: int, stride: int, extra: int | None) -> Size:
    """The size behind a transposed convolution along one axis."""
    if size is None:
        return None
    if extra is not None:
        return (size - 1) * stride + width - 2 * (width // 2 if padding == "same" else 0) + extra
    return size * stride + (max(width - stride, 0) if padding == "valid" else 0)


def _transpose_kernel(dimensions: int, config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    kernel = integers(config, "kernel_size", dimensions)
    channels = _channels(dimensions, config, inputs[0])
    return (WeightSpec("kernel", (*kernel, filters, channels)), *_bias(config, filters))


def _depthwise(dimensions: int, config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, dimensions)
    channels = times(at.channels, integer(config, "depth_multiplier", 1))
    return at.shape(_space(dimensions, config, at.space), channels)


def _depthwise_kernel(dimensions: int, config: Config, inputs: Shapes) -> WeightSpecs:
    channels = _channels(dimensions, config, inputs[0])
    multiplier = integer(config, "depth_multiplier", 1)
    kernel = (*integers(config, "kernel_size", dimensions), channels, multiplier)
    return (WeightSpec("depthwise_kernel", kernel), *_bias(config, times(channels, multiplier)))


def _separable_kernel(dimensions: int, config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    channels = _channels(dimensions, config, inputs[0])
    multiplier = integer(config, "depth_multiplier", 1)
    kernel = (*integers(config, "kernel_size", dimensions), channels, multiplier)
    return (
        WeightSpec("depthwise_kernel", kernel),
        WeightSpec("pointwise_kernel", (*(1,) * dimensions, times(channels, multiplier), filters)),
        *_bias(config, filters),
    )


def _local_kernel(dimensions: int, config: Config, inputs: Shapes) -> WeightSpecs | None:
    """Weights of a layer with a kernel for each place, in the three forms that Keras 2 has for them."""
    filters, shape = integer(config, "filters"), inputs[0]
    kernel = integers(config, "kernel_size", dimensions)
    if shape is None:
        return None
    at = grid(config, shape, dimensions)
    space = _space(dimensions, config, at.space)
    places, taps = _product(space), times(at.channels, math.prod(kernel))
    form = integer(config, "implementation", 1)
    sizes: Shape | None = None
    if form == 1:
        sizes = (places, taps, filters)
    elif form == 2 and at.channels_first:
        sizes = (at.channels, *at.space, filters, *space)
    elif form == 2:
        sizes = (*at.space, at.channels, *space, filters)
    elif config.get("padding", "valid") == "valid" and taps is not None:
        sizes = (times(places, taps * filters),)
    bias = (WeightSpec("bias", (*space, filters)),) if flag(config, "use_bias", default=True) else ()
    return (WeightSpec("kernel", sizes), *bias)


def _product(sizes: Shape) -> Size:
    product: Size = 1
    for size in sizes:
        product = None if product is None or size is None else product * size
    return product


def _by_kernel(rule: Callable[[int, Config, T], R]) -> Callable[[Config, T], R]:
    """A rule for as many dimensions as the kernel has."""

    def applied(config: Config, given: T) -> R:
        return rule(len(listed(config.get("kernel_size")) or ()), config, given)

    return applied


def _convolution(dimensions: int) -> Rule:
    # Keras lets a plain convolution have several batch dimensions, so only the least rank is fixed.
    outputs = on_known(partial(_convolve, dimensions))
    return Rule(outputs, partial(_kernel, dimensions), least_rank=dimensions + 2)


def _transposed(dimensions: int) -> Rule:
    outputs = on_known(partial(_transpose, dimensions))
    return Rule(outputs, partial(_transpose_kernel, dimensions), rank=dimensions + 2)


RULES = {
    "Conv1D": _convolution(1),
    "Conv2D": _convolution(2),
    "Conv3D": _convolution(3),
    **{f"Conv{dimensions}DTranspose": _transposed(dimensions) for dimensions in (1, 2, 3)},
    **{
        f"DepthwiseConv{dimensions}D": Rule(
            on_known(partial(_depthwise, dimensions)),
            partial(_depthwise_kernel, dimensions),
            rank=dimensions + 2,
        )
        for dimensions in (1, 2)
    },
    **{
        f"SeparableConv{dimensions}D": Rule(
            on_known(partial(_convolve, dimensions)),
            partial(_separable_kernel, dimensions),
            rank=dimensions + 2,
        )
        for dimensions in (1, 2)
    },
    **{
        f"LocallyConnected{dimensions}D": Rule(
            on_known(partial(_convolve, dimensions)), partial(_local_kernel, dimensions), rank=dimensions + 2
        )
        for dimensions in (1, 2)
    },
    # What lowerings make of some of these.
    "KerasDilatedDepthwise": Rule(on_known(partial(_depthwise, 2)), partial(_depthwise_kernel, 2), rank=4),
    "KerasGroupedConv": Rule(on_known(_by_kernel(_convolve)), _by_kernel(_kernel)),
    "KerasLocallyConnected": Rule(on_known(_by_kernel(_convolve)), _by_kernel(_local_kernel)),
}
