"""TensorFlow.js frees what one layer is given twice, and gives an output once."""

from __future__ import annotations

import random

import pytest
from graphs import graph_of, in_keras, random_graph
from hypothesis import given
from hypothesis import strategies as st

from converter.errors import UnsupportedError
from converter.layers import infer
from converter.layers.semantics import check_semantics
from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import map_layers
from converter.passes.call_order import CallsInOrder
from converter.passes.copies import CopyTensors

X, A, D, E = (TensorRef(name, 0, 0) for name in "xade")


def check(model: Model) -> None:
    check_semantics(model, infer(model))


def test_a_tensor_given_twice_and_used_again() -> None:
    model = graph_of([("a", [X]), ("d", [A, A]), ("e", [D, A])], [E])
    with pytest.raises(UnsupportedError, match="freed before"):
        check(model)
    mended = CopyTensors()(model).model
    check(mended)
    assert [layer.name for layer in mended.layers] == ["x", "a", "a_copy", "d", "e"]
    assert in_keras(mended) == in_keras(model)


def test_a_tensor_given_twice_alone_stays() -> None:
    model = graph_of([("a", [X]), ("d", [A, A]), ("e", [D, X, X])], [E])
    check(model)
    assert CopyTensors()(model).model is model


def test_a_model_given_a_tensor_twice_is_run_for_each_of_its_outputs() -> None:
    i, j = (Layer(n, "InputLayer", {"name": n, "batch_input_shape": [None, 4]}) for n in "ij")
    one, two = (
        Layer(name, "Add", {"name": name}, (Call((TensorRef("i", 0, 0), TensorRef("j", 0, 0))),))
        for name in ("one", "two")
    )
    inner = Model(
        "inner",
        "Model",
        "functional",
        (i, j, one, two),
        (TensorRef("i", 0, 0), TensorRef("j", 0, 0)),
        (TensorRef("one", 0, 0), TensorRef("two", 0, 0)),
    )
    model = graph_of([("a", [X]), ("d", [A, A])], [TensorRef("d", 1, 0), TensorRef("d", 1, 1)])

    def nested(layer: Layer) -> Layer:
        return Layer("d", "Model", {"name": "d"}, layer.calls, model=inner) if layer.name == "d" else layer

    model = map_layers(model, nested)
    with pytest.raises(UnsupportedError, match="freed before"):
        check(model)
    check(CopyTensors()(model).model)


def test_an_output_that_is_named_twice() -> None:
    model = graph_of([("a", [X])], [A, X, A, X, A])
    with pytest.raises(UnsupportedError, match="two outputs"):
        check(model)
    mended = CopyTensors()(model).model
    check(mended)
    assert mended.outputs == (A, X, *(TensorRef(n, 0, 0) for n in ("a_copy", "x_copy", "a_copy_2")))


@given(st.integers(0, 2**32))
def test_any_graph_runs(seed: int) -> None:
    model = random_graph(random.Random(seed))
    mended = CallsInOrder()(CopyTensors()(model).model).model
    check(mended)
    assert in_keras(mended) == in_keras(model)
