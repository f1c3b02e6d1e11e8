"""Exported files: their weights, their bytes, their report, and that they appear whole or not at all."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import artifacts
import h5py
import numpy as np
import pytest
from conftest import GOLDEN, GOLDEN_NAMES, upconvert

import converter
from converter import exporting, keras_files
from converter.errors import OutputError, SourceError, UnsupportedError, UsageError
from converter.keras_files.order import in_order
from converter.model import Call, Layer, Model, TensorRef, Weight

SCALED = {"conv_lstm"}
"""With Keras 2's hard_sigmoid, which Keras 3 has not."""


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact") / "model"
    converter.convert(GOLDEN / "conv_norm_pool.h5", folder, verify=False)
    return folder


def by_layer(model: Model) -> list[list[bytes]]:
    """What each layer holds, whatever its name, in no order of the layers."""
    layers = [layer for layer in model.walk() if layer.weights]
    return sorted([weight.array().tobytes() for weight in layer.weights] for layer in layers)


@pytest.mark.parametrize("form", ["h5", "keras"])
@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_weights_come_back_bit_for_bit(name: str, form: str, tmp_path: Path) -> None:
    converter.convert(GOLDEN / f"{name}.h5", tmp_path / "model", verify=False)
    out = tmp_path / f"out.{form}"
    report = converter.export(tmp_path / "model", out, verify=False)
    back = converter.load(out)
    assert report["file"]["format"] == form
    assert not report["parity"]["proven"]
    if form == "keras" and name in SCALED:
        assert any("hard_sigmoid" in change["what"] for change in report["changes"])
    else:
        assert by_layer(back) == by_layer(converter.load(GOLDEN / f"{name}.h5"))
        converter.convert(out, tmp_path / "again", verify=False)
        assert by_layer(converter.load(tmp_path / "again")) == by_layer(back)


def test_the_same_artifact_gives_the_same_bytes(artifact: Path, tmp_path: Path) -> None:
    for form in ("h5", "keras"):
        for which in ("one", "two"):
            (tmp_path / which).mkdir(exist_ok=True)
            converter.export(artifact, tmp_path / which / f"out.{form}", verify=False)
        assert (tmp_path / "one" / f"out.{form}").read_bytes() == (
            tmp_path / "two" / f"out.{form}"
        ).read_bytes()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16"])
def test_quantized_weights_are_those_that_tensorflow_js_decodes(
    dtype: str, artifact: Path, tmp_path: Path
) -> None:
    converter.quantize(artifact, tmp_path / "small", quantize=[dtype], verify=False)
    for form in ("h5", "keras"):
        report = converter.export(tmp_path / "small", tmp_path / f"out.{form}", verify=False)
        assert report["decoded_weights"] > 0
        assert by_layer(converter.load(tmp_path / f"out.{form}")) == by_layer(
            converter.load(tmp_path / "small")
        )


