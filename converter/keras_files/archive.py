"""The ``.keras`` archive of Keras 3: topology, version, and an HDF5 file of weights by class and count.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/saving/saving_lib.py
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py

from converter.keras_files.h5 import write_array
from converter.keras_files.keras3 import print_config
from converter.keras_files.parts import counted, parts_of
from converter.model import Model

KERAS = "3.8.0"
"""The release whose format is written."""

CONTAINERS = ("layers", "cells")
"""Groups that hold objects and are none."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member: the same model gives the same bytes."""


def write(model: Model, path: Path) -> None:
    """Writes a model that every Keras 3 reads as far as it has its layers.

    Args:
        model: in the words of Keras 3, its layers in Keras's order.
        path: the file to write; the folder that it is in takes the weights for a while.

    Raises:
        OSError: when it cannot be written.
    """
    weights = path.with_name("model.weights.h5")
    with h5py.File(weights, "w") as file:
        file.create_group("vars").attrs["name"] = model.name
        _write_layers(model, file, "layers")
    try:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("metadata.json", EPOCH), json.dumps({"keras_version": KERAS}))
            archive.writestr(zipfile.ZipInfo("config.json", EPOCH), json.dumps(print_config(model)))
            member = zipfile.ZipInfo(weights.name, EPOCH)
            member.file_size = weights.stat().st_size
            with weights.open("rb") as source, archive.open(member, "w") as target:
                while block := source.read(1 << 20):
                    target.write(block)
    finally:
        weights.unlink()


def _write_layers(model: Model, file: Any, path: str) -> None:
    names = counted([layer.class_name for layer in model.layers])
    for name, layer in zip(names, model.layers, strict=True):
        place = f"{path}/{name}"
        # From 3.7 on Keras tells layers by this name; those before count.
        file.create_group(f"{place}/vars").attrs["name"] = layer.name
        if layer.model is not None:
            _write_layers(layer.model, file, f"{place}/layers")
            continue
        for part in parts_of(layer):
            # Before 3.6 Keras wants such a group of every object on the way, if only an empty one.
            for steps in range(len(part.path) + 1):
                if not (steps and part.path[steps - 1] in CONTAINERS):
                    group = file.require_group("/".join((place, *part.path[:steps], "vars")))
            for index, weight in enumerate(part.weights):
                write_array(group, str(index), weight)
