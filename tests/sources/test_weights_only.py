"""Weights and topologies that come in files of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from conftest import GOLDEN, GOLDEN_NAMES
from weight_files import arrays_of, counted, write_keras2, write_keras3

import converter
from converter.errors import ConverterError, SourceError, UnsupportedError, UsageError
from converter.model import Model
from converter.sources import weights_only

CODE_FREE = [name for name in GOLDEN_NAMES if name != "tensorflow_1_13"]


def alone(source: Path, path: Path) -> Path:
    """The weights of a whole model, as ``save_weights`` writes them."""
    with h5py.File(source) as old, h5py.File(path, "w") as new:
        for name in old["model_weights"]:
            old.copy(f"model_weights/{name}", new)
        new.attrs.update(old["model_weights"].attrs)
    return path


def topology(source: Path, path: Path) -> Path:
    with h5py.File(source) as file:
        config = json.loads(file.attrs["model_config"])
        path.write_text(json.dumps({**config, "keras_version": "2.15.0", "backend": "tensorflow"}))
    return path


def stripped(model: Model) -> Model:
    return replace(
        model,
        weight_order=(),
        layers=tuple(
            replace(layer, weights=(), model=None if layer.model is None else stripped(layer.model))
            for layer in model.layers
        ),
    )


def check_same(ours: Model, theirs: Model) -> None:
    """The same weights under the same names in the same layers."""
    for a, b in zip(ours.walk(), theirs.walk(), strict=True):
        assert a.name == b.name
        assert [weight.name for weight in a.weights] == [weight.name for weight in b.weights]
        for x, y in zip(a.weights, b.weights, strict=True):
            np.testing.assert_array_equal(x.array(), y.array())


def last_names(model: Model) -> Model:
    """With weights called ``layer/variable``: the one layout does not tell what stands between."""

    def rename(each: Model) -> Model:
        layers = []
        for layer in each.layers:
            inner = None if layer.model is None else rename(layer.model)
            names = [f"{layer.name}/{weight.name.rpartition('/')[2]}" for weight in layer.weights]
            weights = [replace(weight, name=name) for weight, name in zip(layer.weights, names, strict=True)]
            layers.append(replace(layer, weights=tuple(weights), model=inner))
        return replace(each, layers=tuple(layers))

    return rename(model)


def refused(call: Callable[[], Any], code: str, kind: type[ConverterError] = SourceError) -> ConverterError:
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert error.code == code, error
    assert 0 < len(error.why) < 1000
    assert 0 < len(error.fix) < 500
    assert error.fix.endswith(".")
    assert f"{error.where}{error.why}{error.fix}".isprintable()
    return error


@pytest.mark.parametrize("name", CODE_FREE)
def test_topology_and_weights_in_two_files_are_the_model_in_one(name: str, tmp_path: Path) -> None:
    source = GOLDEN / f"{name}.h5"
    weights = alone(source, tmp_path / "w.hdf5")
    described = topology(source, tmp_path / "model.json")
    whole = converter.load(source)
    assert weights_only.is_weights_only(weights)
    assert not weights_only.is_weights_only(source)
    built = weights_only.read(weights, arch_json=described)
    check_same(built.model, whole)
    assert built.model.weight_order == whole.weight_order
    assert built.architecture == "model.json"
    check_same(weights_only.fit(stripped(whole), weights), whole)
    check_same(weights_only.fit(stripped(whole), source), whole)


@pytest.fixture(scope="module", params=["legacy", "3"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Weights of the golden models, saved by real Keras."""
    folder = tmp_path_factory.mktemp("weights")
    sources = [str(GOLDEN / f"{name}.h5") for name in CODE_FREE]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("weights_child.py")), str(folder), *sources],
        env={
            **os.environ,
            "TF_USE_LEGACY_KERAS": "1" if request.param == "legacy" else "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return request.param, folder


@pytest.mark.runtime
def test_what_keras_saved_fits_the_models_it_came_from(saved: tuple[str, Path]) -> None:
    kind, folder = saved
    failed = json.loads((folder / "failed.json").read_text())
    assert len(failed) <= (0 if kind == "legacy" else len(CODE_FREE) // 2), failed
    for name in CODE_FREE:
        if name in failed:
            continue
        whole = converter.load(GOLDEN / f"{name}.h5")
        found = weights_only.fit(stripped(whole), folder / f"{name}.weights.h5")
        check_same(last_names(found), last_names(whole))
        if kind == "legacy":
            read = weights_only.read(folder / f"{name}.hdf5", arch_json=folder / f"{name}.json")
            check_same(read.model, whole)
            assert read.model.keras_version.startswith("2.")


def test_the_real_rdn(idealo_rdn: Path, tmp_path: Path) -> None:
    source = idealo_rdn / "image-super-resolution-psnr-small.h5"
    weights = alone(source, tmp_path / "rdn.hdf5")
    whole = converter.load(source)
    built = weights_only.read(weights)
    assert built.architecture == "rdn-C3-D10-G64-G064-x2, upscaling ups"
    assert built.assumed == ()
    check_same(built.model, whole)
    assert built.model.weight_order == whole.weight_order
    for ours, theirs in zip(built.model.layers, whole.layers, strict=True):
        assert ours.class_name == theirs.class_name
        assert [call.inputs for call in ours.calls] == [call.inputs for call in theirs.calls]
        assert {key for key in ours.config if ours.config[key] != theirs.config.get(key)} <= {
            "kernel_initializer"
        }


def test_names_that_keras_numbered_anew_meet_by_order(tmp_path: Path) -> None:
    """A model built for the second time in a session has other names; Keras loads it all the same."""
    source = GOLDEN / "conv_norm_pool.h5"
    whole = converter.load(source)
    layers = {
        f"{layer.name}_7": [weight.array() for weight in layer.weights]
        for layer in whole.layers
        if layer.weights
    }
    found = weights_only.fit(stripped(whole), write_keras2(tmp_path / "w.h5", layers))
    check_same(found, whole)


def test_variables_that_tensorflow_numbered_get_the_names_of_their_layers(tmp_path: Path) -> None:
    path = write_keras2(tmp_path / "w.h5", {"d": arrays_of((4, 2))})
    with h5py.File(path, "r+") as file:
        file.move("d/d", "d/d_3")
        file["d"].attrs["weight_names"] = [b"d_3/kernel:0", b"d_3/bias:0"]
    built = weights_only.read(path, arch_json=json_of(tmp_path, dense("d", 4, 2)))
    assert [weight.name for weight in built.model.weights()] == ["d/kernel", "d/bias"]


def test_the_layout_of_tensorflow_2_12(tmp_path: Path) -> None:
    path = write_keras3(tmp_path / "w.weights.h5", {"dense": arrays_of((4, 2))})
    with h5py.File(path, "r+") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    assert weights_only.is_weights_only(path)
    built = weights_only.read(path, arch_json=json_of(tmp_path, dense("d", 4, 2)))
    assert [weight.name for weight in built.model.weights()] == ["d/kernel", "d/bias"]


def test_the_state_of_random_numbers_is_no_weight(tmp_path: Path) -> None:
    path = write_keras3(tmp_path / "w.weights.h5", {"dense": arrays_of((4, 2))}, ["d"])
    with h5py.File(path, "r+") as file:
        file["layers/dropout/seed_generator/vars/0"] = np.zeros(2, "int64")
    layers = [*dense("d", 4, 2), ("Dropout", {"name": "drop", "rate": 0.5})]
    built = weights_only.read(path, arch_json=json_of(tmp_path, layers))
    assert len(built.model.weights()) == 2


def test_custom_layers_keep_the_order_of_their_weights(tmp_path: Path) -> None:
    layers = [*dense("d", 4, 2), ("Mine", {"name": "mine"})]
    arrays = [np.full((2, 2), value, "float32") for value in range(3)]
    path = write_keras3(tmp_path / "w.weights.h5", {"dense": arrays_of((4, 2)), "mine": arrays})
    model = weights_only.read(path, arch_json=json_of(tmp_path, layers)).model
    mine = next(layer for layer in model.layers if layer.name == "mine")
    assert [(weight.name, weight.array()[0, 0]) for weight in mine.weights] == [
        ("mine/w0", 0.0),
        ("mine/w1", 1.0),
        ("mine/w2", 2.0),
    ]
    other = write_keras3(tmp_path / "2.h5", {"dense": arrays_of((4, 2)), "mine": arrays, "mine/a": arrays})
    refused(lambda: weights_only.read(other, arch_json=tmp_path / "model.json"), "weights-order")


def dense(name: str, inputs: int, units: int) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("Dense", {"name": name, "units": units, "use_bias": True, "batch_input_shape": [None, inputs]}),
    ]


def json_of(folder: Path, layers: list[tuple[str, dict[str, Any]]], **more: Any) -> Path:
    config = {"name": "m", "layers": [{"class_name": name, "config": each} for name, each in layers]}
    path = folder / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": config, **more}))
    return path


TWO = [*dense("first", 4, 3), ("Dense", {"name": "second", "units": 2})]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({"first": (4, 3), "second": (3, 5)}, "in one layer: 'second' has (3, 5), (5) and needs (3, 2), (2)"),
        ({"first": (4, 3)}, "'second' with (3, 2), (2) is missing"),
        ({"first": (4, 3), "second": (3, 2), "third": (2, 2)}, "'third' with (2, 2), (2) is one too many"),
        ({"a": (4, 3), "b": (3, 7)}, "'second', stored as 'b', has (3, 7), (7) and needs (3, 2), (2)"),
        ({"a": (4, 3)}, "'second' with (3, 2), (2) is missing"),
        ({"a": (4, 3), "b": (3, 2), "c": (2, 2)}, "'c' with (2, 2), (2) is one too many"),
        ({}, "in 2 layers: 'first' with (4, 3), (3) is missing; 'second'"),
    ],
)
def test_mismatches_are_told_layer_by_layer(layers: dict, words: str, tmp_path: Path) -> None:
    path = write_keras2(tmp_path / "w.h5", {name: arrays_of(kernel) for name, kernel in layers.items()})
    error = refused(lambda: weights_only.read(path, arch_json=json_of(tmp_path, TWO)), "arch-mismatch")
    assert words in error.why


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([(4, 3), (3, 5)], "'second', stored as 'dense_1', has (3, 5)"),
        ([(4, 3)], "'second' with (3, 2), (2) is missing"),
        ([(4, 3), (3, 2), (2, 2)], "'dense_2' with (2, 2), (2) is one too many"),
    ],
)
def test_mismatches_in_the_other_layout(groups: list, words: str, tmp_path: Path) -> None:
    arrays = dict(zip(counted("dense", len(groups)), map(arrays_of, groups), strict=True))
    path = write_keras3(tmp_path / "w.weights.h5", arrays)
    error = refused(lambda: weights_only.read(path, arch_json=json_of(tmp_path, TWO)), "arch-mismatch")
    assert words in error.why


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("", "topology", SourceError),
        ("[]", "topology", SourceError),
        ("\ud800", "arch-json", SourceError),
        ('{"module": "keras", "class_name": "Sequential", "config": {}}', "topology", SourceError),
        ('{"class_name": "Model", "config": {}, "keras_version": "3.1.0"}', "topology", SourceError),
        ('{"class_name": "Model", "config": {}, "keras_version": "1.2.2"}', "keras1-json", SourceError),
        ('{"class_name": "Lambda", "config": {}}', "lambda", UnsupportedError),
        (
            '{"class_name": "X", "config": {}, "module": "os", "keras_version": ""}',
            "foreign-code",
            SourceError,
        ),
    ],
)
def test_bad_topologies(text: str, code: str, kind: type[ConverterError], tmp_path: Path) -> None:
    weights = write_keras2(tmp_path / "w.h5", {"d": arrays_of((4, 2))})
    path = tmp_path / "model.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    refused(lambda: weights_only.read(weights, arch_json=path), code, kind)


