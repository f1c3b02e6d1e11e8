"""Layers that are handed a mask as one more input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from converter.layers.configuration import flag
from converter.layers.grid import channels_first
from converter.passes.lowering.base import Lowered, Lowering, Site


def with_masks(lowerings: Mapping[str, Lowering]) -> dict[str, Lowering]:
    """The table with what a mask makes of each layer before its own lowering."""

    def first(masked: Callable[[Site], Lowered], own: Lowering) -> Lowering:
        def lower(site: Site) -> Lowered | None:
            return masked(site) if "mask" in (site.kwargs.get("tensors") or ()) else own.lower(site)

        return replace(own, lower=lower, arguments=own.arguments | {"tensors"})

    none = Lowering(lambda _: None)
    return {
        **lowerings,
        **{name: first(masked, lowerings.get(name, none)) for name, masked in _MASKED.items()},
    }


def _average(site: Site) -> Lowered:
    part = site.part()
    settings = {
        "axis": 2 if channels_first(site.config) else 1,
        "keepdims": flag(site.config, "keepdims", default=False),
    }
    output = part.add("KerasMaskedAverage", part.inputs, settings)
    return part.done(output, why="TensorFlow.js averages over masked steps, too")


_MASKED: dict[str, Callable[[Site], Lowered]] = {"GlobalAveragePooling1D": _average}
