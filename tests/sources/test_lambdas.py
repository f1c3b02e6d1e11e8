"""Lambda layers in topologies: what is told of them, and what may stand in their place."""

from __future__ import annotations

import base64
import marshal
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.errors import UnsupportedError, UsageError
from converter.sources.guard import refuse_code
from converter.sources.lambdas import Replacement, replace_lambdas

SCALE = 2
SHUFFLE = lambda x: tf.nn.depth_to_space(x, block_size=SCALE)  # noqa: E731, F821


def layer(function: Any, **config: Any) -> dict[str, Any]:
    code = base64.b64encode(marshal.dumps(function.__code__)).decode()
    return {"class_name": "Lambda", "config": {"name": "shuffle", "function": [code, None, None], **config}}


def keras_3(function: Any) -> dict[str, Any]:
    code = base64.b64encode(marshal.dumps(function.__code__)).decode()
    held = {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}
    return {"class_name": "Lambda", "config": {"name": "shuffle", "function": held}}


@pytest.mark.parametrize("form", [layer, keras_3])
def test_the_names_in_the_bytecode_are_told(form: Any) -> None:
    with pytest.raises(UnsupportedError) as refused:
        refuse_code({"layers": [form(SHUFFLE)]})

    assert refused.value.code == "lambda"
    assert "'shuffle'" in refused.value.where
    assert all(name in refused.value.why for name in ("'tf'", "'depth_to_space'", "'block_size'"))
    assert "--lambda 'shuffle=PixelShuffle:scale=…'" in refused.value.fix


@given(st.binary(max_size=300))
def test_any_bytes_for_bytecode_are_only_looked_at(data: bytes) -> None:
    topology = layer(SHUFFLE)
    topology["config"]["function"] = [base64.b64encode(data).decode(), None, None]
    with pytest.raises(UnsupportedError):
        refuse_code(topology)


@pytest.mark.parametrize(
    "function", [None, 3, [], [None], {"config": 4}, "not base64 ∞", ["%%%"], {"config": {}}]
)
def test_any_value_for_a_function_is_refused_as_a_lambda(function: Any) -> None:
    topology = {"class_name": "Lambda", "config": {"name": "odd", "function": function}}
    with pytest.raises(UnsupportedError, match="never run"):
        refuse_code(topology)


def test_damaged_bytecode_is_still_searched() -> None:
    data = bytearray(marshal.dumps(SHUFFLE.__code__))
    generator = random.Random(4)
    for _ in range(200):
        spoilt = bytes(generator.choice((byte, generator.randrange(256))) for byte in data)
        topology = layer(SHUFFLE)
        topology["config"]["function"] = [base64.b64encode(spoilt).decode(), None, None]
        with pytest.raises(UnsupportedError):
            refuse_code(topology)


def test_a_replacement_takes_the_place_of_matching_lambdas() -> None:
    topology = {"layers": [layer(SHUFFLE, dtype="float32"), {"class_name": "Dense", "config": {"name": "d"}}]}

    replaced = replace_lambdas(topology, [Replacement.parse("shuf*=PixelShuffle:scale=3,names=[1,2]")])

    assert replaced["layers"][0] == {
        "class_name": "PixelShuffle",
        "config": {"name": "shuffle", "dtype": "float32", "scale": 3, "names": [1, 2]},
    }
    assert replaced["layers"][1] == topology["layers"][1]
    assert topology["layers"][0]["class_name"] == "Lambda"


@pytest.mark.parametrize("text", ["", "=", "a=", "=B:c=1", "a=b c:d=1", "a=B:=1"])
def test_what_is_no_replacement_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Replacement.parse(text)


def test_a_replacement_of_nothing_names_what_there_is() -> None:
    with pytest.raises(UsageError, match="shuffle"):
        replace_lambdas(layer(SHUFFLE), [Replacement.parse("other=PixelShuffle:scale=2")])
