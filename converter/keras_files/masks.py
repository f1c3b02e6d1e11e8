"""What Keras 3 does otherwise with masks than Keras 2 and TensorFlow.js: such models are refused.

It passes no mask on to a recurrent layer that is given initial states, and a concatenation of features
masks a step where all its inputs do and not where any does.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/layers/layer.py (``Layer.__call__``)
https://github.com/keras-team/keras/blob/v3.8.0/keras/src/layers/merging/concatenate.py (``compute_mask``)
"""

from __future__ import annotations

from collections.abc import Mapping

from converter.errors import UnsupportedError
from converter.keras_files.order import Node, calls_in_order, node_of
from converter.layers.configuration import brief
from converter.model import Layer, Model, TensorRef

RECURRENT = frozenset({"RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D", "Bidirectional"})
"""The layers that read masks, and take initial states."""

_ENDS = frozenset(
    {
        "Flatten",
        "GlobalAveragePooling1D",
        "GlobalMaxPooling1D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
    }
)
_MIXED = "?"
"""Stands among the makers of a mask that is of several."""


def makes_masks(model: Model) -> bool:
    """Whether any layer, in nested models as well, makes a mask."""
    return any(_makes(layer) for layer in model.walk())


def check_masks(model: Model) -> None:
    """Refuses what Keras 3 would compute with another mask, or none.

    Raises:
        UnsupportedError: ``export-mask``.
    """
    for layer in model.layers:
        if layer.model is not None:
            check_masks(layer.model)
    if model.kind == "sequential" or not makes_masks(model):
        return
    layers = {layer.name: layer for layer in model.layers}
    makers: dict[Node, frozenset[str]] = {}
    for node in calls_in_order(model):
        layer = layers[node[0]]
        inputs = layer.calls[node[1]].inputs if layer.calls else ()
        given = [_of(ref, layers, makers) for ref in inputs]
        if layer.class_name in RECURRENT and given and given[0]:
            _check(layer, given[0], states=len(given) > 1)
        makers[node] = _made(layer, given)


def _makes(layer: Layer) -> bool:
    return layer.class_name == "Masking" or bool(layer.config.get("mask_zero"))


def _of(ref: TensorRef, layers: dict[str, Layer], makers: dict[Node, frozenset[str]]) -> frozenset[str]:
    """The layers that made the mask of a tensor; the states of a recurrent layer have none."""
    if layers[ref.layer].class_name in RECURRENT and ref.output > 0:
        return frozenset()
    return makers[node_of(ref, layers)]


def _made(layer: Layer, given: list[frozenset[str]]) -> frozenset[str]:
    """The makers of the mask of what a layer gives."""
    if layer.class_name in _ENDS or (layer.class_name in RECURRENT and not _keeps_steps(layer)):
        return frozenset()
    found = frozenset[str]().union(*given)
    if layer.class_name == "Concatenate" and len(set(given)) > 1:
        found |= {_MIXED}
    if _makes(layer) or (layer.model is not None and makes_masks(layer.model)):
        found |= {layer.name}
    return found


def _keeps_steps(layer: Layer) -> bool:
    inner = layer.config.get("layer")
    config = (
        inner.get("config") if layer.class_name == "Bidirectional" and isinstance(inner, Mapping) else None
    )
    return bool((layer.config if config is None else config).get("return_sequences"))


def _check(layer: Layer, makers: frozenset[str], *, states: bool) -> None:
    if states:
        why = "it is given initial states beside a masked sequence, whose mask Keras 3 then forgets."
    elif _MIXED in makers:
        why = "its mask is that of a concatenation of several, which Keras 3 masks less of."
    else:
        return
    raise UnsupportedError(
        "export-mask",
        f"layer {brief(layer.name)}",
        why,
        "Export to .h5, and load that in Keras 2 (tf_keras).",
    )
