"""The lists of weights in whole ``.h5`` files of Keras 3, whose names do not say which layer they are of.

For each layer of the model, a nested model included, the file lists what is trained and then what is
not, both layer by layer. Up to 3.2 a name is the variable's alone, later it leads through the models and
layers that were there when the variable was made.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/legacy/saving/legacy_h5_format.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from converter.errors import SourceError
from converter.layers import WeightSpec, WeightSpecs
from converter.layers.configuration import brief
from converter.model import Layer, Model, Weight
from converter.sources.merging import is_part, merged
from converter.sources.pair import INSIDE, Demands, Pair, prefix_of

UNNAMED = "variable"
"""What Keras 3 calls a variable that was given no name."""


class _Leaf(NamedTuple):
    """A layer that is no model."""

    path: str
    layer: Layer
    specs: WeightSpecs | None


class _Place(NamedTuple):
    """Where one listed weight belongs."""

    leaf: _Leaf
    position: int
    spec: WeightSpec


def pair_in_order(model: Model, layers: Mapping[str, list[Weight]], demands: Demands) -> list[Pair]:
    """Every layer with its weights, and the lists that belong to no layer.

    Args:
        model: the topology.
        layers: the weights by layer, as the file lists them.
        demands: of every layer that is no model, those in nested models by their paths.

    Raises:
        SourceError: when names contradict the order (``weights-order``).
    """
    pairs: list[Pair] = []
    for layer in model.layers:
        leaves = list(_leaves(layer, "", demands))
        stored = layers.get(layer.name, [])
        shares = _shares(layer, leaves, stored)
        if shares is None:
            pairs.append(Pair(layer.name, layer.name, stored, _all(leaves), nested=True, name=layer.name))
            continue
        for leaf in leaves:
            whole = merged(leaf.layer, shares[leaf.path], leaf.specs)
            weights = [_bare(weight) for weight in whole]
            pairs.append(Pair(leaf.path, layer.name, weights, leaf.specs, name=prefix_of(leaf.layer)))
    known = {layer.name for layer in model.layers}
    return pairs + [Pair(None, key, found) for key, found in layers.items() if found and key not in known]


def _leaves(layer: Layer, path: str, demands: Demands) -> Iterator[_Leaf]:
    own = path + layer.name
    if layer.model is None:
        yield _Leaf(own, layer, demands[own])
        return
    for inner in layer.model.layers:
        yield from _leaves(inner, own + INSIDE, demands)


def _all(leaves: Sequence[_Leaf]) -> WeightSpecs:
    return tuple(spec for leaf in leaves for spec in leaf.specs or ())


def _shares(
    layer: Layer, leaves: Sequence[_Leaf], stored: Sequence[Weight]
) -> dict[str, list[Weight]] | None:
    """The stored weights by leaf; None when there are more or fewer than the leaves must have."""
    in_parts = any(map(is_part, stored))
    if len(leaves) == 1 and (in_parts or leaves[0].specs is None):
        return {leaves[0].path: list(stored)}
    if in_parts or any(leaf.specs is None for leaf in leaves):
        return _by_name(layer, leaves, stored)
    places = _places(layer, leaves)
    if len(leaves) == 1 and len(places) != len(stored):
        return {leaves[0].path: list(stored)}  # told with the shapes of both
    if len(places) != len(stored):
        return None
    shares: dict[str, dict[int, Weight]] = {leaf.path: {} for leaf in leaves}
    names = {leaf.layer.name for leaf in leaves}
    for place, weight in zip(places, stored, strict=True):
        if not _agrees(weight.name, place, names):
            raise _disorder(layer, weight)
        shares[place.leaf.path][place.position] = weight
    return {path: [found[position] for position in sorted(found)] for path, found in shares.items()}


def _places(layer: Layer, leaves: Sequence[_Leaf]) -> list[_Place]:
    trained: list[_Place] = []
    others: list[_Place] = []
    whole = _is_frozen(layer.config)
    for leaf in leaves:
        frozen = whole or _is_frozen(leaf.layer.config)
        for position, spec in enumerate(leaf.specs or ()):
            # A layer that is frozen as a whole lists everything as it comes.
            trains = not frozen and spec.trainable
            (others if whole or not trains else trained).append(_Place(leaf, position, spec))
    return [*trained, *others]


def _is_frozen(config: Mapping[str, Any]) -> bool:
    """Whether a layer, or the one inside a wrapper, is not trained."""
    inner = config.get("layer")
    own = config.get("trainable") is False
    if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping):
        return own or inner["config"].get("trainable") is False
    return own


def _agrees(name: str, place: _Place, names: set[str]) -> bool:
    """Whether a stored name may be that of the weight that stands there by the order."""
    *path, variable = name.split("/")
    wanted = place.spec.name.rpartition("/")[2]
    # Keras 3 calls the kernel of a depthwise convolution 'kernel', and numbers variables without a name.
    same = wanted == variable or (wanted, variable) == ("depthwise_kernel", "kernel")
    if not same and not (wanted == UNNAMED and re.fullmatch(rf"{UNNAMED}_\d+", variable)):
        return False
    told = names.intersection(path)
    return not told or place.leaf.layer.name in told


def _by_name(layer: Layer, leaves: Sequence[_Leaf], stored: Sequence[Weight]) -> dict[str, list[Weight]]:
    """Where a layer of unknown weights is inside, or kernels are in parts, only the names can tell."""
    shares: dict[str, list[Weight]] = {leaf.path: [] for leaf in leaves}
    for weight in stored:
        parts = weight.name.split("/")[:-1]
        found = [leaf for leaf in leaves if leaf.layer.name in parts]
        if len(found) != 1:
            raise _disorder(layer, weight)
        shares[found[0].path].append(weight)
    return shares


def _bare(weight: Weight) -> Weight:
    """The weight under the name of its variable alone."""
    return replace(weight, name=weight.name.rpartition("/")[2])


def _disorder(layer: Layer, weight: Weight) -> SourceError:
    return SourceError(
        "weights-order",
        f"layer {brief(layer.name)}",
        f"the file lists the weight {brief(weight.name)} where its topology has another one.",
        "Save the model as model.keras, which tells weights apart by layer.",
    )
