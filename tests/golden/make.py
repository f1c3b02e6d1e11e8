"""Writes the golden files: small Keras 2 models, and hashes of what the official converter makes of them.

Of idealo's RDN, whose path is the one argument, only the hashes are kept.
Run by ``make golden`` in the reference environment (extra ``[graph]``); the tests need neither.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import tensorflow as tf
import tf_keras as keras
from models import BUILDERS
from tensorflowjs import version
from tensorflowjs.converters import keras_h5_conversion

HERE = Path(__file__).parent
SHARD_BYTES = 1000
"""Small, so that weights are cut across shards."""

DTYPES = {
    "none": None,
    "float16": {"float16": True},
    "uint16": {"uint16": True},
    "uint8": {"uint8": True},
    "mixed": {"uint8": "*/kernel", "float16": "*/bias"},
}


def build(name: str) -> keras.Model:
    keras.backend.clear_session()
    tf.keras.utils.set_random_seed(sum(map(ord, name)))
    model = BUILDERS[name]()
    rng = np.random.default_rng(7)
    if name != "special_values":
        # Fresh weights are zeros and ones in places: trained ones are not.
        model.set_weights(
            [w + rng.normal(0, 0.05, w.shape).astype(w.dtype) ** 2 for w in model.get_weights()]
        )
    return model


def old_class_names(path: Path) -> None:
    """A file as TensorFlow 1.13 wrote it: other names for three classes."""
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        for new, old in {"BatchNormalization": "BatchNormalizationV1", "LSTM": "UnifiedLSTM"}.items():
            config = config.replace(f'"class_name": "{new}"', f'"class_name": "{old}"')
        file.attrs["model_config"] = config


def official(
    path: Path, quantization: dict[str, object] | None, shard_bytes: int, *, split: bool = False
) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        topology, weights = keras_h5_conversion.h5_merged_saved_model_to_tfjs_format(
            str(path), split_by_layer=split
        )
        keras_h5_conversion.write_artifacts(
            topology,
            weights,
            folder,
            quantization_dtype_map=quantization,
            weight_shard_size_bytes=shard_bytes,
        )
        document = json.loads((Path(folder) / "model.json").read_text())
        manifest = document["weightsManifest"]
        return {
            "manifest": hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest(),
            "topology": hashlib.sha256(
                json.dumps(document["modelTopology"], sort_keys=True).encode()
            ).hexdigest(),
            "shards": [
                hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:16]
                for group in manifest
                for name in group["paths"]
            ],
        }


def all_dtypes(path: Path, shard_bytes: int) -> dict[str, object]:
    return {dtype: official(path, quantization, shard_bytes) for dtype, quantization in DTYPES.items()}


def split(path: Path) -> dict[str, object] | None:
    """Weights by layer; the official converter fails where there are none."""
    with h5py.File(path) as file:
        lists = []
        file.visititems(lambda _, item: lists.append(item.attrs.get("weight_names", ())))
    return official(path, None, SHARD_BYTES, split=True) if any(map(len, lists)) else None


def main(idealo: Path) -> None:
    hashes: dict[str, object] = {}
    for name in [*BUILDERS, "tensorflow_1_13"]:
        path = HERE / f"{name}.h5"
        build("conv_norm_pool" if name == "tensorflow_1_13" else name).save(path, save_format="h5")
        if name == "tensorflow_1_13":
            old_class_names(path)
        hashes[name] = {**all_dtypes(path, SHARD_BYTES), "split": split(path)}
    record = {
        "tensorflowjs": version.version,
        "shard_bytes": SHARD_BYTES,
        "models": hashes,
        "idealo": all_dtypes(idealo, 4 * 1024 * 1024),
    }
    (HERE / "hashes.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
