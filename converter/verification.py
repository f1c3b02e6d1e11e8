"""Proof as a step of a conversion, and on its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

from converter import report as reports
from converter.artifact.writer import INTEGRITY, RECORD, integrity_value
from converter.contract import contract_of
from converter.errors import SourceError
from converter.layers import check_supported
from converter.model import Layer, Model, Weight
from converter.passes import pipeline
from converter.passes.base import map_layers
from converter.progress import Progress, silent
from converter.proving import proof_of, run_proof, warnings_of
from converter.report import Report
from converter.sources import load, tfjs


def verify(
    source: str | Path,
    artifact: str | Path,
    *,
    input_range: tuple[float, float] | None = None,
    min_psnr: float | None = None,
    backend: str = "wasm",
    images: str | Path | None = None,
    progress: Progress = silent,
) -> Report:
    """Proves that an artifact computes what the original computes.

    Args:
        source: the original, a Keras ``.h5`` file or the folder of a TensorFlow.js layers model.
        artifact: the folder of a TensorFlow.js layers model.
        input_range: the values that the model was trained on; None takes what the artifact's record
            says, else 0 to 1.
        min_psnr: the least quality of a quantized artifact in dB.
        backend: ``wasm`` or ``cpu``.
        images: a folder of pictures to judge by, in place of the built-in ones.
        progress: told what is being done.

    Returns:
        The report; ``parity["passed"]`` tells the outcome.

    Raises:
        ConverterError: when either cannot be read, or a runtime is missing.
    """
    started = time.perf_counter()
    folder = tfjs.model_json(Path(artifact)).parent
    _check_integrity(folder)
    progress("reading both models")
    original, converted = load(Path(source)), tfjs.read(Path(artifact))
    # Keras runs the original: it must hold nothing that a conversion would have refused.
    check_supported(pipeline.run(original, optimize=False).model)
    contract = contract_of(converted, input_range or _recorded_range(folder))
    quantized = any(entry.get("quantization") for entry in tfjs.manifest_entries(folder))
    plain = _with_weights_of(converted, original) if quantized else converted
    with proof_of(Path(source), original, contract, True, backend, progress, images) as proof:
        assert proof is not None
        parity = run_proof(proof, plain, folder, min_psnr, quantized=quantized)
    return reports.new(
        "verify",
        source={"path": str(source)},
        artifact={"path": str(artifact)},
        parity=parity,
        warnings=warnings_of(contract, parity),
        seconds=round(time.perf_counter() - started, 3),
    )


def _check_integrity(folder: Path) -> None:
    """Compares every file with ``integrity.json`` where there is one."""
    path = folder / INTEGRITY
    if not path.is_file():
        return
    try:
        expected = json.loads(path.read_text())
        for name, value in expected.items():
            digest = hashlib.sha384((folder / Path(name).name).read_bytes()).digest()
            if value != integrity_value(digest):
                raise SourceError(
                    "integrity", str(folder / name), "the file is not the one that was written.", tfjs.FIX
                )
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError("integrity", str(path), f"it cannot be checked: {error}.", tfjs.FIX) from error


def _recorded_range(folder: Path) -> tuple[float, float] | None:
    """The input range that the artifact's own record was given."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        contract = json.loads((folder / RECORD).read_text())["contract"]
        low, high = map(float, contract["input_range"])
        return None if contract["range_assumed"] else (low, high)
    return None


def _with_weights_of(model: Model, original: Model) -> Model:
    """The model with the original's weights in place of its own quantized ones."""
    weights = {weight.name: weight for weight in original.weights()}

    def swap(layer: Layer) -> Layer:
        return replace(layer, weights=tuple(_counterpart(weight, weights) for weight in layer.weights))

    return map_layers(model, swap)


def _counterpart(weight: Weight, weights: dict[str, Weight]) -> Weight:
    found = weights.get(weight.name)
    if found is None or found.shape != weight.shape:
        raise SourceError(
            "other-model",
            weight.name,
            "the original has no such weight: the artifact was made from another model.",
            "Give the file that the artifact was made from.",
        )
    return found
