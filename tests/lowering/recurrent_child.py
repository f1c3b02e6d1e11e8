"""``python recurrent_child.py MAJOR FOLDER [NAME …]``: models saved by one Keras, with what they compute.

One process for all: starting TensorFlow takes longer than they do.
"""

import gc
import importlib
import sys
import warnings
from pathlib import Path

import masked_models
import numpy as np
import recurrent_models


def builders(major: int) -> dict[str, recurrent_models.Builder]:
    own = (recurrent_models.OF_KERAS_2, masked_models.OF_KERAS_2)
    if major == 3:
        own = (recurrent_models.OF_KERAS_3, masked_models.OF_KERAS_3)
    return {
        **recurrent_models.PLAIN,
        **{f"masked_{name}": build for name, build in masked_models.MASKED.items()},
        **own[0],
        **{f"masked_{name}": build for name, build in own[1].items()},
    }


def fed(tensor: object, rng: np.random.Generator) -> np.ndarray:
    """Values for an input; every other sequence ends in steps that a mask hides, one begins with one."""
    shape = (tensor.shape[0] or 2, *(size or 5 for size in tensor.shape[1:]))
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    if dtype == "bool":
        return rng.random(shape) > 0.4
    if dtype.startswith("int"):
        values = rng.integers(1, 6, shape).astype("int32")
    else:
        values = rng.normal(0, 1, shape).astype("float32")
    if len(shape) > 1 and shape[1] > 2:
        values[1, -2:] = 0
        values[0, 0] = 0
        values[0, 2] = 0
    return values


def save(keras: object, name: str, build: recurrent_models.Builder, folder: Path, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    keras.backend.clear_session()
    built = build(keras)
    # A model that runs nowhere here comes with a twin that takes its weights.
    model, twin = built if isinstance(built, tuple) else (built, None)
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype) and "state" not in weight.name:
            weight.assign(rng.normal(0, 0.5, tuple(weight.shape)).astype("float32"))
    inputs = [fed(each, rng) for each in model.inputs]
    for ending in (".keras", ".h5"):
        model.save(folder / f"{name}{ending}")
    if twin is not None:
        twin.load_weights(folder / f"{name}.h5")
    # Eagerly: tracing would take longer than all the rest.
    outputs = (twin or model)(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    flat = [np.asarray(each) for each in importlib.import_module("tensorflow").nest.flatten(outputs)]
    arrays = {f"in{i:02d}": each for i, each in enumerate(inputs)}
    np.savez(folder / f"{name}.npz", **arrays, **{f"out{i:02d}": each for i, each in enumerate(flat)})


def main() -> None:
    major, folder = int(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    keras = importlib.import_module("keras" if major == 3 else "tf_keras")
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    found = builders(major)
    for seed, name in enumerate(sys.argv[3:] or found):
        save(keras, name, found[name], folder, seed)


if __name__ == "__main__":
    main()
