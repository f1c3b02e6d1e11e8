"""TensorFlow.js artifacts read back: what was written, as TensorFlow.js would decode it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter.errors import SourceError


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_what_was_written_is_read(name: str, tmp_path: Path) -> None:
    converter.convert(GOLDEN / f"{name}.h5", tmp_path / "out", verify=False, shard_size=700)
    original, read = converter.load(GOLDEN / f"{name}.h5"), converter.load(tmp_path / "out")
    assert [w.name for w in read.weights()] == [w.name for w in original.weights()]
    for first, second in zip(original.weights(), read.weights(), strict=True):
        assert np.array_equal(first.array(), second.array())


@pytest.mark.parametrize("dtype", ["float16", "uint16", "uint8"])
def test_quantizing_again_gives_the_same_bytes(dtype: str, tmp_path: Path) -> None:
    source = GOLDEN / "residual_dense_network.h5"
    converter.convert(source, tmp_path / "plain", verify=False)
    converter.convert(source, tmp_path / "direct", quantize=[dtype], verify=False)
    converter.quantize(tmp_path / "plain", tmp_path / "later", quantize=[dtype], verify=False)
    for name in ("model.json", "group1-shard1of1.bin"):
        assert (tmp_path / "direct" / name).read_bytes() == (tmp_path / "later" / name).read_bytes()


def test_decoding_follows_tensorflow_js(tmp_path: Path) -> None:
    converter.convert(GOLDEN / "depthwise.h5", tmp_path / "out", quantize=["uint8"], verify=False)
    entry = json.loads((tmp_path / "out" / "model.json").read_text())["weightsManifest"][0]["weights"][0]
    weight = converter.load(tmp_path / "out").weights()[0]
    data = (tmp_path / "out" / "group1-shard1of1.bin").read_bytes()[: weight.size]
    grid = entry["quantization"]
    assert weight.array().ravel().tolist() == [
        float(np.float32(q * grid["scale"] + grid["min"])) for q in data
    ]


def test_quantize_wants_an_artifact(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="upconvert convert"):
        converter.quantize(GOLDEN / "depthwise.h5", tmp_path / "out", quantize=["uint8"])
