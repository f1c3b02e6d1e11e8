"""What lowerings of layers on grids share: axes moved about, other ranks, and activations of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from converter.layers.configuration import listed, whole
from converter.layers.grid import channels_first, falls_short, same_padding
from converter.layers.semantics.activation import FUNCTIONS
from converter.layers.semantics.doubt import Value
from converter.layers.semantics.value import (
    DATA_FORMAT,
    FLAG,
    INERT,
    INTEGER,
    INTEGERS,
    INTEGERS_OR_NULL,
    PADDING,
    variable,
)
from converter.model import Array, Config, Shape, Weight
from converter.passes.lowering.base import Lowered, Part, Site, Tensor, derived

ELEMENTWISE = FUNCTIONS - {"softmax", "log_softmax"}
"""Activations that do not care where the channels are."""

ACTIVATION = Value(lambda value: value is None or isinstance(value, (str, Mapping)))

CONVOLUTION: dict[str, Value] = {
    **variable("kernel", "bias"),
    "filters": INTEGER,
    "kernel_size": INTEGERS,
    "strides": INTEGERS_OR_NULL,
    "dilation_rate": INTEGERS_OR_NULL,
    "padding": PADDING,
    "data_format": DATA_FORMAT,
    # Keras 2 writes it for all kinds of convolutions, and the plain ones alone heed it.
    "groups": INTEGER,
    "activation": ACTIVATION,
    "use_bias": FLAG,
    "rank": INERT,
}
"""The keys of all convolutions."""

_FIRST_ONLY = ("name", "batch_input_shape", "input_shape", "batch_size")

T = TypeVar("T")


def first_of(*rules: Callable[[Site], Lowered | None]) -> Callable[[Site], Lowered | None]:
    """The first of several lowerings that finds something to do; the engine comes back for the others."""

    def lower(site: Site) -> Lowered | None:
        return next((found for rule in rules if (found := rule(site)) is not None), None)

    return lower


def options(site: Site, *without: str, **changed: Any) -> dict[str, Any]:
    """The configuration of a layer for one of its steps."""
    dropped = {*_FIRST_ONLY, *without}
    return {**{key: value for key, value in site.config.items() if key not in dropped}, **changed}


def chosen(site: Site, *keys: str, **more: Any) -> dict[str, Any]:
    """Some of the configuration of a layer, and more."""
    return {**{key: site.config[key] for key in keys if key in site.config}, **more}


def activate(part: Part, x: Tensor, activation: object) -> Tensor:
    """An activation of a layer as a layer of its own; nothing where it is linear."""
    if activation is None or activation == "linear":
        return x
    if isinstance(activation, Mapping):
        config = activation.get("config")
        own = dict(config) if isinstance(config, Mapping) else {}
        return part.add(str(activation.get("class_name")), x, {**own, "name": None})
    return part.add("Activation", x, {"activation": activation})


def without_activation(site: Site) -> tuple[dict[str, Any], object]:
    """What to change to leave out an activation that must see the output as the layer has it, and that."""
    activation = site.config.get("activation")
    if activation is None or (isinstance(activation, str) and activation in ELEMENTWISE):
        return {}, None
    return {"activation": "linear"}, activation


def to_last(part: Part, x: Tensor, dimensions: int) -> Tensor:
    """The channels moved from behind the batch to the end."""
    return part.add("Permute", x, {"dims": [*range(2, dimensions + 2), 1]})


def to_first(part: Part, x: Tensor, dimensions: int) -> Tensor:
    """The channels moved from the end to behind the batch."""
    return part.add("Permute", x, {"dims": [dimensions + 1, *range(1, dimensions + 1)]})


def in_channels_last(dimensions: int) -> Callable[[Site], Lowered | None]:
    """Lowers a layer whose channels come first to the same between two ``Permute``."""

    def lower(site: Site) -> Lowered | None:
        if not channels_first(site.config):
            return None
        part = site.part()
        changed, activation = without_activation(site)
        x = to_last(part, part.inputs[0], dimensions)
        config = options(site, data_format="channels_last", **changed)
        x = part.add(site.layer.class_name, x, config, weights=site.weights())
        x = activate(part, to_first(part, x, dimensions), activation)
        return part.done(x, why="TensorFlow.js does not compute it with the channels first")

    return lower


def refuse_far_windows(site: Site, dimensions: int) -> None:
    """Refuses windows of three dimensions that leave out two values or more between or behind them.

    TensorFlow begins to count elsewhere then than its own rule for "same" says.
    """
    if dimensions != 3 or site.config.get("padding") != "same":
        return
    widths, strides, rates = (
        numbers(site.config, key, 3, 1) for key in ("kernel_size", "strides", "dilation_rate")
    )
    reach = [(width - 1) * rate + 1 for width, rate in zip(widths, rates, strict=True)]
    if any(stride > width + 1 for width, stride in zip(reach, strides, strict=True)):
        site.refuse(
            'its strides are larger than its kernel by two or more, and padding "same" of three dimensions '
            "then begins elsewhere than anybody says.",
            'Use padding "valid", and pad before it.',
        )


def within_reach(dimensions: int) -> Callable[[Site], Lowered | None]:
    """Lowers padding "same" whose last window ends before the input does to a padding and "valid"."""

    def lower(site: Site) -> Lowered | None:
        config, rank = site.config, dimensions + 2
        if config.get("padding") != "same":
            return None
        rates = numbers(config, "dilation_rate", dimensions)
        widths = numbers(config, "kernel_size", dimensions)
        reach = [(width - 1) * rate + 1 for width, rate in zip(widths, rates, strict=True)]
        strides = numbers(config, "strides", dimensions)
        sizes = known_sizes(site.shape, rank)
        first = channels_first(config)
        space = sizes[1:] if first else sizes[:-1]
        if site.rank() not in {None, rank} or not falls_short(space, reach, strides):
            return None
        refuse_far_windows(site, dimensions)
        if first:
            return in_channels_last(dimensions)(site)
        part = site.part()
        x = part.inputs[0]
        added = [same_padding(*axis) for axis in zip(space, reach, strides, strict=True)]
        if None in added:
            if not site.custom_layers:
                return None  # the gate says what is in doubt
            x = part.add("KerasSamePadding", x, {"reach": reach, "strides": strides})
        else:
            ends = [[max(each or 0, 0) // 2, (max(each or 0, 0) + 1) // 2] for each in added]
            if any(map(any, ends)):
                x = part.add(f"ZeroPadding{dimensions}D", x, {"padding": ends if dimensions > 1 else ends[0]})
        x = part.add(site.layer.class_name, x, options(site, padding="valid"), weights=site.weights())
        return part.done(x, why="the wasm backend computes something else where windows end before the input")

    return lower


def reshape(part: Part, x: Tensor, sizes: Sequence[int | None]) -> Tensor | None:
    """Other sizes behind the batch, ``None`` if more than one of them is unknown."""
    if x.shape is not None and tuple(x.shape[1:]) == tuple(sizes):
        return x
    if sum(size is None for size in sizes) > 1:
        return None
    return part.add("Reshape", x, {"target_shape": [-1 if size is None else size for size in sizes]})


def along(
    part: Part,
    x: Tensor,
    items: Sequence[T | None],
    idle: T,
    make: Callable[[T, T], tuple[str, Config]],
) -> Tensor | None:
    """Does something along each axis by layers that do so along the two axes of pictures.

    Args:
        part: the part to add to.
        x: a tensor.
        items: what to do along each axis but the batch, ``None`` for nothing.
        idle: what does nothing.
        make: gives the class and configuration of a layer on [batch, rows, columns, channels] that does one
            thing along the rows and one along the columns.

    Returns:
        The result; ``None`` if too little is known of the shape.
    """
    if x.shape is None:
        return None
    sizes = list(x.shape[1:])
    at = 0
    while at < len(items):
        item = items[at]
        pair = at == 0 and len(sizes) > 2
        if item is None and not (pair and items[1] is not None):
            at += 1
            continue
        if pair:
            both = (idle if item is None else item, idle if (other := items[1]) is None else other)
            view, taken = [sizes[0], sizes[1], product(sizes[2:])], 2
        else:
            both = (idle, idle if item is None else item)
            view, taken = [product(sizes[:at]), sizes[at], product(sizes[at + 1 :])], 1
        image = reshape(part, x, view)
        if image is None:
            return None
        x = part.add(*_called(make(*both), image))
        made = (None,) * 3 if x.shape is None else x.shape[1:]
        sizes[at : at + taken] = made[:2] if taken == 2 else made[1:2]
        at += taken
    return reshape(part, x, sizes)


def _called(made: tuple[str, Config], x: Tensor) -> tuple[str, Tensor, Config]:
    return made[0], x, made[1]


def product(sizes: Sequence[int | None]) -> int | None:
    """Of sizes, ``None`` if one is unknown."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def by_matrix(part: Part, x: Tensor, axis: int, matrix: Array) -> Tensor:
    """A matrix of [old size, new size] applied along an axis, by a dense layer."""
    rank = 0 if x.shape is None else len(x.shape)
    order = [*(each for each in range(1, rank) if each != axis), axis]
    back = [order.index(each) + 1 for each in range(1, rank)]
    moved = axis != rank - 1
    if moved:
        x = part.add("Permute", x, {"dims": order})
    config = {"units": matrix.shape[1], "activation": "linear", "use_bias": False}
    x = part.add("Dense", x, config, weights={"kernel": matrix.astype(np.float32)})
    return part.add("Permute", x, {"dims": back}) if moved else x


