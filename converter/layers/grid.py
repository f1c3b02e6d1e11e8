"""Arithmetic on shapes: channels and spatial sizes, windows, and sizes that must agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from converter.layers.configuration import choice
from converter.layers.rule import RuleError
from converter.model import Config, Shape

Size = int | None


class Grid(NamedTuple):
    """A shape taken apart: what comes before (the batch), the spatial sizes, and the channels."""

    lead: Shape
    space: Shape
    channels: Size
    channels_first: bool

    def shape(self, space: Shape, channels: Size) -> Shape:
        """The same layout with other sizes."""
        return (*self.lead, channels, *space) if self.channels_first else (*self.lead, *space, channels)


def grid(config: Config, shape: Shape, dimensions: int) -> Grid:
    """The shape, of at least ``dimensions`` + 1 sizes, taken apart as its ``data_format`` says."""
    start = len(shape) - dimensions - 1
    if channels_first(config):
        return Grid(shape[:start], shape[start + 1 :], shape[start], channels_first=True)
    return Grid(shape[:start], shape[start:-1], shape[-1], channels_first=False)


def channels_first(config: Config) -> bool:
    """Whether the channels come before the spatial sizes."""
    return (
        choice(config, "data_format", ("channels_last", "channels_first"), "channels_last")
        == "channels_first"
    )


def size_at(shape: Shape | None, axis: int) -> Size:
    """The size along an axis, ``None`` if the shape is unknown."""
    return None if shape is None else shape[axis]


def times(size: Size, factor: int) -> Size:
    """The size multiplied; unknown stays unknown."""
    return None if size is None else size * factor


def windows(size: Size, width: int, stride: int, padding: str, dilation: int = 1) -> Size:
    """How many windows of that width fit along an axis.

    Raises:
        RuleError: if none does.
    """
    if size is None:
        return None
    reach = (width - 1) * dilation + 1 if padding == "valid" else 1
    if size < reach:
        raise RuleError(f"a window {reach} wide does not fit into an input of size {size}")
    return (size - reach) // stride + 1


def same_padding(size: Size, reach: int, stride: int) -> Size:
    """How much the padding "same" adds along an axis, ``None`` where that depends on an unknown size.

    Negative where the last window ends before the input does, and nothing is added.

    Args:
        size: of the input.
        reach: how many values a window spans, its dilation counted.
        stride: of the windows.
    """
    if size is None:
        return max(reach - 1, 0) if stride == 1 or reach == 1 else None
    return (-(-size // stride) - 1) * stride + reach - size


def falls_short(space: Shape, reach: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether the windows of a convolution padded "same" may end before its input does.

    The wasm backend of TensorFlow.js 4.22 computes something else then, unless each window is one value.
    """
    if max(reach, default=1) == 1:
        return False
    for size, width, stride in zip(space, reach, strides, strict=False):
        padding = same_padding(size, width, stride)
        if stride > width and (size is None or (padding is not None and padding < 0)):
            return True
    return False


def agree(one: Size, other: Size) -> Size:
    """The size that two tensors share, as far as it is known.

    Raises:
        RuleError: if both are known and differ.
    """
    if one is None or one == other:
        return other
    if other is None:
        return one
    raise RuleError(f"sizes {one} and {other} would have to be equal")


def broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of an elementwise operation: aligned at the right, a size of 1 stretches.

    Raises:
        RuleError: if the shapes do not fit.
    """
    if len(one) < len(other):
        one, other = other, one
    extra = len(one) - len(other)
    return (*one[:extra], *map(_stretch, one[extra:], other))


def _stretch(one: Size, other: Size) -> Size:
    if one == 1:
        return other
    if other == 1:
        return one
    return agree(one, other)