def test_the_archive_is_one_of_keras_3(artifact: Path, tmp_path: Path) -> None:
    converter.export(artifact, tmp_path / "out.keras", verify=False)
    with zipfile.ZipFile(tmp_path / "out.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert archive.testzip() is None
        config = json.loads(archive.read("config.json"))
        with archive.open("model.weights.h5") as file, h5py.File(file) as weights:
            assert weights["layers/conv2d/vars"].attrs["name"] == "conv2d"
            assert set(weights["layers/dense/vars"]) == {"0", "1"}
    assert config["class_name"] == "Functional"
    assert all(layer["module"] == "keras.layers" for layer in config["config"]["layers"])
    assert config["config"]["layers"][0]["config"]["batch_shape"][0] is None


def test_long_lists_of_names_are_spread_over_several_attributes(tmp_path: Path) -> None:
    count = 1200
    layers = [artifacts.spec("Dense", units=1, name=f"{index}_{'x' * 60}") for index in range(count)]
    first = {**layers[0]["config"], "batch_input_shape": [None, 1]}
    made = [
        Layer(
            each["config"]["name"],
            "Dense",
            first if index == 0 else each["config"],
            weights=(
                Weight.of(f"{each['config']['name']}/kernel", np.full((1, 1), index, "float32")),
                Weight.of(f"{each['config']['name']}/bias", np.zeros(1, "float32")),
            ),
        )
        for index, each in enumerate(layers)
    ]
    model = Model("long", "Sequential", "sequential", tuple(made))
    keras_files.write(keras_files.restate(model, "h5").model, tmp_path / "out.h5", "h5")
    with h5py.File(tmp_path / "out.h5") as file:
        assert "layer_names" not in file["model_weights"].attrs
        assert len(file["model_weights"].attrs["layer_names0"]) > 1
    assert by_layer(converter.load(tmp_path / "out.h5")) == by_layer(model)


def test_a_large_weight_is_written_in_parts(tmp_path: Path) -> None:
    array = np.random.default_rng(3).normal(size=(3000, 700)).astype("float32")
    config = {"name": "dense", "units": 700, "use_bias": False, "batch_input_shape": [None, 3000]}
    layer = Layer("dense", "Dense", config, weights=(Weight.of("dense/kernel", array),))
    model = Model("large", "Sequential", "sequential", (layer,))
    for form in ("h5", "keras"):
        path = tmp_path / f"out.{form}"
        keras_files.write(keras_files.restate(model, form).model, path, form)
        assert by_layer(converter.load(path)) == [[array.tobytes()]]


def test_an_existing_file_is_replaced_only_with_force(artifact: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    out.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        converter.export(artifact, out, verify=False)
    assert out.read_text() == "mine"
    converter.export(artifact, out, verify=False, force=True)
    assert by_layer(converter.load(out)) == by_layer(converter.load(artifact))
    assert [path.name for path in tmp_path.iterdir()] == ["out.h5"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_file_is_never_half_written(
    error: BaseException, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_model: Model, path: Path, _form: str) -> None:
        path.write_bytes(b"half")
        raise error

    out = tmp_path / "out.keras"
    out.write_text("mine")
    monkeypatch.setattr(exporting.keras_files, "write", fail)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        converter.export(artifact, out, verify=False, force=True)
    assert out.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out.keras"]


def test_a_folder_is_no_file(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "out.h5").mkdir()
    with pytest.raises(OutputError, match="folder"):
        converter.export(artifact, tmp_path / "out.h5", verify=False, force=True)


def test_the_name_tells_the_format(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.keras"):
        converter.export(artifact, tmp_path / "out.onnx", verify=False)


def test_only_artifacts_are_exported(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no TensorFlow\.js model"):
        converter.export(GOLDEN / "merges.h5", tmp_path / "out.h5", verify=False)


def test_custom_classes_are_told(tmp_path: Path) -> None:
    dense = artifacts.spec("Dense", units=3, batch_input_shape=[None, 4])["config"]
    arrays = [np.ones((4, 3), "float32"), np.ones(3, "float32")]
    weights = tuple(Weight.of(f"dense/{n}", a) for n, a in zip(("kernel", "bias"), arrays, strict=True))
    layers = (
        Layer("dense", "Dense", dense, weights=weights),
        Layer("own", "MultiplyBeta", {"name": "own", "beta": 0.2}),
        Layer("strange", "Strange", {"name": "strange"}),
    )
    artifacts.write(Model("custom", "Sequential", "sequential", layers), tmp_path / "model")
    ran = upconvert("export", tmp_path / "model", tmp_path / "out.keras", "--json", "--no-verify")
    assert ran.code == 0, ran.err
    assert ran.report["custom_classes"] == [
        {"class_name": "MultiplyBeta", "layers": ["own"]},
        {"class_name": "Strange", "layers": ["strange"]},
    ]
    with zipfile.ZipFile(tmp_path / "out.keras") as archive:
        found = json.loads(archive.read("config.json"))["config"]["layers"]
    assert [layer["registered_name"] for layer in found] == [None, None, "MultiplyBeta", "Strange"]
    ran = upconvert("export", tmp_path / "model", tmp_path / "proven.keras", "--verify")
    assert ran.code == 4, ran.err
    assert "Strange" in ran.err
    assert not (tmp_path / "proven.keras").exists()


@pytest.mark.runtime
def test_a_model_with_the_librarys_layers_is_proven(tmp_path: Path) -> None:
    layers = (
        Layer("scale", "MultiplyBeta", {"name": "scale", "beta": 0.2, "batch_input_shape": [None, 6, 6, 3]}),
    )
    artifacts.write(Model("custom", "Sequential", "sequential", layers), tmp_path / "model")
    ran = upconvert("export", tmp_path / "model", tmp_path / "out.keras", "--json", "--verify")
    assert ran.code == 0, ran.out
    assert ran.report["parity"]["passed"]
    assert ran.report["parity"]["reference"]["keras"].startswith("3.")


@pytest.mark.runtime
def test_a_file_that_computes_something_else_is_not_written(tmp_path: Path) -> None:
    """TensorFlow.js enlarges bilinearly from other points than Keras."""
    config = {"name": "up", "size": [2, 2], "interpolation": "bilinear", "batch_input_shape": [None, 5, 5, 3]}
    layer = Layer("up", "UpSampling2D", config)
    artifacts.write(Model("up", "Sequential", "sequential", (layer,)), tmp_path / "model")
    ran = upconvert("export", tmp_path / "model", tmp_path / "out.keras", "--verify", "--json")
    assert ran.code == 5
    assert ran.report["error"]["code"] == "parity-export"
    assert not (tmp_path / "out.keras").exists()
    unproven = converter.export(tmp_path / "model", tmp_path / "out.keras", verify=False)
    assert any("bilinear" in warning for warning in unproven["warnings"])


def test_layers_of_the_library_that_keras_has_not_are_refused(tmp_path: Path) -> None:
    config = {"name": "exp", "activation": "exponential", "batch_input_shape": [None, 4]}
    layer = Layer("exp", "KerasActivation", config)
    artifacts.write(Model("model", "Sequential", "sequential", (layer,)), tmp_path / "model")
    with pytest.raises(UnsupportedError, match="KerasActivation"):
        converter.export(tmp_path / "model", tmp_path / "out.keras", verify=False)


def line(*layers: Layer) -> Model:
    inputs = tuple(TensorRef(layer.name, 0, 0) for layer in layers if layer.class_name == "InputLayer")
    return Model("model", "Model", "functional", layers, inputs, (TensorRef(layers[-1].name, 0, 0),))


def called(name: str, class_name: str, config: dict, *sources: str) -> Layer:
    refs = tuple(TensorRef(source, 0, 0) for source in sources)
    return Layer(name, class_name, {"name": name, **config}, (Call(refs),) if refs else ())


X = called("x", "InputLayer", {"batch_input_shape": [None, 5, 4]})
H = called("h", "InputLayer", {"batch_input_shape": [None, 3]})
MASK = called("mask", "Masking", {"mask_value": 0.0}, "x")
UNITS = {"units": 3, "activation": "tanh"}


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        (line(X, H, MASK, called("rnn", "SimpleRNN", UNITS, "mask", "h")), True),
        (line(X, H, MASK, called("rnn", "SimpleRNN", UNITS, "x", "h")), False),
        (line(X, MASK, called("rnn", "SimpleRNN", UNITS, "mask")), False),
        (
            line(
                X,
                MASK,
                called("c", "Concatenate", {"axis": -1}, "mask", "x"),
                called("rnn", "SimpleRNN", UNITS, "c"),
            ),
            True,
        ),
        (
            line(
                X,
                MASK,
                called("c", "Concatenate", {"axis": -1}, "mask", "mask"),
                called("rnn", "SimpleRNN", UNITS, "c"),
            ),
            False,
        ),
        (
            line(
                X,
                H,
                MASK,
                called("one", "SimpleRNN", {**UNITS, "return_sequences": False}, "mask"),
                called("again", "RepeatVector", {"n": 4}, "one"),
                called("rnn", "SimpleRNN", UNITS, "again", "h"),
            ),
            False,
        ),
    ],
)
def test_masks_that_keras_3_takes_otherwise_are_refused(model: Model, refused: bool) -> None:
    keras_files.restate(model, "h5")
    if refused:
        with pytest.raises(UnsupportedError, match=r"\.h5"):
            keras_files.restate(model, "keras")
    else:
        keras_files.restate(model, "keras")


def test_what_keras_3_has_no_hard_sigmoid_for_is_refused() -> None:
    model = line(X, called("rnn", "SimpleRNN", {"units": 3, "activation": "hard_sigmoid"}, "x"))
    keras_files.restate(model, "h5")
    with pytest.raises(UnsupportedError, match="hard_sigmoid"):
        keras_files.restate(model, "keras")


def test_an_activation_that_tensorflow_js_cannot_load_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="leaky_re_lu"):
        keras_files.restate(
            line(X, called("d", "Dense", {"units": 2, "activation": "leaky_re_lu"}, "x")), "h5"
        )


def test_a_sequential_model_without_a_shape_is_refused() -> None:
    model = Model("model", "Sequential", "sequential", (Layer("d", "Flatten", {"name": "d"}),))
    with pytest.raises(UnsupportedError, match="shape of its input"):
        keras_files.restate(model, "h5")


def test_calls_that_lead_nowhere_are_left_out() -> None:
    shared = {"units": 4}
    calls = [(Call((TensorRef(source, node, 0),))) for source, node in (("dead", 0), ("x", 0), ("shared", 1))]
    model = line(
        X, called("dead", "Dense", shared, "x"), Layer("shared", "Dense", {"name": "shared"}, tuple(calls))
    )
    ordered = in_order(replace(model, outputs=(TensorRef("shared", 2, 0),)))
    assert [layer.name for layer in ordered.layers] == ["x", "shared"]
    assert [call.inputs for call in ordered.layers[1].calls] == [
        (TensorRef("x", 0, 0),),
        (TensorRef("shared", 0, 0),),
    ]
    assert ordered.outputs == (TensorRef("shared", 1, 0),)


@pytest.mark.parametrize("seed", range(20))
def test_every_layer_stands_behind_those_that_it_needs(seed: int) -> None:
    model = in_order(artifacts.graph(seed))
    for graph in (model, *(layer.model for layer in model.layers if layer.model is not None)):
        seen: set[str] = set()
        for layer in graph.layers:
            # The other calls of a shared layer may need what stands behind it.
            needs = [{ref.layer for ref in call.inputs} for call in layer.calls]
            assert not needs or any(each <= seen for each in needs)
            seen.add(layer.name)
