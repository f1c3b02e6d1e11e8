"""Keras 2's ``hard_sigmoid`` said by Keras 3's, which is another function of the same name.

``clip(0.2 x + 0.5, 0, 1)`` is ``relu6(1.2 x + 3) / 6``: what computes x is scaled by 1.2.
https://github.com/keras-team/keras/blob/v3.8.0/keras/src/activations/activations.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from converter.errors import UnsupportedError
from converter.keras_files.parts import Part, parts_of
from converter.layers.configuration import brief
from converter.model import Array, Layer, Model, TensorRef, Weight
from converter.passes.base import Change, map_layers

NAME = "hard_sigmoid"
SCALE = np.float32(1.2)

_AFFINE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose"),
        frozenset({"kernel", "bias"}),
    ),
    "DepthwiseConv2D": frozenset({"depthwise_kernel", "bias"}),
    "SeparableConv2D": frozenset({"pointwise_kernel", "bias"}),
}
"""Layers whose activation gets a sum of weighted inputs, and the weights that scale it."""

_GATES: Mapping[str, tuple[bool, ...]] = {
    **dict.fromkeys(("LSTMCell", "ConvLSTM2DCell"), (True, True, False, True)),
    "GRUCell": (True, True, False),
}
"""Which columns of a cell's weights feed the recurrent activation."""


def restate(model: Model) -> tuple[Model, tuple[Change, ...]]:
    """The model for Keras 3, every use of the activation scaled.

    Raises:
        UnsupportedError: ``export-hard-sigmoid`` where no weights feed it alone.
    """
    found: list[str] = []

    def one(layer: Layer) -> Layer:
        if layer.model is not None or not _uses(layer.config):
            return layer
        found.append(layer.name)
        if layer.class_name == "Activation":
            return _as_model(layer)
        weights = tuple(weight for part in parts_of(layer) for weight in _scaled(part, layer.name))
        return replace(layer, weights=_back_in_order(layer, weights))

    rewritten = _recounted(map_layers(model, one), model)
    if not found:
        return model, ()
    why = "Keras 3 gives the name to relu6(x + 3) / 6"
    return rewritten, (Change("hard_sigmoid(x) → Keras 3's hard_sigmoid(1.2 x)", tuple(found), why),)


def uses(model: Model) -> bool:
    """Whether any layer uses the activation."""
    return any(_uses(layer.config) for layer in model.walk())


def _uses(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(
            (key in {"activation", "recurrent_activation"} and item == NAME) or _uses(item)
            for key, item in value.items()
        )
    return isinstance(value, list) and any(map(_uses, value))


def _as_model(layer: Layer) -> Layer:
    """An ``Activation`` has nothing to scale: a model of two layers in its place, under its name."""
    name = f"{layer.name}_scale"
    scale = Layer(name, "Rescaling", {"name": name, "scale": float(SCALE), "offset": 0.0})
    inner = replace(layer, name=f"{layer.name}_function", calls=())
    inner = replace(inner, config={**layer.config, "name": inner.name})
    model = Model(layer.name, "Sequential", "sequential", (scale, inner))
    return replace(layer, class_name="Sequential", config={}, model=model)


def _recounted(model: Model, before: Model) -> Model:
    """The calls of a nested model are counted from 1, those of the layer that it stands for were not."""
    old = {layer.name: layer for layer in before.layers}
    new = {layer.name for layer in model.layers if layer.model is not None and old[layer.name].model is None}

    def counted(refs: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        return tuple(ref._replace(node=ref.node + (ref.layer in new)) for ref in refs)

    layers = []
    for layer in model.layers:
        inner, was = layer.model, old[layer.name].model
        if inner is not None and was is not None:
            inner = _recounted(inner, was)
        calls = tuple(replace(call, inputs=counted(call.inputs)) for call in layer.calls)
        layers.append(replace(layer, calls=calls, model=inner))
    return replace(model, layers=tuple(layers), inputs=counted(model.inputs), outputs=counted(model.outputs))


def _scaled(part: Part, where: str) -> tuple[Weight, ...]:
    if part.class_name in _GATES and part.config.get("activation") != NAME:
        if part.config.get("recurrent_activation") != NAME:
            return part.weights
        return tuple(_columns(weight, _GATES[part.class_name]) for weight in part.weights)
    if part.config.get("activation") != NAME:
        return part.weights
    if part.class_name not in _AFFINE:
        raise UnsupportedError(
            "export-hard-sigmoid",
            f"layer {brief(where)}",
            f"its {brief(part.class_name)[1:-1]} uses Keras 2's hard_sigmoid, for which Keras 3 has no word.",
            "Export to .h5, and load that in Keras 2 (tf_keras).",
        )
    names = _AFFINE[part.class_name]
    return tuple(
        Weight.of(weight.name, weight.array() * SCALE) if weight.name.rpartition("/")[2] in names else weight
        for weight in part.weights
    )


def _columns(weight: Weight, gates: tuple[bool, ...]) -> Weight:
    array: Array = weight.array().copy()
    size = array.shape[-1] // len(gates)
    for index, scaled in enumerate(gates):
        if scaled:
            array[..., index * size : (index + 1) * size] *= SCALE
    return Weight.of(weight.name, array)


def _back_in_order(layer: Layer, weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    """The weights in the order of the layer: parts of a model inside a wrapper stand in another."""
    by_name = {weight.name: weight for weight in weights}
    return tuple(by_name[weight.name] for weight in layer.weights)
