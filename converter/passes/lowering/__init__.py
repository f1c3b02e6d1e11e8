"""Layers that TensorFlow.js lacks or computes otherwise, said as layers that it computes rightly."""

from __future__ import annotations

from converter.passes.lowering import (
    activation,
    applications,
    attention,
    batch_normalization,
    bidirectional,
    convolution,
    core,
    cudnn,
    depthwise,
    distributed,
    grids,
    local,
    masked,
    merging,
    normalization,
    operations,
    pooling,
    preprocessing,
    recurrent,
    resizing,
    spectra,
    transposed,
)
from converter.passes.lowering.base import Lowering
from converter.passes.lowering.engine import Lower

_BY_FAMILY: dict[str, Lowering] = {
    **activation.LOWERINGS,
    **applications.LOWERINGS,
    **attention.LOWERINGS,
    **batch_normalization.LOWERINGS,
    **bidirectional.LOWERINGS,
    **convolution.LOWERINGS,
    **core.LOWERINGS,
    **cudnn.LOWERINGS,
    **depthwise.LOWERINGS,
    **distributed.LOWERINGS,
    **grids.LOWERINGS,
    **local.LOWERINGS,
    **merging.LOWERINGS,
    **normalization.LOWERINGS,
    **operations.LOWERINGS,
    **pooling.LOWERINGS,
    **preprocessing.LOWERINGS,
    **recurrent.LOWERINGS,
    **resizing.LOWERINGS,
    **spectra.LOWERINGS,
    **transposed.LOWERINGS,
}
LOWERINGS: dict[str, Lowering] = masked.with_masks(activation.with_activations(_BY_FAMILY))
"""By class name: everything that may have to be replaced."""

__all__ = ["LOWERINGS", "Lower"]
