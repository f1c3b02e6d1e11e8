"""``python building.py JOBS``: many builders in one process, each compared with what was exported of it.

Starting TensorFlow takes longer than all of them together. Run it in the folder of the builders.
"""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np

from converter.sources.python_child import build, live


def difference(job: dict[str, Any], folder: Path) -> float:
    """The largest difference between the model as it was built and the exported one, loaded by Keras."""
    model = build.live_model(job["target"], job["arguments"])
    build.load_exported(model, folder / "model.h5")
    own = live.keras_of(model)
    keras = importlib.import_module("tf_keras") if job["compare"] == "keras 2" else own
    objects = {}
    for path in json.loads((folder / "result.json").read_text())["layers"]:
        module = ModuleType(f"layers_{folder.name}_{Path(path).stem}")
        text = Path(path).read_text()
        # Keras 3 reads little of what Keras 2 wrote; what uses TensorFlow alone runs under either.
        exec(
            text.replace("import keras\n", "import tf_keras as keras\n") if keras is not own else text,
            vars(module),
        )
        classes = (each for each in vars(module).values() if isinstance(each, type))
        found = {each.__name__: each for each in classes if each.__module__ == module.__name__}
        objects = {**found, **objects}  # the generated module comes first
    again = keras.models.load_model(folder / "model.h5", compile=False, custom_objects=objects)
    rng = np.random.default_rng(1)
    inputs = [rng.random([each or 2 for each in one.shape], "float32") for one in model.inputs]
    outputs, copied = (
        [np.asarray(each) for each in _flat(one(_like(one, inputs)))] for one in (model, again)
    )
    assert [each.shape for each in outputs] == [each.shape for each in copied]
    return max(float(np.abs(a - b).max()) for a, b in zip(outputs, copied, strict=True))


def _like(model, inputs):
    """The inputs in the structure that a model wants, or it warns."""
    several = len(inputs) > 1 or isinstance(getattr(model, "_inputs_struct", None), list)
    return inputs if several else inputs[0]


def _flat(outputs):
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def save(path: str, target: str, arguments: dict[str, Any]) -> None:
    """Weights as Keras itself saves them, with the values beside them."""
    model = build.live_model(target, arguments)
    rng = np.random.default_rng(2)
    model.set_weights([rng.random(each.shape).astype("float32") for each in model.get_weights()])
    (model.save if path.endswith(("full.h5", ".keras")) else model.save_weights)(path)


if __name__ == "__main__":
    for name, job in json.loads(Path(sys.argv[1]).read_text()).items():
        at = Path(sys.argv[1]).parent / name
        at.mkdir()
        if "save" in job:
            save(str(at / job["save"]), job["target"], job["arguments"])
            continue
        (at / "job.json").write_text(json.dumps(job))
        build.main(str(at / "job.json"))
        if (at / "model.h5").exists() and job["compare"]:
            try:
                text = str(difference(job, at))
            except Exception as error:  # noqa: BLE001 - the test shows it
                text = f"{type(error).__name__}: {error}"
            (at / "difference").write_text(text)
            with h5py.File(at / "model.h5") as file:
                (at / "topology.json").write_text(file.attrs["model_config"])
