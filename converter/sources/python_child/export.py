"""The live model, written as a Keras 2 ``.h5`` without any code: by walking its graph, not by saving it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from converter.errors import UnsupportedError
from converter.sources.python_child import captures, dialect, lambdas, live, naming, operations, rewrite
from converter.sources.python_child.captures import Scope
from converter.sources.python_child.custom import CustomLayers
from converter.sources.python_child.generated import Module
from converter.sources.python_child.imports import check_graph
from converter.sources.python_child.late import LateReads

KERAS = "2.15.0"
"""The release whose format is written."""

LIST_PIECE = 1000
"""The most names in one attribute: HDF5 has room for 64 KiB."""

CONTEXT = ("training", "mask")
"""Arguments of calls that say how to run, not on what."""


class Exporter:
    """Writes a model down.

    Attributes:
        module: the generated classes.
        custom: the user's own classes.
        late: the functions that read a loop's variable after the loop.
    """

    def __init__(self, model: Any, target: str) -> None:
        keras = live.keras_of(model)
        assert keras is not None
        self.model, self.target, self.generation = model, target, live.generation(keras)
        self.module = Module(keras)
        self.custom = CustomLayers(self.module, self.generation)
        self.late = LateReads()
        self.topology = self._model(model)

    def write(self, path: Path) -> None:
        """Writes topology and weights.

        Raises:
            UnsupportedError: when HDF5 has no place for a layer of some name.
        """
        entries = [entry["config"]["name"] for entry in self.topology["config"]["layers"]]
        layers = {layer.name: layer for layer in self.model.layers}
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(self.topology)
            file.attrs["keras_version"], file.attrs["backend"] = KERAS, "tensorflow"
            groups = file.create_group("model_weights")
            _write_names(groups, "layer_names", entries)
            for name in entries:
                try:
                    group = groups.require_group(name)
                    _write_weights(group, [] if name not in layers else layer_variables(layers[name]))
                except (ValueError, TypeError) as error:
                    raise UnsupportedError(
                        "layer-name", f"layer '{name}'", "a file has no place for it.", "Rename it."
                    ) from error

    def _model(self, model: Any) -> dict[str, Any]:
        check_graph(self.target, model)
        if live.is_sequential(model):
            return {"class_name": "Sequential", "config": self._sequential(model)}
        return {"class_name": "Functional", "config": self._functional(model)}

    def _sequential(self, model: Any) -> dict[str, Any]:
        layers = [self._entry(layer) for layer in (*live.input_layers(model), *model.layers)]
        if layers[0]["class_name"] != "InputLayer":
            first = layers[0]["config"].setdefault("batch_input_shape", list(model.inputs[0].shape))
            assert first
        return {"name": model.name, "layers": layers}

    def _entry(self, layer: Any) -> dict[str, Any]:
        class_name, config = self._class_and_config(layer)
        config = {**config, "name": layer.name}
        return {"class_name": class_name, "config": config, "name": layer.name}

    def _class_and_config(self, layer: Any) -> tuple[str, dict[str, Any]]:
        if live.is_model(layer):
            found = self._model(layer)
            return found["class_name"], found["config"]
        if not live.is_built_in(layer):
            return self.custom.entry(layer)
        class_name = type(layer).__name__
        if class_name == "Lambda":
            name, captured = self._lambda(layer)
            return name, {"trainable": True, "dtype": "float32", **captured}
        if class_name == "TimeDistributed":
            inner = self._entry(layer.layer)
            config = {"name": layer.name, "layer": {k: inner[k] for k in ("class_name", "config")}}
            return class_name, {"trainable": True, "dtype": "float32", **config}
        return class_name, dialect.translate(layer, self.generation)

    def _lambda(self, layer: Any) -> tuple[str, dict[str, Any]]:
        where = f"layer '{layer.name}'"
        function: Any = layer.function
        keywords = dict(layer.arguments or {})
        while isinstance(function, partial) and not function.args:
            function, keywords = function.func, {**function.keywords, **keywords}
        holder = self.module.holder()
        if captures.is_library(function):
            result = _call_of_library(function, keywords, holder, where)
            wanted = naming.class_name(layer.name, "<lambda>", result, [])
            origin = f"the function '{ast.unparse(result.func)}'"
            return self.module.add(holder, [rewrite.returning(result)], wanted, layer.name, origin)
        found = Scope.of(partial(function, **keywords), where)
        call = rewrite.method(found, "call", holder, of_layer=True)
        source = lambdas.find(found.function, where)
        self.late.note(layer.name, found.function, source)
        last = call.body[-1]
        name = found.function.__name__
        wanted = naming.class_name(layer.name, name, getattr(last, "value", None), list(holder.parameters))
        return self.module.add(holder, [call], wanted, layer.name, source.position)

    def _functional(self, model: Any) -> dict[str, Any]:
        calls = _reached(model)
        index = {
            # Keras 2 counts the making of a nested model as the first call of it.
            (id(operation), call): position + live.is_model(operation)
            for operation, each in calls
            for position, call in enumerate(each)
        }

        def reference(tensor: Any) -> list[Any]:
            found = live.origin(tensor)
            assert found is not None
            return [found.operation.name, index[id(found.operation), found.call], found.output]

        layers = []
        for operation, each in calls:
            is_input = type(operation).__name__ == "InputLayer"
            given = [] if is_input else [live.arguments(operation, call) for call in each]
            if operations.is_operation(operation):
                replaced = [operations.replace(operation, call, self.module) for call in given]
                config = {"trainable": True, "dtype": "float32", **replaced[0].config, "name": operation.name}
                entry = {"class_name": replaced[0].class_name, "config": config, "name": operation.name}
                nodes = [[[*reference(tensor), {}] for tensor in one.tensors] for one in replaced]
            else:
                entry = self._entry(operation)
                nodes = [_node(operation, call, reference) for call in given]
            layers.append({**entry, "inbound_nodes": nodes})
        return {
            "name": model.name,
            "layers": layers,
            "input_layers": [reference(tensor) for tensor in model.inputs],
            "output_layers": [reference(tensor) for tensor in model.outputs],
        }


def _reached(model: Any) -> list[tuple[Any, list[int]]]:
    """The layers and operations that the outputs come from, each with the calls that count."""
    found: dict[int, set[int]] = {}
    pending = [*model.inputs, *model.outputs]
    while pending:
        history = live.origin(pending.pop())
        if history is None or history.call in found.setdefault(id(history.operation), set()):
            continue
        found[id(history.operation)].add(history.call)
        call = live.arguments(history.operation, history.call)
        pending += operations.symbolic([*call.args, _without_context(call)])
    ordered = [each for each in live.operations(model) if id(each) in found]
    return [(each, sorted(found[id(each)])) for each in ordered]


def _without_context(call: live.Arguments) -> dict[str, Any]:
    """The keyword arguments, without the mask that Keras 3 computed by itself."""
    masks = [live.mask_of(tensor) for tensor in operations.symbolic(list(call.args))]
    return {
        key: value
        for key, value in call.kwargs.items()
        if not (key == "mask" and any(value is mask for mask in masks))
    }


def _node(layer: Any, call: live.Arguments, reference: Any) -> list[Any]:
    """One call in the words of Keras 2: references to tensors, with keyword arguments beside the first."""
    given = _without_context(call)
    first = call.args[0] if call.args else given.pop("inputs", None)
    if isinstance(first, Mapping):
        raise _no_words(layer, "it is called on a dictionary of tensors")
    tensors = list(operations.symbolic(first))
    rest = [*call.args[1:], given.pop("initial_state", None)]
    if not tensors or any(each is not None and not _is_states(layer, each) for each in rest):
        raise _no_words(layer, "it is called with more than its input")
    tensors += operations.symbolic(rest)
    kwargs = {key: value for key, value in given.items() if value is not None}
    if strange := [key for key, value in kwargs.items() if key not in CONTEXT or not isinstance(value, bool)]:
        raise _no_words(layer, f"it is called with '{strange[0]}'")
    return [[*reference(tensor), kwargs] for tensor in tensors]


def _is_states(layer: Any, value: Any) -> bool:
    """Whether it is the initial state of a recurrent layer, which Keras 2 counts among its inputs."""
    states = list(value) if isinstance(value, list | tuple) else [value]
    recurrent = hasattr(layer, "cell") or type(layer).__name__ == "Bidirectional"
    return recurrent and all(live.origin(each) is not None for each in states)


def _no_words(layer: Any, why: str) -> UnsupportedError:
    fix = "Call it on its input alone, or on a list of inputs."
    return UnsupportedError(
        "call-arguments", f"layer '{layer.name}' ({type(layer).__name__})", f"{why}.", fix
    )


def _call_of_library(
    function: Any, keywords: Mapping[str, Any], holder: rewrite.Holder, where: str
) -> ast.Call:
    """``Lambda(tf.nn.depth_to_space, arguments={"block_size": 2})``."""
    path = rewrite.public(function, holder.imports)
    if path is None:
        why = f"its function is {captures.describe(function)}, which has no public name."
        raise UnsupportedError("capture", where, why, captures.FIX)
    given = []
    for key, value in keywords.items():
        try:
            name = holder.parameter((0, key), key, captures.constant(value))
        except LookupError as error:
            why = f"its argument '{key}' cannot be kept: {error.args[0]}."
            raise UnsupportedError("capture", where, why, captures.FIX) from None
        given.append(ast.keyword(key, ast.Attribute(ast.Name("self", ast.Load()), name, ast.Load())))
    return ast.Call(path, [ast.Name("x", ast.Load())], given)


def layer_variables(layer: Any) -> list[live.Variable]:
    """The weights of a layer of the model, in the order in which they are written.

    Raises:
        UnsupportedError: when it has weights that no layer inside it owns.
    """
    found = live.variables(layer)
    if {id(each.variable) for each in found} != {id(each) for each in layer.weights}:
        raise UnsupportedError(
            "layer-weights",
            f"layer '{layer.name}' ({type(layer).__name__})",
            "it has weights that neither it nor a layer inside it owns.",
            "Make them by add_weight.",
        )
    return found


def _write_weights(group: h5py.Group, variables: list[live.Variable]) -> None:
    _write_names(group, "weight_names", [f"{each.name}:0" for each in variables])
    for each in variables:
        array = np.asarray(each.variable)
        if array.dtype.kind not in "biuf":  # bfloat16 is none of numpy's own
            array = array.astype(np.float32)
        group.create_dataset(f"{each.name}:0", data=array)


def _write_names(group: h5py.Group, key: str, names: list[str]) -> None:
    kind = h5py.string_dtype()
    pieces = [names[at : at + LIST_PIECE] for at in range(0, len(names), LIST_PIECE)]
    if len(pieces) < 2:
        group.attrs.create(key, names, (len(names),), kind)
        return
    for number, piece in enumerate(pieces):
        group.attrs.create(f"{key}{number}", piece, (len(piece),), kind)


def read_weights(groups: h5py.Group) -> Iterator[list[Any]]:
    """The arrays of each layer that ``Exporter`` wrote, in order."""
    for layer in _read_names(groups, "layer_names"):
        yield [groups[layer][name][()] for name in _read_names(groups[layer], "weight_names")]


def _read_names(group: h5py.Group, key: str) -> list[str]:
    if key in group.attrs:
        return list(group.attrs[key])
    names: list[str] = []
    number = 0
    while f"{key}{number}" in group.attrs:
        names += list(group.attrs[f"{key}{number}"])
        number += 1
    return names
