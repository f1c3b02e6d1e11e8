"""``Model`` printed in the one dialect that tfjs-layers reads: that of Keras 2."""

from __future__ import annotations

from typing import Any

from converter.layers.embedded import config_of
from converter.model import Model


def print_topology(model: Model) -> dict[str, Any]:
    """The ``modelTopology`` of a model.json."""
    topology: dict[str, Any] = {}
    if model.keras_version:
        topology["keras_version"] = model.keras_version
    topology["backend"] = model.backend
    topology["model_config"] = {"class_name": model.class_name, "config": config_of(model)}
    if model.training_config is not None:
        topology["training_config"] = dict(model.training_config)
    return topology
