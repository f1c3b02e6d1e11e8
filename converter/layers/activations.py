"""Activations that are layers."""

from __future__ import annotations

from converter.layers.configuration import axes, axis_of, fault, integer
from converter.layers.rule import LARGEST, Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config

HARD_SIGMOID = "hard_sigmoid_6"
"""``relu6(x + 3) / 6``, which Keras 3 calls hard_sigmoid; Keras 2 and TensorFlow.js have another."""

CUSTOM = frozenset(
    {
        *("exponential", "glu", "hard_shrink", "hard_silu", "hard_tanh", "soft_shrink", "sparse_plus"),
        *("sparsemax", "squareplus", "tanh_shrink"),
    }
)
"""The functions that the layer ``KerasActivation`` computes; see its JavaScript."""


def _halved(config: Config, inputs: Shapes) -> Shapes:
    """A gated linear unit takes one half of an axis for the gates of the other."""
    shape = inputs[0]
    if config.get("activation") != "glu" or shape is None:
        return (shape,)
    axis = axis_of(config, "axis", integer(config, "axis", -1, least=-LARGEST), len(shape))
    size = shape[axis]
    return ((*shape[:axis], None if size is None else size // 2, *shape[axis + 1 :]),)


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


def of_activation(config: Config, outputs: Shapes | None) -> WeightSpecs:
    """The weights of a PReLU that is the activation of a layer, below that layer's name.

    Args:
        config: of the PReLU.
        outputs: what the layer gives.
    """
    found = _prelu_weights(config, outputs or (None,))
    return tuple(spec._replace(name=f"{ACTIVATION}/{spec.name}") for spec in found)


ACTIVATION = "activation"
"""Where the weights of a layer that is an activation lie below those of its holder."""

RULES = {
    **{name: Rule() for name in ("ELU", "LeakyReLU", "ReLU", "ThresholdedReLU")},
    "Activation": Rule(_halved),
    "KerasActivation": Rule(_halved),
    "KerasMaskedSoftmax": Rule(most=2),
    "PReLU": Rule(weights=_prelu_weights),
    "Softmax": Rule(most=2),
}
