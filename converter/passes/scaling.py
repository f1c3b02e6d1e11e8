"""Layers that multiply by a constant, and what they multiply by."""

from __future__ import annotations

import math
from typing import NamedTuple

from converter.layers.configuration import listed
from converter.model import Config, Layer

CUSTOM = {
    "MultiplyBeta": ("beta",),
    **dict.fromkeys(("Scale", "ScaleLayer", "Scaling"), ("scale", "scale_factor", "factor", "value")),
}
"""Custom classes that multiply by a constant, and what their configurations call it."""

BASE_KEYS = {
    *("name", "trainable", "dtype", "autocast", "dynamic", "activity_regularizer"),
    *("input_shape", "batch_input_shape", "batch_shape", "input_dtype"),
}
"""What Keras writes for a layer of any class."""


class Scaling(NamedTuple):
    """``x * factor + offset``, each one number or one for each position along the last axis."""

    factor: tuple[float, ...]
    offset: tuple[float, ...] = (0.0,)


def plain(class_name: str) -> str:
    """The class name without the package that it is registered in, such as ``Custom>``."""
    return class_name.rpartition(">")[2]


def custom_factor(class_name: str, config: Config) -> tuple[float, ...] | None:
    """What a custom layer multiplies by; ``None`` if it may do anything else."""
    own = config.keys() - BASE_KEYS
    if len(own) != 1 or not own <= {*CUSTOM.get(plain(class_name), ())}:
        return None
    return _numbers(config[own.pop()])


def scaling_of(layer: Layer) -> Scaling | None:
    """What a layer multiplies by and adds; ``None`` if it may do anything else."""
    if layer.weights or layer.model is not None:
        return None
    if layer.class_name != "Rescaling":
        factor = custom_factor(layer.class_name, layer.config)
        return None if factor is None else Scaling(factor)
    if not layer.config.keys() <= {*BASE_KEYS, "scale", "offset"}:
        return None
    factor = _numbers(layer.config.get("scale"))
    offset = _numbers(0.0 if layer.config.get("offset") is None else layer.config["offset"])
    return None if factor is None or offset is None else Scaling(factor, offset)


def _numbers(value: object) -> tuple[float, ...] | None:
    """A finite number, or a flat list of them."""
    items = listed(value)
    found = []
    for item in [value] if items is None else items:
        if isinstance(item, bool) or not isinstance(item, (int, float)):
            return None
        try:
            number = float(item)
        except OverflowError:
            return None
        if not math.isfinite(number):
            return None
        found.append(number)
    return tuple(found) or None
