"""Originals that no Keras of today can load as they are, written as files that it can."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py

from converter.artifact.topology import print_topology
from converter.errors import ParityError
from converter.model import Layer, Model, Weight
from converter.sources.keras_v3 import CONFIG, METADATA, WEIGHTS

KERAS = "2.2.4"
"""The release whose format is written."""

KERAS_3 = "3.0.0"
"""What an archive says of the Keras that wrote it, where nothing else is known."""


def write(model: Model, path: Path) -> None:
    """Writes topology and weights; each layer of the model is a group that lists its weights in order.

    The layers stand in the order of the source, which need not be that of Keras: load weights by name.

    Raises:
        ParityError: when HDF5 has no place for a layer of some name.
    """
    names = h5py.string_dtype()
    rank = {name: position for position, name in enumerate(model.weight_order)}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(print_topology(model)["model_config"])
        file.attrs["keras_version"], file.attrs["backend"] = KERAS, "tensorflow"
        groups = file.create_group("model_weights")
        groups.attrs.create("layer_names", [layer.name for layer in model.layers], dtype=names)
        for layer in model.layers:
            weights = sorted(_weights(layer), key=lambda weight: rank.get(weight.name, len(rank)))
            labels = [f"weight_{index}" for index in range(len(weights))]
            try:
                group = groups.require_group(layer.name)
                group.attrs.create("weight_names", labels, (len(labels),), names)
                for label, weight in zip(labels, weights, strict=True):
                    group.create_dataset(label, data=weight.array())
            except (ValueError, TypeError) as error:
                raise ParityError(
                    "reference-failed",
                    f"layer '{layer.name}'",
                    "its name or weights cannot be written for Keras 2.",
                    "Convert without proof by --no-verify.",
                ) from error


def pack(architecture: Path, weights: Path, path: Path) -> None:
    """Writes a ``.keras`` archive of a topology and of weights that Keras 3 saved apart.

    Args:
        architecture: what ``model.to_json()`` gave.
        weights: what ``model.save_weights("model.weights.h5")`` wrote.
        path: where the archive goes.
    """
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(architecture, CONFIG)
        archive.writestr(METADATA, json.dumps({"keras_version": KERAS_3, "date_saved": ""}))
        archive.write(weights, WEIGHTS)


def _weights(layer: Layer) -> list[Weight]:
    return list(layer.weights) if layer.model is None else layer.model.weights()
