"""The semantic gate: no model passes that TensorFlow.js loads and computes otherwise than Keras."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from converter.errors import SourceError, UnsupportedError
from converter.layers.configuration import brief
from converter.layers.embedded import CLASSES, read
from converter.layers.graph import CallShapes, Inferred, is_nested
from converter.layers.infer import infer
from converter.layers.registry import TFJS_LAYERS, TFJS_VERSION
from converter.layers.rule import Shapes
from converter.layers.semantics.building import check_order
from converter.layers.semantics.doubt import Doubt, Site
from converter.layers.semantics.execution import Execution
from converter.layers.semantics.names import check_names, check_unique
from converter.layers.semantics.plain import INPUT_TYPES
from converter.layers.semantics.training import check_training
from converter.model import Config, Layer, Model


class Refusals:
    """Gathers what is refused, where the first refusal is not to be the last.

    Attributes:
        found: one for each layer at most, and one for the graph.
    """

    def __init__(self) -> None:
        self.found: list[UnsupportedError] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keeps a refusal that is raised inside."""
        try:
            yield
        except UnsupportedError as error:
            self.found.append(error)


def check_semantics(model: Model, inferred: Inferred, refusals: Refusals | None = None) -> tuple[Doubt, ...]:
    """Refuses a model that TensorFlow.js would compute wrongly on every backend, or not at all.

    Layers of classes that TensorFlow.js does not register are passed by.

    Args:
        model: what is to be written, after all passes.
        inferred: the result of ``infer(model)``.
        refusals: takes up what is refused, so that nothing but ``SourceError`` is raised.

    Returns:
        Layers that are wrong on some backends or for some inputs only, each once.

    Raises:
        UnsupportedError: ``layer-semantics`` for a value, a shape or a graph; ``layer-key`` for a key that
            no Keras 2 writes; ``batch-norm-axis``; ``duplicate-weight``.
        SourceError: ``graph-too-deep``.
    """
    try:
        found = [*_layers(model, inferred, "", set(), refusals)]
        with _gathered(refusals):
            check_unique(model)
        execution = Execution()
        with _gathered(refusals):
            execution.run(model, inferred)
    except RecursionError:
        raise SourceError(
            "graph-too-deep",
            f"model {brief(model.name)}",
            "it holds models or layers within each other, more levels than can be followed.",
            "No real model does; the file is damaged or hostile.",
        ) from None
    return tuple(dict.fromkeys([*found, *execution.doubts]))


def check_site(site: Site) -> Iterator[Doubt]:
    """Looks at one configuration: the keys, their values, and what depends on several of them.

    Raises:
        UnsupportedError: as ``check_semantics`` does.
    """
    from converter.layers.semantics.table import ENTRIES

    entry = ENTRIES.get(site.class_name)
    if entry is None:
        return
    if entry.refused:
        site.refuse(f"this is a {site.class_name}: {entry.refused}.", entry.fix)
    for key, value in site.config.items():
        known = entry.keys.get(key)
        if known is None:
            raise UnsupportedError(
                "layer-key",
                site.where,
                f"its configuration has {brief(site.key + str(key))}, which is no key of {site.class_name} "
                f"in Keras: TensorFlow.js {TFJS_VERSION} would ignore it.",
                "Save the model from Keras again, or take the key out if it means nothing.",
            )
        if not known.accepts(value):
            site.refuse_value(key, known.instead, known.fix)
    for key in entry.needs:
        if key not in site.config:
            site.refuse_value(
                key, "TensorFlow.js then assumes something else than Keras", "Set it, and save again."
            )
    for check in entry.checks:
        yield from check(site)


def _gathered(refusals: Refusals | None) -> AbstractContextManager[None]:
    return nullcontext() if refusals is None else refusals.gathered()


_Seen = set[tuple[int, int]]


def _layers(
    model: Model, inferred: Inferred, path: str, seen: _Seen, refusals: Refusals | None
) -> Iterator[Doubt]:
    """The checks of every layer in every call, nested models included."""
    if (id(model), id(inferred)) in seen:
        return
    seen.add((id(model), id(inferred)))
    with _gathered(refusals):
        if model.kind == "functional":
            check_order(model, path)
        _check_first(model, path)
    for layer in model.layers:
        with _gathered(refusals):
            yield from _layer(layer, inferred.layers[layer.name], path, seen, refusals)


def _layer(
    layer: Layer, calls: tuple[CallShapes, ...], path: str, seen: _Seen, refusals: Refusals | None
) -> Iterator[Doubt]:
    name = f"{path}{layer.name}"
    site = Site(name, layer.class_name, layer.config)
    check_names(site, layer, calls[0].inputs if calls and layer.model is None else None)
    if is_nested(layer) and layer.model is not None:
        for call in calls:
            if call.inner is not None:
                yield from _layers(layer.model, call.inner, f"{name}/", seen, refusals)
        return
    if layer.class_name not in TFJS_LAYERS:
        return
    _check_training(site, layer, layer.config)
    for inputs in dict.fromkeys(call.inputs for call in calls) or ((),):
        yield from check_site(Site(name, layer.class_name, layer.config, inputs))
    yield from _embedded(layer, name, seen, calls[0].inputs if calls else ())


def _check_first(model: Model, path: str) -> None:
    """The first layer of a sequential model makes the input, where no layer is there for it."""
    first = model.layers[0] if model.kind == "sequential" and model.layers else None
    if first is None or first.class_name == "InputLayer" or first.model is not None:
        return
    dtype = first.config.get("dtype")
    if first.config.get("batch_input_shape") is not None and all(dtype != each for each in INPUT_TYPES):
        Site(path + first.name, first.class_name, first.config).refuse_value(
            "dtype",
            "TensorFlow.js then refuses whatever input it is given",
            "Put an InputLayer of float32 or int32 in front, and save the model again.",
        )


def _check_training(site: Site, layer: Layer, config: Config) -> None:
    check_training(Site(site.name, site.class_name, config, key=site.key), layer.weights)
    for key in ("layer", "backward_layer", "cell", "cells"):
        held = config.get(key)
        for spec in held if isinstance(held, list) else [held]:
            if isinstance(spec, dict) and isinstance(spec.get("config"), dict):
                within = Site(site.name, str(spec.get("class_name")), config, key=f"{site.key}{key}.")
                _check_training(within, layer, spec["config"])


def _embedded(layer: Layer, name: str, seen: _Seen, inputs: Shapes) -> Iterator[Doubt]:
    """A model inside a wrapper, or in several: its layers, and its graph."""
    spec: object = layer.config.get("layer") if layer.class_name == "TimeDistributed" else None
    steps = inputs
    while isinstance(spec, dict):
        steps = tuple(None if shape is None else (shape[0], *shape[2:]) for shape in steps)
        if spec.get("class_name") != "TimeDistributed":
            break
        held = spec.get("config")
        spec = held.get("layer") if isinstance(held, dict) else None
    class_name = spec.get("class_name") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or class_name not in CLASSES:
        return
    model = layer.model or read(class_name, spec.get("config"))
    if model is None:
        return
    inferred = infer(model, steps or None)
    yield from _layers(model, inferred, f"{name}/", seen, None)
    execution = Execution(f"{name}/")
    execution.run(model, inferred, (), {})
    yield from execution.doubts
