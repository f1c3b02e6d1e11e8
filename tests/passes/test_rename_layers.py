"""Layers get names that TensorFlow.js takes, and weights names by which it tells them apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.layers import infer
from converter.layers.semantics import check_semantics
from converter.layers.semantics.names import is_name
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes.names import RenameLayers

NAMES = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), codec="utf-8"), min_size=1, max_size=8
) | st.sampled_from(["same", "same/kernel", "a b", "a_b", "constructor", "toString", "-", "__proto__"])


def start(name: str) -> Layer:
    config = {"name": name, "batch_input_shape": [None, 2], "dtype": "float32", "sparse": False}
    return Layer(name, "InputLayer", config)


def dense(name: str, inputs: TensorRef, number: float, stored: str | None = None) -> Layer:
    owner = stored or name
    weights = (
        Weight.of(f"{owner}/kernel", np.full((2, 2), number, np.float32)),
        Weight.of(f"{owner}/bias", np.full(2, number, np.float32)),
    )
    config = {"name": name, "units": 2, "activation": "linear", "use_bias": True}
    return Layer(name, "Dense", config, (Call((inputs,)),), weights)


def chain(name: str, layers: list[Layer]) -> Model:
    first, last = TensorRef(layers[0].name, 0, 0), layers[-1]
    order = tuple(weight.name for layer in layers for weight in layer.weights)
    ends = (TensorRef(last.name, int(last.model is not None), 0),)
    return Model(name, "Model", "functional", tuple(layers), (first,), ends, weight_order=order)


def nested(outer: tuple[str, str, str], inner: tuple[str, str, str]) -> Model:
    """A model of a dense layer and a model of another."""
    model = chain(inner[0], [start(inner[1]), dense(inner[2], TensorRef(inner[1], 0, 0), 2)])
    first = dense(outer[1], TensorRef(outer[0], 0, 0), 1)
    held = Layer(outer[2], "Model", {"name": inner[0]}, (Call((TensorRef(outer[1], 0, 0),)),), model=model)
    return chain("whole", [start(outer[0]), first, held])


def renamed(model: Model) -> Model:
    return RenameLayers()(model).model


def check(model: Model) -> None:
    check_semantics(model, infer(model))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("my layer", "my_layer"),
        ("block|dense", "block_dense"),
        ("_dense", "dense"),
        ("schicht_äöü_層", "schicht_aou"),
        ("dense*(1)", "dense_1"),
        ("層", "dense"),
        ("constructor", "whole_constructor"),
        ("a.b-c/d", "a.b-c/d"),
    ],
)
def test_names(name: str, wanted: str) -> None:
    model = renamed(chain("whole", [start("x"), dense(name, TensorRef("x", 0, 0), 1)]))
    check(model)
    layer = model.layers[1]
    assert (layer.name, layer.config["name"], model.outputs) == (wanted, wanted, (TensorRef(wanted, 0, 0),))
    assert [weight.name for weight in model.weights()] == [f"{wanted}/kernel", f"{wanted}/bias"]


def test_changes_say_the_old_name_and_the_new_one() -> None:
    model = chain("whole", [start("ein Bild"), dense("d", TensorRef("ein Bild", 0, 0), 1)])
    (change,) = RenameLayers()(model).changes
    assert (change.what, change.where) == ("ein Bild → ein_Bild", ("ein_Bild",))


def test_names_that_come_twice_in_nested_models() -> None:
    model = renamed(nested(("x", "same", "part"), ("inner", "x", "same")))
    check(model)
    names = [weight.name for weight in model.weights()]
    assert names == ["same/kernel", "same/bias", "inner_same/kernel", "inner_same/bias"]
    assert [float(weight.array().max()) for weight in model.weights()] == [1, 1, 2, 2]


def test_weights_that_are_named_after_what_their_layer_was_called_before() -> None:
    model = chain("whole", [start("x"), dense("new", TensorRef("x", 0, 0), 1, stored="old")])
    check(renamed(model))
    assert renamed(model).weight_order == ("new/kernel", "new/bias")


def test_what_needs_no_other_name_is_the_very_same() -> None:
    model = nested(("x", "one", "part"), ("inner", "y", "two"))
    assert renamed(model) is model


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_any_names(outer: tuple[str, str, str], inner: tuple[str, str, str]) -> None:
    if len(set(outer)) < 3 or inner[1] == inner[2]:
        return
    model = renamed(nested(outer, inner))
    check(model)
    assert all(is_name(layer.name) for layer in model.walk())
    for number, layer in enumerate((each for each in model.walk() if each.weights), 1):
        assert [weight.name for weight in layer.weights] == [f"{layer.name}/kernel", f"{layer.name}/bias"]
        assert {float(weight.array().max()) for weight in layer.weights} == {number}
