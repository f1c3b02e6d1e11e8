"""Exported files in both Keras, against the artifacts that they were made from in TensorFlow.js.

One process of each Keras and one Node process serve all models: starting them takes longer than running.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import artifacts
import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter import keras_files
from converter.children import QUIET
from converter.contract import contract_of
from converter.model import Model
from converter.parity.judge import Judge
from converter.parity.proof import run_sample
from converter.parity.reference import RESULT, read_outputs, write_job
from converter.parity.runtimes import NodeRunner, ensure_package, find_node
from converter.parity.samples import Sample, make_samples
from converter.sources.original import Original

RUN_ALL = """
import pathlib, sys, traceback
from converter.parity.child import main
for job in sys.argv[1:]:
    try:
        main(job)
    except BaseException:
        pathlib.Path(job).with_name("failed.txt").write_text(traceback.format_exc())
"""
pytestmark = [pytest.mark.runtime, pytest.mark.all_models]

# TensorFlow.js saves a SeparableConv2D without its depth_multiplier, and cannot load it again.
PAGES = [name for name in GOLDEN_NAMES if name != "separable"]
MODELS = {
    **dict.fromkeys(GOLDEN_NAMES, "golden"),
    **{f"page_{name}": "page" for name in PAGES},
    **dict.fromkeys(artifacts.SEQUENTIAL, "written"),
    **{f"graph_{seed}": "graph" for seed in range(artifacts.RANDOM_GRAPHS)},
}
NOT_IN_KERAS_3 = {
    # What Keras 3 does not read from any file of Keras 2.
    *("nested_functional", "twice_nested", "names_with_slashes", "axes", "backwards_both"),
    *(f"graph_{seed}" for seed in range(artifacts.RANDOM_GRAPHS)),
    # hard_sigmoid is another function there.
    *(name for name in MODELS if "hard" in name or name in {"conv_lstm", "unsaid_gru"}),
}
CASES = [
    *((name, "keras", 3) for name in MODELS),
    *((name, "h5", 2) for name, made in MODELS.items() if made != "page"),
    *((name, "h5", 3) for name, made in MODELS.items() if made != "page" and name not in NOT_IN_KERAS_3),
]
"""Each model, the format, and the Keras that reads it; what a page saved differs in words alone."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every artifact, as it was converted, as a page saved it, or as it was written by hand."""
    place = tmp_path_factory.mktemp("artifacts")
    for name in GOLDEN_NAMES:
        converter.convert(GOLDEN / f"{name}.h5", place / name, verify=False)
    jobs = [{"model": str(place / name), "out": str(place / f"page_{name}")} for name in PAGES]
    (place / "jobs.json").write_text(json.dumps(jobs))
    node = find_node()
    assert node is not None
    script = Path(__file__).with_name("saving.mjs")
    command = [node.program, str(script), str(ensure_package(node, print)), str(place / "jobs.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert set(json.loads(done.stdout)) == {None}
    for name in artifacts.SEQUENTIAL:
        artifacts.write(artifacts.sequential(name), place / name)
    for seed in range(artifacts.RANDOM_GRAPHS):
        artifacts.write(artifacts.graph(seed), place / f"graph_{seed}")
    return place


@pytest.fixture(scope="module")
def ran(folder: Path) -> dict[tuple[str, str, int], Path]:
    """The folder in which each Keras left what each file gave."""
    jobs: dict[tuple[str, str, int], Path] = {}
    for name, form, keras in CASES:
        model = converter.load(folder / name)
        restated = keras_files.restate(model, form).model
        path, place = folder / f"{name}.{form}", folder / f"{name}-{form}-{keras}"
        place.mkdir()
        keras_files.write(restated, path, form)
        job = write_job(Original("file", path, restated), samples_of(model), (), place)
        job.write_text(json.dumps({**json.loads(job.read_text()), "keras": keras}))
        jobs[name, form, keras] = job
    children = [
        subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-c",
                RUN_ALL,
                *(str(job) for case, job in jobs.items() if case[2] == keras),
            ],
            env={**os.environ, **QUIET},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for keras in (2, 3)
    ]
    assert [child.wait() for child in children] == [0, 0]
    return {case: job.parent for case, job in jobs.items()}


def samples_of(model: Model) -> list[Sample]:
    return make_samples(contract_of(model, None))[:2]


@pytest.mark.parametrize(("name", "form", "keras"), CASES)
def test_keras_gives_the_outputs_of_tensorflow_js(
    name: str,
    form: str,
    keras: int,
    folder: Path,
    ran: dict[tuple[str, str, int], Path],
    tensorflow_js: NodeRunner,
) -> None:
    place = ran[name, form, keras]
    failed = place / "failed.txt"
    assert not failed.exists(), failed.read_text()[-1500:]
    model = converter.load(folder / name)
    samples = samples_of(model)
    outputs = read_outputs(place, json.loads((place / RESULT).read_text()))
    judge = Judge.of(samples, outputs, contract_of(model, None))
    conversion = judge.conversion([run_sample(tensorflow_js, folder / name, each) for each in samples])
    assert not judge.skipped
    assert conversion["passed"], (conversion["failed"], conversion["worst"])
