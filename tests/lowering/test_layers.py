"""Layers of attention, normalization, activation, merging and preprocessing, against what Keras 3 gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import converter
from converter.children import QUIET
from converter.errors import ConverterError, UnsupportedError
from converter.parity.runtimes import NodeRunner
from tests.lowering.comparing import compare
from tests.lowering.layer_models import COMPOSED, CUSTOM


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the models."""
    folder = tmp_path_factory.mktemp("layers")
    script = Path(__file__).with_name("layer_models.py")
    subprocess.run(
        [sys.executable, str(script), str(folder)],
        check=True,
        capture_output=True,
        env={**os.environ, **QUIET},
    )
    return folder


def held(runners: tuple[NodeRunner, NodeRunner], artifact: Path, arrays: Path) -> None:
    with np.load(arrays) as stored:
        given, *wanted = (stored[name] for name in sorted(stored, key=lambda name: int(name[4:])))
    compare(runners, artifact, [given], wanted)


@pytest.mark.parametrize("name", [*COMPOSED, *CUSTOM])
def test_it_computes_what_keras_computes(
    name: str, saved: Path, tmp_path: Path, runners: tuple[NodeRunner, NodeRunner]
) -> None:
    converter.convert(saved / f"{name}.keras", tmp_path / "out", verify=False)
    held(runners, tmp_path / "out", saved / f"{name}.npz")


@pytest.mark.parametrize("name", COMPOSED)
def test_it_does_so_without_custom_layers(
    name: str, saved: Path, tmp_path: Path, runners: tuple[NodeRunner, NodeRunner]
) -> None:
    converter.convert(saved / f"{name}.keras", tmp_path / "out", verify=False, custom_layers=False)
    assert not (tmp_path / "out" / "custom_layers.js").exists()
    held(runners, tmp_path / "out", saved / f"{name}.npz")


@pytest.mark.parametrize("name", CUSTOM)
def test_what_takes_a_custom_layer_is_refused_without(name: str, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="custom"):
        converter.convert(saved / f"{name}.keras", tmp_path / "out", verify=False, custom_layers=False)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("key", "value"), [("attention_axes", [[1]]), ("output_shape", [{}])])
def test_what_are_no_whole_numbers_is_refused(key: str, value: object, saved: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.keras"
    with zipfile.ZipFile(saved / "heads.keras") as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                model = json.loads(content)
                for layer in model["config"]["layers"]:
                    if layer["class_name"] == "MultiHeadAttention":
                        layer["config"][key] = value
                content = json.dumps(model).encode()
            new.writestr(name, content)
    with pytest.raises(ConverterError, match="whole number"):
        converter.convert(broken, tmp_path / "out", verify=False)
