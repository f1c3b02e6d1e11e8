"""The ways in which Keras 2 files come."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import GOLDEN

import converter
from converter.errors import SourceError
from converter.model import Model


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        return Path(shutil.copy(GOLDEN / f"{name}.h5", tmp_path / "model.h5"))

    return make


def values(model: Model) -> dict[str, np.ndarray]:
    return {weight.name: weight.array() for weight in model.weights()}


def same(first: Model, second: Model) -> bool:
    a, b = values(first), values(second)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_layers_calls_and_weights() -> None:
    model = converter.load(GOLDEN / "shared_layer.h5")
    shared = next(layer for layer in model.layers if len(layer.calls) == 2)
    assert shared.class_name == "Dense"
    assert [weight.name for weight in shared.weights] == [f"{shared.name}/kernel", f"{shared.name}/bias"]
    assert [ref.layer for ref in model.inputs] == [call.inputs[0].layer for call in shared.calls]


def test_weights_of_nested_models_belong_to_the_layers_inside() -> None:
    model = converter.load(GOLDEN / "twice_nested.h5")
    weights = {
        layer.name: [weight.name for weight in layer.weights] for layer in model.walk() if layer.weights
    }
    assert weights == {
        "deep_dense": ["deep_dense/kernel", "deep_dense/bias"],
        "middle_dense": ["middle_dense/kernel", "middle_dense/bias"],
    }


def test_weights_are_the_files_own() -> None:
    with h5py.File(GOLDEN / "depthwise.h5") as file:
        stored = file["model_weights/conv2d/conv2d/kernel:0"][()]
    assert np.array_equal(values(converter.load(GOLDEN / "depthwise.h5"))["conv2d/kernel"], stored)


@pytest.mark.parametrize(
    "options", [{"compression": "gzip", "shuffle": True}, {"chunks": True}, {"compression": "lzf"}]
)
def test_compressed_weights(copy: Callable[[str], Path], options: dict) -> None:
    path = copy("conv_norm_pool")
    with h5py.File(path, "r+") as file:
        found: list[str] = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in found:
            array = file[name][()]
            del file[name]
            file.create_dataset(name, data=array, **options)
    assert same(converter.load(path), converter.load(GOLDEN / "conv_norm_pool.h5"))


def test_a_file_behind_a_user_block(copy: Callable[[str], Path]) -> None:
    path = copy("depthwise")
    moved = path.with_name("moved.h5")
    with h5py.File(path) as old, h5py.File(moved, "w", userblock_size=1024) as new:
        new.attrs.update(old.attrs)
        old.copy("model_weights", new)
    assert same(converter.load(moved), converter.load(path))


def test_names_cut_into_pieces_as_keras_does_over_64_kib(copy: Callable[[str], Path]) -> None:
    path = copy("conv_norm_pool")
    with h5py.File(path, "r+") as file:
        for node, key in (
            (file["model_weights"], "layer_names"),
            (file["model_weights/dense"], "weight_names"),
        ):
            names = list(node.attrs[key])
            del node.attrs[key]
            node.attrs[f"{key}0"], node.attrs[f"{key}1"] = names[:1], names[1:]
    assert same(converter.load(path), converter.load(GOLDEN / "conv_norm_pool.h5"))


def test_attributes_as_bytes_or_missing(copy: Callable[[str], Path]) -> None:
    path = copy("sequential_dense")
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = np.bytes_(file.attrs["model_config"])
        for key in ("keras_version", "backend"):
            del file.attrs[key]
            file["model_weights"].attrs.pop(key, None)
    model = converter.load(path)
    assert model.keras_version == ""
    converter.convert(path, path.with_name("out"), verify=False)
    assert json.loads((path.with_name("out") / "model.json").read_text())["generatedBy"] is None


def test_sequential_models_before_keras_2_2_3_list_their_layers(copy: Callable[[str], Path]) -> None:
    path = copy("sequential_without_input_layer")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"] = [
            layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"
        ]
        file.attrs["model_config"] = json.dumps(config)
    model = converter.load(path)
    assert model.kind == "sequential"
    assert same(model, converter.load(GOLDEN / "sequential_without_input_layer.h5"))


def test_weights_alone_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "weights.hdf5"
    with h5py.File(GOLDEN / "depthwise.h5") as old, h5py.File(path, "w") as new:
        for name in old["model_weights"]:
            old.copy(f"model_weights/{name}", new)
        new.attrs.update(old["model_weights"].attrs)
    with pytest.raises(SourceError, match=r"weights of 4 layers .* but no architecture"):
        converter.load(path)


def test_the_words_of_another_keras_than_the_file_says(copy: Callable[[str], Path]) -> None:
    path = copy("shared_layer")
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = "3.15.1"
    with pytest.raises(SourceError, match="a call should be an object"):
        converter.load(path)


def test_a_subclass_with_a_whole_graph_is_a_model(copy: Callable[[str], Path]) -> None:
    path = copy("shared_layer")
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace('"Functional"', '"MyNetwork"')
    report = converter.convert(path, path.with_name("out"), verify=False)
    document = json.loads((path.with_name("out") / "model.json").read_text())
    assert document["modelTopology"]["model_config"]["class_name"] == "Model"
    assert "MyNetwork → Model" in [change["what"] for change in report["changes"]]


def test_a_file_that_the_caller_has_open() -> None:
    with h5py.File(GOLDEN / "depthwise.h5"):
        assert converter.load(GOLDEN / "depthwise.h5").layers
