"""The command line as people and pipelines use it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import GOLDEN, upconvert

import converter

SOURCE = GOLDEN / "residual_dense_network.h5"
COMMANDS = ["convert", "inspect", "verify", "quantize", "patch", "export", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    ran = upconvert(command, "--help")
    assert ran.code == 0
    assert "Example: " in ran.out
    assert command in upconvert("--help").out


def test_version() -> None:
    assert upconvert("--version").out.strip() == converter.__version__


def test_help_loads_neither_numpy_nor_h5py_nor_rich() -> None:
    code = (
        "import sys; from converter.cli.app import app; print(*{'numpy', 'h5py', 'rich'} & set(sys.modules))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ""
    )


def test_a_conversion_loads_no_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys, converter; converter.convert(sys.argv[1], sys.argv[2], verify=False);"
        "print(*{'tensorflow', 'keras', 'skimage', 'PIL'} & set(sys.modules))"
    )
    arguments = [sys.executable, "-c", code, str(SOURCE), str(tmp_path / "out")]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip() == ""


def test_convert_prints_a_table(tmp_path: Path) -> None:
    rules = ["--quantize", "uint8:*/kernel", "--quantize", "float16:*/bias"]
    ran = upconvert("convert", SOURCE, tmp_path / "out", *rules, "--no-verify", COLUMNS="80")
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert "…" not in ran.out
    for words in ("generator", "8 float16, 8 uint8", "gzip", "Functional → Model", "Not proven", "Done in"):
        assert words in ran.out


def test_convert_is_a_command_of_its_own(tmp_path: Path) -> None:
    script = shutil.which("convert", path=str(Path(sys.executable).parent))
    assert script is not None
    subprocess.run([script, SOURCE, tmp_path / "out", "--no-verify"], check=True, capture_output=True)
    assert (tmp_path / "out" / "model.json").is_file()


def test_json_is_all_there_is_on_stdout(tmp_path: Path) -> None:
    ran = upconvert("convert", SOURCE, tmp_path / "out", "--no-verify", "--json")
    assert ran.report["command"] == "convert"
    assert ran.report["artifact"]["dtypes"] == {"float32": 16}
    assert ran.report["parity"]["proven"] is False


def test_rules_from_the_command_line(tmp_path: Path) -> None:
    rules = ["--quantize", "uint8:*/kernel", "--quantize", "float16:*/bias"]
    ran = upconvert("convert", SOURCE, tmp_path / "out", *rules, "--no-verify", "--json")
    assert ran.report["artifact"]["dtypes"] == {"uint8": 8, "float16": 8}


def test_a_pattern_that_matches_nothing_is_told(tmp_path: Path) -> None:
    ran = upconvert("convert", SOURCE, tmp_path / "out", "--quantize", "uint8:*/kernle", "--no-verify")
    assert ran.code == 0
    assert "no weight matches '*/kernle'" in ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--quantize", "uint4"], "uint4"),
        (["--quantize", "uint8", "--quantize", "float16"], "both asked for"),
        (["--input-range", "0..1"], "no range"),
        (["--input-range", "1,0"], "no range"),
        (["--backend", "webgl"], "backend"),
        (["--shard-size", "0"], "shard"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_usage_errors(options: list[str], words: str, tmp_path: Path) -> None:
    ran = upconvert("convert", SOURCE, tmp_path / "out", "--no-verify", *options)
    assert ran.code == 2
    assert words in ran.err
    assert not list(tmp_path.iterdir())


def test_errors_as_json(tmp_path: Path) -> None:
    ran = upconvert("convert", tmp_path / "none.h5", tmp_path / "out", "--json")
    assert ran.code == 3
    assert ran.err == ""
    assert ran.report["error"]["code"] == "source-missing"
    assert ran.report["error"]["fix"]


def test_quantize_and_patch(tmp_path: Path) -> None:
    upconvert("convert", SOURCE, tmp_path / "plain", "--no-optimize", "--no-verify")
    ran = upconvert("quantize", tmp_path / "plain", tmp_path / "small", "--quantize", "uint8", "--no-verify")
    assert ran.code == 0, ran.err
    assert (tmp_path / "small" / "group1-shard1of1.bin").stat().st_size < 10_000
    patched = upconvert("patch", tmp_path / "plain", "--json").report
    assert [change["what"] for change in patched["changes"]] == ["initializer dropped"]
    assert "nothing to mend" in upconvert("patch", tmp_path / "plain").out


def test_doctor_tells_what_can_run() -> None:
    report = upconvert("doctor", "--json").report
    assert report["ready"] == {"convert": True, "verify": True, "graph": True}
    assert "tensorflow" in upconvert("doctor").out


def test_a_bug_of_ours_shows_its_traceback_and_where_to_report_it(tmp_path: Path) -> None:
    code = (
        "import sys, converter.conversion as c\n"
        "def broken(*a, **k): raise ZeroDivisionError('ours')\n"
        "c.convert = broken\n"
        "from converter.cli.entry import upconvert\n"
        "sys.argv = ['upconvert', 'convert', 'a', 'b']\n"
        "upconvert()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "ZeroDivisionError: ours" in done.stderr
    assert "report it" in done.stderr


def test_reports_have_a_version() -> None:
    assert json.loads(upconvert("doctor", "--json").out)["schema"] == 1
