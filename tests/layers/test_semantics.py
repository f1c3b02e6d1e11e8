"""The semantic gate on configurations: one line a rule, and its harmless neighbour beside it."""

from __future__ import annotations

import contextlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter.errors import ConverterError, UnsupportedError
from converter.layers import TFJS_LAYERS, infer
from converter.layers.semantics import ENTRIES, Doubt, check_semantics
from converter.layers.semantics.check import check_site
from converter.layers.semantics.doubt import Site
from converter.layers.semantics.training import check_training
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes import pipeline

PICTURE, LINE, FLAT = (None, 8, 6, 4), (None, 9, 4), (None, 6)


def of(shape, *layers):
    """A chain of layers behind an input."""
    first = Layer(
        "input", "InputLayer", {"name": "input", "batch_input_shape": list(shape), "dtype": "float32"}
    )
    made, last = [first], "input"
    for number, (class_name, config) in enumerate(layers):
        name = config.get("name", f"layer_{number}")
        made.append(Layer(name, class_name, {"name": name, **config}, (Call((TensorRef(last, 0, 0),)),)))
        last = name
    refs = (TensorRef("input", 0, 0),), (TensorRef(last, 0, 0),)
    return Model("model", "Model", "functional", tuple(made), *refs)


def verdict(model) -> tuple[Doubt, ...]:
    return check_semantics(model, infer(model))


def refusal(model, code="layer-semantics") -> str:
    with pytest.raises(UnsupportedError) as caught:
        verdict(model)
    assert caught.value.code == code
    assert caught.value.exit_code == 4
    assert caught.value.why.endswith(".")
    assert caught.value.fix.endswith(".")
    return str(caught.value)


CONV = {"filters": 4, "kernel_size": [3, 3], "padding": "same"}
DENSE = {"units": 3, "activation": "linear"}
LSTM = {"units": 3, "activation": "tanh", "recurrent_activation": "sigmoid"}
RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
NORM = {"axis": [3]}
CELL = {"class_name": "LSTMCell", "config": {**LSTM, "name": "cell"}}


def wrapped(class_name, config):
    return {"layer": {"class_name": class_name, "config": config}}


