"""The process in which Keras runs the original: nothing else here imports TensorFlow.

``python -m converter.parity.child JOB`` reads a job, runs every sample and every custom layer, and
leaves the outputs as ``.npy`` files and a ``result.json`` beside them. The reader has already refused
files that hold code; the user's own Python runs because the user named it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from converter.model import Array
from converter.parity import child_layers, child_operations, child_precision
from converter.parity.in_float32 import lora_alphas
from converter.parity.reference import RESULT
from converter.passes.class_names import TF_1_13_ALIASES


def main(job_path: str) -> None:
    """The child's whole life."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job_path).parent
    keras, versions, classes, objects, model = load_original(job)
    result = {
        "versions": versions,
        "samples": [_sample(model, folder, index, paths) for index, paths in enumerate(job["samples"])],
        "own_precision": _own_precision(keras, job, objects, folder),
        "layers": child_layers.run_cases(keras, model, job["cases"], classes, folder),
    }
    (folder / "result.tmp").write_text(json.dumps(result))
    (folder / "result.tmp").rename(folder / RESULT)


class Loaded(NamedTuple):
    """The original, ready to run.

    Attributes:
        keras: the Keras that loaded it; None where TensorFlow alone did.
        versions: what runs it.
        classes: the Python classes of custom layers, by name.
        objects: what else its names mean.
        model: takes tensors and ``training``.
    """

    keras: Any
    versions: dict[str, str]
    classes: dict[str, Any]
    objects: dict[str, Any]
    model: Any


def load_original(job: dict[str, Any]) -> Loaded:
    """The original that a job names, as ``reference.write_job`` wrote it.

    Raises:
        Exception: whatever Keras says of it.
    """
    if job["kind"] == "saved_model":
        return _saved_model(job)
    if job["keras"] == 2 and importlib.util.find_spec("tf_keras"):
        os.environ["TF_USE_LEGACY_KERAS"] = "1"  # so that tf.keras in the user's files is Keras 2
    user_classes = child_layers.import_classes(job["layers"])
    wanted = [name.rpartition(">")[2] for name in job["classes"]]
    keras, versions = _keras(job["keras"], [user_classes[name] for name in wanted if name in user_classes])
    classes = child_layers.with_library(keras, user_classes, wanted)
    objects = _custom_objects(keras, job, versions, classes)
    return Loaded(keras, versions, classes, objects, _MODELS[job["kind"]](keras, job, objects))


def _saved_model(job: dict[str, Any]) -> Loaded:
    import tensorflow as tf

    from converter.sources.saved_model.reading import read
    from converter.sources.saved_model.session import Restored

    folder = Path(job["source"])
    restored = Restored(read(folder, job["signature"], frozenset(job["supported"])), folder)
    return Loaded(None, {"tensorflow": tf.__version__}, {}, {}, restored)


def _own_precision(
    keras: Any, job: dict[str, Any], objects: dict[str, Any], folder: Path
) -> list[dict[str, Any]]:
    """What the original gives as it is, as far as Keras can load it; nothing where that is the same."""
    if not job.get("own_precision"):
        return []
    try:
        model = _load(keras, job["own_precision"], job, objects)
    except Exception as error:  # noqa: BLE001 - Keras cannot load every file that it wrote
        return [{"error": child_layers.first_line(error)} for _ in job["samples"]]
    return [_sample(model, folder, index, paths, "own") for index, paths in enumerate(job["samples"])]


def _sample(model: Any, folder: Path, index: int, paths: list[str], kind: str = "output") -> dict[str, Any]:
    try:
        outputs = _predict(model, [np.load(path) for path in paths])
    except Exception as error:  # noqa: BLE001 - whatever the original says of an input is a result
        return {"error": child_layers.first_line(error)}
    names = [f"{kind}-{index}-{position}.npy" for position in range(len(outputs))]
    for name, array in zip(names, outputs, strict=True):
        np.save(folder / name, array)
    return {"outputs": names}


def _loaded(keras: Any, job: dict[str, Any], objects: dict[str, Any]) -> Any:
    model = _load(keras, job["source"], job, objects)
    if job["own_precision"]:
        child_precision.compute_in_float32(model)
    return model


def _load(keras: Any, path: str, job: dict[str, Any], objects: dict[str, Any]) -> Any:
    if job["has_operations"] and job["keras"] == 3 and path.endswith(".h5"):
        model = child_operations.load(path, objects)
    else:
        model = keras.models.load_model(path, compile=False, custom_objects=objects)
    if job["keras"] == 3 and path.endswith(".h5"):
        child_precision.remind(model, lora_alphas(Path(path)))
    return model


