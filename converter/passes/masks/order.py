"""The order in which Keras runs the calls of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from converter.layers.semantics.graph import Graph, Node, Tensor

Key = tuple[str, int]


def running_order(graph: Graph, inputs_of: Callable[[Node], Iterable[Tensor]]) -> list[Node]:
    """The calls that the outputs need: those first that are furthest from the outputs.

    https://github.com/keras-team/keras/blob/v3.8.0/keras/src/ops/function.py (``map_graph``)

    Args:
        graph: any graph without cycles.
        inputs_of: every tensor that a call is given, masks among them.
    """
    before = _postorder(graph, inputs_of)
    depth: dict[Key, int] = dict.fromkeys(before, 0)
    for key in reversed(before):
        for each in inputs_of(graph.nodes[key]):
            source = (each.layer, each.call)
            if source in depth:
                depth[source] = max(depth[source], depth[key] + 1)
    place = {key: number for number, key in enumerate(graph.nodes)}
    return [graph.nodes[key] for key in sorted(before, key=lambda key: (-depth[key], place[key]))]


def _postorder(graph: Graph, inputs_of: Callable[[Node], Iterable[Tensor]]) -> list[Key]:
    """Each call behind those that it needs."""
    done: dict[Key, None] = {}
    begun: set[Key] = set()
    pending = [(each.layer, each.call) for each in reversed(graph.outputs)]
    while pending:
        key = pending[-1]
        node = graph.nodes.get(key)
        if node is None or key in done:
            pending.pop()
        elif key in begun:
            done[key] = None
            pending.pop()
        else:
            begun.add(key)
            sources = [(each.layer, each.call) for each in inputs_of(node)]
            pending += [source for source in sources if source not in begun]
    return list(done)
