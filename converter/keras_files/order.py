"""The order in which Keras itself keeps the layers of a graph, by which its files list their weights.

Both Keras sort layers by their distance from the outputs, and layers of the same distance by when a
search from the outputs first meets them; a layer that leads to no output is none of the model's.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/ops/function.py (``map_graph``)
"""

from __future__ import annotations

from dataclasses import replace

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.layers.graph import is_nested
from converter.model import Layer, Model, TensorRef

Node = tuple[str, int]
"""One call of a layer; an ``InputLayer`` has call number 0."""


def in_order(model: Model) -> Model:
    """The model, and those nested in it, with their layers in Keras's order; dead branches are gone.

    Raises:
        UnsupportedError: as ``node_of`` does.
    """
    layers = tuple(
        layer if layer.model is None else replace(layer, model=in_order(layer.model))
        for layer in model.layers
    )
    model = replace(model, layers=layers)
    if model.kind == "sequential":
        return model
    by_name = {layer.name: layer for layer in layers}
    finished, first_met = _search(model, by_name)
    return _of_live(model, by_name, _sorted(model, by_name, finished, first_met), set(finished))


def node_of(ref: TensorRef, layers: dict[str, Layer]) -> Node:
    """The call that a reference means.

    Raises:
        UnsupportedError: where a nested model's calls are counted otherwise than TensorFlow.js does.
    """
    layer = layers[ref.layer]
    node = ref.node - is_nested(layer)
    if not 0 <= node < max(1, len(layer.calls)):
        raise UnsupportedError(
            "export-graph",
            f"layer {brief(ref.layer)}",
            f"a reference to its call {ref.node} means nothing to TensorFlow.js.",
            "Save the model again with the TensorFlow.js or the Keras that made it.",
        )
    return ref.layer, node


def calls_in_order(model: Model) -> list[Node]:
    """Every call of a functional model that leads to an output, each behind all that it needs."""
    return _search(model, {layer.name: layer for layer in model.layers})[0]


def _of_live(model: Model, layers: dict[str, Layer], names: list[str], live: set[Node]) -> Model:
    """The model of the named layers, without the calls that lead to no output."""
    numbers = {
        (name, old): new
        for name in names
        for new, old in enumerate(n for n in range(len(layers[name].calls)) if (name, n) in live)
    }

    def counted(refs: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        nodes = [node_of(ref, layers) for ref in refs]
        shifts = [numbers.get(node, node[1]) - node[1] for node in nodes]
        return tuple(ref._replace(node=ref.node + shift) for ref, shift in zip(refs, shifts, strict=True))

    return replace(
        model,
        layers=tuple(
            replace(
                layers[name],
                calls=tuple(
                    replace(call, inputs=counted(call.inputs))
                    for number, call in enumerate(layers[name].calls)
                    if (name, number) in live
                ),
            )
            for name in names
        ),
        inputs=counted(model.inputs),
        outputs=counted(model.outputs),
    )


def _sorted(
    model: Model, layers: dict[str, Layer], finished: list[Node], first_met: dict[str, int]
) -> list[str]:
    depths: dict[Node, int] = {}
    of_layer: dict[str, int] = {}
    for node in reversed(finished):
        depth = max(depths.get(node, 0), of_layer.get(node[0], 0))
        depths[node] = of_layer[node[0]] = depth
        for source in _sources(node, layers):
            depths[source] = max(depths.get(source, 0), depth + 1)
    for ref in model.inputs:  # those that lead nowhere are arguments all the same
        if ref.layer not in of_layer:
            of_layer[ref.layer] = 0
    return sorted(of_layer, key=lambda name: (-of_layer[name], first_met.get(name, -1)))


def _search(model: Model, layers: dict[str, Layer]) -> tuple[list[Node], dict[str, int]]:
    """Every call that leads to an output, behind all that it needs; and the order of first meetings."""
    finished: dict[Node, None] = {}
    first_met: dict[str, int] = {}
    for output in model.outputs:
        pending = [(node_of(output, layers), False)]
        while pending:
            node, done = pending.pop()
            if node in finished:
                continue
            if done:
                finished[node] = None
                continue
            first_met.setdefault(node[0], len(first_met))
            pending.append((node, True))
            pending += [(source, False) for source in reversed(_sources(node, layers))]
    return list(finished), first_met


def _sources(node: Node, layers: dict[str, Layer]) -> list[Node]:
    layer = layers[node[0]]
    return [node_of(ref, layers) for ref in layer.calls[node[1]].inputs] if layer.calls else []
