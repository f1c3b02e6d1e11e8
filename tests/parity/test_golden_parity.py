"""Every golden model in real TensorFlow.js, against the Keras that saved it.

One Keras process and one Node process serve all models: starting them takes longer than running them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import GOLDEN, GOLDEN_NAMES

import converter
from converter.children import QUIET
from converter.contract import Contract, contract_of
from converter.parity.judge import Judge
from converter.parity.proof import run_sample
from converter.parity.reference import RESULT, read_outputs, write_job
from converter.parity.runtimes import NodeRunner
from converter.parity.samples import Outputs, Sample, make_samples
from converter.sources.original import Original

RUN_ALL = "import sys; from converter.parity.child import main; [main(job) for job in sys.argv[1:]]"


class Ran(NamedTuple):
    contract: Contract
    samples: list[Sample]
    outputs: list[Outputs]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    jobs: dict[str, tuple[Contract, list[Sample], Path]] = {}
    for name in GOLDEN_NAMES:
        folder = tmp_path_factory.mktemp(name)
        model = converter.load(GOLDEN / f"{name}.h5")
        contract = contract_of(model, None)
        samples = make_samples(contract)
        source = Original("file", GOLDEN / f"{name}.h5", model)
        jobs[name] = contract, samples, write_job(source, samples, (), folder)
    subprocess.run(
        [sys.executable, "-c", RUN_ALL, *(str(job) for _, _, job in jobs.values())],
        env={**os.environ, **QUIET},
        capture_output=True,
        check=True,
    )
    return {
        name: Ran(contract, samples, read_outputs(job.parent, json.loads((job.parent / RESULT).read_text())))
        for name, (contract, samples, job) in jobs.items()
    }


@pytest.mark.parametrize("name", GOLDEN_NAMES)
def test_tensorflow_js_gives_the_outputs_of_keras(
    name: str, originals: dict[str, Ran], tensorflow_js: NodeRunner, tmp_path: Path
) -> None:
    contract, samples, outputs = originals[name]
    converter.convert(GOLDEN / f"{name}.h5", tmp_path / "plain", verify=False)
    converter.convert(GOLDEN / f"{name}.h5", tmp_path / "small", quantize=["uint16"], verify=False)

    judge = Judge.of(samples, outputs, contract)
    conversion = judge.conversion([run_sample(tensorflow_js, tmp_path / "plain", each) for each in samples])
    quantization = judge.quantization(
        [run_sample(tensorflow_js, tmp_path / "small", each) for each in samples], 50
    )

    assert not judge.skipped
    assert conversion["passed"], conversion
    assert quantization["passed"], quantization
