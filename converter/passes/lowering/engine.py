"""Puts lowered parts in the place of layers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.errors import UnsupportedError
from converter.layers import CallShapes, Inferred, infer
from converter.layers.configuration import brief
from converter.layers.graph import is_nested
from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult, unused
from converter.passes.lowering.base import (
    INPUT,
    Lowered,
    Lowering,
    Site,
    Step,
    Tensor,
    snake,
)
from converter.passes.lowering.expansion import Expansion, as_it_is, named
from converter.passes.references import move_references


class Lower(Pass):
    """Replaces layers by others, wherever TensorFlow.js lacks one or computes something else.

    Args:
        lowerings: by class name.
        custom_layers: whether classes of the layer library may be used.
        provided: the classes that the user brings, which are not Keras's own of these names.
    """

    def __init__(
        self,
        lowerings: Mapping[str, Lowering],
        *,
        custom_layers: bool = True,
        provided: Container[str] = (),
    ) -> None:
        self.expansion = Expansion(lowerings, custom_layers, provided)

    def __call__(self, model: Model) -> PassResult:
        """Rewrites the layers of all graphs and those inside wrappers.

        Raises:
            UnsupportedError: when a configuration of a class that TensorFlow.js lacks is not understood,
                or has no counterpart.
            SourceError: as ``infer`` does.
        """
        if not any(self._may_lower(layer) for layer in model.walk()):
            return PassResult(model)
        generation = 3 if model.keras_version.startswith("3.") else 2
        run = _Run(self.expansion, {layer.name for layer in model.walk()}, generation)
        lowered = run.model(model, infer(model))
        if not run.done:
            return PassResult(model)
        names = run.weight_names
        order = [name for old in model.weight_order for name in names.get(old, [old])]
        changes = tuple(Change(what, tuple(where), why) for (what, why), where in run.done.items())
        return PassResult(replace(lowered, weight_order=tuple(dict.fromkeys(order))), changes)

    def _may_lower(self, layer: Layer) -> bool:
        if layer.class_name in self.expansion.lowerings:
            return True
        held = layer.config.get("layer")
        return isinstance(held, Mapping) and layer.model is None


@dataclass
class _Run:
    """One run over one model."""

    expansion: Expansion
    taken: set[str]
    keras: int
    done: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    weight_names: dict[str, list[str]] = field(default_factory=dict)

    def model(self, model: Model, shapes: Inferred) -> Model:
        """One graph, those nested in it first."""
        layers = []
        parts: dict[str, list[Lowered]] = {}
        for layer in model.layers:
            calls = shapes.layers[layer.name]
            if is_nested(layer) and layer.model is not None:
                inner = [call.inner for call in calls if call.inner is not None]
                one = inner[0] if len(inner) == 1 else infer(layer.model)
                if () in (one.outputs or ()):
                    raise UnsupportedError(
                        "nested-number",
                        f"layer {brief(layer.name)}",
                        "this nested model gives a number without a batch, which TensorFlow.js cannot load.",
                        "Keep an axis (keepdims=True), or call its layers in the outer model.",
                    )
                layers.append(replace(layer, model=self.model(layer.model, one)))
                continue
            layers.append(layer)
            found = self._parts(layer, calls, model)
            if found is not None:
                parts[layer.name] = found
        model = replace(model, layers=tuple(layers))
        if not parts:
            return model
        if model.kind == "sequential":
            if all(_is_chain(each) for found in parts.values() for each in found):
                return self._chained(model, parts)
            model = functional(model, shapes)
        return self._spliced(model, parts)

    def _parts(self, layer: Layer, calls: Iterable[CallShapes], graph: Model) -> list[Lowered] | None:
        """What stands for a layer in each of its calls; ``None`` where it stays."""
        kwargs = [call.kwargs for call in layer.calls] or [{}]
        found = [
            self.expansion.expand(Site(layer, call.inputs, given, graph=graph, keras=self.keras))
            for call, given in zip(calls, kwargs, strict=False)
        ]
        if all(part is None for part in found):
            return None
        kept = [
            part if part is not None else as_it_is(Site(layer, call.inputs))
            for part, call in zip(found, calls, strict=True)
        ]
        for part in found:
            if part is not None:
                self._record(layer, part)
        return kept

    def _record(self, layer: Layer, part: Lowered) -> None:
        classes = list(dict.fromkeys(step.class_name for step in part.steps))
        where = self.done.setdefault((f"{layer.class_name} → {' + '.join(classes)}", part.why), [])
        if layer.name not in where:
            where.append(layer.name)

    def _layer(self, name: str, step: Step, calls: tuple[Call, ...]) -> Layer:
        weights = named(step.weights, f"{name}/")
        for old, new in zip(step.weights.values(), weights, strict=True):
            self.weight_names.setdefault(old.name, []).append(new.name)
        config = {"name": name, **{key: value for key, value in step.config.items() if key != "name"}}
        return Layer(name, step.class_name, config, calls, weights)

    def _names(self, layer: str, part: Lowered) -> list[str]:
        """The names of the steps: the one that makes the output has the layer's own."""
        last = part.outputs[0].step if part.outputs else INPUT
        found = []
        for number, step in enumerate(part.steps):
            name = layer if number == last else unused(f"{layer}_{snake(step.class_name)}", self.taken)
            found.append(name)
        return found

    def _chained(self, model: Model, parts: Mapping[str, list[Lowered]]) -> Model:
        """A sequential model, which stays one."""
        layers: list[Layer] = []
        for index, layer in enumerate(model.layers):
            if layer.name not in parts:
                layers.append(layer)
                continue
            (part,) = parts[layer.name]
            names = self._names(layer.name, part)
            declared = layer.config.get("batch_input_shape") if index == 0 else None
            for number, (name, step) in enumerate(zip(names, part.steps, strict=True)):
                own = self._layer(name, step, ())
                if declared is not None and number == 0:
                    own = replace(own, config={**own.config, "batch_input_shape": declared})
                layers.append(own)
        return replace(model, layers=tuple(layers))

    def _spliced(self, model: Model, parts: Mapping[str, list[Lowered]]) -> Model:
        """A functional model with the parts in the place of their layers."""
        moved: dict[TensorRef, TensorRef] = {}
        layers: list[Layer] = []
        for layer in model.layers:
            found = parts.get(layer.name)
            if found is None:
                layers.append(layer)
            elif all(_alike(found[0], each) for each in found[1:]):
                layers += self._calls(layer, found[0], range(len(layer.calls)), layer.name, moved)
            else:
                for number, each in enumerate(found):
                    name = layer.name if number == 0 else unused(f"{layer.name}_{number + 1}", self.taken)
                    layers += self._calls(layer, each, [number], name, moved)

        # What a part was given may be another part's output, through any number of them.
        def settle(ref: TensorRef) -> TensorRef:
            while ref in moved:
                ref = moved[ref]
            return TensorRef(ref.layer.removeprefix(_NEW), ref.node, ref.output)

        return move_references(replace(model, layers=tuple(layers)), settle)

    def _calls(
        self,
        layer: Layer,
        part: Lowered,
        numbers: Iterable[int],
        name: str,
        moved: dict[TensorRef, TensorRef],
    ) -> list[Layer]:
        """The layers of a part, called as often as the layer was."""
        names = self._names(name, part)
        calls: list[list[Call]] = [[] for _ in part.steps]
        for node, number in enumerate(numbers):
            given = layer.calls[number].inputs

            def ref(tensor: Tensor, node: int = node, given: tuple[TensorRef, ...] = given) -> TensorRef:
                if tensor.step == INPUT:
                    return given[tensor.output]
                return TensorRef(_NEW + names[tensor.step], node, tensor.output)

            for own, step in zip(calls, part.steps, strict=True):
                own.append(Call(tuple(map(ref, step.inputs)), step.kwargs))
            for index, tensor in enumerate(part.outputs):
                moved[TensorRef(layer.name, number, index)] = ref(tensor)
        return [
            self._layer(own, step, tuple(each))
            for own, step, each in zip(names, part.steps, calls, strict=True)
        ]


