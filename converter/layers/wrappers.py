"""Layers that hold another layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from converter.layers.configuration import choice, mapping
from converter.layers.grid import times
from converter.layers.rule import Rule, RuleError, Shapes, WeightSpec, WeightSpecs, outputs_of, weights_of
from converter.model import Config

_RECURRENT = frozenset(
    {
        *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "CuDNNGRU", "CuDNNLSTM"),
        *("GRU", "LSTM", "RNN", "SimpleRNN"),
    }
)
_MODES = ("concat", "sum", "mul", "ave")


class _Child(NamedTuple):
    """The layer inside a wrapper, and the key under which the wrapper holds it."""

    key: str
    rule: Rule
    config: Config

    def outputs(self, inputs: Shapes) -> Shapes | None:
        try:
            return outputs_of(self.rule, self.config, inputs)
        except RuleError as error:
            raise self._inside(error) from None

    def weights(self, inputs: Shapes) -> WeightSpecs | None:
        try:
            return weights_of(self.rule, self.config, inputs)
        except RuleError as error:
            raise self._inside(error) from None

    def _inside(self, error: RuleError) -> RuleError:
        if not error.key:
            return error
        return RuleError(error.why, f"{self.key}.{error.key}")


def _child(table: Mapping[str, Rule], config: Config, key: str = "layer") -> _Child | None:
    """The layer inside; ``None`` if nothing is known of its class."""
    spec = mapping(config, key)
    name = spec.get("class_name")
    rule = table.get(name) if isinstance(name, str) else None
    return None if rule is None else _Child(key, rule, mapping(spec, "config"))


def _recurrent(table: Mapping[str, Rule], config: Config, key: str) -> _Child | None:
    # Only recurrent layers can run backwards; nothing else is looked into, as
    # a Bidirectional in a Bidirectional in ... would cost twice as much at each level.
    name = mapping(config, key).get("class_name")
    return _child(table, config, key) if isinstance(name, str) and name in _RECURRENT else None


def time_distributed(table: Mapping[str, Rule]) -> Rule:
    """The rule of ``TimeDistributed``, which finds the rule of the layer inside in ``table``."""

    def steps(inputs: Shapes) -> Shapes:
        return tuple(None if shape is None else (shape[0], *shape[2:]) for shape in inputs)

    def outputs(config: Config, inputs: Shapes) -> Shapes | None:
        child = _child(table, config)
        found = None if child is None else child.outputs(steps(inputs))
        if found is None:
            return None
        batch, time = (None, None) if inputs[0] is None else inputs[0][:2]
        return tuple(None if shape is None else (batch, time, *shape[1:]) for shape in found)

    def weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
        child = _child(table, config)
        return None if child is None else child.weights(steps(inputs))

    return Rule(outputs, weights, most=None, least_rank=2)


def bidirectional(table: Mapping[str, Rule]) -> Rule:
    """The rule of ``Bidirectional``, which finds the rule of the layer inside in ``table``."""

    def outputs(config: Config, inputs: Shapes) -> Shapes | None:
        child = _recurrent(table, config, "layer")
        found = None if child is None else child.outputs(inputs)
        if not found or found[0] is None:
            return None
        output, states = found[0], found[1:]
        if "merge_mode" in config and config["merge_mode"] is None:
            return (output, output, *states, *states)
        if choice(config, "merge_mode", _MODES, "concat") == "concat":
            # The last axis, even where the channels come first.
            output = (*output[:-1], times(output[-1], 2))
        return (output, *states, *states)

    def weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
        own = "layer" if config.get("backward_layer") is None else "backward_layer"
        # TensorFlow.js names both halves after the forward layer.
        inner = mapping(mapping(config, "layer"), "config").get("name")
        found: list[WeightSpec] = []
        for direction, key in (("forward", "layer"), ("backward", own)):
            child = _recurrent(table, config, key)
            specs = None if child is None else child.weights(inputs)
            if specs is None:
                return None
            path = f"{direction}_{inner if isinstance(inner, str) else 'layer'}"
            found += (spec._replace(name=f"{path}/{spec.name}") for spec in specs)
        return tuple(found)

    return Rule(outputs, weights, most=None, least_rank=3)


def spectral_normalization(table: Mapping[str, Rule]) -> Rule:
    """The rule of ``SpectralNormalization``, which finds the rule of the layer inside in ``table``."""

    def outputs(config: Config, inputs: Shapes) -> Shapes | None:
        child = _child(table, config)
        return None if child is None else child.outputs(inputs)

    def weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
        child = _child(table, config)
        specs = None if child is None else child.weights(inputs)
        if specs is None:
            return None
        own = WeightSpec("vector_u", (1, None), trainable=False)
        return (*(spec._replace(name=f"layer/{spec.name}") for spec in specs), own)

    return Rule(outputs, weights)


def _steps(config: Config, inputs: Shapes) -> Shapes | None:
    """All steps as one batch, or apart again as the second input has them."""
    x, like = inputs[0], inputs[-1]
    if x is None or like is None:
        return None
    return ((*like[:2], *x[1:]) if config.get("apart") else (None, *x[2:]),)


def rules(table: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules of the wrappers; they look into ``table`` when they are used, not before."""
    return {
        "Bidirectional": bidirectional(table),
        "KerasSteps": Rule(_steps, most=2, least_rank=1),
        "SpectralNormalization": spectral_normalization(table),
        "TimeDistributed": time_distributed(table),
    }
