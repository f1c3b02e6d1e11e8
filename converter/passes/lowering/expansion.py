"""What stands for one layer in the end: its part, and the parts of that part's own steps."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from converter.layers import TFJS_LAYERS
from converter.layers.rule import RuleError
from converter.model import Layer, Shape, Weight
from converter.passes.lowering.base import (
    INPUT,
    Lowered,
    Lowering,
    Site,
    Step,
    Tensor,
    check_arguments,
    check_keys,
    shapes_of,
    variable_of,
)
from converter.passes.lowering.distributed import together

MOST_ROUNDS = 12
"""How often the steps of a part are lowered again; a lowering that asks for itself would not end."""


@dataclass(frozen=True)
class Expansion:
    """Finds the parts that stand for layers.

    Attributes:
        lowerings: by class name.
        custom_layers: whether classes of the layer library may be used.
        provided: the classes that the user brings, which are not Keras's own of these names.
    """

    lowerings: Mapping[str, Lowering]
    custom_layers: bool
    provided: Container[str]

    def expand(self, site: Site, rounds: int = 0) -> Lowered | None:
        """The part for a site, its own steps lowered as well."""
        part = self._lowered(site)
        if part is None:
            part = self._inside(site, rounds)
        if part is None or rounds == MOST_ROUNDS:
            return part
        steps: list[Step] = []
        tensors: dict[tuple[int, int], Tensor] = {}

        def find(tensor: Tensor) -> Tensor:
            return tensor if tensor.step == INPUT else tensors[tensor.step, tensor.output]

        for number, step in enumerate(part.steps):
            inputs = tuple(map(find, step.inputs))
            layer = Layer("", step.class_name, step.config, (), named(step.weights, ""))
            shapes = tuple(tensor.shape for tensor in inputs)
            inner = self.expand(
                replace(site, layer=_under(layer, site.layer.name), inputs=shapes, kwargs=step.kwargs),
                rounds + 1,
            )
            if inner is None:
                steps.append(replace(step, inputs=inputs))
                outputs = _outputs(steps[-1], len(steps) - 1, part, number)
            else:
                outputs = _append(steps, inner, inputs)
            tensors.update({(number, index): tensor for index, tensor in enumerate(outputs)})
        return Lowered(tuple(steps), tuple(map(find, part.outputs)), part.why)

    def _inside(self, site: Site, rounds: int) -> Lowered | None:
        """The layer inside a ``TimeDistributed``, which is called on one step in time."""
        spec = site.config.get("layer")
        if site.layer.class_name != "TimeDistributed" or not isinstance(spec, Mapping):
            return None
        class_name, config = spec.get("class_name"), spec.get("config")
        if not isinstance(class_name, str) or not isinstance(config, Mapping):
            return None
        steps = tuple(None if shape is None else (None, *shape[2:]) for shape in site.inputs)
        inner = Layer(site.layer.name, class_name, config, (), site.layer.weights)
        within = Site(inner, steps, {}, inside=site.layer.class_name, keras=site.keras)
        part = self.expand(within, rounds)
        if part is None and class_name not in TFJS_LAYERS:
            part = replace(as_it_is(within), why="TensorFlow.js finds no custom class inside a wrapper")
        if part is None:
            return None
        if self.custom_layers and not all(map(_can_be_distributed, part.steps)):
            return _all_at_once(site, part)
        if len(part.steps) != 1 or part.outputs != (Tensor(part.outputs[0].shape, 0, 0),):
            return _each_distributed(site, part)
        step = part.steps[0]
        held = {"class_name": step.class_name, "config": {"name": config.get("name"), **step.config}}
        new = site.part()
        output = new.add("TimeDistributed", new.inputs, {**site.config, "layer": held}, weights=step.weights)
        return new.done(output, why=part.why)

    def _lowered(self, site: Site) -> Lowered | None:
        """What stands for one layer, its steps as they are; ``None`` where it stays."""
        class_name = site.layer.class_name
        lowering = self.lowerings.get(class_name)
        if lowering is None or class_name in self.provided:
            return None
        if lowering.keys is not None:
            check_keys(site, lowering.keys)
        try:
            part = lowering.lower(replace(site, custom_layers=self.custom_layers))
        except RuleError as error:
            site.refuse(f"it {error.why}.", "The file is damaged or was edited: save the model again.")
        if part is not None:
            check_arguments(site, lowering.arguments)
        return part


def as_it_is(site: Site) -> Lowered:
    """The layer itself as a part, where another of its calls is lowered."""
    part = site.part()
    outputs = part.add_several(
        site.layer.class_name, part.inputs, site.config, weights=site.weights(), kwargs=site.kwargs
    )
    return part.done(*outputs, why="")


def _can_be_distributed(step: Step) -> bool:
    """Whether TensorFlow.js has a wrapper for a step: none for custom classes, or for several tensors."""
    return step.class_name in TFJS_LAYERS and len(step.inputs) == 1


def _all_at_once(site: Site, part: Lowered) -> Lowered:
    """The layer inside a ``TimeDistributed``, called on the steps of all sequences at once."""
    new = site.part()
    steps = list(new.done(together(new, new.inputs[0]), why="").steps)
    made = _append(steps, part, (Tensor(None, 0, 0),))
    outputs = []
    for tensor in made:
        step = Step("KerasSteps", {**steps[0].config, "apart": True}, (tensor, new.inputs[0]))
        outputs.append(Tensor((shapes_of(step) or (None,))[0], len(steps), 0))
        steps.append(step)
    return Lowered(tuple(steps), tuple(outputs), part.why)


def _each_distributed(site: Site, part: Lowered) -> Lowered:
    """Several steps within a ``TimeDistributed``: each in a wrapper of its own."""
    if any(len(step.inputs) != 1 for step in part.steps):
        site.refuse(
            f"the layer inside this {site.layer.class_name} would become several, which are called on "
            "several tensors.",
            "Put the layer into a model of its own, and that into the TimeDistributed.",
        )
    new = site.part()
    made: list[Tensor] = []
    for number, step in enumerate(part.steps):
        source = step.inputs[0]
        held = {
            "class_name": step.class_name,
            "config": {**step.config, "name": f"{site.layer.name}_{number}"},
        }
        given = new.inputs[0] if source.step == INPUT else made[source.step]
        made.append(new.add("TimeDistributed", given, {"layer": held}, weights=step.weights))
    return new.done(*(made[each.step] for each in part.outputs), why=part.why)


def _outputs(step: Step, place: int, part: Lowered, number: int) -> list[Tensor]:
    """The outputs of a step that stays, with the shapes that its part knew or that follow now."""
    asked = [
        tensor
        for tensor in [*part.outputs, *(each for other in part.steps for each in other.inputs)]
        if tensor.step == number
    ]
    shapes = shapes_of(step) or ()
    count = max([len(shapes), *(tensor.output + 1 for tensor in asked)], default=1)
    known: dict[int, Shape | None] = {tensor.output: tensor.shape for tensor in asked}
    return [
        Tensor((shapes[index] if index < len(shapes) else None) or known.get(index), place, index)
        for index in range(count)
    ]


def _append(steps: list[Step], inner: Lowered, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    """Adds the steps of a part within a part; gives its outputs."""
    offset = len(steps)

    def moved(tensor: Tensor) -> Tensor:
        if tensor.step == INPUT:
            return inputs[tensor.output]
        return replace(tensor, step=tensor.step + offset)

    steps += (replace(step, inputs=tuple(map(moved, step.inputs))) for step in inner.steps)
    return list(map(moved, inner.outputs))


def named(weights: Mapping[str, Weight], prefix: str) -> tuple[Weight, ...]:
    return tuple(replace(weight, name=prefix + name) for name, weight in weights.items())


def _under(layer: Layer, name: str) -> Layer:
    """A step as a layer of the name that messages should show."""
    weights = tuple(
        replace(weight, name=f"{name}/{variable_of(weight.name, '')}") for weight in layer.weights
    )
    return replace(layer, name=name, weights=weights)
