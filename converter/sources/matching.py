"""Which stored weights are those of which layer, as Keras decides it when it loads weights.

By name where all names are the same, otherwise by order
(https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py,
``load_weights_from_hdf5_group``), or by class and count in the tree of Keras 3
(https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py, ``_load_state``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from converter.errors import SourceError
from converter.layers import WeightSpecs
from converter.layers.configuration import brief
from converter.model import Layer, Model, Weight
from converter.sources.weights_store import Node, Stored, natural

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
        name: the layer's own name.
    """

    path: str | None
    key: str | None
    weights: Sequence[Weight]
    wanted: WeightSpecs | None = None
    nested: bool = False
    name: str = ""


def pair_up(model: Model, stored: Stored, demands: Demands) -> list[Pair]:
    """Every layer with what is stored for it, and what is stored for no layer.

    Args:
        model: the topology.
        stored: as ``stored_weights`` read it.
        demands: of every layer that is no model, those in nested models by their paths.

    Raises:
        SourceError: when the file does not tell the order of a layer's weights.
    """
    if stored.layout == "keras2":
        return _by_list(model, stored.layers, demands)
    return _by_tree(model, stored.tree, "", demands)


def shown(path: str) -> str:
    """A path for people."""
    return path.replace(INSIDE, "/")


def _wanted(layer: Layer, demands: Demands, path: str = "") -> WeightSpecs | None:
    """The weights of a layer, those of a nested model in the order of its layers."""
    own = path + layer.name
    if layer.model is None:
        return demands[own]
    found: list[WeightSpecs] = []
    for inner in layer.model.layers:
        specs = _wanted(inner, demands, own + INSIDE)
        if specs is None:
            return None
        found.append(specs)
    return tuple(spec for specs in found for spec in specs)


def _by_list(model: Model, layers: Mapping[str, list[Weight]], demands: Demands) -> list[Pair]:
    stored = {name: weights for name, weights in layers.items() if weights}
    wanted = {layer.name: _wanted(layer, demands) for layer in model.layers}
    nested = {layer.name for layer in model.layers if layer.model is not None}

    def pair(name: str | None, key: str | None) -> Pair:
        weights = stored.get(key, []) if key is not None else []
        return Pair(name, key, weights, wanted[name] if name is not None else (), name in nested, name or "")

    sure = [name for name, specs in wanted.items() if specs]
    possible = [name for name, specs in wanted.items() if specs is None or specs]
    if not (stored.keys() <= wanted.keys() and stored.keys() >= set(sure)):
        for names in (sure, possible):
            if len(names) == len(stored):
                return list(map(pair, names, stored))
    if stored.keys() & wanted.keys():
        return [pair(name, name) for name in wanted] + [
            pair(None, key) for key in stored if key not in wanted
        ]
    return [pair(name, key) for name, key in zip_longest(sure, stored)]


def _by_tree(model: Model, container: Node, path: str, demands: Demands) -> list[Pair]:
    """Layers and groups by the stored names, else by class and count."""
    groups = _groups_by_name(model, container) or _groups_by_class(model, container)
    pairs: list[Pair] = []
    for layer in model.layers:
        key = groups.get(layer.name)
        node = Node() if key is None else container.parts[key]
        own = path + layer.name
        if layer.model is None:
            pairs.append(Pair(own, key, _collect(layer, node), demands[own], name=layer.name))
        else:
            pairs += _by_tree(layer.model, node.layers or Node(), own + INSIDE, demands)
    taken = set(groups.values())
    for key in sorted(container.parts.keys() - taken, key=natural):
        spare = [weight for each in container.parts[key].walk() for weight in each.weights]
        pairs += [Pair(None, shown(path + key), spare)] if spare else []
    return pairs


def _groups_by_name(model: Model, container: Node) -> dict[str, str] | None:
    """The group of each layer, when all groups with weights name one."""
    found: dict[str, str] = {}
    names = {layer.name for layer in model.layers}
    for key, node in container.parts.items():
        if node.name in names and node.name not in found:
            found[node.name] = key
        elif node.holds_weights:
            return None
    return found


def _groups_by_class(model: Model, container: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    by_class: dict[str, list[str]] = {}
    for layer in model.layers:
        by_class.setdefault(_group_name(layer.class_name), []).append(layer.name)
    for base, names in by_class.items():
        counted = re.compile(re.escape(base) + r"(?:_[0-9]+)?")
        keys = sorted(filter(counted.fullmatch, container.parts), key=natural)
        if len(keys) != len(names):
            keys = [key if key in container.parts else "" for key in _count(base, len(names))]
        found.update({name: key for name, key in zip(names, keys, strict=True) if key})
    return found


def _count(base: str, count: int) -> list[str]:
    return [base, *(f"{base}_{index}" for index in range(1, count))][:count]


def _group_name(class_name: str) -> str:
    """``Conv2D`` as ``conv2d``, ``UpSampling2D`` as ``up_sampling2d``: how Keras names groups."""
    if class_name == "Model":
        return "functional"
    name = re.sub(r"\W+", "", class_name.rpartition(">")[2])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _collect(layer: Layer, node: Node) -> list[Weight]:
    holders = [each.weights for each in node.walk() if each.weights]
    if len(holders) > 1 and layer.class_name not in _ORDERED:
        raise SourceError(
            "weights-order",
            f"layer {brief(layer.name)} ({brief(layer.class_name)})",
            "its weights lie in several parts, and the file does not tell the order of these.",
            "Save the weights from Keras 2 (tf_keras) as .h5, or the whole model.",
        )
    return [weight for weights in holders for weight in weights]


_ORDERED = {"Bidirectional", "RNN", "TimeDistributed", "StackedRNNCells"}
"""Classes whose parts Keras counts in the order in which it lists their weights."""
