"""What a lowering is: one layer said as a small graph of layers that TensorFlow.js computes rightly."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from converter.errors import SourceError, UnsupportedError
from converter.layers import output_shapes, weight_specs
from converter.layers.configuration import brief
from converter.layers.rule import RuleError, Shapes
from converter.layers.semantics.doubt import Value
from converter.layers.semantics.value import BASE
from converter.model import Array, Config, Layer, Model, Shape, Weight

INPUT = -1
"""The step number of the tensors that the layer itself is given."""


@dataclass(frozen=True)
class Tensor:
    """A tensor within a part.

    Attributes:
        shape: with the batch, ``None`` where even the rank is unknown.
        step: which step makes it, ``INPUT`` where it is given.
        output: which of its outputs, or of the inputs, it is.
    """

    shape: Shape | None
    step: int
    output: int


@dataclass(frozen=True, eq=False)
class Step:
    """One layer of a part and what it is called on; its name is found later.

    Attributes:
        class_name: of the layer.
        config: without a name.
        inputs: what it is called on.
        weights: by the name of the variable, such as ``kernel``, in Keras's order.
        kwargs: of the call.
    """

    class_name: str
    config: Config
    inputs: tuple[Tensor, ...]
    weights: Mapping[str, Weight] = field(default_factory=dict)
    kwargs: Config = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Lowered:
    """What stands for a layer.

    Attributes:
        steps: in an order in which they can be computed.
        outputs: one for each output of the layer.
        why: what is wrong with the layer in TensorFlow.js, as a half sentence.
    """

    steps: tuple[Step, ...]
    outputs: tuple[Tensor, ...]
    why: str


@dataclass(frozen=True, eq=False)
class Site:
    """One layer in one call: all that a lowering may look at.

    Attributes:
        layer: with its weights, which are named ``<layer>/<variable>``.
        inputs: the shapes that it is called on.
        kwargs: the keyword arguments of the call.
        custom_layers: whether classes of the layer library may be used.
        inside: the class of the wrapper around the layer, empty where there is none.
        keras: the generation of Keras that saved the model, 2 or 3.
        graph: the model that the layer is in; ``None`` within a wrapper.
    """

    layer: Layer
    inputs: Shapes
    kwargs: Config = field(default_factory=dict)
    custom_layers: bool = True
    inside: str = ""
    keras: int = 2
    graph: Model | None = None

    @property
    def config(self) -> Config:
        """Of the layer."""
        return self.layer.config

    @property
    def shape(self) -> Shape | None:
        """Of the first input."""
        return self.inputs[0] if self.inputs else None

    def rank(self) -> int | None:
        """Of the first input, the batch counted."""
        return None if self.shape is None else len(self.shape)

    def static(self) -> tuple[int, ...] | None:
        """The shape of the first input without the batch, if all of it is known."""
        sizes = None if self.shape is None else self.shape[1:]
        if sizes is None or any(size is None for size in sizes):
            return None
        return tuple(size for size in sizes if size is not None)

    def weight(self, variable: str) -> Weight | None:
        """The weight whose name ends in ``/variable``."""
        return next(
            (each for name, each in self.weights().items() if name.rpartition("/")[2] == variable), None
        )

    def weights(self) -> dict[str, Weight]:
        """All weights by the names of their variables, below the name of the layer.

        They lie in Keras's order; the names that files have for them differ between versions.
        """
        try:
            specs = weight_specs(self.layer, self.inputs)
        except SourceError:
            specs = None
        if specs is not None and len(specs) == len(self.layer.weights):
            return {spec.name: each for spec, each in zip(specs, self.layer.weights, strict=True)}
        return {variable_of(each.name, self.layer.name): each for each in self.layer.weights}

    def part(self) -> Part:
        """An empty part to fill."""
        return Part(self)

    def refuse(self, why: str, fix: str) -> NoReturn:
        """Ends with a refusal.

        Raises:
            UnsupportedError: ``layer-lowering``.
        """
        raise UnsupportedError("layer-lowering", f"layer {brief(self.layer.name)}", why, fix)


class Part:
    """The graph that is being made for a site.

    Attributes:
        inputs: what the layer is given.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._steps: list[Step] = []
        self.inputs = tuple(Tensor(shape, INPUT, index) for index, shape in enumerate(site.inputs))

    def add(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        weights: Mapping[str, Weight | Array] | None = None,
        shape: Shape | None = None,
        kwargs: Config | None = None,
    ) -> Tensor:
        """One more layer; gives its first output.

        Args:
            class_name: of a layer of TensorFlow.js, of the layer library, or of one with a lowering.
            inputs: one tensor, or several.
            config: without what every layer has (name, dtype).
            weights: by variable, such as ``kernel``, in Keras's order.
            shape: of the output, where no rule knows it.
            kwargs: keyword arguments of the call.
        """
        return self.add_several(class_name, inputs, config, weights=weights, shapes=(shape,), kwargs=kwargs)[
            0
        ]

    def add_several(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        weights: Mapping[str, Weight | Array] | None = None,
        shapes: Shapes = (None,),
        kwargs: Config | None = None,
    ) -> tuple[Tensor, ...]:
        """As ``add``, with every output."""
        given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        held = {name: _weight(name, each) for name, each in (weights or {}).items()}
        full = {"trainable": self._site.config.get("trainable", True), "dtype": "float32", **(config or {})}
        step = Step(class_name, full, given, held, dict(kwargs or {}))
        self._steps.append(step)
        found = shapes_of(step) or shapes
        return tuple(Tensor(shape, len(self._steps) - 1, index) for index, shape in enumerate(found))

    def done(self, *outputs: Tensor, why: str) -> Lowered:
        """The part, with what it gives for the outputs of the layer.

        Args:
            outputs: in the order of the layer's own.
            why: what is wrong with the layer in TensorFlow.js, as a half sentence.
        """
        return Lowered(tuple(self._steps), outputs, why)


