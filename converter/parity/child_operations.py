"""Loads ``.h5`` files of Keras 3 with operations, which Keras itself cannot: they lack its modules.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/legacy/saving/legacy_h5_format.py
"""

from __future__ import annotations

import importlib
import json
from typing import Any

MODULES = ("numpy", "math", "nn", "core", "image", "linalg")
"""Where Keras keeps its operations, in ``keras.src.ops``."""


def load(path: str, objects: dict[str, Any]) -> Any:
    """The model in a file, with its weights.

    Raises:
        Exception: whatever Keras says of it.
    """
    import h5py
    from keras.src.legacy.saving import saving_options, saving_utils

    with h5py.File(path) as file:
        topology = json.loads(file.attrs["model_config"])
    with saving_options.keras_option_scope(use_legacy_config=True):
        model = saving_utils.model_from_config(_located(topology), custom_objects=objects)
    model.load_weights(path)
    return model


def _located(value: Any) -> Any:
    """A topology that says of each operation, and of models that hold some, where they are from."""
    if isinstance(value, list):
        return [_located(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _located(item) for key, item in value.items()}
    config = found.get("config")
    if "inbound_nodes" not in found or not isinstance(config, dict) or "module" in found:
        return found
    module = None if "trainable" in config else _module(str(found["class_name"]))
    return found if module is None else {**found, "module": module, "registered_name": found["class_name"]}


def _module(class_name: str) -> str | None:
    names = [f"keras.src.ops.{each}" for each in MODULES]
    return next((name for name in names if hasattr(importlib.import_module(name), class_name)), None)
