"""Graphs of layers without weights, and what each engine would make of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from converter.layers.graph import is_nested
from converter.layers.semantics.building import made_calls
from converter.model import Call, Layer, Model, TensorRef

Said = tuple[Any, ...]
"""A tensor as what it was computed from."""


def graph_of(
    calls: Sequence[tuple[str, list[TensorRef]]], outputs: Sequence[TensorRef], **config: Any
) -> Model:
    """A model of one input ``x`` from calls in the order in which Keras makes them.

    Args:
        calls: each of a layer, which is an ``Activation`` or, of several tensors, an ``Add``.
        outputs: those of the model.
        config: ``order``, the names of the layers as the file lists them.
    """
    found: dict[str, list[Call]] = {}
    for name, inputs in calls:
        found.setdefault(name, []).append(Call(tuple(inputs)))
    layers = {
        name: Layer(
            name,
            "Add" if len(each[0].inputs) > 1 else "Activation",
            {"name": name} if len(each[0].inputs) > 1 else {"name": name, "activation": "tanh"},
            tuple(each),
        )
        for name, each in found.items()
    }
    x = Layer("x", "InputLayer", {"name": "x", "batch_input_shape": [None, 4], "dtype": "float32"})
    listed = [layers[name] for name in config.get("order") or found]
    return Model("m", "Model", "functional", (x, *listed), (TensorRef("x", 0, 0),), tuple(outputs))


def random_graph(dice: random.Random) -> Model:
    """A dozen calls of four shared layers, which the file lists in any order."""
    made = [TensorRef("x", 0, 0)]
    calls: list[tuple[str, list[TensorRef]]] = []
    counts: dict[str, int] = {}
    for _ in range(12):
        name = dice.choice("abcd")
        width = 2 if name == "d" else 1
        calls.append((name, [dice.choice(made) for _ in range(width)]))
        made.append(TensorRef(name, counts.get(name, 0), 0))
        counts[name] = counts.get(name, 0) + 1
    order = list(counts)
    dice.shuffle(order)
    return graph_of(calls, [dice.choice(made) for _ in range(3)], order=order)


def in_keras(model: Model) -> list[Said]:
    """The outputs, where references mean the calls that stand there."""
    return _said(model, {layer.name: list(range(len(layer.calls))) for layer in model.layers})


def in_tfjs(model: Model) -> list[Said]:
    """The outputs, where references count the calls as TensorFlow.js makes them."""
    return _said(model, made_calls(model))


def _said(model: Model, order: dict[str, list[int]]) -> list[Said]:
    layers = {layer.name: layer for layer in model.layers}

    def tensor(ref: TensorRef) -> Said:
        layer = layers[ref.layer]
        if layer.class_name == "InputLayer":
            return (ref.layer,)
        call = layer.calls[order[ref.layer][ref.node - is_nested(layer)]]
        inputs = tuple(tensor(each) for each in call.inputs)
        return inputs[0] if "_copy" in layer.name else (ref.layer, *inputs)

    return [tensor(ref) for ref in model.outputs]
