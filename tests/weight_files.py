"""Files of weights alone in the layouts of Keras, written without it, and what models hold of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from converter.model import Model

Arrays = Sequence[np.ndarray]


def arrays_of(kernel: Sequence[int], seed: int = 0) -> list[np.ndarray]:
    """A kernel and a bias."""
    rng = np.random.default_rng([seed, *kernel])
    return [rng.standard_normal(shape).astype("float32") for shape in (tuple(kernel), tuple(kernel[-1:]))]


def write_keras2(path: Path, layers: Mapping[str, Arrays], version: str | None = "2.3.1") -> Path:
    """As ``save_weights`` of Keras 2 writes it; the arrays of a layer are called kernel, bias, extra_2 …"""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        file.attrs["backend"] = b"tensorflow"
        if version is not None:
            file.attrs["keras_version"] = version.encode()
        for name, arrays in layers.items():
            group = file.create_group(name)
            labels = [
                f"{name}/{['kernel', 'bias'][i] if i < 2 else f'extra_{i}'}:0" for i in range(len(arrays))
            ]
            group.attrs["weight_names"] = [label.encode() for label in labels]
            for label, array in zip(labels, arrays, strict=True):
                group[label] = array
    return path


def write_keras3(path: Path, groups: Mapping[str, Arrays], names: Iterable[str] | None = None) -> Path:
    """As ``.weights.h5`` of Keras 3 is; ``names`` are those of the layers, which Keras stores from 3.7 on."""
    with h5py.File(path, "w") as file:
        file.create_group("vars")
        file.create_group("optimizer/vars")["0"] = np.int64(3)
        for index, (key, arrays) in enumerate(groups.items()):
            group = file.create_group(f"layers/{key}/vars")
            for number, array in enumerate(arrays):
                group[str(number)] = array
            if names is not None:
                group.attrs["name"] = list(names)[index]
    return path


def counted(base: str, count: int) -> list[str]:
    """``conv2d``, ``conv2d_1``, ``conv2d_2`` …"""
    return [base if index == 0 else f"{base}_{index}" for index in range(count)]


def weights_of(model: Model, path: str = "") -> dict[str, np.ndarray]:
    """Every weight of a model, by the path of its layer and its place there."""
    found: dict[str, np.ndarray] = {}
    for layer in model.layers:
        if layer.model is not None:
            found |= weights_of(layer.model, f"{path}{layer.name}/")
        else:
            found |= {f"{path}{layer.name}/{i}": weight.array() for i, weight in enumerate(layer.weights)}
    return found
