"""Models that ``OpenWrappers`` took out of wrappers, put back once they are mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from converter.layers.embedded import config_of
from converter.layers.graph import is_nested
from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import Pass, PassResult
from converter.passes.wrapped import STEPS, WRAPPER


class CloseWrappers(Pass):
    """A model between two layers that move steps becomes ``TimeDistributed(model)`` again.

    Keeps custom layers out of the artifact; TensorFlow.js then runs step by step, which takes longer.
    """

    def __call__(self, model: Model) -> PassResult:
        """Closes what stands open, in nested models as well, the innermost first."""
        closed = _graph(model)
        return PassResult(closed)


def _graph(model: Model) -> Model:
    layers = tuple(
        layer if layer.model is None else replace(layer, model=_graph(layer.model)) for layer in model.layers
    )
    model = replace(model, layers=layers)
    while True:
        names = {layer.name: layer for layer in model.layers}
        found = next(filter(None, (_wrapper(layer, names) for layer in model.layers)), None)
        if found is None:
            return model
        gone, wrapper = found
        kept = (layer for layer in model.layers if layer.name not in gone)
        layers = tuple(wrapper if layer.name == wrapper.name else layer for layer in kept)
        model = replace(model, layers=layers)


def _wrapper(last: Layer, layers: Mapping[str, Layer]) -> tuple[set[str], Layer] | None:
    """The wrapper that ends in a layer, and the names of what stood for it."""
    if last.class_name != STEPS or not last.config.get("apart"):
        return None
    held = layers[last.calls[0].inputs[0].layer]
    first = layers[held.calls[0].inputs[0].layer]
    several = held.model is not None and len(held.model.outputs) > 1
    if several or any(len(call.inputs) > 1 for call in held.calls) or first.class_name != STEPS:
        return None

    def given(call: Call) -> TensorRef:
        inside = held.calls[call.inputs[0].node - is_nested(held)].inputs[0]
        return first.calls[inside.node].inputs[0]

    if held.model is None:
        inner, weights = dict(held.config), held.weights
    else:
        inner, weights = config_of(held.model), tuple(held.model.weights())
    spec = {"class_name": held.class_name, "config": inner}
    config = {"name": last.name, "trainable": True, "dtype": "float32", "layer": spec}
    calls = tuple(Call((given(call),)) for call in last.calls)
    return {held.name, first.name}, Layer(last.name, WRAPPER, config, calls, weights)