@dataclass(frozen=True)
class Lowering:
    """What is known of a class that needs lowering, always or for some configurations.

    Attributes:
        lower: gives the part, or ``None`` where the layer is right as it is.
        keys: every key that some Keras writes for a class which TensorFlow.js lacks, with the values that
            ``lower`` understands; ``None`` for classes that TensorFlow.js has, which the gate looks at.
        arguments: the keyword arguments of calls that ``lower`` understands.
    """

    lower: Callable[[Site], Lowered | None]
    keys: Mapping[str, Value] | None = None
    arguments: frozenset[str] = frozenset()


def variable_of(weight: str, layer: str) -> str:
    """The name of a weight below its layer's."""
    return weight.removeprefix(f"{layer}/")


def derived(weight: Weight, shape: tuple[int, ...], make: Callable[[Array], Array]) -> Weight:
    """A weight that is computed from another when it is asked for.

    Args:
        weight: the one in the file.
        shape: of what ``make`` gives.
        make: takes the array in its shape.
    """

    def load(start: int, stop: int) -> Array:
        return np.ascontiguousarray(make(weight.array()), weight.dtype).reshape(-1)[start:stop]

    return Weight(weight.name, shape, weight.dtype, load)


def snake(class_name: str) -> str:
    """``Conv2DTranspose`` as ``conv2d_transpose``."""
    spaced = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", class_name)
    return re.sub(r"([A-Z])([A-Z][a-z])", r"\1_\2", spaced).lower().replace("_1_d", "1d")


def shapes_of(step: Step) -> Shapes | None:
    """What a step gives, as far as the rules know it."""
    layer = Layer("", step.class_name, step.config)
    try:
        return output_shapes(layer, tuple(tensor.shape for tensor in step.inputs))
    except (RuleError, SourceError):
        return None


def check_keys(site: Site, keys: Mapping[str, Value]) -> None:
    """Refuses what no Keras writes for a class, or what its lowering does not understand.

    Raises:
        UnsupportedError: ``layer-key`` or ``layer-semantics``.
    """
    name, where = site.layer.class_name, f"layer {brief(site.layer.name)}"
    for key, value in site.config.items():
        known = keys.get(key) or BASE.get(key)
        if known is None:
            raise UnsupportedError(
                "layer-key",
                where,
                f"its configuration has {brief(key)}, which is not known of {name}.",
                "Save the model without it, if it means nothing.",
            )
        if not known.accepts(value):
            raise UnsupportedError(
                "layer-semantics", where, f"this {name} has {key} {brief(value)}: {known.instead}.", known.fix
            )


def check_arguments(site: Site, known: Container[str]) -> None:
    """Refuses what a layer is called with beside its inputs, unless it means nothing or is known.

    Raises:
        UnsupportedError: ``layer-lowering``.
    """
    for key, value in site.kwargs.items():
        if key in known or value is None or value is False or value in ([], {}):
            continue
        if key == "training" and not _trains(site.layer):
            continue
        site.refuse(
            f"it is called with {brief(key)} {brief(value)}, and what stands for it in TensorFlow.js knows "
            "no such argument.",
            f"Call it without {key}, and save the model again.",
        )


_TRAINED = ("Aug", "BatchNorm", "Dropout", "Mix", "Noise", "Pipeline", "Random", "SpectralNorm")


def _trains(layer: Layer) -> bool:
    """Whether a layer, or one inside it, may compute something else in training."""
    held = layer.config.get("layer")
    inner = held.get("config") if isinstance(held, Mapping) else None
    names = (layer.class_name, str(held.get("class_name")) if isinstance(held, Mapping) else "")
    configs = (layer.config, inner if isinstance(inner, Mapping) else {})
    return any(word in name for word in _TRAINED for name in names) or any(
        config.get("dropout") or config.get("recurrent_dropout") for config in configs
    )


def _weight(name: str, value: Weight | Array) -> Weight:
    return value if isinstance(value, Weight) else Weight.of(name, np.asarray(value, np.float32))
