"""``python make.py`` writes ``models.zip``: two models by each of several releases of Keras 3, as files.

Every release is installed into a folder of its own and runs on the TensorFlow of this Python. What it
computes goes along. The tests need none of it.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

RELEASES = ("3.0.5", "3.3.3", "3.5.0", "3.8.0", "3.11.3", "3.15.1")
BESIDE = ("dm-tree", "attrs")
"""What old releases need and new ones no longer do."""


def main() -> None:
    """Writes the archive, by a process for each release."""
    here = Path(__file__)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(here.with_name("models.zip"), "w") as out:
        for release in RELEASES:
            code, folder = Path(scratch, "code", release), Path(scratch, release)
            folder.mkdir()
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", code]
            subprocess.run([*install, f"keras=={release}", *BESIDE], check=True)
            environment = {**os.environ, "PYTHONPATH": str(code), "KERAS_BACKEND": "tensorflow"}
            subprocess.run([sys.executable, here, folder], env=environment, check=True)
            for path in sorted(folder.iterdir()):
                # Always the same bytes around the same files.
                entry = zipfile.ZipInfo(f"{release}/{path.name}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(entry, path.read_bytes())


def picture(keras: Any) -> Any:
    """Convolutions, a nested model, operations between layers."""
    layers = keras.layers
    first = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(first)
    x = layers.BatchNormalization()(x)
    x = layers.SeparableConv2D(3, 3)(x) * 0.5 + 1.0
    inner = [keras.Input((6, 6, 3)), layers.Conv2D(3, 1, name="inside"), layers.LayerNormalization()]
    x = layers.Add()([keras.Sequential(inner, name="inner")(x), x])
    x = keras.ops.sqrt(keras.ops.abs(layers.UpSampling2D(2, interpolation="bilinear")(x)) + 1.0)
    x = layers.LeakyReLU()(layers.Conv2DTranspose(2, 3, strides=2)(x))
    return keras.Model(first, layers.GlobalAveragePooling2D(keepdims=True)(x))


def words(keras: Any) -> Any:
    """Masks, recurrent layers, attention."""
    layers = keras.layers
    first = keras.Input((6,), dtype="int32", name="words")
    x = layers.Embedding(9, 4, mask_zero=True)(first)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)])(x)
    return keras.Model(first, layers.Dense(2, activation="softmax")(x))


def save(folder: Path) -> None:
    """Saves what this release saves, with an example."""
    keras = importlib.import_module("keras")
    rng = np.random.default_rng(3)
    examples = {
        "picture": rng.normal(size=(2, 8, 8, 3)).astype(np.float32),
        "words": np.array([[3, 1, 8, 0, 0, 0], [2, 2, 5, 7, 4, 0]], np.int32),
    }
    for name, build in {"picture": picture, "words": words}.items():
        keras.utils.set_random_seed(1)
        model = build(keras)
        model.set_weights([w + rng.uniform(0.01, 0.2, w.shape) for w in model.get_weights()])
        np.savez(folder / f"{name}.npz", examples[name], np.asarray(model(examples[name], training=False)))
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        (folder / f"{name}.json").write_text(model.to_json())
        try:
            model.save(folder / f"{name}.h5")
        except ValueError:  # some releases give two variables one name, and the file cannot hold both
            (folder / f"{name}.h5").unlink(missing_ok=True)


if __name__ == "__main__":
    save(Path(sys.argv[1])) if sys.argv[1:] else main()