def spread(kernel: Weight, rates: Sequence[int]) -> Weight:
    """A kernel with zeros between its taps, as far apart as a dilation says; spatial axes come first."""
    if all(rate == 1 or width == 1 for rate, width in zip(rates, kernel.shape, strict=False)):
        return kernel
    wide = tuple((width - 1) * rate + 1 for width, rate in zip(sizes_of(kernel), rates, strict=False))
    shape = (*wide, *sizes_of(kernel)[len(wide) :])
    places = tuple(slice(None, None, rate) for rate in rates)

    def make(array: Array) -> Array:
        found = np.zeros(shape, array.dtype)
        found[places] = array
        return found

    return derived(kernel, shape, make)


def sizes_of(weight: Weight) -> tuple[int, ...]:
    """The shape of a weight."""
    return tuple(int(size or 0) for size in weight.shape)


def held(site: Site, variable_name: str) -> Weight:
    """A weight that the layer must have; readers have seen to it that it does.

    Raises:
        UnsupportedError: if it has not, as in a model without weights.
    """
    weight = site.weight(variable_name)
    if weight is None:
        site.refuse(f"it has no weight {variable_name}.", "Save the whole model, weights included.")
    return weight


def with_bias(site: Site, **weights: Weight) -> dict[str, Weight]:
    """Weights, and the bias behind them if the layer has one."""
    bias = site.weight("bias")
    return weights if bias is None else {**weights, "bias": bias}


def known_sizes(shape: Shape | None, rank: int) -> tuple[int | None, ...]:
    """The sizes behind the batch, unknown where the shape is."""
    return (None,) * (rank - 1) if shape is None else tuple(shape[1:])


def numbers(config: Config, key: str, count: int, default: int = 1) -> list[int]:
    """``count`` numbers of a configuration that the rules of shapes have read before."""
    value = config.get(key)
    if value is None:
        return [default] * count
    items = listed(value)
    found = [whole(item) or 0 for item in ([value] if items is None else items)]
    return found * count if len(found) == 1 else found


def needs_custom(site: Site, what: str) -> None:
    """Ends with a refusal where custom layers are ruled out.

    Raises:
        UnsupportedError: ``layer-lowering``.
    """
    if not site.custom_layers:
        site.refuse(
            f"{what} takes a custom layer in TensorFlow.js, which --no-custom-layers rules out.",
            "Leave out --no-custom-layers.",
        )
