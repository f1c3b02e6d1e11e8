"""The topology dialect of Keras 3, said in that of Keras 2, which ``keras2`` parses into ``Model``.

Keras 3 describes a call by its Python arguments, counts the calls of nested models from 0 and writes the
operations on masks into the graph, which TensorFlow.js computes by itself.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/models/functional.py (``serialize_node``)
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from converter.layers.configuration import brief
from converter.sources import keras3_layers
from converter.sources.keras2 import MAX_DEPTH, bad_topology, check_name
from converter.sources.keras3_calls import Arguments, Entry, Ref, is_model, read_call, unsupported_call
from converter.sources.keras3_masks import Masks

FIX = "Use a layer for it (such as Add for +), and save the model again."


def is_keras3(version: str) -> bool:
    """Whether a ``keras_version`` is one of Keras 3."""
    return version.startswith("3.")


def translate(topology: Mapping[str, Any], served: Container[str] = ()) -> dict[str, Any]:
    """A model in the dialect of Keras 2.

    Args:
        topology: the model as Keras 3 wrote it, into an archive or a ``.h5`` file.
        served: the custom classes that somebody provides.

    Raises:
        UnsupportedError: when TensorFlow.js has no words for something in it.
        SourceError: when it is malformed.
    """
    return _Translator(served).model(topology, "model_config", 0)


class _Translator:
    def __init__(self, served: Container[str]) -> None:
        self._served = served

    def model(self, spec: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        """A model by itself or inside another."""
        if depth > MAX_DEPTH:
            raise bad_topology(where, f"models are nested more than {MAX_DEPTH} deep.")
        class_name, config = _class_of(spec, where), spec.get("config")
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
            raise bad_topology(where, f"{brief(class_name)} holds no list of layers.")
        kept = {
            key: value
            for key, value in config.items()
            if key in {"name", "trainable", "build_input_shape"} and value is not None
        }
        if config.get("dtype") is not None:
            keras3_layers.translate("", {"dtype": config["dtype"]}, where, self._nowhere)
        graph = self._graph if "input_layers" in config else self._sequence
        return {"class_name": class_name, "config": {**kept, **graph(config, where, depth)}}

    def _sequence(self, config: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        layers = [
            self._layer(_object(spec, f"{where}.layers[{index}]"), f"{where}.layers[{index}]", depth)
            for index, spec in enumerate(config["layers"])
        ]
        return {"layers": layers}

    def _graph(self, config: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        entries = [
            _entry(_object(spec, f"{where}.layers[{index}]"), f"{where}.layers[{index}]", self._served)
            for index, spec in enumerate(config["layers"])
        ]
        by_name = {entry.name: entry for entry in entries}
        Masks(by_name).check()
        layers = []
        for index, entry in enumerate(entries):
            if entry.operation:
                continue
            layer = self._layer(entry.spec, f"{where}.layers[{index}]", depth)
            nodes = [self._node(entry, call, by_name) for call in entry.calls]
            layers.append({**layer, "name": entry.name, "inbound_nodes": nodes})
        return {
            "layers": layers,
            "input_layers": _ends(config.get("input_layers"), by_name, f"{where}.input_layers"),
            "output_layers": _ends(config.get("output_layers"), by_name, f"{where}.output_layers"),
        }

    def _layer(self, spec: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        class_name, config = _class_of(spec, where), spec.get("config")
        if not isinstance(config, Mapping):
            raise bad_topology(where, "'config' should be an object.")
        if isinstance(config.get("layers"), list):
            return self.model(spec, where, depth + 1)
        here = f"layer {brief(config.get('name'))}"
        _refuse_operation(spec, config, class_name, here)
        module, registered = spec.get("module"), spec.get("registered_name")
        own = module is None or str(module).split(".")[0] in {"keras", "tf_keras"}
        if isinstance(registered, str) and ">" in registered:
            class_name = registered
        elif not own and keras3_layers.is_known(class_name):
            raise keras3_layers.refused(
                here,
                f"{brief(class_name)} of the module {brief(module)} is not Keras's own class of this name",
                "Give the class a name of its own, and save the model again.",
                "keras3-object",
            )

        def graph(inner: Mapping[str, Any], place: str) -> dict[str, Any]:
            return self.model(inner, place, depth + 1)

        return {
            "class_name": class_name,
            "config": keras3_layers.translate(class_name, config, here, graph, self._served),
        }

    def _node(self, entry: Entry, call: Arguments, by_name: Mapping[str, Entry]) -> list[Any]:
        """One call, as Keras 2 has it."""
        found = []
        for ref in call.inputs:
            source = by_name.get(ref.layer)
            if source is not None and source.operation:
                raise _operation(source, f"layer {brief(entry.name)}")
            if call.by_key is not None:
                self._check_keys(entry, call.by_key)
            nested = source is not None and source.is_model
            found.append([ref.layer, ref.node + nested, ref.output, dict(call.kwargs)])
        return found

    def _check_keys(self, entry: Entry, keys: tuple[str, ...]) -> None:
        """A dictionary of tensors is told apart by its keys, which only a nested model can have."""
        inputs = entry.config.get("input_layers") if entry.is_model else None
        if not isinstance(inputs, Mapping) or sorted(inputs) != sorted(keys):
            raise unsupported_call(entry.name, "a dictionary of tensors")

    @staticmethod
    def _nowhere(_spec: Mapping[str, Any], where: str) -> dict[str, Any]:
        raise bad_topology(where, "a model stands where none can be.")


def _object(spec: object, where: str) -> Mapping[str, Any]:
    if not isinstance(spec, Mapping):
        raise bad_topology(where, "a layer should be an object.")
    return spec


def _class_of(spec: Mapping[str, Any], where: str) -> str:
    class_name = spec.get("class_name")
    if not isinstance(class_name, str) or not class_name.isprintable():
        raise bad_topology(where, "'class_name' is missing or is no printable text.")
    return class_name


def _entry(spec: Mapping[str, Any], where: str, served: Container[str]) -> Entry:
    class_name, config = _class_of(spec, where), spec.get("config")
    if not isinstance(config, Mapping):
        raise bad_topology(where, "'config' should be an object.")
    name = check_name(spec.get("name") or config.get("name"), where)
    nodes = spec.get("inbound_nodes")
    if not isinstance(nodes, list):
        raise bad_topology(f"{where} ({brief(name)})", "'inbound_nodes' is missing or is no list.")
    plain = class_name.rpartition(">")[2]
    # A .h5 file does not tell a class of the user's own, which may leave out what every layer has, either.
    custom = "module" not in spec and plain in served
    operation = not custom and _is_operation(spec, config, class_name)
    calls = tuple(
        read_call(
            node, class_name, name, f"{where}.inbound_nodes[{index}]", operation=operation, served=served
        )
        for index, node in enumerate(nodes)
    )
    return Entry(name, spec, operation, calls)


def _is_operation(spec: Mapping[str, Any], config: Mapping[str, Any], class_name: str) -> bool:
    """Whether this is a function of ``keras.ops`` and no layer; some have the name of one (``Add``)."""
    module = spec.get("module")
    if isinstance(module, str):
        return module.startswith(("keras.ops", "keras.src.ops"))
    # A .h5 file drops the module; every layer has these two.
    return class_name != "InputLayer" and not is_model(config) and not {"trainable", "dtype"} & config.keys()


def _refuse_operation(
    spec: Mapping[str, Any], config: Mapping[str, Any], class_name: str, where: str
) -> None:
    """An operation that Keras would look up inside a sequential model."""
    if isinstance(spec.get("module"), str) and _is_operation(spec, config, class_name):
        raise keras3_layers.refused(
            where, f"this is the operation {brief(class_name)} and no layer", FIX, "keras3-operation"
        )


def _operation(source: Entry, user: str) -> Exception:
    return keras3_layers.refused(
        f"operation {brief(source.name)}",
        f"{brief(source.class_name)} is an operation outside of any layer, which no layers model of "
        f"TensorFlow.js can hold; its result goes to {user}",
        FIX,
        "keras3-operation",
    )


def _ends(value: object, by_name: Mapping[str, Entry], where: str) -> list[list[Any]]:
    """The inputs or outputs of a model: one reference, or references in lists and dictionaries."""
    found = []
    for ref in _flat(value, where, 0):
        source = by_name.get(ref.layer)
        if source is not None and source.operation:
            raise _operation(source, "the model's outputs")
        # Here, and only here, Keras counts the calls of functional models from 1.
        late = source is not None and source.is_model and "input_layers" not in source.config
        found.append([ref.layer, ref.node + late, ref.output])
    return found


def _flat(value: object, where: str, depth: int) -> list[Ref]:
    match value:
        case [str() as layer, int() as node, int() as output] if not {type(node), type(output)} - {int}:
            return [Ref(check_name(layer, where), node, output)]
        case list() if value and depth < MAX_DEPTH:
            return [ref for item in value for ref in _flat(item, where, depth + 1)]
        case dict() if value and depth < MAX_DEPTH:
            # Keras flattens dictionaries in the order of their sorted keys.
            return [ref for key in sorted(value) for ref in _flat(value[key], where, depth + 1)]
    raise bad_topology(where, f"{brief(value)} is no reference to a tensor.")
