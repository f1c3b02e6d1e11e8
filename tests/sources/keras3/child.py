"""``python child.py FOLDER``: the models, saved by Keras 3 and by ``tf_keras``, with their weights beside.

One process for all: starting TensorFlow takes longer than they do.
"""

import gc
import sys
import warnings
from pathlib import Path

import keras3_models as models
import keras3_refused as refused
import numpy as np


def randomize(model, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(rng.uniform(0.05, 0.6, tuple(weight.shape)).astype("float32"))


def arrays(model, prefix: str = "") -> dict[str, np.ndarray]:
    """Every weight, by the path of its layer and its place in what the layer lists."""
    found = {}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found |= arrays(layer, f"{prefix}{layer.name}/")
        else:
            weights = [*layer.trainable_weights, *layer.non_trainable_weights]
            found |= {f"{prefix}{layer.name}/{i}": np.asarray(each) for i, each in enumerate(weights)}
    return found


def save_all(keras, folder: Path, endings: list[str], names: list[str]) -> None:
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    for seed, name in enumerate(names):
        keras.utils.set_random_seed(seed)
        keras.backend.clear_session()
        model = models.BUILDERS[name](keras)
        randomize(model, seed)
        for ending in endings:
            model.save(folder / f"{name}{ending}")
        np.savez(folder / f"{name}.npz", **arrays(model))


def save_refused(keras, folder: Path) -> None:
    for name, (build, _, _) in refused.REFUSED.items():
        model = build(keras)
        model.save(folder / f"{name}.keras")
        if name not in refused.IN_ARCHIVES_ALONE:
            model.save(folder / f"{name}.h5")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    target = Path(sys.argv[1])
    import keras

    save_all(keras, target, [".keras", ".h5"], list(models.BUILDERS))
    (target / "refused").mkdir()
    save_refused(keras, target / "refused")
    import tf_keras

    (target / "tf_keras").mkdir()
    save_all(tf_keras, target / "tf_keras", [".keras"], list(models.KERAS_2))
