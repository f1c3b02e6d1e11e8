"""Models saved by Keras 1.2.2, against the outputs that Keras 1.2.2 gave (see golden/keras1/make.py)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from conftest import GOLDEN, upconvert
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import converter
from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.model import Weight
from converter.parity.runtimes import NodeRunner
from converter.sources import keras1
from converter.sources.keras1_layers import RECIPES

KERAS1 = GOLDEN / "keras1"
NAMES = sorted(Path(name).stem for name in zipfile.ZipFile(KERAS1 / "models.zip").namelist())


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keras1")
    with zipfile.ZipFile(KERAS1 / "models.zip") as file:
        file.extractall(folder)
    return folder


def expected(name: str, kind: str) -> list[np.ndarray]:
    with np.load(KERAS1 / "expected.npz") as file:
        return [file[key] for key in sorted(file.files) if key.startswith(f"{name}/{kind}")]


def stored(path: Path) -> dict[str, np.ndarray]:
    """Every array of a file, by its name."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file["model_weights"].visititems(
            lambda name, item: (
                found.update({Path(name).name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def values(path: Path) -> dict[str, np.ndarray]:
    return {weight.name: weight.array() for weight in converter.load(path).weights()}


def sequential(*layers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    config = [
        {"class_name": name, "config": {"name": f"layer_{index}", **each}}
        for index, (name, each) in enumerate(layers)
    ]
    return {"class_name": "Sequential", "config": config}


def translated(class_name: str, **config: Any) -> dict[str, Any]:
    model, _ = keras1.translate(sequential((class_name, config)), {}, [])
    return model["config"]["layers"][0]


@pytest.mark.parametrize("name", NAMES)
def test_tensorflow_js_gives_the_outputs_of_keras_1(
    name: str, models: Path, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    report = converter.convert(models / f"{name}.h5", tmp_path / "out", verify=False)
    assert report["source"]["keras_version"] == "1.2.2"
    outputs = tensorflow_js.run(tmp_path / "out", expected(name, "input"))
    for ours, theirs in zip(outputs, expected(name, "output"), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-5


def test_golden_models_are_small() -> None:
    assert len(NAMES) >= 8
    assert sum(path.stat().st_size for path in KERAS1.iterdir() if path.is_file()) < 120_000


def test_names_and_settings_of_keras_2(models: Path) -> None:
    model = converter.load(models / "image.h5")
    assert model.keras_version == "1.2.2"
    assert [layer.class_name for layer in model.layers][:4] == [
        "ZeroPadding2D",
        "Conv2D",
        "BatchNormalization",
        "Conv2D",
    ]
    padding, conv, _, atrous = (layer.config for layer in model.layers[:4])
    assert padding["padding"] == [[1, 0], [0, 2]]
    assert padding["data_format"] == "channels_last"  # Keras 1 leaves it out
    wanted = {"filters": 4, "kernel_size": [3, 2], "strides": [2, 1], "padding": "valid", "use_bias": True}
    assert wanted.items() <= conv.items()
    assert atrous["dilation_rate"] == [2, 2]
    assert atrous["use_bias"] is False


def test_running_std_is_the_variance(models: Path) -> None:
    ours, theirs = values(models / "image.h5"), stored(models / "image.h5")
    assert np.array_equal(ours["norm/moving_variance"], theirs["norm_running_std"])
    assert np.array_equal(ours["norm/moving_mean"], theirs["norm_running_mean"])
    assert np.array_equal(ours["conv/kernel"], theirs["conv_W"])


def test_gates_are_joined_in_the_order_of_keras_2(models: Path) -> None:
    ours, theirs = values(models / "lstm.h5"), stored(models / "lstm.h5")
    gates = [theirs[f"lstm_1_U_{gate}"] for gate in "ifco"]
    assert np.array_equal(ours["lstm_1/recurrent_kernel"], np.concatenate(gates, axis=-1))
    assert np.array_equal(ours["lstm_2/kernel"], theirs["lstm_2_W"])  # consume_less="gpu" joins them itself
    assert "bidirectional_1/backward_lstm_3/bias" in ours


def test_kernels_with_the_outputs_first_are_turned(models: Path) -> None:
    ours, theirs = values(models / "channels_first.h5"), stored(models / "channels_first.h5")
    kernel, deconvolution = theirs["convolution2d_1_W"], theirs["deconvolution2d_1_W"]
    assert np.array_equal(ours["convolution2d_1/kernel"], kernel.transpose(2, 3, 1, 0))
    assert np.array_equal(ours["deconvolution2d_1/kernel"], deconvolution.transpose(2, 3, 0, 1))


def test_lines_as_keras_before_1_2_stores_them() -> None:
    array = np.arange(24, dtype="f4").reshape(4, 3, 2, 1)  # out, in, length, 1
    config = {"nb_filter": 4, "filter_length": 2, "bias": False}
    model = sequential(("Convolution1D", config))
    _, weights = keras1.translate(model, {"layer_0": [Weight.of("layer_0_W", array)]}, ["layer_0"])
    [kernel] = weights["layer_0"]
    assert kernel.shape == (2, 3, 4)
    assert np.array_equal(kernel.array(), array[..., 0].transpose(2, 1, 0))
    assert np.array_equal(np.concatenate([kernel.load(0, 5), kernel.load(5, 24)]), kernel.array().ravel())


def test_nothing_is_read_before_it_is_asked_for() -> None:
    def load(start: int, stop: int) -> np.ndarray:
        raise AssertionError

    weights = [Weight(f"w{i}", (2, 3) if i % 3 < 2 else (3,), np.dtype("f4"), load) for i in range(12)]
    _, found = keras1.translate(sequential(("LSTM", {"output_dim": 3})), {"layer_0": weights}, [])
    assert [weight.shape for weight in found["layer_0"]] == [(2, 12), (2, 12), (12,)]


def test_nested_models_are_named_after_layer_names(models: Path) -> None:
    model = converter.load(models / "nested.h5")
    assert [layer.name for layer in model.layers] == ["sequential_1", "sequential_2", "activation_1"]
    weights = {layer.name: [each.name for each in layer.weights] for layer in model.walk() if layer.weights}
    assert weights["b"] == ["b/gamma", "b/beta", "b/moving_mean", "b/moving_variance"]
    assert weights["frozen"] == ["frozen/kernel", "frozen/bias"]


def test_sequential_models_that_begin_with_a_merge_become_graphs(models: Path) -> None:
    model = converter.load(models / "branches.h5")
    assert model.kind == "functional"
    assert [ref.layer for ref in model.inputs] == ["left_input", "right_input"]


def test_prelu_finds_its_shared_axes_again(models: Path) -> None:
    shared, plain = (
        layer for layer in converter.load(models / "activations.h5").layers if layer.class_name == "PReLU"
    )
    assert shared.config["shared_axes"] == [1, 2]
    assert plain.config["shared_axes"] is None


def test_a_full_proof_tells_of_the_translation(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = upconvert("convert", models / "shared.h5", out, "--verify", "--quantize", "uint16", "--json")
    assert ran.code == 0, ran.err
    parity = ran.report["parity"]
    assert parity["passed"]
    assert parity["original_keras"] == 1
    assert parity["reference"]["restated_from"] == "Keras 1.2.2"
    assert any("our own translation" in warning for warning in ran.report["warnings"])


UNTRANSLATABLE = {
    "Maxout": ("MaxoutDense", {"output_dim": 3, "nb_feature": 4}, "MaxoutDense has no counterpart"),
    "Highway": ("Highway", {"activation": "relu"}, "Highway has no counterpart"),
    "Lambda": ("Lambda", {"function": ["4wEAAAA=", None, None]}, "Python bytecode"),
    "LocallyConnected": ("LocallyConnected2D", {"nb_filter": 2}, "LocallyConnected2D has no counterpart"),
    "mode 1": ("BatchNormalization", {"mode": 1}, "its mode 1 normalizes"),
    "mode 2": ("BatchNormalization", {"mode": 2}, "its mode 2 normalizes"),
    "full": ("Convolution1D", {"border_mode": "full"}, "only Theano has"),
    "cos": ("Merge", {"mode": "cos", "mode_type": "raw", "layers": []}, "'cos' gives other shapes"),
    "function": ("Merge", {"mode": ["4wEA"], "mode_type": "lambda", "layers": []}, "Python function"),
    "ELU": ("ELU", {"alpha": 0.5}, "its alpha is 0.5"),
    "silent": ("UpSampling2D", {"size": [2, 2]}, "first or last"),
    "unknown setting": ("Dense", {"output_dim": 2, "units": 3}, "'units' is unknown"),
    "unknown class": ("Dennse", {}, "Keras 1 has no 'Dennse'"),
    "wrapped model": (
        "TimeDistributed",
        {"layer": sequential(("Dense", {"output_dim": 3}))},
        "around a model",
    ),
    "deconvolution": (
        "Deconvolution2D",
        {
            "nb_filter": 2,
            "nb_row": 3,
            "nb_col": 3,
            "subsample": [2, 2],
            "border_mode": "valid",
            "output_shape": [None, 8, 8, 2],
            "dim_ordering": "tf",
        },
        "has 8 where Keras 2 and TensorFlow.js give 7",
    ),
}


def write(path: Path, topology: Any) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "1.2.2"
        file.attrs["model_config"] = json.dumps(topology)
        file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
    return path


@pytest.mark.parametrize("case", UNTRANSLATABLE)
def test_what_cannot_be_translated_is_refused_by_name(case: str, tmp_path: Path) -> None:
    class_name, config, why = UNTRANSLATABLE[case]
    with pytest.raises(UnsupportedError, match=why) as caught:
        converter.load(write(tmp_path / "model.h5", sequential((class_name, config))))
    assert caught.value.exit_code == 4
    assert "layer_0" in caught.value.where


def test_the_command_line_refuses_with_code_4(tmp_path: Path) -> None:
    path = write(tmp_path / "model.h5", sequential(("Highway", {})))
    ran = upconvert("convert", path, tmp_path / "out", "--no-verify")
    assert ran.code == 4
    assert "layer_0" in ran.err


def test_weights_of_another_model_are_refused() -> None:
    model = sequential(("LSTM", {"output_dim": 3}))
    weights = [Weight.of("w", np.zeros((2, 3), "f4"))] * 3
    with pytest.raises(SourceError, match="demands 12 weights as Keras 1 stores them; the file has 3"):
        keras1.translate(model, {"layer_0": weights}, [])


def test_padding_in_every_spelling() -> None:
    for value, wanted in (
        ([1, 2], [[1, 1], [2, 2]]),
        ([1, 2, 3, 4], [[1, 2], [3, 4]]),
        ({"top_pad": 1, "right_pad": 4}, [[1, 0], [0, 4]]),
    ):
        assert translated("ZeroPadding2D", padding=value, dim_ordering="th")["config"]["padding"] == wanted


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**70)
    | st.floats()
    | st.sampled_from(["tf", "th", "same", "valid", "full", "sum", "dot", "raw", "lambda", "\x00", "Merge"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["class_name", "config", "name", "layers", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    sorted(
        {key for recipe in RECIPES.values() for key in (*recipe.keys, *recipe.reads)}
        | {
            "name",
            "trainable",
            "batch_input_shape",
            "layer",
            "layers",
            "mode",
            "mode_type",
            "axis",
            "merge_mode",
        }
    )
)
CLASSES = st.sampled_from([*RECIPES, "Merge", "TimeDistributed", "Bidirectional", "Sequential", "Model"])
LAYER = st.recursive(
    st.fixed_dictionaries({"class_name": CLASSES, "config": st.dictionaries(KEYS, JSON, max_size=6) | JSON}),
    lambda inner: st.fixed_dictionaries(
        {
            "class_name": CLASSES,
            "config": st.lists(inner, max_size=3)
            | st.fixed_dictionaries({"name": JSON, "layer": inner})
            | st.fixed_dictionaries({"mode": JSON, "layers": st.lists(inner, max_size=3)}),
        }
    ),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layer=LAYER, data=st.data())
def test_garbage_raises_errors_of_ours_alone(layer: dict, data: st.DataObject, tmp_path: Path) -> None:
    topology = {"class_name": data.draw(st.sampled_from(["Sequential", "Model", "Merge"])), "config": [layer]}
    if topology["class_name"] == "Model":
        topology["config"] = {"layers": [layer], "input_layers": [], "output_layers": []}
    try:
        converter.load(write(tmp_path / "model.h5", topology))
    except ConverterError as error:
        assert str(error)


@settings(max_examples=150, deadline=None)
@given(
    class_name=st.sampled_from(sorted(RECIPES)),
    config=st.dictionaries(KEYS, JSON, max_size=6),
    shapes=st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=12),
)
def test_weights_of_any_shape_raise_errors_of_ours_alone(class_name: str, config: dict, shapes: list) -> None:
    weights = [Weight.of(f"w{i}", np.zeros(shape, "f4")) for i, shape in enumerate(shapes)]
    topology = sequential((class_name, {**config, "name": "layer_0"}))
    try:
        _, found = keras1.translate(topology, {"layer_0": weights}, ["layer_0"])
    except ConverterError:
        return
    for weight in found.get("layer_0", []):
        assert weight.array().shape == weight.shape
