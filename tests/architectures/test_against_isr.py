"""Weights that idealo's own code saved, and its outputs beside those of what was read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {"C": 2, "D": 2, "G": 4, "G0": 6}
CASES: list[tuple[str, dict[str, int], dict[str, Any]]] = [
    *(("rdn", {**SMALL, "x": x}, {"upscaling": kind}) for x in (2, 3, 4) for kind in ("ups", "shuffle")),
    *(("rrdn", {**SMALL, "x": x, "T": 2}, {}) for x in (2, 3, 4)),
    ("rdn", {"C": 1, "D": 3, "G": 5, "G0": 3, "x": 2}, {"upscaling": "ups", "c_dim": 1, "kernel_size": 5}),
    ("rdn", {"C": 3, "D": 1, "G": 7, "G0": 5, "x": 2}, {"upscaling": "ups"}),
    ("rrdn", {"C": 1, "D": 3, "G": 4, "G0": 4, "x": 2, "T": 1}, {"beta": 0.5, "c_dim": 4}),
]


@pytest.fixture(scope="module", params=["legacy", "3"])
def ran(
    request: pytest.FixtureRequest, isr_code: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("isr")
    (folder / "cases.json").write_text(json.dumps(CASES))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("child.py")), str(isr_code), str(folder)],
        env={
            **os.environ,
            "TF_USE_LEGACY_KERAS": "1" if request.param == "legacy" else "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "result.json").read_text())


@pytest.mark.runtime
def test_every_file_is_recognised_and_gives_the_outputs_of_the_original(ran: dict[str, Any]) -> None:
    files = 2 if ran["keras"] == 2 else 1
    assert len(ran["results"]) == files * len(CASES)
    for index, result in enumerate(ran["results"]):
        family, architecture, options = CASES[index // files]
        keys = [key for key in ("C", "D", "G", "G0", "T", "x") if key in architecture]
        name = "-".join([family, *(f"{key}{architecture[key]}" for key in keys)])
        detail = (
            f"upscaling {options['upscaling']}" if family == "rdn" else f"beta {options.get('beta', 0.2)}"
        )
        unusual = [f"{key} {options[key]}" for key in ("c_dim", "kernel_size") if key in options]
        assert result["architecture"] == ", ".join([name, detail, *unusual]), result["path"]
        assert result["shapes"][0] == result["shapes"][1]
        assert result["difference"] <= 1e-6 * max(1.0, result["scale"]), result
        assert sum("beta" in text for text in result["assumed"]) == (
            family == "rrdn" and "beta" not in options
        )


@pytest.mark.runtime
def test_layers_are_named_as_the_originals_are(ran: dict[str, Any]) -> None:
    for result in ran["results"]:
        for ours, theirs in result["layers"]:
            assert ours == theirs or theirs.startswith("lambda"), (ours, theirs)
        if ran["keras"] == 2:
            assert sorted(result["weights"]) == sorted(result["originals"])
