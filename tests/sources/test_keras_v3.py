"""``.keras`` archives and ``.h5`` files of Keras 3, and archives of ``tf_keras``: read, converted and run.

One process saves all models, one runs all originals, one Node runs all artifacts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import converter
from converter.children import QUIET
from converter.contract import contract_of
from converter.errors import ConverterError
from converter.model import Layer, Model
from converter.parity.proof import run_sample
from converter.parity.reference import RESULT, read_outputs, write_job
from converter.parity.runtimes import NodeRunner
from converter.parity.samples import Outputs, Sample, make_samples
from converter.passes import pipeline
from converter.sources import weights_only
from converter.sources.original import Original
from tests.weight_files import weights_of

HERE = Path(__file__).parent / "keras3"
sys.path.insert(0, str(HERE))
from keras3_models import BUILDERS, KERAS_2  # noqa: E402 - the child imports them without a package
from keras3_refused import IN_ARCHIVES_ALONE, REFUSED  # noqa: E402

sys.path.pop(0)

RUN_ALL = "import sys; from converter.parity.child import main; [main(job) for job in sys.argv[1:]]"
NAMES = sorted(BUILDERS)
FILES = [f"{name}{ending}" for name in NAMES for ending in (".keras", ".h5")]
FILES += [f"tf_keras/{name}.keras" for name in KERAS_2]


RUN_BY_TF_KERAS = ["tf_keras/nested", "tf_keras/cells"]


class Ran(NamedTuple):
    versions: dict[str, str]
    samples: list[Sample]
    outputs: list[Outputs]


def run_python(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env={**os.environ, **QUIET}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keras3")
    run_python(HERE / "child.py", folder)
    return folder


@pytest.fixture(scope="module")
def originals(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """What Keras computes; it loads the very files, archives and ``.h5`` in turn."""
    jobs: dict[str, tuple[list[Sample], Path]] = {}
    for index, name in enumerate([*NAMES, *RUN_BY_TF_KERAS]):
        file = saved / f"{name}{'.h5' if index % 2 and name in NAMES else '.keras'}"
        model = converter.load(file)
        samples = make_samples(contract_of(model, None))[:2]
        jobs[name] = (
            samples,
            write_job(Original("file", file, model), samples, (), tmp_path_factory.mktemp("job")),
        )
    run_python("-c", RUN_ALL, *(job for _, job in jobs.values()))
    found = {}
    for name, (samples, job) in jobs.items():
        result = json.loads((job.parent / RESULT).read_text())
        found[name] = Ran(result["versions"], samples, read_outputs(job.parent, result))
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_weight_belongs_to_its_layer(file: str, saved: Path) -> None:
    expected = dict(np.load((saved / file).with_suffix(".npz")))
    found = weights_of(converter.load(saved / file))
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[key], expected[key]) for key in expected)


@pytest.mark.runtime
@pytest.mark.parametrize("name", [*NAMES, *RUN_BY_TF_KERAS])
def test_tensorflow_js_gives_the_outputs_of_keras(
    name: str, saved: Path, originals: dict[str, Ran], tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    versions, samples, outputs = originals[name]
    assert ("tf_keras" in versions) == (name not in NAMES)
    for ending in (".keras", ".h5") if name in NAMES else (".keras",):
        out = tmp_path / ending[1:]
        converter.convert(saved / f"{name}{ending}", out, verify=False)
        for sample, expected in zip(samples, outputs, strict=True):
            found = run_sample(tensorflow_js, out, sample)
            assert not isinstance(found, str), found
            assert not isinstance(expected, str), expected
            assert [each.shape for each in found] == [each.shape for each in expected]
            for one, other in zip(found, expected, strict=True):
                assert np.abs(one - other).max() <= 1e-4 * max(1.0, np.abs(other).max())


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("group1-*")}


@pytest.mark.parametrize("name", ["nested", "frozen", "cells", "convolutions", "bidirectional"])
def test_both_formats_give_the_same_weights_file(name: str, saved: Path, tmp_path: Path) -> None:
    for ending in ("keras", "h5"):
        converter.convert(saved / f"{name}.{ending}", tmp_path / ending, verify=False)
    assert files_of(tmp_path / "keras") == files_of(tmp_path / "h5")


REFUSED_FILES = [(name, ".keras") for name in REFUSED] + [
    (name, ".h5") for name in REFUSED if name not in IN_ARCHIVES_ALONE
]


@pytest.mark.parametrize(("name", "ending"), REFUSED_FILES)
def test_what_would_be_wrong_is_refused(name: str, ending: str, saved: Path, tmp_path: Path) -> None:
    _, code, words = REFUSED[name]
    with pytest.raises(ConverterError) as caught:
        converter.convert(saved / "refused" / f"{name}{ending}", tmp_path / "out", verify=False)
    assert caught.value.code.startswith(code)
    assert caught.value.exit_code == 4
    assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def layer(model: Model, name: str) -> Layer:
    return next(each for each in model.walk() if each.name == name)


def test_the_words_are_those_of_keras_2(saved: Path) -> None:
    for ending in (".keras", ".h5"):
        model = converter.load(saved / f"activations{ending}")
        assert model.keras_version.startswith("3.")
        assert layer(model, "leaky_re_lu").config["alpha"] == pytest.approx(0.17)
        assert "swish" in {each.config.get("activation") for each in model.layers}
        start = model.layers[0].config
        assert (start["batch_input_shape"], start["dtype"]) == ([None, 6, 5, 4], "float32")
        both = layer(converter.load(saved / f"bidirectional{ending}"), "bidirectional").config
        assert both["layer"]["config"]["name"] == "lstm"
        assert "backward_layer" not in both
        convolution = layer(converter.load(saved / f"convolutions{ending}"), "conv2d").config
        assert convolution["dtype"] == "float32"
        assert convolution["kernel_regularizer"]["class_name"] == "L1L2"
        assert convolution["kernel_regularizer"]["config"]["l2"] == pytest.approx(0.01)
        assert convolution["kernel_initializer"].keys() == {"class_name", "config"}


def test_calls_of_nested_models_count_from_1(saved: Path) -> None:
    for ending in (".keras", ".h5"):
        nested = converter.load(saved / f"nested{ending}")
        assert [ref.node for ref in nested.outputs] == [0, 3]
        assert layer(nested, "outer").calls[1].inputs == (("outer", 1, 0),)
        last = converter.load(saved / f"nested_as_output{ending}")
        assert last.outputs == (("two", 2, 0),)
        late = converter.load(saved / f"nested_sequential{ending}")
        assert late.outputs[0] == ("trunk", 2, 0)


def test_masks_leave_nothing_behind(saved: Path) -> None:
    for ending in (".keras", ".h5"):
        model = pipeline.run(converter.load(saved / f"masked{ending}")).model
        assert {each.class_name for each in model.layers} == {
            *("InputLayer", "Embedding", "Dropout", "LSTM", "Masking", "SimpleRNN")
        }
        assert all(call.kwargs == {} for each in model.layers for call in each.calls)


def test_the_optimizer_and_its_variables_stay_behind(saved: Path) -> None:
    for ending in (".keras", ".h5"):
        model = converter.load(saved / f"compiled{ending}")
        assert model.training_config is None
        assert len(model.weights()) == 4


def test_a_topology_and_weights_of_keras_3_apart(saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved / "nested.keras") as archive:
        for name in ("config.json", "model.weights.h5"):
            (tmp_path / name).write_bytes(archive.read(name))
    built = weights_only.read(tmp_path / "model.weights.h5", arch_json=tmp_path / "config.json").model
    expected = weights_of(converter.load(saved / "nested.keras"))
    found = weights_of(built)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[key], expected[key]) for key in expected)


def test_weights_that_were_packed_again(saved: Path, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(saved / "nested.keras") as old,
        zipfile.ZipFile(tmp_path / "small.keras", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
    expected = weights_of(converter.load(saved / "nested.keras"))
    found = weights_of(converter.load(tmp_path / "small.keras"))
    assert all(np.array_equal(found[key], expected[key]) for key in expected)
