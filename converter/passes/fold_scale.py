"""A constant scale behind a linear layer, folded into the weights of that layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from converter.model import Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult
from converter.passes.linear import scaled
from converter.passes.scaling import scaling_of

_WHY = (
    "the layer before it computes the scaled values at no cost; equal in real arithmetic, but not to the "
    "bit: each weight is rounded once more, by half a unit in the last place at most"
)


class FoldScale(Pass):
    """Removes ``MultiplyBeta``, ``Scale`` and ``Rescaling`` directly behind a convolution or ``Dense``.

    Both layers are called once, and nothing else sees what is between them. An output of the whole
    model keeps its layer, as ``model.outputNames`` and ``model.execute`` know outputs by the layer's
    name; an output of a nested model has no such name. A scale behind a sum stays: in idealo's RRDN
    the sum is used elsewhere, too, so that to distribute the factor only moves the layer.

    Float rounding changes: see ``converter.passes.linear.scaled``.
    """

    def __call__(self, model: Model) -> PassResult:
        """Folds at every depth."""
        folded: dict[str, list[str]] = {}
        rewritten = _fold(model, folded, public=True)
        changes = tuple(
            Change(f"{class_name} folded into kernel and bias", tuple(where), _WHY)
            for class_name, where in folded.items()
        )
        return PassResult(rewritten if changes else model, changes)


def _fold(model: Model, folded: dict[str, list[str]], *, public: bool) -> Model:
    # What a sequential model ends with may lend its name to the output.
    lends = public and model.kind == "sequential"
    layers = {
        layer.name: layer
        if layer.model is None
        else replace(layer, model=_fold(layer.model, folded, public=lends and layer is model.layers[-1]))
        for layer in model.layers
    }
    gone: dict[str, str] = {}
    for name, feeder in _feeders(model, public=public).items():
        scaling, target = scaling_of(layers[name]), gone.get(feeder, feeder)
        changed = None if scaling is None else scaled(layers[target], scaling)
        if changed is not None:
            layers[target], gone[name] = changed, target
            folded.setdefault(layers.pop(name).class_name, []).append(name)

    def redirected(refs: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        # Both layers were called once: what follows keeps the number of the call and of the output.
        return tuple(ref._replace(layer=gone.get(ref.layer, ref.layer)) for ref in refs)

    def relinked(layer: Layer) -> Layer:
        return replace(
            layer, calls=tuple(replace(call, inputs=redirected(call.inputs)) for call in layer.calls)
        )

    return replace(model, layers=tuple(map(relinked, layers.values())), outputs=redirected(model.outputs))


def _feeders(model: Model, *, public: bool) -> dict[str, str]:
    """For each layer that can go if the layer before it takes over its work, the name of the latter."""
    if model.kind == "sequential":
        inner = model.layers[:-1] if public else model.layers
        return {layer.name: before.name for before, layer in pairwise(inner)}
    named = {text for layer in model.layers for call in layer.calls for text in _texts(call.kwargs)}
    uses = Counter(named)
    uses.update(ref.layer for layer in model.layers for call in layer.calls for ref in call.inputs)
    uses.update(ref.layer for ref in model.outputs)
    calls = {layer.name: len(layer.calls) for layer in model.layers}
    # An argument may refer to a tensor by name; such references are not followed.
    fixed = named | ({ref.layer for ref in model.outputs} if public else set())
    found = {}
    for layer in model.layers:
        if layer.name not in fixed and len(layer.calls) == 1 and not layer.calls[0].kwargs:
            refs = layer.calls[0].inputs
            if len(refs) == 1 and uses[refs[0].layer] == calls.get(refs[0].layer) == 1:
                found[layer.name] = refs[0].layer
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
