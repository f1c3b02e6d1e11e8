"""Shared layers whose calls TensorFlow.js makes in another order than Keras made them."""

from __future__ import annotations

from dataclasses import replace

from converter.layers.graph import is_nested
from converter.layers.semantics.building import from_zero, made_calls
from converter.model import Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult
from converter.passes.references import move_references

_WHY = "TensorFlow.js makes the calls of shared layers in an order of its own and counts them so"


class CallsInOrder(Pass):
    """Counts the calls of shared layers in the order in which TensorFlow.js makes them.

    It is for models of Keras: the references of an artifact count calls so as they stand.
    """

    def __call__(self, model: Model) -> PassResult:
        """Puts the calls of layers in order, those of nested models as well."""
        touched: list[str] = []
        ordered = self._graph(model, touched)
        if not touched:
            return PassResult(model)
        return PassResult(ordered, (Change("calls put in order", tuple(touched), _WHY),))

    def _graph(self, model: Model, touched: list[str]) -> Model:
        layers = tuple(
            layer if layer.model is None else replace(layer, model=self._graph(layer.model, touched))
            for layer in model.layers
        )
        model = replace(model, layers=layers)
        if model.kind == "sequential" or all(len(layer.calls) < 2 for layer in layers):
            return model
        if from_zero(model) is not None:
            return model
        calls = made_calls(model, by_count=False)
        made = {name: order for name, order in calls.items() if order != sorted(order)}
        if not made:
            return model
        ordered = replace(model, layers=tuple(_ordered(layer, made.get(layer.name)) for layer in layers))
        touched += made
        first = {layer.name: int(is_nested(layer)) for layer in layers}
        places = {
            TensorRef(name, old + first[name], 0): new + first[name]
            for name, order in made.items()
            for new, old in enumerate(order)
        }

        def move(ref: TensorRef) -> TensorRef:
            return ref._replace(node=places.get(ref._replace(output=0), ref.node))

        return move_references(ordered, move)


def _ordered(layer: Layer, order: list[int] | None) -> Layer:
    return layer if order is None else replace(layer, calls=tuple(layer.calls[each] for each in order))
