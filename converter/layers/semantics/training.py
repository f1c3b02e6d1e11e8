"""Initializers, regularizers and constraints, where no pass has dropped them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import numpy as np

from converter.layers.semantics.doubt import Site
from converter.model import Array, Weight

INITIALIZERS = frozenset(
    {
        *("Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal", "Identity"),
        *("VarianceScaling", "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "Orthogonal"),
    }
)
"""Those that TensorFlow.js knows under the name that Keras 2 writes."""

_NAMES = frozenset(
    {
        *("zeros", "ones", "constant", "random_uniform", "random_normal", "truncated_normal", "identity"),
        *("variance_scaling", "glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "orthogonal"),
    }
)
_DISTRIBUTIONS = frozenset({None, "normal", "uniform", "truncated_normal"})
_DROP = "Leave out --no-optimize, which keeps it: inference does not need it."
_READS_ACTIVITY = frozenset(
    {
        *("Dense", "Embedding", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose"),
        *("DepthwiseConv2D", "SeparableConv2D"),
    }
)
_VARIABLES = {
    "recurrent": "recurrent_kernel",
    "depthwise": "depthwise_kernel",
    "pointwise": "pointwise_kernel",
}


def check_training(site: Site, weights: Iterable[Weight]) -> None:
    """Refuses what TensorFlow.js cannot read, or what changes the weights as it loads them.

    Args:
        site: the layer.
        weights: those of the layer in the graph.

    Raises:
        UnsupportedError: ``layer-semantics``.
    """
    for key, value in site.config.items():
        name, _, kind = key.rpartition("_")
        if value is None or kind not in {"initializer", "regularizer", "constraint"}:
            continue
        if kind == "initializer":
            if not _is_initializer(value):
                site.refuse_value(key, "TensorFlow.js knows no such initializer", _DROP)
        elif kind == "regularizer":
            if name == "activity":
                if site.class_name in _READS_ACTIVITY:
                    site.refuse_value(key, "TensorFlow.js fails when it is run", _DROP)
            elif not _is_named(value, {"L1L2"}):
                site.refuse_value(key, "TensorFlow.js knows no such regularizer", _DROP)
        elif not _keeps(value, _VARIABLES.get(name, name), weights):
            site.refuse_value(key, "TensorFlow.js applies it to the weights as it loads them", _DROP)


def _is_named(value: Any, names: Container[str]) -> bool:
    name = value.get("class_name") if isinstance(value, Mapping) else None
    return isinstance(name, str) and name in names


def _is_initializer(value: Any) -> bool:
    if isinstance(value, str):
        return value in _NAMES or value in INITIALIZERS
    if not _is_named(value, INITIALIZERS):
        return False
    config = value.get("config")
    return isinstance(config, Mapping) and any(config.get("distribution") == each for each in _DISTRIBUTIONS)


def _keeps(value: Any, variable: str, weights: Iterable[Weight]) -> bool:
    """Whether a constraint leaves the stored weights as they are, but for rounding."""
    name = value.get("class_name") if isinstance(value, Mapping) else None
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or not isinstance(config, Mapping):
        return False
    for weight in weights:
        if weight.name.rpartition("/")[2] != variable:
            continue
        array = weight.array().astype(np.float64)
        try:
            constrained = _constrain(name, config, array)
        except (TypeError, ValueError):
            return False
        if constrained is None or not np.allclose(constrained, array, rtol=1e-5, atol=1e-7):
            return False
    return True


def _constrain(name: str, config: Mapping[str, Any], array: Array) -> Array | None:
    if name == "NonNeg":
        return np.maximum(array, 0)
    least, most = {"MaxNorm": (0, config.get("max_value", 2)), "UnitNorm": (1, 1)}.get(
        name, (config.get("min_value", 0), config.get("max_value", 1))
    )
    if name not in {"MaxNorm", "UnitNorm", "MinMaxNorm"}:
        return None
    axis = config.get("axis", 0)
    norms = np.sqrt(np.sum(array**2, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=True))
    rate = config.get("rate", 1)
    wanted = rate * np.clip(norms, least, most) + (1 - rate) * norms
    scaled: Array = array * wanted / (1e-7 + norms)
    return scaled
