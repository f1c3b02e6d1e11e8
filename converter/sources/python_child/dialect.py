"""Configurations of Keras's own layers, in the words of Keras 2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from converter.errors import UnsupportedError
from converter.sources.python_child import captures, live
from converter.sources.python_child.importing import public_path

TRAINING_ONLY = ("_initializer", "_regularizer", "_constraint")
"""What ends in these says how weights begin and change, which at inference nobody asks."""

OTHER_WORDS = {"LeakyReLU": {"negative_slope": "alpha"}}
ACTIVATIONS = {"silu": "swish"}
IN_TENSORFLOW = frozenset(
    {"elu", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh"}
)
"""Functions of ``tf.nn`` that mean what Keras means by their names."""
IGNORED = ("build_config", "quantization_config", "lora_rank", "lora_alpha", "module", "registered_name")
NUMBER_FIX = "Give it a finite number of ordinary size, or say it otherwise: None, or a text."
FIX = "Use a built-in layer or activation of Keras 2's meaning in the builder."


def translate(layer: Any, generation: int) -> dict[str, Any]:
    """The configuration of a built-in layer.

    Raises:
        UnsupportedError: when Keras 2 has no words for it.
    """
    for key in ("activation", "recurrent_activation"):
        _check_function(layer, key)
    config = layer.get_config()
    for key in ("activation", "recurrent_activation"):
        if (name := _name_in_tensorflow(getattr(layer, key, None))) and key in config:
            config[key] = name
    if config.get("lora_rank"):
        raise _refused(layer.name, "it keeps its kernel in parts (LoRA)", "Call merge first.")
    return translate_config(type(layer).__name__, config, layer.name, generation)


def translate_config(
    class_name: str, config: Mapping[str, Any], where: str, generation: int
) -> dict[str, Any]:
    """The same for a configuration by itself."""
    words = OTHER_WORDS.get(class_name, {})
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key in IGNORED:
            continue
        if key.endswith(TRAINING_ONLY):
            continue
        found[words.get(key, key)] = _value(key, value, where, generation)
    if class_name == "InputLayer":
        shape = found.pop("batch_shape", None) or found.get("batch_input_shape")
        found = {"name": found["name"], "batch_input_shape": shape, "dtype": found.get("dtype", "float32")}
        found |= {"sparse": False, "ragged": False}
    if class_name == "Bidirectional":
        for side in ("layer", "backward_layer"):
            inner = (found.get(side) or {}).get("config", {})
            inner["name"] = str(inner.get("name")).removeprefix("forward_").removeprefix("backward_")
        if generation == 3 and _same_but_direction(found.get("layer"), found.get("backward_layer")):
            found.pop("backward_layer", None)
    return found


def _same_but_direction(one: Any, other: Any) -> bool:
    if not one or not other:
        return True
    plain = [
        {key: value for key, value in each["config"].items() if key not in ("name", "go_backwards")}
        for each in (one, other)
    ]
    return plain[0] == plain[1] and one["class_name"] == other["class_name"]


def _value(key: str, value: Any, where: str, generation: int) -> Any:
    if key == "dtype":
        return _dtype(value)
    if key.endswith("activation") and value is not None:
        return _activation(key, value, where, generation)
    if isinstance(value, Mapping):
        if "class_name" in value and isinstance(value.get("config"), Mapping):
            return _object(value, where, generation)
        return {str(name): _value(str(name), item, where, generation) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(f"{key}[…]", item, where, generation) for item in value]
    return plain(value, where, key)


def _object(value: Mapping[str, Any], where: str, generation: int) -> dict[str, Any]:
    """An object inside a configuration: a wrapped layer, a cell."""
    module = str(value.get("module") or "keras").split(".")[0]
    class_name = str(value["class_name"])
    registered = str(value.get("registered_name") or "")
    if module not in live.LIBRARIES or ">" in registered:
        raise _refused(
            where, f"it holds an object of the class '{registered or class_name}', not Keras's own"
        )
    if class_name == "Lambda":
        raise _refused(where, "it holds a Lambda layer")
    config = translate_config(class_name, value["config"], where, generation)
    return {"class_name": class_name, "config": config}


def _check_function(layer: Any, key: str) -> None:
    """Refuses a function of the user's own, which only a layer of its own can be."""
    function = getattr(layer, key, None)
    if isinstance(function, FunctionType) and function.__module__.split(".")[0] not in live.LIBRARIES:
        fix = f"Leave the {key} out, and put a Lambda layer with the function behind the layer."
        raise _refused(layer.name, f"its {key} is the function '{function.__qualname__}'", fix)


def _name_in_tensorflow(function: Any) -> str | None:
    """Keras's name for ``tf.nn.relu`` and its like."""
    if not isinstance(function, FunctionType):
        return None
    path = public_path(function) or ""
    name = path.rsplit(".", 1)[-1]
    return name if path.startswith("tensorflow.nn.") and name in IN_TENSORFLOW else None


def _dtype(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = value.get("config", {}).get("name", "float32")
    # What is computed in low precision is stored in float32, and a browser computes so.
    return "float32" if value is None or str(value).startswith("mixed_") else str(value)


def _activation(key: str, value: Any, where: str, generation: int) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("config"), str):
        value = value["config"]  # how Keras 3 writes a function
    if not isinstance(value, str):
        name = value.get("class_name") if isinstance(value, Mapping) else type(value).__name__
        raise _refused(where, f"its {key} is {name!r}, which is no activation by a name of Keras's")
    if value == "hard_sigmoid" and generation == 3:
        raise _refused(where, "the hard_sigmoid of Keras 3 is another function than that of TensorFlow.js")
    return ACTIVATIONS.get(value, value)


def plain(value: Any, where: str, key: str) -> Any:
    """A value as JSON has it.

    Raises:
        UnsupportedError: when JSON has no such value.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(each, where, f"{key}[…]") for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused(where, f"its '{key}' is {value}, which JSON cannot hold", NUMBER_FIX)
    if isinstance(value, int) and abs(value) > captures.MAX_INTEGER:
        why = f"its '{key}' is {value}, which JavaScript cannot hold: its whole numbers end at 2**53"
        raise _refused(where, why, NUMBER_FIX)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _refused(where, f"its configuration holds an object of the class {type(value).__name__} as '{key}'")


def _refused(where: str, why: str, fix: str = FIX) -> UnsupportedError:
    return UnsupportedError("unsupported-configuration", f"layer '{where}'", f"{why}.", fix)
