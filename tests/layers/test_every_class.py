"""Every class of ``keras.layers`` and function of ``keras.activations`` is known, or refused by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from converter.children import QUIET
from converter.layers import MISSING, TFJS_LAYERS, explain
from converter.layers.semantics import ENTRIES
from converter.layers.semantics.activation import FUNCTIONS
from converter.passes.lowering import LOWERINGS
from converter.passes.lowering.activation import KNOWN
from converter.sources.keras3_layers import ACTIVATIONS

CHILD = """
import inspect, json, sys
keras = __import__(sys.argv[1])
classes = {
    each.__name__ for each in vars(keras.layers).values()
    if inspect.isclass(each) and issubclass(each, keras.layers.Layer)
}
functions = {name for name, each in vars(keras.activations).items() if inspect.isfunction(each)}
print(json.dumps([sorted(classes), sorted(functions)]))
"""

BASES = {"AbstractRNNCell", "Layer", "Wrapper"}
"""Classes that others extend and no file names."""

CELLS = {"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"}
"""Parts of recurrent layers, which are known as such."""

CHECKED = {"ConvLSTM1D", "ConvLSTM3D"}
"""Classes whose lowering looks at every key itself, as it does for others that TensorFlow.js has."""

REFUSED = {
    "AutoContrast": "changes images by their histograms",
    "ContrastLimitedAdaptiveHistogramEqualization": "changes images by their histograms",
    "DenseFeatures": "is Python code",
    "Equalization": "changes images by their histograms",
    "FlaxLayer": "is code",
    "HashedCrossing": "hashes pairs",
    "JaxLayer": "is code",
    "Lambda": "is Python code",
    "MelSpectrogram": "transforms sound",
    "StringLookup": "looks up strings",
    "TFSMLayer": "is code",
    "TextVectorization": "looks up strings",
    "TorchModuleWrapper": "is code",
}
"""Classes that no model converts with, and why."""

UNKNOWN_FUNCTIONS = {
    "deserialize": "makes an activation of its name",
    "get": "finds an activation",
    "serialize": "makes a name of an activation",
    "threshold": "needs arguments that a name does not give, so that no file holds it",
}


@pytest.fixture(scope="module", params=["keras", "tf_keras"])
def names(request: pytest.FixtureRequest) -> tuple[list[str], list[str]]:
    """The classes and the functions of one Keras."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, request.param],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **QUIET},
    )
    classes, functions = json.loads(done.stdout.splitlines()[-1])
    return classes, functions


def is_known(class_name: str) -> bool:
    lowering = LOWERINGS.get(class_name)
    checked = class_name in CHECKED or (lowering is not None and lowering.keys is not None)
    return class_name in ENTRIES or checked


def test_every_class_has_an_entry(names: tuple[list[str], list[str]]) -> None:
    classes = set(names[0]) - BASES - CELLS
    assert len(classes) > 90
    assert not [name for name in sorted(classes) if not is_known(name) and name not in REFUSED]


def test_what_is_refused_is_told_why(names: tuple[list[str], list[str]]) -> None:
    for name in REFUSED:
        assert name in MISSING
        assert explain(name).startswith(name)
    assert not [name for name in names[0] if name in REFUSED and is_known(name)]


def test_what_tensorflow_js_lacks_is_told_why(names: tuple[list[str], list[str]]) -> None:
    lacking = set(names[0]) - TFJS_LAYERS - BASES - CELLS
    assert not [name for name in sorted(lacking) if name not in MISSING]


def test_every_activation_is_known(names: tuple[list[str], list[str]]) -> None:
    for name in set(names[1]) - UNKNOWN_FUNCTIONS.keys():
        assert ACTIVATIONS.get(name, name) in FUNCTIONS | KNOWN, name
