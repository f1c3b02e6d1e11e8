"""Custom layers proven one by one: the Python class and its JavaScript on the same random inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter.artifact.writer import write_model
from converter.model import Array, Call, Layer, Model, Shape, TensorRef, Weight
from converter.parity.reference import LayerCase, LayerRun
from converter.parity.runtimes import NodeRunner, RunError
from converter.quantization.affine import encode
from converter.shims.providers import adopt, plain_name
from converter.shims.script import SCRIPT, script
from converter.shims.shim import Shim

TOLERANCE = 1e-5
"""The largest difference allowed, relative to outputs larger than 1."""
MAX_CASES = 4
"""How many configurations of a class are run: models repeat few, and each is run on several sizes."""


@dataclass
class LayerProof:
    """How the runs of one class went.

    Attributes:
        runs: how many were compared.
        max_abs: the largest difference, relative to outputs larger than 1.
        failures: what was wrong, one sentence each.
        skipped: what the Python layer itself refused.
    """

    class_name: str
    runs: int = 0
    max_abs: float = 0.0
    failures: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether anything was compared, and all of it agreed."""
        return self.runs > 0 and not self.failures

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "class_name": self.class_name,
            "passed": self.passed,
            "runs": self.runs,
            "max_abs": self.max_abs,
            "failures": list(self.failures),
            "skipped": list(self.skipped),
        }


def cases_of(model: Model, shims: Mapping[str, Shim]) -> list[LayerCase]:
    """The different configurations of each custom layer of a model, the first few of each class."""
    found: dict[str, LayerCase] = {}
    counts: dict[str, int] = dict.fromkeys(shims, 0)
    for layer in model.walk():
        plain = plain_name(layer.class_name)
        if plain not in shims or layer.model is not None:
            continue
        key = json.dumps([plain, {**layer.config, "name": None}], sort_keys=True, default=str)
        if key not in found and counts[plain] < MAX_CASES:
            counts[plain] += 1
            found[key] = LayerCase(plain, layer.config, layer.name)
    return list(found.values())


def prove_layers(
    shims: Mapping[str, Shim], runs: Sequence[LayerRun | str], runner: NodeRunner, folder: Path
) -> list[LayerProof]:
    """Runs the JavaScript on what Keras ran, and compares values and declared shapes.

    Args:
        shims: by plain class name.
        runs: what Keras gave; a sentence where it refused.
        runner: TensorFlow.js.
        folder: an empty folder.
    """
    proofs = {name: LayerProof(name) for name in shims}
    layers = folder / SCRIPT
    layers.write_text(script(list(shims.values())))
    refused = tuple(run for run in runs if isinstance(run, str))
    for index, run in enumerate(run for run in runs if isinstance(run, LayerRun)):
        proof = proofs[run.class_name]
        for label in ("free", "said"):
            if run.declared[label] is None and (label == "free" or run.declared["free"] is not None):
                continue  # Keras itself cannot build the layer on these
            place = folder / f"{index}-{label}"
            place.mkdir()
            _compare(proof, run, shims[run.class_name], runner, place, layers, label)
    return [_with_refusals(proof, refused) for proof in proofs.values()]


def _with_refusals(proof: LayerProof, refused: tuple[str, ...]) -> LayerProof:
    if proof.runs == 0 and not proof.failures:
        reason = f": Keras says: {refused[0]}" if refused else ""
        proof.failures = (f"it could not be run alone{reason}",)
    proof.skipped = refused
    return proof


def _compare(
    proof: LayerProof, run: LayerRun, shim: Shim, runner: NodeRunner, place: Path, layers: Path, label: str
) -> None:
    model = adopt(_model(run, free=label == "free"), {run.class_name: shim})
    write_model(model, [encode(weight, "none") for weight in model.weights()], place)
    where = f"{_config(run)} on {' and '.join(_show(each.shape) for each in run.inputs)}"
    try:
        outputs, shapes = runner.run_with_shapes(place, run.inputs, layers)
    except RunError as failure:
        proof.failures += (f"{where}: TensorFlow.js failed to {failure.stage}: {failure}",)
        return
    proof.runs += 1
    problem = _difference(proof, run.outputs, outputs) or _shape_problem(run, label, shapes)
    if problem:
        proof.failures += (f"{where}: {problem}",)


def _difference(proof: LayerProof, expected: Sequence[Array], given: Sequence[Array]) -> str | None:
    if [each.shape for each in expected] != [each.shape for each in given]:
        ours, theirs = (", ".join(_show(each.shape) for each in arrays) for arrays in (given, expected))
        return f"its output is {ours} and should be {theirs}"
    for left, right in zip(expected, given, strict=True):
        wanted = left.astype(np.float64)
        if not np.array_equal(np.isfinite(wanted), np.isfinite(right)):
            return "its output is not finite where it should be"
        finite = np.isfinite(wanted)
        gap = np.abs(wanted - right.astype(np.float64))[finite]
        scale = max(1.0, float(np.abs(wanted[finite]).max(initial=0.0)))
        worst = float(gap.max(initial=0.0)) / scale
        proof.max_abs = max(proof.max_abs, worst)
        if worst > TOLERANCE:
            return f"its output differs by {worst:.2g}"
    return None


def _shape_problem(run: LayerRun, label: str, declared: Sequence[Sequence[int | None]]) -> str | None:
    """What ``computeOutputShape`` says against what came out, and against what Keras says."""
    by_keras = run.declared[label] or [[None] * array.ndim for array in run.outputs]
    for array, shape, known in zip(run.outputs, declared, by_keras, strict=True):
        if len(shape) != array.ndim or any(
            size is not None and size != own for size, own in zip(shape, array.shape, strict=False)
        ):
            return f"its computeOutputShape says {_show(shape)} for an output of {_show(array.shape)}"
        if any(ours is None and theirs is not None for ours, theirs in zip(shape, known, strict=True)):
            return f"its computeOutputShape says {_show(shape)} where Keras says {_show(known)}"
    return None


def _model(run: LayerRun, *, free: bool) -> Model:
    """A model of the layer alone; the sizes of images are left free, or said."""
    name = "layer"
    inputs = [f"input_{index}" for index in range(len(run.inputs))]
    sources = tuple(TensorRef(each, 0, 0) for each in inputs)
    layers = [
        Layer(
            each,
            "InputLayer",
            {
                "name": each,
                "batch_input_shape": list(_declared(array.shape, free=free)),
                "dtype": array.dtype.name,
                "sparse": False,
            },
        )
        for each, array in zip(inputs, run.inputs, strict=True)
    ]
    weights = tuple(Weight.of(f"{name}/{_own(label)}", array) for label, array in run.weights)
    config = {**run.config, "name": name}
    layers.append(Layer(name, run.class_name, config, (Call(sources),), weights))
    outputs = tuple(TensorRef(name, 0, index) for index in range(len(run.outputs)))
    return Model("alone", "Model", "functional", tuple(layers), sources, outputs)


def _own(name: str) -> str:
    """The last part of a Keras name, without ``:0``."""
    return name.rpartition("/")[2].removesuffix(":0")


def _declared(shape: Sequence[int], *, free: bool) -> Shape:
    if free and len(shape) == 4:
        return (None, None, None, shape[3])
    return (None, *shape[1:])


def _config(run: LayerRun) -> str:
    shown = {key: value for key, value in run.config.items() if key not in {"name", "trainable", "dtype"}}
    return f"{run.class_name}({', '.join(f'{key}={value!r}' for key, value in shown.items())})"


def _show(shape: Sequence[int | None]) -> str:
    return "×".join("?" if size is None else str(size) for size in shape)
