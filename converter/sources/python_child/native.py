"""Models of Keras 3 that hold none of the user's own classes and functions, as Keras itself saves them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from converter.sources.python_child import live

ARCHIVE = "model.keras"


def save(model: Any, folder: Path) -> Path | None:
    """The archive of a model; ``None`` where it holds something that only its Python can tell.

    Args:
        model: a live model of either Keras.
        folder: where the archive goes.
    """
    keras = live.keras_of(model)
    if keras is None or live.generation(keras) != 3 or not all(map(_is_known, _layers(model))):
        return None
    path = folder / ARCHIVE
    try:
        model.save(path)
    except Exception:  # noqa: BLE001 - whatever Keras cannot save is written down by walking the graph
        return None
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    config.pop("compile_config", None)
    return None if _is_foreign(config) else path


def _layers(model: Any) -> list[Any]:
    found, pending = [], [model]
    while pending:
        layer = pending.pop()
        found.append(layer)
        pending += getattr(layer, "_layers", None) or []
    return found


def _is_known(layer: Any) -> bool:
    return live.is_built_in(layer) and type(layer).__name__ != "Lambda" and not live.has_own_call(layer)


def _is_foreign(value: Any, key: str = "") -> bool:
    """Whether something in a topology is from elsewhere than Keras, or a function without a name."""
    if isinstance(value, list):
        return any(map(_is_foreign, value))
    if not isinstance(value, dict):
        return False
    module = value.get("module")
    if isinstance(module, str) and module.split(".")[0] != "keras":
        return True
    if key.endswith("activation") and "class_name" not in value:
        return True
    return any(_is_foreign(item, name) for name, item in value.items())
