"""Which stored weights are those of which layer, as Keras decides it when it loads weights.

By name where all names are the same, otherwise by order
(https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py,
``load_weights_from_hdf5_group``), or by class and count in the tree of Keras 3
(https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py, ``_load_state``).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from converter.layers import WeightSpecs
from converter.model import Layer, Model, Weight
from converter.sources.in_order import pair_in_order
from converter.sources.merging import merged
from converter.sources.pair import INSIDE, Demands, Pair, prefix_of, shown
from converter.sources.parts import collect, groups_by_class
from converter.sources.weights_store import Node, Stored, natural


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
    if stored.layout == "keras3-h5":
        return pair_in_order(model, stored.layers, demands)
    return _by_tree(model, stored.tree, "", demands)


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
    groups = _groups_by_name(model, container) or groups_by_class(model, container)
    pairs: list[Pair] = []
    for layer in model.layers:
        key = groups.get(layer.name)
        node = Node() if key is None else container.parts[key]
        own = path + layer.name
        if layer.model is None:
            weights = merged(layer, collect(layer, node), demands[own])
            pairs.append(Pair(own, key, weights, demands[own], name=prefix_of(layer)))
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
