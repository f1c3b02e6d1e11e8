"""Passes change what they say, where they say, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter.artifact.topology import print_topology
from converter.passes import pipeline
from converter.passes.class_names import FunctionalToModel, RenameClasses
from converter.passes.training import DropTraining


def topology(name: str, each: object) -> str:
    return json.dumps(print_topology(each(converter.load(GOLDEN / f"{name}.h5")).model))


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_passes_are_idempotent(name: str) -> None:
    once = pipeline.run(converter.load(GOLDEN / f"{name}.h5")).model
    twice = pipeline.run(once)
    assert twice.changes == ()
    assert print_topology(twice.model) == print_topology(once)


def test_names_of_tensorflow_1_13() -> None:
    text = topology("tensorflow_1_13", RenameClasses())
    assert '"BatchNormalization"' in text
    assert "BatchNormalizationV1" not in text


@pytest.mark.parametrize("name", ["nested_functional", "twice_nested", "shared_layer"])
def test_functional_becomes_model_at_every_depth(name: str) -> None:
    assert '"Functional"' not in topology(name, FunctionalToModel())


def test_constraints_regularizers_and_initializers_go() -> None:
    text = topology("constrained", DropTraining())
    for word in ("MaxNorm", "L2", "LecunNormal"):
        assert word in (GOLDEN / "constrained.h5").read_bytes().decode("latin-1")
        assert word not in text


def test_training_configuration_goes() -> None:
    assert "training_config" not in topology("compiled_with_optimizer", DropTraining())


def test_changes_name_the_layers() -> None:
    changes = pipeline.run(converter.load(GOLDEN / "constrained.h5")).changes
    assert {change.what: change.where for change in changes}["constraint dropped"] == ("dense",)


def test_patch_mends_a_model_in_place_and_leaves_its_weights(tmp_path: Path) -> None:
    out = tmp_path / "out"
    converter.convert(GOLDEN / "nested_functional.h5", out, optimize=False, verify=False)
    document = json.loads((out / "model.json").read_text())
    text = json.dumps(document).replace('"class_name": "Model"', '"class_name": "Functional"')
    (out / "model.json").write_text(text)
    (out / "integrity.json").unlink()
    shard = (out / "group1-shard1of1.bin").read_bytes()

    report = converter.patch(out)

    patched = json.loads((out / "model.json").read_text())
    assert {change["what"] for change in report["changes"]} >= {"Functional → Model", "initializer dropped"}
    assert patched["weightsManifest"] == document["weightsManifest"]
    assert "Functional" not in json.dumps(patched)
    assert (out / "group1-shard1of1.bin").read_bytes() == shard
    assert converter.patch(out)["changes"] == []


def test_patch_keeps_the_integrity_record_true(tmp_path: Path) -> None:
    out = tmp_path / "out"
    converter.convert(GOLDEN / "compiled_with_optimizer.h5", out, optimize=False, verify=False)
    before = json.loads((out / "integrity.json").read_text())
    converter.patch(out)
    after = json.loads((out / "integrity.json").read_text())
    assert [name for name in before if before[name] != after[name]] == ["model.json"]
    converter.convert(GOLDEN / "compiled_with_optimizer.h5", tmp_path / "direct", verify=False)
    assert (out / "model.json").read_bytes() == (tmp_path / "direct" / "model.json").read_bytes()
