"""Weights from a file into a live model.

Files in the layout of Keras 2 are read here, by the names of the layers: by order alone, which is how
Keras loads them, layers of equal shape change places when two releases order a graph differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from converter.errors import SourceError
from converter.model import Array
from converter.sources import hdf5
from converter.sources.python_child import live
from converter.sources.python_child.export import layer_variables, read_weights
from converter.sources.python_child.imports import message
from converter.sources.python_child.weight_names import pair_by_names


class Stored(NamedTuple):
    """An array of a file, under the name of its variable."""

    name: str
    array: Array


FIX = "Give the builder, by --model-arg, what it was given when these weights were trained."
ORDER_FIX = (
    "Let the builder freeze (trainable = False) the layers that were frozen when these weights were saved."
)
ZIP = b"PK\x03\x04"


def load(model: Any, path: Path, folder: Path) -> list[str]:
    """Sets the weights of a model from a file of whatever layout; warnings.

    Args:
        model: the live model.
        path: a ``.h5`` file of Keras 2 or 3, with or without topology, or a ``.keras`` archive.
        folder: where a link with the right extension can be put.

    Raises:
        SourceError: when the file is damaged, or does not fit the model.
    """
    try:
        with path.open("rb") as opened:
            if opened.read(4) == ZIP:
                return _by_keras(model, path, folder / "weights.keras")
        stored = _stored(path)
    except hdf5.DAMAGE as error:
        raise hdf5.corrupt(str(path), f"its structure is damaged: {hdf5.brief(error)}.") from error
    if stored is None:
        return _by_keras(model, path, folder / "source.weights.h5")
    return _by_layers(model, stored, str(path))


def _stored(path: Path) -> list[tuple[str, list[Stored]]] | None:
    """The arrays of each layer that has any; None when the file is of Keras 3's own layout."""
    file = hdf5.File(path)
    try:
        root = hdf5.subgroup(file.root, "model_weights") if b"model_weights" in file.root else file.root
        if not hdf5.has_list(root, "layer_names"):
            _check_arrays(file)
            return None
        stored = [(name, _arrays(file, root, name)) for name in hdf5.text_list(root, "layer_names")]
    finally:
        file.close()  # HDF5 locks it
    return [(name, arrays) for name, arrays in stored if arrays]


def load_exported(model: Any, exported: Path) -> None:
    """Sets the weights of a model that was built again to those of the file that it was exported to.

    Raises:
        SourceError: when the builder made another model this time.
    """
    if str(exported).endswith(".keras"):
        model.load_weights(exported)
        return
    layers = [layer_variables(layer) for layer in model.layers if layer.weights]
    with h5py.File(exported) as file:
        # In order: Keras numbers the layers of a second model of one process on from the first.
        stored = [arrays for arrays in read_weights(file["model_weights"]) if arrays]
    shapes = [[tuple(each.variable.shape) for each in variables] for variables in layers]
    if shapes != [[array.shape for array in arrays] for arrays in stored]:
        why = "the builder made another model when it was called again."
        raise SourceError("builder-varies", f"model '{model.name}'", why, "Let it build the same each time.")
    for variables, arrays in zip(layers, stored, strict=True):
        for each, array in zip(variables, arrays, strict=True):
            each.variable.assign(array)


def _arrays(file: hdf5.File, root: hdf5.Group, layer: str) -> list[Stored]:
    group = hdf5.subgroup(root, layer)
    names = hdf5.text_list(group, "weight_names")
    return [Stored(name, hdf5.weight(file, group, name, name).array()) for name in names]


def _by_layers(model: Any, stored: Sequence[tuple[str, list[Stored]]], where: str) -> list[str]:
    layers = [layer for layer in model.layers if layer.weights]
    own = [layer.name for layer in layers]
    names = [name for name, _ in stored]
    if sorted(own) == sorted(names):
        by_name = dict(stored)
        pairs = [(layer, by_name[layer.name]) for layer in layers]
        warnings = []
    elif len(own) == len(names):
        pairs = list(zip(layers, (arrays for _, arrays in stored), strict=True))
        other = next((name for name in names if name not in own), names[0])
        warnings = [f"The weights were given to the layers by order: the file has other names ('{other}' …)."]
    else:
        only = [f"'{name}'" for name in names if name not in own] or ["none that the model lacks"]
        lacking = [f"'{name}'" for name in own if name not in names] or ["none"]
        raise SourceError(
            "weights-mismatch",
            where,
            f"it holds the weights of {len(names)} layers, and the builder made {len(own)} that have any; "
            f"only in the file: {', '.join(only[:3])}; only in the model: {', '.join(lacking[:3])}.",
            FIX,
        )
    for layer, arrays in pairs:
        _assign(layer, arrays, where)
    return warnings


def _assign(layer: Any, stored: Sequence[Stored], where: str) -> None:
    """By the stored names where these tell: the order in a file depends on what was frozen then."""
    where = f"{where}, layer '{layer.name}'"
    variables = live.stored_order(layer)
    paired = pair_by_names([each.name for each in variables], [each.name for each in stored])
    if paired is None:
        why = "the names of its weights are those of the model's layer in another order, and tell no layers."
        raise SourceError("weights-mismatch", where, why, ORDER_FIX)
    given = [stored[index] for index in paired]
    wanted, found = ([tuple(each.shape) for each in one] for one in _both(variables, given))
    if wanted != found:
        raise SourceError(
            "weights-mismatch",
            where,
            f"it holds weights of the shapes {_shapes(found)}, and the model's layer has {_shapes(wanted)}.",
            FIX,
        )
    for each, one in zip(variables, given, strict=True):
        each.variable.assign(np.asarray(one.array))


def _both(variables: Sequence[live.Variable], stored: Sequence[Stored]) -> tuple[list[Any], list[Any]]:
    return [each.variable for each in variables], [each.array for each in stored]


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return " ".join("×".join(map(str, shape)) or "scalar" for shape in shapes) or "none"


def _by_keras(model: Any, path: Path, link: Path) -> list[str]:
    """Keras's own loading, for the layout that knows layers by their place alone."""
    link.symlink_to(path.resolve())
    keras = live.keras_of(model)
    assert keras is not None
    try:
        model.load_weights(str(link))
    except Exception as error:
        raise SourceError(
            "weights-mismatch",
            str(path),
            f"Keras {keras.__version__} cannot load it into this model: {message(error)}.",
            FIX,
        ) from error
    return []


def _check_arrays(file: hdf5.File) -> None:
    """Refuses a file whose weights lie elsewhere, before Keras opens it."""
    pending: list[tuple[hdf5.Group, int]] = [(file.root, 0)]
    members = 0
    while pending:
        group, depth = pending.pop()
        members += group.get_num_objs()
        if depth > hdf5.MAX_DEPTH or members > hdf5.MAX_MEMBERS:
            raise hdf5.corrupt(hdf5.name_of(group), "it holds more than any model does.")
        for key in group:
            name = key.decode("utf-8", "surrogateescape")
            if isinstance(inner := hdf5.child(group, name), hdf5.Group):
                pending.append((inner, depth + 1))
            else:
                hdf5.weight(file, group, name, name)
