"""The list of classes that TensorFlow.js registers, and the words for those that it does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from converter.errors import UnsupportedError
from converter.layers import MISSING, TFJS_LAYERS, check_supported, explain, suggest, unsupported
from converter.model import Layer, Model


def model(*layers: Layer) -> Model:
    return Model("s", "Sequential", "sequential", layers)


def test_missing_classes_are_not_registered() -> None:
    assert not TFJS_LAYERS & set(MISSING)
    assert all(not text.endswith(".") for text in MISSING.values())


@pytest.mark.parametrize(
    ("class_name", "words"),
    [
        ("Lambda", "bytecode"),
        ("TFOpLambda", "function of TensorFlow"),
        ("MultiHeadAttention", "no released bundle"),
        ("Identity", "initializer"),
        ("Custom>Normalization", "Normalization keeps"),
        ("Custom>PixelShuffle", "'PixelShuffle' is no layer that TensorFlow.js 4.22.0 knows."),
        ("Conv2d", "did you mean Conv2D?"),
        ("x" * 100_000, "is no layer"),
        ("", "is no layer"),
    ],
)
def test_explanations(class_name: str, words: str) -> None:
    assert words in explain(class_name)
    assert len(explain(class_name)) < 300


def test_nothing_to_explain() -> None:
    assert explain("Conv2D") == ""


def test_suggestions() -> None:
    assert suggest("conv2d") == "Conv2D"
    assert suggest("MaxPool2D") == "MaxPooling2D"
    assert suggest("Custom>Dense2") == "Dense"
    assert suggest("MultiplyBeta") is None


def test_supported() -> None:
    check_supported(model(Layer("d", "Dense", {"units": 2}), Layer("f", "Flatten", {})))


def test_unsupported_layers_are_found_at_every_depth() -> None:
    custom = {"class_name": "Mystery", "config": {}}
    held = Layer(
        "t", "TimeDistributed", {"layer": {"class_name": "Bidirectional", "config": {"layer": custom}}}
    )
    cells = Layer("r", "RNN", {"cell": {"class_name": "StackedRNNCells", "config": {"cells": [custom]}}})
    inside = {"class_name": "Sequential", "config": [custom]}
    listed = Layer("u", "TimeDistributed", {"layer": inside})
    nested = Layer("n", "Sequential", {}, model=model(Layer("l", "Lambda", {})))
    found = unsupported(model(held, cells, listed, nested, Layer("d", "Dense", {"units": 2})))
    assert found == {"Mystery": ["t", "r", "u"], "Lambda": ["l"]}


def test_the_refusal_names_layers_and_other_classes() -> None:
    layers = [Layer(f"op{index}", "TFOpLambda", {}) for index in range(7)]
    with pytest.raises(UnsupportedError) as caught:
        check_supported(model(*layers, Layer("l", "Lambda", {})))
    assert caught.value.exit_code == 4
    assert caught.value.where == "layer 'op0', 'op1', 'op2', 'op3', 'op4', …"
    assert "function of TensorFlow" in caught.value.why
    assert "'Lambda' (1×)" in caught.value.why


def test_the_import_is_light() -> None:
    code = (
        "import sys, converter.model; before = set(sys.modules); "
        "import converter.layers; print(*set(sys.modules) - before)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    beyond = {name.split(".")[0] for name in run.stdout.split()}
    assert beyond <= {"converter", "reprlib", "numbers", "functools"}
