"""A pixel shuffle as a transposed convolution moves the very same values."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.artifact.writer import write_model
from converter.model import Call, Layer, Model, TensorRef
from converter.parity.runtimes import NodeRunner
from converter.passes import pipeline
from converter.passes.pixel_shuffle import MOST_CHANNELS, PixelShuffleToConvolution
from converter.quantization.affine import DTYPES, Dtype, encode


def shuffle(name: str = "shuffle", class_name: str = "PixelShuffle", **config: object) -> Layer:
    return Layer(name, class_name, {"name": name, **config})


def chain(channels: int | None, *layers: Layer, name: str = "m") -> Model:
    """A functional model that calls layers one after the other."""
    shape = [None, None, None, channels]
    called = [Layer("x", "InputLayer", {"name": "x", "batch_input_shape": shape})]
    for layer in layers:
        called.append(replace(layer, calls=(Call((TensorRef(called[-1].name, 0, 0),)),)))
    ends = TensorRef("x", 0, 0), TensorRef(called[-1].name, 0, 0)
    return Model(name, "Model", "functional", tuple(called), (ends[0],), (ends[1],))


def depth_to_space(x: np.ndarray, factor: int) -> np.ndarray:
    batch, height, width, channels = x.shape
    parts = x.reshape(batch, height, width, factor, factor, channels // factor**2)
    return parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height * factor, width * factor, -1)


def write(model: Model, folder: Path, dtype: Dtype = "none") -> Path:
    folder.mkdir()
    write_model(model, [encode(weight, dtype) for weight in model.weights()], folder)
    return folder


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3, 5, 16])
def test_tensorflow_js_moves_the_same_values(
    factor: int, channels: int, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    model = PixelShuffleToConvolution()(chain(channels * factor**2, shuffle(scale=factor))).model
    folder = write(model, tmp_path / "out")
    for size in ((1, 1), (5, 7), (4, 1)):
        random = np.random.default_rng(factor)
        x = random.normal(size=(2, *size, channels * factor**2)).astype(np.float32)
        [y] = tensorflow_js.run(folder, [x])
        assert np.array_equal(y, depth_to_space(x, factor))


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_quantization_moves_ones_and_zeros(
    dtype: Dtype, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    model = PixelShuffleToConvolution()(chain(12, shuffle(scale=2))).model
    x = np.random.default_rng(0).normal(size=(1, 3, 3, 12)).astype(np.float32)
    [y] = tensorflow_js.run(write(model, tmp_path / "out", dtype), [x])
    assert np.array_equal(y, depth_to_space(x, 2))


@given(factor=st.integers(1, 4), channels=st.integers(1, 6), cuts=st.lists(st.integers(0, 10**4), max_size=4))
def test_the_kernel_holds_a_one_where_depth_to_space_reads(
    factor: int, channels: int, cuts: list[int]
) -> None:
    model = PixelShuffleToConvolution()(chain(channels * factor**2, shuffle(scale=factor))).model
    [kernel] = model.weights()
    edges = sorted({0, kernel.size, *(cut % (kernel.size + 1) for cut in cuts)})
    flat = np.concatenate([kernel.load(*edge) for edge in pairwise(edges)])
    # A picture of one pixel for each channel, which holds a one there, says where that channel goes.
    pixels = np.eye(channels * factor**2, dtype=np.float32)[:, None, None]
    assert np.array_equal(np.moveaxis(flat.reshape(kernel.shape), -1, 0), depth_to_space(pixels, factor))


@pytest.mark.parametrize(
    ("class_name", "config", "factor"),
    [
        ("PixelShuffle", {"scale": 2}, 2),
        ("Custom>PixelShuffle", {"scale": 2}, 2),
        ("DepthToSpace", {"block_size": 2, "data_format": "channels_last"}, 2),
        ("SubpixelConv2D", {"block_size": 4}, 4),
        ("SubpixelConv2D", {"upscale_factor": 3}, 3),
        ("PixelShuffle2x", {}, 2),
        ("PixelShuffle2x", {"scale": 4}, 4),
        ("PixelShuffle4x", {}, 4),
        ("PixelShuffle8x", {"trainable": True, "dtype": "float32"}, 8),
    ],
)
def test_classes(class_name: str, config: dict[str, object], factor: int) -> None:
    result = PixelShuffleToConvolution()(chain(factor**2, shuffle("s", class_name, **config)))
    layer = result.model.layers[1]
    assert layer.class_name == "Conv2DTranspose"
    assert layer.config["strides"] == [factor, factor]
    assert layer.weights[0].name == "s/kernel"
    assert result.changes[0].what == f"{class_name} → Conv2DTranspose"


@pytest.mark.parametrize(
    ("layer", "channels", "why"),
    [
        (shuffle(scale=2), None, "not known"),
        (shuffle(scale=2), 6, "cannot be split"),
        (shuffle(scale=2), MOST_CHANNELS + 4, "too large"),
    ],
)
def test_what_stays_is_said(layer: Layer, channels: int | None, why: str) -> None:
    model = chain(channels, layer)
    result = PixelShuffleToConvolution()(model)
    assert result.model is model
    assert result.changes == ()
    [kept] = result.kept
    assert kept.where == ("shuffle",)
    assert why in kept.why
    assert pipeline.run(model, custom_layers=False).kept == result.kept
    assert pipeline.run(model).kept == ()


@pytest.mark.parametrize(
    "layer",
    [
        shuffle(scale=2, data_format="channels_first"),
        shuffle(scale=2.5),
        shuffle(scale=0),
        shuffle(scale=10**400),
        shuffle(),
        shuffle(scale=2, kernel_size=3),
        shuffle(scale=2, size=2),
        shuffle("s", "PixelShuffle2x", padding=1),
        shuffle("s", "PixelShuffle7x"),
    ],
)
def test_another_class_of_the_same_name_is_left_alone(layer: Layer) -> None:
    result = PixelShuffleToConvolution()(chain(16, layer))
    assert result.changes == result.kept == ()


def test_channels_are_followed_through_layers_and_past_unknown_ones() -> None:
    conv = {"filters": 16, "kernel_size": [3, 3], "padding": "same"}
    model = chain(
        3,
        Layer("unknown", "ReflectionPadding", {}),
        Layer("conv", "Conv2D", conv),
        Layer("beta", "MultiplyBeta", {"beta": 0.2}),
        Layer("relu", "ReLU", {}),
        shuffle("one", scale=2),
        shuffle("two", scale=2),
        Layer("other", "Unknown", {}),
        shuffle("three", scale=2),
    )
    result = PixelShuffleToConvolution()(model)
    assert result.changes[0].where == ("one", "two")
    assert result.kept[0].where == ("three",)


def test_a_shared_one_must_always_be_given_as_many_channels() -> None:
    inner = chain(None, shuffle(scale=2), name="inner")
    twice = Layer("inner", "Model", {}, model=inner)

    def called(more: int) -> Model:
        widened = chain(16, twice, Layer("conv", "Conv2D", {"filters": more, "kernel_size": 1}))
        again = replace(widened.layers[1], calls=(*widened.layers[1].calls, Call((TensorRef("conv", 0, 0),))))
        return replace(widened, layers=(widened.layers[0], again, widened.layers[2]))

    assert PixelShuffleToConvolution()(called(16)).changes
    assert PixelShuffleToConvolution()(called(8)).kept[0].why.endswith("not known")


def test_a_taken_weight_name_is_not_taken_twice() -> None:
    inner = chain(16, shuffle(scale=2), name="inner")
    model = chain(16, Layer("inner", "Model", {}, model=inner), shuffle(scale=2))
    result = PixelShuffleToConvolution()(model)
    assert [change.where for change in (*result.changes, *result.kept)] == [("shuffle",), ("shuffle",)]
    assert len(result.model.weights()) == 1
