"""Values typed on a command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.errors import UsageError
from converter.literals import parse_arguments, parse_value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    assert parse_value(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["shuffle", "", "a b", "{", "[" * 10_000])
def test_other_text_is_itself(text: str) -> None:
    assert parse_value(text) == text


def test_dots_lead_into_objects() -> None:
    pairs = ["arch_params.C=3", "arch_params.x=2", 'more={"a": 1}', "more.b=2", "upscaling=ups", "url=a=b"]
    assert parse_arguments(pairs) == {
        "arch_params": {"C": 3, "x": 2},
        "more": {"a": 1, "b": 2},
        "upscaling": "ups",
        "url": "a=b",
    }


@pytest.mark.parametrize("pairs", [["a"], ["=1"], ["a.=1"], [".a=1"], ["a=1", "a=2"], ["a=1", "a.b=2"]])
def test_what_is_no_argument_is_refused(pairs: list[str]) -> None:
    with pytest.raises(UsageError, match="--model-arg"):
        parse_arguments(pairs)
