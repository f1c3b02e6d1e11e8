"""More of something than any model has is refused at once, and all that is refused is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import converter
from converter.artifact import shards
from converter.errors import SourceError, UnsupportedError, UsageError
from converter.sources.guard import MOST_LAYERS, refuse_code
from tests.conftest import GOLDEN


def sequential(class_name: str, count: int) -> dict[str, object]:
    layers = [{"class_name": class_name, "config": {"name": f"layer_{index}"}} for index in range(count)]
    return {"class_name": "Sequential", "config": {"name": "model", "layers": layers}}


def test_more_layers_than_are_believed() -> None:
    with pytest.raises(SourceError, match="100,001 layers"):
        refuse_code(sequential("ReLU", MOST_LAYERS + 1))
    refuse_code(sequential("ReLU", 3))


def test_every_lambda_is_named() -> None:
    with pytest.raises(UnsupportedError) as caught:
        refuse_code(sequential("Lambda", 8))
    assert caught.value.where == "layer 'layer_0'"
    assert all(f"layer_{number}" in caught.value.why for number in range(1, 6))
    assert "and 2 more" in caught.value.why


def test_more_shards_than_a_folder_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MOST_SHARDS", 2)
    with pytest.raises(UsageError, match="would make"):
        converter.convert(GOLDEN / "conv_norm_pool.h5", tmp_path / "out", shard_size=100, verify=False)
    assert not (tmp_path / "out").exists()
