"""Convolutions: ``Conv1D`` to ``Conv3D``, transposed, depthwise and separable."""

from __future__ import annotations

from functools import partial

from converter.layers.configuration import choice, fault, flag, integer, integers
from converter.layers.grid import Size, channels_first, grid, size_at, times, windows
from converter.layers.rule import Rule, RuleError, Shapes, WeightSpec, WeightSpecs, on_known
from converter.model import Config, Shape


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


def _depthwise(config: Config, shape: Shape) -> Shape:
    at = grid(config, shape, 2)
    return at.shape(_space(2, config, at.space), times(at.channels, integer(config, "depth_multiplier", 1)))


def _depthwise_kernel(config: Config, inputs: Shapes) -> WeightSpecs:
    channels = _channels(2, config, inputs[0])
    multiplier = integer(config, "depth_multiplier", 1)
    kernel = (*integers(config, "kernel_size", 2), channels, multiplier)
    return (WeightSpec("depthwise_kernel", kernel), *_bias(config, times(channels, multiplier)))


def _separable_kernel(config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    channels = _channels(2, config, inputs[0])
    multiplier = integer(config, "depth_multiplier", 1)
    kernel = (*integers(config, "kernel_size", 2), channels, multiplier)
    return (
        WeightSpec("depthwise_kernel", kernel),
        WeightSpec("pointwise_kernel", (1, 1, times(channels, multiplier), filters)),
        *_bias(config, filters),
    )


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
    "Conv2DTranspose": _transposed(2),
    "Conv3DTranspose": _transposed(3),
    "DepthwiseConv2D": Rule(on_known(_depthwise), _depthwise_kernel, rank=4),
    "SeparableConv2D": Rule(on_known(partial(_convolve, 2)), _separable_kernel, rank=4),
}
