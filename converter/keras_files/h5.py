"""The ``.h5`` of Keras 2: topology in an attribute, the weights of each layer listed in order.

https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from converter.artifact.topology import print_topology
from converter.errors import UnsupportedError
from converter.layers import weight_specs
from converter.layers.configuration import brief
from converter.layers.embedded import CLASSES
from converter.model import Config, Layer, Model, Weight
from converter.passes.base import HOLDS_LAYERS, map_layers
from converter.sources.keras3_layers import is_known

KERAS = "2.15.0"
"""The release whose format is written, where the model does not say that it is of another Keras 2."""

MOST_ATTRIBUTE_BYTES = 64_512
"""HDF5 has room for no larger attribute; Keras spreads longer lists over several."""


def write(model: Model, path: Path) -> None:
    """Writes a model that both Keras read as far as they have its layers.

    Args:
        model: in the words of both, its layers in Keras's order.
        path: the file to write.

    Raises:
        UnsupportedError: where HDF5 has no place for a layer of some name.
        OSError: when it cannot be written.
    """
    with h5py.File(path, "w") as file:
        topology = print_topology(map_layers(model, _with_modules))
        file.attrs["model_config"] = json.dumps(topology["model_config"])
        file.attrs["backend"] = "tensorflow"
        file.attrs["keras_version"] = version_of(model)
        groups = file.create_group("model_weights")
        groups.attrs["backend"], groups.attrs["keras_version"] = "tensorflow", version_of(model)
        _write_names(groups, "layer_names", [layer.name for layer in model.layers])
        for layer in model.layers:
            try:
                _write_layer(groups.require_group(layer.name), list(_listed(layer)))
            except (ValueError, TypeError) as error:
                raise UnsupportedError(
                    "export-name",
                    f"layer {brief(layer.name)}",
                    "its name and those of other layers contradict each other in an HDF5 file.",
                    "Export to .keras, or rename the layer.",
                ) from error


def _with_modules(layer: Layer) -> Layer:
    """Keras 3 looks a layer inside another up by its module, which Keras 2 up to 2.12 does not read."""
    return replace(layer, config=_inside(layer.config))


def _inside(config: Config) -> Config:
    held = {key: _with_module(value) for key, value in config.items() if key in HOLDS_LAYERS}
    return {**config, **held} if held else config


def _with_module(spec: Any) -> Any:
    if isinstance(spec, list):
        return [_with_module(each) for each in spec]
    if not isinstance(spec, Mapping) or not isinstance(spec.get("config"), Mapping):
        return spec
    class_name = str(spec.get("class_name"))
    if class_name == "Sequential":
        return {**spec, "module": "keras", "registered_name": None}
    if class_name in CLASSES:
        return {**spec, "module": "keras.src.models.functional", "registered_name": "Functional"}
    if not is_known(class_name):
        return {**spec, "config": _inside(spec["config"])}
    return {**spec, "module": "keras.layers", "registered_name": None, "config": _inside(spec["config"])}


def version_of(model: Model) -> str:
    """The Keras 2 that the file names."""
    return model.keras_version if model.keras_version.startswith("2.") else KERAS


def _write_layer(group: Any, weights: Sequence[Weight]) -> None:
    labels = [f"{weight.name}:0" for weight in weights]
    _write_names(group, "weight_names", labels)
    for label, weight in zip(labels, weights, strict=True):
        write_array(group, label, weight)


def write_array(group: Any, label: str, weight: Weight) -> None:
    """Writes a weight a few rows at a time, so that a large one is never in memory whole."""
    dataset = group.create_dataset(label, weight.shape, weight.dtype)
    if not weight.shape:
        dataset[()] = weight.array()
        return
    row = max(1, weight.size // max(1, weight.shape[0]))
    step = max(1, (1 << 20) // row)
    for start in range(0, weight.shape[0], step):
        stop = min(start + step, weight.shape[0])
        dataset[start:stop] = weight.load(start * row, stop * row).reshape(stop - start, *weight.shape[1:])


def _write_names(group: Any, key: str, names: Sequence[str]) -> None:
    encoded = np.array([name.encode() for name in names], dtype="S" if names else "S1")
    count = -(-encoded.nbytes // MOST_ATTRIBUTE_BYTES)
    if count <= 1:
        group.attrs[key] = encoded
        return
    for index, chunk in enumerate(np.array_split(encoded, count + 1)):
        group.attrs[f"{key}{index}"] = chunk


def _listed(layer: Layer) -> Iterator[Weight]:
    """The weights of a layer as Keras lists them: of a nested model all that is trained comes first."""
    if layer.model is None:
        yield from layer.weights
        return
    trained: list[Weight] = []
    others: list[Weight] = []
    for inner in layer.model.layers:
        _sort(inner, trained, others, frozen=False)
    yield from trained
    yield from others


def _sort(layer: Layer, trained: list[Weight], others: list[Weight], *, frozen: bool) -> None:
    frozen = frozen or layer.config.get("trainable") is False
    if layer.model is not None:
        for inner in layer.model.layers:
            _sort(inner, trained, others, frozen=frozen)
        return
    specs = weight_specs(layer)
    for index, weight in enumerate(layer.weights):
        trains = specs is None or len(specs) != len(layer.weights) or specs[index].trainable
        (others if frozen or not trains else trained).append(weight)
