"""Networks recognised from files of weights alone, in every layout."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
from weight_files import arrays_of, counted, write_keras2, write_keras3

from converter.architectures import FAMILIES
from converter.errors import SourceError
from converter.model import Model
from converter.sources import weights_only
from converter.sources.weights_only import Built

SEEDS = range(44)
RDN = {"C": 2, "D": 2, "G": 4, "G0": 5, "x": 2, "c_dim": 3, "kernel_size": 3, "upscaling": "ups"}
RRDN = {"C": 2, "D": 2, "G": 4, "G0": 5, "T": 3, "x": 2, "c_dim": 3, "kernel_size": 3}


def filled(kernels: networks.Kernels) -> dict[str, list[np.ndarray]]:
    return {name: arrays_of(kernel, index) for index, (name, kernel) in enumerate(kernels.items())}


def unnamed(path: Path, layers: dict[str, list[np.ndarray]], additions: int = 0) -> Path:
    """As Keras before 3.7 writes it: counted by class, those without weights as well."""
    arrays = dict(zip(counted("conv2d", len(layers)), layers.values(), strict=True))
    return write_keras3(path, {**arrays, **dict.fromkeys(counted("add", additions), ())})


def holds(model: Model, layers: dict[str, list[np.ndarray]]) -> bool:
    found = {layer.name: [weight.array() for weight in layer.weights] for layer in model.layers}
    return {name for name, arrays in found.items() if arrays} == set(layers) and all(
        np.array_equal(a, b) for name in layers for a, b in zip(found[name], layers[name], strict=True)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_parameter_is_inferred(seed: int, tmp_path: Path) -> None:
    family, parameters = networks.draw(seed)
    layers = filled(networks.kernels(family, parameters))
    extra = {"LR": [], **layers, "lambda_7": [], "PixelShuffle": []}
    files = [
        write_keras2(tmp_path / "2.hdf5", extra),
        write_keras3(
            tmp_path / "named.weights.h5",
            dict(zip(counted("conv2d", len(layers)), layers.values(), strict=True)),
            layers,
        ),
        unnamed(
            tmp_path / "counted.weights.h5",
            layers,
            parameters["D"] + 1 if family == "rdn" else parameters["T"] * (parameters["D"] + 1) + 1,
        ),
    ]
    for path in files:
        assert weights_only.is_weights_only(path)
        built = weights_only.read(path)
        assert built.architecture == networks.describe(family, parameters)
        assert holds(built.model, layers)
        assert {weight.name for weight in built.model.weights()} == {
            f"{name}/{variable}" for name in layers for variable in ("kernel", "bias")
        }
        assert built.model.keras_version == ("2.3.1" if path.suffix == ".hdf5" else "")
    assert any("order and shapes" in text for text in built.assumed)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernels_are_those_that_follow_the_channels(seed: int) -> None:
    family, parameters = networks.draw(seed)
    network = FAMILIES[family](**parameters)
    expected = networks.kernels(family, parameters)
    assert list(network.convolutions().items()) == list(expected.items())
    assert network.count == len(expected)
    added = [layer for layer in network.topology()["config"]["layers"] if layer["class_name"] == "Add"]
    assert network.additions == len(added)


def test_the_order_in_which_a_file_lists_named_layers_does_not_matter(tmp_path: Path) -> None:
    layers = filled(networks.rrdn(**RRDN))
    names = list(layers)
    random.Random(1).shuffle(names)
    built = weights_only.read(write_keras2(tmp_path / "w.h5", {name: layers[name] for name in names}))
    assert holds(built.model, layers)


def test_where_shapes_leave_a_choice_it_is_the_users(tmp_path: Path) -> None:
    layers = filled(networks.rrdn(**RRDN))
    path = unnamed(tmp_path / "w.weights.h5", layers)
    with pytest.raises(SourceError) as caught:
        weights_only.read(path)
    assert caught.value.code == "arch-ambiguous"
    assert "rrdn-C2-D2-G4-G05-T3-x2" in caught.value.why
    for asked in ({"arch": "rrdn-C2-D2-G4-G05-T3-x2"}, {"arch": "rrdn-T3"}, {"arguments": {"T": "3"}}):
        built = weights_only.read(path, **asked)
        assert built.architecture.startswith("rrdn-C2-D2-G4-G05-T3-x2")
        assert holds(built.model, layers)


def test_names_of_somebody_elses_are_no_idealo_network_unless_the_user_says_so(tmp_path: Path) -> None:
    layers = filled(networks.rdn(**RDN))
    renamed = {f"my_{index}": arrays for index, arrays in enumerate(layers.values())}
    path = write_keras2(tmp_path / "w.h5", renamed)
    with pytest.raises(SourceError, match="weights of 14 layers") as caught:
        weights_only.read(path)
    assert caught.value.code == "weights-only"
    built = weights_only.read(path, arch="rdn")
    assert holds(built.model, layers)
    assert {weight.name.partition("/")[0] for weight in built.model.weights()} == set(layers)


def read(folder: Path, layers: dict[str, list[np.ndarray]], **asked: Any) -> Built:
    path = folder / f"{len(list(folder.iterdir()))}.h5"
    return weights_only.read(write_keras2(path, layers), **asked)


def refused(folder: Path, layers: dict[str, list[np.ndarray]], **asked: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(folder, layers, **asked)
    assert caught.value.fix
    return caught.value


def test_a_forced_name_that_does_not_fit_is_told_layer_by_layer(tmp_path: Path) -> None:
    layers = filled(networks.rdn(**RDN))
    error = refused(tmp_path, layers, arch="rdn-C3-D2-G4-G05-x3")
    assert error.code == "arch-mismatch"
    assert "'F_1_3' with (3, 3, 13, 4), (4) is missing" in error.why
    assert "'UPN3' has (3, 3, 32, 12), (12) and needs (3, 3, 32, 27), (27)" in error.why
    assert "rdn-C3-D2-G4-G05-x3" in error.where


@pytest.mark.parametrize(
    ("asked", "layer"),
    [
        ({"arch": "rdn", "arguments": {"upscaling": "shuffle"}}, "'SR' has (3, 3, 12, 3)"),
        ({"arguments": {"upscaling": "shuffle"}}, "'SR' has (3, 3, 12, 3)"),
        ({"arguments": {"c_dim": 1}}, "'UPN3' has (3, 3, 32, 12)"),
        ({"arguments": {"kernel_size": "5"}}, "'F_m1' has (3, 3, 3, 5)"),
        ({"arch": "rdn-C2-D2-G4-G05-x2-shuffle"}, "'SR' has (3, 3, 12, 3)"),
        ({"arch": "rdn-G8"}, "'F_1_1' has (3, 3, 5, 4)"),
    ],
)
def test_a_forced_parameter_is_compared(asked: dict[str, Any], layer: str, tmp_path: Path) -> None:
    error = refused(tmp_path, filled(networks.rdn(**RDN)), **asked)
    assert error.code == "arch-mismatch"
    assert layer in error.why


def test_what_the_weights_fit_is_said_when_something_else_was_asked_for(tmp_path: Path) -> None:
    layers = filled(networks.rdn(**RDN))
    for asked in ({"arch": "rrdn"}, {"arch": "rdn-C3"}, {"arguments": {"upscaling": "shuffle"}}):
        assert "fit rdn-C2-D2-G4-G05-x2, upscaling ups" in refused(tmp_path, layers, **asked).fix


def test_one_name_of_somebody_elses_is_enough_to_ask(tmp_path: Path) -> None:
    layers = filled(networks.rdn(**RDN))
    renamed = {"mine" if name == "LFF_1" else name: arrays for name, arrays in layers.items()}
    error = refused(tmp_path, renamed)
    assert error.code == "weights-only"
    assert "It resembles rdn-C2-D2-G4-G05-x2" in error.why
    assert holds(read(tmp_path, renamed, arch="rdn").model, layers)


def test_layers_without_weights_that_are_too_many_are_noticed(tmp_path: Path) -> None:
    layers = filled(networks.rrdn(**RRDN))
    path = unnamed(tmp_path / "w.weights.h5", layers, 11)
    for asked, code in (({}, "weights-only"), ({"arch": "rrdn-T3"}, "arch-mismatch")):
        with pytest.raises(SourceError, match="named or counted") as caught:
            weights_only.read(path, **asked)
        assert caught.value.code == code


def test_many_differences_are_counted(tmp_path: Path) -> None:
    error = refused(tmp_path, filled(networks.rdn(**RDN)), arch="rdn-C6-D20-G64-G064-x2")
    assert "; and " in error.why
    assert 5 < error.why.count(";") <= 10
    assert len(error.why) < 1000


def test_the_wrong_family_is_told(tmp_path: Path) -> None:
    error = refused(tmp_path, filled(networks.rdn(**RDN)), arch="rrdn")
    assert error.code == "arch-mismatch"
    assert "nothing in it is like rrdn" in error.why
    full = refused(tmp_path, filled(networks.rdn(**RDN)), arch="rrdn-C2-D2-G4-G05-T3-x2")
    assert "'Pre_blocks_conv' with (3, 3, 3, 5), (5) is missing" in full.why


def change(layers: dict[str, list[np.ndarray]], how: str) -> None:
    match how:
        case "lost":
            del layers["LFF_1"]
        case "spare":
            layers["F_9_9"] = arrays_of((3, 3, 5, 4))
        case "other":
            layers["stray"] = [np.zeros((7, 7), "float32")]
        case "no bias":
            del layers["GFF_2"][1]
        case "wider":
            layers["F_2_1"] = arrays_of((3, 3, 5, 6))
        case "flat":
            layers["F_m1"] = [np.zeros((3, 5), "float32"), np.zeros(5, "float32")]
        case "empty":
            layers["SR"] = arrays_of((3, 3, 12, 0))
        case "uneven":
            layers["UPN3"] = arrays_of((3, 3, 32, 13))
        case "names":
            layers["F_9999_9999"] = arrays_of((3, 3, 5, 4))


@pytest.mark.parametrize(
    "how", ["lost", "spare", "other", "no bias", "wider", "flat", "empty", "uneven", "names"]
)
def test_what_is_not_quite_the_network_is_refused(how: str, tmp_path: Path) -> None:
    layers = filled(networks.rdn(**RDN))
    change(layers, how)
    error = refused(tmp_path, layers)
    assert error.code == "weights-only"
    assert error.exit_code == 3
    assert "--arch" in error.fix
    assert "--arch-json" in error.fix
    assert "--model" in error.fix
    if how in {"lost", "no bias", "wider", "uneven"}:
        assert "It resembles rdn-C2-D2-G4-G05-x2" in error.why
    assert refused(tmp_path, layers, arch="rdn").code == "arch-mismatch"


def test_beta_is_assumed_unless_it_is_given(tmp_path: Path) -> None:
    layers = filled(networks.rrdn(**RRDN))

    def betas(built: Built) -> set[float]:
        found = [layer.config for layer in built.model.layers if layer.class_name == "MultiplyBeta"]
        assert len(found) == 9
        return {config["beta"] for config in found}

    assumed = read(tmp_path, layers)
    assert betas(assumed) == {0.2}
    assert "beta = 0.2 is not in the weights and was assumed" in assumed.assumed[0]
    given = read(tmp_path, layers, arguments={"beta": "0.25"})
    assert betas(given) == {0.25}
    assert given.assumed == ()


def test_a_whole_model_can_be_read_as_another(tmp_path: Path) -> None:
    """A file with a topology, such as one full of Lambdas, whose weights belong to a known network."""
    import h5py

    layers = filled(networks.rrdn(**RRDN))
    path = write_keras2(tmp_path / "w.h5", layers)
    whole = tmp_path / "whole.h5"
    with h5py.File(path) as old, h5py.File(whole, "w") as new:
        new.attrs["model_config"] = '{"class_name": "Lambda"}'
        old.copy("/", new, "model_weights")
        new["model_weights"].attrs.update(old.attrs)
    assert not weights_only.is_weights_only(whole)
    assert holds(weights_only.read(whole, arch="rrdn").model, layers)
