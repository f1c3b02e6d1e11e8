"""What ``--format graph`` makes, proven in real TensorFlow.js."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import converter
from tests.graph.making import make

pytestmark = pytest.mark.runtime

NAMES = ("conv", "ends", "loop", "boxes", "first_generation", "writing")


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models"), *NAMES)


def read(path: Path):
    return json.loads(path.read_text())


def test_a_saved_model_is_quantized_and_proven(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = converter.convert(models / "conv", out, format="graph", quantize=["uint8"], verify=True)
    assert report["parity"]["passed"]
    assert report["parity"]["conversion"]["worst"]["max_abs"] < 1e-5
    assert report["parity"]["quantization"]["worst"]["psnr"] > 40
    document, record = read(out / "model.json"), read(out / "upconvert.json")
    assert document["format"] == "graph-model"
    assert list(document["signature"]["inputs"]) == ["picture"]
    types = {
        tuple(each["shape"]): "quantization" in each for each in document["weightsManifest"][0]["weights"]
    }
    assert types[3, 3, 3, 4]
    # A scale for each of four channels, and the sizes of a reshape.
    assert not types[4,]
    assert not any(value for shape, value in types.items() if shape in {(), (1,), (2,)})
    assert record["contract"]["inputs"][0]["shape"] == [None, 8, 8, 3]
    assert record["execute"] == "execute"
    listed = set(read(out / "integrity.json"))
    assert listed == {path.name for path in out.iterdir()} - {"integrity.json"}


def test_the_same_input_gives_the_same_bytes_and_verify_proves_them(models: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        converter.convert(models / "first_generation", tmp_path / name, format="graph", verify=False)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    report = converter.verify(models / "first_generation", tmp_path / "one")
    assert report["parity"]["passed"]
    assert report["parity"]["conversion"]["worst"]["max_abs"] < 1e-6


def test_what_no_layer_does_and_ends_that_keep_their_order(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = converter.convert(models / "ends.keras", out, format="graph", verify=True)
    assert report["parity"]["passed"]
    document = read(out / "model.json")
    assert "TopKV2" in {node["op"] for node in document["modelTopology"]["node"]}
    signature = document["signature"]
    assert list(signature["inputs"]) == ["zz", "unused", "aa"]
    assert len(signature["outputs"]) == 3
    tensors = [each["name"] for each in signature["outputs"].values()]
    assert len(set(tensors)) == 3


def test_loops_of_keras_2_run_asynchronously(models: Path, tmp_path: Path) -> None:
    report = converter.convert(models / "loop.h5", tmp_path / "out", format="graph", verify=True)
    assert report["parity"]["passed"]
    assert "tf_keras" in report["parity"]["reference"]
    assert read(tmp_path / "out" / "upconvert.json")["execute"] == "executeAsync"
    assert any("executeAsync" in warning for warning in report["warnings"])


def test_shapes_that_values_decide_and_images_of_bytes(models: Path, tmp_path: Path) -> None:
    report = converter.convert(
        models / "boxes", tmp_path / "out", format="graph", quantize=["uint8"], verify=True
    )
    assert report["parity"]["passed"]
    record = read(tmp_path / "out" / "upconvert.json")
    assert record["outputs"] == ["output_9", "output_10"]
    assert record["contract"]["input_range"] == [0.0, 255.0]
    # The least score is -Infinity, which a range of bytes cannot hold.
    assert not {"uint8", "float16"} & set(record["dtypes"].values())


def test_nothing_runs_but_the_signature(models: Path, tmp_path: Path) -> None:
    converter.convert(models / "writing", tmp_path / "out", format="graph", verify=False)
    assert (tmp_path / "out" / "model.json").exists()
    assert not (models / "victim.txt").exists()
