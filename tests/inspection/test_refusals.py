"""Models that cannot be converted, and layers that only some backends or releases run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, upconvert

import converter
from converter.errors import UnsupportedError
from converter.inspection.judging import judge
from converter.layers.registry import TFJS_LAYERS
from converter.layers.releases import LAYERS, backend_since, since
from converter.model import Call, Layer, Model, TensorRef
from converter.reading import Reading
from converter.shims.backends import backends
from converter.shims.providers import Providers
from converter.sources.original import Original


def artifact(
    folder: Path, *layers: tuple[str, dict[str, Any]], shape: list[int | None] | None = None
) -> Path:
    """A TensorFlow.js model without weights."""
    folder.mkdir(exist_ok=True)
    chain = [("InputLayer", {"name": "x", "batch_input_shape": shape or [None, 8, 8, 4]}), *layers]
    config = {"name": "m", "layers": [{"class_name": name, "config": each} for name, each in chain]}
    topology = {"keras_version": "2.13.0", "model_config": {"class_name": "Sequential", "config": config}}
    document = {"format": "layers-model", "modelTopology": topology, "weightsManifest": []}
    (folder / "model.json").write_text(json.dumps(document))
    return folder


def refused(folder: Path) -> Path:
    """Three layers that cannot be converted, for three reasons, among two that can."""
    return artifact(
        folder,
        ("UpSampling2D", {"name": "up", "size": [2, 2], "interpolation": "bilinear"}),
        ("ReLU", {"name": "relu"}),
        ("Strange", {"name": "strange"}),
        ("ReLU", {"name": "slope", "negative_slope": 0.5}),
    )


def test_every_reason_is_told(tmp_path: Path) -> None:
    report = converter.inspect(refused(tmp_path / "a"))
    assert not report["convertible"]
    assert {each["name"]: each["status"] for each in report["layers"]} == {
        "x": "native",
        "up": "impossible",
        "relu": "native",
        "strange": "impossible",
        "slope": "impossible",
    }
    for each in report["layers"]:
        assert bool(each["why"]) == bool(each["fix"]) == (each["status"] == "impossible")
    assert report["model"]["statuses"] == {"native": 2, "impossible": 3}


def test_the_first_reason_is_the_one_that_convert_gives(tmp_path: Path) -> None:
    source = refused(tmp_path / "a")
    with pytest.raises(UnsupportedError) as caught:
        converter.convert(source, tmp_path / "out", verify=False)
    reasons = [each["why"] for each in converter.inspect(source)["problems"]]
    assert caught.value.why in reasons


def test_every_layer_that_a_pass_refuses_is_told() -> None:
    heads = {"num_heads": 2, "key_dim": 3, "strange": 1}
    layers = (
        Layer("x", "InputLayer", {"name": "x", "batch_input_shape": [None, 5, 4]}),
        *(
            Layer(name, "MultiHeadAttention", {"name": name, **heads}, (Call((TensorRef("x", 0, 0),) * 2),))
            for name in ("one", "other")
        ),
    )
    outputs = (TensorRef("one", 0, 0), TensorRef("other", 0, 0))
    model = Model("m", "Functional", "functional", layers, (TensorRef("x", 0, 0),), outputs)
    judged = judge(Reading(model, Original("file", Path(), model), (), Providers.of([], [], {})))
    reasons = {problem.layers: problem.error for problem in judged.problems}
    assert set(reasons) == {("one",), ("other",)}
    assert all("'strange'" in error.why for error in reasons.values())


def test_exit_code_and_all_reasons_on_the_terminal(tmp_path: Path) -> None:
    ran = upconvert("inspect", refused(tmp_path / "a"))
    assert ran.code == 4
    assert ran.err == ""
    for words in ("Cannot be converted: 2 native, 3 impossible", "'up'", "'strange'", "'slope'", "bilinear"):
        assert words in ran.out
    ran = upconvert("inspect", tmp_path / "a", "--json")
    assert ran.code == 4
    assert len(ran.report["problems"]) == 3


def test_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    ran = upconvert("inspect", tmp_path / "none.h5", "--json")
    assert ran.code == 3
    assert ran.report["error"]["code"] == "source-missing"


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_tree_fits_the_terminal(columns: str) -> None:
    ran = upconvert("inspect", GOLDEN / "nested_functional.h5", COLUMNS=columns)
    assert ran.code == 0, ran.err
    assert "Can be converted" in ran.out
    tree = ran.out.partition("layer ")[2].partition("Can be converted")[0]
    assert "  inner_dense" in tree
    assert all(len(line) <= int(columns) for line in tree.splitlines())
    assert "…" not in ran.out


def test_long_names_keep_their_place_in_the_tree(tmp_path: Path) -> None:
    long = "a_name_that_is_longer_than_the_column_in_which_it_stands_and_so_is_broken"
    inner = {"name": "inner", "layers": [{"class_name": "ReLU", "config": {"name": long}}]}
    source = artifact(tmp_path / "a", ("Sequential", inner))
    ran = upconvert("inspect", source, COLUMNS="60")
    tree = ran.out.partition("layer ")[2].partition("Can be converted")[0].splitlines()
    begin = next(place for place, line in enumerate(tree) if line.startswith("inner"))
    inside = [line for line in tree[begin + 1 :] if line.strip()]
    assert len(inside) > 1
    assert all(line.startswith("  ") and line[2] != " " for line in inside)


def test_costs_of_which_nothing_is_known(tmp_path: Path) -> None:
    ran = upconvert("inspect", artifact(tmp_path / "a", ("Strange", {"name": "strange"})))
    assert "not known for 1 layer" in ran.out
    assert "0 FLOPs" not in ran.out


def test_a_source_that_holds_its_weights_in_fewer_bytes(tmp_path: Path) -> None:
    dense = {"name": "d", "units": 64, "use_bias": False}
    folder = artifact(tmp_path / "a", ("Dense", dense), shape=[None, 64])
    (folder / "weights.bin").write_bytes(bytes(64 * 64))
    document = json.loads((folder / "model.json").read_text())
    affine = {"dtype": "uint8", "scale": 0.5, "min": -1.0, "original_dtype": "float32"}
    kernel = {"name": "d/kernel", "shape": [64, 64], "dtype": "float32", "quantization": affine}
    document["weightsManifest"] = [{"paths": ["weights.bin"], "weights": [kernel]}]
    (folder / "model.json").write_text(json.dumps(document))
    size = sum(each.stat().st_size for each in folder.iterdir())
    said = "the source holds them"
    assert f"{said} and its topology in {size:,}" in upconvert("inspect", folder, COLUMNS="200").out
    assert said not in upconvert("inspect", GOLDEN / "sequential_dense.h5", COLUMNS="200").out


def test_nothing_is_written(tmp_path: Path) -> None:
    source = refused(tmp_path / "a")
    upconvert("inspect", source)
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "model.json"]


def test_what_is_wrong_on_one_backend(tmp_path: Path) -> None:
    pool = {"name": "pool", "pool_size": [2, 2, 2], "data_format": "channels_last", "padding": "valid"}
    report = converter.inspect(artifact(tmp_path / "a", ("MaxPooling3D", pool), shape=[None, 4, 4, 4, 2]))
    assert report["convertible"]
    assert report["model"]["backends"] == ["cpu", "webgl", "webgpu"]
    assert report["layers"][1]["backends"] == report["model"]["backends"]
    assert report["model"]["since"] == "1.3.0"


def test_the_layer_library(tmp_path: Path) -> None:
    shuffle = ("PixelShuffle2x", {"name": "shuffle"})
    report = converter.inspect(artifact(tmp_path / "a", shuffle))
    made = report["layers"][1]
    assert (made["status"], made["origin"]) == ("shimmed", "the layer library")
    assert [list(shape) for shape in made["outputs"]] == [[None, 16, 16, 1]]
    assert made["flops"] == 0
    assert report["receptive_field"][0]["size"] == [1, 1]
    assert report["receptive_field"][0]["stride"] == [0.5, 0.5]


def test_an_unknown_class_leaves_a_gap_in_the_count(tmp_path: Path) -> None:
    report = converter.inspect(refused(tmp_path / "a"))
    assert report["cost"]["unknown"] == ["slope", "strange"]


def test_releases_are_of_classes_that_there_are() -> None:
    assert set(LAYERS) <= TFJS_LAYERS
    assert since("Dense", {"activation": "mish"}) == "3.5.0"
    wrapped = {"layer": {"class_name": "LayerNormalization", "config": {}}}
    assert since("TimeDistributed", wrapped) == "1.3.0"
    assert since("Dense", {"activation": "relu"}) == "1.0.0"
    assert backend_since("cpu", "1.4.0") == "1.4.0"
    assert backend_since("wasm", "1.4.0") == "1.7.0"
    assert backend_since("webgpu", "4.19.0") == "4.19.0"


def test_backends_of_functions() -> None:
    assert backends("return tf.einsum('ij,jk', a, b);") == ("cpu", "webgl", "webgpu")
    assert backends("return tf.add(tf.mul(a, b), c);") == ("cpu", "wasm", "webgl", "webgpu")