def test_topologies_that_are_not_there(tmp_path: Path) -> None:
    weights = write_keras2(tmp_path / "w.h5", {"d": arrays_of((4, 2))})
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "pipe"):
        refused(lambda path=path: weights_only.read(weights, arch_json=path), "arch-json")
    refused(
        lambda: weights_only.read(weights, arch="rdn", arch_json=tmp_path / "x"), "arch-twice", UsageError
    )


def test_weights_of_keras_1_are_refused(tmp_path: Path) -> None:
    path = write_keras2(tmp_path / "w.h5", {"d": arrays_of((4, 2))}, "1.2.2")
    refused(lambda: weights_only.read(path, arch_json=json_of(tmp_path, dense("d", 4, 2))), "keras1-weights")


def test_weights_of_an_unknown_model(tmp_path: Path) -> None:
    layers = {f"conv_{index}": arrays_of((3, 3, 4, 4)) for index in range(6)}
    error = refused(
        lambda: weights_only.read(write_keras2(tmp_path / "w.h5", {"input": [], **layers})), "weights-only"
    )
    assert "888 weights of 6 layers (conv_0, conv_1, conv_2, conv_3 …)" in error.why
    assert error.exit_code == 3


KINDS = ["keras2", "keras3"]


def hostile(kind: str, folder: Path) -> Path:
    arrays = {"dense": arrays_of((4, 2))}
    return (
        write_keras2(folder / "w.h5", arrays) if kind == "keras2" else write_keras3(folder / "w.h5", arrays)
    )


