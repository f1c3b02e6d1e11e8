"""Configurations of Keras 3's layers in the words of Keras 2, which TensorFlow.js shares.

What means something else there, or nothing, is refused by name.
https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/serialization_lib.py
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from converter.errors import UnsupportedError
from converter.layers import MISSING, TFJS_LAYERS
from converter.layers.activations import HARD_SIGMOID
from converter.layers.configuration import brief
from converter.layers.precision import FULL, HALF, INTEGERS, is_float, policy_name
from converter.sources.keras2 import bad_topology

ACTIVATIONS = {
    **{name: name for name in ("elu", "gelu", "linear", "log_softmax", "mish", "relu", "relu6", "selu")},
    **{name: name for name in ("sigmoid", "softmax", "softplus", "softsign", "tanh", "swish")},
    **{name: name for name in ("celu", "exponential", "glu", "hard_shrink", "hard_tanh", "leaky_relu")},
    **{name: name for name in ("log_sigmoid", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax")},
    **{name: name for name in ("squareplus", "tanh_shrink", "threshold")},
    "silu": "swish",
    # Keras 2 has another function of this name.
    "hard_sigmoid": HARD_SIGMOID,
    **dict.fromkeys(("hard_silu", "hard_swish"), "hard_silu"),
}
"""The activations of Keras 3, and what they are called in a model."""

ACTIVATION_LAYERS = {"ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"}
"""Layers that may stand as the activation of another layer."""

OTHER_WORDS = {"LeakyReLU": {"negative_slope": "alpha"}, "InputLayer": {"batch_shape": "batch_input_shape"}}
"""What Keras 2 calls otherwise."""

SAVING_ONLY = {
    "build_config",
    "quantization_config",
    "gptq_unpacked_column_size",
    "optional",
}
"""What is dropped once it is known to say nothing."""

RANDOM_ONLY = {
    ("seed", class_name)
    for class_name in (
        *("SimpleRNN", "GRU", "LSTM", "ConvLSTM2D"),
        *("SimpleRNNCell", "GRUCell", "LSTMCell", "ConvLSTM2DCell"),
    )
}
"""What only dropout reads, in classes where Keras 2 does not have it."""

WITHOUT = {
    "optional": ("it may be left out, and TensorFlow.js wants every input", "Make it a plain Input."),
    "sparse": ("it takes sparse tensors, which TensorFlow.js layers do not", "Make it a plain Input."),
    "ragged": ("it takes ragged tensors, which TensorFlow.js layers do not", "Make it a plain Input."),
}
"""What must not be set, why, and what to do."""

INPUT_TYPES = FULL | HALF | INTEGERS | {"bool", "string"}
"""The dtypes of inputs, which a pass makes those that TensorFlow.js has."""

OF_INTEGERS = {
    *("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing"),
    *("IntegerLookup", "StringLookup", "TextVectorization"),
}
"""Layers that give whole numbers, and mean them by their dtype."""

OBJECTS = {
    "initializer": {
        *("Zeros", "Ones", "Constant", "RandomUniform", "RandomNormal", "TruncatedNormal", "Identity"),
        *("IdentityInitializer", "VarianceScaling", "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform"),
        *("LecunNormal", "LecunUniform", "Orthogonal", "OrthogonalInitializer", "STFT", "STFTInitializer"),
    },
    "regularizer": {"L1", "L2", "L1L2", "OrthogonalRegularizer"},
    "constraint": {"MaxNorm", "UnitNorm", "NonNeg", "MinMaxNorm"},
}
"""Keras's own objects that only training asks for."""

OTHER_CLASSES = {
    "LecunNormal": "LeCunNormal",
    "LecunUniform": "LeCunUniform",
    "OrthogonalInitializer": "Orthogonal",
    "IdentityInitializer": "Identity",
}
"""How TensorFlow.js spells some of them."""

