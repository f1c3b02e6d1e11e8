"""What ``--format graph`` refuses, before anything of it has run or is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import converter
from converter.errors import ConverterError, MissingRuntimeError, SourceError, UnsupportedError, UsageError
from converter.graph import official
from tests.conftest import upconvert
from tests.graph.making import make

pytestmark = pytest.mark.runtime

NAMES = ("first_generation", "reading", "python", "stealing", "other_file", "solving", "lookups")


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    folder = make(tmp_path_factory.mktemp("models"), *NAMES)
    (folder / "secret.txt").write_text("secret")
    return folder


def refused(source: Path, out: Path, **options) -> ConverterError:
    with pytest.raises(ConverterError) as caught:
        converter.convert(source, out, format="graph", verify=False, **options)
    assert not out.exists()
    return caught.value


@pytest.mark.parametrize(
    ("name", "operation"),
    [("reading", "ReadFile"), ("python", "PyFunc"), ("stealing", "RestoreV2"), ("other_file", "RestoreV2")],
)
def test_graphs_that_reach_out(models: Path, tmp_path: Path, name: str, operation: str) -> None:
    error = refused(models / name, tmp_path / "out")
    assert isinstance(error, SourceError)
    assert operation in error.why


def test_an_operation_that_tensorflow_js_lacks_is_named_with_its_layer(models: Path, tmp_path: Path) -> None:
    error = refused(models / "solving.keras", tmp_path / "out")
    assert isinstance(error, UnsupportedError)
    assert "Cholesky" in error.why
    assert error.where == "layer cholesky"


def test_the_command_line_tells_it_with_exit_code_4(models: Path, tmp_path: Path) -> None:
    ran = upconvert("convert", models / "solving", tmp_path / "out", "--format", "graph")
    assert ran.code == 4
    assert "Cholesky" in ran.err


def test_tables_are_refused_before_keras_loads_them(models: Path, tmp_path: Path) -> None:
    error = refused(models / "lookup.keras", tmp_path / "out")
    assert isinstance(error, UnsupportedError)
    assert "table" in error.where


def test_a_damaged_graph(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(models / "first_generation", folder)
    graph = folder / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:-200])
    assert refused(folder, tmp_path / "out").exit_code == 3


def test_a_signature_that_is_not_there(models: Path, tmp_path: Path) -> None:
    error = refused(models / "first_generation", tmp_path / "out", signature="predict")
    assert error.code == "saved-model-signature"
    assert "serving_default" in error.why


@pytest.mark.parametrize(
    "options",
    [
        {"fold_scales": True},
        {"custom_layers": False},
        {"optimize": False},
        {"arch": "rdn"},
        {"layers_js": ["x.js"]},
    ],
)
def test_options_that_say_nothing_of_a_graph(models: Path, tmp_path: Path, options) -> None:
    assert isinstance(refused(models / "first_generation", tmp_path / "out", **options), UsageError)


def test_signatures_and_formats_that_make_no_sense(models: Path, tmp_path: Path) -> None:
    assert isinstance(refused(models / "solving.keras", tmp_path / "out", signature="x"), UsageError)
    with pytest.raises(UsageError):
        converter.convert(models / "solving.keras", tmp_path / "out", signature="x")
    with pytest.raises(UsageError):
        converter.convert(models / "solving.keras", tmp_path / "out", format="onnx")


def test_a_saved_model_cannot_be_layers(models: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        converter.convert(models / "first_generation", tmp_path / "out")
    assert "--format graph" in caught.value.fix


def test_what_is_missing_is_told_with_its_command(models: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(official, "installed", lambda: None)
    error = refused(models / "first_generation", tmp_path / "out")
    assert isinstance(error, MissingRuntimeError)
    assert official.INSTALL in error.fix
    part = next(part for part in converter.doctor()["parts"] if part["name"] == "tensorflowjs")
    assert official.INSTALL in part["fix"]
