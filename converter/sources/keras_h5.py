"""Full Keras 1.x/2.x/3.x models saved as ``.h5``: topology in an attribute, weights in groups by layer.

https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter.errors import SourceError
from converter.layers import check_weights, infer
from converter.model import Model, Weight
from converter.sources import hdf5, keras2, watchdog
from converter.sources.guard import refuse_code
from converter.sources.lambdas import Replacement, replace_lambdas
from converter.sources.ownership import give, order_of
from converter.sources.weights_store import Stored


def read(path: Path, served: Container[str] = (), lambdas: Sequence[Replacement] = ()) -> Model:
    """The model in a Keras ``.h5`` file; the arrays stay in the file until they are asked for.

    Args:
        path: the file.
        served: the custom classes that somebody provides.
        lambdas: known layers to put in the place of Lambda layers.

    Raises:
        SourceError: when the file is corrupt, hostile, holds weights alone or is of another dialect.
        UnsupportedError: when a layer holds Python code.
    """
    try:
        with watchdog.limited():
            model = _read(hdf5.File(path), path, served, lambdas)
    except (*hdf5.DAMAGE, RecursionError) as error:
        raise hdf5.corrupt(str(path), f"its structure is damaged: {hdf5.brief(error)}.") from error
    check_weights(model, infer(model))
    return model


def _read(file: hdf5.File, path: Path, served: Container[str], lambdas: Sequence[Replacement]) -> Model:
    config = hdf5.text(file.root, "model_config")
    if config is None:
        raise _without_topology(file.root, path)
    topology = keras2.parse_json(config, "model_config")
    if lambdas:
        topology = replace_lambdas(topology, lambdas)
    refuse_code(topology, served)
    groups = hdf5.subgroup(file.root, "model_weights")
    version = hdf5.text(file.root, "keras_version") or hdf5.text(groups, "keras_version") or ""
    keras2.check_name(version, "keras_version")
    if version.startswith("3."):
        return _keras3(file, groups, topology, version, path, served)
    training = hdf5.text(file.root, "training_config")
    stored = _stored_weights(file, groups)
    if version.startswith("1."):
        from converter.sources import keras1  # rare, and a table of its own

        order = hdf5.text_list(groups, "layer_names") if hdf5.has_list(groups, "layer_names") else []
        topology, stored = keras1.translate(topology, stored, order)
        training = None  # says in the words of Keras 1 what only training needs
    return replace(
        _with_weights(keras2.parse_model(topology), stored),
        keras_version=version,
        backend=keras2.check_name(hdf5.text(file.root, "backend") or "tensorflow", "backend"),
        training_config=None if training is None else keras2.parse_json(training, "training_config"),
        weight_order=order_of(weight for weights in stored.values() for weight in weights),
    )


def _keras3(
    file: hdf5.File,
    groups: hdf5.Group,
    topology: dict[str, Any],
    version: str,
    path: Path,
    served: Container[str],
) -> Model:
    from converter.sources import keras3  # rare: Keras 3 itself advises against .h5
    from converter.sources.fitting import fit_stored

    model = keras2.parse_model(keras3.translate(topology, served))
    stored = Stored("keras3-h5", _stored_weights(file, groups), named=True, keras_version=version)
    return replace(
        fit_stored(model, stored, str(path)),
        backend=keras2.check_name(hdf5.text(file.root, "backend") or "tensorflow", "backend"),
    )


def _without_topology(root: hdf5.Group, path: Path) -> SourceError:
    if not hdf5.has_list(root, "layer_names"):
        return SourceError(
            "h5-not-keras",
            str(path),
            "this HDF5 file holds no Keras model.",
            "Give a file that model.save('model.h5') wrote.",
        )
    layers = hdf5.text_list(root, "layer_names")
    shown = ", ".join(layers[:4]) + (" …" if len(layers) > 4 else "")
    return SourceError(
        "weights-only",
        str(path),
        f"the file holds the weights of {len(layers)} layers ({shown}) but no architecture.",
        "Build the model in Python, load these weights into it and save it with model.save('model.h5').",
    )


def _stored_weights(file: hdf5.File, groups: hdf5.Group) -> dict[str, list[Weight]]:
    """Weights by layer, in the order in which the official converter meets them."""
    layers = dict(hdf5.leaves(groups, "weight_names"))
    if hdf5.has_list(groups, "layer_names"):
        for name in hdf5.text_list(groups, "layer_names"):
            if name not in layers:
                layers[name] = hdf5.subgroup(groups, name)
    return {
        layer: [
            hdf5.weight(file, group, name, name.removesuffix(":0"))
            for name in hdf5.text_list(group, "weight_names")
        ]
        for layer, group in layers.items()
    }


def _with_weights(model: Model, stored: dict[str, list[Weight]]) -> Model:
    known = {layer.name for layer in model.layers}
    for name, weights in stored.items():
        if weights and name not in known:
            raise SourceError(
                "topology",
                f"/model_weights/{name}",
                f"the file has {len(weights)} weights for a layer that its model_config does not name.",
                "Save the model again with model.save('model.h5').",
            )
    return replace(model, layers=tuple(give(layer, stored.get(layer.name, [])) for layer in model.layers))
