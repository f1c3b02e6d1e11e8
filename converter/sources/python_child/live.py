"""What Keras 2 and Keras 3 call the same things: a built model's graph, layers and variables.

Saving is no way to them: both generations marshal the functions of Lambda layers on that way, and
stumble over what these close over.
"""
# ruff: noqa: SLF001 - the graph of a live model has no public face

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

KERAS = ("keras", "tf_keras")
LIBRARIES = frozenset({*KERAS, "tensorflow"})
"""The packages whose classes are built-in layers."""


class Origin(NamedTuple):
    """Where a symbolic tensor comes from: output ``output`` of call ``call`` of ``operation``."""

    operation: Any
    call: int
    output: int


class Arguments(NamedTuple):
    """What one call of a layer or operation was given."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


class Variable(NamedTuple):
    """A variable of a layer, and the name under which Keras 2 would store it."""

    name: str
    variable: Any


def keras_of(model: object) -> ModuleType | None:
    """The Keras whose model this is, or None when it is no Keras model."""
    for name in KERAS:
        module = sys.modules.get(name)
        if module is not None and isinstance(model, module.Model):
            return module
    return None


def generation(keras: ModuleType) -> int:
    """2 or 3."""
    return 3 if str(keras.__version__).startswith("3") else 2


def is_model(layer: object) -> bool:
    """Whether it is a model, which holds layers of its own."""
    return keras_of(layer) is not None


def is_sequential(layer: object) -> bool:
    """Whether it is a Sequential model."""
    return _descends(layer, "Sequential")


def is_functional(layer: object) -> bool:
    """Whether it is a model that was made of its inputs and outputs (and no Sequential one)."""
    return _descends(layer, "Functional") and not is_sequential(layer)


def is_built_in(layer: object) -> bool:
    """Whether its class comes with Keras."""
    return type(layer).__module__.split(".")[0] in LIBRARIES


def has_own_call(model: object) -> bool:
    """Whether a class of the user's says what the model computes, whatever its graph is."""
    for each in type(model).__mro__:
        if each.__module__.split(".")[0] in LIBRARIES:
            return False
        if "call" in each.__dict__ or "__call__" in each.__dict__:
            return True
    return False


def _descends(layer: object, name: str) -> bool:
    return any(
        each.__name__ == name and each.__module__.split(".")[0] in KERAS for each in type(layer).__mro__
    )


def origin(tensor: object) -> Origin | None:
    """Where a tensor comes from, or None when it is no symbolic tensor of a graph."""
    history = getattr(tensor, "_keras_history", None)
    return None if history is None or history[0] is None else Origin(*history)


def origin_quietly(value: object) -> bool:
    """Whether it is a symbolic tensor, found without running code of its class."""
    return "_keras_history" in getattr(value, "__dict__", {}) if _from_keras(type(value)) else False


def is_layer(value: object) -> bool:
    """Whether it is a Keras layer or model, told by its class alone."""
    return _descends(value, "Layer")


def _from_keras(kind: type) -> bool:
    return kind.__module__.split(".")[0] in KERAS


def arguments(operation: Any, call: int) -> Arguments:
    """What was given to one call of a layer or operation."""
    node = operation._inbound_nodes[call]
    if hasattr(node, "call_args"):
        return Arguments(tuple(node.call_args or ()), dict(node.call_kwargs or {}))
    return Arguments(tuple(node.arguments.args), dict(node.arguments.kwargs))


def operations(model: Any) -> list[Any]:
    """Every layer and operation of a functional model, in its own order."""
    return list(model.operations if hasattr(model, "operations") else model.layers)


def input_layers(model: Any) -> list[Any]:
    """The first layer of a Sequential model where it is an InputLayer."""
    first = next(iter(getattr(model, "_layers", None) or model._self_tracked_trackables), None)
    return [first] if type(first).__name__ == "InputLayer" else []


def passed(layer: Any) -> Mapping[str, Any] | None:
    """The arguments that a layer was made with, as Keras noted them; None when it noted none."""
    noted = getattr(layer, "_auto_config", None)
    found = getattr(noted, "config", None)
    return found if isinstance(found, Mapping) else None


def mask_of(tensor: Any) -> Any:
    """The mask that Keras computed along with a tensor."""
    return getattr(tensor, "_keras_mask", None)


def sublayers(layer: Any) -> list[Any]:
    """The layers inside a layer, in the order of their creation."""
    return list(layer._flatten_layers(include_self=False, recursive=False))


def variables(layer: Any) -> list[Variable]:
    """The weights of a layer in the order of Keras's ``.h5`` files, whatever is frozen at the time.

    Trainable ones first (its own, then those of the layers inside), then the others likewise.
    """
    seen: set[int] = set()
    found = list(_walk(layer, "" if is_model(layer) else layer.name, seen))
    names: set[str] = set()
    ordered = []
    for _, name, variable in sorted(found, key=lambda each: not each[0]):
        unique, count = name, 1
        while unique in names:
            unique, count = f"{name}_{count}", count + 1
        names.add(unique)
        ordered.append(Variable(unique, variable))
    return ordered


def stored_order(layer: Any) -> list[Variable]:
    """The same in the order in which Keras 2 saves and loads them now: what is frozen comes last."""
    names = {id(each.variable): each.name for each in variables(layer)}
    now = [*layer.trainable_weights, *layer.non_trainable_weights]
    return [Variable(names.get(id(each), str(each.name)), each) for each in now]


def _walk(layer: Any, path: str, seen: set[int]) -> Iterator[tuple[bool, str, Any]]:
    """Each variable once: whether it is trainable, its name, itself."""
    for trainable in (True, False):
        kind = "trainable" if trainable else "non_trainable"
        for variable in getattr(layer, f"_{kind}_variables", None) or getattr(layer, f"_{kind}_weights", []):
            if id(variable) not in seen:
                seen.add(id(variable))
                yield trainable, f"{path}/{_variable_name(layer, variable)}".lstrip("/"), variable
    for inner in sublayers(layer):
        # Keras 2 stores what TimeDistributed holds under its own name.
        if is_model(layer):
            below = inner.name
        else:
            below = path if type(layer).__name__ == "TimeDistributed" else f"{path}/{inner.name}"
        yield from _walk(inner, below if not is_model(inner) else "", seen)


def _variable_name(layer: Any, variable: Any) -> str:
    name = str(variable.name).rsplit("/", 1)[-1].removesuffix(":0")
    # Keras 2 and TensorFlow.js call it so.
    depthwise = is_built_in(layer) and type(layer).__name__.startswith("DepthwiseConv")
    return "depthwise_kernel" if depthwise and name == "kernel" else name
