"""Whole proofs through the command line: what passes, what fails, and what is left behind."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN, upconvert

import converter
from converter import conversion
from converter.errors import MissingRuntimeError
from converter.parity import proof
from converter.passes import pipeline

SOURCE = GOLDEN.parents[1] / "examples" / "rdn-small.h5"


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("proven") / "out"
    ran = upconvert("convert", SOURCE, out, "--quantize", "uint8", "--verify")
    assert ran.code == 0, ran.err
    assert "✓ conversion" in ran.out
    assert "✓ quantization" in ran.out
    return out


def test_the_proof_stands_beside_the_artifact(proven: Path) -> None:
    parity = json.loads((proven / "parity.json").read_text())
    assert parity["passed"]
    assert parity["conversion"]["worst"]["max_abs"] < 1e-5
    assert 30 < parity["quantization"]["worst"]["psnr"] < 100
    assert parity["quantization"]["worst"]["ssim"] > 0.9
    assert {sample["kind"] for sample in parity["conversion"]["samples"]} == {"noise", "ramp", "picture"}
    assert any(size % 2 for sample in parity["conversion"]["samples"] for size in (sample["shape"][1] // 2,))
    assert parity["runtime"]["tfjs"] == "4.22.0"


def test_verify_proves_an_artifact_again(proven: Path) -> None:
    ran = upconvert("verify", SOURCE, proven, "--json")
    assert ran.code == 0
    first, again = json.loads((proven / "parity.json").read_text()), ran.report["parity"]
    assert again["conversion"]["worst"] == first["conversion"]["worst"]
    assert again["quantization"]["worst"] == first["quantization"]["worst"]


def test_an_artifact_below_the_asked_quality_is_not_written(tmp_path: Path) -> None:
    ran = upconvert("convert", SOURCE, tmp_path / "out", "--quantize", "uint8", "--min-psnr", "99", "--json")
    assert ran.code == 5
    assert ran.report["error"]["code"] == "parity-quantization"
    assert not list(tmp_path.iterdir())


def test_verify_tells_a_changed_artifact(proven: Path, tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "out", verify=False)
    shard = tmp_path / "out" / "group1-shard1of1.bin"
    values = np.frombuffer(shard.read_bytes(), "<f4").copy()
    values[100:200] += 0.01
    shard.write_bytes(values.tobytes())
    assert "not the one that was written" in upconvert("verify", SOURCE, tmp_path / "out").err

    integrity = json.loads((tmp_path / "out" / "integrity.json").read_text())
    digest = hashlib.sha384(values.tobytes()).digest()
    integrity[shard.name] = f"sha384-{base64.b64encode(digest).decode()}"
    (tmp_path / "out" / "integrity.json").write_text(json.dumps(integrity))
    ran = upconvert("verify", SOURCE, tmp_path / "out")
    assert ran.code == 5
    assert "✗ conversion" in ran.out


def test_an_artifact_of_another_model_is_refused(tmp_path: Path) -> None:
    converter.convert(GOLDEN / "transposed.h5", tmp_path / "out", quantize=["uint8"], verify=False)
    ran = upconvert("verify", SOURCE, tmp_path / "out")
    assert ran.code == 3
    assert "another model" in ran.err


def test_verify_hands_keras_nothing_that_convert_refuses(proven: Path, tmp_path: Path) -> None:
    """A lookup layer, say, reads the vocabulary file that it names."""
    import h5py

    source = tmp_path / "lookup.h5"
    source.write_bytes(SOURCE.read_bytes())
    with h5py.File(source, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        activation = next(each for each in config["config"]["layers"] if each["class_name"] == "Activation")
        activation["class_name"] = "StringLookup"
        file.attrs["model_config"] = json.dumps(config)
    ran = upconvert("verify", source, proven)
    assert ran.code == 4
    assert "StringLookup" in ran.err


def test_quantizing_an_artifact_is_proven_against_it(proven: Path, tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "plain", verify=False)
    ran = upconvert("quantize", tmp_path / "plain", tmp_path / "small", "--quantize", "uint16", "--json")
    assert ran.code == 0, ran.out
    assert ran.report["parity"]["reference"] == {"tfjs": "4.22.0"}
    assert ran.report["parity"]["conversion"]["worst"]["max_abs"] == 0


def test_a_missing_runtime_is_an_error_only_where_proof_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("converter.parity.runtimes.find_node", lambda: None)
    monkeypatch.setattr(proof, "find_node", lambda: None)
    with pytest.raises(MissingRuntimeError, match="Node"):
        converter.convert(SOURCE, tmp_path / "out", verify=True)
    assert not list(tmp_path.iterdir())
    report = converter.convert(SOURCE, tmp_path / "out")
    assert report["parity"]["proven"] is False
    assert "upconvert verify" in report["parity"]["fix"]


@pytest.mark.parametrize("gated", [True, False])
def test_a_wrong_answer_of_tensorflow_js_is_caught(
    gated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow.js ignores the dilation of depthwise convolutions: the gate knows, a proof finds out."""
    import h5py

    source = tmp_path / "dilated.h5"
    source.write_bytes((GOLDEN / "depthwise.h5").read_bytes())
    with h5py.File(source, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "DepthwiseConv2D":
                layer["config"]["dilation_rate"] = [2, 2]
        file.attrs["model_config"] = json.dumps(config)
    monkeypatch.setattr(pipeline, "LOWERINGS", {})
    if not gated:
        monkeypatch.setattr(conversion, "check_semantics", lambda *_: ())
    with pytest.raises(converter.ConverterError) as refused:
        converter.convert(source, tmp_path / "out", verify=True)
    assert refused.value.code in ({"layer-semantics"} if gated else {"parity-conversion", "parity-run"})
    assert not (tmp_path / "out").exists()
