"""Locally connected layers of Keras 2, in the three forms that their weights may have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from converter.layers.configuration import integer
from converter.layers.grid import channels_first
from converter.layers.semantics.value import one_of
from converter.model import Array, Weight
from converter.passes.lowering.base import Lowered, Lowering, Site, derived
from converter.passes.lowering.spatial import (
    CONVOLUTION,
    activate,
    chosen,
    held,
    needs_custom,
    numbers,
    sizes_of,
    to_first,
    to_last,
    with_bias,
)

_KEYS = {**CONVOLUTION, "implementation": one_of(1, 2, 3)}


def _local(dimensions: int) -> Callable[[Site], Lowered | None]:
    def lower(site: Site) -> Lowered | None:
        needs_custom(site, "it")
        first = channels_first(site.config)
        sizes = site.static()
        form = integer(site.config, "implementation", 1)
        if sizes is None or site.config.get("padding") == "same":
            site.refuse(
                "it pads its input, or takes one of unknown size.",
                "Use padding 'valid' and declare the whole input shape, and save the model again.",
            )
        *space, channels = (*sizes[1:], sizes[0]) if first else sizes
        kernel_size, strides = (numbers(site.config, key, dimensions) for key in ("kernel_size", "strides"))
        kernel = _by_place(held(site, "kernel"), form, first, space, channels, kernel_size, strides)
        part = site.part()
        x = to_last(part, part.inputs[0], dimensions) if first else part.inputs[0]
        config = chosen(site, "filters", "use_bias", kernel_size=kernel_size, strides=strides)
        weights = with_bias(site, kernel=kernel)
        if first and "bias" in weights:
            weights["bias"] = _moved(weights["bias"])
        x = part.add("KerasLocallyConnected", x, config, weights=weights)
        x = to_first(part, x, dimensions) if first else x
        x = activate(part, x, site.config.get("activation"))
        return part.done(x, why="TensorFlow.js lacks it")

    return lower


def _moved(bias: Weight) -> Weight:
    """A bias of [places, filters], which Keras reads as if it were [filters, places]."""
    *space, filters = shape = sizes_of(bias)
    return derived(bias, shape, lambda array: np.moveaxis(array.reshape(filters, *space), 0, -1))


def _by_place(
    kernel: Weight,
    form: int,
    first: bool,
    space: list[int],
    channels: int,
    kernel_size: list[int],
    strides: list[int],
) -> Weight:
    """The kernel as [places, values in a window, filters], the channels of a tap side by side."""
    made = [
        (size - width) // stride + 1 for size, width, stride in zip(space, kernel_size, strides, strict=True)
    ]
    places, taps = math.prod(made), math.prod(kernel_size)
    own = sizes_of(kernel)
    filters = own[-1] if form == 1 or (form == 2 and not first) else 0
    if form == 2 and first:
        filters = own[1 + len(space)]
    if form == 3:
        filters = own[0] // (places * taps * channels)
    shape = (places, taps * channels, filters)

    def picked(array: Array) -> Array:
        """Of a kernel from every input to every output, what lies in the windows."""
        if first:
            # [channels, …, filters, …] as [… , channels, …, filters].
            axes = len(space)
            array = np.moveaxis(np.moveaxis(array, 0, axes), axes + 1, -1)
        found = np.empty((*made, *kernel_size, channels, filters), array.dtype)
        for place in itertools.product(*map(range, made)):
            window = tuple(
                slice(at * stride, at * stride + width)
                for at, stride, width in zip(place, strides, kernel_size, strict=True)
            )
            inputs: tuple[slice | int, ...] = (*window, slice(None))
            found[place] = array[inputs + place]
        return np.reshape(found, shape)

    def sparse(array: Array) -> Array:
        """Sorted by output, then by input, as they lie in memory."""
        if first:
            parts = array.reshape(filters, places, channels, taps)
            return np.reshape(parts.transpose(1, 3, 2, 0), shape)
        return np.swapaxes(array.reshape(places, filters, taps * channels), 1, 2)

    def plain(array: Array) -> Array:
        if first:
            # Here the taps of a channel are side by side.
            return np.reshape(array.reshape(places, channels, taps, filters).swapaxes(1, 2), shape)
        return array

    return derived(kernel, shape, {1: plain, 2: picked, 3: sparse}[form])


LOWERINGS: dict[str, Lowering] = {
    "LocallyConnected1D": Lowering(_local(1), _KEYS),
    "LocallyConnected2D": Lowering(_local(2), _KEYS),
}
"""By class name."""
