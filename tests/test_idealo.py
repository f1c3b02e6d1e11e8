"""idealo's trained RDN, the real file: the official bytes, the published manifest, the proof."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import HASHES, upconvert

import converter

RULES = {"mixed": ["uint8:*/kernel", "float16:*/bias"]}


@pytest.fixture(scope="session")
def source(idealo_rdn: Path) -> Path:
    return idealo_rdn / "image-super-resolution-psnr-small.h5"


@pytest.mark.parametrize("dtype", ["none", "float16", "uint16", "uint8", "mixed"])
def test_manifest_and_bytes_are_the_official_converters(dtype: str, source: Path, tmp_path: Path) -> None:
    converter.convert(source, tmp_path / "out", quantize=RULES.get(dtype, [dtype]), verify=False)
    (group,) = json.loads((tmp_path / "out" / "model.json").read_text())["weightsManifest"]
    expected = HASHES["idealo"][dtype]
    assert hashlib.sha256(json.dumps([group], sort_keys=True).encode()).hexdigest() == expected["manifest"]
    assert [
        hashlib.sha256((tmp_path / "out" / path).read_bytes()).hexdigest()[:16] for path in group["paths"]
    ] == expected["shards"]


def test_uint8_is_the_published_conversion(source: Path, idealo_rdn: Path, tmp_path: Path) -> None:
    """Its bytes were rounded by another converter, 2.0.1: a few lie a step apart."""
    converter.convert(source, tmp_path / "out", quantize=["uint8"], verify=False)
    ours, published = (
        json.loads((folder / "model.json").read_text())["weightsManifest"][0]["weights"]
        for folder in (tmp_path / "out", idealo_rdn)
    )
    grids = [
        {w["name"]: (w["shape"], w["quantization"]["min"], w["quantization"]["scale"]) for w in manifest}
        for manifest in (ours, published)
    ]
    assert grids[0] == grids[1]
    a, b = (
        np.frombuffer((folder / "group1-shard1of1.bin").read_bytes(), "uint8").astype(int)
        for folder in (tmp_path / "out", idealo_rdn)
    )
    assert np.abs(a - b).max() == 1
    assert (a != b).sum() == 17


def test_the_proof(source: Path, tmp_path: Path) -> None:
    ran = upconvert(
        "convert", source, tmp_path / "out", "--quantize", "uint8", "--input-range", "0,1", "--json"
    )
    assert ran.code == 0, ran.out
    parity = ran.report["parity"]
    assert parity["conversion"]["worst"]["max_abs"] <= 1e-5
    assert parity["quantization"]["worst"]["psnr"] > 40
    assert parity["quantization"]["worst"]["ssim"] > 0.99
    assert ran.report["warnings"] == []


def test_the_published_model_verifies_against_the_original(source: Path, idealo_rdn: Path) -> None:
    ran = upconvert("verify", source, idealo_rdn, "--json")
    assert ran.code == 0, ran.out
    assert ran.report["parity"]["quantization"]["passed"]
