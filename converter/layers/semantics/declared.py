"""The sizes that TensorFlow.js declares where none is known: a crop makes them negative.

Cropping2D takes its margins from null and gets a negative number, which most layers carry on. Only
Concatenate compares sizes so closely that it matters.
"""

from __future__ import annotations

from converter.layers.configuration import axes, integers, listed, whole
from converter.layers.grid import grid
from converter.layers.rule import RuleError
from converter.layers.semantics.doubt import Site
from converter.layers.semantics.graph import Graph, Node, Tensor
from converter.model import Config, Shape

_POOLED = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "AveragePooling2D", "MaxPooling2D"})


def check_declared(graph: Graph, path: str) -> None:
    """Refuses a concatenation whose inputs TensorFlow.js takes for ones of different size.

    Raises:
        UnsupportedError: ``layer-semantics``.
    """
    classes = {node.layer.class_name for node in graph.nodes.values()}
    if not {"Concatenate", "Cropping2D"} <= classes:
        return
    known: dict[Tensor, Shape] = {}
    for node in graph.nodes.values():
        _fill(graph, node, known)
    for node in graph.nodes.values():
        shapes = [known.get(each) for each in node.inputs]
        if node.layer.class_name != "Concatenate" or any(shape is None for shape in shapes):
            continue
        axis = (axes(node.layer.config, "axis", (-1,)))[0]
        rest = {tuple(_without(shape or (), axis)) for shape in shapes}
        if len(rest) > 1:
            Site(path + node.layer.name, "Concatenate", node.layer.config).refuse(
                "one of its inputs is a crop of unknown size, for which TensorFlow.js declares a negative "
                "size, and it takes that for a contradiction.",
                "Declare the whole input shape, or crop all inputs alike, and save the model again.",
            )


def _without(shape: Shape, axis: int) -> Shape:
    at = axis % len(shape) if shape else 0
    return (*shape[:at], *shape[at + 1 :])


def _fill(graph: Graph, goal: Node, known: dict[Tensor, Shape]) -> None:
    """The declared shapes of what a call gives, and before it of all that it needs."""
    pending = [goal]
    while pending:
        node = pending[-1]
        if node.outputs and node.outputs[0] in known:
            pending.pop()
            continue
        sources = [graph.nodes.get((each.layer, each.call)) for each in node.inputs]
        missing = [each for each in sources if each is not None and each.outputs[0] not in known]
        if missing and len(pending) <= len(graph.nodes):
            pending += missing
            continue
        pending.pop()
        outputs = node.shapes.outputs or ()
        for tensor, shape in zip(node.outputs, outputs, strict=False):
            if shape is not None:
                known[tensor] = _sizes(node, shape, known)


def _sizes(node: Node, shape: Shape, known: dict[Tensor, Shape]) -> Shape:
    given = known.get(node.inputs[0]) if node.inputs else None
    name = node.layer.class_name
    if node.layer.model is not None:
        return shape
    try:
        if name == "Cropping2D":
            return _moved(node.layer.config, given or node.shapes.inputs[0] or shape, shape)
        if given is None or len(given) != len(shape) or all(size is None or size >= 0 for size in given):
            return shape
        if name in _POOLED | {"Conv2DTranspose", "UpSampling2D"}:
            return _strided(name, node.layer.config, given, shape)
    except RuleError:
        return shape
    if len(node.inputs) > 1 or name == "ZeroPadding2D":
        return (
            tuple(_kept(own, size) for own, size in zip(given, shape, strict=True))
            if name == "Concatenate"
            else shape
        )
    return tuple(_kept(own, size) for own, size in zip(given, shape, strict=True))


def _kept(own: int | None, size: int | None) -> int | None:
    return own if size is None else size


def _moved(config: Config, given: Shape, shape: Shape) -> Shape:
    before, after = grid(config, given, 2), grid(config, shape, 2)
    margins = listed(config.get("cropping")) or [config.get("cropping")] * 2
    space = []
    for own, size, pair in zip(before.space, after.space, margins, strict=False):
        ends = listed(pair) or [pair, pair]
        taken = sum(whole(end) or 0 for end in ends)
        space.append((own or 0) - taken if size is None else size)
    return after.shape(tuple(space), after.channels)


def _strided(name: str, config: Config, given: Shape, shape: Shape) -> Shape:
    before, after = grid(config, given, 2), grid(config, shape, 2)
    key, default = ("pool_size", 2) if "Pooling" in name else ("kernel_size", None)
    width = (1, 1) if name == "UpSampling2D" else integers(config, key, 2, default)
    stride = (
        width if config.get("strides") is None and "Pooling" in name else integers(config, "strides", 2, 1)
    )
    rate = integers(config, "dilation_rate", 2, 1)
    same = config.get("padding") == "same"
    space = []
    for index, (own, size) in enumerate(zip(before.space, after.space, strict=True)):
        if size is not None or own is None or own >= 0:
            space.append(size)
        elif name == "UpSampling2D":
            space.append(own * integers(config, "size", 2, 2)[index])
        elif name == "Conv2DTranspose":
            space.append(own * stride[index] + (0 if same else max(width[index] - stride[index], 0)))
        else:
            left = own if same else own - (width[index] - 1) * rate[index]
            space.append((left + stride[index] - 1) // stride[index])
    return after.shape(tuple(space), after.channels)
