"""Files of six releases of Keras 3, against what these computed (see golden/keras_releases/make.py)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN

import converter
from converter.parity.runtimes import NodeRunner

ARCHIVE = GOLDEN / "keras_releases" / "models.zip"
RELEASES = {"3.0.5", "3.3.3", "3.5.0", "3.8.0", "3.11.3", "3.15.1"}
FILES = sorted(name for name in zipfile.ZipFile(ARCHIVE).namelist() if name.endswith((".keras", ".h5")))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    with zipfile.ZipFile(ARCHIVE) as file:
        file.extractall(folder)
    return folder


def test_every_release_is_there() -> None:
    for ending in (".keras", ".weights.h5"):
        assert {name.partition("/")[0] for name in FILES if name.endswith(ending)} == RELEASES


@pytest.mark.runtime
@pytest.mark.parametrize("name", FILES)
def test_it_computes_what_that_release_computed(
    name: str, models: Path, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    stem = models / name.removesuffix(".keras").removesuffix(".h5").removesuffix(".weights")
    architecture = Path(f"{stem}.json") if name.endswith(".weights.h5") else None
    converter.convert(models / name, tmp_path / "out", arch_json=architecture, verify=False)
    with np.load(f"{stem}.npz") as arrays:
        given, wanted = arrays["arr_0"], arrays["arr_1"]
    script = tmp_path / "out" / "custom_layers.js"
    (found,) = tensorflow_js.run(tmp_path / "out", [given], script)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5
