"""The rules against what the real tf_keras and TensorFlow.js make of the same layers (make_expected.*)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.layers import (
    RULES,
    TFJS_LAYERS,
    TFJS_VERSION,
    check_weights,
    infer,
    output_shapes,
    weight_specs,
)
from converter.layers.embedded import read
from converter.layers.grid import agree
from converter.model import Layer, Model, Shape, Weight

HERE = Path(__file__).parent
EXPECTED = json.loads(HERE.joinpath("expected.json").read_text("utf-8"))
TFJS = json.loads(HERE.joinpath("expected_tfjs.json").read_text("utf-8"))
CASES = EXPECTED["cases"]
GRAPHS = EXPECTED["graphs"]


def shapes(values: list[list[int | None]]) -> tuple[Shape, ...]:
    return tuple(tuple(value) for value in values)


def weights(name: str, stored: list[tuple[str, list[int]]]) -> tuple[Weight, ...]:
    return tuple(Weight.of(f"{name}/{variable}", np.zeros(shape, np.float32)) for variable, shape in stored)


def with_weights(model: Model, stored: dict[str, Any], path: str = "") -> Model:
    layers = []
    for layer in model.layers:
        if layer.model is None:
            layers.append(replace(layer, weights=weights(layer.name, stored.get(path + layer.name, []))))
        else:
            inner = with_weights(layer.model, stored, f"{path}{layer.name}/")
            layers.append(replace(layer, model=inner))
    return replace(model, layers=tuple(layers))


def graph(name: str) -> Model:
    model = read(GRAPHS[name]["class_name"], GRAPHS[name]["config"])
    assert model is not None
    return with_weights(model, GRAPHS[name]["weights"])


def case_id(index: int) -> str:
    return f"{index}-{CASES[index]['class_name']}"


by_case = pytest.mark.parametrize("case", CASES, ids=map(case_id, range(len(CASES))))


def layer_of(case: dict[str, Any]) -> Layer:
    return Layer("it", case["class_name"], case["config"])


def test_enough_is_expected() -> None:
    assert len(CASES) >= 150
    assert TFJS_LAYERS - {case["class_name"] for case in CASES} <= {
        *("InputLayer", "Model", "Functional", "Sequential"),
        *("SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells", "ConvLSTM2DCell"),
    }


@by_case
def test_output_shapes(case: dict[str, Any]) -> None:
    assert output_shapes(layer_of(case), shapes(case["inputs"])) == shapes(case["outputs"])


@by_case
def test_weight_specs(case: dict[str, Any]) -> None:
    specs = weight_specs(layer_of(case), shapes(case["inputs"]))
    assert specs is not None
    assert [spec.shape for spec in specs] == [tuple(shape) for _, shape in case["weights"]]
    assert [spec.name.rpartition("/")[2] for spec in specs] == [name for name, _ in case["weights"]]


@pytest.mark.parametrize(
    ("index", "names"), TFJS["names"].items(), ids=[case_id(int(index)) for index in TFJS["names"]]
)
def test_weight_names_of_tensorflow_js(index: str, names: list[str]) -> None:
    case = CASES[int(index)]
    specs = weight_specs(layer_of(case), shapes(case["inputs"]))
    assert specs is not None
    if "backward_layer" in case["config"]:
        # TensorFlow.js knows no layer of its own for the way back.
        specs = (
            *specs[:3],
            *(spec._replace(name=spec.name.replace("forward", "backward")) for spec in specs[:3]),
        )
    assert sorted(spec.name for spec in specs) == sorted(names)


@by_case
def test_unknown_inputs_give_what_the_configuration_alone_tells(case: dict[str, Any]) -> None:
    """The shapes found for unknown inputs never contradict those found for known ones."""
    unknown = (None,) * len(case["inputs"])
    for found, expected in zip(output_shapes(layer_of(case), unknown) or (), case["outputs"], strict=False):
        if found is not None and len(case["inputs"][0]) == RULES[case["class_name"]].rank:
            tuple(map(agree, found, expected))
    specs = weight_specs(layer_of(case), unknown)
    if specs is None:
        return
    assert len(specs) == len(case["weights"])
    for spec, (_, shape) in zip(specs, case["weights"], strict=True):
        if spec.shape is not None:
            assert len(spec.shape) == len(shape)
            tuple(map(agree, spec.shape, shape))


@pytest.mark.parametrize("name", GRAPHS)
def test_shapes_in_a_graph(name: str) -> None:
    model = graph(name)
    found = infer(model)
    if name in {"unknown layer", "operators"}:
        assert found.outputs == (None,)
        return
    assert found.outputs == shapes(GRAPHS[name]["outputs"])
    for layer, calls in GRAPHS[name]["calls"].items():
        assert [call.outputs for call in found.layers[layer]] == [shapes(outputs) for outputs in calls]


@pytest.mark.parametrize("name", GRAPHS)
def test_the_weights_of_a_graph_are_accepted(name: str) -> None:
    check_weights(graph(name))


def test_registry() -> None:
    assert TFJS["version"] == TFJS_VERSION
    assert sorted(TFJS_LAYERS) == TFJS["registry"]
    assert set(RULES) >= TFJS_LAYERS
