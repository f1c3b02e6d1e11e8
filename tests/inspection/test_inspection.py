"""What is told of a model, against what Keras, TensorFlow and a conversion say of the same file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter.errors import ConverterError, SourceError
from converter.layers import RULES, cost_table
from converter.layers.cost import FREE
from converter.quantization.affine import DTYPES

MODELS = ("convolutions", "dense", "shared", "mobile", "recurrent")
NOT_COUNTED = {
    *("AugMix", "CutMix", "MaxNumBoundingBoxes", "MixUp", "RandAugment", "Solarization"),
    *("CategoryEncoding", "ReversibleEmbedding", "STFTSpectrogram"),
}
"""Those that make training data, look up, or compute something else by how they are called."""


@dataclass(frozen=True)
class Facts:
    """What ``make_models.py`` left."""

    folder: Path
    models: dict[str, Any]
    fields: dict[str, list[int]]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory, idealo_rdn: Path) -> Facts:
    folder = tmp_path_factory.mktemp("inspected")
    script = Path(__file__).parent / "make_models.py"
    rdn = next(idealo_rdn.glob("*.h5"))
    subprocess.run([sys.executable, str(script), str(folder), str(rdn)], capture_output=True, check=True)
    return Facts(folder, **json.loads((folder / "facts.json").read_text()))


def flat(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        yield from flat(row["layers"] or [])


def row(report: dict[str, Any], path: str) -> dict[str, Any]:
    return next(each for each in flat(report["layers"]) if each["path"] == path)


@pytest.mark.runtime
@pytest.mark.parametrize("name", MODELS)
def test_shapes_and_parameters_are_keras_own(facts: Facts, name: str) -> None:
    report = converter.inspect(facts.folder / f"{name}.keras")
    said = facts.models[name]
    assert report["convertible"], report["problems"]
    assert report["model"]["parameters"] == said["parameters"]
    for each in report["layers"]:
        if each["class_name"] == "Operation":
            continue  # Keras makes the mask by it, and does not list it
        own = said["layers"][each["name"]]
        assert each["parameters"] == own["parameters"]
        assert [list(shape) for shape in each["outputs"]] == [own["output"]]


@pytest.mark.runtime
@pytest.mark.parametrize("name", ["convolutions", "dense", "shared", "mobile"])
def test_multiply_accumulates_are_those_of_tensorflows_profiler(facts: Facts, name: str) -> None:
    cost = converter.inspect(facts.folder / f"{name}.keras")["cost"]
    assert 2 * cost["macs"] == facts.models[name]["multiplied"]
    assert cost["unknown"] == []
    # It does not count activations, and normalizes in more steps.
    assert cost["flops"] == pytest.approx(sum(facts.models[name]["profile"].values()), rel=0.05)


@pytest.mark.runtime
def test_multiply_accumulates_of_the_literature(facts: Facts) -> None:
    """Sandler et al. 2018, https://arxiv.org/abs/1801.04381: 59 M for 1000 classes."""
    cost = converter.inspect(facts.folder / "mobile.keras")["cost"]
    assert cost["macs"] + 1280 * 990 == pytest.approx(59e6, rel=0.02)


@pytest.mark.runtime
@pytest.mark.parametrize(
    "name",
    [
        "window",
        "strides",
        "dilation",
        "nearest",
        "bilinear",
        "transposed",
        "wide_transposed",
        "u_net",
        "normalized",
    ],
)
def test_receptive_fields_are_where_the_gradient_reaches(facts: Facts, name: str) -> None:
    (field,) = converter.inspect(facts.folder / f"field_{name}.keras")["receptive_field"]
    assert field["size"] == facts.fields[name]


@pytest.mark.runtime
def test_a_normalization_over_the_picture_sees_all_of_it(facts: Facts) -> None:
    (field,) = converter.inspect(facts.folder / "field_global.keras")["receptive_field"]
    assert field["size"] is None
    assert facts.fields["global"] == [48, 48]


@pytest.mark.runtime
def test_idealos_rdn(facts: Facts, idealo_rdn: Path) -> None:
    report = converter.inspect(next(idealo_rdn.glob("*.h5")))
    (field,) = report["receptive_field"]
    assert field["size"] == facts.fields["rdn"]
    assert field["stride"] == [0.5, 0.5]
    assert report["model"]["statuses"] == {"native": 124}
    cost = report["cost"]
    # Its height and width are open: every pixel costs the same.
    assert cost["inputs"] == [[1, 256, 256, 3]]
    assert cost["flops_per_place"] * 256**2 == cost["flops"]
    assert report["seconds"] < 10