LAYER_KEYS = {"layer", "backward_layer", "cell"}
CELLS = {"LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "ConvLSTM2DCell"}

Graph = Callable[[Mapping[str, Any], str], dict[str, Any]]
"""Translates a model inside a configuration; told where it stands."""


def is_known(class_name: str) -> bool:
    """Whether a class is Keras's own, as far as that is known here."""
    return class_name in TFJS_LAYERS or class_name in MISSING or class_name in CELLS


def translate(
    class_name: str, config: Mapping[str, Any], where: str, graph: Graph, served: Container[str] = ()
) -> dict[str, Any]:
    """The configuration of one layer.

    Args:
        class_name: its class.
        config: as Keras 3 wrote it.
        where: the layer, for messages.
        graph: what translates a model that stands in the configuration.
        served: the custom classes that somebody provides; their configurations are their own.

    Raises:
        UnsupportedError: when Keras 2 and TensorFlow.js have no words for it.
        SourceError: when it is malformed.
    """
    if class_name.rpartition(">")[2] in served and not is_known(class_name):
        return {
            key: _dtype(class_name, value, where) if key == "dtype" else value
            for key, value in config.items()
        }
    _check_quantizer(config.get("quantization_config"), where)
    words = OTHER_WORDS.get(class_name, {})
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key in WITHOUT and value:
            why, fix = WITHOUT[key]
            raise refused(where, why, fix)
        if key not in SAVING_ONLY and (key, class_name) not in RANDOM_ONLY:
            found[words.get(key, key)] = _value(class_name, key, value, where, graph, served)
    if class_name == "Bidirectional":
        _unprefix(found)
    return found


def refused(where: str, why: str, fix: str, code: str = "keras3-configuration") -> UnsupportedError:
    """The error for what a file of Keras 3 says and TensorFlow.js cannot do."""
    return UnsupportedError(code, where, f"{why}.", fix)


def _value(class_name: str, key: str, value: Any, where: str, graph: Graph, served: Container[str]) -> Any:
    kind = key.rpartition("_")[2]
    if key == "dtype":
        return _input_type(value, where) if class_name == "InputLayer" else _dtype(class_name, value, where)
    if kind in OBJECTS:
        return _object(key, kind, value, where)
    if kind == "activation" and value is not None:
        return _activation(key, value, where, graph)
    if key in LAYER_KEYS and isinstance(value, Mapping):
        return _inner(value, f"{where}.{key}", graph, served)
    if key in {"cell", "cells"} and isinstance(value, list):
        return [_inner(each, f"{where}.{key}", graph, served) for each in value]
    return _plain(value, where, key)


def _inner(spec: object, where: str, graph: Graph, served: Container[str]) -> dict[str, Any]:
    """A layer, cell or model inside the configuration of another layer."""
    if not isinstance(spec, Mapping) or not isinstance(spec.get("class_name"), str):
        raise bad_topology(where, "this should be a layer.")
    class_name, config = spec["class_name"], spec.get("config")
    if not isinstance(config, Mapping):
        raise bad_topology(where, "'config' should be an object.")
    if isinstance(config.get("layers"), list):
        return graph(spec, where)
    return {"class_name": class_name, "config": translate(class_name, config, where, graph, served)}


def _unprefix(config: dict[str, Any]) -> None:
    """Names the layers inside as Keras 2 does, and leaves out a backward one that says nothing new."""
    sides = [config.get(key) for key in ("layer", "backward_layer")]
    for side, prefix in zip(sides, ("forward_", "backward_"), strict=True):
        if isinstance(side, dict) and isinstance(side["config"].get("name"), str):
            side["config"]["name"] = side["config"]["name"].removeprefix(prefix)
    one, other = (_but_direction(side) for side in sides)
    if one == other or other is None:
        config.pop("backward_layer", None)


def _but_direction(spec: Any) -> Any:
    if not isinstance(spec, dict):
        return None
    free = {"name", "go_backwards", "seed", "trainable"}
    kept = {
        key: value
        for key, value in spec["config"].items()
        if key not in free and key.rpartition("_")[2] not in OBJECTS
    }
    return spec["class_name"], kept


def _check_quantizer(value: Any, where: str) -> None:
    """Refuses kernels that a quantizer of somebody's own made: how to undo it is not in the file."""
    config = value.get("config") if isinstance(value, Mapping) else None
    quantizer = config.get("weight_quantizer") if isinstance(config, Mapping) else None
    name = quantizer.get("class_name") if isinstance(quantizer, Mapping) else quantizer
    if name is not None and name != "AbsMaxQuantizer":
        raise refused(
            where,
            f"its kernel was quantized by {brief(name)}, which is none of Keras's own",
            "Save the model before quantize(…); --quantize does it here.",
        )


def _dtype(class_name: str, value: Any, where: str) -> str:
    name = _policy(value, where)
    if name is None or is_float(name) or (name in INTEGERS and class_name in OF_INTEGERS):
        return name or "float32"
    raise refused(
        where,
        f"it computes in {brief(name)[1:-1]}, and TensorFlow.js layers compute in float32",
        "Build the model under keras.config.set_dtype_policy('float32'), load these weights into it and "
        "save that.",
        "keras3-dtype",
    )


def _input_type(value: Any, where: str) -> str:
    name = _policy(value, where)
    if name in INPUT_TYPES:
        return str(name)
    raise refused(
        where,
        f"it takes {brief(name)[1:-1]}, which TensorFlow.js layers do not",
        "Make it an Input of dtype float32 or int32.",
        "keras3-dtype",
    )


def _policy(value: Any, where: str) -> str | None:
    """The name of a dtype or of the policy that stands for it."""
    name = policy_name(value)
    if name is None and value is not None:
        raise bad_topology(where, f"its dtype is {brief(value)}.")
    return name


def _activation(key: str, value: Any, where: str, graph: Graph) -> Any:
    if isinstance(value, Mapping):
        class_name, config = str(value.get("class_name")), value.get("config")
        if class_name in ACTIVATION_LAYERS and isinstance(config, Mapping):
            return {"class_name": class_name, "config": translate(class_name, config, where, graph)}
        value = config if isinstance(config, str) else class_name  # functions may have dictionaries
    if isinstance(value, str) and value in ACTIVATIONS:
        return ACTIVATIONS[value]
    told = f"its {key.replace('_', ' ')} is {brief(value)}, which is none of Keras's own"
    raise refused(
        where, told, f"Use another activation: {', '.join(sorted(ACTIVATIONS))}.", "keras3-activation"
    )


def _object(key: str, kind: str, value: Any, where: str) -> Any:
    """An initializer, regularizer or constraint, without the module that it would be imported from."""
    if not isinstance(value, Mapping):
        if value is None or (isinstance(value, str) and value.isidentifier()):
            return value
        raise bad_topology(where, f"its {kind} is {brief(value)}.")
    class_name, config = value.get("class_name"), value.get("config")
    if not isinstance(class_name, str) or class_name not in OBJECTS[kind]:
        raise _foreign(where, key, class_name)
    if not isinstance(config, Mapping):
        raise bad_topology(where, f"its {kind} should have a 'config' that is an object.")
    plain = {key: _plain(item, where, key) for key, item in config.items()}
    if class_name in {"L1", "L2"}:
        weight = plain.get(class_name.lower(), 0.0)
        return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0, class_name.lower(): weight}}
    return {"class_name": OTHER_CLASSES.get(class_name, class_name), "config": plain}


def _plain(value: Any, where: str, key: str) -> Any:
    """A value as JSON has it."""
    if isinstance(value, list):
        return [_plain(item, where, key) for item in value]
    if not isinstance(value, Mapping):
        return value
    config = value.get("config")
    if str(value.get("class_name")) in {"__tensor__", "__numpy__"} and isinstance(config, Mapping):
        return _plain(config.get("value"), where, key)
    if "class_name" in value:
        raise _foreign(where, key, value["class_name"])
    return {str(name): _plain(item, where, key) for name, item in value.items()}


def _foreign(where: str, key: str, class_name: Any) -> UnsupportedError:
    return refused(
        where,
        f"its {key.replace('_', ' ')} is an object of the class {brief(class_name)}, which is not known here",
        "Leave it out, and save the model again.",
        "keras3-object",
    )
