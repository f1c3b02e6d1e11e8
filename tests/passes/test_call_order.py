"""TensorFlow.js makes the calls of shared layers in an order of its own."""

from __future__ import annotations

import random

from graphs import graph_of, in_keras, in_tfjs, random_graph
from hypothesis import given
from hypothesis import strategies as st

from converter.layers.semantics.building import check_order
from converter.model import TensorRef
from converter.passes.call_order import CallsInOrder


def at(layer: str, node: int = 0) -> TensorRef:
    return TensorRef(layer, node, 0)


CROSSED = graph_of(
    [
        ("c", [at("x")]),
        ("d", [at("c")]),
        ("c", [at("d")]),
        ("a", [at("c", 1)]),
        ("a", [at("d")]),
    ],
    [at("a", 0), at("a", 1)],
)


def test_calls_are_counted_as_they_are_made() -> None:
    assert in_tfjs(CROSSED) != in_keras(CROSSED)
    result = CallsInOrder()(CROSSED)
    assert in_tfjs(result.model) == in_keras(CROSSED)
    assert [change.where for change in result.changes] == [("a",)]
    assert result.model.outputs == (at("a", 1), at("a", 0))


@given(st.integers(0, 2**32))
def test_any_graph_is_put_together_as_keras_did(seed: int) -> None:
    model = random_graph(random.Random(seed))
    mended = CallsInOrder()(model).model
    check_order(mended)
    assert in_tfjs(mended) == in_keras(mended) == in_keras(model)
    assert CallsInOrder()(mended).model is mended
