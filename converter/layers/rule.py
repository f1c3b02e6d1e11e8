"""What a rule is: the output shapes and the weights that follow from a configuration and the input shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from converter.model import Config, Shape

Shapes = tuple[Shape | None, ...]
"""Shapes of several tensors, batch dimension included; ``None`` where even the rank is unknown."""

LARGEST = 2**31 - 1
"""The largest size or configured number that is believed: TensorFlow.js counts in 32 bits."""

CALL = "\0call"
"""The key under which a rule of shapes finds the keyword arguments of the call, if there are any."""

_WEIGHTLESS_ACTIVATIONS = frozenset(
    {"function", "Activation", "ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU"}
)


class WeightSpec(NamedTuple):
    """One weight that a configuration demands.

    Attributes:
        name: its path below the layer's own name, as TensorFlow.js addresses it.
        shape: the demanded shape: ``None`` for a size that is not known, or for all of it.
        trainable: by nature, whatever the layer's ``trainable`` says; Keras saves these first.
    """

    name: str
    shape: Shape | None
    trainable: bool = True


WeightSpecs = tuple[WeightSpec, ...]
ShapeRule = Callable[[Config, Shapes], "Shapes | None"]
WeightRule = Callable[[Config, Shapes], "WeightSpecs | None"]


class RuleError(Exception):
    """A rule met something that cannot be; whoever knows the layer turns it into a ``SourceError``.

    Args:
        why: what is wrong, without a full stop.
        key: the configuration key at fault; empty where the shapes contradict each other.
    """

    def __init__(self, why: str, key: str = "") -> None:
        super().__init__(why, key)
        self.why = why
        self.key = key


def no_weights(_config: Config, _inputs: Shapes) -> WeightSpecs:
    """The weights of a layer that has none."""
    return ()


def same(_config: Config, inputs: Shapes) -> Shapes:
    """The outputs of a layer that keeps the shape of its first input."""
    return (inputs[0],)


class Rule(NamedTuple):
    """What follows from a layer's configuration and the shapes that it is called on.

    Attributes:
        outputs: gives the shape of each output; ``None`` when not even their number is known.
        weights: gives the weights in the order in which Keras saves them; ``None`` when unknown.
        fewest: the least number of input tensors.
        most: the largest number of input tensors, ``None`` for any.
        rank: the rank that the first input must have, ``None`` for any.
        least_rank: the rank that the first input must have at least.
    """

    outputs: ShapeRule = same
    weights: WeightRule = no_weights
    fewest: int = 1
    most: int | None = 1
    rank: int | None = None
    least_rank: int = 1


def on_known(rule: Callable[[Config, Shape], Shape | None]) -> ShapeRule:
    """A rule for one input and one output, whose output is unknown when the input is."""

    def outputs(config: Config, inputs: Shapes) -> Shapes:
        return (None if inputs[0] is None else rule(config, inputs[0]),)

    return outputs


def outputs_of(rule: Rule, config: Config, inputs: Shapes) -> Shapes | None:
    """The shape of each output of one call.

    Raises:
        RuleError: if the configuration is malformed, or the shapes are impossible.
    """
    found = rule.outputs(config, _fit(rule, inputs))
    for shape in found or ():
        for size in shape or ():
            if size is not None and not 0 < size <= LARGEST:
                text = (
                    f"an output size would be {size}" if size < 1 else "an output would be impossibly large"
                )
                raise RuleError(text)
    return found


def weights_of(rule: Rule, config: Config, inputs: Shapes) -> WeightSpecs | None:
    """The weights of a layer, in the order in which Keras saves them.

    Raises:
        RuleError: if the configuration is malformed, or the shapes are impossible.
    """
    fitted = _fit(rule, inputs)
    activation = config.get("activation")
    if isinstance(activation, Mapping):
        kind = activation.get("class_name")
        if kind == "PReLU":
            own = rule.weights(config, fitted)
            held = activation.get("config")
            if own is None or not isinstance(held, Mapping):
                return None
            from converter.layers.activations import of_activation  # its rules are made of this module's

            return own + of_activation(held, rule.outputs(config, fitted))
        if not isinstance(kind, str) or kind not in _WEIGHTLESS_ACTIVATIONS:
            # A layer given as the activation has weights of its own.
            return None
    return rule.weights(config, fitted)


def _fit(rule: Rule, inputs: Shapes) -> Shapes:
    """The inputs, once they are known to suit the rule; an unknown first shape gets its fixed rank."""
    count = len(inputs)
    if count < rule.fewest or (rule.most is not None and count > rule.most):
        wanted = str(rule.fewest) if rule.fewest == rule.most else f"at least {rule.fewest}"
        if rule.most is not None and count > rule.most:
            wanted = f"at most {rule.most}"
        raise RuleError(f"it is given {count} tensors but takes {wanted}")
    if () in inputs and rule.least_rank:
        raise RuleError("it is given a tensor without any dimension, not even a batch")
    if not count:
        return inputs
    first = inputs[0]
    if first is None:
        return inputs if rule.rank is None else ((None,) * rule.rank, *inputs[1:])
    if rule.rank is not None and len(first) != rule.rank:
        raise RuleError(f"its input {show(first)} has {len(first)} dimensions but must have {rule.rank}")
    if len(first) < rule.least_rank:
        raise RuleError(
            f"its input {show(first)} has {len(first)} dimensions but must have at least {rule.least_rank}"
        )
    return inputs


def show(shape: Shape | None) -> str:
    """A shape for people, ``?`` for what is unknown: ``(?, 32, 32, 3)``."""
    if shape is None:
        return "(of unknown rank)"
    return "(" + ", ".join("?" if size is None else str(size) for size in shape) + ")"
