"""Transposed convolutions: of lines, of volumes, dilated, and with an output_padding.

One of stride s is a plain convolution that gives s results a place, which are then put side by side: of the
taps of the kernel, every s-th belongs to the same one of them (https://arxiv.org/abs/1609.05158, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from converter.layers.configuration import integer
from converter.layers.semantics.value import INTEGERS_OR_NULL
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
    product,
    reshape,
    sizes_of,
    spread,
    with_bias,
    without_activation,
)

_KEYS = {**CONVOLUTION, "output_padding": INTEGERS_OR_NULL}


class Axis(NamedTuple):
    """A transposed convolution along one axis.

    Attributes:
        width: of the kernel, zeros between its taps counted.
        stride: how far apart the inputs come to lie.
        skipped: results in front that are left out.
        more: how many results there are beyond ``stride`` times the size of the input; may be negative.
    """

    width: int
    stride: int
    skipped: int
    more: int

    @classmethod
    def read(cls, width: int, stride: int, *, same: bool, extra: int | None) -> Axis:
        """What Keras makes of its configuration."""
        if extra is None:
            more = 0 if same else max(width - stride, 0)
        else:
            more = width - stride - (2 * (width // 2) if same else 0) + extra
        skipped = max(width - stride - more, 0) // 2 if same else 0
        return cls(width, stride, skipped, more)


def _axes(site: Site, kernel: Weight, dimensions: int) -> list[Axis]:
    extra: list[int | None] = [None] * dimensions
    if site.config.get("output_padding") is not None:
        extra = [*numbers(site.config, "output_padding", dimensions)]
    same = site.config.get("padding") == "same"
    strides = numbers(site.config, "strides", dimensions)
    return [
        Axis.read(width, stride, same=same, extra=each)
        for width, stride, each in zip(sizes_of(kernel), strides, extra, strict=False)
    ]


def _spread(site: Site, dimensions: int) -> Weight:
    return spread(held(site, "kernel"), numbers(site.config, "dilation_rate", dimensions))


def _line(site: Site) -> Lowered:
    """A line as a picture of one column."""
    part = site.part()
    kernel = held(site, "kernel")
    width, filters, channels = sizes_of(kernel)
    x = reshape(part, part.inputs[0], [known_sizes(site.shape, 3)[0], 1, channels])
    assert x is not None, "one unknown size at most"
    extra = site.config.get("output_padding")
    changed, activation = without_activation(site)
    config = options(
        site,
        **changed,
        kernel_size=[width, 1],
        strides=[numbers(site.config, "strides", 1)[0], 1],
        dilation_rate=[numbers(site.config, "dilation_rate", 1)[0], 1],
        output_padding=None if extra is None else [numbers(site.config, "output_padding", 1)[0], 0],
    )
    wide = derived(kernel, (width, 1, filters, channels), lambda array: array[:, None])
    x = part.add("Conv2DTranspose", x, config, weights=with_bias(site, kernel=wide))
    output = reshape(part, x, [known_sizes(x.shape, 4)[0], filters])
    assert output is not None, "one unknown size at most"
    output = activate(part, output, activation)
    return part.done(output, why="TensorFlow.js has it for two and three dimensions alone")


def _resized(dimensions: int, site: Site) -> Lowered | None:
    """One whose output TensorFlow.js would make of another size: a larger kernel, then a crop."""
    kernel = _spread(site, dimensions)
    axes = _axes(site, kernel, dimensions)
    same = site.config.get("padding") == "same"
    usual = [Axis.read(axis.width, axis.stride, same=same, extra=None) for axis in axes]
    dilated = kernel is not site.weight("kernel")
    ignored = any(rate > 1 for rate in numbers(site.config, "dilation_rate", dimensions))
    if axes == usual and not dilated and not ignored:
        if site.config.get("output_padding") is None:
            return None
        # The padding that there would be without being asked for.
        part = site.part()
        x = part.add(
            site.layer.class_name,
            part.inputs[0],
            options(site, "output_padding"),
            weights=site.weights(),
        )
        return part.done(x, why="TensorFlow.js knows no output_padding, and this one changes nothing")
    part = site.part()
    if axes == usual:
        config = options(site, "dilation_rate", "output_padding", kernel_size=[axis.width for axis in axes])
        x = part.add(site.layer.class_name, part.inputs[0], config, weights=with_bias(site, kernel=kernel))
        return part.done(x, why="TensorFlow.js ignores the dilation_rate")
    widths = [max(axis.width, axis.stride + axis.skipped + axis.more) for axis in axes]
    margins = [
        [axis.skipped, max(width - axis.stride, 0) - axis.skipped - axis.more]
        for axis, width in zip(axes, widths, strict=True)
    ]
    config = options(site, "dilation_rate", "output_padding", padding="valid", kernel_size=widths)
    weights = with_bias(site, kernel=_lengthened(kernel, widths))
    x = part.add(site.layer.class_name, part.inputs[0], config, weights=weights)
    if any(map(any, margins)):
        x = cropped(part, x, margins, site)
    return part.done(x, why="TensorFlow.js ignores output_padding")


def cropped(part: Part, x: Tensor, margins: Sequence[Sequence[int]], site: Site) -> Tensor:
    """A crop of pictures or volumes, which does not mislead those behind it about unknown sizes."""
    ends = [list(pair) for pair in margins]
    if site.custom_layers and None in known_sizes(x.shape, len(ends) + 2)[:-1]:
        return part.add("KerasMargins", x, {"padding": [[-end for end in pair] for pair in ends] + [[0, 0]]})
    return part.add(f"Cropping{len(ends)}D", x, {"cropping": ends, "data_format": "channels_last"})


def _lengthened(kernel: Weight, widths: Sequence[int]) -> Weight:
    """A kernel with zeros behind its taps."""
    sizes = sizes_of(kernel)
    if sizes[: len(widths)] == tuple(widths):
        return kernel
    shape = (*widths, *sizes[len(widths) :])
    ends = [(0, wanted - own) for own, wanted in zip(sizes, shape, strict=True)]
    return derived(kernel, shape, lambda array: np.pad(array, ends))


def _picture(site: Site) -> Lowered | None:
    return _resized(2, site)


def _volume(site: Site) -> Lowered | None:
    """As a plain convolution: the wasm backend gives zeros alone for a transposed one."""
    kernel = _spread(site, 3)
    axes = _axes(site, kernel, 3)
    strides = [axis.stride for axis in axes]
    sizes = known_sizes(site.shape, 5)
    if not site.custom_layers and None in sizes:
        return _resized(3, site)
    check_keys(site, _KEYS)
    part = site.part()
    # How many taps each result has, and how many inputs it needs in front of the first and behind the last.
    taps = [-(-axis.width // axis.stride) for axis in axes]
    before = [tap - 1 - axis.skipped // axis.stride for tap, axis in zip(taps, axes, strict=True)]
    after = [-(-(axis.skipped + axis.more) // axis.stride) for axis in axes]
    x = _moved(part, part.inputs[0], list(zip(before, after, strict=True)))
    many = product(strides) or 1
    filters = integer(site.config, "filters")
    weights = {"kernel": _phases(kernel, strides, taps)}
    bias = site.weight("bias")
    if bias is not None:
        weights["bias"] = derived(bias, (filters * many,), lambda array: np.tile(array, many))
    config = chosen(site, "use_bias", "trainable", filters=filters * many, kernel_size=taps)
    x = part.add("Conv3D", x, {**config, "padding": "valid"}, weights=weights)
    x = _side_by_side(part, x, strides, filters)
    margins = [
        (-(axis.skipped % axis.stride), axis.skipped + axis.more - end * axis.stride)
        for axis, end in zip(axes, after, strict=True)
    ]
    x = _moved(part, x, margins)
    x = activate(part, x, site.config.get("activation"))
    return part.done(x, why="the wasm backend gives zeros alone")


def _moved(part: Part, x: Tensor, ends: Sequence[tuple[int, int]]) -> Tensor:
    """Zeros added at the ends of the axes of a volume, or values taken away where a number is negative."""
    if None in known_sizes(x.shape, 5) and any(map(any, ends)):
        return part.add("KerasMargins", x, {"padding": [*map(list, ends), [0, 0]]})
    last = {"data_format": "channels_last"}
    taken = [[max(-end, 0) for end in pair] for pair in ends]
    added = [[max(end, 0) for end in pair] for pair in ends]
    if any(map(any, taken)):
        x = part.add("Cropping3D", x, {"cropping": taken, **last})
    return part.add("ZeroPadding3D", x, {"padding": added, **last}) if any(map(any, added)) else x


def _phases(kernel: Weight, strides: Sequence[int], taps: Sequence[int]) -> Weight:
    """The kernel of the plain convolution: its filters are the results of a place, one behind the other."""
    *_, filters, channels = sizes_of(kernel)
    a, b, c = strides
    d, h, w = taps
    shape = (d, h, w, channels, a * b * c * filters)

    def make(array: Array) -> Array:
        full = _lengthened_array(array, [d * a, h * b, w * c])
        parts = full.reshape(d, a, h, b, w, c, filters, channels)[::-1, :, ::-1, :, ::-1]
        return np.reshape(parts.transpose(0, 2, 4, 7, 1, 3, 5, 6), shape)

    return derived(kernel, shape, make)


def _lengthened_array(array: Array, widths: Sequence[int]) -> Array:
    ends = [(0, wanted - own) for own, wanted in zip(array.shape, widths, strict=False)]
    return np.pad(array, [*ends, (0, 0), (0, 0)])


def _side_by_side(part: Part, x: Tensor, strides: Sequence[int], filters: int) -> Tensor:
    """Of [depth, height, width, a b c filters] makes [depth a, height b, width c, filters]."""
    if max(strides) == 1:
        return x
    a, b, c = strides
    depth, height, width = known_sizes(x.shape, 5)[:3]
    if depth is None or height is None or width is None:
        return part.add("KerasVolumeShuffle", x, {"block_size": list(strides)})
    if a > 1:
        x = _reshape(part, x, [depth, height * width, a, b * c * filters])
        x = part.add("Permute", x, {"dims": [1, 3, 2, 4]})
    if b > 1:
        x = _reshape(part, x, [depth * a * height, width, b, c * filters])
        x = part.add("Permute", x, {"dims": [1, 3, 2, 4]})
    return _reshape(part, x, [depth * a, height * b, width * c, filters])


def _reshape(part: Part, x: Tensor, sizes: Sequence[int]) -> Tensor:
    found = reshape(part, x, sizes)
    assert found is not None, "all sizes are known"
    return found


LOWERINGS: dict[str, Lowering] = {
    "Conv1DTranspose": Lowering(first_of(in_channels_last(1), _line), _KEYS),
    "Conv2DTranspose": Lowering(first_of(in_channels_last(2), _picture)),
    "Conv3DTranspose": Lowering(first_of(in_channels_last(3), _volume)),
}
"""By class name."""
