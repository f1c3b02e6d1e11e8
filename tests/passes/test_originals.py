"""Models with scales and shuffles, rewritten and run in TensorFlow.js, against the Keras that saved them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import converter
from converter.artifact.writer import write_model
from converter.children import QUIET
from converter.layers import check_supported, check_weights
from converter.model import Model
from converter.parity.runtimes import NodeRunner
from converter.passes import pipeline
from converter.quantization.affine import encode

LINEAR = (
    *("conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose"),
    *("dense", "depthwise", "separable"),
)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    script = Path(__file__).with_name("originals.py")
    done = subprocess.run(
        [sys.executable, script, folder],
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def difference(model: Model, original: Path, runner: NodeRunner, folder: Path) -> float:
    """The largest difference from Keras's outputs, as a part of the largest of these."""
    folder.mkdir()
    write_model(model, [encode(weight, "none") for weight in model.weights()], folder)
    x, *expected = np.load(original.with_suffix(".npz")).values()
    outputs = runner.run(folder, [x])
    assert [output.shape for output in outputs] == [each.shape for each in expected]
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip(outputs, expected, strict=True))


@pytest.mark.parametrize("name", [*LINEAR, "behind_relu", "in_nested_models", "residual_in_residual"])
def test_folded_scales(name: str, originals: Path, tensorflow_js: NodeRunner, tmp_path: Path) -> None:
    path = originals / f"{name}.h5"
    exact = pipeline.run(converter.load(path), custom_layers=False).model
    result = pipeline.run(converter.load(path), fold_scales=True, custom_layers=False)
    check_supported(result.model)
    check_weights(result.model)

    scales = [layer.name for layer in result.model.walk() if layer.class_name == "Rescaling"]
    # What stands for a transposed convolution in three dimensions ends in a reshape.
    assert len(scales) == (1 if name in {"residual_in_residual", "conv3d_transpose"} else 0)
    assert any("folded" in change.what for change in result.changes) or name == "conv3d_transpose"
    assert pipeline.run(result.model, fold_scales=True, custom_layers=False).changes == ()
    assert difference(exact, path, tensorflow_js, tmp_path / "exact") <= 1e-6
    assert difference(result.model, path, tensorflow_js, tmp_path / "folded") <= 1e-6


def test_shuffles_give_the_very_same_values(
    originals: Path, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    path = originals / "shuffles.h5"
    result = pipeline.run(converter.load(path), custom_layers=False)
    check_supported(result.model)
    assert difference(result.model, path, tensorflow_js, tmp_path / "out") == 0
