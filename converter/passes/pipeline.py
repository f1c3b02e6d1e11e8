"""The ordered list of passes."""

from __future__ import annotations

from converter.model import Model
from converter.passes.base import Change, PassResult
from converter.passes.class_names import FunctionalToModel, RenameClasses
from converter.passes.separable import DropSeparableKernel
from converter.passes.training import DropTraining

DIALECT = (
    # Before everything that looks classes up by name.
    RenameClasses(),
    FunctionalToModel(),
    DropSeparableKernel(),
)
"""What TensorFlow.js cannot read otherwise: always run."""

OPTIMIZE = (DropTraining(),)
"""What makes the artifact load faster or safer: ``--no-optimize`` leaves it out."""


def run(model: Model, *, optimize: bool = True) -> PassResult:
    """The model after every pass, with all their changes in order."""
    changes: list[Change] = []
    for each in (*DIALECT, *(OPTIMIZE if optimize else ())):
        result = each(model)
        model = result.model
        changes += result.changes
    return PassResult(model, tuple(changes))
