"""Class names that mean the same as one TensorFlow.js knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from converter.model import Layer, Model
from converter.passes.base import Change, Pass, PassResult, map_layers

TF_1_13_ALIASES = {
    "BatchNormalizationV1": "BatchNormalization",
    "UnifiedGRU": "GRU",
    "UnifiedLSTM": "LSTM",
}
"""How TensorFlow 1.13 spelt three classes (https://github.com/tensorflow/tfjs/issues/1255)."""

HOLDS_LAYERS = {"config", "layer", "forward_layer", "backward_layer", "cell", "cells", "layers"}
"""Where a configuration holds other layers."""


class RenameClasses(Pass):
    """Rewrites aliases to the names that TensorFlow.js registers, inside wrappers as well."""

    def __call__(self, model: Model) -> PassResult:
        """Renames the classes that TensorFlow 1.13 spelt its own way."""
        return _rename(model, TF_1_13_ALIASES.get, "the name of TensorFlow 1.13 is unknown to TensorFlow.js")


class FunctionalToModel(Pass):
    """``Functional`` (Keras 2.4 and later), or a subclass of ``Model`` with a full graph, becomes ``Model``.

    TensorFlow.js before 2.8 knows no ``Functional`` (https://github.com/tensorflow/tfjs/pull/3863);
    ``Model`` loads everywhere.
    """

    def __call__(self, model: Model) -> PassResult:
        """Renames the root, nested models and models inside wrappers."""
        result = _rename(model, {"Functional": "Model"}.get, "'Model' loads in every TensorFlow.js")
        model, changes = result.model, list(result.changes)
        graphs = [model, *(layer.model for layer in model.walk() if layer.model is not None)]
        odd = {g.class_name for g in graphs if g.kind == "functional"} - {"Model"}
        if odd:
            model = map_layers(_as_model(model), _nested_as_model)
            where = tuple(g.name for g in graphs if g.class_name in odd)
            changes.append(
                Change(f"{', '.join(sorted(odd))} → Model", where, "its whole graph is in the file")
            )
        return PassResult(model, tuple(changes))


def _as_model(model: Model) -> Model:
    return replace(model, class_name="Model") if model.kind == "functional" else model


def _nested_as_model(layer: Layer) -> Layer:
    if layer.model is None:
        return layer
    inner = _as_model(layer.model)
    return replace(layer, class_name=inner.class_name, model=inner)


def _rename(model: Model, alias: Callable[[str], str | None], why: str) -> PassResult:
    renamed: dict[str, list[str]] = {}

    def name_of(class_name: str, where: str) -> str:
        new = alias(class_name)
        if new is None:
            return class_name
        renamed.setdefault(f"{class_name} → {new}", []).append(where)
        return new

    def in_config(config: Any, where: str) -> Any:
        """Rewrites the layers that a wrapper or a recurrent layer holds in its configuration."""
        if isinstance(config, list):
            return [in_config(item, where) for item in config]
        if not isinstance(config, Mapping):
            return config
        rewritten = dict(config)
        if isinstance(config.get("class_name"), str):
            rewritten["class_name"] = name_of(config["class_name"], where)
        for key in HOLDS_LAYERS & config.keys():
            rewritten[key] = in_config(config[key], where)
        return rewritten

    def one(layer: Layer) -> Layer:
        inner = layer.model
        if inner is not None:
            # Its class is the layer's own: counted once, below.
            inner = replace(inner, class_name=alias(inner.class_name) or inner.class_name)
        return replace(
            layer,
            class_name=name_of(layer.class_name, layer.name),
            config=in_config(layer.config, layer.name),
            model=inner,
        )

    rewritten = map_layers(replace(model, class_name=name_of(model.class_name, model.name)), one)
    if not renamed:
        return PassResult(model)
    return PassResult(rewritten, tuple(Change(what, tuple(where), why) for what, where in renamed.items()))