_NEW = "\0"
"""Marks references to new layers, one of which has the name of the layer that it replaces."""


def functional(model: Model, shapes: Inferred) -> Model:
    """A sequential model as a graph of calls.

    Raises:
        UnsupportedError: when its input shape is not known.
    """
    layers = list(model.layers)
    if layers[0].class_name != "InputLayer":
        shape = shapes.inputs[0] if shapes.inputs else None
        if shape is None:
            raise UnsupportedError(
                "sequential-shape",
                f"model {brief(model.name)}",
                "it does not say what shape it takes, and one of its layers must be replaced by several.",
                "Put a keras.Input in front, and save the model again.",
            )
        name = f"{model.name}_input"
        config = {"name": name, "batch_input_shape": list(shape), "sparse": False, "dtype": "float32"}
        layers.insert(0, Layer(name, "InputLayer", config))
    start = TensorRef(layers[0].name, 0, 0)
    found, last = [layers[0]], start
    for layer in layers[1:]:
        found.append(replace(layer, calls=(Call((last,)),)))
        last = TensorRef(layer.name, 1 if is_nested(layer) else 0, 0)
    config = {key: value for key, value in model.config.items() if key != "build_input_shape"}
    return replace(
        model,
        class_name="Model",
        kind="functional",
        layers=tuple(found),
        inputs=(start,),
        outputs=(last,),
        config=config,
    )


def _is_chain(part: Lowered) -> bool:
    """Whether each step takes the one before it and nothing else."""
    return (
        bool(part.steps)
        and all(
            len(step.inputs) == 1
            and step.inputs[0].output == 0
            and step.inputs[0].step == (INPUT if number == 0 else number - 1)
            and not step.kwargs
            for number, step in enumerate(part.steps)
        )
        and [(each.step, each.output) for each in part.outputs] == [(len(part.steps) - 1, 0)]
    )


def _alike(one: Lowered, other: Lowered) -> bool:
    """Whether the same layers can serve both calls."""

    def form(part: Lowered) -> list[Any]:
        places = [[(each.step, each.output) for each in step.inputs] for step in part.steps]
        return [
            [(step.class_name, step.config, step.kwargs, list(step.weights)) for step in part.steps],
            places,
            [(each.step, each.output) for each in part.outputs],
        ]

    return form(one) == form(other)
