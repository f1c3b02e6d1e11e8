"""The original model, run by Keras in a process of its own: the one place that imports TensorFlow.

``python -m converter.parity.reference JOB`` reads a job, runs every sample and leaves the outputs as
``.npy`` files and a ``result.json`` beside them. The reader has already refused files that hold code.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from converter.errors import ParityError
from converter.model import Array, Model
from converter.parity import restate
from converter.parity.samples import Outputs, Sample
from converter.sources.keras1 import is_keras1

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "KERAS_BACKEND": "tensorflow",
}
RESULT = "result.json"
KERAS_2_CLASSES = {"Sequential", "Model", "Functional"}


class KerasReference:
    """Keras at work on the samples of a proof.

    Args:
        source: the ``.h5`` file.
        model: what the reader made of it.
        samples: what to run it on.
        folder: an empty folder for the exchange of files.
    """

    def __init__(self, source: Path, model: Model, samples: Sequence[Sample], folder: Path) -> None:
        self.folder = folder
        self.translated_from = f"Keras {model.keras_version}" if is_keras1(model.keras_version) else None
        job = write_job(source, model, samples, folder)
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "converter.parity.reference", str(job)],
                env={**os.environ, **QUIET},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def outputs(self) -> tuple[dict[str, str], list[Outputs]]:
        """Waits for Keras; the versions that ran, and its outputs for each sample.

        Raises:
            ParityError: when Keras could not load the model.
        """
        self.process.wait()
        if not (self.folder / RESULT).exists():
            log = (self.folder / "log.txt").read_text(errors="replace").strip().splitlines()
            raise ParityError(
                "reference-failed",
                "the original model",
                f"Keras could not run it: {log[-1] if log else 'it was ended from outside'}",
                "Convert without proof by --no-verify, or see what 'upconvert doctor' says.",
            )
        versions, outputs = read_result(self.folder)
        if self.translated_from is not None:
            versions["translated_from"] = self.translated_from
        return versions, outputs

    def close(self) -> None:
        """Ends Keras if it still runs."""
        self.process.kill()
        self.process.wait()


def write_job(source: Path, model: Model, samples: Sequence[Sample], folder: Path) -> Path:
    """Writes what the child needs into ``folder``; the path of the job itself."""
    # Keras tells formats by their extension.
    original = folder / "model.h5"
    if is_keras1(model.keras_version):
        restate.write(model, original)
    else:
        original.symlink_to(source.resolve())
    job = {
        "source": str(original),
        "restated": is_keras1(model.keras_version),
        "keras": 3 if model.keras_version.startswith("3") else 2,
        "graph_classes": sorted(_graph_classes(model) - KERAS_2_CLASSES),
        "samples": [_store(sample, folder, index) for index, sample in enumerate(samples)],
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


def read_result(folder: Path) -> tuple[dict[str, str], list[Outputs]]:
    """What the child left: the versions that ran, and the outputs of each sample."""
    found = json.loads((folder / RESULT).read_text())
    return found["versions"], [
        each["error"] if "error" in each else [np.load(folder / name) for name in each["outputs"]]
        for each in found["samples"]
    ]


def _graph_classes(model: Model) -> set[str]:
    nested = [layer.model for layer in model.walk() if layer.model is not None]
    return {graph.class_name for graph in (model, *nested)}


def _store(sample: Sample, folder: Path, index: int) -> list[str]:
    paths = [folder / f"input-{index}-{position}.npy" for position in range(len(sample.arrays))]
    for path, array in zip(paths, sample.arrays, strict=True):
        np.save(path, array)
    return [str(path) for path in paths]


def main(job_path: str) -> None:
    """The child's whole life."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job_path).parent
    keras, versions = _keras(job["keras"])
    objects = _custom_objects(keras, job, versions)
    model = (_restated if job["restated"] else _loaded)(keras, job["source"], objects)
    results: list[dict[str, Any]] = []
    for index, paths in enumerate(job["samples"]):
        try:
            outputs = _predict(model, [np.load(path) for path in paths])
        except Exception as error:  # noqa: BLE001 - whatever the original says of an input is a result
            results.append({"error": str(error).strip().splitlines()[0]})
            continue
        names = [f"output-{index}-{position}.npy" for position in range(len(outputs))]
        for name, array in zip(names, outputs, strict=True):
            np.save(folder / name, array)
        results.append({"outputs": names})
    (folder / "result.tmp").write_text(json.dumps({"versions": versions, "samples": results}))
    (folder / "result.tmp").rename(folder / RESULT)


def _loaded(keras: Any, source: str, objects: dict[str, Any]) -> Any:
    return keras.models.load_model(source, compile=False, custom_objects=objects)


def _restated(keras: Any, source: str, objects: dict[str, Any]) -> Any:
    """What ``restate`` wrote."""
    import h5py

    with h5py.File(source) as file:
        model = keras.models.model_from_json(file.attrs["model_config"], custom_objects=objects)
    model.load_weights(source, by_name=True)
    return model


def _keras(major: int) -> tuple[Any, dict[str, str]]:
    """The Keras that wrote the file where it is installed (``tf_keras`` is Keras 2), else the other one."""
    import tensorflow as tf

    if major == 2 and importlib.util.find_spec("tf_keras"):
        import tf_keras

        return tf_keras, {"tf_keras": tf_keras.__version__, "tensorflow": tf.__version__}
    import keras

    return keras, {"keras": keras.__version__, "tensorflow": tf.__version__}


def _custom_objects(keras: Any, job: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
    """What a file of Keras 1 or 2 means by names that this Keras no longer has, or reads otherwise."""
    objects: dict[str, Any] = dict.fromkeys(job["graph_classes"], keras.Model)
    objects["BatchNormalizationV1"] = keras.layers.BatchNormalization
    objects["UnifiedGRU"] = keras.layers.GRU
    objects["UnifiedLSTM"] = keras.layers.LSTM
    if "keras" in versions and job["keras"] == 2:
        objects["hard_sigmoid"] = _hard_sigmoid
    return objects


def _hard_sigmoid(x: Any) -> Any:
    """Keras 2's; Keras 3 gave the name to another function, ``relu6(x + 3) / 6``."""
    import tensorflow as tf

    return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


def _predict(model: Any, arrays: list[Array]) -> list[Array]:
    import tensorflow as tf

    if hasattr(model, "reset_states"):
        model.reset_states()
    inputs: Any = [tf.constant(array) for array in arrays]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(output) for output in tf.nest.flatten(outputs)]


if __name__ == "__main__":
    main(sys.argv[1])
