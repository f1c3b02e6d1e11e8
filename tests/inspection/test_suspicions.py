"""What is odd about models, each oddity made on purpose."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from converter.errors import UnsupportedError
from converter.inspection import masking
from converter.inspection.contents import contents
from converter.inspection.suspicions import suspicions
from converter.layers import infer
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.quantization.affine import DTYPES, encode


def layer(name: str, class_name: str, *inputs: str, weights: Any = None, **config: Any) -> Layer:
    stored = tuple(Weight.of(f"{name}/{key}", np.asarray(value)) for key, value in (weights or {}).items())
    calls = (Call(tuple(TensorRef(each, 0, 0) for each in inputs)),) if inputs else ()
    return Layer(name, class_name, {"name": name, **config}, calls, stored)


def entry(*shape: int | None, name: str = "x") -> Layer:
    return layer(name, "InputLayer", batch_input_shape=[None, *shape])


def dense(name: str, source: str, kernel: Any, **config: Any) -> Layer:
    kernel = np.asarray(kernel, np.float32)
    return layer(
        name, "Dense", source, weights={"kernel": kernel}, units=kernel.shape[1], use_bias=False, **config
    )


def look(*layers: Layer, outputs: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """What is odd, and where."""
    inputs = tuple(TensorRef(each.name, 0, 0) for each in layers if each.class_name == "InputLayer")
    made = tuple(TensorRef(name, 0, 0) for name in outputs or (layers[-1].name,))
    model = Model("m", "Functional", "functional", layers, inputs, made)
    inferred = infer(model)
    found = suspicions(model, inferred, contents(model.weights()), masking.masks(model, inferred))
    return {each.what: each.where for each in found}


SOUND = np.linspace(-1, 1, 12).reshape(4, 3)


def test_a_sound_model_is_not_suspicious() -> None:
    assert look(entry(4), dense("d", "x", SOUND)) == {}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers(value: float) -> None:
    assert look(entry(4), dense("d", "x", np.where(SOUND == 1, value, SOUND))) == {
        "not-finite": ("d/kernel",)
    }


def test_what_holds_nan_cannot_be_quantized() -> None:
    weight = Weight.of("d/kernel", np.where(SOUND == 1, np.nan, SOUND).astype(np.float32))
    model = Model("m", "Sequential", "sequential", (dense("d", "x", weight.array()),))
    (found,) = suspicions(model, infer(model), contents([weight]), {})
    assert found.why.endswith("--quantize float16, uint16 and uint8 are refused")
    for dtype in DTYPES:
        refused = dtype != "none"
        assert f"{dtype}" in found.why or not refused
        with pytest.raises(UnsupportedError) if refused else nullcontext():
            list(encode(weight, dtype).chunks())


@pytest.mark.parametrize(("largest", "odd"), [(65504, False), (65519, False), (65520, True), (-1e6, True)])
def test_what_float16_cannot_hold_is_what_numpy_makes_infinite(largest: float, odd: bool) -> None:
    with np.errstate(over="ignore"):
        assert np.isinf(np.float16(largest)) == odd
    found = look(entry(4), dense("d", "x", np.where(SOUND == 1, largest, SOUND)))
    assert ("float16-overflow" in found) == odd


def test_what_vanishes_in_float16() -> None:
    assert look(entry(4), dense("d", "x", SOUND * 1e-9)) == {"float16-underflow": ("d/kernel",)}


def test_a_kernel_of_zeros() -> None:
    assert look(entry(4), dense("d", "x", SOUND * 0)) == {"zero-kernel": ("d/kernel",)}


def test_the_same_weights_twice() -> None:
    kernel = np.random.default_rng(0).normal(size=(8, 8))
    other = kernel[::-1].copy()
    found = look(entry(8), dense("a", "x", kernel), dense("b", "a", other), dense("c", "b", kernel))
    assert found == {"duplicate-weights": ("a/kernel", "c/kernel")}


def normalization(variance: Any, mean: Any = (0.0, 0.0)) -> Layer:
    weights = {"moving_mean": np.asarray(mean), "moving_variance": np.asarray(variance)}
    return layer("n", "BatchNormalization", "x", weights=weights, axis=-1, scale=False, center=False)


def test_statistics_of_normalizations() -> None:
    assert look(entry(2), normalization([1.0, 1.0])) == {"untrained-statistics": ("n",)}
    assert look(entry(2), normalization([1.0, 0.0])) == {"no-variance": ("n",)}
    assert look(entry(2), normalization([1.0, 1.0], [0.0, 0.5])) == {}


def test_constraints_that_the_weights_violate() -> None:
    most = {"class_name": "MaxNorm", "config": {"max_value": 1, "axis": 0}}
    assert look(entry(4), dense("d", "x", SOUND, kernel_constraint=most)) == {"violated-constraint": ("d",)}
    assert look(entry(4), dense("d", "x", SOUND / 2, kernel_constraint=most)) == {}


def test_branches_and_inputs_that_lead_nowhere() -> None:
    found = look(
        entry(4), entry(4, name="y"), dense("d", "x", SOUND), dense("lost", "x", SOUND + 1), outputs=("d",)
    )
    assert found == {"unused-input": ("y",), "dead-branch": ("lost",)}


def test_what_only_training_needs() -> None:
    assert look(entry(4), layer("off", "Dropout", "x", rate=0.5)) == {"training-only": ("off",)}


def test_masks_that_are_lost() -> None:
    found = look(
        entry(5, 3),
        layer("mask", "Masking", "x", mask_value=0.0),
        layer("act", "Activation", "mask", activation="tanh"),
        layer("flat", "Flatten", "act"),
    )
    assert found == {"mask-ignored": ("flat",)}
