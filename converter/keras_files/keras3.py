"""A model in the dialect of Keras 3: a call is its Python arguments, an object tells its module.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/models/functional.py (``get_config``)
https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/serialization_lib.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from converter.keras_files.masks import RECURRENT, makes_masks
from converter.keras_files.order import node_of
from converter.layers import embedded, infer
from converter.layers.graph import Inferred, is_nested
from converter.model import Call, Config, Layer, Model, Shape, TensorRef
from converter.passes.base import Change
from converter.sources.keras3_layers import is_known

FUNCTIONAL = "keras.src.models.functional"
_OPERATION = re.compile(r"concatenate(_\d+)?")

RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}, "InputLayer": {"batch_input_shape": "batch_shape"}}
"""What Keras 3 calls otherwise."""


def new_names(model: Model) -> tuple[Model, tuple[Change, ...]]:
    """The model with names of layers that Keras 3 takes."""
    rewritten, renamed = _without_slashes(model)
    changes = []
    if renamed:
        changes.append(Change("/ in names → _", tuple(renamed), "Keras 3 allows none"))
    rewritten, taken = _without_operations(rewritten)
    if taken:
        why = "Keras 3 names the operations on masks so"
        changes.append(Change("concatenate → concatenate_layer", tuple(taken), why))
    return rewritten, tuple(changes)


def print_config(model: Model) -> dict[str, Any]:
    """The ``config.json`` of an archive.

    Args:
        model: in the words that both Keras read, its names those that Keras 3 takes, its layers in
            Keras's order.
    """
    return _model(model, infer(model))


def _word(key: str, value: Any) -> Any:
    if key in {"activation", "recurrent_activation"} and value == "swish":
        return "silu"
    if key == "dtype" and isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        return value["config"].get("name")  # a policy, which Keras 3 takes by its name
    return value


def _without_slashes(model: Model) -> tuple[Model, list[str]]:
    def new(layer: Layer) -> str:
        return layer.name.replace("/", "_")

    renamed, names = _renamed(model, new)
    return replace(renamed, name=model.name.replace("/", "_")), names


def _without_operations(model: Model) -> tuple[Model, list[str]]:
    """Where there are masks, Keras 3 concatenates them by an operation that it names as it names layers."""
    if not makes_masks(model):
        return model, []

    def new(layer: Layer) -> str:
        name = layer.name
        return f"{name}_layer" if _OPERATION.fullmatch(name) and layer.class_name == "Concatenate" else name

    return _renamed(model, new)


def _renamed(model: Model, name_of: Callable[[Layer], str]) -> tuple[Model, list[str]]:
    """The model under other names, each still its own; the old names of those that changed."""
    names = {layer.name for layer in model.layers}
    new: dict[str, str] = {}
    for layer in model.layers:
        name = name_of(layer)
        if name != layer.name:
            while name in names:
                name += "_"
            names.add(name)
            new[layer.name] = name
    renamed = [*new]
    layers = []
    for layer in model.layers:
        inner = layer.model
        if inner is not None:
            inner, inside = _renamed(inner, name_of)
            renamed += inside
        name = new.get(layer.name, layer.name)
        config = {**layer.config, "name": name} if "name" in layer.config else layer.config
        calls = tuple(replace(call, inputs=_named(call.inputs, new)) for call in layer.calls)
        layers.append(replace(layer, name=name, config=config, calls=calls, model=inner))
    inputs, outputs = _named(model.inputs, new), _named(model.outputs, new)
    return replace(model, layers=tuple(layers), inputs=inputs, outputs=outputs), renamed


def _named(refs: tuple[TensorRef, ...], new: Mapping[str, str]) -> tuple[TensorRef, ...]:
    return tuple(ref._replace(layer=new.get(ref.layer, ref.layer)) for ref in refs)


def _model(model: Model, inferred: Inferred) -> dict[str, Any]:
    config: dict[str, Any] = {"name": model.name, "trainable": model.config.get("trainable", True)}
    if model.kind == "sequential":
        config["layers"] = [_layer(layer, inferred) for layer in model.layers]
        return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}
    by_name = {layer.name: layer for layer in model.layers}
    config["layers"] = [
        {
            **_layer(layer, inferred),
            "name": layer.name,
            "inbound_nodes": [_call(layer, call, by_name, inferred) for call in layer.calls],
        }
        for layer in model.layers
    ]
    config["input_layers"] = [list(ref) for ref in model.inputs]
    config["output_layers"] = [_output(ref, by_name) for ref in model.outputs]
    return {
        "module": FUNCTIONAL,
        "class_name": "Functional",
        "config": config,
        "registered_name": "Functional",
    }


def _layer(layer: Layer, inferred: Inferred) -> dict[str, Any]:
    if layer.model is not None:
        calls = inferred.layers[layer.name]
        inner = next((call.inner for call in calls if call.inner is not None), None)
        printed = _model(layer.model, inner or infer(layer.model))
        printed["config"]["name"] = layer.name
        return printed
    return _object(layer.class_name, layer.config)


def _object(class_name: str, config: Any) -> dict[str, Any]:
    """A layer, a cell or a model inside a configuration, with the module that Keras finds it in."""
    if class_name in embedded.CLASSES:
        model = embedded.read(class_name, config)
        if model is not None:
            return _model(model, infer(model))
    if class_name == "Bidirectional":
        config = _both_ways(config)
    names = RENAMED.get(class_name, {})
    inside = {names.get(key, key): _inside(key, _word(key, value)) for key, value in config.items()}
    if is_known(class_name):
        module, registered = "keras.layers", None
    else:
        module, registered = None, class_name
    return {"module": module, "class_name": class_name, "config": inside, "registered_name": registered}


def _both_ways(config: Config) -> Config:
    """Keras 3 has the mirror of a layer that goes backwards go backwards as well."""
    forward = config.get("layer")
    inner = forward.get("config") if isinstance(forward, Mapping) else None
    if config.get("backward_layer") is not None or not isinstance(inner, Mapping):
        return config
    if not inner.get("go_backwards"):
        return config
    mirror = {**inner, "go_backwards": False, "name": f"{inner.get('name', 'layer')}_mirror"}
    return {**config, "backward_layer": {**(forward or {}), "config": mirror}}


_MODULES = {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}


def _inside(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_inside(key, item) for item in value]
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        return value
    class_name, config = value["class_name"], value.get("config")
    kind = _MODULES.get(key.rpartition("_")[2])
    if kind is not None:
        module = f"keras.{kind}"
        return {"module": module, "class_name": class_name, "config": config, "registered_name": None}
    if isinstance(config, Mapping | list):
        return _object(class_name, config)
    return value


def _call(layer: Layer, call: Call, by_name: dict[str, Layer], inferred: Inferred) -> dict[str, Any]:
    tensors = [_tensor(ref, by_name, inferred) for ref in call.inputs]
    kwargs = {key: value for key, value in call.kwargs.items() if value is not None}
    if layer.class_name in RECURRENT and len(tensors) > 1:
        return {"args": tensors[:1], "kwargs": {**kwargs, "initial_state": tensors[1:]}}
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": kwargs}


def _tensor(ref: TensorRef, by_name: dict[str, Layer], inferred: Inferred) -> dict[str, Any]:
    layer, node = node_of(ref, by_name)
    outputs = inferred.layers[layer][node].outputs or ()
    shape: Shape | None = outputs[ref.output] if ref.output < len(outputs) else None
    config = {
        # Keras reads the shape and takes the tensor that the history leads to.
        "shape": [None] if shape is None else list(shape),
        "dtype": "float32",
        "keras_history": [layer, node, ref.output],
    }
    return {"class_name": "__keras_tensor__", "config": config}


def _output(ref: TensorRef, by_name: dict[str, Layer]) -> list[str | int]:
    layer, node = node_of(ref, by_name)
    model = by_name[layer].model
    # Here, and only here, Keras counts the calls of functional models from 1.
    late = is_nested(by_name[layer]) and model is not None and model.kind == "functional"
    return [layer, node + late, ref.output]
