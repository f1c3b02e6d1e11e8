"""Models inside ``TimeDistributed``, where TensorFlow.js would compute them wrongly or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.errors import UnsupportedError
from converter.layers import Inferred, Shapes, infer
from converter.layers.configuration import brief
from converter.layers.embedded import CLASSES, fill
from converter.layers.graph import is_nested
from converter.layers.semantics import check_semantics
from converter.layers.support import unsupported
from converter.layers.table import RULES
from converter.model import Call, Config, Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult, unused
from converter.passes.call_order import CallsInOrder
from converter.passes.copies import CopyTensors
from converter.passes.lowering.base import Site
from converter.passes.lowering.engine import Lower, functional
from converter.passes.masks.rules import reads_mask
from converter.passes.names import RenameLayers
from converter.passes.references import move_references
from converter.passes.separable import DropSeparableKernel
from converter.passes.training import DropTraining
from converter.sources.keras2 import parse_model

WRAPPER = "TimeDistributed"
STEPS = "KerasSteps"
_WHY = "TensorFlow.js does not compute the model inside as it stands"


class OpenWrappers(Pass):
    """``TimeDistributed(model)`` becomes the model itself, called on the steps of all sequences at once.

    Only where something in the model must be replaced, renamed or put in order, which no pass does inside
    wrappers.

    Args:
        lower: the lowering that follows.
        custom_layers: whether the classes that move steps may stay; if not, ``CloseWrappers`` takes them out.
    """

    def __init__(self, lower: Lower, *, custom_layers: bool = True) -> None:
        self.lower = lower
        self.custom_layers = custom_layers
        self._mend: tuple[Pass, ...] = (RenameLayers(), lower, CopyTensors(), CallsInOrder())

    def __call__(self, model: Model) -> PassResult:
        """Opens wrappers, those in nested models as well.

        Raises:
            SourceError: as ``infer`` does.
        """
        if not any(layer.class_name == WRAPPER for layer in model.walk()):
            return PassResult(model)
        names = Counter(weight.name for weight in model.weights())
        run = _Run(self, {layer.name for layer in model.walk()}, names)
        opened = run.model(model, infer(model))
        if not run.opened:
            return PassResult(model)
        return PassResult(opened, (Change(f"{WRAPPER} opened", tuple(run.opened), _WHY),))

    def is_right(self, model: Model, inputs: Shapes) -> bool:
        """Whether TensorFlow.js computes a model rightly as it stands."""
        try:
            if any(each(model).changes for each in self._mend):
                return False
            model = DropTraining()(DropSeparableKernel()(model).model).model
            check_semantics(model, infer(model, inputs))
        except UnsupportedError:
            return False
        return not unsupported(model)


def _is_plain(layer: Layer, call: Call) -> bool:
    """Whether a call has no arguments, or a mask that nothing inside computes with."""
    given = {key for key, value in call.kwargs.items() if value is not None}
    return not given or (given == {"mask"} and not reads_mask(WRAPPER, layer.config))


@dataclass
class _Run:
    """One run over one model."""

    of: OpenWrappers
    taken: set[str]
    weights: Counter[str]
    opened: list[str] = field(default_factory=list)

    def model(self, model: Model, shapes: Inferred) -> Model:
        """One graph, those nested in it first."""
        layers: list[Layer] = []
        inner: dict[str, Layer] = {}
        for layer in model.layers:
            layers.append(layer)
            calls = shapes.layers[layer.name]
            if is_nested(layer) and layer.model is not None:
                found = next((call.inner for call in calls if call.inner is not None), None)
                own = self.model(layer.model, found or infer(layer.model))
                layers[-1] = replace(layer, model=own)
            elif layer.class_name == WRAPPER and calls:
                held = self._opened(layer, calls[0].inputs)
                if held is not None:
                    inner[layer.name] = held
        model = replace(model, layers=tuple(layers))
        if not inner:
            return model
        self.opened += inner
        if model.kind == "sequential":
            model = functional(model, shapes)
        model = self._spliced(model, inner)
        # What was in two wrappers is in one now.
        return (
            self.model(model, infer(model)) if any(each.model is None for each in inner.values()) else model
        )

    def _opened(self, layer: Layer, inputs: Shapes) -> Layer | None:
        """What is inside a wrapper, if it must be opened."""
        spec = layer.config.get("layer")
        config = spec.get("config") if isinstance(spec, Mapping) else None
        if not isinstance(spec, Mapping) or not all(_is_plain(layer, call) for call in layer.calls):
            return None
        class_name = str(spec.get("class_name"))
        steps = tuple(None if shape is None else (None, *shape[2:]) for shape in inputs)
        if class_name == WRAPPER and isinstance(config, Mapping):
            held = Layer(layer.name, WRAPPER, config, (), layer.weights)
            if self._opened(held, steps) is None:
                return None
            name = unused(f"{layer.name}_inner", self.taken)
            return replace(held, name=name, config={**config, "name": name})
        if class_name not in CLASSES:
            if self.of.custom_layers or not self._is_several(layer, class_name, config, steps):
                return None
            alone = {"name": f"{layer.name}_model", "layers": [spec]}
            spec = {"class_name": "Sequential", "config": alone}
        model = fill(parse_model(spec, f"layer {brief(layer.name)}"), layer.weights, steps, RULES)
        if model is None:
            return None
        model = _for_any_batch(model)
        if model.kind == "sequential":
            model = functional(model, infer(model, steps))
        clash = any(self.weights[weight.name] > 1 for weight in layer.weights)
        if not clash and self.of.is_right(model, steps):
            return None
        model = self.model(model, infer(model, steps))
        name = unused(model.name, self.taken)
        config = {**model.config, "name": name}
        return Layer(name, model.class_name, config, model=replace(model, name=name, config=config))

    def _is_several(self, layer: Layer, class_name: str, config: object, steps: Shapes) -> bool:
        """Whether a layer becomes several that no wrapper can hold each by itself."""
        if not isinstance(config, Mapping):
            return False
        inside = Site(Layer(layer.name, class_name, config, (), layer.weights), steps, inside=WRAPPER)
        part = self.of.lower.expansion.expand(inside)
        return part is not None and any(len(step.inputs) > 1 for step in part.steps)

    def _spliced(self, model: Model, inner: Mapping[str, Layer]) -> Model:
        """The graph with what is inside in the place of the wrappers, between layers that move the steps."""
        layers: list[Layer] = []
        moved: dict[TensorRef, TensorRef] = {}
        for layer in model.layers:
            held = inner.get(layer.name)
            layers += [layer] if held is None else self._parts(layer, held, moved)

        def move(ref: TensorRef) -> TensorRef:
            return moved.get(ref, ref)

        return move_references(replace(model, layers=tuple(layers)), move)

    def _parts(self, layer: Layer, held: Layer, moved: dict[TensorRef, TensorRef]) -> list[Layer]:
        first = int(held.model is not None)
        widths = {len(call.inputs) for call in layer.calls}
        ins = [unused(f"{layer.name}_steps", self.taken) for _ in range(max(widths))]
        count = 1 if held.model is None else len(held.model.outputs)
        outs = [layer.name, *(unused(f"{layer.name}_{number + 1}", self.taken) for number in range(1, count))]
        calls = [
            Call(tuple(TensorRef(name, number, 0) for name in ins[: len(call.inputs)]))
            for number, call in enumerate(layer.calls)
        ]
        for number in range(len(layer.calls)):
            moved.update(
                {
                    TensorRef(layer.name, number, output): TensorRef(name, number, 0)
                    for output, name in enumerate(outs)
                }
            )
        return [
            *(
                _steps(name, [Call((call.inputs[place],)) for call in layer.calls], apart=False)
                for place, name in enumerate(ins)
            ),
            replace(held, calls=tuple(calls)),
            *(
                _steps(
                    name,
                    [
                        Call((TensorRef(held.name, number + first, output), call.inputs[0]), _masked(call))
                        for number, call in enumerate(layer.calls)
                    ],
                    apart=True,
                )
                for output, name in enumerate(outs)
            ),
        ]


def _steps(name: str, calls: list[Call], *, apart: bool) -> Layer:
    config: dict[str, Any] = {"name": name, "trainable": False, "dtype": "float32", "apart": apart}
    return Layer(name, STEPS, config, tuple(calls))


def _masked(call: Call) -> Config:
    """The mask of the steps, where the wrapper is handed one."""
    mask = call.kwargs.get("mask")
    return {} if mask is None else {"mask": [None, mask]}


def _for_any_batch(model: Model) -> Model:
    """The model with inputs of any batch: it is called on more than one step at once."""

    def one(layer: Layer) -> Layer:
        if layer.model is not None:
            return replace(layer, model=_for_any_batch(layer.model))
        shape = layer.config.get("batch_input_shape")
        if not isinstance(shape, (list, tuple)) or not shape:
            return layer
        return replace(layer, config={**layer.config, "batch_input_shape": [None, *shape[1:]]})

    return replace(model, layers=tuple(map(one, model.layers)))
