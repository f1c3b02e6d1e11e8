"""Activations that are layers."""

from __future__ import annotations

from converter.layers.configuration import axes, fault
from converter.layers.rule import Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config


def _prelu_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    shared = axes(config, "shared_axes", ()) if config.get("shared_axes") != [] else ()
    shape = inputs[0]
    if shape is None:
        return (WeightSpec("alpha", None),)
    alpha = list(shape[1:])
    for axis in shared:
        # Keras counts from 1 behind the batch and lets Python count a negative axis from the end.
        if not -len(alpha) <= axis - 1 < len(alpha):
            raise fault(config, "shared_axes", f"axes of its input, which has {len(shape)} dimensions")
        alpha[axis - 1] = 1
    return (WeightSpec("alpha", tuple(alpha)),)


RULES = {
    name: Rule() for name in ("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax", "ThresholdedReLU")
} | {"PReLU": Rule(weights=_prelu_weights)}
