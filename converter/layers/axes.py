"""Normalization along an axis that is not the last, which TensorFlow.js computes wrongly on wasm and cpu.

They repeat mean and variance along the elements as they lie in memory, whatever shape these have:
https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-cpu/src/kernels/BatchNorm.ts
"""

from __future__ import annotations

from converter.errors import UnsupportedError
from converter.layers.configuration import axes
from converter.layers.rule import RuleError
from converter.model import Config


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
            "Declare the whole input shape, or train the model with channels last.",
        )
