"""The topology dialect of Keras 3, said in that of Keras 2, which ``keras2`` parses into ``Model``.

Keras 3 describes a call by its Python arguments, counts the calls of nested models from 0 and writes the
operations on masks into the graph, which TensorFlow.js computes by itself.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/models/functional.py (``serialize_node``)
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from converter.layers.configuration import brief
from converter.layers.operation_table import ROWS
from converter.sources import keras3_layers
from converter.sources import keras3_operations as operations
from converter.sources.keras2 import MAX_DEPTH, bad_topology, check_name
from converter.sources.keras3_calls import (
    PIPELINE,
    Arguments,
    Entry,
    Ref,
    is_model,
    read_call,
    unsupported_call,
)
from converter.sources.keras3_masks import Masks

EXPORTED = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes that files name as ``keras.layers`` does, and not by their own names."""

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

    def model(
        self, spec: Mapping[str, Any], where: str, depth: int, *, embedded: bool = False
    ) -> dict[str, Any]:
        """A model by itself or inside another.

        Args:
            spec: as the file has it.
            where: for messages.
            depth: how many models are around it.
            embedded: whether it stands in the configuration of a wrapper, where no pass looks.
        """
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
        if "input_layers" in config:
            layers = self._graph(config, where, depth, embedded=embedded)
        else:
            layers = self._sequence(config, where, depth)
        return {"class_name": class_name, "config": {**kept, **layers}}

    def _sequence(self, config: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        layers = [
            self._layer(_object(spec, f"{where}.layers[{index}]"), f"{where}.layers[{index}]", depth)
            for index, spec in enumerate(config["layers"])
        ]
        return {"layers": layers}

    def _graph(self, config: Mapping[str, Any], where: str, depth: int, *, embedded: bool) -> dict[str, Any]:
        entries = [
            _entry(_object(spec, f"{where}.layers[{index}]"), f"{where}.layers[{index}]", self._served)
            for index, spec in enumerate(config["layers"])
        ]
        by_name = {entry.name: entry for entry in entries}
        if embedded:
            Masks(by_name).check()
        inputs = _ends(config.get("input_layers"), by_name, f"{where}.input_layers")
        outputs = _ends(config.get("output_layers"), by_name, f"{where}.output_layers")
        used = _used_operations(by_name, outputs)
        tensors = operations.tensors(entries)
        layers = []
        for index, entry in enumerate(entries):
            if embedded and entry.operation and entry.name not in used:
                continue  # it makes a mask, which TensorFlow.js does by itself
            if entry.operation:
                layer = operations.layer(entry, tensors, outputs)
            else:
                layer = self._layer(entry.spec, f"{where}.layers[{index}]", depth)
            nodes = [self._node(entry, call, by_name, masked=not embedded) for call in entry.calls]
            layers.append({**layer, "name": entry.name, "inbound_nodes": nodes})
        return {"layers": layers, "input_layers": inputs, "output_layers": outputs}

    def _layer(self, spec: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        class_name, config = _class_of(spec, where), spec.get("config")
        if not isinstance(config, Mapping):
            raise bad_topology(where, "'config' should be an object.")
        if class_name == PIPELINE and isinstance(config.get("layers"), list):
            return self._pipeline(config, where, depth)
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
            return self.model(inner, place, depth + 1, embedded=True)

        return {
            "class_name": class_name,
            "config": keras3_layers.translate(class_name, config, here, graph, self._served),
        }

    def _pipeline(self, config: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
        """Layers one behind the other that are no model; ``steps`` holds them."""
        if depth > MAX_DEPTH:
            raise bad_topology(where, f"models are nested more than {MAX_DEPTH} deep.")
        steps = [
            self._layer(_object(spec, f"{where}.layers[{index}]"), f"{where}.layers[{index}]", depth + 1)
            for index, spec in enumerate(config["layers"])
        ]
        return {"class_name": PIPELINE, "config": {"name": config.get("name"), "steps": steps}}

    def _node(
        self, entry: Entry, call: Arguments, by_name: Mapping[str, Entry], *, masked: bool
    ) -> list[Any]:
        """One call, as Keras 2 has it."""

        def placed(ref: Ref) -> list[Any]:
            source = by_name.get(ref.layer)
            return [ref.layer, ref.node + (source is not None and source.is_model), ref.output]

        kwargs = dict(call.kwargs)
        if masked and call.masks:
            masks = [None if ref is None else placed(ref) for ref in call.masks]
            kwargs["mask"] = masks[0] if len(masks) == 1 else masks
        if call.by_key is not None:
            self._check_keys(entry, call.by_key)
        return [[*placed(ref), kwargs] for ref in call.inputs]

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
    return EXPORTED.get(class_name, class_name)


def _entry(spec: Mapping[str, Any], where: str, served: Container[str]) -> Entry:
    class_name, config = _class_of(spec, where), spec.get("config")
    if not isinstance(config, Mapping):
        raise bad_topology(where, "'config' should be an object.")
    name = check_name(spec.get("name") or config.get("name"), where)
    nodes = spec.get("inbound_nodes")
    if not isinstance(nodes, list):
        raise bad_topology(f"{where} ({brief(name)})", "'inbound_nodes' is missing or is no list.")
    operation = _is_operation(spec, config, class_name, served)
    calls = tuple(
        read_call(
            node, class_name, name, f"{where}.inbound_nodes[{index}]", operation=operation, served=served
        )
        for index, node in enumerate(nodes)
    )
    return Entry(name, spec, operation, calls)


_SHORT = {
    *("InputLayer", "Discretization", "HashedCrossing"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
}
"""Layers that leave out of their configurations what all others say of themselves."""


def _is_operation(
    spec: Mapping[str, Any], config: Mapping[str, Any], class_name: str, served: Container[str] = ()
) -> bool:
    """Whether this is a function of ``keras.ops`` and no layer; some have the name of one (``Add``)."""
    module = spec.get("module")
    if isinstance(module, str):
        return module.startswith(("keras.ops", "keras.src.ops"))
    # A .h5 file drops the module. Every layer of Keras has this key; the user's own may leave it out.
    if class_name in _SHORT or is_model(config) or "trainable" in config:
        return False
    row = ROWS.get(class_name)
    if row is not None and config.keys() - {"name"} == set(row.made_with):
        return True
    return class_name.rpartition(">")[2] not in served


def _refuse_operation(
    spec: Mapping[str, Any], config: Mapping[str, Any], class_name: str, where: str
) -> None:
    """An operation that Keras would look up inside a sequential model."""
    if isinstance(spec.get("module"), str) and _is_operation(spec, config, class_name):
        raise keras3_layers.refused(
            where, f"this is the operation {brief(class_name)} and no layer", FIX, "keras3-operation"
        )


def _used_operations(by_name: Mapping[str, Entry], outputs: Sequence[Sequence[Any]]) -> set[str]:
    """The operations whose results layers compute with, rather than take for masks."""
    pending = [ref.layer for entry in by_name.values() if not entry.operation for ref in _inputs(entry)]
    pending += [str(name) for name, *_ in outputs]
    found: set[str] = set()
    while pending:
        entry = by_name.get(pending.pop())
        if entry is not None and entry.operation and entry.name not in found:
            found.add(entry.name)
            pending += [ref.layer for ref in _inputs(entry)]
    return found


def _inputs(entry: Entry) -> Iterator[Ref]:
    return (ref for call in entry.calls for ref in call.inputs)


def _ends(value: object, by_name: Mapping[str, Entry], where: str) -> list[list[Any]]:
    """The inputs or outputs of a model: one reference, or references in lists and dictionaries."""
    found = []
    for ref in _flat(value, where, 0):
        source = by_name.get(ref.layer)
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