@pytest.mark.runtime
def test_masks_and_open_steps(facts: Facts) -> None:
    report = converter.inspect(facts.folder / "recurrent.keras")
    layers = [each for each in report["layers"] if each["class_name"] != "Operation"]
    assert [each["mask"] for each in layers] == [None, "makes", "reads", "carries"]
    assert report["cost"]["per"] == "input step"
    assert row(report, "lstm")["macs"] == 256 * 4 * 6 * (8 + 6)


@pytest.mark.runtime
def test_what_becomes_of_layers_that_tensorflow_js_lacks(facts: Facts, tmp_path: Path) -> None:
    source = facts.folder / "modern.keras"
    report = converter.inspect(source)
    assert report["convertible"], report["problems"]
    assert row(report, "image")["status"] == row(report, "dense")["status"] == "native"
    kept, gru = row(report, "kept"), row(report, "gru")
    assert (kept["status"], len(kept["into"])) == ("lowered", 2)
    assert gru["status"] == "shimmed"
    assert "wasm" in gru["backends"]
    times = next(each for each in report["layers"] if each["operation"] == "Multiply")
    assert (times["status"], times["into"]) == ("rewritten", ["Rescaling"])
    assert all(each["why"] for each in report["layers"] if each["status"] != "native")
    # What is written has the layers that were told, and their JavaScript.
    converter.convert(source, tmp_path / "out", verify=False)
    document = json.loads((tmp_path / "out" / "model.json").read_text())
    written = [each["class_name"] for each in document["modelTopology"]["model_config"]["config"]["layers"]]
    told = [name for each in report["layers"] for name in each["into"] or [each["class_name"]]]
    assert sorted(written) == sorted(told)
    script = (tmp_path / "out" / "custom_layers.js").read_text()
    assert all(f"define{each['class_name']}" in script for each in report["custom_layers"])


@pytest.mark.runtime
def test_nested_and_shared_layers(facts: Facts) -> None:
    report = converter.inspect(facts.folder / "shared.keras")
    inner = row(report, "inner")
    assert (inner["status"], inner["calls"]) == ("model", 2)
    conv = row(report, "inner/inner_conv")
    assert conv["macs"] == 2 * 14 * 14 * 4 * 27
    assert report["model"]["nested"] == report["model"]["shared"] == 1
    assert len(report["receptive_field"]) == 2


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_sizes_are_those_that_are_written(name: str, tmp_path: Path) -> None:
    source = GOLDEN / f"{name}.h5"
    report = converter.inspect(source)
    assert report["convertible"]
    for dtype in DTYPES:
        try:
            made = converter.convert(source, tmp_path / dtype, quantize=[dtype], verify=False)
        except ConverterError as error:
            assert error.code == "quantize-range"
            assert any(each["severe"] for each in report["suspicions"])
            continue
        assert report["sizes"][dtype] == made["artifact"]["weight_bytes"]
    document = json.loads((tmp_path / "none" / "model.json").read_text())
    topology = json.dumps(document["modelTopology"], separators=(",", ":"), ensure_ascii=False).encode()
    assert report["sizes"]["topology"] == len(topology)


def test_an_artifact_is_read_too(tmp_path: Path) -> None:
    source = GOLDEN / "residual_dense_network.h5"
    converter.convert(source, tmp_path / "out", verify=False)
    original, artifact = converter.inspect(source), converter.inspect(tmp_path / "out")
    assert artifact["cost"] == original["cost"]
    assert artifact["receptive_field"] == original["receptive_field"]
    assert artifact["sizes"] == original["sizes"]


def test_every_layer_that_has_a_shape_has_a_cost() -> None:
    known = {*FREE, *cost_table.RULES, *NOT_COUNTED}
    cells = {name for name in RULES if name.endswith(("Cell", "Cells"))}
    # What stands for Keras's own layers in an artifact.
    replacements = {name for name in RULES if name.startswith("Keras")}
    models = {"Functional", "Model", "Sequential"}
    old = {"BatchNormalizationV1", "UnifiedGRU", "UnifiedLSTM"}
    drawn = {name for name in RULES if name.startswith("Random")}
    assert set(RULES) - known - drawn - cells - replacements - models - old == set()


def test_what_cannot_be_read_is_refused_as_convert_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        converter.inspect(tmp_path / "none.h5")
    assert caught.value.code == "source-missing"
