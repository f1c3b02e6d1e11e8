"""idealo's networks from every form in which people hold them, against idealo's own Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from isr_networks import NETWORKS, builder_arguments

import converter
from converter.parity.runtimes import NodeRunner

FORMS = ("whole", "weights", "python")


@pytest.fixture(scope="module")
def networks(isr_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("isr_networks.py")), str(folder)],
        env={**os.environ, "PYTHONPATH": str(isr_code)},
        capture_output=True,
        check=True,
    )
    return folder


def marks(name: str, form: str) -> list[pytest.MarkDecorator]:
    """Building a network from Python takes seconds, so that one scale has to do by default."""
    return [pytest.mark.all_models] if form == "python" and "x2" not in name else []


@pytest.mark.parametrize(
    ("name", "form"),
    [pytest.param(name, form, marks=marks(name, form)) for name in NETWORKS for form in FORMS],
)
def test_it_computes_what_idealos_python_computes(
    name: str,
    form: str,
    networks: Path,
    isr_code: Path,
    tensorflow_js: NodeRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(isr_code))
    out = tmp_path / "out"
    if form == "python":
        target, arguments = builder_arguments(*NETWORKS[name])
        told = [f"{key}={json.dumps(value)}" for key, value in arguments.items()]
        converter.convert(networks / f"{name}.hdf5", out, model=target, model_args=told, verify=False)
    else:
        source = networks / (f"{name}.h5" if form == "whole" else f"{name}.hdf5")
        converter.convert(source, out, verify=False)

    with np.load(networks / f"{name}.npz") as ran:
        picture, expected = ran["picture"], ran["expected"]
    script = out / "custom_layers.js"
    (output,) = tensorflow_js.run(out, [picture], script if script.exists() else None)
    assert script.exists() == (not name.startswith("ups"))
    assert output.shape == expected.shape
    assert np.abs(output - expected).max() <= 1e-4 * np.ptp(expected)
