"""Models that the user's own Python builds: what is captured becomes configuration, or is refused."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter import errors
from converter.errors import SourceError, UnsupportedError, UsageError
from converter.model import Model
from converter.sources import keras_h5, python_model
from converter.sources.python_model import PythonBuilder

HERE = Path(__file__).parent
BUILDERS = HERE / "builders"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
SMALL = {"C": 1, "D": 2, "G": 4, "G0": 4}

COMPARED = [
    *(
        "on_the_line_of_its_def",
        "two_on_one_line",
        "over_many_lines",
        "partials",
        "mean_of_colours",
        "loop",
        "constants",
    ),
    *("without_captures", "late", "from_a_library", "helpers", "Network", "factory", "classes"),
]
GRAPHS = ["shared", "sequential", "operators", "activations", "conv", "holding", "Holder", "namespace.inner"]
DEEP = ["nested", "recurrent", "masked"]
"""What Keras 3 cannot load from the format of Keras 2, so that tf_keras does."""

SAVED_2 = ["full.h5", "weights.h5"]
SAVED_3 = ["3.weights.h5", "model.keras", "3full.h5"]

REFUSED = {
    "tensor": "'value', which is a tensor",
    "variable": "'value', which is a variable",
    "a_list": "'source.items', which is a mutable list",
    "a_dict": "'table', which is a mutable dict",
    "an_object": "'source', which is an object of the class Source",
    "a_layer": "'dense', which is a Keras layer (Dense) with its own weights",
    "changing": "it changes 'self.count'",
    "storing": "'calls.append': it belongs to a mutable list",
    "storing_item": "it changes 'table['x']'",
    "rebinding": "it changes 'COUNT'",
    "random": "'np.random.uniform', which differs from call to call",
    "rng": "it belongs to an object of the class Generator",
    "printing": "'print', which may do anything",
    "a_property": "'source.scale': it is a property, which runs code",
    "a_dynamic_attribute": "Dynamic looks it up by code of its own",
    "varied_arguments": "takes *args or **kwargs",
    "not_finite": "'top', which is inf",
    "vast": "'number', which is 1152921504606846977, which JavaScript cannot hold",
    "vast_array": "whole numbers beyond 2**53",
    "large": "an array of 90,000 elements",
    "without_source": "the source text of the function 'made' is not to be found",
    "callable_object": "an object of the class Twice, whose code cannot be read",
}
OF_KERAS_3 = ("unknown_operation", "hard_sigmoid", "called_with_more")

OTHERWISE_REFUSED = {
    "forgetful": ("layer-configuration", "parameter 'amount'"),
    "vast_setting": ("unsupported-configuration", "its 'value' is 1180591620717411303424"),
    "not_a_number": ("unsupported-configuration", "its 'low[…]' is nan, which JSON cannot hold"),
    "coloured": ("builder-failed", "ValueError: red and plain."),
    "activation": ("unsupported-configuration", "is the function 'activation.<locals>.<lambda>'"),
    "nested_subclass": ("subclassed-model", "has no graph of layers"),
    "unbuilt": ("unbuilt-model", "does not know the shape"),
    "failing": ("builder-failed", "KeyError: 'x'"),
    "endless": ("builder-failed", "RecursionError"),
    "leaving": ("builder-failed", "sys.exit(3)"),
    "nothing": ("no-model", "it gave None"),
    "a_pair": ("no-model", "a tuple of int, KerasTensor"),
    "number": ("no-model", "of the class int"),
    "needy": ("missing-module", "'no_such_module_anywhere' is not installed"),
    "nedy": ("model", "near it: needy"),
}


@dataclass(frozen=True)
class Built:
    """What the child left of one builder."""

    folder: Path

    @cached_property
    def result(self) -> dict[str, Any]:
        found = json.loads((self.folder / "result.json").read_text())
        assert "error" not in found, found["error"]
        return found

    @property
    def error(self) -> errors.ConverterError:
        found = dict(json.loads((self.folder / "result.json").read_text())["error"])
        return getattr(errors, found.pop("kind"))(**found)

    @property
    def captured(self) -> list[tuple[str, dict[str, Any], list[str]]]:
        return [(use["class_name"], use["values"], use["layers"]) for use in self.result["captured"]]

    @property
    def classes(self) -> str:
        return (self.folder / "captured_layers.py").read_text()

    @property
    def difference(self) -> str:
        return (self.folder / "difference").read_text()

    @property
    def model(self) -> Model:
        return keras_h5.read(self.folder / "model.h5")


Many = Callable[[str], Built]


def run_many(folder: Path, code: Path, jobs: dict[str, dict[str, Any]], *, legacy: bool) -> Many:
    """Many builders in one process: starting TensorFlow takes longer than all of them."""
    default = {"arguments": {}, "weights": None, "compare": "own"}
    jobs = {name: {"target": name, **default, **job} for name, job in jobs.items()}
    (folder / "jobs.json").write_text(json.dumps(jobs))
    environment = {**os.environ, **QUIET, "TF_USE_LEGACY_KERAS": str(int(legacy))}
    environment["PYTHONPATH"] = os.pathsep.join([str(BUILDERS), str(code)])
    done = subprocess.run(
        [sys.executable, HERE / "building.py", folder / "jobs.json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return lambda name: Built(folder / name)


def plain(names: list[str]) -> dict[str, dict[str, Any]]:
    return {name: {} for name in names}


def saves(names: list[str]) -> dict[str, dict[str, Any]]:
    return {name: {"target": "graphs:conv", "save": name} for name in names}


def isr_jobs() -> dict[str, dict[str, Any]]:
    rdn, rrdn = "ISR.models.rdn:RDN", "ISR.models.rrdn:RRDN"
    jobs = {
        f"rdn-{kind}-x{x}": {
            "target": rdn,
            "arguments": {"arch_params": {**SMALL, "x": x}, "upscaling": kind},
        }
        for kind, x in (("ups", 2), ("shuffle", 3), ("shuffle", 4))
    }
    arguments = {"arch_params": {**SMALL, "T": 10, "D": 3, "x": 4}}
    return {**jobs, "rrdn-x4": {"target": rrdn, "arguments": arguments}}


@pytest.fixture(scope="module")
def keras3(isr_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Many:
    deep = {f"graphs:{name}": {"compare": "keras 2"} for name in DEEP}
    names = [f"capturing:{name}" for name in COMPARED] + [
        f"graphs:{name}" for name in (*GRAPHS, "functions_3", "between_3")
    ]
    names += [f"refused:{name}" for name in (*REFUSED, *OTHERWISE_REFUSED, *OF_KERAS_3)]
    names += [
        "graphs:built",
        "lame.inside:build",
        "no_module:x",
        "graphs:built.layers.nine",
        "lame.insid:build",
    ]
    frozen = {"frozen": {"target": "capturing:classes", "arguments": {"frozen": True}}}
    wrong = {
        "wrong": {"target": "graphs:conv", "arguments": {"filter": 3}},
        "surplus": {"target": "graphs:built", "arguments": {"filters": 3}},
    }
    jobs = {**isr_jobs(), **plain(names), **deep, **frozen, **wrong, **saves(SAVED_3)}
    return run_many(tmp_path_factory.mktemp("keras3"), isr_code, jobs, legacy=False)


@pytest.fixture(scope="module")
def keras2(isr_code: Path, tmp_path_factory: pytest.TempPathFactory) -> Many:
    names = [f"capturing:{name}" for name in COMPARED]
    names += [f"graphs:{name}" for name in (*GRAPHS, *DEEP, "functions_2")]
    jobs = {**isr_jobs(), **plain(names), **saves(SAVED_2)}
    return run_many(tmp_path_factory.mktemp("keras2"), isr_code, jobs, legacy=True)


@pytest.fixture(scope="module", params=[2, 3])
def either(request: pytest.FixtureRequest) -> Many:
    return request.getfixturevalue(f"keras{request.param}")


# idealo's code, unchanged


def test_idealos_pixel_shuffle(either: Many) -> None:
    for x in (3, 4):
        built = either(f"rdn-shuffle-x{x}")
        assert built.captured == [("PixelShuffle", {"scale": x}, ["PixelShuffle"])]
        (layer,) = (layer for layer in built.model.layers if layer.class_name == "PixelShuffle")
        assert layer.config["scale"] == x
        assert built.difference == "0.0"
    assert "tf.nn.depth_to_space(x, block_size=self.scale, data_format='NHWC')" in built.classes


def test_idealos_beta(either: Many) -> None:
    built = either("rrdn-x4")
    uses = [use for use in built.captured if use[0] == "MultiplyBeta"]
    assert sum(len(layers) for _, _, layers in uses) == 40
    assert all(values == {"beta": 0.2} for _, values, _ in uses)
    assert built.classes.count("class ") == 2
    assert [use["origin"] for use in built.result["captured"]] == [
        "rrdn.py:137",
        "rrdn.py:139",
        "rrdn.py:154",
    ]
    assert built.difference == "0.0"


def test_a_model_without_captures_needs_no_classes(either: Many) -> None:
    built = either("rdn-ups-x2")
    assert built.result["layers"] == []
    assert built.captured == []
    assert built.difference == "0.0"
    assert "'yaml' is not installed" in built.result["warnings"][0] or not built.result["warnings"]


def test_both_generations_give_the_same_topology(keras2: Many, keras3: Many) -> None:
    for name in isr_jobs():
        one, other = keras2(name).model, keras3(name).model
        assert [(a.name, a.class_name) for a in one.layers] == [(b.name, b.class_name) for b in other.layers]
        assert [a.calls[0].inputs for a in one.layers if a.calls] == [
            b.calls[0].inputs for b in other.layers if b.calls
        ]
        shapes = [[(weight.name, weight.shape) for weight in model.weights()] for model in (one, other)]
        assert shapes[0] == shapes[1]
        assert one.class_name == other.class_name == "Functional"


# captures


@pytest.mark.parametrize("name", COMPARED)
def test_the_exported_model_computes_the_same(either: Many, name: str) -> None:
    built = either(f"capturing:{name}")
    assert built.result
    assert built.difference == "0.0"


def test_two_lambdas_on_one_line(either: Many) -> None:
    assert [(name, values) for name, values, _ in either("capturing:two_on_one_line").captured] == [
        ("MultiplyFirst", {"first": 2.0}),
        ("AddFirst", {"first": 2.0}),
    ]


def test_arguments_partials_and_defaults_are_captures(either: Many) -> None:
    built = either("capturing:partials")
    assert [values for _, values, _ in built.captured] == [
        {"factor": 3.0, "shift": 1.0},
        {"factor": 2.0, "shift": 0.25},
    ]
    assert built.classes.count("class ") == 1
    assert [values for _, values, _ in either("capturing:loop").captured] == [
        {"by": 1},
        {"by": 2},
        {"by": 3},
        {"step": 3},
    ]


def test_a_variable_of_a_loop_that_is_read_late(either: Many) -> None:
    built = either("capturing:late")
    assert built.captured == [("Mul", {"step": 3}, ["mul1", "mul2", "mul3"])]
    (warning,) = built.result["warnings"]
    assert "reads 'step' when it runs, after the loop: 3 layers from 'mul1' on" in warning
    assert either("capturing:loop").result["warnings"] == []


def test_arrays_are_kept_by_value(either: Many) -> None:
    built = either("capturing:mean_of_colours")
    assert built.captured[0] == ("Normalize", {"rgb": [127.5, 63.75, 31.875]}, ["normalize"])
    assert "np.array(rgb, dtype='float32')" in built.classes


def test_globals_items_private_names_methods_and_slots(either: Many) -> None:
    assert either("capturing:constants").captured[0][1] == {
        "gain": 1.5,
        "gain_value": 0.75,
        "offsets": [1.0, 2.0],
    }
    assert [(name, values) for name, values, _ in either("capturing:Network").captured] == [
        ("MultiplyBeta", {"beta": float(np.float32(0.2))}),
        ("MultiplySecret", {"secret": 3.0}),
        ("Scaled", {"factor": 0.1}),
        ("Shuffle", {"scale": 2}),
        ("AddXFactor", {"x": 2, "factor": 0.1}),
    ]


def test_helpers_come_along_with_what_they_capture(either: Many) -> None:
    built = either("capturing:helpers")
    assert built.captured[0][1] == {"gain": 1.5, "times": 2}
    assert [line.split("(")[0].strip() for line in built.classes.splitlines() if " def _" in line] == [
        *("def __init__", "def _clipped", "def _gained", "def _repeated")
    ]


def test_no_generated_class_has_the_name_of_another(either: Many) -> None:
    names = [name for name, _, _ in either("capturing:without_captures").captured]
    assert names == ["MultiplyLambda", "AddLambda", "Slice"]
    assert [name for name, _, _ in either("capturing:classes").captured] == ["Gain", "AddLayer"]


# classes


def test_a_class_made_in_a_function_is_written_with_what_it_closes_over(either: Many) -> None:
    built = either("capturing:factory")
    assert [(values["by"], layers) for _, values, layers in built.captured] == [
        (2.0, ["first", "third"]),
        (-3.0, ["second"]),
    ]
    configs = {layer.name: layer.config for layer in built.model.layers}
    assert (configs["second"]["by"], configs["second"]["units"]) == (-3.0, 2)
    assert "super(Shift, self)" in built.classes


def test_a_class_in_a_file_stays_there_with_a_whole_configuration(either: Many) -> None:
    built = either("capturing:classes")
    assert [Path(path).name for path in built.result["layers"]] == ["captured_layers.py", "capturing.py"]
    (block,) = (layer for layer in built.model.layers if layer.name == "block")
    assert (block.class_name, block.config["filters"], block.config["kernel"]) == ("Block", 4, 3)


WEIGHTS_OF_BLOCK = ["gain", "gamma", "beta", "kernel", "bias", "extra", "moving_mean", "moving_variance"]


def test_weights_are_in_the_order_of_keras_frozen_or_not(keras3: Many) -> None:
    for name in ("capturing:classes", "frozen"):
        (block,) = (layer for layer in keras3(name).model.layers if layer.name == "block")
        assert [weight.name.rsplit("/", 1)[-1] for weight in block.weights] == WEIGHTS_OF_BLOCK
        assert all(weight.name.startswith("block/") for weight in block.weights)


# graphs


@pytest.mark.parametrize("name", [*GRAPHS, *DEEP])
def test_graphs_of_every_kind(either: Many, name: str) -> None:
    built = either(f"graphs:{name}")
    assert built.result
    assert float(built.difference) < 1e-5
    assert built.model.layers


def test_keras_3_is_said_in_the_words_of_keras_2(keras3: Many) -> None:
    shared = {layer.name: layer for layer in keras3("graphs:shared").model.layers}
    assert len(shared["dense"].calls) == 2 + 1
    assert shared["leaky_re_lu"].config["alpha"] == 0.25
    assert "kernel_regularizer" not in shared["dense"].config
    activations = [layer.config.get("activation") for layer in keras3("graphs:activations").model.layers]
    assert activations == [None, "relu", "swish"]
    both = next(layer for layer in keras3("graphs:recurrent").model.layers if layer.name == "both")
    assert both.config["layer"]["config"]["name"] == "lstm"
    assert both.weights[0].name == "both/forward_lstm/lstm_cell/kernel"
    tail = next(layer for layer in keras3("graphs:nested").model.layers if layer.name == "tail")
    assert tail.model is not None
    assert tail.model.layers[1].weights[0].name.endswith("/depthwise_kernel")


def test_operators_become_layers(either: Many) -> None:
    built = either("graphs:operators")
    assert [name for name, _, _ in built.captured] == [
        *("MultiplyConstant", "DivideConstant", "SubtractConstant", "Slice", "SubtractConstant2"),
        "PowerConstant",
    ]
    assert [layer.class_name for layer in built.model.layers if layer.class_name in ("Add", "Multiply")] == [
        *("Add", "Multiply")
    ]
    assert "x[:, 1:, ..., :2]" in built.classes


def test_functions_on_tensors_become_layers(keras2: Many, keras3: Many) -> None:
    assert [(name, values) for name, values, _ in keras2("graphs:functions_2").captured] == [
        ("DepthToSpaceBlockSize", {"block_size": 2}),
        ("ClipByValueClipValueMinClipValueMax", {"clip_value_min": 0.0, "clip_value_max": 0.5}),
        ("ReduceMeanAxisKeepdims", {"axis": [1, 2], "keepdims": True}),
    ]
    assert [(name, values) for name, values, _ in keras3("graphs:functions_3").captured] == [
        ("ClipXMinXMax", {"x_min": 0, "x_max": 0.5}),
        ("LeakyReluNegativeSlope", {"negative_slope": 0.1}),
        ("MeanAxisKeepdims", {"axis": -1, "keepdims": True}),
    ]
    assert keras2("graphs:functions_2").difference == keras3("graphs:functions_3").difference == "0.0"


def test_two_tensors_and_parts_of_one(keras3: Many) -> None:
    built = keras3("graphs:between_3")
    assert [(name, values) for name, values, _ in built.captured] == [
        ("SplitAxis", {"axis": -1}),
        ("AddConstant", {"constant": 2}),
        ("Divide", {}),
        ("Power", {}),
        ("SubtractOperation", {}),
        ("ResizeSizeInterpolation", {"size": [8, 8], "interpolation": "bicubic"}),
    ]
    assert "return x[0] / x[1]" in built.classes
    assert built.difference == "0.0"


# refusals


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_configuration_holds_is_refused_with_its_line(keras3: Many, name: str) -> None:
    error = keras3(f"refused:{name}").error
    assert isinstance(error, UnsupportedError)
    assert error.code == "capture"
    assert REFUSED[name] in error.why
    assert "layer 'through'" in error.where
    assert ".py:" in error.where or name in ("callable_object", "without_source")


@pytest.mark.parametrize("name", OTHERWISE_REFUSED)
def test_builders_that_give_nothing_to_convert(keras3: Many, name: str) -> None:
    error = keras3(f"refused:{name}").error
    assert (error.code, OTHERWISE_REFUSED[name][1] in error.why) == (OTHERWISE_REFUSED[name][0], True), error
    assert error.fix


def line_of(text: str) -> int:
    lines = (BUILDERS / "refused.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_users_line_is_named(keras3: Many) -> None:
    line = line_of('{}["x"]')
    assert keras3("refused:failing").error.where == f"refused.py:{line}, in failing"


@pytest.mark.parametrize("name", OF_KERAS_3)
def test_what_keras_2_has_no_words_for_is_saved_by_keras_3(name: str, keras3: Many) -> None:
    assert keras3(f"refused:{name}").result["exported"] == "model.keras"


def test_looking_at_attributes_runs_nothing(keras3: Many) -> None:
    for name in ("a_property", "a_dynamic_attribute"):
        assert isinstance(keras3(f"refused:{name}").error, UnsupportedError)
    assert not (keras3("refused:a_property").folder.parent / "touches").exists()


def test_names_that_do_not_exist(keras3: Many) -> None:
    for name, near in (
        ("no_module:x", "no Python module 'no_module'"),
        ("lame.insid:build", "near it: inside"),
        ("graphs:built.layers.nine", "has no 'nine'"),
        ("wrong", "unexpected keyword argument 'filter'"),
        ("surplus", "is a model and takes none"),
    ):
        error = keras3(name).error
        assert isinstance(error, UsageError), name
        assert near in error.why


def test_a_package_that_lacks_something_is_stepped_over(keras3: Many) -> None:
    built = keras3("lame.inside:build")
    assert built.captured[0][1] == {"factor": 2.5}
    (warning,) = built.result["warnings"]
    assert "'lame' was not run" in warning
    assert "'no_such_module_anywhere' is not installed" in warning


# weights, and the process


@pytest.fixture(scope="module")
def saved(keras2: Many, keras3: Many) -> dict[str, Path]:
    """Weights of one model as both generations save them."""
    return {name: keras2(name).folder / name for name in SAVED_2} | {
        name: keras3(name).folder / name for name in SAVED_3
    }


def test_weights_of_every_layout(saved: dict[str, Path], isr_code: Path, tmp_path: Path) -> None:
    files = [*SAVED_2, *SAVED_3]
    jobs: dict[str, dict[str, Any]] = {
        name: {"target": "graphs:conv", "weights": str(saved[name])} for name in files
    }
    renamed = {"target": "graphs:conv", "arguments": {"renamed": True}}
    jobs["renamed"] = {**renamed, "weights": str(saved["weights.h5"])}
    jobs["deeper"] = {**jobs["weights.h5"], "arguments": {"depth": 3}}
    jobs["wider"] = {**jobs["weights.h5"], "arguments": {"filters": 5}}
    jobs["wider 3"] = {**jobs["3.weights.h5"], "arguments": {"filters": 5}}
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["layers"] = h5py.ExternalLink("elsewhere.h5", "layers")
    (tmp_path / "damaged.h5").write_bytes(saved["weights.h5"].read_bytes()[:3000])
    jobs["damaged"] = {"target": "graphs:conv", "weights": str(tmp_path / "damaged.h5")}
    jobs["linked"] = {"target": "graphs:conv", "weights": str(tmp_path / "linked.h5")}
    built = run_many(tmp_path, isr_code, jobs, legacy=False)
    expected = [weight.array() for weight in keras_h5.read(saved["full.h5"]).weights()]
    for name in (*files, "renamed"):
        found = [weight.array() for weight in built(name).model.weights()]
        assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True)), name
        assert len(built(name).result["warnings"]) == (name == "renamed")
    for name, why in (
        ("deeper", "only in the model: 'conv_2'"),
        ("wider", "3×3×3×4"),
        ("wider 3", "cannot load it"),
        ("linked", "external link"),
        ("damaged", "cut off"),
    ):
        error = built(name).error
        assert isinstance(error, SourceError)
        assert why in error.why


def save_norms(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"target": "graphs:norms", "save": "weights.h5", "arguments": arguments}


def test_weights_of_a_nested_model_go_by_name_whatever_is_frozen(isr_code: Path, tmp_path: Path) -> None:
    stored = {"open": {}, "froze b": {"frozen": "b"}, "numbered": {"named": False}}
    jobs = {name: save_norms(arguments) for name, arguments in stored.items()}
    (tmp_path / "save").mkdir()
    files = run_many(tmp_path / "save", isr_code, jobs, legacy=True)
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "frozen later": ("open", {"frozen": "abc"}),
        "frozen in part": ("open", {"frozen": "b"}),
        "open later": ("froze b", {}),
        "numbered": ("numbered", {"named": False, "shift": 9, "frozen": "a"}),
        "renamed": ("open", {"named": False}),
        "renamed and frozen": ("open", {"named": False, "frozen": "abc"}),
    }
    jobs = {
        name: {
            "target": "graphs:norms",
            "arguments": arguments,
            "weights": str(files(saved).folder / "weights.h5"),
            "compare": "",
        }
        for name, (saved, arguments) in cases.items()
    }
    (tmp_path / "load").mkdir()
    built = run_many(tmp_path / "load", isr_code, jobs, legacy=True)
    for name, (saved, _) in cases.items():
        if name == "renamed and frozen":
            assert "in another order" in built(name).error.why
            continue
        found = [weight.array() for weight in built(name).model.weights()]
        assert len(found) == 12
        assert built(name).result["warnings"] == []
        with h5py.File(files(saved).folder / "weights.h5") as file:
            group = file["inner"]
            layers = sorted({each.split("/")[0] for each in group.attrs["weight_names"]}, key=natural)
            expected = [
                group[f"{layer}/{part}:0"][()]
                for layer in layers
                for part in ("gamma", "beta", "moving_mean", "moving_variance")
            ]
        assert sorted(map(str, found)) == sorted(map(str, expected))
        by_layer = [[weight.array() for weight in each.weights] for each in norms_of(built(name).model)]
        assert np.array_equal([a for each in by_layer for a in each], expected), name


def natural(name: str) -> tuple[int, str]:
    return len(name), name


def norms_of(model: Model) -> list[Any]:
    (inner,) = (layer.model for layer in model.layers if layer.model is not None)
    return [layer for layer in inner.layers if layer.weights]


def test_the_whole_way_in_a_process_of_its_own(
    saved: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BUILDERS)
    builder = PythonBuilder.parse("graphs.py:conv", ["depth=2", "filters=4"])
    built = python_model.build(builder, saved["weights.h5"], tmp_path)
    assert (built.keras, built.captured, built.layers, built.warnings) == (3, (), (), ())
    assert built.keras_version == importlib.metadata.version("keras")
    assert [layer.name for layer in built.model.layers][1:] == ["conv_0", "conv_1", "norm"]
    stored = [weight.array() for weight in keras_h5.read(saved["full.h5"]).weights()]
    assert all(np.array_equal(a.array(), b) for a, b in zip(built.model.weights(), stored, strict=True))


def test_a_builder_that_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BUILDERS)
    for name, manner in (
        ("build", "ended with the exit code 7 before it gave a model; its last words: going."),
        ("killed", "ended by SIGKILL before it gave a model, without a word."),
    ):
        (tmp_path / name).mkdir()
        with pytest.raises(SourceError) as raised:
            python_model.build(PythonBuilder.parse(f"dying:{name}", []), None, tmp_path / name)
        assert raised.value.code == "builder-failed"
        assert manner in raised.value.why


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        python_model.build(PythonBuilder.parse("graphs:conv", []), tmp_path / "none.h5", tmp_path)


# the command line


def test_arguments() -> None:
    texts = [
        'arch_params={"C": 3}',
        "arch_params.x=2",
        "upscaling=shuffle",
        "ratio=0.5",
        "on=true",
        "no=null",
    ]
    assert PythonBuilder.parse("ISR.models.rdn:RDN", texts).arguments == {
        "arch_params": {"C": 3, "x": 2},
        "upscaling": "shuffle",
        "ratio": 0.5,
        "on": True,
        "no": None,
    }


@pytest.mark.parametrize(
    "target", ["", "module", "module:", ":name", "a b:c", "module:name()", "file.txt :name"]
)
def test_targets_of_another_form(target: str) -> None:
    with pytest.raises(UsageError):
        PythonBuilder.parse(target, [])


@pytest.mark.parametrize("texts", [["x"], ["=1"], ["a b=1"], ["x=1", "x=2"], ["x=1", "x.y=2"], ["x.=1"]])
def test_arguments_of_another_form(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        PythonBuilder.parse("module:name", texts)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_arguments_are_json(value: Any) -> None:
    assert PythonBuilder.parse("m:n", [f"key={json.dumps(value)}"]).arguments == {"key": value}
