"""Whether TensorFlow.js has a class for every layer of a model."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from converter.errors import UnsupportedError
from converter.layers.registry import MISSING, TFJS_LAYERS, explain
from converter.model import Layer, Model

_SHOWN = 5


def unsupported(model: Model) -> dict[str, list[str]]:
    """The names of the layers that TensorFlow.js lacks, by class name, in the order of the model.

    Layers in nested models, in wrappers and in recurrent layers count as well.
    """
    found: dict[str, list[str]] = {}
    for layer in model.walk():
        for class_name in _classes(layer):
            if class_name not in TFJS_LAYERS:
                found.setdefault(class_name, []).append(layer.name)
    return found


def check_supported(model: Model, served: Container[str] = (), *, custom_layers: bool = True) -> None:
    """Refuse a model that ``tf.loadLayersModel`` would not know all classes of.

    Args:
        model: any model.
        served: the custom classes whose JavaScript is at hand.
        custom_layers: whether custom classes are wanted at all.

    Raises:
        UnsupportedError: ``unsupported-layer``, which names such classes, their layers and what is up.
    """
    found = {name: layers for name, layers in unsupported(model).items() if name not in served}
    if not found:
        return
    first = next(iter(found))
    others = [f"{name!r} ({len(layers)}×)" for name, layers in list(found.items())[1 : _SHOWN + 1]]
    more = f" Other classes that it lacks: {', '.join(others)}." if others else ""
    names = ", ".join(map(repr, found[first][:_SHOWN])) + (", …" if len(found[first]) > _SHOWN else "")
    raise UnsupportedError(
        "unsupported-layer",
        f"layer {names}",
        f"{explain(first)}{more}",
        _REPLACE if first in MISSING else _PROVIDE if custom_layers else _ALLOW,
    )


_REPLACE = "Replace it by layers that TensorFlow.js has, in Python, and save the model again."
_ALLOW = "Leave out --no-custom-layers: no built-in layers compute the same."
_PROVIDE = (
    "Name the Python that holds the class by --layers-from FILE.py (or its JavaScript by --layers-js "
    "FILE.js), or replace it by layers that TensorFlow.js has."
)


def _classes(layer: Layer) -> Iterator[str]:
    """The class of a layer, and those of the layers and cells that its configuration holds."""
    if layer.model is None:
        yield layer.class_name
    pending = [layer.config.get(key) for key in _HOLDERS]
    while pending:
        held = pending.pop()
        if isinstance(held, (list, tuple)):
            pending += reversed(held)
        if not isinstance(held, Mapping):
            continue
        class_name, config = held.get("class_name"), held.get("config")
        if isinstance(class_name, str):
            yield class_name
        if isinstance(config, Mapping):
            pending += [config.get(key) for key in _HOLDERS]
        elif isinstance(config, (list, tuple)):
            pending.append(config)


_HOLDERS = ("layers", "layer", "backward_layer", "cells", "cell")
