"""Models of float16 and bfloat16, of mixed precision, quantized ones and such with LoRA: read and converted.

One process saves all models, one runs all originals in float32, one Node runs all artifacts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import converter
from converter.children import QUIET
from converter.contract import contract_of
from converter.errors import ConverterError
from converter.parity.proof import run_sample
from converter.parity.reference import RESULT, read_outputs, write_job
from converter.parity.runtimes import NodeRunner
from converter.parity.samples import Outputs, Sample, make_samples
from converter.passes import pipeline
from converter.reading import Reader
from converter.shims.script import SCRIPT
from tests.weight_files import weights_of

HERE = Path(__file__).parent / "keras3"
sys.path.insert(0, str(HERE))
from low_precision import MODELS, NOT_H5, OF_KERAS_2  # noqa: E402 - the child runs it without a package

sys.path.pop(0)

RUN_ALL = "import sys; from converter.parity.child import main; [main(job) for job in sys.argv[1:]]"
APART = ("brain", "mixed", "int8_among_others", "int4_in_groups", "lora_of_int8")
"""Models whose weights are read from a file of their own as well, which is like that in an archive."""

ENDINGS = [(name, ending) for name in MODELS for ending in (".keras", ".h5")]
ENDINGS += [(name, ".weights.h5") for name in APART]
WITHOUT_ZEROS = [f"{name}{ending}" for name in ("gptq", "awq") for ending in (".keras", ".weights.h5")]
FILES = [
    f"{name}{ending}"
    for name, ending in ENDINGS
    if (ending != ".h5" or name not in NOT_H5) and (ending == ".h5" or not name.startswith(("gptq", "awq")))
]
FILES += [f"tf_keras/{name}{ending}" for name in OF_KERAS_2 for ending in (".keras", ".h5")]

RUNNING = [file for file in FILES if not file.startswith("attention_int8")]
"""Files that Keras itself can run."""

REQUANTIZED = {"lora_of_int8.keras", "lora_of_int8.weights.h5"}
"""Keras itself rounds these once more when it saves them."""


def run_python(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env={**os.environ, **QUIET}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("low_precision")
    run_python(HERE / "low_precision.py", folder)
    return folder


def stem(file: Path) -> Path:
    return file.parent / file.name.partition(".")[0]


def architecture(file: Path) -> Path | None:
    return stem(file).with_suffix(".json") if file.name.endswith(".weights.h5") else None


@pytest.fixture(scope="module")
def originals(
    saved: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[list[Sample], list[Outputs], list[Outputs]]]:
    """The samples, what Keras gives for them in float32, and what the file gives as it is."""
    jobs: dict[str, tuple[list[Sample], Path]] = {}
    for file in RUNNING:
        with Reader(arch_json=architecture(saved / file)) as reader:
            reading = reader.read(saved / file)
        samples = make_samples(contract_of(pipeline.run(reading.model).model, (0.0, 9.0)))[:2]
        folder = tmp_path_factory.mktemp("job")
        jobs[file] = samples, write_job(reading.original, samples, (), folder)
    run_python("-c", RUN_ALL, *(job for _, job in jobs.values()))
    found = {}
    for file, (samples, job) in jobs.items():
        result = json.loads((job.parent / RESULT).read_text())
        own = read_outputs(job.parent, {"samples": result["own_precision"]})
        found[file] = samples, read_outputs(job.parent, result), own
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_layer_has_the_kernel_that_keras_multiplies_by(file: str, saved: Path) -> None:
    expected = dict(np.load(stem(saved / file).with_suffix(".npz")))
    with Reader(arch_json=architecture(saved / file)) as reader:
        found = weights_of(reader.read(saved / file).model)
    assert found.keys() == expected.keys()
    tolerance = 2e-2 if file in REQUANTIZED else 1e-2 if file.startswith("half_quantized") else 1e-5
    for key, wanted in expected.items():
        assert found[key].shape == wanted.shape
        assert np.abs(found[key] - wanted).max() <= tolerance * max(1.0, np.abs(wanted).max()), key


@pytest.mark.runtime
@pytest.mark.parametrize("file", RUNNING)
def test_tensorflow_js_gives_the_outputs_of_keras_in_float32(
    file: str,
    saved: Path,
    originals: dict[str, tuple[list[Sample], list[Outputs], list[Outputs]]],
    tensorflow_js: NodeRunner,
    tmp_path: Path,
) -> None:
    samples, outputs, own = originals[file]
    converter.convert(saved / file, tmp_path / "out", verify=False, arch_json=architecture(saved / file))
    layers = tmp_path / "out" / SCRIPT
    for sample, expected in zip(samples, outputs, strict=True):
        found = run_sample(tensorflow_js, tmp_path / "out", sample, layers if layers.exists() else None)
        assert not isinstance(found, str), found
        assert not isinstance(expected, str), expected
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape
            assert np.abs(one - other).max() <= 1e-5 * max(1.0, np.abs(other).max())
    for expected, each in zip(outputs, own, strict=bool(own)):
        for one, other in zip(
            expected, () if isinstance(each, str) else each, strict=not isinstance(each, str)
        ):
            assert np.abs(one - other).max() < 0.1 * np.abs(one).max()


@pytest.mark.runtime
def test_a_proof_tells_how_far_the_original_is_from_its_float32_self(saved: Path, tmp_path: Path) -> None:
    report = converter.convert(saved / "int8.h5", tmp_path / "out", verify=True)
    assert report["parity"]["conversion"]["worst"]["max_abs"] < 1e-5
    assert 1e-4 < report["parity"]["own_precision"]["worst_part"] < 5e-2
    assert any("in int8_from_float32, and TensorFlow.js in float32" in each for each in report["warnings"])
    assert any("as it is, it differs from that by 0.0" in each for each in report["warnings"])
    assert {"what": "int8_from_float32 → float32"}.items() <= report["changes"][0].items()
    topology = (tmp_path / "out" / "model.json").read_text()
    assert "int8" not in topology


@pytest.mark.parametrize("file", WITHOUT_ZEROS)
def test_zero_points_that_keras_did_not_save_are_missed(file: str, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ConverterError, match="leave the zero points") as caught:
        converter.convert(saved / file, tmp_path / "out", verify=False, arch_json=architecture(saved / file))
    assert (caught.value.code, caught.value.exit_code) == ("weights-parts", 3)


def test_what_keras_multiplies_by_integers_is_refused(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ConverterError, match="calls it past its quantization") as caught:
        converter.convert(saved / "wrapped.keras", tmp_path / "out", verify=False)
    assert (caught.value.code, caught.value.exit_code) == ("keras3-quantized", 4)


def edited(path: Path, target: Path, change) -> Path:
    import h5py

    target.write_bytes(path.read_bytes())
    with h5py.File(target, "r+") as file:
        change(file["model_weights"])
    return target


def test_parts_that_do_not_belong_together_are_refused(saved: Path, tmp_path: Path) -> None:
    def lacking(name: str):
        def change(groups) -> None:
            group = groups["dense"]
            names = [each for each in group.attrs["weight_names"] if not each.endswith(name)]
            group.attrs["weight_names"] = names

        return change

    def resized(name: str, shape: tuple[int, ...]):
        def change(groups) -> None:
            path = next(each for each in groups["dense"].attrs["weight_names"] if each.endswith(name))
            kind = groups["dense"][path].dtype
            del groups["dense"][path]
            groups["dense"][path] = np.zeros(shape, kind)

        return change

    changes = (
        ("int8", lacking("kernel_scale")),
        ("int8", resized("kernel_scale", (4,))),
        ("int4_in_groups", lacking("g_idx")),
        ("int4_in_groups", resized("kernel_zero", (1, 5))),
        ("int4_in_groups", resized("g_idx", (3,))),
        ("gptq", resized("kernel_scale", (5, 9))),
        ("awq", resized("awq_scales", (5,))),
        ("float8", resized("kernel_scale", (2,))),
    )
    for index, (name, change) in enumerate(changes):
        file = edited(saved / f"{name}.h5", tmp_path / f"{index}.h5", change)
        with pytest.raises(ConverterError) as caught:
            converter.convert(file, tmp_path / "out", verify=False)
        assert caught.value.code == "weights-parts", name
        assert caught.value.exit_code == 3
