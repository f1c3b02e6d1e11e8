"""Builds networks with idealo's own code, saves their weights, and runs what is read from them beside them.

``python child.py CODE FOLDER`` reads ``cases.json`` in the folder and leaves ``result.json`` there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tensorflow import keras

from converter.model import Model
from converter.parity import restate
from converter.sources import weights_only


class PixelShuffle(keras.layers.Layer):
    def __init__(self, scale: int, **config: Any) -> None:
        super().__init__(**config)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        import tensorflow as tf

        return tf.nn.depth_to_space(inputs, self.scale)


class MultiplyBeta(keras.layers.Layer):
    def __init__(self, beta: float, **config: Any) -> None:
        super().__init__(**config)
        self.beta = beta

    def call(self, inputs: Any) -> Any:
        return inputs * self.beta


def networks(code: str) -> dict[str, Any]:
    """The classes, without what the packages around them import."""
    sys.path.insert(0, code)
    for name in ("ISR", "ISR.models"):
        package = sys.modules[name] = ModuleType(name)
        package.__path__ = [f"{code}/{name.replace('.', '/')}"]
    from ISR.models.rdn import RDN
    from ISR.models.rrdn import RRDN

    return {"rdn": RDN, "rrdn": RRDN}


def load(model: Model, path: Path) -> Any:
    """The model as Keras reads it."""
    restate.write(model, path)
    custom = {"PixelShuffle": PixelShuffle, "MultiplyBeta": MultiplyBeta}
    return keras.models.load_model(path, custom, compile=False)


def main(code: str, folder: Path) -> None:
    classes = networks(code)
    legacy = os.environ["TF_USE_LEGACY_KERAS"] == "1"
    results: list[dict[str, Any]] = []
    for index, (family, architecture, options) in enumerate(json.loads((folder / "cases.json").read_text())):
        rng = np.random.default_rng(index)
        original = classes[family](architecture, **options).model
        original.set_weights(
            [rng.uniform(-0.3, 0.3, w.shape).astype("float32") for w in original.get_weights()]
        )
        pictures = rng.random((1, 5, 6, 3), "float32")
        expected = np.asarray(original(pictures))
        for ending in (".hdf5", ".weights.h5") if legacy else (".weights.h5",):
            path = folder / f"{index}{ending}"
            original.save_weights(str(path))
            built = weights_only.read(path, arguments={k: v for k, v in options.items() if k == "beta"})
            ours = load(built.model, folder / "restated.h5")
            outputs = np.asarray(ours(pictures))
            results.append(
                {
                    "path": str(path),
                    "architecture": built.architecture,
                    "assumed": built.assumed,
                    "shapes": [expected.shape, outputs.shape],
                    "scale": float(np.abs(expected).max()),
                    "difference": float(np.abs(expected - outputs).max()),
                    "weights": [f"{w.name}:0" for w in built.model.weights()],
                    "originals": [w.name for w in original.weights],
                    "layers": [
                        [layer.name, theirs.name]
                        for layer, theirs in zip(built.model.layers, original.layers, strict=True)
                    ],
                }
            )
    (folder / "result.json").write_text(json.dumps({"keras": 2 if legacy else 3, "results": results}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
