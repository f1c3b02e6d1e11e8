"""Normalization along an axis that is not the last, which TensorFlow.js computes wrongly on wasm and cpu.

They repeat mean and variance along the elements as they lie in memory, whatever shape these have:
https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-cpu/src/kernels/BatchNorm.ts
"""

from __future__ import annotations

from converter.errors import UnsupportedError
from converter.layers.configuration import axes
from converter.layers.graph import Inferred
from converter.layers.rule import RuleError
from converter.model import Config, Layer, Model


def check_axes(model: Model, inferred: Inferred) -> None:
    """Refuses a model that normalizes along another axis than the last.

    Args:
        model: any model.
        inferred: the result of ``infer(model)``.

    Raises:
        UnsupportedError: ``batch-norm-axis``.
    """
    for layer in model.layers:
        for call in inferred.layers[layer.name]:
            if layer.model is not None and call.inner is not None:
                check_axes(layer.model, call.inner)
            elif call.inputs and call.inputs[0] is not None:
                _check_layer(layer, len(call.inputs[0]))


def _check_layer(layer: Layer, rank: int) -> None:
    class_name, config = layer.class_name, layer.config
    while class_name == "TimeDistributed":
        spec = config.get("layer")
        inner: Config = spec if isinstance(spec, dict) else {}
        class_name, config, rank = str(inner.get("class_name")), inner.get("config") or {}, rank - 1
    if class_name == "BatchNormalization":
        check_axis(f"layer '{layer.name}'", config, rank)


def check_axis(where: str, config: Config, rank: int) -> None:
    """Refuses one normalization of a tensor of ``rank`` dimensions along another axis than the last.

    Raises:
        UnsupportedError: ``batch-norm-axis``.
    """
    try:
        axis = axes(config, "axis", (-1,))
    except RuleError:
        return
    if axis not in {(-1,), (rank - 1,)}:
        raise UnsupportedError(
            "batch-norm-axis",
            where,
            f"it normalizes along axis {axis[0]} of {rank}, and TensorFlow.js (wasm, cpu) computes that "
            "wrongly for any axis but the last.",
            "Train the model with channels last, or put a Permute before and behind the layer.",
        )
