"""Merging layers, and those that give tensors another shape."""

from __future__ import annotations

import math
from typing import Any

from converter.layers.configuration import axes, whole
from converter.layers.rule import RuleError
from converter.model import Shape
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor


def _alone(site: Site) -> Lowered | None:
    """A merge of one tensor, which changes nothing."""
    if len(site.inputs) != 1:
        return None
    part = site.part()
    x = part.add("Activation", part.inputs[0], {"activation": "linear"})
    return part.done(x, why="TensorFlow.js merges two tensors at least")


def _ranks(site: Site) -> set[int | None]:
    return {None if shape is None else len(shape) for shape in site.inputs}


def _target(site: Site, sizes: Shape) -> list[int]:
    """Sizes for a Reshape, of which one may be open."""
    if sum(size is None for size in sizes) > 1:
        site.refuse(
            "several sizes of its input are not known.", "Declare the input shape, and save the model again."
        )
    return [-1 if size is None else size for size in sizes]


def _subtract(site: Site) -> Lowered:
    if len(site.inputs) != 2:
        site.refuse("it takes two tensors.", "Call it on a list of two.")
    part = site.part()
    first, second = part.inputs
    minus = part.add("Rescaling", second, {"scale": -1.0, "offset": 0.0})
    return part.done(part.add("Add", (first, minus)), why="TensorFlow.js has no subtraction")


def _concatenate(site: Site) -> Lowered | None:
    alone = _alone(site)
    if alone is not None:
        return alone
    try:
        axis = axes(site.config, "axis", (-1,))[0]
    except RuleError:
        return None
    known = [shape for shape in site.inputs if shape is not None]
    if axis >= -1 or not known:
        return None
    part = site.part()
    x = part.add("Concatenate", part.inputs, {**site.config, "axis": axis % len(known[0])})
    return part.done(x, why="TensorFlow.js takes any negative axis for the last one")


def _dot(site: Site) -> Lowered | None:
    """Tensors of more than 3 dimensions as matrices."""
    ranks = _ranks(site)
    if None in ranks or len(site.inputs) != 2:
        return None
    try:
        pair = axes(site.config, "axes")
    except RuleError:
        return None
    one, other = (shape or () for shape in site.inputs)
    at = (pair[0] % len(one), pair[-1] % len(other))
    if len(one) <= 3 and len(other) <= 3:
        return None
    part = site.part()
    given = list(part.inputs)
    if site.config.get("normalize"):
        given = [part.add("UnitNormalization", x, {"axis": axis}) for x, axis in zip(given, at, strict=True)]
    first, rows = _matrix(site, part, given[0], at[0])
    second, columns = _matrix(site, part, given[1], at[1])
    x = part.add("Dot", (first, second), {"axes": [2, 2]})
    sizes = (*rows, *columns) or (1,)
    x = part.add("Reshape", x, {"target_shape": _target(site, sizes)})
    return part.done(x, why="TensorFlow.js has no dot product of more than 3 dimensions")


def _matrix(site: Site, part: Part, x: Tensor, axis: int) -> tuple[Tensor, Shape]:
    """A tensor as rows along all other axes, with the sizes of these."""
    shape = x.shape or ()
    others = [each for each in range(1, len(shape)) if each != axis]
    order = [*others, axis]
    if order != list(range(1, len(shape))):
        x = part.add("Permute", x, {"dims": order})
    rest = tuple(shape[each] for each in others)
    return part.add("Reshape", x, {"target_shape": [-1, *_sizes(site, shape[axis])]}), rest


def _sizes(site: Site, size: int | None) -> list[int]:
    if size is None:
        site.refuse("the size of an axis is not known.", "Declare the input shape, and save the model again.")
    return [size]


def _flatten(site: Site) -> Lowered | None:
    shape = site.shape
    if shape is None:
        return None
    part = site.part()
    x = part.inputs[0]
    first = site.config.get("data_format") == "channels_first" and len(shape) > 2
    if len(shape) == 1:
        x = part.add("Reshape", x, {"target_shape": [1]})
        return part.done(x, why="TensorFlow.js flattens at least 3 dimensions")
    if len(shape) == 2:
        x = part.add("Activation", x, {"activation": "linear"})
        return part.done(x, why="its input is flat, and TensorFlow.js flattens at least 3 dimensions")
    if None not in shape[1:]:
        return None
    if first:
        x = part.add("Permute", x, {"dims": [*range(2, len(shape)), 1]})
    x = part.add("Reshape", x, {"target_shape": [-1]})
    return part.done(x, why="TensorFlow.js flattens known sizes alone")


def _reshape(site: Site) -> Lowered | None:
    target: Any = site.config.get("target_shape")
    if not isinstance(target, list):
        return None
    known = [whole(size) for size in target]
    if sum(size in (None, -1) for size in known) != 1:
        return None
    sizes = [-1 if size is None else size for size in target]
    given, others = site.static(), math.prod(size for size in known if size not in (None, -1))
    followed = given is not None and others > 0 and math.prod(given) % others == 0
    if given is not None and followed:
        sizes = [math.prod(given) // others if size in (None, -1) else size for size in known]
    if sizes == target:
        return None
    part = site.part()
    x = part.add("Reshape", part.inputs[0], {**site.config, "target_shape": sizes})
    return part.done(x, why="TensorFlow.js leaves an open size open" if followed else "an open size is -1")


_ELEMENTWISE = ("Add", "Average", "Maximum", "Minimum", "Multiply")

LOWERINGS: dict[str, Lowering] = {
    **dict.fromkeys(_ELEMENTWISE, Lowering(_alone)),
    "Concatenate": Lowering(_concatenate),
    "Dot": Lowering(_dot),
    "Flatten": Lowering(_flatten),
    "Reshape": Lowering(_reshape),
    "Subtract": Lowering(_subtract, {}),
}
"""By class name."""
