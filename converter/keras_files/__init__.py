"""Models written as the files of Keras: ``.h5`` in the words of Keras 2, ``.keras`` in those of Keras 3."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from converter.keras_files import archive, h5, hard_sigmoid, keras3, words
from converter.keras_files.inputs import with_inputs
from converter.keras_files.masks import check_masks
from converter.keras_files.order import in_order
from converter.model import Model
from converter.passes.base import Change

FileFormat = Literal["h5", "keras"]
"""``h5``: the file of Keras 2; ``keras``: the archive of Keras 3."""


class Restated(NamedTuple):
    """A model in the words of one format.

    Attributes:
        model: ready to be written.
        changes: what it says otherwise than TensorFlow.js.
    """

    model: Model
    changes: tuple[Change, ...]


def restate(model: Model, form: FileFormat) -> Restated:
    """A model of TensorFlow.js in the words of Keras.

    Args:
        model: as the reader of TensorFlow.js models gives it; the arrays are not loaded.
        form: the format.

    Raises:
        UnsupportedError: when Keras has no words for something in it.
        SourceError: when its shapes contradict each other.
    """
    model, changes = words.mend(in_order(with_inputs(model)))
    model = replace(model, training_config=None)
    if form == "h5":
        return Restated(replace(model, keras_version=h5.version_of(model)), changes)
    check_masks(model)
    model, scaled = hard_sigmoid.restate(model)
    model, renamed = keras3.new_names(model)
    return Restated(replace(model, keras_version=archive.KERAS), (*changes, *scaled, *renamed))


def write(model: Model, path: Path, form: FileFormat) -> None:
    """Writes a restated model; arrays are loaded a few rows at a time.

    Raises:
        UnsupportedError: when HDF5 has no place for a layer of some name.
        OSError: when it cannot be written.
    """
    (h5 if form == "h5" else archive).write(model, path)
