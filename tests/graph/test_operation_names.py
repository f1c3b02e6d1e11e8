"""How nodes of a graph are told by the layers that they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.errors import SourceError, UnsupportedError
from converter.sources.saved_model.operations import Found, layer_of, refusal

LAYERS = {"model", "conv", "conv_1", "sort"}


@pytest.mark.parametrize(
    ("node", "layer"),
    [
        ("StatefulPartitionedCall/model_1/conv_1/Conv2D", "conv_1"),
        ("StatefulPartitionedCall/model/conv_2/Conv2D", "conv"),
        ("PartitionedCall/model/conv/inner/Conv2D", "conv"),
        ("StatefulPartitionedCall_1/PartitionedCall/model/Svd", "model"),
        ("sort_3", "sort"),
        ("elsewhere/Svd", "elsewhere"),
        ("Svd", "Svd"),
    ],
)
def test_the_innermost_layer(node: str, layer: str) -> None:
    assert layer_of(node, LAYERS) == layer


def test_scopes_where_no_layers_are_known() -> None:
    assert layer_of("StatefulPartitionedCall/functional_1/conv_1/Conv2D") == "functional_1/conv_1"


@given(st.text(alphabet="ab_/1^:", min_size=1, max_size=20))
def test_any_name_has_an_answer(node: str) -> None:
    assert layer_of(node, LAYERS)


def test_what_reaches_out_comes_first() -> None:
    error = refusal([Found("Svd", "a/Svd"), Found("WriteFile", "b/WriteFile")])
    assert isinstance(error, SourceError)
    assert error.where == "layer b"


def test_every_lacking_operation_is_listed_with_its_layers() -> None:
    error = refusal([Found("Svd", "a/Svd"), Found("Svd", "b/Svd"), Found("Qr", "c/Qr")])
    assert isinstance(error, UnsupportedError)
    assert error.where == "layer a, b"
    assert "Qr in c" in error.why