RULES = {
    # what is wrong: (shape, class, right configuration, key, wrong value)
    "relu slope": (PICTURE, "ReLU", RELU, "negative_slope", 0.1),
    "relu threshold": (PICTURE, "ReLU", RELU, "threshold", 0.5),
    "elu alpha": (PICTURE, "ELU", {"alpha": 1.0}, "alpha", 0.5),
    "softmax axis": (PICTURE, "Softmax", {"axis": -1}, "axis", 1),
    "prelu axes": (PICTURE, "PReLU", {"shared_axes": [1, 2]}, "shared_axes", [-1]),
    "activation": (PICTURE, "Activation", {"activation": "relu"}, "activation", "exponential"),
    "activation number": (PICTURE, "Activation", {"activation": "relu"}, "activation", 3),
    "activation in dense": (FLAT, "Dense", DENSE, "activation", "silu"),
    "activation object": (
        *(FLAT, "Dense", DENSE, "activation"),
        {"class_name": "ReLU", "config": {**RELU, "threshold": 0.5}},
    ),
    "activation of its own": (
        *(FLAT, "Dense", DENSE, "activation"),
        {"class_name": "function", "config": "relu"},
    ),
    "gate": (LINE, "LSTM", LSTM, "recurrent_activation", "leaky_relu"),
    "groups": (PICTURE, "Conv2D", CONV, "groups", 2),
    "padding": (PICTURE, "Conv2D", CONV, "padding", "SAME"),
    "causal": (LINE, "Conv1D", {"filters": 2, "kernel_size": 3}, "padding", "causal"),
    "channels first": (LINE, "Conv1D", {"filters": 2, "kernel_size": 3}, "data_format", "channels_first"),
    "transposed dilation": (PICTURE, "Conv2DTranspose", CONV, "dilation_rate", [2, 2]),
    "output padding": (PICTURE, "Conv2DTranspose", {**CONV, "strides": [2, 2]}, "output_padding", [0, 0]),
    "depthwise dilation": (PICTURE, "DepthwiseConv2D", {"kernel_size": [3, 3]}, "dilation_rate", [2, 1]),
    "separable kernel": (PICTURE, "SeparableConv2D", CONV, "kernel_initializer", {"class_name": "Zeros"}),
    "separable first": (
        *(PICTURE, "SeparableConv2D", {"filters": 2, "kernel_size": 1}),
        *("data_format", "channels_first"),
    ),
    "bilinear": (PICTURE, "UpSampling2D", {"size": [2, 2]}, "interpolation", "bilinear"),
    "bicubic": (PICTURE, "UpSampling2D", {"size": [2, 2]}, "interpolation", "bicubic"),
    "one size": (PICTURE, "UpSampling2D", {"size": [2, 2]}, "size", 2),
    "crop format": (
        PICTURE,
        "Cropping2D",
        {"cropping": 1, "data_format": "channels_last"},
        "data_format",
        None,
    ),
    "pooling format": (LINE, "MaxPooling1D", {"pool_size": [2]}, "data_format", "channels_first"),
    "keepdims": (PICTURE, "GlobalAveragePooling2D", {}, "keepdims", True),
    "global format": (LINE, "GlobalMaxPooling1D", {}, "data_format", "channels_first"),
    "listed negative axis": (PICTURE, "BatchNormalization", NORM, "axis", [-1]),
    "renorm": (PICTURE, "BatchNormalization", NORM, "renorm", True),
    "time major": ((3, 3, 4), "LSTM", LSTM, "time_major", True),
    "reset after": (LINE, "GRU", LSTM, "reset_after", True),
    "rnn activation": (LINE, "SimpleRNN", {"units": 3, "activation": "linear"}, "activation", None),
    "constants": (LINE, "LSTM", LSTM, "num_constants", 1),
    "cell": (
        LINE,
        "RNN",
        {"cell": CELL},
        "cell",
        {**CELL, "config": {**CELL["config"], "activation": "silu"}},
    ),
    "inside": (
        *(LINE, "TimeDistributed", wrapped("Dense", DENSE), "layer"),
        wrapped("Dense", {**DENSE, "activation": "silu"})["layer"],
    ),
    "wrapped cell": (
        LINE,
        "Bidirectional",
        wrapped("LSTM", LSTM),
        "layer",
        wrapped("RNN", {"cell": CELL})["layer"],
    ),
    "backward": (
        *(LINE, "Bidirectional", wrapped("LSTM", LSTM), "backward_layer"),
        wrapped("LSTM", {**LSTM, "go_backwards": True, "activation": "relu"})["layer"],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_value_is_refused_and_its_neighbour_passes(rule: str) -> None:
    shape, class_name, config, key, wrong = RULES[rule]

    assert not verdict(of(shape, (class_name, config)))
    message = refusal(of(shape, (class_name, {**config, key: wrong})))

    assert "'layer_0'" in message
    assert key in message


SHAPES = {
    "normalize 5 dimensions": ((None, 2, 3, 4, 5), ("LayerNormalization", {"axis": [4]})),
    "flatten flat": (FLAT, ("Flatten", {})),
    "flatten unknown": ((None, None, 4), ("Flatten", {})),
    "convolve 5 dimensions": ((None, 3, 8, 6, 4), ("Conv2D", CONV)),
    "merge one": (PICTURE, ("Add", {})),
    "resize": (PICTURE, ("Resizing", {"height": 4, "width": 4})),
    "crop the center": (PICTURE, ("CenterCrop", {"height": 4, "width": 4})),
    "encode": (FLAT, ("CategoryEncoding", {"num_tokens": 4})),
    "random width": (PICTURE, ("RandomWidth", {"factor": 0.2})),
}


@pytest.mark.parametrize("rule", SHAPES)
def test_a_shape_is_refused(rule: str) -> None:
    assert "'layer_0'" in refusal(of(SHAPES[rule][0], SHAPES[rule][1]))


def test_the_axis_of_a_normalization_keeps_its_code() -> None:
    refusal(of(PICTURE, ("BatchNormalization", {"axis": [1]})), "batch-norm-axis")


def test_a_key_that_no_keras_writes_is_refused_by_name() -> None:
    message = refusal(of(PICTURE, ("LeakyReLU", {"alpha": 0.1, "negative_slope": 0.1})), "layer-key")

    assert "'negative_slope'" in message
    assert "LeakyReLU" in message


def test_a_key_deep_inside_is_refused_with_its_path() -> None:
    inner = wrapped("Dense", {**DENSE, "lora_rank": 3})

    assert "layer.config.lora_rank" in refusal(of(LINE, ("TimeDistributed", inner)), "layer-key")


def test_a_key_that_is_missing_where_tensorflow_js_assumes_otherwise_is_refused() -> None:
    assert "no axis" in refusal(of(PICTURE, ("Softmax", {})))
    assert "recurrent_activation" in refusal(of(LINE, ("LSTM", {"units": 3})))


@pytest.mark.parametrize("class_name", sorted(TFJS_LAYERS))
def test_every_class_that_tensorflow_js_registers_has_an_entry(class_name: str) -> None:
    entry = ENTRIES[class_name]

    assert entry.refused or {"name", "trainable", "dtype"} <= set(entry.keys)
    assert all(value.instead.strip(".") == value.instead for value in entry.keys.values())


def test_no_class_has_an_entry_that_tensorflow_js_lacks() -> None:
    assert set(ENTRIES) == set(TFJS_LAYERS)


def test_a_layer_of_the_users_own_is_passed_by() -> None:
    assert not verdict(of(PICTURE, ("PixelShuffle", {"scale": 2, "anything": {"at": "all"}})))


@pytest.mark.parametrize(
    ("dtype", "passes"), [("float32", True), ("int32", True), ("int64", False), ("uint8", False), ({}, False)]
)
def test_the_type_of_an_input(dtype: object, passes: bool) -> None:
    model = of(FLAT, ("ReLU", RELU))
    first = replace(model.layers[0], config={**model.layers[0].config, "dtype": dtype})
    model = replace(model, layers=(first, *model.layers[1:]))

    assert not verdict(model) if passes else "dtype" in refusal(model)


@pytest.mark.parametrize("name", ["a b", "_a", "a>b", "ä", "", "a\n"])
def test_a_name_that_tensorflow_js_does_not_take(name: str) -> None:
    assert "name" in refusal(of(FLAT, ("ReLU", {**RELU, "name": name})))


@pytest.mark.parametrize(
    ("class_name", "config", "shape", "backends"),
    [
        ("MaxPooling3D", {"pool_size": [2, 2, 2]}, (None, 4, 4, 4, 2), ("wasm",)),
        ("Conv3DTranspose", {"filters": 2, "kernel_size": [2, 2, 2]}, (None, 4, 4, 4, 2), ("wasm",)),
        ("PReLU", {"shared_axes": [2]}, PICTURE, ("wasm",)),
    ],
)
def test_what_is_wrong_at_times_is_a_doubt(class_name, config, shape, backends) -> None:
    (doubt,) = verdict(of(shape, (class_name, config)))

    assert doubt.backends == backends
    assert doubt.record() == {
        "where": "layer 'layer_0'", "why": doubt.why, "fix": doubt.fix, "backends": list(doubt.backends)
    }  # fmt: skip


def weighted(config, array):
    model = of(FLAT, ("Dense", {**DENSE, "use_bias": False, **config}))
    weight = Weight.of("layer_0/kernel", np.asarray(array, "float32"))
    return replace(model, layers=(model.layers[0], replace(model.layers[1], weights=(weight,))))


def of_norm(length):
    return np.full((6, 3), length / 6**0.5)


CONSTRAINTS = {
    "NonNeg": ({}, np.ones((6, 3)), -np.ones((6, 3))),
    "MaxNorm": ({"max_value": 2, "axis": 0}, of_norm(1.9), of_norm(2.1)),
    "UnitNorm": ({"axis": 0}, of_norm(1), of_norm(2)),
    "MinMaxNorm": ({"min_value": 0.5, "max_value": 1, "rate": 1, "axis": 0}, of_norm(0.7), of_norm(0.3)),
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_is_refused_where_it_would_change_the_weights(name: str) -> None:
    config, kept, changed = CONSTRAINTS[name]
    constraint = {"kernel_constraint": {"class_name": name, "config": config}}

    assert not verdict(weighted(constraint, kept))
    assert "kernel_constraint" in refusal(weighted(constraint, changed))


def test_a_constraint_initializer_or_regularizer_that_tensorflow_js_lacks() -> None:
    for key, name in (
        ("kernel_constraint", "RadialConstraint"),
        ("kernel_initializer", "LecunNormal"),
        ("bias_regularizer", "L2"),
        ("activity_regularizer", "L1L2"),
    ):
        model = weighted({key: {"class_name": name, "config": {}}}, np.zeros((6, 3)))
        assert key in refusal(model)
        assert not verdict(pipeline.run(model).model)


def test_a_weight_under_a_name_that_tensorflow_js_does_not_look_for() -> None:
    model = weighted({}, np.zeros((6, 3)))
    dense = model.layers[1]
    odd = replace(dense, weights=(Weight.of("layer_0/a/b/kernel", np.zeros((6, 3))),))

    assert "layer_0/a/b/kernel" in refusal(replace(model, layers=(model.layers[0], odd)))


def test_layers_that_wait_for_each_other_are_refused_rather_than_waited_for() -> None:
    model = of(FLAT, ("ReLU", RELU))
    late = replace(model.layers[1], calls=(Call((TensorRef("input", 1, 0),)),))
    broken = replace(model, layers=(model.layers[0], late))

    with pytest.raises(ConverterError):
        verdict(broken)


def test_models_in_models_that_multiply_end_in_an_error() -> None:
    model = of(FLAT, ("ReLU", RELU))
    for _ in range(20):
        calls = (Call((TensorRef("input", 0, 0),)), Call((TensorRef("inner", 1, 0),)))
        layers = (of(FLAT).layers[0], Layer("inner", "Model", {}, calls, model=model))
        refs = (TensorRef("input", 0, 0),), (TensorRef("inner", 2, 0),)
        model = Model("model", "Model", "functional", layers, *refs)

    with pytest.raises(ConverterError) as caught:
        verdict(model)
    assert caught.value.code == "graph-too-large"


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_the_golden_models_pass(name: str) -> None:
    doubts = verdict(pipeline.run(converter.load(GOLDEN / f"{name}.h5")).model)

    assert [doubt.backends for doubt in doubts] in ([], [("wasm",)], [("wasm",)] * 2)


def test_the_models_of_keras_1_pass(tmp_path: Path) -> None:
    with zipfile.ZipFile(GOLDEN / "keras1" / "models.zip") as file:
        file.extractall(tmp_path)

    for path in sorted(tmp_path.glob("*.h5")):
        doubts = verdict(pipeline.run(converter.load(path)).model)
        assert all(doubt.backends == ("wasm",) for doubt in doubts)


ODD = (None, {}, [], "", "x", -1, 10**400, 1.5, True, [[]], [None], [{}], {"class_name": []}, {"config": 3})


@pytest.mark.parametrize("class_name", sorted(TFJS_LAYERS))
def test_odd_values_are_refused_with_an_error_of_ours_or_pass(class_name: str) -> None:
    for key in ("name", *ENTRIES[class_name].keys):
        for value in ODD:
            for shape in (None, (None, 3), (None, 4, 5, 2), (None, None, None, 1, 1)):
                site = Site("layer", class_name, {**DEFAULTS, key: value}, (shape,))
                with contextlib.suppress(UnsupportedError):
                    list(check_site(site))
                with contextlib.suppress(UnsupportedError):
                    check_training(site, ())


DEFAULTS = {"activation": "relu", "recurrent_activation": "relu", "axis": -1}
