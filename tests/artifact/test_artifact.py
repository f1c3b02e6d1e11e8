"""The artifact: the same bytes every time, hashes that hold, shards of the asked size."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import GOLDEN

import converter
from converter.artifact import shards
from converter.errors import OutputError
from converter.model import Weight
from converter.quantization.affine import encode

SOURCE = GOLDEN / "residual_dense_network.h5"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_same_input_and_options_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        converter.convert(SOURCE, tmp_path / name, quantize=["uint8"], verify=False)
        time.sleep(0.01)
    assert files(tmp_path / "first") == files(tmp_path / "second")


def test_integrity_holds_the_hash_of_every_file(tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "out", verify=False, shard_size=999)
    found = files(tmp_path / "out")
    integrity = json.loads(found.pop("integrity.json"))
    assert integrity == {
        name: "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
        for name, content in found.items()
    }


@pytest.mark.parametrize("size", [1, 999, 4096, 1 << 30])
def test_shards_have_the_asked_size_and_the_last_what_is_left(size: int, tmp_path: Path) -> None:
    weights = [encode(Weight.of(f"w{n}", np.arange(n, dtype="float32")), "none") for n in (0, 1, 2, 200)]
    written = shards.write(weights, tmp_path, size)
    assert all(shard.nbytes == size for shard in written[:-1])
    assert 0 < written[-1].nbytes <= size
    joined = b"".join((tmp_path / shard.name).read_bytes() for shard in written)
    assert joined == b"".join(np.arange(n, dtype="<f4").tobytes() for n in (1, 2, 200))


@pytest.mark.parametrize("size", [100, 70_000, 500_000, 3_000_000])
def test_gzip_size_is_estimated_closely(size: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    array = np.round(rng.normal(0, 20, size)).astype("uint8")
    (shard,) = shards.write([encode(Weight.of("w", array), "none")], tmp_path)
    assert shard.gzip_bytes == pytest.approx(len(zlib.compress(array.tobytes(), 6)), rel=0.01)


def test_the_record_tells_source_changes_and_types(tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "out", quantize=["uint8:*/kernel"], verify=False)
    record = json.loads((tmp_path / "out" / "upconvert.json").read_text())
    assert record["source"]["sha256"] == hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    assert record["dtypes"]["SR/kernel"] == "uint8"
    assert record["dtypes"]["SR/bias"] == "float32"
    assert {change["what"] for change in record["changes"]} >= {"Functional → Model"}


def test_an_artifact_is_replaced_only_with_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    converter.convert(SOURCE, out, verify=False)
    before = files(out)
    with pytest.raises(OutputError, match="--force"):
        converter.convert(SOURCE, out, quantize=["uint8"], verify=False)
    assert files(out) == before
    converter.convert(SOURCE, out, quantize=["uint8"], verify=False, force=True)
    assert files(out) != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_the_folder_has_the_users_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        converter.convert(SOURCE, tmp_path / "out", verify=False)
    finally:
        os.umask(old)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_parents_are_made_and_an_empty_folder_is_taken(tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "a" / "b", verify=False)
    (tmp_path / "empty").mkdir()
    converter.convert(SOURCE, tmp_path / "empty", verify=False)
    assert files(tmp_path / "empty") == files(tmp_path / "a" / "b")
