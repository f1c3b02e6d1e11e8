"""Convolutions, pooling, padding, cropping, enlarging and resizing against both Kerases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spatial_models
from comparing import compare
from hypothesis import given
from hypothesis import strategies as st
from spatial_models import BOTH, OF_KERAS_2, OF_KERAS_3

import converter
from converter.children import QUIET
from converter.errors import UnsupportedError
from converter.layers import RULES
from converter.layers.rule import outputs_of
from converter.parity.runtimes import NodeRunner
from converter.passes.lowering.transposed import Axis

NAMES = [
    *((3, name) for name in (*BOTH, *OF_KERAS_3)),
    *((2, name) for name in (*BOTH, *OF_KERAS_2)),
]
NEED_CUSTOM = {
    *("max_3d_free", "padding_3d_free", "up_3d_free", "up_bicubic", "up_lanczos3", "resizing_bicubic"),
    *("resizing_lanczos3", "resizing_lanczos5", "resizing_cropped", "resizing_padded", "resizing_antialias"),
    *("resizing_antialias_cubic", "center_crop_free", "center_crop_free_larger", "center_crop_larger"),
    *("each_resized", "adaptive_max", "adaptive_first", "transposed_3d_free", "resizing_gaussian"),
    *(
        "resizing_area",
        "resizing_mitchell",
        *(name for name in OF_KERAS_2 if name.startswith("local")),
    ),
}
"""What built-in layers cannot compute on all backends."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folders = {}
    for major in (2, 3):
        folders[major] = tmp_path_factory.mktemp(f"keras{major}")
        command = [sys.executable, spatial_models.__file__, str(major), str(folders[major])]
        subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, check=True)
        assert json.loads((folders[major] / "troubles.json").read_text()) == {}
    return folders


def _source(folder: Path, name: str) -> Path:
    return next(path for path in folder.glob(f"{name}.*") if path.suffix != ".npz")


@pytest.mark.runtime
@pytest.mark.parametrize(("major", "name"), NAMES)
def test_a_lowered_layer_computes_what_keras_does(
    major: int,
    name: str,
    saved: dict[int, Path],
    runners: tuple[NodeRunner, NodeRunner],
    tmp_path: Path,
) -> None:
    source = _source(saved[major], name)
    with np.load(saved[major] / f"{name}.npz") as arrays:
        fed, wanted = arrays["fed"], arrays["wanted"]
    converter.convert(source, tmp_path / "free", verify=False)
    compare(runners, tmp_path / "free", [fed], [wanted])
    try:
        converter.convert(source, tmp_path / "plain", verify=False, custom_layers=False)
    except UnsupportedError as error:
        assert name in NEED_CUSTOM or (major == 3 and name.startswith("resizing")), error
        assert "--no-custom-layers" in f"{error.why} {error.fix}"
        return
    assert not (tmp_path / "plain" / "custom_layers.js").exists()
    doubts = json.loads((tmp_path / "plain" / "upconvert.json").read_text())["doubts"]
    compare(runners[1:] if doubts else runners, tmp_path / "plain", [fed], [wanted])


@given(st.integers(1, 9), st.integers(1, 7), st.integers(1, 4), st.booleans(), st.none() | st.integers(0, 3))
def test_a_transposed_convolution_has_the_size_that_its_rule_says(
    size: int, width: int, stride: int, same: bool, extra: int | None
) -> None:
    axis = Axis.read(width, stride, same=same, extra=extra)
    config = {
        "filters": 1,
        "kernel_size": width,
        "strides": stride,
        "padding": "same" if same else "valid",
        "output_padding": extra,
    }
    made = size * stride + axis.more
    if made < 1:
        return
    found = outputs_of(RULES["Conv1DTranspose"], config, ((None, size, 1),))
    assert found == ((None, made, 1),)
    assert 0 <= axis.skipped < width


@pytest.mark.runtime
def test_what_keras_3_rounds_is_rounded(
    saved: dict[int, Path], runners: tuple[NodeRunner, NodeRunner], tmp_path: Path
) -> None:
    """A resized picture of whole numbers is one of whole numbers in Keras 3."""
    folder = tmp_path / "artifact"
    converter.convert(_source(saved[3], "resizing"), folder, verify=False)
    model = folder / "model.json"
    model.write_text(model.read_text().replace('"float32"', '"int32"', 1))
    fed = np.arange(2 * 7 * 9 * 3, dtype=np.int32).reshape(2, 7, 9, 3)
    for runner in runners:
        (found,) = runner.run(folder, [fed], folder / "custom_layers.js")
        assert np.array_equal(found, np.round(found))
