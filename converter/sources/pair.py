"""A layer and what is stored for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from converter.layers import WeightSpecs, embedded
from converter.model import Layer, Weight

INSIDE = "\0"
"""Stands between a nested model and a layer in it: the one sign that no name holds."""

Demands = Mapping[str, WeightSpecs | None]
"""The weights that layers must have, by path; None where that is not known."""


class Pair(NamedTuple):
    """What must be and what is stored, either of which may be missing.

    Attributes:
        path: of the layer, through nested models.
        key: what the file calls the layer.
        weights: those in the file.
        wanted: those that the layer must have; None where that is not known.
        nested: whether the layer is a model, whose layers are compared once they have their weights.
        name: what the names of its weights begin with: its own name, nothing where these have their own.
    """

    path: str | None
    key: str | None
    weights: Sequence[Weight]
    wanted: WeightSpecs | None = None
    nested: bool = False
    name: str = ""


def prefix_of(layer: Layer) -> str:
    """What the names of a layer's weights begin with in TensorFlow.js.

    Those of a model inside a ``TimeDistributed`` are named after the layers of that model alone.
    """
    spec = layer.config.get("layer")
    holds = isinstance(spec, Mapping) and spec.get("class_name") in embedded.CLASSES
    return "" if layer.class_name == "TimeDistributed" and holds else layer.name


def shown(path: str) -> str:
    """A path for people."""
    return path.replace(INSIDE, "/")
