"""A copy of a Keras file of low precision that Keras computes in float32: what the artifact is compared with.

Its weights have the values of the original's, and its layers other policies. Some releases can load no file
with bfloat16 of their own, which this copy has as float32.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from converter.layers.precision import HALF
from converter.sources.keras_v3 import CONFIG, WEIGHTS
from converter.sources.merging import OF_FLOAT8

FLOAT8 = "float8"


def write(source: Path, target: Path, *, archive: bool) -> None:
    """Writes the copy.

    Args:
        source: a ``.keras`` archive or a ``.h5`` file, which a reader has accepted.
        target: where the copy goes.
        archive: whether it is an archive.
    """
    if archive:
        _write_archive(source, target)
    else:
        _write_h5(source, target)


def lora_alphas(source: Path) -> dict[str, float]:
    """``lora_alpha`` of each layer in a ``.h5`` file that has one, by the layer's name.

    Keras 3.15 forgets it in ``Dense`` and ``Embedding``:
    https://github.com/keras-team/keras/blob/v3.15.0/keras/src/layers/core/dense.py (``build``)
    """
    with h5py.File(source) as file:
        return _alphas(json.loads(file.attrs["model_config"]))


def in_float32(value: Any, key: str = "") -> Any:
    """A topology whose policies compute in float32; kernels stay quantized."""
    if key == "dtype":
        return _policy(value)
    if isinstance(value, Mapping):
        return {name: in_float32(item, name) for name, item in value.items()}
    return [in_float32(item) for item in value] if isinstance(value, list) else value


def _write_archive(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        config = json.loads(old.read(CONFIG))
        for name in old.namelist():
            if name == CONFIG:
                new.writestr(name, json.dumps(in_float32(config)))
            elif name == WEIGHTS:
                with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                    weights = Path(old.extract(name, folder))
                    with h5py.File(weights, "r+") as file:
                        _widen(file)
                    new.write(weights, name)
            else:
                new.writestr(name, old.read(name))


def _write_h5(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with h5py.File(target, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(in_float32(config))
        _widen(file)
        file["model_weights"].visititems(_put_float8_first)


def _put_float8_first(_path: str, group: Any) -> None:
    """Layers of float8 list their weights as Keras makes them anew, which is not how it saves them."""
    names = [str(name) for name in group.attrs.get("weight_names", ())]
    ours = [name for name in names if name.rpartition("/")[2] in OF_FLOAT8]
    if len(ours) == len(OF_FLOAT8):
        group.attrs["weight_names"] = ours + [name for name in names if name not in ours]


def _widen(file: h5py.File) -> None:
    """Halves as float32; they lie in groups, and groups alone are changed."""
    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    for dataset in found:
        group, name = dataset.parent, dataset.name
        if dataset.dtype == np.dtype("V2"):
            raw = dataset[()].view("<u2")
            values = (raw.astype("<u4") << 16).view("<f4").reshape(dataset.shape)
        elif dataset.dtype == np.float16:
            values = dataset[()].astype("<f4")
        else:
            continue
        del group[name]
        group[name] = values


def _policy(value: Any) -> Any:
    if isinstance(value, str):
        return _name(value)
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(config, Mapping) or config.get("mode") == FLOAT8:
        return value
    names: dict[str, Any] = {
        key: _name(config[key]) for key in ("name", "source_name") if isinstance(config.get(key), str)
    }
    held = config.get("policy_map")
    if isinstance(held, Mapping):
        names["default_policy"] = _policy(config.get("default_policy"))
        names["policy_map"] = {path: _policy(policy) for path, policy in held.items()}
    return {**value, "config": {**config, **names}}


def _name(name: str) -> str:
    mode, quantized, source = name.partition("_from_")
    if quantized and mode != FLOAT8:
        return f"{mode}_from_{_name(source)}"
    return "float32" if name in HALF else name


def _alphas(value: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    if isinstance(value, Mapping):
        name, alpha = value.get("name"), value.get("lora_alpha")
        if isinstance(name, str) and isinstance(alpha, (int, float)):
            found[name] = float(alpha)
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        found |= _alphas(item)
    return found
