"""Proof as a step of a conversion, and on its own."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import report as reports
from converter.artifact.writer import INTEGRITY, RECORD, integrity_value
from converter.contract import contract_of
from converter.errors import SourceError
from converter.layers import check_supported
from converter.model import Layer, Model, Weight
from converter.passes.base import map_layers
from converter.progress import Progress, silent
from converter.proving import floats_of, proof_of, run_proof, warnings_of
from converter.reading import Reader, SourceOptions
from converter.report import Report
from converter.shims.providers import adopt, names_of
from converter.shims.script import SCRIPT, script
from converter.shims.shim import Shim
from converter.sources import tfjs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack


def verify(
    source: str | Path,
    artifact: str | Path,
    *,
    input_range: tuple[float, float] | None = None,
    min_psnr: float | None = None,
    backend: str = "wasm",
    images: str | Path | None = None,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Proves that an artifact computes what the original computes.

    Args:
        source: the original, as ``convert`` takes it.
        artifact: the folder of a TensorFlow.js model.
        input_range: the values that the model was trained on; None takes what the artifact's record
            says, else 0 to 1.
        min_psnr: the least quality of a quantized artifact in dB.
        backend: ``wasm`` or ``cpu``.
        images: a folder of pictures to judge by, in place of the built-in ones.
        progress: told what is being done.
        options: what else is told of the source, see ``SourceOptions``.

    Returns:
        The report; ``parity["passed"]`` tells the outcome.

    Raises:
        ConverterError: when either cannot be read, or a runtime is missing.
    """
    started = time.perf_counter()
    folder = tfjs.model_json(Path(artifact)).parent
    _check_integrity(folder)
    if tfjs.is_graph(folder):
        from converter.graph_verification import verify_graph

        return verify_graph(
            source,
            folder,
            input_range=input_range or _recorded_range(folder),
            min_psnr=min_psnr,
            backend=backend,
            images=images,
            progress=progress,
            **options,
        )
    progress("reading both models")
    with Reader(**options) as reader:
        reading = reader.read(Path(source))
        # The original is run: it must hold nothing that a conversion would have refused.
        mended = reading.mend(**_recorded_options(folder)).model
        shims = reading.shims(mended)
        expected = adopt(mended, shims)
        check_supported(expected, names_of(shims))
        converted = tfjs.read(Path(artifact), served=shims)
        check_supported(converted, names_of(shims))
        contract = contract_of(converted, input_range or _recorded_range(folder))
        quantized = any(entry.get("quantization") for entry in tfjs.manifest_entries(folder))
        plain = _with_weights_of(converted, expected) if quantized else converted
        with proof_of(reading.original, shims, contract, True, backend, progress, images) as proof:
            assert proof is not None
            parity = run_proof(proof, floats_of(plain), folder, min_psnr, quantized=quantized)
    return reports.new(
        "verify",
        source={"path": str(source)},
        artifact={"path": str(artifact)},
        parity=parity,
        warnings=[
            *reading.notes,
            *reading.on_precision(),
            *reading.doubts(shims),
            *_other_layers(folder, shims),
            *warnings_of(contract, parity),
        ],
        seconds=round(time.perf_counter() - started, 3),
    )


def _other_layers(folder: Path, shims: Mapping[str, Shim]) -> list[str]:
    """A sentence where the artifact's own custom layers are not those that were run."""
    path = folder / SCRIPT
    if not shims or (path.is_file() and path.read_bytes() == script(list(shims.values())).encode()):
        return []
    why = f"The artifact's own {SCRIPT} is not what was run: code in an artifact never runs."
    return [f"{why} To prove that very file: --layers-js {path}."]


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


def _recorded_options(folder: Path) -> dict[str, bool]:
    """The rewrites that the artifact was made with: those that change weights count here."""
    said: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = dict(json.loads((folder / RECORD).read_text())["options"])
    defaults = {"optimize": False, "custom_layers": True, "fold_scales": False}
    return {name: bool(said.get(name, default)) for name, default in defaults.items()}


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
