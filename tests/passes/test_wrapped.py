"""Models inside wrappers are taken out where something in them must be mended, and stay where it need not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from converter.artifact.topology import print_topology
from converter.layers import check_supported, infer
from converter.layers.semantics import check_semantics
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes import pipeline
from converter.passes.lowering import LOWERINGS, Lower
from converter.passes.wrapped import OpenWrappers

X = TensorRef("x", 0, 0)


def spec(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name, **config}}


def dense(name: str) -> dict[str, Any]:
    return spec("Dense", name, units=2, activation="linear", use_bias=True)


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return spec("Sequential", "inner", layers=list(layers))


def wrapped(held: dict[str, Any], *, depth: int = 1) -> dict[str, Any]:
    for _ in range(depth):
        held = spec("TimeDistributed", "each", layer=held)
    return held


def model_of(held: dict[str, Any], calls: int = 1, weights: int = 1) -> Model:
    """A model that calls one wrapper on two steps of two numbers, again and again."""
    shape = [None, *(2,) * held["config"].pop("rank", 2)]
    start = Layer("x", "InputLayer", {"name": "x", "batch_input_shape": shape, "dtype": "float32"})
    refs = [X, *(TensorRef("each", number, 0) for number in range(calls))]
    arrays = [
        Weight.of(name, np.full(size, number, np.float32))
        for number in range(weights)
        for name, size in ((f"d{number}/kernel", (2, 2)), (f"d{number}/bias", (2,)))
    ]
    layer = Layer(
        "each", "TimeDistributed", held["config"], tuple(Call((ref,)) for ref in refs[:-1]), tuple(arrays)
    )
    order = tuple(weight.name for weight in arrays)
    return Model("m", "Model", "functional", (start, layer), (X,), (refs[-1],), weight_order=order)


def opened(model: Model) -> Model:
    return OpenWrappers(Lower(LOWERINGS))(model).model


RIGHT = sequential(dense("d0"), spec("Activation", "a", activation="relu"))
WRONG = sequential(dense("d0"), spec("UnitNormalization", "n", axis=-1))


def test_what_is_right_stays() -> None:
    model = model_of(wrapped(RIGHT))
    assert opened(model) is model


@pytest.mark.parametrize("calls", [1, 2])
def test_what_must_be_mended_is_taken_out(calls: int) -> None:
    model = opened(model_of(wrapped(WRONG), calls))
    assert [(layer.name, layer.class_name) for layer in model.layers] == [
        ("x", "InputLayer"),
        ("each_steps", "KerasSteps"),
        ("inner", "Model"),
        ("each", "KerasSteps"),
    ]
    assert [len(layer.calls) for layer in model.layers[1:]] == [calls] * 3
    assert infer(model).outputs == ((None, 2, 2),)
    assert [weight.name for weight in model.weights()] == ["d0/kernel", "d0/bias"]
    (change,) = OpenWrappers(Lower(LOWERINGS))(model_of(wrapped(WRONG))).changes
    assert (change.what, change.where) == ("TimeDistributed opened", ("each",))


def test_one_wrapper_in_another() -> None:
    held = wrapped(WRONG, depth=2)
    held["config"]["rank"] = 3
    model = opened(model_of(held))
    classes = [layer.class_name for layer in model.layers]
    assert classes == ["InputLayer", *["KerasSteps"] * 2, "Model", *["KerasSteps"] * 2]
    assert infer(model).outputs == ((None, 2, 2, 2),)


def test_weights_go_to_the_layers_in_the_order_of_the_file() -> None:
    inner = sequential(dense("d1"), dense("d0"), spec("UnitNormalization", "n", axis=-1))
    model = opened(model_of(wrapped(inner), weights=2))
    found = {weight.name: float(weight.array().max()) for weight in model.weights()}
    assert found == {"d1/kernel": 0, "d1/bias": 0, "d0/kernel": 1, "d0/bias": 1}


def test_weights_that_another_layer_has_as_well() -> None:
    model = model_of(wrapped(RIGHT))
    config = {"name": "d0", "units": 2, "activation": "linear", "use_bias": True}
    other = Layer("d0", "Dense", config, (Call((TensorRef("each", 0, 0),)),), model.layers[1].weights)
    both = replace(model, layers=(*model.layers, other), outputs=(TensorRef("d0", 0, 0),))
    names = [weight.name for weight in pipeline.run(both).model.weights()]
    assert len(set(names)) == 4


def test_nothing_of_the_opened_model_is_printed_twice() -> None:
    result = pipeline.run(model_of(wrapped(WRONG))).model
    check_semantics(result, infer(result))
    inner = next(
        layer
        for layer in print_topology(result)["model_config"]["config"]["layers"]
        if layer["name"] == "inner"
    )
    assert "UnitNormalization" not in str(inner)
    assert inner["config"]["name"] == "inner"


@pytest.mark.parametrize("depth", [1, 2])
def test_without_custom_layers_it_is_put_back(depth: int) -> None:
    held = wrapped(WRONG, depth=depth)
    held["config"]["rank"] = 1 + depth
    result = pipeline.run(model_of(held, calls=2), custom_layers=False).model
    check_supported(result)
    check_semantics(result, infer(result))
    assert [layer.class_name for layer in result.layers] == ["InputLayer", "TimeDistributed"]
    assert [call.inputs[0] for call in result.layers[1].calls] == [X, TensorRef("each", 0, 0)]
    assert [weight.name for weight in result.weights()] == ["d0/kernel", "d0/bias"]


def test_without_custom_layers_a_layer_that_becomes_several_becomes_a_model() -> None:
    held = wrapped(spec("UnitNormalization", "n", axis=-1))
    result = pipeline.run(model_of(held, weights=0), custom_layers=False).model
    check_supported(result)
    check_semantics(result, infer(result))
    assert result.layers[1].config["layer"]["class_name"] == "Model"
