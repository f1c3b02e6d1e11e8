"""``.keras`` archives of Keras 3, and of Keras 2 from 2.12 on (``tf_keras``).

A zip archive of the topology (``config.json``), the versions (``metadata.json``) and an HDF5 file of
weights, which is read where it lies.
https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter.errors import SourceError
from converter.model import Model
from converter.sources import hdf5, keras2, keras3, watchdog
from converter.sources.archive import Archive
from converter.sources.fitting import fit_stored
from converter.sources.guard import refuse_code
from converter.sources.lambdas import Replacement, replace_lambdas
from converter.sources.weights_store import Stored, read_stored

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"


def read(path: Path, served: Container[str] = (), lambdas: Sequence[Replacement] = ()) -> Model:
    """The model in a ``.keras`` archive; the arrays stay in the file until they are asked for.

    Args:
        path: the file.
        served: the custom classes that somebody provides.
        lambdas: known layers to put in the place of Lambda layers.

    Raises:
        SourceError: when the archive is damaged or hostile, or is none of Keras.
        UnsupportedError: when a layer holds Python code, or something that TensorFlow.js cannot do.
    """
    with watchdog.limited(), Archive(path) as archive:
        topology = keras2.parse_json(archive.text(CONFIG), CONFIG)
        version = _version(archive)
        # What the model was trained with is not read, here or by Keras in the proof.
        topology.pop("compile_config", None)
        if lambdas:
            topology = replace_lambdas(topology, lambdas)
        refuse_code(topology, served)
        if keras3.is_keras3(version):
            topology = keras3.translate(topology, served)
        elif not version.startswith("2."):
            raise SourceError(
                "keras-version",
                str(path),
                f"the model was saved by Keras {version}, which is not known here.",
                "Save it from Keras 3 or tf_keras.",
            )
        model = keras2.parse_model(topology)
        stored = _weights(archive)
    model = replace(model, keras_version=version)
    try:
        return fit_stored(model, stored, str(path))
    except (*hdf5.DAMAGE, RecursionError) as error:
        raise hdf5.corrupt(f"{path}, {WEIGHTS}", f"its structure is damaged: {hdf5.brief(error)}.") from error


def _version(archive: Archive) -> str:
    metadata: dict[str, Any] = keras2.parse_json(archive.text(METADATA), METADATA)
    version = keras2.check_name(metadata.get("keras_version"), METADATA)
    return version.strip()


def _weights(archive: Archive) -> Stored:
    section = archive.section(WEIGHTS)
    try:
        file = hdf5.File(section)
        return read_stored(file, section.where)
    except (*hdf5.DAMAGE, RecursionError) as error:
        raise hdf5.corrupt(section.where, f"its structure is damaged: {hdf5.brief(error)}.") from error
