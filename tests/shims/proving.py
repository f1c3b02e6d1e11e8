"""The corpus from Python to TensorFlow.js: Keras says what is right, and the translations are held to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from resaving import lost, resaved

from converter.artifact.writer import write_model
from converter.errors import UnsupportedError
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.parity.runtimes import NodeRunner, RunError
from converter.quantization.affine import encode
from converter.shims.providers import adopt
from converter.shims.script import script
from converter.shims.shim import Shim
from converter.shims.translation.python_source import PythonModule
from converter.shims.translation.translate import translate

TOLERANCE = 1e-5
"""The largest difference allowed, relative to outputs larger than 1."""


@dataclass
class Verdict:
    """What became of one layer class.

    Attributes:
        shim: its JavaScript, None if it was refused.
        refusal: the refusal, None if it was translated.
        failures: what is wrong with it, one sentence each.
        runs: how many runs were compared.
    """

    shim: Shim | None = None
    refusal: UnsupportedError | None = None
    failures: list[str] = field(default_factory=list)
    runs: int = 0


@dataclass(frozen=True, eq=False)
class Run:
    """One call of one layer in Keras; ``free`` holds the shapes it infers with free heights and widths."""

    module: str
    name: str
    config: dict[str, Any]
    arguments: dict[str, Any]
    weights: list[tuple[str, np.ndarray]]
    inputs: list[np.ndarray]
    outputs: list[np.ndarray]
    free: list[list[int | None]] | None

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}) on {[each.shape for each in self.inputs]}"


def keras_runs(jobs: dict[str, list[str]], folder: Path, *, whole: bool) -> Iterator[Run]:
    """What Keras gives for layers, by flavour; the processes start at once, one for each flavour."""
    processes = []
    for flavour, names in jobs.items():
        place = folder / flavour
        place.mkdir()
        command = [sys.executable, "-W", "ignore", Path(__file__).with_name("reference.py"), flavour, place]
        (place / "job.json").write_text(json.dumps({"names": names, "whole": whole}))
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        with (place / "log.txt").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        processes.append((place, process))
    return _collected(processes)


def _collected(processes: list[tuple[Path, subprocess.Popen[bytes]]]) -> Iterator[Run]:
    for place, process in processes:
        code = process.wait(timeout=600)
        assert code == 0, (place / "log.txt").read_text()[-3000:]
        yield from _read(place)


def _read(place: Path) -> Iterable[Run]:
    with np.load(place / "arrays.npz") as arrays:
        for each in json.loads((place / "runs.json").read_text()):
            inputs, outputs, weights = (
                [arrays[key] for key in each[kind]] for kind in ("inputs", "outputs", "weights")
            )
            yield Run(
                each["module"],
                each["class_name"],
                each["config"],
                each["arguments"],
                list(zip(each["names"], weights, strict=True)),
                inputs,
                outputs,
                each["free"],
            )


def verdict(module: Path, name: str) -> Verdict:
    """Translates a class; nothing is run yet."""
    parsed = PythonModule.parse(module.read_text(), module.name)
    try:
        return Verdict(shim=translate(parsed, name).shim)
    except UnsupportedError as refusal:
        found = Verdict(refusal=refusal)
        if not re.search(rf"\b{module.name}:\d+", refusal.where):
            found.failures.append(f"the refusal does not say where: {refusal}")
    except Exception as error:  # noqa: BLE001 - a bug of the translator, told with the others
        found = Verdict(failures=[f"the translator fell over: {type(error).__name__}: {error}"])
    return found


def compare(run: Run, found: Verdict, runner: NodeRunner, place: Path) -> None:
    """Runs a translation on what Keras ran, and holds its values and shapes against it."""
    assert found.shim is not None
    place.mkdir()
    layers = place.parent / f"{run.name}.js"
    if not layers.exists():
        layers.write_text(script([found.shim]))
    said = [[None, *each.shape[1:]] for each in run.inputs]
    exact = [[None, *each.shape[1:]] for each in run.outputs]
    trials = [("said", said, exact)]
    if run.free is not None:
        free = [
            [None, None, None, each.shape[3]] if each.ndim == 4 else [None, *each.shape[1:]]
            for each in run.inputs
        ]
        trials.append(("free", free, run.free))
    for label, declared, inferred in trials:
        (place / label).mkdir()
        problem = _trial(run, found.shim, runner, place / label, layers, declared, inferred)
        found.runs += 1
        if problem:
            found.failures.append(f"{run}, sizes {label}: {problem}")


def _trial(
    run: Run, shim: Shim, runner: NodeRunner, place: Path, layers: Path, declared: Any, inferred: Any
) -> str | None:
    model = adopt(_alone(run, declared), {run.name: shim})
    write_model(model, [encode(weight, "none") for weight in model.weights()], place)
    try:
        outputs, shapes = runner.run_with_shapes(place, run.inputs, layers)
    except (RunError, TypeError, ValueError) as failure:
        return f"TensorFlow.js failed to {getattr(failure, 'stage', 'answer')}: {failure}"
    return _difference(run.outputs, outputs) or _shape_problem(run.outputs, shapes, inferred)


def _alone(run: Run, declared: list[list[int | None]]) -> Model:
    """A model of the layer alone."""
    names = [f"input_{index}" for index in range(len(run.inputs))]
    sources = tuple(TensorRef(name, 0, 0) for name in names)
    layers = [
        Layer(
            name,
            "InputLayer",
            {"name": name, "batch_input_shape": shape, "dtype": "float32", "sparse": False},
        )
        for name, shape in zip(names, declared, strict=True)
    ]
    weights = tuple(Weight.of(f"layer/{name}", array) for name, array in run.weights)
    layers.append(Layer("layer", run.name, run.config, (Call(sources),), weights))
    outputs = tuple(TensorRef("layer", 0, index) for index in range(len(run.outputs)))
    return Model("alone", "Model", "functional", tuple(layers), sources, outputs)


def _difference(expected: list[np.ndarray], given: list[np.ndarray]) -> str | None:
    if [each.shape for each in expected] != [each.shape for each in given]:
        return f"gives {[each.shape for each in given]} instead of {[each.shape for each in expected]}"
    for left, right in zip(expected, given, strict=True):
        scale = max(1.0, float(np.abs(left).max(initial=0.0)))
        worst = float(np.abs(left.astype(np.float64) - right).max(initial=0.0)) / scale
        if not worst <= TOLERANCE:
            return f"differs by {worst:.2g}"
    return None


def _shape_problem(outputs: list[np.ndarray], shapes: list[Any], inferred: list[Any]) -> str | None:
    """Whether ``computeOutputShape`` says nothing false, and knows what Keras knows."""
    for output, shape, known in zip(outputs, shapes, inferred, strict=True):
        sizes = list(zip(shape, output.shape, known, strict=False))
        fits = all(ours == actual if ours is not None else keras is None for ours, actual, keras in sizes[1:])
        if len(shape) != output.ndim or not fits or shape[0] not in {None, output.shape[0]}:
            return f"computeOutputShape says {shape} where Keras says {known} for {list(output.shape)}"
    return None


def prove(
    runs: Iterable[Run], verdicts: dict[str, Verdict], runners: Sequence[NodeRunner], folder: Path
) -> None:
    """Compares all runs of translated layers; the runners take turns, beginning anew with each layer."""
    turn: dict[str, int] = {}
    saved: dict[str, tuple[Run, Path]] = {}
    for index, run in enumerate(runs):
        found = verdicts[run.name]
        if found.shim is None:
            continue
        turn[run.name] = turn.get(run.name, -1) + 1
        place = folder / str(index)
        compare(run, found, runners[turn[run.name] % len(runners)], place)
        saved[f"{run.name} {run.arguments}"] = (run, place)
    configs = resaved([(place / "said", folder / f"{run.name}.js") for run, place in saved.values()], folder)
    for (run, _), config in zip(saved.values(), configs, strict=True):
        problem = lost(run.arguments, run.config, config)
        if problem:
            verdicts[run.name].failures.append(f"{run.name}({run.arguments}): {problem}")
