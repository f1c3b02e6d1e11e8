"""``Model`` printed in the one dialect that tfjs-layers reads: that of Keras 2."""

from __future__ import annotations

from typing import Any

from converter.model import Layer, Model, TensorRef


def print_topology(model: Model) -> dict[str, Any]:
    """The ``modelTopology`` of a model.json."""
    topology: dict[str, Any] = {}
    if model.keras_version:
        topology["keras_version"] = model.keras_version
    topology["backend"] = model.backend
    topology["model_config"] = {"class_name": model.class_name, "config": _config(model)}
    if model.training_config is not None:
        topology["training_config"] = dict(model.training_config)
    return topology


def _config(model: Model) -> dict[str, Any]:
    functional = model.kind == "functional"
    config: dict[str, Any] = {"name": model.name, **model.config}
    config["layers"] = [_layer(layer, functional=functional) for layer in model.layers]
    if functional:
        config["input_layers"] = [_tensor(ref) for ref in model.inputs]
        config["output_layers"] = [_tensor(ref) for ref in model.outputs]
    return config


def _layer(layer: Layer, *, functional: bool) -> dict[str, Any]:
    config = dict(layer.config) if layer.model is None else _config(layer.model)
    printed: dict[str, Any] = {"class_name": layer.class_name, "config": config}
    if functional:
        printed["name"] = layer.name
        printed["inbound_nodes"] = [
            [[*ref, dict(call.kwargs)] for ref in call.inputs] for call in layer.calls
        ]
    return printed


def _tensor(ref: TensorRef) -> list[str | int]:
    return list(ref)
