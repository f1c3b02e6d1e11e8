"""Which mask comes out of a layer: in Keras, and in TensorFlow.js."""

from __future__ import annotations

import hashlib
from typing import Any

from converter.layers.configuration import axes
from converter.layers.rule import RuleError
from converter.layers.semantics.recurrent import LAYERS
from converter.model import Config

Mask = str | None
"""A name for the values of a mask, the same for the same values; ``None`` for no mask."""

_MERGES = frozenset({"Add", "Average", "Maximum", "Minimum", "Multiply"})
_ELEMENTWISE = frozenset({"Activation", "PReLU", "ReLU"})
_SILENT = frozenset(
    {
        *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"),
        *("BatchNormalization", "LayerNormalization", "Dense", "TimeDistributed"),
    }
)
_OF_KERAS = frozenset({"KerasActivation", "KerasAffine", "KerasScaling"})
"""Classes in JavaScript that keep a mask; attention does in Keras, and not in JavaScript."""

_KEEPS_IN_TFJS = _ELEMENTWISE | _SILENT | _OF_KERAS
_KEEPS_IN_KERAS = _KEEPS_IN_TFJS | {"ELU", "GroupNormalization", "LeakyReLU", "Softmax", "ThresholdedReLU"}
_ATTENTION = frozenset({"KerasAttention", "KerasMultiHeadAttention"})
STEP_BY_STEP = _KEEPS_IN_KERAS | _MERGES | {"Concatenate"}
"""Layers for which what stands at a masked step stays at that step."""


def in_keras(class_name: str, config: Config, name: tuple[Any, ...], masks: list[Mask]) -> list[Mask]:
    """The mask of each output; the last one stands for all that follow.

    Args:
        class_name: of the layer.
        config: of the layer.
        name: what tells this call from all others.
        masks: those of the inputs.
    """
    first = masks[0] if masks else None
    if class_name in LAYERS or class_name == "Bidirectional":
        separate = class_name == "Bidirectional" and "merge_mode" in config and config["merge_mode"] is None
        kept = first if returns_sequences(class_name, config) else None
        return [kept, kept, None] if separate else [kept, None]
    if class_name in _MERGES:
        found = {mask for mask in masks if mask is not None}
        return [_named("all", tuple(sorted(found))) if len(found) > 1 else next(iter(found), None)]
    if class_name in _KEEPS_IN_KERAS:
        return [first]
    if class_name in _ATTENTION:
        return [first, None]
    return [_common(class_name, config, name, masks)]


def in_tfjs(class_name: str, config: Config, name: tuple[Any, ...], masks: list[Mask]) -> Mask:
    """The mask that TensorFlow.js gives all outputs; arguments as for ``in_keras``."""
    first = masks[0] if masks else None
    if class_name in LAYERS or class_name == "Bidirectional":
        return first if returns_sequences(class_name, config) else None
    if class_name in _MERGES:
        # It adds a dimension in front and leaves out the last mask.
        return None if first is None else _named("spoilt", name)
    if class_name in _KEEPS_IN_TFJS:
        return first
    return _common(class_name, config, name, masks)


def _common(class_name: str, config: Config, name: tuple[Any, ...], masks: list[Mask]) -> Mask:
    if class_name == "Masking" or (class_name == "Embedding" and config.get("mask_zero")):
        return _named("made", name)
    if class_name == "Concatenate" and any(mask is not None for mask in masks):
        return _joined(config, masks)
    return None


def _joined(config: Config, masks: list[Mask]) -> Mask:
    found = {mask for mask in masks if mask is not None}
    try:
        axis = axes(config, "axis", (-1,))[0]
    except RuleError:
        axis = -1
    if axis == 1 or len(found) > 1:
        return _named("joined", (axis, *masks))
    return next(iter(found))


def _named(kind: str, parts: tuple[Any, ...]) -> str:
    """A name of bounded length: masks of masks of masks must not grow."""
    return f"{kind} {hashlib.sha256(repr(parts).encode()).hexdigest()}"


def returns_sequences(class_name: str, config: Config) -> bool:
    """Whether a recurrent layer, or one inside a Bidirectional, gives an output for every step."""
    if class_name == "Bidirectional":
        spec = config.get("layer")
        config = spec.get("config") or {} if isinstance(spec, dict) else {}
    return bool(config.get("return_sequences"))
