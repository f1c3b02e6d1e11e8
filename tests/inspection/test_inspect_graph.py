"""What ``inspect`` tells of SavedModels and of graph models, and what it judges without custom layers."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import converter
from converter.errors import ConverterError, SourceError, UnsupportedError, UsageError
from converter.graph import official
from converter.inspection.protobuf import Message, WireError
from tests.conftest import upconvert
from tests.graph.making import make

runtime = pytest.mark.runtime

NAMES = (
    "conv",
    "first_generation",
    "solving",
    "boxes",
    "reading",
    "python",
    "stealing",
    "other_file",
    "writing",
)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "secret.txt").write_text("secret")
    return make(folder, *NAMES)


@pytest.fixture(scope="module")
def artifact(models: Path, tmp_path_factory) -> Path:
    """A graph model with quantized weights."""
    out = tmp_path_factory.mktemp("artifact") / "graph"
    converter.convert(models / "conv", out, format="graph", quantize=["uint8"], verify=False)
    return out


def inspect(source: Path, **options: Any) -> dict[str, Any]:
    """The report, as it is printed."""
    return json.loads(json.dumps(converter.inspect(source, **options)))


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {each["operation"]: each["count"] for each in report["operations"]}


@runtime
def test_a_saved_model_of_keras(models: Path) -> None:
    report = inspect(models / "conv")
    assert report["convertible"] is True
    assert (report["format"], report["problems"]) == ("graph", [])
    model = report["model"]
    assert model["inputs"] == [{"name": "picture", "shape": [None, 8, 8, 3], "dtype": "float32"}]
    assert model["outputs"] == [{"name": "output_0", "shape": [None, 5], "dtype": "float32"}]
    assert (model["signature"], model["execute"]) == ("serving_default", "execute")
    # Two convolutions, one normalization and one dense layer, as Keras counts their values.
    sizes = (3 * 3 * 3 * 4, 4, 4, 4, 4, 4, 3 * 3 * 4, 4, 64 * 5, 5)
    assert model["parameters"] == sum(sizes)
    assert report["weights"] == {"count": 10, "bytes": 4 * sum(sizes), "dtypes": {"float32": 10}}
    small = 4 * sum(size for size in sizes if size < 16)
    large = sum(size for size in sizes if size >= 16)
    assert report["sizes"] == {
        "none": 4 * sum(sizes),
        "float16": small + 2 * large,
        "uint16": small + 2 * large,
        "uint8": small + large,
        "topology": None,
    }
    found = counts(report)
    assert (found["Conv2D"], found["DepthwiseConv2dNative"], found["MatMul"]) == (1, 1, 1)
    assert not {"Const", "NoOp", "VarHandleOp", "StatefulPartitionedCall"} & set(found)
    assert all(each["supported"] is True for each in report["operations"])


@runtime
def test_a_saved_model_of_tensorflow_1(models: Path) -> None:
    report = inspect(models / "first_generation")
    assert report["convertible"] is True
    assert report["weights"] == {"count": 2, "bytes": 32, "dtypes": {"float32": 2}}
    assert counts(report)["MatMul"] == 1


@runtime
def test_graphs_that_only_an_asynchronous_call_runs(models: Path) -> None:
    report = inspect(models / "boxes")
    assert report["convertible"] is True
    assert report["model"]["execute"] == "executeAsync"
    assert any("executeAsync" in each for each in report["warnings"])
    assert [each["name"] for each in report["model"]["outputs"]] == ["output_9", "output_10"]
    assert report["model"]["inputs"][0]["dtype"] == "uint8"


@runtime
def test_an_operation_that_tensorflow_js_lacks_is_told_with_its_layer(models: Path) -> None:
    report = inspect(models / "solving")
    assert report["convertible"] is False
    (problem,) = report["problems"]
    assert problem["code"] == "unsupported-operation"
    assert "Cholesky" in problem["why"]
    (layer,) = problem["layers"]
    assert "functional" in layer
    assert [each["operation"] for each in report["operations"] if not each["supported"]] == ["Cholesky"]


@runtime
@pytest.mark.parametrize(
    ("name", "operation"),
    [("reading", "ReadFile"), ("python", "PyFunc"), ("stealing", "RestoreV2"), ("other_file", "RestoreV2")],
)
def test_graphs_that_reach_out_are_refused_as_convert_refuses_them(
    models: Path, name: str, operation: str, monkeypatch
) -> None:
    with pytest.raises(SourceError) as caught:
        converter.inspect(models / name)
    assert operation in caught.value.why
    # Whether it is known what TensorFlow.js has or not.
    monkeypatch.setattr(official, "installed", lambda: None)
    with pytest.raises(SourceError):
        converter.inspect(models / name)


@runtime
def test_nothing_is_run(models: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # importing it would fail
    assert inspect(models / "writing")["convertible"] is True
    assert not (models / "victim.txt").exists()


@runtime
def test_signatures(models: Path) -> None:
    report = inspect(models / "conv", signature="serve")
    assert report["model"]["signatures"] == ["serve", "serving_default"]
    with pytest.raises(SourceError) as caught:
        converter.inspect(models / "conv", signature="predict")
    assert "serving_default" in caught.value.why


@runtime
def test_support_is_not_judged_where_nothing_tells_it(models: Path, artifact: Path, monkeypatch) -> None:
    monkeypatch.setattr(official, "installed", lambda: None)
    for source in (models / "solving", artifact):
        report = inspect(source)
        assert report["convertible"] is None
        assert {each["supported"] for each in report["operations"]} == {None}
        assert any("was not judged" in each and official.INSTALL in each for each in report["warnings"])


@runtime
def test_a_graph_model(artifact: Path) -> None:
    report = inspect(artifact)
    record = json.loads((artifact / "upconvert.json").read_text())["model"]
    written = sum(shard.stat().st_size for shard in artifact.glob("*.bin"))
    assert (report["format"], report["problems"]) == ("graph", [])
    assert report["convertible"] is None  # it is converted
    assert any("already" in each for each in report["warnings"])
    assert report["model"]["operations"] == record["operations"] == sum(counts(report).values())
    assert report["model"]["parameters"] == record["parameters"]
    assert report["model"]["inputs"] == [{"name": "picture", "shape": [None, 8, 8, 3], "dtype": "float32"}]
    assert report["sizes"]["none"] == record["float32_bytes"]
    assert report["weights"]["bytes"] == report["sizes"]["uint8"] == written
    assert report["weights"]["dtypes"]["uint8"] > 0
    assert inspect(artifact / "model.json")["operations"] == report["operations"]


def changed(artifact: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    shutil.copytree(artifact, folder)
    document = json.loads((folder / "model.json").read_text())
    change(document)
    (folder / "model.json").write_text(json.dumps(document))
    return folder


@runtime
def test_a_graph_model_that_cannot_run(artifact: Path, tmp_path: Path) -> None:
    node = {"name": "block/svd/Svd", "op": "Svd", "input": ["x0000"]}
    folder = changed(artifact, tmp_path / "a", lambda each: each["modelTopology"]["node"].append(node))
    report = inspect(folder)
    assert report["convertible"] is False
    assert [each["layers"] for each in report["problems"]] == [["block/svd"]]
    ran = upconvert("inspect", folder)
    assert ran.code == 4
    assert "Cannot be run: TensorFlow.js lacks Svd" in ran.out


@runtime
@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.pop("modelTopology"),
        lambda each: each["modelTopology"].update(node=[1]),
        lambda each: each["modelTopology"].update(library={"function": [{}]}),
        lambda each: each["modelTopology"]["node"][0].pop("op"),
        lambda each: each.update(signature=1),
        lambda each: each["signature"].update(inputs=[1]),
        lambda each: next(iter(each["signature"]["inputs"].values())).update(tensorShape={"dim": [1]}),
        lambda each: each["weightsManifest"][0]["paths"].append("other.bin"),
        lambda each: each["weightsManifest"][0]["weights"].pop(),
    ],
)
def test_graph_models_that_are_broken(artifact: Path, tmp_path: Path, change) -> None:
    with pytest.raises(SourceError):
        converter.inspect(changed(artifact, tmp_path / "a", change))


@runtime
def test_a_graph_model_without_a_signature_names_its_placeholders(artifact: Path, tmp_path: Path) -> None:
    report = inspect(changed(artifact, tmp_path / "a", lambda each: each.pop("signature")))
    assert report["model"]["inputs"] == [{"name": "x0000", "shape": [None, 8, 8, 3], "dtype": "float32"}]


@runtime
def test_a_damaged_saved_model(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(models / "conv", folder)
    shutil.rmtree(folder / "variables")
    with pytest.raises(SourceError) as caught:
        converter.inspect(folder)
    assert "variables" in caught.value.why
    shutil.copytree(models / "conv" / "variables", folder / "variables")
    graph = folder / "saved_model.pb"
    whole = graph.read_bytes()
    graph.write_bytes(whole[:-200])
    with pytest.raises(SourceError) as caught:
        converter.inspect(folder)
    assert caught.value.code == "saved-model-damaged"
    chance = random.Random(7)
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 20))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        graph.write_bytes(data)
        try:
            converter.inspect(folder)
        except ConverterError as error:
            assert error.exit_code in {3, 4}


@runtime
@pytest.mark.parametrize(
    "options", [{"custom_layers": False}, {"arch": "rdn"}, {"layers_js": ["x.js"]}, {"model": "module:name"}]
)
def test_options_that_say_nothing_of_a_graph(models: Path, options) -> None:
    with pytest.raises(UsageError):
        converter.inspect(models / "conv", **options)


@runtime
def test_only_a_saved_model_has_signatures(models: Path, artifact: Path, tmp_path: Path) -> None:
    for source in (artifact, layers(tmp_path / "layers")):
        with pytest.raises(UsageError) as caught:
            converter.inspect(source, signature="serve")
        assert caught.value.code == "signature"


@runtime
def test_the_command_line(models: Path, artifact: Path) -> None:
    ran = upconvert("inspect", models / "conv")
    assert ran.code == 0, ran.err
    assert "Can be converted with --format graph" in ran.out
    assert "picture ?×8×8×3 float32" in ran.out
    assert "Conv2D" in ran.out
    assert (
        upconvert("inspect", models / "conv", "--signature", "serve", "--json").report["convertible"] is True
    )
    ran = upconvert("inspect", models / "solving")
    assert ran.code == 4
    assert "Cholesky" in ran.out
    assert upconvert("inspect", models / "solving", "--json").code == 4
    assert upconvert("inspect", models / "reading").code == 3
    assert upconvert("inspect", models / "conv", "--signature", "none").code == 3
    assert upconvert("inspect", models / "conv", "--no-custom-layers").code == 2
    ran = upconvert("inspect", artifact)
    assert ran.code == 0, ran.err
    assert "Can be run" in ran.out


def layers(folder: Path, *added: tuple[str, dict[str, Any]]) -> Path:
    """A TensorFlow.js layers model without weights."""
    folder.mkdir()
    chain = [("InputLayer", {"name": "x", "batch_input_shape": [None, 8, 8, 12]}), *added]
    config = {"name": "m", "layers": [{"class_name": name, "config": each} for name, each in chain]}
    topology = {"keras_version": "2.13.0", "model_config": {"class_name": "Sequential", "config": config}}
    document = {"format": "layers-model", "modelTopology": topology, "weightsManifest": []}
    (folder / "model.json").write_text(json.dumps(document))
    return folder


def test_layers_that_built_in_ones_can_replace(tmp_path: Path) -> None:
    source = layers(tmp_path / "a", ("PixelShuffle", {"name": "shuffle", "scale": 2}))
    usual, plain = inspect(source), inspect(source, custom_layers=False)
    assert (usual["format"], usual["convertible"], plain["convertible"]) == ("layers", True, True)
    assert usual["model"]["statuses"] == {"native": 1, "shimmed": 1}
    assert "shimmed" not in plain["model"]["statuses"]
    assert usual["custom_layers"]
    assert plain["custom_layers"] == []
    # What it computes is what it computed.
    assert plain["layers"][1]["outputs"] == usual["layers"][1]["outputs"] == [[None, 16, 16, 3]]


def test_layers_that_nothing_can_replace(tmp_path: Path) -> None:
    source = layers(tmp_path / "a", ("ReflectionPadding2D", {"name": "pad", "padding": [[1, 1], [1, 1]]}))
    assert inspect(source)["convertible"]
    report = inspect(source, custom_layers=False)
    assert not report["convertible"]
    (problem,) = report["problems"]
    assert problem["layers"] == ["pad"]
    assert "--no-custom-layers" in problem["fix"]
    with pytest.raises(UnsupportedError) as caught:
        converter.convert(source, tmp_path / "out", custom_layers=False)
    assert caught.value.fix == problem["fix"]
    ran = upconvert("inspect", source, "--no-custom-layers")
    assert ran.code == 4
    assert "--no-custom-layers" in ran.out
    assert upconvert("inspect", source).code == 0


@pytest.mark.parametrize("data", [b"\x0a", b"\x0a\x05ab", b"\x0b", b"\x02\x00", b"\xff" * 11, b"\x0d\x00"])
def test_bytes_that_are_no_message(data: bytes) -> None:
    with pytest.raises(WireError):
        Message(memoryview(data))


def test_a_message() -> None:
    message = Message(
        memoryview(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x01a\x12\x01b\x1a\x01\xff")
    )
    assert message.number(1) == -1
    assert message.texts(2) == ["a", "b"]
    assert (message.number(9), message.text(9), message.messages(9)) == (0, "", [])
    for read in (lambda: message.number(2), lambda: message.text(1), lambda: message.text(3)):
        with pytest.raises(WireError):
            read()
