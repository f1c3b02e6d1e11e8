"""Layers that make one tensor of several."""

from __future__ import annotations

from functools import reduce

from converter.layers.configuration import axes, axis_of, fault, integer
from converter.layers.grid import agree, broadcast
from converter.layers.rule import LARGEST, Rule, RuleError, Shapes, show
from converter.model import Config, Shape


def _elementwise(_config: Config, inputs: Shapes) -> Shapes:
    known = [shape for shape in inputs if shape is not None]
    try:
        batch = reduce(agree, (shape[0] for shape in known), None)
        # Keras aligns what comes behind the batch, also when the ranks differ.
        empty: Shape = ()
        rest = reduce(broadcast, (shape[1:] for shape in known), empty)
    except RuleError as error:
        raise _misfit(inputs, error.why) from None
    return ((batch, *rest) if len(known) == len(inputs) else None,)


def _misfit(inputs: Shapes, why: str) -> RuleError:
    shown = ", ".join(show(shape) for shape in inputs[:4]) + (", ..." if len(inputs) > 4 else "")
    return RuleError(f"it cannot merge inputs {shown}: {why}")


def _concatenate(config: Config, inputs: Shapes) -> Shapes:
    known = [shape for shape in inputs if shape is not None]
    wanted = integer(config, "axis", -1, least=-LARGEST)
    if not known:
        return (None,)
    rank = len(known[0])
    if any(len(shape) != rank for shape in known):
        raise _misfit(inputs, "they differ in rank")
    axis = axis_of(config, "axis", wanted, rank)
    sizes: list[int | None] = [None] * rank
    for position in range(rank):
        along = [shape[position] for shape in known]
        if position == axis:
            summands = [size for size in along if size is not None]
            sizes[position] = sum(summands) if len(summands) == len(inputs) else None
            continue
        try:
            sizes[position] = reduce(agree, along)
        except RuleError as error:
            raise _misfit(inputs, f"along axis {position}, {error.why}") from None
    return (tuple(sizes),)


def _dot(config: Config, inputs: Shapes) -> Shapes:
    pair = axes(config, "axes")
    if len(pair) > 2:
        raise fault(config, "axes", "one axis or two")
    one, other = inputs
    if one is None or other is None:
        return (None,)
    at = (axis_of(config, "axes", pair[0], len(one)), axis_of(config, "axes", pair[-1], len(other)))
    if 0 in at:
        raise fault(config, "axes", "axes other than that of the batch")
    try:
        agree(one[at[0]], other[at[1]])
        batch = agree(one[0], other[0])
    except RuleError as error:
        raise _misfit(inputs, error.why) from None
    rest: Shape = (*one[1 : at[0]], *one[at[0] + 1 :], *other[1 : at[1]], *other[at[1] + 1 :])
    return ((batch, *(rest or (1,))),)


RULES = {
    name: Rule(_elementwise, most=None) for name in ("Add", "Average", "Maximum", "Minimum", "Multiply")
} | {
    "Concatenate": Rule(_concatenate, most=None),
    "Dot": Rule(_dot, fewest=2, most=2),
    "Subtract": Rule(_elementwise, fewest=2, most=2),
}
