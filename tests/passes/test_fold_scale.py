"""A scale folds into the weights before it where that changes nothing but rounding, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes import pipeline
from converter.passes.fold_scale import FoldScale
from converter.passes.linear import scaled
from converter.passes.rescaling import ScaleToRescaling
from converter.passes.scaling import Scaling

CONV = {"filters": 4, "kernel_size": [1, 1], "activation": "linear", "use_bias": True}
ARRAYS = {
    "kernel": np.arange(1, 13, dtype=np.float32).reshape(1, 1, 3, 4),
    "bias": np.float32([1, 2, 3, 4]),
}


def conv(name: str = "conv", **config: object) -> Layer:
    weights = tuple(Weight.of(f"{name}/{key}", array) for key, array in ARRAYS.items())
    return Layer(name, "Conv2D", {"name": name, **CONV, **config}, weights=weights)


def beta(name: str = "beta", value: object = 0.5, **config: object) -> Layer:
    return Layer(name, "MultiplyBeta", {"name": name, "dtype": "float32", "beta": value, **config})


def graph(*layers: tuple[Layer, list[list[str]]], outputs: tuple[str, ...] = ("last",)) -> Model:
    """A functional model of layers, each with the names of what its calls are given."""

    def refs(names: list[str]) -> tuple[TensorRef, ...]:
        return tuple(TensorRef(name.rstrip("'"), name.count("'"), 0) for name in names)

    first = Layer("x", "InputLayer", {"name": "x", "batch_input_shape": [None, 5, 5, 3]})
    called = [replace(layer, calls=tuple(Call(refs(call)) for call in calls)) for layer, calls in layers]
    return Model("m", "Model", "functional", (first, *called), refs(["x"]), refs(list(outputs)))


def last() -> Layer:
    return Layer("last", "Activation", {"name": "last", "activation": "tanh"})


def names(model: Model) -> list[str]:
    return [layer.name for layer in model.walk()]


def test_the_scale_goes_into_kernel_and_bias() -> None:
    model = graph((conv(), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]]))
    result = FoldScale()(model)
    assert names(result.model) == ["x", "conv", "last"]
    assert result.model.layers[2].calls[0].inputs == (TensorRef("conv", 0, 0),)
    for weight, array in zip(result.model.weights(), ARRAYS.values(), strict=True):
        assert np.array_equal(weight.array(), array * np.float32(0.5))
    [change] = result.changes
    assert change.where == ("beta",)
    assert "not to the bit" in change.why


@pytest.mark.parametrize(
    "model",
    [
        graph((conv(activation="tanh"), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]])),
        graph((conv(activation="relu"), [["x"]]), (beta(value=-1.0), [["conv"]]), (last(), [["beta"]])),
        graph((conv(kernel_constraint={}), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]])),
        graph((conv(dtype="float16"), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"], ["x"]]), (beta(), [["conv'"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(), [["conv"], ["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(), [["conv"], ["last"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(), [["conv"]]), (Layer("last", "Add", {}), [["beta", "conv"]])),
        graph((conv(), [["x"]]), (beta(), [["conv"]]), outputs=("beta",)),
        graph((conv(), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]]), outputs=("last", "conv")),
        graph((conv(), [["x"]]), (beta(), [["last"]]), (last(), [["conv"]]), outputs=("beta",)),
        graph((conv(), [["x"]]), (beta(value=0.0), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(value=1e-30), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(value=10**400), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(value=float("nan")), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(value="0.2"), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(value=[1.0, 2.0]), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (beta(learnt=True), [["conv"]]), (last(), [["beta"]])),
        graph((conv(), [["x"]]), (replace(beta(), weights=conv().weights), [["conv"]]), (last(), [["beta"]])),
        Model("m", "Sequential", "sequential", (conv(), beta())),
        Model("m", "Sequential", "sequential", (beta(), conv())),
    ],
    ids=[
        *("tanh", "negative-relu", "constraint", "float16", "shared-conv", "scale-called-twice"),
        *("scale-called-elsewhere", "second-consumer", "output-itself", "conv-is-output", "not-adjacent"),
        *("zero", "tiny", "huge", "nan", "text", "too-few-factors", "other-options", "weights"),
        *("sequential-output", "scale-first"),
    ],
)
def test_left_alone(model: Model) -> None:
    result = FoldScale()(model)
    assert result.changes == ()
    assert result.model is model


def test_an_offset_needs_a_bias_and_no_activation() -> None:
    def fold(offset: float, **config: object) -> Layer | None:
        layer = conv(**config)
        return scaled(
            layer if config.get("use_bias", True) else replace(layer, weights=layer.weights[:1]),
            Scaling((2.0,), (offset,)),
        )

    assert fold(1.0) is not None
    assert fold(0.0, use_bias=False) is not None
    assert fold(0.0, activation="relu") is not None
    assert fold(1.0, use_bias=False) is None
    assert fold(1.0, activation="relu") is None


def test_several_factors_belong_to_the_last_axis() -> None:
    factors = Scaling((1.0, 2.0, 3.0, 4.0))
    assert scaled(conv(data_format="channels_last"), factors) is not None
    assert scaled(conv(data_format="channels_first"), factors) is None


def test_a_tensor_named_in_an_argument_counts_as_use() -> None:
    model = graph((conv(), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]]))
    for name in ("conv", "beta"):
        call = replace(model.layers[3].calls[0], kwargs={"mask": [name, 0, 0]})
        using = replace(model, layers=(*model.layers[:3], replace(model.layers[3], calls=(call,))))
        assert FoldScale()(using).changes == ()


def test_a_scale_at_the_end_folds_in_a_nested_model_only() -> None:
    block = Model("block", "Sequential", "sequential", (conv(), beta()))
    nested = Layer("block", "Sequential", {}, model=block)
    inside = Model("m", "Sequential", "sequential", (nested, last()))
    assert names(FoldScale()(inside).model) == ["block", "conv", "last"]
    # TensorFlow.js may name the output after the innermost layer then.
    assert FoldScale()(Model("m", "Sequential", "sequential", (nested,))).changes == ()


shapes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))


@given(
    kind=st.sampled_from(["Conv2D", "Conv2DTranspose", "DepthwiseConv2D"]),
    shape=shapes,
    seed=st.integers(0, 99),
    cuts=st.lists(st.integers(0, 200), max_size=4),
    single=st.booleans(),
)
def test_any_part_of_a_kernel_is_scaled_alike(
    kind: str, shape: tuple[int, ...], seed: int, cuts: list[int], single: bool
) -> None:
    random = np.random.default_rng(seed)
    kernel = random.normal(size=shape).astype(np.float32)
    channels = {"Conv2D": shape[3], "Conv2DTranspose": shape[2], "DepthwiseConv2D": shape[2] * shape[3]}[kind]
    factors = random.uniform(0.1, 3, 1 if single else channels)
    config = {"filters": channels, "kernel_size": shape[:2], "depth_multiplier": shape[3], "use_bias": False}
    layer = scaled(Layer("l", kind, config, weights=(Weight.of("l/k", kernel),)), Scaling(tuple(factors)))
    assert layer is not None
    [weight] = layer.weights
    wide = np.broadcast_to(factors, channels).astype(np.float32).astype(np.float64)
    exact = (
        kernel
        * {
            "Conv2D": wide,
            "Conv2DTranspose": wide[:, None],
            "DepthwiseConv2D": wide.reshape(shape[2:] if kind == "DepthwiseConv2D" else -1),
        }[kind]
    )
    edges = sorted({0, weight.size, *(cut % (weight.size + 1) for cut in cuts)})
    read = np.concatenate([weight.load(*edge) for edge in pairwise(edges)])
    assert read.dtype == np.float32
    assert np.array_equal(read, exact.astype(np.float32).reshape(-1))


def test_scales_become_rescaling_even_in_wrappers() -> None:
    wrapped = {"class_name": "Custom>MultiplyBeta", "config": {"name": "b", "beta": 0.2}}
    model = Model(
        "m",
        "Sequential",
        "sequential",
        (
            conv(),
            Layer("scale", "Scale", {"name": "scale", "trainable": False, "scale": [1, 2, 3, 4]}),
            Layer("each", "TimeDistributed", {"name": "each", "layer": wrapped}),
            replace(beta("weighted"), weights=conv().weights),
        ),
    )
    result = ScaleToRescaling()(model)
    rewritten = {layer.name: layer for layer in result.model.layers}
    assert rewritten["scale"].class_name == "Rescaling"
    assert rewritten["scale"].config == {
        "name": "scale",
        "trainable": False,
        "scale": [1, 2, 3, 4],
        "offset": 0.0,
    }
    assert rewritten["each"].config["layer"] == {
        "class_name": "Rescaling",
        "config": {"name": "b", "scale": 0.2, "offset": 0.0},
    }
    assert rewritten["weighted"].class_name == "MultiplyBeta"
    assert {change.where for change in result.changes} == {("scale",), ("each",)}


def test_nothing_folds_unless_asked() -> None:
    model = graph((conv(), [["x"]]), (beta(), [["conv"]]), (last(), [["beta"]]))
    assert pipeline.run(model).changes == ()
    assert [layer.class_name for layer in pipeline.run(model, custom_layers=False).model.layers[1:3]] == [
        "Conv2D",
        "Rescaling",
    ]
