"""The semantic gate against the real thing: what passes is right in TensorFlow.js, what is refused is not.

One Keras process saves all models; one Node process a backend runs them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import semantic_models
from semantic_models import AT_TIMES, CAUTIOUS, KERAS_FAILS, MODELS

import converter
from converter.artifact.writer import write_model
from converter.children import QUIET
from converter.errors import UnsupportedError
from converter.layers import infer
from converter.layers.semantics import Doubt, check_semantics
from converter.model import Model
from converter.parity.runtimes import NodeRunner, RunError, running
from converter.passes import pipeline
from converter.passes.call_order import CallsInOrder
from converter.quantization.affine import encode

TOLERANCE = 1e-4
HALF = {"input_float16", "input_half_layer", "sequential_half", "words_half"}
"""What Keras computes with half precision, to three digits."""
pytestmark = [pytest.mark.runtime, pytest.mark.all_models]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("semantic_models")
    subprocess.run(
        [sys.executable, semantic_models.__file__, str(folder)],
        env={**os.environ, **QUIET},
        capture_output=True,
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def told(saved: Path) -> dict[str, str]:
    return json.loads((saved / "told.json").read_text())


@pytest.fixture(scope="module")
def runners(tensorflow_js: NodeRunner) -> Iterator[dict[str, NodeRunner]]:
    with running("cpu", print) as cpu:
        yield {"wasm": tensorflow_js, "cpu": cpu}


def read(path: Path) -> Model:
    """As it stands in the file: what the lowerings make of it is proven in ``tests/lowering``."""
    model = CallsInOrder()(converter.load(path)).model
    return pipeline.run(model, of_keras=False).model


def verdict(model: Model) -> tuple[Doubt, ...] | UnsupportedError:
    try:
        return check_semantics(model, infer(model))
    except UnsupportedError as error:
        return error


def is_right(runner: NodeRunner, folder: Path, arrays: dict[str, np.ndarray], tolerance: float) -> bool:
    """Whether TensorFlow.js loads the model, runs it, and gives what Keras gave."""
    given = [array for name, array in arrays.items() if name.startswith("in")]
    wanted = [array for name, array in arrays.items() if name.startswith("out")]
    given = [
        each if each.dtype == bool else each.astype("float32" if each.dtype.kind == "f" else "int32")
        for each in given
    ]
    runner.fallbacks.clear()
    try:
        found = runner.run(folder, given)
    except RunError:
        return False
    if runner.fallbacks:
        return False  # wasm itself could not
    return len(found) == len(wanted) and all(
        is_close(one, other, tolerance) for one, other in zip(found, wanted, strict=True)
    )


def is_close(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    if found.shape != wanted.shape:
        return False
    difference = np.abs(found.astype("float64") - wanted.astype("float64"))
    return not difference.size or difference.max() <= tolerance * max(1.0, np.abs(wanted).max())


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"same_names_in_nested"}))
def test_what_passes_is_right_and_what_is_refused_is_not(
    name: str,
    saved: Path,
    told: dict[str, str],
    runners: dict[str, NodeRunner],
    tmp_path: Path,
) -> None:
    if name in KERAS_FAILS:
        assert told[name]
        return
    assert not told[name]
    model = read(saved / f"{name}.h5")
    found = verdict(model)
    write_model(model, [encode(weight, "none") for weight in model.weights()], tmp_path)
    tolerance = 3e-3 if name in HALF else TOLERANCE
    with np.load(saved / f"{name}.npz") as arrays:
        right = {each for each in runners if is_right(runners[each], tmp_path, dict(arrays), tolerance)}

    if isinstance(found, UnsupportedError):
        assert found.code in {"layer-semantics", "batch-norm-axis"}
        assert not right or name in CAUTIOUS, found
        return
    doubted = {backend for doubt in found for backend in doubt.backends}
    assert right >= set(runners) - doubted, found
    assert right < set(runners) or not doubted or name in AT_TIMES, found


def test_names_that_stand_twice_are_mended(saved: Path) -> None:
    model = pipeline.run(converter.load(saved / "same_names_in_nested.h5")).model
    names = [weight.name for weight in model.weights()]
    assert len(set(names)) == len(names)
    assert not verdict(model)
