"""What a topology must not hold: code, and references to code.

Keras itself imports the module that a configuration names and unmarshals the bytecode of a Lambda
(CVE-2024-3660, CVE-2025-1550), and calls whichever operation of TensorFlow is named, those that read
and write files included. Nothing here does; but the proof hands the file to Keras, so that whatever
asks for it is refused before.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.layers import explain
from converter.layers.configuration import brief
from converter.layers.registry import REGISTERED
from converter.sources import keras2_operations
from converter.sources.lambdas import LAMBDA_CLASSES, refusal

OPERATIONS = (
    *("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ModuleWrapper", "KerasLayer"),
    *("ClassMethod", "InstanceMethod", "InstanceProperty"),
)
MOST_LAYERS = 100_000
MOST_NAMED = 5
KERAS_PACKAGES = {"keras", "tf_keras", "tensorflow"}
APPLICATIONS = ("keras.src.applications.", "tf_keras.src.applications.")


def refuse_code(topology: Any, served: Container[str] = ()) -> None:
    """Walks a topology.

    Args:
        topology: as the file has it.
        served: the custom classes that somebody provides, by their names without a package.

    Raises:
        UnsupportedError: when a layer holds Python bytecode or an operation of TensorFlow.
        SourceError: when it names Python code outside Keras, or has more layers than any model.
    """
    refused: dict[str, ConverterError] = {}
    pending: list[tuple[Any, str]] = [(topology, "model_config")]
    while pending:
        node, owner = pending.pop()
        items = node
        if isinstance(node, dict):
            items = node.values()
            config = node.get("config")
            name = config.get("name") if isinstance(config, dict) else None
            owner = f"layer {brief(name)}" if isinstance(name, str) else owner
            layers = node.get("layers")
            if isinstance(layers, list) and len(layers) > MOST_LAYERS:
                raise _too_many(owner, len(layers))
            try:
                _refuse(node, owner, served)
            except ConverterError as error:
                refused.setdefault(owner, error)
        pending += [(item, owner) for item in items if isinstance(item, dict | list)]
    if refused:
        # What is found first stands last in the file.
        first, *others = reversed(refused.values())
        if others:
            also = ", ".join(error.where for error in others[:MOST_NAMED])
            more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
            first.why += f" Refused as well: {also}{more}."
        raise first


def _too_many(owner: str, count: int) -> ConverterError:
    return SourceError(
        "topology",
        owner,
        f"it has {count:,} layers, more than the {MOST_LAYERS:,} that are believed.",
        "The file is damaged or was made to do harm: save the model from Keras again.",
    )


def _refuse(node: dict[str, Any], owner: str, served: Container[str]) -> None:
    class_name = node.get("class_name")
    if keras2_operations.is_known(class_name, node.get("config")):
        return
    if class_name in OPERATIONS:  # no set: the name may be unhashable
        raise UnsupportedError(
            "unsupported-layer",
            owner,
            _called(str(class_name), node.get("config")),
            "Replace it by layers that TensorFlow.js has, in Python, and save the model again.",
        )
    if class_name in LAMBDA_CLASSES:
        raise refusal(owner, node.get("config"))
    if _is_served(class_name, node.get("registered_name"), served):
        return
    module = node.get("module")
    if class_name == "function" and module == "builtins":
        raise _foreign(owner, f"the Python function {brief(node.get('config'))}")
    if "class_name" in node and module is not None and str(module).split(".")[0] not in KERAS_PACKAGES:
        raise _foreign(owner, f"the Python module {brief(module)}")
    registered = node.get("registered_name")
    if "class_name" in node and isinstance(registered, str) and ">" in registered and not _is_own(node):
        raise _custom(owner, registered)


def _is_own(node: dict[str, Any]) -> bool:
    """Whether a class that is registered like a user's is one of Keras's own architectures'."""
    return node["registered_name"] in REGISTERED and str(node.get("module")).startswith(APPLICATIONS)


def _called(class_name: str, config: Any) -> str:
    name = keras2_operations.name_of(config)
    return f"{explain(class_name)} The function is tf.{name[:100]}." if name else explain(class_name)


def _is_served(class_name: Any, registered: Any, served: Container[str]) -> bool:
    """Whether a class is provided, so that Keras finds it by name before it would import a module for it."""
    if not isinstance(class_name, str):
        return False
    plain = class_name.rpartition(">")[2]
    if plain not in served:
        return False
    return registered is None or (isinstance(registered, str) and registered.rpartition(">")[2] == plain)


def _foreign(owner: str, what: str) -> ConverterError:
    return SourceError(
        "foreign-code",
        owner,
        f"it asks for {what}, and no code is imported because a model file says so.",
        "Name the Python that holds the class yourself: --layers-from FILE.py.",
    )


def _custom(owner: str, registered: str) -> ConverterError:
    return UnsupportedError(
        "custom-layer",
        owner,
        f"{brief(registered)} is a custom class, and TensorFlow.js has no layer for it.",
        "Name the Python that holds the class: --layers-from FILE.py.",
    )
