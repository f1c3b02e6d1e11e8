"""Models of Keras 1 translated into the dialect of Keras 2, before anything else looks at them.

A file does not tell the backend that trained it. TensorFlow is assumed: Theano turns the kernels of
convolutions around, so that a convolutional model trained on Theano converts, but computes something else.

https://github.com/keras-team/keras/blob/1.2.2/keras/engine/topology.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from converter.errors import SourceError
from converter.layers.configuration import brief
from converter.model import Config, Weight
from converter.sources.keras1_layers import SILENT, Recipe, recipe_of, untranslatable
from converter.sources.keras1_weights import restate, stored_count
from converter.sources.keras2 import bad_topology

Stored = Mapping[str, list[Weight]]


def is_keras1(version: str) -> bool:
    """Whether a ``keras_version`` is one of Keras 1."""
    return version.startswith("1.")


@dataclass
class _Leaf:
    """A layer that has weights itself: no model and no wrapper."""

    path: str
    recipe: Recipe
    old: Config
    new: dict[str, Any]
    frozen: bool
    arrays: list[Weight] = field(default_factory=list)

    @property
    def trained(self) -> int:
        """The number of arrays that training changes, in the file."""
        return stored_count(self.recipe.name, self.old, len(self.recipe.weights(self.old)))


@dataclass
class _Entry:
    """One layer or model in the dialect of Keras 2."""

    name: str
    spec: dict[str, Any]
    leaves: list[_Leaf]


def translate(
    topology: Config, stored: Stored, order: Sequence[str]
) -> tuple[dict[str, Any], dict[str, list[Weight]]]:
    """A topology and its weights by layer, in the dialect of Keras 2.

    Args:
        topology: the ``model_config``; orderings that it leaves out are filled in.
        stored: the weights by the layer that the file gives them to.
        order: ``layer_names``; the only place that names models inside a sequential model.

    Raises:
        UnsupportedError: when something cannot be said in Keras 2 or TensorFlow.js.
        SourceError: when the topology is malformed, or the weights do not belong to it.
    """
    _fill_orderings(topology)
    config = topology.get("config")
    entries: list[_Entry] = []
    model = _model(topology, config, "model_config", order, entries)
    weights = dict(stored)
    for entry in entries:
        found = _distribute(entry, stored.get(entry.name, []))
        if found:
            weights[entry.name] = found
    return model, weights


def _fill_orderings(topology: Config) -> None:
    """Gives the layers that do not tell their ``dim_ordering`` that of all the others."""
    told: list[object] = []
    silent: list[dict[str, Any]] = []
    pending: list[Any] = [topology]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            config = node.get("config")
            if isinstance(config, dict) and "dim_ordering" in config:
                told.append(config["dim_ordering"])
            elif isinstance(config, dict) and isinstance(node.get("class_name"), str):
                silent += [config] if node["class_name"] in SILENT else []
        items = node.values() if isinstance(node, dict) else node
        pending += [item for item in items if isinstance(item, dict | list)]
    if told and all(each == told[0] for each in told):
        for config in silent:
            config["dim_ordering"] = told[0]


def _model(
    spec: Config, config: object, where: str, order: Sequence[str], found: list[_Entry]
) -> dict[str, Any]:
    """A model; its layers are added to ``found``."""
    class_name = spec.get("class_name")
    if class_name == "Sequential":
        return _sequential(config, where, order, found)
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise bad_topology(where, f"{brief(class_name)} is no model of Keras 1.")
    layers = []
    for index, layer in enumerate(config["layers"]):
        entry = _entry(layer, f"{where}.layers[{index}]", "")
        found.append(entry)
        layers.append({"name": entry.name, "inbound_nodes": layer.get("inbound_nodes"), **entry.spec})
    return {"class_name": "Model", "config": {**config, "layers": layers}}


def _sequential(config: object, where: str, order: Sequence[str], found: list[_Entry]) -> dict[str, Any]:
    layers = _listed_layers(config, where)
    if isinstance(layers[0], dict) and layers[0].get("class_name") == "Merge":
        graph = _Graph()
        last = graph.chain(layers, where)
        found += graph.entries
        return graph.model(last)
    names = order if len(order) == len(layers) else [f"sequential_{index}" for index in range(len(layers))]
    chain = [
        _entry(layer, f"{where}[{index}]", name)
        for index, (layer, name) in enumerate(zip(layers, names, strict=True))
    ]
    found += chain
    return {
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": [each.spec for each in chain]},
    }


def _listed_layers(config: object, where: str) -> list[Any]:
    if not isinstance(config, list) or not config:
        raise bad_topology(where, "a sequential model should be a list of layers.")
    return config


class _Graph:
    """A sequential model that begins by merging others, laid out as one functional model."""

    def __init__(self) -> None:
        self.entries: list[_Entry] = []
        self.inputs: list[str] = []
        self.layers: list[dict[str, Any]] = []

    def model(self, last: str) -> dict[str, Any]:
        """The model whose output is that of the layer ``last``."""
        inputs, outputs = [[name, 0, 0] for name in self.inputs], [[last, 0, 0]]
        config = {"name": "model", "layers": self.layers, "input_layers": inputs, "output_layers": outputs}
        return {"class_name": "Model", "config": config}

    def chain(self, layers: list[Any], where: str) -> str:
        """Adds a sequential model; the name of its last layer."""
        ends: list[str] = []
        for index, layer in enumerate(layers):
            here = f"{where}[{index}]"
            spec = layer
            if index == 0 and isinstance(layer, dict) and layer.get("class_name") == "Merge":
                config = layer.get("config")
                if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
                    raise bad_topology(here, "this Merge holds no list of models.")
                ends = [self._branch(each, f"{here}.layers[{i}]") for i, each in enumerate(config["layers"])]
                spec = {**layer, "config": {key: config[key] for key in config if key != "layers"}}
            entry = _entry(spec, here, "")
            if "layers" in entry.spec["config"]:
                raise untranslatable(here, "models inside models that a Merge begins with are not translated")
            if not ends:
                ends = self._begin(entry)
            if entry.spec["class_name"] != "InputLayer":
                self._add(entry.name, entry.spec, ends)
            self.entries.append(entry)
            ends = [entry.name]
        return ends[0]

    def _branch(self, branch: object, where: str) -> str:
        if isinstance(branch, dict) and branch.get("class_name") == "Sequential":
            return self.chain(_listed_layers(branch.get("config"), where), where)
        return self.chain([branch], where)

    def _begin(self, first: _Entry) -> list[str]:
        """Adds the input of a chain."""
        name, spec = first.name, first.spec
        if spec["class_name"] != "InputLayer":
            name = f"{first.name}_input"
            shape = spec["config"].get("batch_input_shape")
            config = {"name": name, "batch_input_shape": shape, "dtype": "float32"}
            spec = {"class_name": "InputLayer", "config": config}
        self._add(name, spec, [])
        self.inputs.append(name)
        return [name]

    def _add(self, name: str, spec: Config, ends: Sequence[str]) -> None:
        nodes = [[[end, 0, 0] for end in ends]] if ends else []
        self.layers.append({"name": name, "inbound_nodes": nodes, **spec})


def _entry(spec: object, where: str, name: str) -> _Entry:
    """One layer or model; ``name`` is for a model that does not tell its own."""
    if not isinstance(spec, dict):
        raise bad_topology(where, "a layer should be an object.")
    class_name, config = spec.get("class_name"), spec.get("config")
    if not isinstance(class_name, str) or not class_name.isprintable():
        raise bad_topology(where, "'class_name' is missing or is no printable text.")
    own = config.get("name") if isinstance(config, dict) else None
    name = spec.get("name") or own or name
    if not isinstance(name, str) or not name.isprintable():
        raise bad_topology(where, f"its name should be printable text and is {brief(name)}.")
    holds = isinstance(config, dict) and class_name != "Merge" and isinstance(config.get("layers"), list)
    if class_name == "Sequential" or holds:
        inside: list[_Entry] = []
        model = _model(spec, config, where, (), inside)
        model["config"]["name"] = name
        return _Entry(name, model, [leaf for entry in inside for leaf in entry.leaves])
    if not isinstance(config, dict):
        raise bad_topology(where, "'config' should be an object.")
    if class_name in {"TimeDistributed", "Bidirectional"}:
        return _wrapper(class_name, name, config, where)
    here = f"layer '{name}'"
    recipe = recipe_of(class_name, config, here)
    leaf = _Leaf(name, recipe, config, recipe.config(config, here), _frozen(config))
    return _Entry(name, {"class_name": recipe.name, "config": leaf.new}, [leaf])


def _wrapper(class_name: str, name: str, config: Config, where: str) -> _Entry:
    inner = _entry(config.get("layer"), f"{where}.layer", f"{name}_layer")
    kept = {key: config[key] for key in ("name", "trainable", "batch_input_shape") if key in config}
    new = {**kept, "layer": inner.spec}
    if class_name == "TimeDistributed":
        if "layers" in inner.spec["config"]:
            raise untranslatable(f"layer '{name}'", "TimeDistributed around a model is not translated")
        for leaf in inner.leaves:
            leaf.path = name
            leaf.frozen = leaf.frozen or _frozen(config)
        return _Entry(name, {"class_name": class_name, "config": new}, inner.leaves)
    if inner.spec["class_name"] not in {"SimpleRNN", "GRU", "LSTM"}:
        raise untranslatable(f"layer '{name}'", "Bidirectional is known around recurrent layers only")
    [forward] = inner.leaves
    new["merge_mode"] = config.get("merge_mode")
    halves = [
        _Leaf(f"{name}/{way}_{inner.name}", forward.recipe, forward.old, forward.new, forward.frozen)
        for way in ("forward", "backward")
    ]
    return _Entry(name, {"class_name": class_name, "config": new}, halves)


def _frozen(config: Config) -> bool:
    return config.get("trainable") is False


def _distribute(entry: _Entry, stored: Sequence[Weight]) -> list[Weight]:
    """The weights of a layer or model, translated; the order, which Keras 2 shares, is kept.

    What is trained comes before what is not: moving averages and the weights of frozen layers.
    """
    kept = [(leaf, len(leaf.recipe.kept)) for leaf in entry.leaves]
    trained = [(leaf, leaf.trained) for leaf in entry.leaves]
    thawed = [(leaf, count) for leaf, count in trained if not leaf.frozen]
    # A frozen layer gives its trained arrays and its others together.
    others = [
        (leaf, count + (own if leaf.frozen else 0))
        for (leaf, count), (_, own) in zip(kept, trained, strict=True)
    ]
    wanted = sum(count for _, count in (*thawed, *others))
    if wanted != len(stored):
        raise SourceError(
            "weights-missing" if wanted > len(stored) else "weights-surplus",
            f"layer '{entry.name}'",
            f"its configuration demands {wanted} weights as Keras 1 stores them; the file has {len(stored)}.",
            "Save the model again with model.save('model.h5').",
        )
    rest = iter(stored)
    for leaf, count in (*thawed, *others):
        leaf.arrays += [next(rest) for _ in range(count)]
    first: list[Weight] = []
    last: list[Weight] = []
    for leaf in entry.leaves:
        weights, averages = _restate(leaf)
        (last if leaf.frozen else first).extend(weights)
        last += averages
    return [*first, *last]


def _restate(leaf: _Leaf) -> tuple[list[Weight], list[Weight]]:
    """The trained weights of a layer and the others."""
    count = leaf.trained
    names = [f"{leaf.path}/{name}" for name in leaf.recipe.weights(leaf.old)]
    weights = restate(leaf.recipe.name, leaf.old, names, leaf.arrays[:count])
    others = [f"{leaf.path}/{name}" for name in leaf.recipe.kept]
    averages = restate(leaf.recipe.name, {}, others, leaf.arrays[count:])
    if leaf.recipe.name == "PReLU":
        # Keras 1 forgets to save them, but a shared axis has the size 1.
        leaf.new["shared_axes"] = [axis for axis, size in enumerate(weights[0].shape, 1) if size == 1] or None
    return weights, averages
