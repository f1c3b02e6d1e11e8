"""Models as configurations in the words of Keras 2, as they sit in ``TimeDistributed(Model)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.layers.configuration import listed
from converter.layers.graph import Inference, Inferred
from converter.layers.rule import Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Call, Config, Layer, Model, TensorRef, Weight

CLASSES = ("Sequential", "Functional", "Model")
"""The class names under which Keras 2 saves a model."""

_MOST_CALLS = 5_000


def read(class_name: str, config: object) -> Model | None:
    """The graph that a Keras 2 configuration describes, without weights; ``None`` if it is no such thing."""
    if class_name == "Sequential":
        inner = config if isinstance(config, Mapping) else {"layers": config}
        return _sequential(inner)
    return _functional(config) if isinstance(config, Mapping) else None


def config_of(model: Model) -> dict[str, Any]:
    """The configuration of a model in the words of Keras 2."""
    functional = model.kind == "functional"
    config: dict[str, Any] = {"name": model.name, **model.config}
    config["layers"] = [_printed(layer, functional=functional) for layer in model.layers]
    if functional:
        config["input_layers"] = [list(ref) for ref in model.inputs]
        config["output_layers"] = [list(ref) for ref in model.outputs]
    return config


def _printed(layer: Layer, *, functional: bool) -> dict[str, Any]:
    config = dict(layer.config) if layer.model is None else config_of(layer.model)
    printed: dict[str, Any] = {"class_name": layer.class_name, "config": config}
    if functional:
        printed["name"] = layer.name
        printed["inbound_nodes"] = [
            [[*ref, dict(call.kwargs)] for ref in call.inputs] for call in layer.calls
        ]
    return printed


def _sequential(config: Config) -> Model | None:
    layers = _layers(config)
    return None if layers is None else Model(_name(config), "Sequential", "sequential", layers, config=config)


def _functional(config: Config) -> Model | None:
    layers = _layers(config)
    inputs, outputs = (_references(config.get(key)) for key in ("input_layers", "output_layers"))
    if layers is None or inputs is None or outputs is None:
        return None
    return Model(_name(config), "Functional", "functional", layers, inputs, outputs, config=config)


def _layers(config: Config) -> tuple[Layer, ...] | None:
    specs = listed(config.get("layers"))
    layers = [_layer(spec) for spec in specs or ()]
    found = tuple(layer for layer in layers if layer is not None)
    return found if layers and len(found) == len(layers) else None


def _layer(spec: object) -> Layer | None:
    if not isinstance(spec, Mapping):
        return None
    class_name, config = spec.get("class_name"), spec.get("config")
    if not isinstance(class_name, str):
        return None
    model = read(class_name, config) if class_name in CLASSES else None
    if model is None and (class_name in CLASSES or not isinstance(config, Mapping)):
        return None
    nodes = [_references(node) for node in listed(spec.get("inbound_nodes")) or ()]
    calls = tuple(Call(node) for node in nodes if node is not None)
    if len(calls) != len(nodes):
        return None
    inner = config if isinstance(config, Mapping) else {}
    return Layer(_name(spec, _name(inner)), class_name, inner, calls, model=model)


def _references(value: object) -> tuple[TensorRef, ...] | None:
    """References such as ``[["conv", 0, 0, {}], ...]``; an operator holds its one without the outer list."""
    items = listed(value) or ()
    found = []
    for item in [items] if items and isinstance(items[0], str) else items:
        match listed(item):
            case [str() as layer, int() as node, int() as index, *_]:
                found.append(TensorRef(layer, node, index))
            case _:
                return None
    return tuple(found) or None


def _name(config: Mapping[str, Any], default: str = "") -> str:
    name = config.get("name", default)
    return name if isinstance(name, str) else default


def rules(table: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules of models as the only thing known of a configuration.

    ``table`` must not hold these rules itself: models in models in wrappers would be followed
    without end.
    """

    def follow(class_name: str, config: Config, inputs: Shapes) -> tuple[Model, Inference, Inferred] | None:
        model = read(class_name, config)
        if model is None:
            return None
        inference = Inference(table, _MOST_CALLS)
        return model, inference, inference.model(model, inputs, f"{model.name}/")

    def rule(class_name: str) -> Rule:
        def outputs(config: Config, inputs: Shapes) -> Shapes | None:
            found = follow(class_name, config, inputs)
            return None if found is None else found[2].outputs

        def weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
            found = follow(class_name, config, inputs)
            return None if found is None else _weights(*found)

        return Rule(outputs, weights, most=None)

    return {class_name: rule(class_name) for class_name in CLASSES}


def _weights(model: Model, inference: Inference, inferred: Inferred) -> WeightSpecs | None:
    """All weights of a model, named ``layer/variable``, in the order in which Keras saves them together."""
    found = _places(model, inference, inferred)
    if found is None:
        return None
    return tuple(spec._replace(name=f"{path[-1]}/{spec.name}") for path, spec in found)


_Place = tuple[tuple[str, ...], WeightSpec]
"""The names of the models around a layer and its own, and one of its weights."""


def _places(model: Model, inference: Inference, inferred: Inferred) -> list[_Place] | None:
    found: list[_Place] = []
    for layer in model.layers:
        calls = inferred.layers[layer.name]
        own: list[_Place] | None
        if layer.model is not None:
            inner = calls[0].inner if calls else None
            own = _places(layer.model, inference, inner or inference.model(layer.model))
        else:
            demanded = inference.weights(layer, calls[0].inputs if calls else None)
            own = None if demanded is None else [((), spec) for spec in demanded]
        if own is None:
            return None
        frozen = layer.config.get("trainable") is False
        found += (
            ((layer.name, *path), spec._replace(trainable=False) if frozen else spec) for path, spec in own
        )
    return sorted(found, key=lambda place: not place[1].trainable)


def fill(model: Model, weights: Sequence[Weight], inputs: Shapes, table: Mapping[str, Rule]) -> Model | None:
    """A model that sat in a wrapper with the wrapper's weights; ``None`` where their order is not known.

    Args:
        model: as ``read`` gave it.
        weights: in the order in which Keras saves them together.
        inputs: what the model is called on.
        table: the rules of the layers inside.
    """
    inference = Inference(table, _MOST_CALLS)
    places = _places(model, inference, inference.model(model, inputs))
    if places is None or len(places) != len(weights):
        return None
    shares: dict[tuple[str, ...], list[Weight]] = {}
    for (path, spec), weight in zip(places, weights, strict=True):
        shares.setdefault(path, []).append(replace(weight, name=f"{path[-1]}/{spec.name}"))
    return _filled(model, shares, ())


def _filled(model: Model, shares: Mapping[tuple[str, ...], Sequence[Weight]], path: tuple[str, ...]) -> Model:
    def one(layer: Layer) -> Layer:
        own = (*path, layer.name)
        if layer.model is None:
            return replace(layer, weights=tuple(shares.get(own, ())))
        return replace(layer, model=_filled(layer.model, shares, own))

    return replace(model, layers=tuple(map(one, model.layers)))