def _restated(keras: Any, job: dict[str, Any], objects: dict[str, Any]) -> Any:
    """What ``restate`` wrote."""
    import h5py

    if keras.__name__ != "tf_keras":
        # Keras 3 reads the JSON of Keras 2 from a whole file alone.
        model = keras.models.load_model(job["source"], compile=False, custom_objects=objects)
        model.load_weights(job["source"], by_name=True)
        return model
    with h5py.File(job["source"]) as file:
        model = keras.models.model_from_json(file.attrs["model_config"], custom_objects=objects)
    model.load_weights(job["source"], by_name=True)
    return model


def _built(_keras: Any, job: dict[str, Any], _objects: dict[str, Any]) -> Any:
    """What the user's own Python builds, with the weights that were exported."""
    from converter.sources.python_child.build import live_model, load_exported

    target, arguments = job["builder"]
    model = live_model(target, arguments)
    load_exported(model, job["source"])
    return model


def _nothing(_keras: Any, _job: dict[str, Any], _objects: dict[str, Any]) -> Any:
    return None


_MODELS = {"file": _loaded, "restated": _restated, "built": _built, "none": _nothing}


def _keras(major: int, classes: list[Any]) -> tuple[Any, dict[str, str]]:
    """The Keras that wrote the file where it is installed (``tf_keras`` is Keras 2), else the other one.

    Custom layers decide: those of the one do not work in models of the other.
    """
    import tensorflow as tf

    if "tf_keras" in sys.modules or (major == 2 and importlib.util.find_spec("tf_keras")):
        import tf_keras

        if all(issubclass(each, tf_keras.layers.Layer) for each in classes) and (classes or major == 2):
            return tf_keras, {"tf_keras": tf_keras.__version__, "tensorflow": tf.__version__}
    import keras

    return keras, {"keras": keras.__version__, "tensorflow": tf.__version__}


def _custom_objects(
    keras: Any, job: dict[str, Any], versions: dict[str, str], classes: dict[str, Any]
) -> dict[str, Any]:
    """What a file means by names that this Keras does not have, or reads otherwise."""
    objects: dict[str, Any] = dict.fromkeys(job["graph_classes"], keras.Model)
    objects |= {old: getattr(keras.layers, new) for old, new in TF_1_13_ALIASES.items()}
    objects |= _of_applications(keras)
    if "keras" in versions and job["keras"] == 2:
        objects["hard_sigmoid"] = _hard_sigmoid
    if "keras" in versions and job["keras"] == 3:
        objects |= _mask_operations()
    for name in job["classes"]:
        plain = name.rpartition(">")[2]
        if plain in classes:
            objects[name] = objects[plain] = classes[plain]
    return objects


def _of_applications(keras: Any) -> dict[str, Any]:
    """Layers that Keras's own architectures bring along, and that it does not know by name itself."""
    room = importlib.import_module(f"{keras.__name__}.src.applications")
    found = {
        name: getattr(importlib.import_module(f"{room.__name__}.{module}"), name, None)
        for module, name in (("convnext", "LayerScale"), ("inception_resnet_v2", "CustomScaleLayer"))
    }
    return {name: each for name, each in found.items() if each is not None}


def _mask_operations() -> dict[str, Any]:
    """What computes masks; Keras 3 writes it into ``.h5`` files without the module that it is in."""
    from keras.src.ops import numpy

    return {"Any": numpy.Any, "NotEqual": numpy.NotEqual}


def _hard_sigmoid(x: Any) -> Any:
    """Keras 2's; Keras 3 gave the name to another function, ``relu6(x + 3) / 6``."""
    import tensorflow as tf

    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


def _predict(model: Any, arrays: list[Array]) -> list[Array]:
    import tensorflow as tf

    if hasattr(model, "reset_states"):
        model.reset_states()
    inputs: Any = [tf.constant(array) for array in arrays]
    outputs = model(arranged(model, inputs), training=False)
    return [_widened(np.asarray(output)) for output in tf.nest.flatten(outputs)]


def _widened(array: Array) -> Array:
    """Halves as float32; numpy has no bfloat16 of its own."""
    return array.astype(np.float32) if array.dtype.name in {"float16", "bfloat16"} else array


def arranged(model: Any, inputs: list[Any]) -> Any:
    """The inputs as the model wants them: one tensor, a list, or with Keras 3 a dictionary."""
    struct = getattr(model, "_inputs_struct", None)
    if struct is None:
        return inputs if len(inputs) > 1 else inputs[0]
    from keras import tree

    return tree.pack_sequence_as(struct, inputs)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception as error:  # noqa: BLE001 - whatever Keras says of the original is told in one line
        sys.exit(child_layers.first_line(error))
