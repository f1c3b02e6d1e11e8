"""A model as TensorFlow.js sees it: tensors, and the calls that make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from converter.layers.graph import CallShapes, Inferred, is_nested
from converter.model import Config, Layer, Model, TensorRef


class Tensor(NamedTuple):
    """Output number ``output`` of call number ``call`` of a layer; calls count from 0 for every layer."""

    layer: str
    call: int
    output: int


@dataclass(frozen=True, eq=False)
class Node:
    """One call of a layer.

    Attributes:
        layer: the layer.
        call: which of its calls this is, from 0.
        inputs: the tensors it is given.
        kwargs: the arguments beside them.
        shapes: the shapes of the call.
    """

    layer: Layer
    call: int
    inputs: tuple[Tensor, ...]
    kwargs: Config
    shapes: CallShapes

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The tensors it makes."""
        count = 1 if self.shapes.outputs is None else len(self.shapes.outputs)
        return tuple(Tensor(self.layer.name, self.call, output) for output in range(count))


@dataclass(frozen=True, eq=False)
class Graph:
    """The calls of a model.

    Attributes:
        nodes: by layer and call.
        inputs: the tensors that the model is given.
        outputs: those that it gives.
    """

    nodes: dict[tuple[str, int], Node]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def graph_of(model: Model, inferred: Inferred) -> Graph:
    """The graph of a model; a sequential one is a chain."""
    if model.kind == "sequential":
        return _chain(model, inferred)
    nested = {layer.name for layer in model.layers if is_nested(layer)}

    def tensor(ref: TensorRef) -> Tensor:
        # Keras counts the definition of a nested model as its call number 0.
        return Tensor(ref.layer, ref.node - (ref.layer in nested), ref.output)

    nodes = {
        (layer.name, number): Node(
            layer, number, tuple(map(tensor, call.inputs)), call.kwargs, inferred.layers[layer.name][number]
        )
        for layer in model.layers
        for number, call in enumerate(layer.calls)
        if layer.class_name != "InputLayer"
    }
    return Graph(nodes, tuple(map(tensor, model.inputs)), tuple(map(tensor, model.outputs)))


def _chain(model: Model, inferred: Inferred) -> Graph:
    nodes: dict[tuple[str, int], Node] = {}
    first = last = Tensor("", 0, 0)
    for layer in model.layers:
        if layer.class_name == "InputLayer" and not nodes:
            continue
        node = Node(layer, 0, (last,), {}, inferred.layers[layer.name][0])
        nodes[layer.name, 0] = node
        last = node.outputs[0] if node.outputs else last
    return Graph(nodes, (first,), (last,))
