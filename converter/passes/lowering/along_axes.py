"""What layers with scales and offsets along some axes share."""

from __future__ import annotations

from collections.abc import Mapping

from converter.layers.configuration import axes
from converter.layers.rule import RuleError
from converter.layers.semantics.value import FLAG, INTEGERS_OR_NULL, NUMBER, variable
from converter.model import Shape, Weight
from converter.passes.lowering.base import Lowered, Site

ALLOW = "Leave out --no-custom-layers, or declare the whole input shape, and save the model again."

KEYS = {
    **variable("beta", "gamma"),
    "axis": INTEGERS_OR_NULL,
    "epsilon": NUMBER,
    "center": FLAG,
    "scale": FLAG,
}
"""What their configurations say."""


def axes_of(site: Site) -> tuple[int, ...] | None:
    """The axes that a layer names, counted from the front, in order; ``None`` where they are not known."""
    rank = site.rank()
    try:
        found = axes(site.config, "axis", (-1,))
    except RuleError:
        return None
    if rank is None:
        return None
    return tuple(sorted(axis % rank for axis in found))


def is_last(site: Site) -> bool:
    """Whether the axis is the last, even of an unknown rank."""
    found = axes_of(site)
    return site.config.get("axis", -1) in (-1, [-1]) or (
        found is not None and found == ((site.rank() or 0) - 1,)
    )


def sizes_along(shape: Shape, found: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes along the axes, 1 elsewhere, from the first of the axes on."""
    first = min(found, default=len(shape))
    return tuple((size or 1) if axis in found else 1 for axis, size in enumerate(shape) if axis >= first)


def affine(site: Site, weights: Mapping[str, Weight], sizes: tuple[int, ...], why: str) -> Lowered:
    """A layer of the library that scales and shifts."""
    part = site.part()
    x = part.add("KerasAffine", part.inputs[0], {"sizes": list(sizes)}, weights=weights)
    return part.done(x, why=why)


def has(site: Site, key: str) -> bool:
    """Whether a flag is set, which is the default."""
    return site.config.get(key, True) not in (False, 0, None)
