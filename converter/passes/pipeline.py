"""The ordered list of passes."""

from __future__ import annotations

from collections.abc import Container

from converter.model import Model
from converter.passes.base import Change, Pass, PassResult
from converter.passes.call_order import CallsInOrder
from converter.passes.class_names import DropPackages, FunctionalToModel, RenameClasses
from converter.passes.copies import CopyTensors
from converter.passes.fold_scale import FoldScale
from converter.passes.lowering import LOWERINGS, Lower
from converter.passes.masks import ExplicitMasks
from converter.passes.names import RenameLayers
from converter.passes.pixel_shuffle import PixelShuffleToConvolution
from converter.passes.precision import ComputeInFloat32
from converter.passes.rescaling import ScaleToRescaling
from converter.passes.rewrapped import CloseWrappers
from converter.passes.separable import DropSeparableKernel
from converter.passes.sizes import FoldSizes
from converter.passes.training import DropTraining
from converter.passes.whole_numbers import FollowWholeNumbers
from converter.passes.wrapped import OpenWrappers

NAMES = (
    # Before everything that looks classes up by name.
    RenameClasses(),
)
TYPES = (
    # Before the lowerings, which make layers of float32.
    ComputeInFloat32(),
)
DIALECT = (
    # Behind the lowerings: a custom class is not Keras's own of that name.
    DropPackages(),
    FunctionalToModel(),
    # Behind the lowerings: some make separable convolutions.
    DropSeparableKernel(),
)
"""What TensorFlow.js cannot read otherwise: always run."""

OPTIMIZE = (
    # Before FOLD_SCALES: a constraint on a kernel forbids to scale it.
    DropTraining(),
)
"""What makes the artifact load faster or safer: ``--no-optimize`` leaves it out."""

SHUFFLES = (
    # Before FOLD_SCALES: the convolution that it makes can take up the scale behind it.
    PixelShuffleToConvolution(),
)
"""With SCALES, what spares custom layers: ``--no-custom-layers``."""

FOLD_SCALES = (FoldScale(),)
"""What rounds the weights once more: ``--fold-scales``."""

SCALES = (
    # Behind FOLD_SCALES: only what is left needs a layer.
    ScaleToRescaling(),
)


def run(
    model: Model,
    *,
    optimize: bool = True,
    fold_scales: bool = False,
    custom_layers: bool = True,
    of_keras: bool = True,
    provided: Container[str] = (),
) -> PassResult:
    """The model after every pass, with all their changes in order.

    Args:
        model: what was read.
        optimize: whether to drop what inference does not need.
        fold_scales: whether to fold constant scales into the layers before them; not exact to the bit.
        custom_layers: whether custom layers may stay; if not, those that built-in layers can
            compute are replaced, and ``kept`` names those for which that failed.
        of_keras: whether its layers mean what Keras means; in an artifact they mean what TensorFlow.js
            does, so that none is lowered.
        provided: the custom classes that the user brings.

    Raises:
        UnsupportedError: when a layer has no counterpart.
    """
    changes: list[Change] = []
    kept: list[Change] = []
    lower = Lower(LOWERINGS, custom_layers=custom_layers, provided=provided)
    for each in (
        *NAMES,
        # Before types are left out.
        *((FollowWholeNumbers(),) if of_keras else ()),
        *TYPES,
        *(_of_keras(lower, custom_layers=custom_layers) if of_keras else ()),
        *DIALECT,
        *(OPTIMIZE if optimize else ()),
        *(() if custom_layers else SHUFFLES),
        *(FOLD_SCALES if fold_scales else ()),
        *(() if custom_layers else SCALES),
    ):
        result = each(model)
        model = result.model
        changes += result.changes
        kept += result.kept
    return PassResult(model, tuple(changes), tuple(kept))


def _of_keras(lower: Lower, *, custom_layers: bool) -> tuple[Pass, ...]:
    """What makes of Keras's layers and graphs those that TensorFlow.js computes alike."""
    return (
        # Before all others, which look into no wrapper.
        FoldSizes(),
        OpenWrappers(lower, custom_layers=custom_layers),
        RenameLayers(),
        # Masks first: lowerings ask which layers are handed one.
        ExplicitMasks(lower, custom_layers=custom_layers),
        lower,
        # Behind the lowerings, which call layers in orders of their own, and give them tensors twice.
        CopyTensors(),
        CallsInOrder(),
        # Behind all that mends models.
        *(() if custom_layers else (CloseWrappers(),)),
    )
