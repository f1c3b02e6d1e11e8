"""The official converter's bytes, for every golden model and every type."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from conftest import GOLDEN, GOLDEN_NAMES, HASHES

import converter

RULES = {"mixed": ["uint8:*/kernel", "float16:*/bias"]}
DTYPES = ["none", "float16", "uint16", "uint8", "mixed"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def convert(name: str, out: Path, dtype: str, **options: object) -> dict:
    converter.convert(
        GOLDEN / f"{name}.h5",
        out,
        quantize=RULES.get(dtype, [dtype]),
        verify=False,
        shard_size=HASHES["shard_bytes"],
        **options,
    )
    return json.loads((out / "model.json").read_text())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_manifest_and_bytes_are_the_official_converters(name: str, dtype: str, tmp_path: Path) -> None:
    expected = HASHES["models"][name][dtype]
    document = convert(name, tmp_path / "out", dtype)

    manifest = document["weightsManifest"]
    assert sha256(json.dumps(manifest, sort_keys=True).encode()) == expected["manifest"]
    shards = [sha256((tmp_path / "out" / path).read_bytes())[:16] for path in manifest[0]["paths"]]
    assert shards == expected["shards"]


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_topology_without_optimization_differs_only_in_the_dialect(name: str, tmp_path: Path) -> None:
    if name == "constrained":  # with an initializer that TensorFlow.js does not know
        with pytest.raises(converter.ConverterError, match="no such initializer"):
            convert(name, tmp_path / "out", "none", optimize=False)
        return
    document = convert(name, tmp_path / "out", "none", optimize=False)

    ours = document["modelTopology"]
    text = json.dumps(ours, sort_keys=True)
    expected = HASHES["models"][name]["none"]["topology"]
    as_functional = text.replace('"class_name": "Model"', '"class_name": "Functional"')
    if name == "dictionary_of_inputs":  # written as lists: TensorFlow.js reads no dictionaries
        assert isinstance(ours["model_config"]["config"]["input_layers"], list)
    elif name == "nested_sequential":  # Keras leaves its own import paths there
        assert '"module": "keras.layers"' not in text
    elif name == "reshaping":  # with an open size, which TensorFlow.js would leave open
        assert '"target_shape": [-1' not in text
    elif name == "separable":  # TensorFlow.js refuses what Keras writes
        assert "kernel_initializer" not in text.replace("_kernel_initializer", "")
    else:
        assert expected in {sha256(text.encode()), sha256(as_functional.encode())}


def test_golden_models_are_enough() -> None:
    assert len(GOLDEN_NAMES) >= 20
    assert sum(path.stat().st_size for path in GOLDEN.iterdir() if path.is_file()) < 1_000_000
