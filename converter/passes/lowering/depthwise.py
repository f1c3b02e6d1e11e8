"""Depthwise and separable convolutions that are dilated, of lines, or with the channels first."""

from __future__ import annotations

import numpy as np

from converter.layers.semantics.value import INTEGER, one_of, variable
from converter.model import Weight
from converter.passes.lowering.base import Lowered, Lowering, Site, check_keys, derived
from converter.passes.lowering.convolution import causal
from converter.passes.lowering.spatial import (
    CONVOLUTION,
    activate,
    chosen,
    first_of,
    held,
    in_channels_last,
    known_sizes,
    numbers,
    options,
    reshape,
    sizes_of,
    spread,
    with_bias,
    within_reach,
    without_activation,
)

_DEPTHWISE = {
    **CONVOLUTION,
    **variable("depthwise"),
    "depth_multiplier": INTEGER,
    "padding": one_of(None, "valid", "same", "causal"),
}
_SEPARABLE = {**_DEPTHWISE, **variable("pointwise")}
_KERNELS = ("depthwise_kernel", "pointwise_kernel")


def _line(site: Site) -> Lowered:
    """A line as a picture of one column."""
    part = site.part()
    kernels: dict[str, Weight] = {}
    for name in _KERNELS:
        weight = site.weight(name)
        if weight is not None:
            sizes = sizes_of(weight)
            kernels[name] = derived(weight, (sizes[0], 1, *sizes[1:]), lambda array: array[:, None])
    depthwise = sizes_of(held(site, _KERNELS[0]))
    x = reshape(part, part.inputs[0], [known_sizes(site.shape, 3)[0], 1, depthwise[1]])
    assert x is not None, "one unknown size at most"
    stride = numbers(site.config, "strides", 1)[0]
    changed, activation = without_activation(site)
    config = options(
        site,
        **changed,
        kernel_size=[depthwise[0], 1],
        strides=[stride, stride],
        dilation_rate=[numbers(site.config, "dilation_rate", 1)[0], 1],
    )
    class_name = site.layer.class_name.replace("1D", "2D")
    x = part.add(class_name, x, config, weights=with_bias(site, **kernels))
    filters = sizes_of(kernels[_KERNELS[1]])[-1] if len(kernels) > 1 else depthwise[1] * depthwise[2]
    output = reshape(part, x, [known_sizes(x.shape, 4)[0], filters])
    assert output is not None, "one unknown size at most"
    output = activate(part, output, activation)
    return part.done(output, why="TensorFlow.js has it for two dimensions alone")


def _dilated_depthwise(site: Site) -> Lowered | None:
    strides, rates = (numbers(site.config, key, 2) for key in ("strides", "dilation_rate"))
    kernel = held(site, _KERNELS[0]) if max(rates) > 1 else None
    if kernel is None:
        return None
    part = site.part()
    why = "TensorFlow.js ignores the dilation_rate"
    high, wide, channels, multiplier = sizes_of(kernel)
    zeros = spread(kernel, rates)
    if zeros is kernel or max(strides) > 1:
        config = options(site, "dilation_rate", kernel_size=list(sizes_of(zeros)[:2]))
        weights = with_bias(site, depthwise_kernel=zeros)
        return part.done(part.add("DepthwiseConv2D", part.inputs[0], config, weights=weights), why=why)
    check_keys(site, _DEPTHWISE)
    if site.custom_layers:
        config = chosen(site, "padding", "depth_multiplier", "use_bias")
        config.update(kernel_size=[high, wide], dilation_rate=rates)
        config["padding"] = config.get("padding") or "valid"
        x = part.add("KerasDilatedDepthwise", part.inputs[0], config, weights=site.weights())
        return part.done(activate(part, x, site.config.get("activation")), why=why)
    # The separable convolution does heed it; whichever multiplies less.
    made = channels * multiplier
    if high * wide + made < sizes_of(zeros)[0] * sizes_of(zeros)[1]:
        identity = Weight.of("pointwise_kernel", np.eye(made, dtype=np.float32).reshape(1, 1, made, made))
        config = options(site, filters=made)
        weights = with_bias(site, depthwise_kernel=kernel, pointwise_kernel=identity)
        return part.done(part.add("SeparableConv2D", part.inputs[0], config, weights=weights), why=why)
    config = options(site, "dilation_rate", kernel_size=list(sizes_of(zeros)[:2]))
    weights = with_bias(site, depthwise_kernel=zeros)
    return part.done(part.add("DepthwiseConv2D", part.inputs[0], config, weights=weights), why=why)


def _dilated_separable(site: Site) -> Lowered | None:
    strides, rates = (numbers(site.config, key, 2) for key in ("strides", "dilation_rate"))
    if max(strides) == 1 or max(rates) == 1:
        return None
    part = site.part()
    kernel = spread(held(site, _KERNELS[0]), rates)
    config = options(site, "dilation_rate", kernel_size=list(sizes_of(kernel)[:2]))
    weights = with_bias(site, depthwise_kernel=kernel, pointwise_kernel=held(site, _KERNELS[1]))
    x = part.add("SeparableConv2D", part.inputs[0], config, weights=weights)
    return part.done(x, why="TensorFlow.js has no dilation of a convolution that has strides")


LOWERINGS: dict[str, Lowering] = {
    "DepthwiseConv1D": Lowering(first_of(in_channels_last(1), causal, _line), _DEPTHWISE),
    "DepthwiseConv2D": Lowering(first_of(in_channels_last(2), _dilated_depthwise, within_reach(2))),
    "SeparableConv1D": Lowering(first_of(in_channels_last(1), causal, _line), _SEPARABLE),
    "SeparableConv2D": Lowering(first_of(in_channels_last(2), _dilated_separable, within_reach(2))),
}
"""By class name."""
