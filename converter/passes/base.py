"""What a pass is: one rewrite of the model, with a record of every change it made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from converter.model import Config, Layer, Model

HOLDS_LAYERS = ("layer", "forward_layer", "backward_layer", "cell", "cells", "layers")
"""Where the configuration of a wrapper, a recurrent layer or a wrapped model holds other layers."""


class Change(NamedTuple):
    """What was changed, in which layers, and why; the report shows it."""

    what: str
    where: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class PassResult:
    """The rewritten model and the changes that led to it; no changes means the very same model.

    Attributes:
        model: the model after the pass.
        changes: what was changed.
        kept: what the pass is for and yet had to leave as it is, and why.
    """

    model: Model
    changes: tuple[Change, ...] = ()
    kept: tuple[Change, ...] = ()


class Pass(ABC):
    """One rewrite. A pass keeps what the model computes at inference."""

    @abstractmethod
    def __call__(self, model: Model) -> PassResult:
        """Rewrites the model."""


def unused(wanted: str, taken: set[str]) -> str:
    """A name that no layer has yet: the wanted one, or that with a number. It is taken from now on."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


def map_layers(model: Model, rewrite: Callable[[Layer], Layer]) -> Model:
    """The model with ``rewrite`` applied to every layer, those inside nested models first."""

    def one(layer: Layer) -> Layer:
        if layer.model is not None:
            layer = replace(layer, model=map_layers(layer.model, rewrite))
        return rewrite(layer)

    return replace(model, layers=tuple(one(layer) for layer in model.layers))


Rewrite = Callable[[str, Config, str], tuple[str, Config]]
"""Class name, configuration and the name of the layer of the graph; the first two rewritten."""


def map_configs(model: Model, rewrite: Rewrite) -> Model:
    """The model with ``rewrite`` applied to every layer, those inside wrappers as well."""

    def one(layer: Layer) -> Layer:
        class_name, config = rewrite(layer.class_name, _inside(layer.config, rewrite, layer.name), layer.name)
        return replace(layer, class_name=class_name, config=config)

    return map_layers(model, one)


def _inside(config: Any, rewrite: Rewrite, where: str) -> Any:
    held = {key: config[key] for key in HOLDS_LAYERS if key in config}
    if not held:
        return config
    return {**config, **{key: _held(value, rewrite, where) for key, value in held.items()}}


def _held(value: Any, rewrite: Rewrite, where: str) -> Any:
    if isinstance(value, list):
        return [_held(item, rewrite, where) for item in value]
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        return value
    config = value.get("config")
    if not isinstance(config, Mapping):
        return {**value, "config": _held(config, rewrite, where)}
    class_name, config = rewrite(value["class_name"], _inside(config, rewrite, where), where)
    return {**value, "class_name": class_name, "config": config}
