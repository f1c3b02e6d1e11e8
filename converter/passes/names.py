"""Names of layers and weights that TensorFlow.js does not take, or takes for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from converter.layers import TFJS_LAYERS, weight_specs
from converter.layers.embedded import CLASSES
from converter.layers.semantics.names import finds, is_name
from converter.model import Config, Layer, Model, TensorRef, Weight
from converter.passes.base import Change, Pass, PassResult
from converter.passes.references import move_references

_HELD = ("layer", "forward_layer", "backward_layer", "cell", "cells")
_ODD = re.compile(r"[^-A-Za-z0-9._/]+")


class RenameLayers(Pass):
    """Gives layers names that TensorFlow.js takes, and that tell weights apart across nested models.

    Weights get the names by which it looks for them.
    """

    def __call__(self, model: Model) -> PassResult:
        """Renames layers, nested ones included, and the weights that follow them."""
        run = _Run({layer.name for layer in model.walk()})
        renamed = run.model(model)
        if renamed is model:
            return PassResult(model)
        order = [name for old in model.weight_order for name in run.weights.get(old, [old])]
        changes = tuple(Change(f"{old} → {new}", (new,), why) for old, new, why in run.layers)
        return PassResult(replace(renamed, weight_order=tuple(dict.fromkeys(order))), changes)


@dataclass
class _Run:
    """One run over one model.

    Attributes:
        taken: the names that no new layer may have.
        found: the weights so far, under the names by which TensorFlow.js looks for them.
        layers: the old and the new name of each renamed layer, and why.
        weights: the new names by the old one, where there is another.
    """

    taken: set[str]
    found: set[str] = field(default_factory=set)
    layers: list[tuple[str, str, str]] = field(default_factory=list)
    weights: dict[str, list[str]] = field(default_factory=dict)

    def model(self, model: Model) -> Model:
        """One graph, and those in it; the layers of the outer one keep their names if they can."""
        layers: list[Layer] = []
        names: dict[str, str] = {}
        for layer in model.layers:
            layers.append(self._layer(layer, model))
            names[layer.name] = layers[-1].name
        for place, layer in enumerate(layers):
            inner = None if layer.model is None else self.model(layer.model)
            if inner is not layer.model:
                layers[place] = replace(layer, model=inner)

        def move(ref: TensorRef) -> TensorRef:
            return ref._replace(layer=names.get(ref.layer, ref.layer))

        if all(new is old for new, old in zip(layers, model.layers, strict=True)):
            return model
        return move_references(replace(model, layers=tuple(layers)), move)

    def _layer(self, layer: Layer, around: Model) -> Layer:
        config = _with_held_names(layer.config)
        layer = layer if config is layer.config else replace(layer, config=config)
        wanted = _wanted(layer)
        why = ""
        if not is_name(layer.name):
            why = "TensorFlow.js does not take this name"
        elif self.found.intersection(wanted):
            why = "TensorFlow.js finds weights by name, and two layers have this one"
        if why:
            new = self._free(_slug(layer.name, layer.class_name), around.name)
            self.layers.append((layer.name, new, why))
            layer = _named(layer, new)
            wanted = _wanted(layer)
        weights = _weights(layer, wanted)
        for old, weight in zip(layer.weights, weights, strict=True):
            self.weights.setdefault(old.name, []).append(weight.name)
        self.found.update(wanted)
        return layer if weights is layer.weights else replace(layer, weights=weights)

    def _free(self, wanted: str, around: str) -> str:
        name, number = wanted, 1
        while name in self.taken or not is_name(name):
            name = f"{_slug(around, 'model')}_{wanted}" + (f"_{number}" if number > 1 else "")
            number += 1
        self.taken.add(name)
        return name


def _slug(name: str, class_name: str) -> str:
    """The name in the characters that TensorFlow.js takes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _ODD.sub("_", plain).strip("_.-/") or _ODD.sub("_", class_name).strip("_.-/").lower() or "layer"


def _named(layer: Layer, name: str) -> Layer:
    """The layer under another name; its weights follow if they are named after it."""
    prefix = f"{layer.name}/"
    weights = tuple(
        replace(weight, name=f"{name}/{weight.name.removeprefix(prefix)}")
        if weight.name.startswith(prefix)
        else weight
        for weight in layer.weights
    )
    config = {**layer.config, "name": name}
    model = None if layer.model is None else replace(layer.model, name=name, config=_own(layer.model, name))
    return replace(layer, name=name, config=config, weights=weights, model=model)


def _own(model: Model, name: str) -> Config:
    return {**model.config, "name": name} if "name" in model.config else model.config


def _wanted(layer: Layer) -> Sequence[str]:
    """The names by which TensorFlow.js looks for the weights of a layer, in their order."""
    names = [weight.name for weight in layer.weights]
    if not names or layer.class_name not in TFJS_LAYERS or layer.class_name == "TimeDistributed":
        return names
    specs = weight_specs(layer)
    if specs is None or len(specs) != len(names):
        return names
    return [f"{layer.name}/{spec.name}" for spec in specs]


def _weights(layer: Layer, wanted: Sequence[str]) -> tuple[Weight, ...]:
    """Weights under names by which TensorFlow.js finds them: it takes one part too many in the middle."""
    if all(finds(weight.name, set(wanted)) for weight in layer.weights):
        return layer.weights
    return tuple(replace(weight, name=name) for weight, name in zip(layer.weights, wanted, strict=True))


def _with_held_names(config: Config) -> Config:
    """The configuration with valid names for the layers that it holds; models in it stay as they are."""
    held = {key: _held(config[key]) for key in _HELD if isinstance(config.get(key), (Mapping, list))}
    changed = any(new != config[key] for key, new in held.items())
    return {**config, **held} if changed else config


def _held(value: Any) -> Any:
    if isinstance(value, list):
        return [_held(item) for item in value]
    inner = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping) or value.get("class_name") in CLASSES:
        return value
    inner = _with_held_names(inner)
    name = inner.get("name")
    if isinstance(name, str) and not is_name(name):
        inner = {**inner, "name": _slug(name, str(value.get("class_name")))}
    return {**value, "config": inner}
