"""The topology dialect of Keras 1.x/2.x, which TensorFlow.js layers models share, parsed into ``Model``.

https://github.com/keras-team/keras/blob/v2.15.0/keras/engine/functional.py (``get_network_config``)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from converter.errors import SourceError, UnsupportedError
from converter.layers.configuration import brief
from converter.model import Call, Layer, Model, TensorRef
from converter.sources import keras2_operations
from converter.sources.purposes import SEVERAL, TAKE_LISTS, sorted_by

MAX_DEPTH = 32
MAX_NAME = 500
MAX_NESTING = 256
"""The deepest JSON that is believed: what is behind the parser walks it by recursion."""
KERAS3_WHY = "this is in the words of Keras 3, in a file that says it is of Keras 2."
KERAS3_FIX = "Load it in the Keras that wrote it, and save it again with model.save('model.keras')."


def parse_json(source: str, where: str) -> dict[str, Any]:
    """A JSON object from text.

    Raises:
        SourceError: when the text is something else.
    """
    try:
        value = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise bad_topology(where, f"this is not readable JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_topology(where, "this should be a JSON object.")
    level: list[Any] = [value]
    for _ in range(MAX_NESTING):
        inside = (item.values() if isinstance(item, dict) else item for item in level)
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return value
    raise bad_topology(where, f"it is nested more than {MAX_NESTING} deep.")


def bad_topology(where: str, why: str) -> SourceError:
    """The error for a topology that does not follow the dialect."""
    return SourceError("topology", where, why, "Save the model from Keras again, with model.save().")


def parse_model(node: Mapping[str, Any], where: str = "model_config", depth: int = 0) -> Model:
    """A model from ``{"class_name": …, "config": …}``, without its weights.

    Raises:
        SourceError: when the topology is broken or written in the dialect of Keras 3.
    """
    if depth > MAX_DEPTH:
        raise bad_topology(where, f"models are nested more than {MAX_DEPTH} deep.")
    class_name = _get(node, "class_name", str, where)
    config = node.get("config")
    if class_name == "Sequential" and isinstance(config, list):  # Keras before 2.2.3
        config = {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise bad_topology(where, "'config' should be an object.")
    name = check_name(config.get("name") or class_name.lower(), where)
    kind: Literal["sequential", "functional"] = "sequential" if class_name == "Sequential" else "functional"
    entries = _get(config, "layers", list, where)
    layers = tuple(
        _parse_layer(entry, f"{where}.layers[{index}]", kind, depth) for index, entry in enumerate(entries)
    )
    if not layers:
        raise bad_topology(where, "the model has no layers.")
    model = Model(
        name=name,
        class_name=class_name,
        kind=kind,
        layers=layers,
        inputs=_tensors(config.get("input_layers"), f"{where}.input_layers") if kind == "functional" else (),
        outputs=_tensors(config.get("output_layers"), f"{where}.output_layers")
        if kind == "functional"
        else (),
        config={key: value for key, value in config.items() if key not in _STRUCTURE},
    )
    _check_graph(model, where)
    return model


_KINDS: dict[type, str] = {str: "printable text", list: "list"}
_STRUCTURE = {"layers", "input_layers", "output_layers"}


def _parse_layer(entry: object, where: str, kind: Literal["sequential", "functional"], depth: int) -> Layer:
    if not isinstance(entry, dict):
        raise bad_topology(where, "a layer should be an object.")
    class_name = _get(entry, "class_name", str, where)
    config: Any = entry.get("config")
    if class_name == "InputLayer" and isinstance(config, dict) and "batch_shape" in config:
        raise SourceError("keras3-h5", where, KERAS3_WHY, KERAS3_FIX)
    nested = _holds_layers(config) or (class_name == "Sequential" and isinstance(config, list))
    model = parse_model(entry, where, depth + 1) if nested else None
    if not isinstance(config, dict) and model is None:
        raise bad_topology(where, "'config' should be an object.")
    own = model.config if model is not None else config
    name = check_name(entry.get("name") or own.get("name") or (model.name if model else None), where)
    calls: tuple[Call, ...] = ()
    if kind == "functional":
        nodes = _get(entry, "inbound_nodes", list, f"{where} ('{name}')")
        if keras2_operations.is_known(class_name, config):
            return _operation(config, nodes, name)
        calls = tuple(
            _several(_parse_call(node, f"{where} ('{name}').inbound_nodes[{i}]"), class_name, where)
            for i, node in enumerate(nodes)
        )
    return Layer(name=name, class_name=class_name, config=own, calls=calls, model=model)


def _operation(config: Mapping[str, Any], nodes: list[Any], name: str) -> Layer:
    """A function of TensorFlow, which is called once."""
    here = f"layer {brief(name)}"
    try:
        class_name, own, refs = keras2_operations.layer(config, nodes)
    except ValueError as error:
        raise UnsupportedError(
            "keras2-operation", here, f"{error}.", "Use a layer for it, and save the model again."
        ) from None
    inputs = tuple(_tensor(ref, here) for ref in refs)
    return Layer(name, class_name, {**own, "name": name}, (Call(inputs),))


def _holds_layers(config: object) -> bool:
    return isinstance(config, dict) and isinstance(config.get("layers"), list)


def _parse_call(node: object, where: str) -> Call:
    if (
        isinstance(node, dict)
        and "args" not in node
        and all(isinstance(each, list) for each in node.values())
    ):
        raise UnsupportedError(
            "keras2-dictionary",
            where,
            "it is called on a dictionary of tensors, whose order a file of Keras 2 does not tell.",
            "Call it on a list of tensors, and save the model again.",
        )
    if isinstance(node, dict):
        raise SourceError("keras3-h5", where, KERAS3_WHY, KERAS3_FIX)
    if not isinstance(node, list):
        raise bad_topology(where, "a call should be a list of tensors.")
    # Operator layers (TFOpLambda) hold their one tensor without the list around it.
    tensors = [node] if node and isinstance(node[0], str) else node
    inputs: list[TensorRef] = []
    kwargs: dict[str, Any] = {}
    for tensor in tensors:
        if isinstance(tensor, list) and len(tensor) in {3, 4}:
            inputs.append(_tensor(tensor[:3], where))
            kwargs = tensor[3] if len(tensor) == 4 else kwargs
        else:
            raise bad_topology(where, f"{brief(tensor)} is no reference to a tensor.")
    if not isinstance(kwargs, dict):
        raise bad_topology(where, "the keyword arguments should be an object.")
    return Call(tuple(inputs), kwargs)


def _several(call: Call, class_name: str, where: str) -> Call:
    """A call of a layer that takes tensors for several purposes, with those among its keyword arguments."""
    if class_name not in SEVERAL or "tensors" in call.kwargs:
        return call  # Keras 3 has been said in these words before
    purposes = SEVERAL[class_name]
    found = dict(zip(purposes, call.inputs, strict=False))
    kwargs: dict[str, Any] = {}
    for key, value in call.kwargs.items():
        items = {key: value}
        if key == "mask" and isinstance(value, list) and class_name in TAKE_LISTS:
            items = {f"{purpose}_mask": each for purpose, each in zip(purposes, value, strict=False)}
        for name, item in items.items():
            if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
                found[check_name(name, where)] = _tensor(item, where)
            elif item is not None:
                kwargs[name] = item
    if len(found) == 1 and not kwargs:
        return call
    names = sorted_by(purposes, found)
    return Call(tuple(found[name] for name in names), {"tensors": names, **kwargs})


def _tensors(value: object, where: str, depth: int = 0) -> tuple[TensorRef, ...]:
    """Model inputs or outputs: a reference, or references in lists and by name, within each other."""
    if isinstance(value, dict):
        # Keras flattens dictionaries in the order of their sorted keys.
        value = [value[key] for key in sorted(value)]
    if not isinstance(value, list) or not value or depth > MAX_DEPTH:
        raise bad_topology(where, "this should be a list of tensors.")
    if isinstance(value[0], str):
        return (_tensor(value, where),)
    return tuple(ref for item in value for ref in _tensors(item, where, depth + 1))


def _tensor(value: object, where: str) -> TensorRef:
    match value:
        case [str() as layer, int() as node, int() as index] if not {type(node), type(index)} - {int}:
            return TensorRef(check_name(layer, where), node, index)
    raise bad_topology(where, f"{brief(value)} is no reference to a tensor.")


def check_name(value: object, where: str) -> str:
    """A name that can be shown and stored: terminals obey control characters, UTF-8 has no surrogates.

    Raises:
        SourceError: when it is something else.
    """
    if not isinstance(value, str) or not value.isprintable() or len(value) > MAX_NAME:
        raise bad_topology(where, f"a name should be printable text and is {brief(value)}.")
    return value


def _get(node: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    value = node.get(key)
    if not isinstance(value, kind) or (isinstance(value, str) and not value.isprintable()):
        raise bad_topology(where, f"'{key}' is missing or is no {_KINDS[kind]}.")
    return value


def _check_graph(model: Model, where: str) -> None:
    """Unique names, references that lead somewhere, no cycle."""
    by_name: dict[str, Layer] = {}
    for layer in model.layers:
        if layer.name in by_name:
            raise bad_topology(where, f"two layers are named '{layer.name}'.")
        by_name[layer.name] = layer
    if model.kind == "sequential":
        return
    for layer in model.layers:
        for call in layer.calls:
            for ref in call.inputs:
                _check_reference(ref, by_name, f"{where}, layer '{layer.name}'")
    for ref in model.inputs + model.outputs:
        _check_reference(ref, by_name, where)
    for ref in model.inputs:
        if by_name[ref.layer].class_name != "InputLayer":
            raise bad_topology(where, f"its input '{ref.layer}' is no InputLayer.")
    _check_acyclic(by_name, where)


def _check_reference(ref: TensorRef, by_name: Mapping[str, Layer], where: str) -> None:
    layer = by_name.get(ref.layer)
    if layer is None:
        raise bad_topology(where, f"it refers to the layer '{ref.layer}', which does not exist.")
    # Node indices of a nested model start at 0 or at 1, by the kind of model and the Keras that wrote it.
    calls = max(1, len(layer.calls)) + (layer.model is not None)
    if not 0 <= ref.node < calls or ref.output < 0:
        raise bad_topology(
            where, f"it refers to call {brief(ref.node)} of '{ref.layer}', which does not exist."
        )


def _check_acyclic(by_name: Mapping[str, Layer], where: str) -> None:
    """Walks the calls (a shared layer may stand both before and behind another, its calls may not)."""
    done: set[tuple[str, int]] = set()
    open_calls: set[tuple[str, int]] = set()
    for layer in by_name.values():
        stack = [(layer.name, index) for index in range(len(layer.calls))]
        while stack:
            key = stack[-1]
            if key in open_calls or key in done:
                stack.pop()
                open_calls.discard(key)
                done.add(key)
                continue
            open_calls.add(key)
            owner = by_name[key[0]]
            for ref in owner.calls[key[1]].inputs:
                source = by_name[ref.layer]
                index = min(max(0, ref.node - (source.model is not None)), len(source.calls) - 1)
                if index < 0:
                    continue
                if (ref.layer, index) in open_calls:
                    raise bad_topology(where, f"the graph has a cycle through '{ref.layer}'.")
                if (ref.layer, index) not in done:
                    stack.append((ref.layer, index))
