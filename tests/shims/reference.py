"""What Keras says of the corpus: ``python reference.py FLAVOUR FOLDER``, in a process of its own.

Every layer that ``job.json`` in the folder names is made from every configuration and called, with random
weights and inputs: on every shape if the job is ``whole``, else all but the first configuration on one of
them in turn. ``runs.json`` says what was done; the arrays stand beside it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CORPUS = Path(__file__).parent / "corpus"
SEED = 20181221


def main(flavour: str, folder: str) -> None:
    """The whole life of the process."""
    os.environ["TF_USE_LEGACY_KERAS"] = str(int(flavour == "tf_keras"))
    sys.path.insert(0, str(CORPUS))
    case = importlib.import_module("case")
    keras = importlib.import_module(flavour)
    job = json.loads((Path(folder) / "job.json").read_text())
    arrays: dict[str, Any] = {}
    runs = []
    for path in sorted(CORPUS.glob("*.py")):
        wanted = (
            [] if path.stem == "case" else [each for each in case.cases(path) if each.name in job["names"]]
        )
        if not wanted:
            continue
        module = importlib.import_module(path.stem)
        for each in wanted:
            for run in _runs(keras, getattr(module, each.name), each, job["whole"]):
                run |= {"module": path.name, "expect": each.expect}
                for kind in ("inputs", "weights", "outputs"):
                    keys = [f"{len(runs)}-{kind}-{index}" for index in range(len(run[kind]))]
                    arrays |= dict(zip(keys, run[kind], strict=True))
                    run[kind] = keys
                runs.append(run)
    np.savez(Path(folder) / "arrays.npz", **arrays)
    (Path(folder) / "runs.json").write_text(json.dumps(runs))


def _runs(keras: Any, layer_class: Any, case: Any, whole: bool) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(SEED)
    for turn, config in enumerate(case.configs):
        every = whole or turn == 0
        for index, shape in enumerate(case.shapes if every else [case.shapes[turn % len(case.shapes)]]):
            shapes = shape if isinstance(shape[0], list) else [shape]
            try:
                run = _run(keras, layer_class, config, shapes, rng, case)
            except Exception as error:
                raise RuntimeError(f"{case.name}({config}) on {shapes}") from error
            # Tracing takes long, and shapes of one rank are inferred alike.
            yield run | {"free": _declared(keras, layer_class, config, shapes) if index == 0 else None}


def _run(
    keras: Any, layer_class: Any, config: dict[str, Any], shapes: list[Any], rng: Any, case: Any
) -> dict[str, Any]:
    layer = layer_class(**config, name="layer")
    inputs = [rng.uniform(case.low, case.high, shape).astype(np.float32) for shape in shapes]
    tensors = _tensors(inputs)
    layer(tensors if len(tensors) > 1 else tensors[0])
    ordered = [*layer.trainable_weights, *layer.non_trainable_weights]
    ordered = [each for each in ordered if "seed" not in each.name]
    trainable = {id(each) for each in layer.trainable_weights}
    weights = []
    for each in ordered:
        # A variance must be positive; whatever is learnt may be anything.
        low, high = (-0.5, 0.5) if id(each) in trainable else (0.5, 1.5)
        weights.append(rng.uniform(low, high, tuple(each.shape)).astype(np.float32))
        each.assign(weights[-1])
    outputs = _flat(layer(tensors if len(tensors) > 1 else tensors[0]))
    return {
        "class_name": case.name,
        "arguments": config,
        "config": _plain(layer.get_config()),
        "names": [each.name.rpartition("/")[2].removesuffix(":0") for each in ordered],
        "inputs": inputs,
        "weights": weights,
        "outputs": [np.asarray(each) for each in outputs],
    }


def _tensors(inputs: list[Any]) -> list[Any]:
    import tensorflow as tf

    return [tf.constant(each) for each in inputs]


def _flat(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _declared(keras: Any, layer_class: Any, config: dict[str, Any], shapes: list[Any]) -> list[Any] | None:
    """The output shapes that Keras infers with free height and width, or None where it cannot."""
    import tensorflow as tf

    try:
        inputs = [keras.Input((None, None, shape[-1]) if len(shape) == 4 else shape[1:]) for shape in shapes]
        layer = tf.autograph.experimental.do_not_convert(layer_class(**config))
        outputs = _flat(layer(inputs if len(inputs) > 1 else inputs[0]))
        return [list(each.shape) for each in outputs]
    except Exception:  # noqa: BLE001 - whatever the layer says of free sizes, it cannot take them
        return None


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration as it stands in a file."""
    config = {**config, "dtype": "float32"}
    return json.loads(json.dumps(config, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
