"""What each layer does with the masks of its inputs, in Keras."""

from __future__ import annotations

from converter.layers import Inferred
from converter.layers.order import in_order
from converter.layers.semantics.execution import reads_mask
from converter.layers.semantics.graph import Tensor, graph_of
from converter.layers.semantics.masks import Mask, in_keras
from converter.model import Model

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
