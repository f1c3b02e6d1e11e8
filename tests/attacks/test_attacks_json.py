"""Topologies and manifests with values dropped, replaced, doubled and exchanged at random."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import h5py
import pytest
from attack import GOLDEN
from bases import base
from depth import tries
from hypothesis import given
from hypothesis import strategies as st
from jail import shared
from spoiling import spoilt
from verdict import check

import converter

NAMES = [
    "sequential_dense",
    "nested_functional",
    "bidirectional",
    "shared_layer",
    "conv_lstm",
    "dictionary_of_inputs",
    "keras1/branches",
    "keras1/nested",
    "keras1/lstm",
]


def config_of(name: str) -> dict[str, Any]:
    with h5py.File(base(name)) as file:
        return json.loads(file.attrs["model_config"])


CONFIGS = {name: config_of(name) for name in NAMES}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quantized artifact in two shards."""
    out = tmp_path_factory.mktemp("artifact") / "model"
    converter.convert(GOLDEN / "nested_functional.h5", out, quantize=["uint8"], verify=False, shard_size=64)
    return out


@tries(70)
@given(st.data())
def test_spoilt_model_config(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    config = data.draw(spoilt(CONFIGS[name]))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(shutil.copy(base(name), folder))
        with h5py.File(source, "r+") as file:
            file.attrs["model_config"] = json.dumps(config)
        options = {"optimize": data.draw(st.booleans())}
        check(shared().run(source, Path(folder, "out"), options=options))


@tries(70)
@given(st.data())
def test_spoilt_model_json(artifact: Path, data: st.DataObject) -> None:
    document = json.loads((artifact / "model.json").read_text())
    part = data.draw(st.sampled_from(["weightsManifest", "modelTopology"]))
    document |= data.draw(spoilt({part: document[part]}))
    with tempfile.TemporaryDirectory() as folder:
        for shard in artifact.glob("*.bin"):
            Path(folder, shard.name).write_bytes(shard.read_bytes())
        Path(folder, "model.json").write_text(json.dumps(document))
        options = {"quantize": [data.draw(st.sampled_from(["none", "uint8", "float16"]))]}
        check(shared().run(Path(folder), Path(folder, "out"), options=options))
