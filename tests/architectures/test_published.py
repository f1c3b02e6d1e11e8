"""idealo's trained RRDN: what was published for TensorFlow.js, turned back into a file of weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from weight_files import write_keras2

from converter.model import Model
from converter.sources import tfjs, weights_only

CUSTOM = ("MultiplyBeta", "PixelShuffle")


@pytest.fixture(scope="module")
def gans(idealo_rrdn: Path) -> Model:
    return tfjs.read(idealo_rrdn, served=CUSTOM)


def test_the_real_rrdn(gans: Model, tmp_path: Path) -> None:
    layers = {layer.name: [weight.array() for weight in layer.weights] for layer in gans.layers}
    path = write_keras2(tmp_path / "rrdn-C4-D3-G32-G032-T10-x4_epoch299.hdf5", layers, "2.4.0")
    for asked in ({}, {"arch": path.name}, {"arch": "rrdn", "arguments": {"beta": 0.2}}):
        built = weights_only.read(path, **asked)
        assert built.architecture == "rrdn-C4-D3-G32-G032-T10-x4, beta 0.2"
        assert bool(built.assumed) is ("arguments" not in asked)
    assert {weight.name for weight in built.model.weights()} == {weight.name for weight in gans.weights()}
    # Keras numbers layers without a name through the whole session; everything else is the same.
    names = {theirs.name: ours.name for ours, theirs in zip(built.model.layers, gans.layers, strict=True)}
    assert all(ours == theirs or "_4" in theirs or "_10" in theirs for theirs, ours in names.items())
    for ours, theirs in zip(built.model.layers, gans.layers, strict=True):
        assert ours.class_name == theirs.class_name
        assert [[ref.layer for ref in call.inputs] for call in ours.calls] == [
            [names[ref.layer] for ref in call.inputs] for call in theirs.calls
        ]
        assert {key for key in ours.config if ours.config[key] != theirs.config.get(key)} <= {
            "name",
            "kernel_initializer",
        }
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            assert np.array_equal(a.array(), b.array())
