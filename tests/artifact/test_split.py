"""Weights by layer, as the official converter splits them, and what a model.json says beside its model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN, GOLDEN_NAMES, HASHES, upconvert

import converter
from converter.errors import UsageError
from converter.parity.runtimes import NodeRunner

SPLIT = [name for name in GOLDEN_NAMES if HASHES["models"][name]["split"] is not None]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def split(name: str, out: Path, **options: object) -> dict:
    converter.convert(
        GOLDEN / f"{name}.h5",
        out,
        verify=False,
        shard_size=HASHES["shard_bytes"],
        split_weights_by_layer=True,
        **options,
    )
    return json.loads((out / "model.json").read_text())


@pytest.mark.parametrize("name", SPLIT)
def test_groups_and_bytes_are_the_official_converters(name: str, tmp_path: Path) -> None:
    expected = HASHES["models"][name]["split"]
    manifest = split(name, tmp_path / "out")["weightsManifest"]
    assert sha256(json.dumps(manifest, sort_keys=True).encode()) == expected["manifest"]
    found = [
        sha256((tmp_path / "out" / path).read_bytes())[:16] for group in manifest for path in group["paths"]
    ]
    assert found == expected["shards"]


@pytest.mark.parametrize("name", SPLIT)
def test_what_was_split_is_read(name: str, tmp_path: Path) -> None:
    split(name, tmp_path / "out")
    original, read = converter.load(GOLDEN / f"{name}.h5"), converter.load(tmp_path / "out")
    assert [w.name for w in read.weights()] == [w.name for w in original.weights()]
    for first, second in zip(original.weights(), read.weights(), strict=True):
        assert np.array_equal(first.array(), second.array())


def test_where_there_are_no_weights_there_is_one_empty_group(tmp_path: Path) -> None:
    assert split("without_weights", tmp_path / "out")["weightsManifest"] == [{"paths": [], "weights": []}]


@pytest.mark.runtime
@pytest.mark.parametrize("name", ["nested_functional", "residual_dense_network"])
def test_tensorflow_js_computes_the_same_however_weights_are_split(
    name: str, tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    converter.convert(GOLDEN / f"{name}.h5", tmp_path / "whole", verify=False)
    split(name, tmp_path / "split")
    shape = (1, 6) if name == "nested_functional" else (1, 9, 7, 3)
    inputs = (np.random.default_rng(3).normal(size=shape).astype("float32"),)
    whole, parts = (tensorflow_js.run(tmp_path / each, inputs) for each in ("whole", "split"))
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_metadata_stands_where_the_official_converter_puts_it_and_stays(tmp_path: Path) -> None:
    files = {"labels": ["cat", "dog"], "range": {"low": 0, "high": 1}}
    for key, value in files.items():
        (tmp_path / f"{key}.json").write_text(json.dumps(value))
    options = [f"{key}:{tmp_path / key}.json" for key in files]
    document = split("sequential_dense", tmp_path / "out", metadata=options)
    assert document["userDefinedMetadata"] == files

    document["signature"] = {"inputs": {}}
    document["somethingElse"] = 1
    (tmp_path / "out" / "model.json").write_text(json.dumps(document))
    (tmp_path / "labels.json").write_text('"none"')
    report = upconvert(
        *("quantize", tmp_path / "out", tmp_path / "small", "--quantize", "uint8", "--no-verify", "--json"),
        *("--metadata", options[0], "--split-weights-by-layer"),
    )
    assert report.code == 0, report.err
    small = json.loads((tmp_path / "small" / "model.json").read_text())
    assert small["userDefinedMetadata"] == {**files, "labels": "none"}
    assert small["signature"] == {"inputs": {}}
    assert "somethingElse" not in small
    assert len(small["weightsManifest"]) == len(document["weightsManifest"])


@pytest.mark.parametrize(
    ("text", "content", "told"),
    [
        ("labels", "1", "no KEY:FILE"),
        (":labels.json", "1", "no KEY:FILE"),
        ("labels:", "1", "no KEY:FILE"),
        ("labels:missing.json", "1", "cannot be read"),
        ("labels:labels.json", "[1", "no JSON"),
        ("labels:labels.json", "[NaN]", "NaN"),
        ("labels:labels.json", "[" * 100_000, "no JSON"),
    ],
)
def test_metadata_that_is_none_is_refused(
    text: str, content: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("labels.json").write_text(content)
    with pytest.raises(UsageError, match=told):
        split("sequential_dense", tmp_path / "out", metadata=[text])
    assert not (tmp_path / "out").exists()


def test_a_key_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    with pytest.raises(UsageError, match="twice"):
        split("sequential_dense", tmp_path / "out", metadata=[f"a:{tmp_path}/a.json"] * 2)
