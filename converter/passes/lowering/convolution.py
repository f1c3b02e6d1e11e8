"""Plain convolutions that are causal, in groups, dilated and strided at once, or with the channels first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from converter.layers.configuration import integer
from converter.layers.grid import channels_first
from converter.layers.semantics.value import PADDING
from converter.model import Array, Weight
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, check_keys, derived
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

MANY_GROUPS = 16
"""From so many groups on, one depthwise convolution and means are faster than a convolution each."""


def _several_batches(dimensions: int) -> Callable[[Site], Lowered | None]:
    """Keras 2 convolves the last dimensions of whatever it is given."""

    def lower(site: Site) -> Lowered | None:
        rank = site.rank()
        if rank is None or rank <= dimensions + 2 or site.config.get("data_format") == "channels_first":
            return None
        part = site.part()
        spec = {
            "class_name": site.layer.class_name,
            "config": {"name": f"{site.layer.name}_each", **options(site)},
        }
        x = part.add("TimeDistributed", part.inputs[0], {"layer": spec}, weights=site.weights())
        return part.done(x, why="TensorFlow.js takes a single batch dimension")

    return lower


def causal(site: Site) -> Lowered | None:
    """Lowers padding in front alone to a padding and a convolution without one."""
    if site.config.get("padding") != "causal":
        return None
    width, rate = numbers(site.config, "kernel_size", 1)[0], numbers(site.config, "dilation_rate", 1)[0]
    part = site.part()
    x = part.add("ZeroPadding1D", part.inputs[0], {"padding": [rate * (width - 1), 0]})
    x = part.add(site.layer.class_name, x, options(site, padding="valid"), weights=site.weights())
    return part.done(x, why="TensorFlow.js has no causal padding")


def _strided_and_dilated(dimensions: int) -> Callable[[Site], Lowered | None]:
    def lower(site: Site) -> Lowered | None:
        strides = numbers(site.config, "strides", dimensions)
        rates = numbers(site.config, "dilation_rate", dimensions)
        if max(strides) == 1 or max(rates) == 1:
            return None
        part = site.part()
        kernel = spread(held(site, "kernel"), rates)
        changed = options(
            site, kernel_size=list(sizes_of(kernel)[:dimensions]), dilation_rate=[1] * dimensions
        )
        x = part.add(site.layer.class_name, part.inputs[0], changed, weights=with_bias(site, kernel=kernel))
        return part.done(x, why="TensorFlow.js has no dilation of a convolution that has strides")

    return lower


def _grouped(dimensions: int) -> Callable[[Site], Lowered | None]:
    def lower(site: Site) -> Lowered | None:
        groups = integer(site.config, "groups", 1)
        if groups == 1:
            return None
        if channels_first(site.config):
            return in_channels_last(dimensions)(site)
        # From here on the gate sees other classes, which would not know what is odd about this one.
        check_keys(site, {**CONVOLUTION, "padding": PADDING})
        kernel = held(site, "kernel")
        part = site.part()
        why = "TensorFlow.js knows no groups"
        if dimensions == 1:
            return part.done(_line(part, site, kernel), why=why)
        members = sizes_of(kernel)[-2]
        if dimensions == 2 and members == 1:
            return part.done(_depthwise(part, site, kernel, groups), why=why)
        if dimensions == 2 and groups >= MANY_GROUPS:
            x = _summed(part, site, kernel, groups)
            if x is not None:
                return part.done(activate(part, x, site.config.get("activation")), why=why)
            part = site.part()
        if not site.custom_layers:
            config = options(site, "groups")
            weights = with_bias(site, kernel=_block_diagonal(kernel, groups))
            return part.done(
                part.add(site.layer.class_name, part.inputs[0], config, weights=weights), why=why
            )
        config = chosen(site, "filters", "use_bias", padding=site.config.get("padding") or "valid")
        for key in ("kernel_size", "strides", "dilation_rate"):
            config[key] = numbers(site.config, key, dimensions)
        config["groups"] = groups
        x = part.add("KerasGroupedConv", part.inputs[0], config, weights=site.weights())
        return part.done(activate(part, x, site.config.get("activation")), why=why)

    return lower


def _line(part: Part, site: Site, kernel: Weight) -> Tensor:
    """A line as a picture of one column."""
    sizes = sizes_of(kernel)
    length = known_sizes(site.shape, 3)[0]
    channels = sizes[1] * integer(site.config, "groups", 1)
    x = _reshaped(part, part.inputs[0], [length, 1, channels])
    wide = derived(kernel, (sizes[0], 1, *sizes[1:]), lambda array: array[:, None])
    changed, activation = without_activation(site)
    config = options(
        site,
        **changed,
        kernel_size=[sizes[0], 1],
        strides=[numbers(site.config, "strides", 1)[0], 1],
        dilation_rate=[numbers(site.config, "dilation_rate", 1)[0], 1],
    )
    x = part.add("Conv2D", x, config, weights=with_bias(site, kernel=wide))
    return activate(part, _reshaped(part, x, [known_sizes(x.shape, 4)[0], sizes[2]]), activation)


def _reshaped(part: Part, x: Tensor, sizes: list[int | None]) -> Tensor:
    found = reshape(part, x, sizes)
    assert found is not None, "one unknown size at most"
    return found


def _depthwise(part: Part, site: Site, kernel: Weight, groups: int) -> Tensor:
    """As many groups as channels: a filter of a group is the product of a depthwise convolution."""
    high, wide, _, filters = sizes_of(kernel)
    shape = (high, wide, groups, filters // groups)
    config = options(site, "groups", "filters", *_of("kernel"), depth_multiplier=filters // groups)
    weights = with_bias(site, depthwise_kernel=derived(kernel, shape, lambda array: array.reshape(shape)))
    return part.add("DepthwiseConv2D", part.inputs[0], config, weights=weights)


def _of(variable: str) -> tuple[str, ...]:
    return tuple(f"{variable}_{kind}" for kind in ("initializer", "regularizer", "constraint"))


def _summed(part: Part, site: Site, kernel: Weight, groups: int) -> Tensor | None:
    """One depthwise convolution, then the mean over the channels of each group.

    ``None`` if too little is known of the size.
    """
    high, wide, members, filters = sizes_of(kernel)
    each = filters // groups
    shape = (high, wide, groups * members, each)

    def split(array: Array) -> Array:
        # A mean of so many channels, and not their sum.
        parts = array.reshape(high, wide, members, groups, each).swapaxes(2, 3) * members
        return np.reshape(parts, shape)

    def repeated(array: Array) -> Array:
        return np.repeat(array.reshape(groups, 1, each), members, axis=1).reshape(-1)

    weights = {"depthwise_kernel": derived(kernel, shape, split)}
    bias = site.weight("bias")
    if bias is not None:
        weights["bias"] = derived(bias, (groups * members * each,), repeated)
    config = options(site, "groups", "filters", *_of("kernel"), depth_multiplier=each, activation="linear")
    x = part.add("DepthwiseConv2D", part.inputs[0], config, weights=weights)
    rows, columns = known_sizes(x.shape, 4)[:2]
    if rows is None and columns is None:
        return None
    places = None if rows is None or columns is None else rows * columns * groups
    x = _reshaped(part, x, [places, members, each])
    x = part.add("AveragePooling2D", x, {"pool_size": [1, members], "data_format": "channels_last"})
    return _reshaped(part, x, [rows, columns, filters])


def _block_diagonal(kernel: Weight, groups: int) -> Weight:
    """One kernel for all channels, with zeros between the groups."""
    *taps, members, filters = sizes_of(kernel)
    shape = (*taps, members * groups, filters)
    each = filters // groups

    def make(array: Array) -> Array:
        found = np.zeros(shape, array.dtype)
        for group in range(groups):
            own = slice(group * each, (group + 1) * each)
            found[..., group * members : (group + 1) * members, own] = array[..., own]
        return found

    return derived(kernel, shape, make)


LOWERINGS: dict[str, Lowering] = {
    "Conv1D": Lowering(
        first_of(
            _several_batches(1),
            in_channels_last(1),
            causal,
            _strided_and_dilated(1),
            within_reach(1),
            _grouped(1),
        )
    ),
    "Conv2D": Lowering(first_of(_several_batches(2), _strided_and_dilated(2), within_reach(2), _grouped(2))),
    "Conv3D": Lowering(first_of(_several_batches(3), _strided_and_dilated(3), within_reach(3), _grouped(3))),
}
"""By class name."""
