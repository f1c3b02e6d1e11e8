"""Drops what only training needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.model import Layer, Model
from converter.passes.base import Change, Pass, PassResult, map_layers

ZEROS = {"class_name": "Zeros", "config": {}}


class DropTraining(Pass):
    """Removes the training configuration, constraints, regularizers and initializers.

    TensorFlow.js draws every initial value before it overwrites it with the stored one, knows only
    some initializers and regularizers, and applies constraints to the weights as it loads them
    (``LayerVariable.write``), which changes weights that violate them.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites every layer's configuration, inside wrappers as well."""
        dropped: dict[str, list[str]] = {}

        def one(layer: Layer) -> Layer:
            config, found = _strip(layer.config)
            for kind in sorted(found):
                dropped.setdefault(kind, []).append(layer.name)
            return replace(layer, config=config) if found else layer

        rewritten = map_layers(model, one)
        if model.training_config is not None:
            rewritten = replace(rewritten, training_config=None)
            dropped["training configuration"] = [model.name]
        changes = tuple(
            Change(f"{kind} dropped", tuple(where), _WHY[kind]) for kind, where in dropped.items()
        )
        return PassResult(rewritten if changes else model, changes)


_WHY = {
    "constraint": "TensorFlow.js would apply it to the loaded weights",
    "initializer": "the stored weights replace the initial values",
    "regularizer": "it acts in training only",
    "training configuration": "the artifact is for inference",
}


def _strip(value: Any) -> tuple[Any, set[str]]:
    """The configuration without its training-only parts, and the kinds of part that were found."""
    found: set[str] = set()
    if isinstance(value, list):
        pairs = [_strip(item) for item in value]
        return [item for item, _ in pairs], set().union(*(kinds for _, kinds in pairs))
    if not isinstance(value, dict):
        return value, found
    stripped = {}
    for key, item in value.items():
        kind = key.rsplit("_", 1)[-1]
        if kind not in {"initializer", "regularizer", "constraint"}:
            stripped[key], inner = _strip(item)
            found |= inner
        elif not isinstance(item, dict | str) or item == ZEROS:
            stripped[key] = item  # a number may be anything of a custom layer's
        else:
            stripped[key] = ZEROS if kind == "initializer" else None
            found.add(kind)
    return stripped, found
