"""A model written as the ``.h5`` of Keras 2, for originals that no Keras of today can load."""

from __future__ import annotations

import json
from pathlib import Path

import h5py

from converter.artifact.topology import print_topology
from converter.errors import ParityError
from converter.model import Layer, Model, Weight

KERAS = "2.2.4"
"""The release whose format is written."""


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


def _weights(layer: Layer) -> list[Weight]:
    return list(layer.weights) if layer.model is None else layer.model.weights()
