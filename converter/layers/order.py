"""The calls of a model in an order in which they can be made."""

from __future__ import annotations

from converter.layers.semantics.graph import Graph, Node, Tensor


def in_order(graph: Graph) -> list[Node]:
    """Every call, each behind those whose outputs it is given."""
    found: dict[tuple[str, int], Node] = {}
    begun: set[tuple[str, int]] = set()
    for key in graph.nodes:
        pending = [key]
        while pending:
            top = pending[-1]
            sources = [(each.layer, each.call) for each in graph.nodes[top].inputs]
            waiting = [each for each in sources if each in graph.nodes and each not in begun]
            begun.add(top)
            if waiting:
                pending += waiting
                continue
            pending.pop()
            found.setdefault(top, graph.nodes[top])
    return list(found.values())


def reached(graph: Graph) -> tuple[set[tuple[str, int]], set[Tensor]]:
    """The calls and the tensors that some output of the model depends on."""
    calls: set[tuple[str, int]] = set()
    tensors: set[Tensor] = set()
    pending = list(graph.outputs)
    while pending:
        tensor = pending.pop()
        tensors.add(tensor)
        key = (tensor.layer, tensor.call)
        node = graph.nodes.get(key)
        if node is not None and key not in calls:
            calls.add(key)
            pending += node.inputs
    return calls, tensors
