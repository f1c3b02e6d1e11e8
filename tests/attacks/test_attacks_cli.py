"""Some attacks through the command line itself, as a user meets them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attack import GOLDEN
from conftest import upconvert
from corpus import ATTACKS

SHOWN = [
    "missing_file",
    "named_pipe",
    "half_a_file",
    "external_link_as_weight",
    "chunked_2_to_the_40",
    "no_weights_at_all",
    "config_deep_lists",
    "config_layer_name_escape",
    "config_lambda_layer",
    "config_layer_name_surrogate",
]


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_person_reads(name: str, tmp_path: Path) -> None:
    attack = ATTACKS[name]
    ran = upconvert("convert", attack.make(tmp_path), tmp_path / "out", "--no-verify")
    assert ran.code == attack.exit_code
    assert ran.out == ""
    assert ran.err.startswith("Error ")
    lines = ran.err.splitlines()
    assert len(lines) == 2, ran.err
    assert lines[1].endswith(".")
    assert "".join(lines).isprintable()
    assert not (tmp_path / "out").exists()


def test_what_a_program_reads(tmp_path: Path) -> None:
    source = ATTACKS["external_storage"].make(tmp_path)
    ran = upconvert("convert", source, tmp_path / "out", "--no-verify", "--json")
    assert ran.code == 3
    assert ran.err == ""
    error = json.loads(ran.out)["error"]
    assert error["code"] == "h5-external"
    assert all(error[key] for key in ("where", "why", "fix"))


@pytest.mark.parametrize(
    ("source", "code", "exit_code"),
    [
        ("crash", "h5-crash", 3),
        ("hang", "h5-hang", 3),
        ("gluttony", "memory", 3),
        ("killed", "worker-ended", 3),
    ],
)
def test_worker_that_does_not_answer(source: str, code: str, exit_code: int, tmp_path: Path) -> None:
    ran = sabotage(source, tmp_path, "--json")
    assert ran.returncode == exit_code
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["error"]["code"] == code
    assert list(tmp_path.iterdir()) == []


def test_a_bug_of_ours_is_called_one(tmp_path: Path) -> None:
    """The one way to exit code 1, and the one that shows a traceback."""
    ran = sabotage("bug", tmp_path)
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stderr
    assert "Please report it" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def sabotage(source: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).with_name("saboteur.py")
    command = [sys.executable, str(script), source, str(folder / "out"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("view", ["--json", "--no-optimize"])
@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_and_terminals_that_do_not_agree(tmp_path: Path, view: str, encoding: str) -> None:
    """Linux lets a name be any bytes, and a terminal shows what it can."""
    source = shutil.copy(GOLDEN / "sequential_dense.h5", tmp_path / "caf\udce9.h5")
    ran = upconvert("convert", source, tmp_path / "out", "--no-verify", view, PYTHONIOENCODING=encoding)
    assert ran.code == 0
