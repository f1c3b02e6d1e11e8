"""What each layer does with the masks of its inputs, in Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.inspection.paths import walk
from converter.layers import Inferred
from converter.layers.operation import OPERATION
from converter.layers.order import in_order
from converter.layers.semantics.execution import reads_mask
from converter.layers.semantics.graph import Tensor, graph_of
from converter.layers.semantics.masks import Mask, in_keras
from converter.model import Model, TensorRef
from converter.passes.masks.explicit import without_masks

MAKES, CARRIES, READS, IGNORES = "makes", "carries", "reads", "ignores"

_READERS = frozenset(
    {
        "AdditiveAttention",
        "Attention",
        "GlobalAveragePooling1D",
        "GroupQueryAttention",
        "GroupedQueryAttention",
        "MultiHeadAttention",
    }
)


def masks(model: Model, inferred: Inferred, path: str = "") -> dict[str, str]:
    """By path, what a layer does with masks; layers that never meet one are left out."""
    found: dict[str, str] = {}
    _follow(model, inferred, [], path, found)
    return found


def plumbing(model: Model) -> set[str]:
    """The paths of operations that do nothing but make masks, which Keras 3 writes into its graphs."""
    kept = {path for path, _ in walk(without_masks(model))}
    return {path for path in _asked_for_masks(model, "") if path not in kept}


def _asked_for_masks(model: Model, path: str) -> Iterator[str]:
    by_name = {layer.name: layer for layer in model.layers}
    pending = [
        ref for layer in model.layers for call in layer.calls for ref in _refs(call.kwargs.get("mask"))
    ]
    seen: set[str] = set()
    while pending:
        layer = by_name.get(pending.pop().layer)
        if layer is not None and layer.class_name == OPERATION and layer.name not in seen:
            seen.add(layer.name)
            yield f"{path}{layer.name}"
            pending += [ref for call in layer.calls for ref in call.inputs]
    for layer in model.layers:
        if layer.model is not None:
            yield from _asked_for_masks(layer.model, f"{path}{layer.name}/")


def _refs(value: Any) -> Iterator[TensorRef]:
    """The tensors in a mask among the arguments of a call, which is one of them or a list."""
    match value:
        case [str() as layer, int() as node, int() as output]:
            yield TensorRef(layer, node, output)
        case list():
            for each in value:
                yield from _refs(each)


def _follow(
    model: Model, inferred: Inferred, given: list[Mask], path: str, found: dict[str, str]
) -> list[Mask]:
    graph = graph_of(model, inferred)
    known: dict[Tensor, Mask] = dict(zip(graph.inputs, given, strict=False))
    for node in in_order(graph):
        layer, own = node.layer, [known.get(each) for each in node.inputs]
        at = f"{path}{layer.name}"
        if node.shapes.inner is not None and layer.model is not None:
            made = _follow(layer.model, node.shapes.inner, own, f"{at}/", found)
        else:
            made = in_keras(layer.class_name, layer.config, (at, node.call), own)
            role = _role(layer.class_name, own, made, reads=reads_mask(layer.class_name, layer.config))
            if role is not None:
                found[at] = role
        for position, output in enumerate(node.outputs):
            known[output] = made[min(position, len(made) - 1)] if made else None
    return [known.get(output) for output in graph.outputs]


def _role(class_name: str, given: list[Mask], made: list[Mask], *, reads: bool) -> str | None:
    masked = any(mask is not None for mask in given)
    if not masked:
        return MAKES if any(mask is not None for mask in made) else None
    if reads or class_name in _READERS:
        return READS
    return CARRIES if any(mask is not None for mask in made) else IGNORES
