"""An ``InputLayer`` for every sequential model: neither Keras loads weights into one without."""

from __future__ import annotations

from dataclasses import replace

from converter.errors import UnsupportedError
from converter.layers import infer
from converter.layers.configuration import brief
from converter.layers.graph import Inferred
from converter.model import Layer, Model, Shape

INPUT_TYPES = frozenset({"float32", "int32", "bool", "string"})


def with_inputs(model: Model) -> Model:
    """The model with an input layer in front of every sequential model that has none.

    Raises:
        UnsupportedError: ``export-input`` where nothing tells the shape of an input.
        SourceError: as ``infer`` does.
    """
    return _with_inputs(model, infer(model))


def _with_inputs(model: Model, inferred: Inferred) -> Model:
    layers = []
    for layer in model.layers:
        if layer.model is None:
            layers.append(layer)
            continue
        calls = inferred.layers[layer.name]
        inner = next((call.inner for call in calls if call.inner is not None), None) or infer(layer.model)
        layers.append(replace(layer, model=_with_inputs(layer.model, inner)))
    first = model.layers[0]
    if model.kind == "sequential" and first.class_name != "InputLayer":
        layers.insert(0, _input(model, first, inferred.inputs[0]))
    config = {key: value for key, value in model.config.items() if key != "build_input_shape"}
    return replace(model, layers=tuple(layers), config=config)


def _input(model: Model, first: Layer, shape: Shape | None) -> Layer:
    if shape is None:
        raise UnsupportedError(
            "export-input",
            f"model {brief(model.name)}",
            "nothing in it tells the shape of its input, which Keras must know to load weights.",
            "Give its first layer an inputShape in TensorFlow.js, and save the model again.",
        )
    dtype = first.config.get("dtype")
    taken = {layer.name for layer in model.layers}
    name = f"{first.name}_input"
    while name in taken:
        name += "_"
    declared = first.config.get("batch_input_shape")
    config = {
        # What is declared may leave sizes free that one call fills in.
        "batch_input_shape": list(declared) if isinstance(declared, list) else list(shape),
        "dtype": dtype if isinstance(dtype, str) and dtype in INPUT_TYPES else "float32",
        "sparse": False,
        "name": name,
    }
    return Layer(name, "InputLayer", config)
