"""Models as graphs of calls, and the models within them dissolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from converter.layers import Inferred, infer
from converter.layers.graph import is_nested
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes.lowering.engine import functional
from converter.passes.references import move_references, moved_call


def as_graphs(model: Model, inferred: Inferred) -> Model:
    """The model and those within it without sequential ones.

    Raises:
        UnsupportedError: when the input shape of a sequential model is not known.
    """

    def one(layer: Layer) -> Layer:
        if layer.model is None or not is_nested(layer):
            return layer
        calls = inferred.layers[layer.name]
        inner = calls[0].inner if calls and calls[0].inner is not None else infer(layer.model)
        return replace(layer, model=as_graphs(layer.model, inner))

    model = replace(model, layers=tuple(map(one, model.layers)))
    return functional(model, inferred) if model.kind == "sequential" else model


def dissolved(model: Model) -> Model:
    """The model with the layers of the models within it in their place.

    Args:
        model: one that ``as_graphs`` gave.
    """
    renamed: dict[str, str] = {}
    flat = _dissolved(model, {layer.name for layer in model.layers}, renamed)
    order = tuple(renamed.get(name, name) for name in model.weight_order)
    return replace(flat, weight_order=order)


def _dissolved(model: Model, taken: set[str], renamed: dict[str, str]) -> Model:
    moved: dict[TensorRef, TensorRef] = {}
    layers: list[Layer] = []
    for layer in model.layers:
        if layer.model is None or not is_nested(layer):
            layers.append(layer)
            continue
        inner = _dissolved(layer.model, {each.name for each in layer.model.layers}, renamed)
        names = {each.name: _free(each.name, layer.name, taken) for each in inner.layers}
        counts = {each.name: len(each.calls) for each in inner.layers}
        refs = [_placed(inner, call, number, names, counts) for number, call in enumerate(layer.calls)]
        for each in inner.layers:
            if each.class_name != "InputLayer":
                calls = [moved_call(call, ref) for ref in refs for call in each.calls]
                layers.append(_named(each, names[each.name], tuple(calls), renamed))
        for number, ref in enumerate(refs):
            for place, output in enumerate(inner.outputs):
                moved[TensorRef(layer.name, number + 1, place)] = ref(output)

    def settle(ref: TensorRef) -> TensorRef:
        while ref in moved:
            ref = moved[ref]
        return ref

    return move_references(replace(model, layers=tuple(layers)), settle)


def _placed(
    inner: Model, call: Call, number: int, names: dict[str, str], counts: dict[str, int]
) -> Callable[[TensorRef], TensorRef]:
    """Where the tensors of a model are once it stands open, for one of its calls."""
    given = dict(zip(inner.inputs, call.inputs, strict=True))

    def ref(tensor: TensorRef) -> TensorRef:
        if tensor in given:
            return given[tensor]
        if tensor.layer not in names:
            return tensor
        return TensorRef(names[tensor.layer], number * counts[tensor.layer] + tensor.node, tensor.output)

    return ref


def _free(name: str, around: str, taken: set[str]) -> str:
    wanted, number = name, 1
    while wanted in taken:
        wanted = f"{around}_{name}" if number == 1 else f"{around}_{name}_{number}"
        number += 1
    taken.add(wanted)
    return wanted


def _named(layer: Layer, name: str, calls: tuple[Call, ...], renamed: dict[str, str]) -> Layer:
    def own(weight: Weight) -> Weight:
        renamed[weight.name] = name + weight.name.removeprefix(layer.name)
        return replace(weight, name=renamed[weight.name])

    if name == layer.name:
        return replace(layer, calls=calls)
    config = {**layer.config, "name": name}
    return replace(layer, name=name, config=config, calls=calls, weights=tuple(map(own, layer.weights)))
