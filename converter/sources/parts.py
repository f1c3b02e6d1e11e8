"""The groups of Keras 3's weights: which is whose, and in which order those inside one layer are listed.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py (``_save_container_state``)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from converter.errors import SourceError, UnsupportedError
from converter.layers import MISSING, embedded, explain, weight_specs
from converter.layers.configuration import brief, listed
from converter.model import Layer, Model, Weight
from converter.sources.merging import merged
from converter.sources.weights_store import Node, natural

_RECURRENT = {"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}
_PROJECTIONS = {"GroupedQueryAttention", "MultiHeadAttention"}
_MOST_DEEP = 32


def groups_by_class(model: Model, container: Node) -> dict[str, str]:
    """The group of each layer that has one: the layers of a class are counted."""
    found: dict[str, str] = {}
    by_class: dict[str, list[str]] = {}
    for layer in model.layers:
        by_class.setdefault(group_name(layer.class_name), []).append(layer.name)
    for base, names in by_class.items():
        counted = re.compile(re.escape(base) + r"(?:_[0-9]+)?")
        keys = sorted(filter(counted.fullmatch, container.parts), key=natural)
        if len(keys) != len(names):
            keys = [key if key in container.parts else "" for key in _count(base, len(names))]
        found.update({name: key for name, key in zip(names, keys, strict=True) if key})
    return found


def _count(base: str, count: int) -> list[str]:
    return [base, *(f"{base}_{index}" for index in range(1, count))][:count]


def group_name(class_name: str) -> str:
    """``Conv2D`` as ``conv2d``, ``UpSampling2D`` as ``up_sampling2d``: how Keras names groups."""
    if class_name == "Model":
        return "functional"
    name = re.sub(r"\W+", "", class_name.rpartition(">")[2])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def collect(layer: Layer, node: Node) -> list[Weight]:
    """The weights of one layer and of the layers inside it, as ``weight_specs`` lists them.

    Raises:
        UnsupportedError: when that is not known, and TensorFlow.js lacks the layer anyway.
        SourceError: when the file does not tell the order of its parts (``weights-order``).
    """
    if layer.class_name == "SpectralNormalization":
        # It stores the kernel of the layer inside a second time, in front of its own weight.
        node = Node(node.name, node.weights[-1:], node.parts)
    found = [weights for weights in _ordered(layer.class_name, layer.config, node, 0) if weights]
    if sum(map(len, found)) == sum(len(each.weights) for each in node.walk()):
        return [weight for weights in found for weight in weights]
    holders = [each.weights for each in node.walk() if each.weights]
    if len(holders) > 1 and layer.class_name in MISSING:
        raise UnsupportedError(
            "unsupported-layer",
            f"layer {brief(layer.name)}",
            explain(layer.class_name),
            "Replace it by layers that TensorFlow.js has, in Python, and save the model again.",
        )
    if len(holders) > 1:
        raise SourceError(
            "weights-order",
            f"layer {brief(layer.name)} ({brief(layer.class_name)})",
            "its weights lie in several parts, and the file does not tell the order of these.",
            "Save the whole model as .h5, with model.save('model.h5'), which lists them in order.",
        )
    return [weight for weights in holders for weight in weights]


def _ordered(class_name: Any, config: Any, node: Node, depth: int) -> Iterator[list[Weight]]:
    """The weights that lie in known places, in order."""
    if not isinstance(class_name, str) or not isinstance(config, Mapping) or depth > _MOST_DEEP:
        return
    if class_name in embedded.CLASSES:
        yield _of_model(class_name, config, node)
        return
    if class_name != "SpectralNormalization":
        yield node.weights
    for key, spec in _inside(class_name, config):
        part = node
        for step in key:
            part = part.parts.get(step, Node())
        if not isinstance(spec, Mapping):
            yield part.weights
        else:
            yield from _ordered(spec.get("class_name"), spec.get("config"), part, depth + 1)
    if class_name == "SpectralNormalization":
        yield node.weights


def _inside(class_name: str, config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Where the parts of a layer lie, each with what is known of it."""
    if isinstance(config.get("activation"), Mapping):
        yield ("activation",), config["activation"]
    if class_name in {"SpectralNormalization", "TimeDistributed"}:
        yield ("layer",), config.get("layer")
    elif class_name in _PROJECTIONS:
        for part in ("query", "key", "gate", "value", "output"):
            # Some releases save what is behind a property under the name of that.
            yield (f"{part}_dense",), None
            yield (f"_{part}_dense",), None
    elif class_name == "Bidirectional":
        yield ("forward_layer",), config.get("layer")
        yield ("backward_layer",), config.get("backward_layer") or config.get("layer")
    elif class_name == "StackedRNNCells" or (class_name == "RNN" and isinstance(config.get("cell"), list)):
        cells = listed(config.get("cells" if class_name == "StackedRNNCells" else "cell")) or ()
        path = ("cells",) if class_name == "StackedRNNCells" else ("cell", "cells")
        used: dict[str, int] = {}
        for spec in cells:
            base = group_name(str(spec.get("class_name"))) if isinstance(spec, Mapping) else ""
            used[base] = used.get(base, -1) + 1
            yield (*path, f"{base}_{used[base]}" if used[base] else base), spec
    elif class_name in _RECURRENT:
        yield ("cell",), config.get("cell")


def _of_model(class_name: str, config: Mapping[str, Any], node: Node) -> list[Weight]:
    """The weights of a model inside a wrapper: layer by layer, and those that are trained first."""
    model, container = embedded.read(class_name, config), node.layers
    if model is None or container is None:
        return []
    groups = groups_by_class(model, container)
    trained: list[Weight] = []
    others: list[Weight] = []
    for layer in model.layers:
        part = container.parts.get(groups.get(layer.name, ""), Node())
        specs = weight_specs(layer) if layer.model is None else None
        weights = merged(layer, collect(layer, part), specs)
        frozen = layer.config.get("trainable") is False
        for index, weight in enumerate(weights):
            known = specs is not None and len(specs) == len(weights)
            trains = not frozen and (specs[index].trainable if known and specs else True)
            (trained if trains else others).append(weight)
    return [*trained, *others]
