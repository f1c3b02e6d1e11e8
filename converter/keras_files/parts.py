"""The layers inside a layer, each with its share of the weights and the place that Keras 3 keeps them at.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py (``_walk_saveable``)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from converter.layers import embedded, weight_specs
from converter.layers.configuration import listed
from converter.model import Config, Layer, Model, Weight
from converter.sources.parts import group_name

_CELL_INSIDE = frozenset({"LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"})


class Part(NamedTuple):
    """A layer that has weights of its own, by itself or inside another.

    Attributes:
        path: the groups below that of the layer in the graph.
        class_name: its class.
        config: its configuration.
        weights: in Keras's order.
    """

    path: tuple[str, ...]
    class_name: str
    config: Config
    weights: tuple[Weight, ...]


def parts_of(layer: Layer) -> list[Part]:
    """The parts of a layer that is no model; together they have its weights, in their order."""
    weights = iter(layer.weights)
    found = list(_parts(layer.class_name, layer.config, weights, ()))
    left = tuple(weights)  # of a class that is not known
    return [*found, Part((), layer.class_name, layer.config, left)] if left else found


def counted(class_names: Sequence[str]) -> list[str]:
    """The group of each layer of a model: its class, counted."""
    used: dict[str, int] = {}
    found = []
    for class_name in class_names:
        base = group_name(class_name)
        used[base] = used.get(base, -1) + 1
        found.append(f"{base}_{used[base]}" if used[base] else base)
    return found


def _parts(
    class_name: str, config: Config, weights: Iterator[Weight], path: tuple[str, ...]
) -> Iterator[Part]:
    inside = _inside(class_name, config)
    if class_name in embedded.CLASSES:
        yield from _of_model(embedded.read(class_name, config), weights, path)
    elif inside is None:
        specs = weight_specs(Layer(str(config.get("name", "")), class_name, config))
        yield Part(path, class_name, config, tuple(weights if specs is None else islice(weights, len(specs))))
    for below, inner_class, inner in inside or ():
        yield from _parts(inner_class, inner, weights, (*path, *below))


def _inside(class_name: str, config: Config) -> list[tuple[tuple[str, ...], str, Config]] | None:
    """The layers that hold a layer's weights: place, class and configuration; None if it does itself."""
    if class_name in _CELL_INSIDE:
        # The weights are the cell's; the rule for the layer tells as much of them.
        return [(("cell",), f"{class_name}Cell", config)]
    if class_name == "TimeDistributed":
        return [(("layer",), *_spec(config.get("layer")))]
    if class_name == "Bidirectional":
        forward = config.get("layer")
        backward = config.get("backward_layer") or forward
        return [(("forward_layer",), *_spec(forward)), (("backward_layer",), *_spec(backward))]
    if class_name == "StackedRNNCells":
        specs = [_spec(each) for each in listed(config.get("cells")) or ()]
        names = counted([name for name, _ in specs])
        return [(("cells", name), *spec) for name, spec in zip(names, specs, strict=True)]
    if class_name == "RNN":
        cells = listed(config.get("cell"))
        if cells is not None:
            return [(("cell",), "StackedRNNCells", {"cells": cells})]
        return [(("cell",), *_spec(config.get("cell")))]
    return None


def _spec(spec: Any) -> tuple[str, Config]:
    if not isinstance(spec, Mapping) or not isinstance(spec.get("config"), Mapping | list):
        return "", {}
    config = spec["config"]
    return str(spec.get("class_name")), {"layers": config} if isinstance(config, list) else config


def _of_model(model: Model | None, weights: Iterator[Weight], path: tuple[str, ...]) -> Iterator[Part]:
    """The layers of a model inside a wrapper, whose weights are listed together: what is trained first."""
    if model is None:
        return
    leaves = [
        Part((*path, "layers", name, *part.path), part.class_name, part.config, ())
        for name, layer in zip(counted([each.class_name for each in model.layers]), model.layers, strict=True)
        for part in _parts_without(layer)
    ]
    shares: list[dict[int, Weight]] = [{} for _ in leaves]
    slots = []
    for index, leaf in enumerate(leaves):
        specs = weight_specs(Layer("", leaf.class_name, leaf.config)) or ()
        frozen = leaf.config.get("trainable") is False
        slots += [(frozen or not spec.trainable, index, position) for position, spec in enumerate(specs)]
    for (_, index, position), weight in zip(sorted(slots, key=lambda slot: slot[0]), weights, strict=False):
        shares[index][position] = weight
    for leaf, share in zip(leaves, shares, strict=True):
        yield leaf._replace(weights=tuple(share[position] for position in sorted(share)))


def _parts_without(layer: Layer) -> list[Part]:
    """The parts of a layer whose weights are not given out yet."""
    if layer.model is not None:
        return list(_of_model(layer.model, iter(()), ()))
    return list(_parts(layer.class_name, layer.config, iter(()), ()))
