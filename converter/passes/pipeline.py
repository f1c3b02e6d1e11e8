"""The ordered list of passes."""

from __future__ import annotations

from converter.model import Model
from converter.passes.base import Change, PassResult
from converter.passes.class_names import DropPackages, FunctionalToModel, RenameClasses
from converter.passes.fold_scale import FoldScale
from converter.passes.pixel_shuffle import PixelShuffleToConvolution
from converter.passes.rescaling import ScaleToRescaling
from converter.passes.separable import DropSeparableKernel
from converter.passes.training import DropTraining

DIALECT = (
    # Before everything that looks classes up by name.
    DropPackages(),
    RenameClasses(),
    FunctionalToModel(),
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
    model: Model, *, optimize: bool = True, fold_scales: bool = False, custom_layers: bool = True
) -> PassResult:
    """The model after every pass, with all their changes in order.

    Args:
        model: what was read.
        optimize: whether to drop what inference does not need.
        fold_scales: whether to fold constant scales into the layers before them; not exact to the bit.
        custom_layers: whether custom layers may stay; if not, those that built-in layers can
            compute are replaced, and ``kept`` names those for which that failed.
    """
    changes: list[Change] = []
    kept: list[Change] = []
    for each in (
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
