"""Tensors that TensorFlow.js frees too early, or does not give a second time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult, unused

_WHY = (
    "TensorFlow.js counts a tensor that one layer is given twice as used twice, and gives a tensor that is "
    "named as two outputs once"
)


class CopyTensors(Pass):
    """Puts a layer that does nothing between a tensor and its second use, where TensorFlow.js loses one.

    The executor counts who uses a tensor once for each layer and down once for each input
    (https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/engine/executor.ts), and finds the
    outputs of a model by their names.
    """

    def __call__(self, model: Model) -> PassResult:
        """Adds layers to the graph and to those in it."""
        taken = {layer.name for layer in model.walk()}
        copied: list[str] = []
        made = _graph(model, taken, copied)
        if not copied:
            return PassResult(model)
        return PassResult(made, (Change("tensors copied", tuple(dict.fromkeys(copied)), _WHY),))


def _graph(model: Model, taken: set[str], copied: list[str]) -> Model:
    layers = [
        layer if layer.model is None else replace(layer, model=_graph(layer.model, taken, copied))
        for layer in model.layers
    ]
    if model.kind == "sequential":
        return replace(model, layers=tuple(layers))
    copies = _Copies(model, taken)
    layers = [
        replace(layer, calls=tuple(replace(call, inputs=copies.of_call(layer, call)) for call in layer.calls))
        for layer in layers
    ]
    outputs = copies.apart(model.outputs)
    copied += (ref.layer for ref in copies.made)
    layers = [each for layer in layers for each in (layer, *copies.of_layer(layer.name))]
    return replace(model, layers=tuple(layers), outputs=outputs)


class _Copies:
    """The copies within one graph: the first, the second … of each tensor."""

    def __init__(self, model: Model, taken: set[str]) -> None:
        self._taken = taken
        self._users = Counter(
            ref for layer in model.layers for call in layer.calls for ref in set(call.inputs)
        )
        # A layer is run once for each of its outputs.
        refs = [
            *model.outputs,
            *(ref for layer in model.layers for call in layer.calls for ref in call.inputs),
        ]
        self._several = {ref.layer for ref in refs if ref.output}
        # What a run is given or gives is never freed.
        self._kept = {*model.inputs, *model.outputs}
        self.made: dict[TensorRef, list[Layer]] = {}

    def of_call(self, layer: Layer, call: Call) -> tuple[TensorRef, ...]:
        """The inputs of a call, without those that would be freed before another one."""
        if len(set(call.inputs)) == len(call.inputs):
            return call.inputs
        again = layer.name in self._several
        shared = {ref for ref in call.inputs if (again or self._users[ref] > 1) and ref not in self._kept}
        return self.apart(call.inputs, shared)

    def apart(
        self, refs: tuple[TensorRef, ...], among: Iterable[TensorRef] | None = None
    ) -> tuple[TensorRef, ...]:
        """The tensors, each once: copies stand for the others."""
        wanted = set(refs if among is None else among)
        seen: Counter[TensorRef] = Counter()
        found = []
        for ref in refs:
            found.append(ref if not seen[ref] or ref not in wanted else self._copy(ref, seen[ref]))
            seen[ref] += 1
        return tuple(found)

    def _copy(self, ref: TensorRef, number: int) -> TensorRef:
        layers = self.made.setdefault(ref, [])
        while len(layers) < number:
            name = unused(f"{ref.layer}_copy", self._taken)
            config = {"name": name, "trainable": False, "dtype": "float32", "activation": "linear"}
            layers.append(Layer(name, "Activation", config, (Call((ref,)),)))
        return TensorRef(layers[number - 1].name, 0, 0)

    def of_layer(self, name: str) -> list[Layer]:
        """The copies of what a layer gives."""
        return [copy for ref, copies in self.made.items() if ref.layer == name for copy in copies]
