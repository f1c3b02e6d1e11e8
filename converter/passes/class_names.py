"""Class names that mean the same as one TensorFlow.js knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from converter.layers import TFJS_LAYERS
from converter.layers.registry import REGISTERED
from converter.model import Config, Layer, Model
from converter.passes.base import Change, Pass, PassResult, map_configs, map_layers

TF_1_13_ALIASES = {
    "BatchNormalizationV1": "BatchNormalization",
    "UnifiedGRU": "GRU",
    "UnifiedLSTM": "LSTM",
}
"""How TensorFlow 1.13 spelt three classes (https://github.com/tensorflow/tfjs/issues/1255)."""


class RenameClasses(Pass):
    """Gives Keras's own classes the names that all of its other releases give them."""

    def __call__(self, model: Model) -> PassResult:
        """Renames layers, those inside wrappers as well."""
        return _rename(model, TF_1_13_ALIASES | REGISTERED, "other releases of Keras call it so")


class DropPackages(Pass):
    """``Package>Name``, as Keras registers custom classes, becomes ``Name``, as JavaScript names classes.

    A name that TensorFlow.js itself has stays as it is: the custom class is another one.
    """

    def __call__(self, model: Model) -> PassResult:
        """Renames layers, those inside wrappers as well."""
        names: dict[str, set[str]] = {}

        def collect(class_name: str, config: Config, _where: str) -> tuple[str, Config]:
            names.setdefault(class_name.rpartition(">")[2], set()).add(class_name)
            return class_name, config

        map_configs(model, collect)
        aliases = {
            full: plain
            for plain, spellings in names.items()
            for full in sorted(spellings)
            if full != plain and len(spellings) == 1 and plain not in TFJS_LAYERS
        }
        return _rename(model, aliases, "a class name in JavaScript has no package")


class FunctionalToModel(Pass):
    """``Functional`` (Keras 2.4 and later), or a subclass of ``Model`` with a full graph, becomes ``Model``.

    TensorFlow.js before 2.8 knows no ``Functional`` (https://github.com/tensorflow/tfjs/pull/3863);
    ``Model`` loads everywhere.
    """

    def __call__(self, model: Model) -> PassResult:
        """Renames the root, nested models and models inside wrappers."""
        graphs = [model, *(layer.model for layer in model.walk() if layer.model is not None)]
        classes = {graph.class_name for graph in graphs if graph.kind == "functional"}
        aliases = dict.fromkeys(sorted({"Functional", *classes} - {"Model"}), "Model")
        result = _rename(model, aliases, "'Model' loads in every TensorFlow.js")
        if model.class_name not in aliases:
            return PassResult(_agree(result.model), result.changes)
        change = Change(f"{model.class_name} → Model", (model.name,), "'Model' loads in every TensorFlow.js")
        return PassResult(_agree(replace(result.model, class_name="Model")), (change, *result.changes))


def _agree(model: Model) -> Model:
    """Nested models with the class names of the layers that hold them."""

    def one(layer: Layer) -> Layer:
        if layer.model is None or layer.model.class_name == layer.class_name:
            return layer
        return replace(layer, model=replace(layer.model, class_name=layer.class_name))

    return map_layers(model, one)


def _rename(model: Model, aliases: Mapping[str, str], why: str) -> PassResult:
    renamed: dict[str, list[str]] = {}

    def one(class_name: str, config: Config, where: str) -> tuple[str, Config]:
        new = aliases.get(class_name, class_name)
        if new != class_name:
            renamed.setdefault(f"{class_name} → {new}", []).append(where)
        return new, config

    rewritten = map_configs(model, one)
    changes = tuple(Change(what, tuple(where), why) for what, where in renamed.items())
    return PassResult(rewritten if changes else model, changes)