def array_of(kind: str) -> str:
    return "dense/dense/kernel:0" if kind == "keras2" else "layers/dense/vars/0"


def read(path: Path, folder: Path) -> weights_only.Built:
    built = weights_only.read(path, arch_json=json_of(folder, dense("dense", 4, 2)))
    assert len(built.model.weights()) == 2
    return built


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_off(kind: str, tmp_path: Path) -> None:
    path = hostile(kind, tmp_path)
    read(path, tmp_path)
    whole = path.read_bytes()
    for length in (0, 7, 100, len(whole) // 2, len(whole) - 10):
        cut = tmp_path / f"cut-{length}.h5"
        cut.write_bytes(whole[:length])
        assert not weights_only.is_weights_only(cut)
        with pytest.raises(SourceError, match=r"cut off|no readable HDF5"):
            weights_only.read(cut)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("link", ["external", "soft", "fifo"])
@pytest.mark.parametrize("place", ["weight", "layer", "root"])
def test_links_are_refused(kind: str, link: str, place: str, tmp_path: Path) -> None:
    path = hostile(kind, tmp_path)
    other = shutil.copy(path, tmp_path / "other.h5")
    os.mkfifo(tmp_path / "pipe")
    key = {"weight": array_of(kind), "layer": "dense" if kind == "keras2" else "layers/dense"}.get(
        place, "dense" if kind == "keras2" else "layers"
    )
    with h5py.File(path, "r+") as file:
        del file[key]
        file[key] = (
            h5py.SoftLink("/elsewhere")
            if link == "soft"
            else h5py.ExternalLink(other if link == "external" else tmp_path / "pipe", key)
        )
    refused(lambda: read(path, tmp_path), "h5-link")
    if kind == "keras3" and place == "root":
        assert not weights_only.is_weights_only(path)


@pytest.mark.parametrize("kind", KINDS)
def test_declared_sizes_are_not_believed(kind: str, tmp_path: Path) -> None:
    path = hostile(kind, tmp_path)
    with h5py.File(path, "r+") as file:
        del file[array_of(kind)]
        file.create_dataset(array_of(kind), (1 << 20, 1 << 20), "float32", chunks=(1 << 10, 1 << 10))
    refused(lambda: read(path, tmp_path), "h5-size")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_elsewhere_are_refused(kind: str, tmp_path: Path) -> None:
    path = hostile(kind, tmp_path)
    (tmp_path / "secret").write_bytes(bytes(32))
    with h5py.File(path, "r+") as file:
        del file[array_of(kind)]
        file.create_dataset(array_of(kind), (4, 2), "float32", external=[(tmp_path / "secret", 0, 32)])
    refused(lambda: read(path, tmp_path), "h5-external")


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_where_an_array_should_be_and_the_other_way_round(kind: str, tmp_path: Path) -> None:
    path = hostile(kind, tmp_path)
    with h5py.File(path, "r+") as file:
        del file[array_of(kind)]
        file.create_group(array_of(kind))
    refused(lambda: read(path, tmp_path), "h5-corrupt")
    (tmp_path / "other").mkdir()
    path = hostile(kind, tmp_path / "other")
    with h5py.File(path, "r+") as file:
        key = "dense" if kind == "keras2" else "layers/dense"
        del file[key]
        file[key] = np.zeros(3)
    refused(lambda: read(path, tmp_path), "h5-corrupt")


def test_names_in_lists(tmp_path: Path) -> None:
    def edited(change: Callable[[h5py.File], None]) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.h5"
        write_keras2(path, {"dense": arrays_of((4, 2))})
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def names(*found: bytes) -> Callable[[h5py.File], None]:
        return lambda file: file.attrs.__setitem__("layer_names", list(found))

    def inside(*found: bytes) -> Callable[[h5py.File], None]:
        return lambda file: file["dense"].attrs.__setitem__("weight_names", list(found))

    for change, code in (
        (names(b"dense", b"dense"), "h5-corrupt"),
        (names(b"dense", b"gone"), "h5-missing"),
        (names(b"de\x1bnse"), "topology"),
        (names(b"\xff"), "h5-corrupt"),
        (names(b".."), "h5-missing"),
        (inside(b"dense/kernel:0", b"dense/kernel:0"), "arch-mismatch"),
        (inside(b"dense/kernel:0"), "arch-mismatch"),
        (inside(b"gone"), "h5-missing"),
        (lambda file: file["dense"].attrs.__delitem__("weight_names"), "h5-missing"),
        (lambda file: file.attrs.__setitem__("layer_names", 3.5), "h5-corrupt"),
        (lambda file: file.attrs.__setitem__("keras_version", b"2\x1b"), "topology"),
    ):
        path = edited(change)
        refused(lambda path=path: read(path, tmp_path), code)


def test_a_hundred_thousand_names(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["layer_names"] = np.array([b"%06d" % index for index in range(100_000)])
    assert weights_only.is_weights_only(path)
    assert "100,000 layers" in refused(lambda: weights_only.read(path), "h5-corrupt").why


def test_trees_that_are_none(tmp_path: Path) -> None:
    def edited(change: Callable[[h5py.File], None]) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.h5"
        write_keras3(path, {"dense": arrays_of((4, 2))})
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def loop(file: h5py.File) -> None:
        file["layers/dense/again"] = file["layers"]

    def deep(file: h5py.File) -> None:
        file.create_group("layers/" + "/".join("x" * 100))

    def gap(file: h5py.File) -> None:
        file.move("layers/dense/vars/1", "layers/dense/vars/2")

    def twice(file: h5py.File) -> None:
        file["layers/dense_1"] = file["layers/dense"]

    def shared(file: h5py.File) -> None:
        file["layers/dense/vars/2"] = np.zeros(5000)
        for index in range(3, 20):
            file[f"layers/dense/vars/{index}"] = file["layers/dense/vars/2"]

    def crowd(file: h5py.File) -> None:
        group = file["layers"].id
        for index in range(50_001):
            h5py.h5g.create(group, b"dense_%d" % index)

    def control(file: h5py.File) -> None:
        file.create_group("layers/a\x1bb")

    for change, code in (
        (loop, "h5-corrupt"),
        (deep, "h5-corrupt"),
        (gap, "h5-corrupt"),
        (twice, "h5-corrupt"),
        (shared, "h5-size"),
        (crowd, "h5-corrupt"),
        (control, "topology"),
        (lambda file: file["layers/dense/vars"].attrs.__setitem__("name", b"\x1b"), "topology"),
        (lambda file: file["layers/dense/vars"].attrs.__setitem__("name", [1, 2]), "h5-corrupt"),
        (lambda file: file.__delitem__("layers"), "h5-not-keras"),
    ):
        path = edited(change)
        refused(lambda path=path: read(path, tmp_path), code)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_any_weights(kind: str, tmp_path: Path) -> None:
    path = (
        write_keras2(tmp_path / "w.h5", {})
        if kind == "keras2"
        else write_keras3(tmp_path / "w.h5", {"a": ()})
    )
    error = refused(lambda: weights_only.read(path), "weights-only")
    assert "0 weights of 0 layers" in error.why
    for arch in ("rdn", "rrdn-C4-D3-G32-G032-T10-x4"):
        refused(lambda arch=arch: weights_only.read(path, arch=arch), "arch-mismatch")


def test_what_is_no_file_of_weights(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = np.zeros(3)
    (tmp_path / "text").write_text("hello")
    assert not weights_only.is_weights_only(tmp_path / "data.h5")
    assert not weights_only.is_weights_only(tmp_path / "text")
    assert not weights_only.is_weights_only(tmp_path / "none")
    refused(lambda: weights_only.read(tmp_path / "data.h5"), "h5-not-keras")
    refused(lambda: weights_only.read(tmp_path / "text"), "h5-unreadable")


def test_flipped_bits_are_read_or_refused(tmp_path: Path) -> None:
    """Every eighth byte of the structure, one at a time."""
    for kind in KINDS:
        path = hostile(kind, tmp_path)
        whole = path.read_bytes()
        rng = np.random.default_rng(5)
        for position in rng.choice(min(len(whole), 4000), 150, replace=False):
            spoilt = bytearray(whole)
            spoilt[position] ^= 1 << int(rng.integers(8))
            damaged = tmp_path / "damaged.h5"
            damaged.unlink(missing_ok=True)
            damaged.write_bytes(spoilt)
            try:
                weights_only.is_weights_only(damaged)
                for weight in weights_only.read(
                    damaged, arch_json=json_of(tmp_path, dense("dense", 4, 2))
                ).model.weights():
                    weight.array()
            except ConverterError as error:
                assert error.fix
