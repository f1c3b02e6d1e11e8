"""Sizes of tensors that the graph itself asks for (``tf.shape(x)[1]``), worked out before it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from converter.layers import Inferred, infer
from converter.layers.configuration import listed, whole
from converter.layers.graph import is_nested
from converter.layers.operation import OPERATION, bound
from converter.layers.order import in_order
from converter.layers.semantics.graph import graph_of
from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult

SHAPE = "Shape"
OPEN = object()
"""A size that is not known before the model runs, such as that of the batch."""

_WHY = "sizes of tensors are known before the model runs"


class FoldSizes(Pass):
    """Puts numbers in the place of sizes that operations compute from shapes.

    The size of the batch stays open: it can be asked for where it says what ``-1`` says.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites the graph and those in it."""
        if not any(_is_operation(layer, SHAPE) for layer in model.walk()):
            return PassResult(model)
        folded: list[str] = []
        made = _graph(model, infer(model), folded)
        if not folded:
            return PassResult(model)
        return PassResult(made, (Change("sizes → numbers", tuple(folded), _WHY),))


def _graph(model: Model, shapes: Inferred, folded: list[str]) -> Model:
    layers = []
    for layer in model.layers:
        calls = shapes.layers.get(layer.name, ())
        if is_nested(layer) and layer.model is not None:
            inner = next((call.inner for call in calls if call.inner is not None), None)
            layers.append(replace(layer, model=_graph(layer.model, inner or infer(layer.model), folded)))
        else:
            layers.append(layer)
    values: dict[TensorRef, Any] = {}
    for node in in_order(graph_of(model, shapes)):
        if len(node.layer.calls) == 1 and node.layer.class_name == OPERATION:
            _evaluate(node.layer, shapes, values)
    layers = [_with_numbers(layer, shapes, values, folded) for layer in layers]
    return replace(model, layers=_needed(layers, model.outputs, {ref.layer for ref in values}))


def _evaluate(layer: Layer, shapes: Inferred, values: dict[TensorRef, Any]) -> None:
    """Notes what an operation gives, if it follows from shapes alone."""
    own = TensorRef(layer.name, 0, 0)
    (call,) = layer.calls
    if own in values:
        return
    if _is_operation(layer, SHAPE):
        (shape,) = shapes.layers[layer.name][0].inputs
        if shape is not None:
            values[own] = [OPEN if size is None else size for size in shape]
        return
    rule = _RULES.get(str(layer.config.get("operation")))
    if rule is None or not call.inputs or not all(ref in values for ref in call.inputs):
        return
    given = [values[ref] for ref in call.inputs]
    arguments = {key: _filled(value, given) for key, value in bound(layer.config).items()}
    try:
        found = rule(arguments)
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError):
        return  # what cannot be worked out here is refused later
    if _is_operation(layer, "Unstack"):
        values.update({TensorRef(layer.name, 0, index): each for index, each in enumerate(found)})
    else:
        values[own] = found


def _filled(value: Any, given: list[Any]) -> Any:
    """An argument with values in the place of tensors."""
    if isinstance(value, Mapping) and "tensor" in value:
        return given[value["tensor"]]
    return [_filled(each, given) for each in value] if isinstance(value, list) else value


def _with_numbers(
    layer: Layer, shapes: Inferred, values: Mapping[TensorRef, Any], folded: list[str]
) -> Layer:
    """The operation with numbers for what it is given, as far as they are known."""
    if layer.class_name != OPERATION or len(layer.calls) != 1 or TensorRef(layer.name, 0, 0) in values:
        return layer
    (call,) = layer.calls
    known = {index: values[ref] for index, ref in enumerate(call.inputs) if ref in values}
    if not known:
        return layer
    kept = [index for index in range(len(call.inputs)) if index not in known]
    stands = {old: {"tensor": new} for new, old in enumerate(kept)} | known
    config = {key: _filled_in(layer.config[key], stands) for key in ("settings", "args", "kwargs")}
    if _is_operation(layer, "Reshape"):
        (shape, *_) = shapes.layers[layer.name][0].inputs
        settings = config["settings"]
        config["settings"] = {**settings, "newshape": _open(settings.get("newshape"), shape)}
    if _has_open(config):
        return layer
    folded.append(layer.name)
    inputs = tuple(call.inputs[index] for index in kept)
    return replace(layer, config={**layer.config, **config}, calls=(Call(inputs, call.kwargs),))


def _filled_in(value: Any, stands: Mapping[int, Any]) -> Any:
    if isinstance(value, Mapping):
        if "tensor" in value:
            return stands[value["tensor"]]
        return {key: _filled_in(each, stands) for key, each in value.items()}
    return [_filled_in(each, stands) for each in value] if isinstance(value, list | tuple) else value


def _open(target: Any, shape: tuple[int | None, ...] | None) -> Any:
    """A new shape in which ``-1`` stands for the batch, where only one size is open without it."""
    sizes = listed(target)
    if sizes is None or list(sizes).count(OPEN) != 1:
        return target
    if -1 in sizes:
        # The two open sizes are told apart if the batch alone is open in what is reshaped.
        rest = None if shape is None or shape[0] is not None or None in shape[1:] else shape[1:]
        others = math.prod(size for size in sizes if size not in (OPEN, -1))
        if rest is None or not others or math.prod(size or 0 for size in rest) % others:
            return target
        spare = math.prod(size or 0 for size in rest) // others
        sizes = [spare if size == -1 else size for size in sizes]
    return [-1 if size is OPEN else size for size in sizes]


def _has_open(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_open, value.values()))
    return any(map(_has_open, value)) if isinstance(value, list) else value is OPEN


def _needed(layers: list[Layer], outputs: tuple[TensorRef, ...], known: set[str]) -> tuple[Layer, ...]:
    """The layers without those whose values nobody asks for any more."""
    while True:
        used = {ref.layer for layer in layers for call in layer.calls for ref in call.inputs}
        used |= {ref.layer for ref in outputs}
        kept = [layer for layer in layers if layer.name in used or layer.name not in known]
        if len(kept) == len(layers):
            return tuple(layers)
        layers = kept


def _is_operation(layer: Layer, name: str) -> bool:
    return layer.class_name == OPERATION and layer.config.get("operation") == name


def _item(arguments: Mapping[str, Any]) -> Any:
    key = arguments["key"]
    items = listed(key)
    if items is not None:
        (key,) = items
    if isinstance(key, Mapping):
        bounds = key["config"]
        return arguments["x"][slice(bounds.get("start"), bounds.get("stop"), bounds.get("step"))]
    place = whole(key)
    if place is None:
        raise TypeError
    return arguments["x"][place]


def _of_two(function: Callable[[Any, Any], Any]) -> Callable[[Mapping[str, Any]], Any]:
    """A function of two numbers, for lists of them as well; what hangs on an open size is open."""

    def one(x1: Any, x2: Any) -> Any:
        return OPEN if x1 is OPEN or x2 is OPEN else function(x1, x2)

    def rule(arguments: Mapping[str, Any]) -> Any:
        x1, x2 = arguments["x1"], arguments["x2"]
        if isinstance(x1, list) and isinstance(x2, list):
            return [one(*pair) for pair in zip(x1, x2, strict=True)]
        if isinstance(x1, list):
            return [one(each, x2) for each in x1]
        return [one(x1, each) for each in x2] if isinstance(x2, list) else one(x1, x2)

    return rule


def _cast(arguments: Mapping[str, Any]) -> Any:
    kind = {"int": int, "float": float}[str(arguments["dtype"]).rstrip("0123456789")]
    x = arguments["x"]
    sizes = [OPEN if each is OPEN else kind(each) for each in (x if isinstance(x, list) else [x])]
    return sizes if isinstance(x, list) else sizes[0]


_RULES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "Add": _of_two(lambda x1, x2: x1 + x2),
    "Cast": _cast,
    "Concatenate": lambda arguments: [each for part in arguments["xs"] for each in part],
    "Copy": lambda arguments: arguments["x"],
    "FloorDivide": _of_two(lambda x1, x2: x1 // x2),
    "GetItem": _item,
    "Maximum": _of_two(max),
    "Minimum": _of_two(min),
    "Multiply": _of_two(lambda x1, x2: x1 * x2),
    "Power": _of_two(lambda x1, x2: x1**x2),
    "Prod": lambda arguments: math.prod(arguments["x"]),
    "Rsqrt": lambda arguments: 1 / math.sqrt(arguments["x"]),
    "Sqrt": lambda arguments: math.sqrt(arguments["x"]),
    "Stack": lambda arguments: list(arguments["x"]),
    "Subtract": _of_two(lambda x1, x2: x1 - x2),
    "TrueDivide": _of_two(lambda x1, x2: x1 / x2),
    "Unstack": lambda arguments: list(arguments["x"]),
}
"""What operations give of numbers and lists of numbers."""
