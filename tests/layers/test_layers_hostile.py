"""Whatever a file holds, the answer is a result or a SourceError."""

from __future__ import annotations

import copy
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.errors import SourceError, UnsupportedError
from converter.layers import (
    RULES,
    check_supported,
    check_weights,
    explain,
    infer,
    output_shapes,
    weight_specs,
)
from converter.layers.embedded import read
from converter.model import Layer

EXPECTED = json.loads(Path(__file__).with_name("expected.json").read_text("utf-8"))
CASES = EXPECTED["cases"]
GRAPHS = list(EXPECTED["graphs"].values())
CLASSES = sorted(RULES)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.sampled_from([0, -1, 2**31 - 1, 2**31, 2**63, -(10**30), 10**4000]),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.5, 2.0, 1e300]),
    st.sampled_from(
        ["", "valid", "same", "causal", "channels_first", "channels_last", "3", "one_hot", *CLASSES]
    ),
    st.text(max_size=5),
)
KEYS = st.sampled_from(
    [
        *(
            "class_name",
            "config",
            "layer",
            "layers",
            "cell",
            "cells",
            "items",
            "units",
            "filters",
            "axis",
            "axes",
        ),
        *(
            "input_layers",
            "output_layers",
            "inbound_nodes",
            "backward_layer",
            "activation",
            "name",
            "kernel_size",
        ),
    ]
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
SIZES = st.one_of(st.none(), st.integers(1, 9), st.just(2**31 - 1))
SHAPES = st.one_of(st.none(), st.lists(SIZES, max_size=6).map(tuple))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


def spoil(data: st.DataObject, original: Any) -> Any:
    """A copy with up to three values replaced or dropped."""
    spoilt = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 3))):
        ways = places(spoilt)
        if not ways:
            break
        way = data.draw(st.sampled_from(ways))
        holder = spoilt
        for key in way[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[way[-1]] = data.draw(GARBAGE)
        else:
            del holder[way[-1]]
    return spoilt


def ask_everything(layer: Layer, inputs: tuple[Any, ...]) -> None:
    with suppress(SourceError):
        output_shapes(layer, inputs)
    with suppress(SourceError):
        weight_specs(layer, inputs)


@MANY
@given(st.data())
def test_spoilt_configurations(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    inputs = tuple(tuple(shape) for shape in case["inputs"])
    if data.draw(st.booleans()):
        inputs = tuple(data.draw(st.lists(SHAPES, max_size=3)))
    config = spoil(data, case["config"])
    ask_everything(Layer("it", case["class_name"], config), inputs)


@MANY
@given(st.sampled_from(CLASSES), st.dictionaries(KEYS, GARBAGE), st.lists(SHAPES, max_size=3).map(tuple))
def test_garbage_configurations(class_name: str, config: dict[str, Any], inputs: tuple[Any, ...]) -> None:
    ask_everything(Layer("it", class_name, config), inputs)


@MANY
@given(st.data())
def test_spoilt_graphs(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(GRAPHS))
    config = spoil(data, original["config"])
    model = read(original["class_name"], config)
    if model is None:
        return
    with suppress(SourceError):
        infer(model)
    with suppress(SourceError):
        check_weights(model)
    with suppress(UnsupportedError):
        check_supported(model)


@MANY
@given(st.sampled_from(["Sequential", "Functional", "Model"]), GARBAGE)
def test_garbage_models(class_name: str, config: Any) -> None:
    read(class_name, config)


@given(st.text())
def test_any_class_name_can_be_explained(class_name: str) -> None:
    assert isinstance(explain(class_name), str)


@pytest.mark.parametrize(
    ("class_name", "config", "key"),
    [
        ("Dense", {}, "units"),
        ("Dense", {"units": "64"}, "units"),
        ("Dense", {"units": -1}, "units"),
        ("Dense", {"units": 0}, "units"),
        ("Dense", {"units": True}, "units"),
        ("Dense", {"units": math.nan}, "units"),
        ("Dense", {"units": math.inf}, "units"),
        ("Dense", {"units": 1.5}, "units"),
        ("Dense", {"units": 10**5000}, "units"),
        ("Dense", {"units": [3]}, "units"),
        ("Dense", {"units": 3, "use_bias": "no"}, "use_bias"),
        ("Conv2D", {"filters": 3}, "kernel_size"),
        ("Conv2D", {"filters": 3, "kernel_size": [3]}, "kernel_size"),
        ("Conv2D", {"filters": 3, "kernel_size": [3, 3, 3]}, "kernel_size"),
        ("Conv2D", {"filters": 3, "kernel_size": [3, "3"]}, "kernel_size"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 0}, "strides"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "full"}, "padding"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "data_format": 7}, "data_format"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "groups": 2}, "groups"),
        ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "output_padding": -1}, "output_padding"),
        ("MaxPooling2D", {"pool_size": 0}, "pool_size"),
        ("MaxPooling2D", {"strides": "2"}, "strides"),
        ("UpSampling2D", {"size": 2.5}, "size"),
        ("ZeroPadding2D", {"padding": [1, 2, 3]}, "padding"),
        ("Cropping2D", {"cropping": [[1, 2], [3, -4]]}, "cropping"),
        ("Resizing", {"height": 4}, "width"),
        ("Reshape", {"target_shape": [-1, -1]}, "target_shape"),
        ("Reshape", {"target_shape": [0]}, "target_shape"),
        ("Permute", {"dims": [1, 3, 4]}, "dims"),
        ("Concatenate", {"axis": 4}, "axis"),
        ("Embedding", {"input_dim": 2, "output_dim": 2, "input_length": [8]}, "input_length"),
        ("StackedRNNCells", {"cells": []}, "cells"),
        ("BatchNormalization", {"axis": 4}, "axis"),
        ("BatchNormalization", {"axis": [1, 1]}, "axis"),
        ("LayerNormalization", {"axis": "last"}, "axis"),
        ("PReLU", {"shared_axes": [9]}, "shared_axes"),
        ("TimeDistributed", {}, "layer"),
        ("TimeDistributed", {"layer": {"class_name": "Dense", "config": {"units": -1}}}, "units"),
    ],
)
def test_the_key_at_fault_is_named(class_name: str, config: dict[str, Any], key: str) -> None:
    layer = Layer("it", class_name, config)
    with pytest.raises(SourceError) as caught:
        output_shapes(layer, ((None, 8, 8, 4),))
        weight_specs(layer, ((None, 8, 8, 4),))
    assert caught.value.code == "layer-config"
    assert caught.value.exit_code == 3
    assert caught.value.where == f"layer 'it' ({class_name})"
    assert key in caught.value.why
    assert len(caught.value.why) < 200
