"""The whole way: read, mend, quantize, write, prove."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from converter import report as reports
from converter.artifact.shards import SHARD_BYTES
from converter.artifact.staging import Staging
from converter.artifact.writer import PARITY, RECORD, write_model, write_records
from converter.background import Background
from converter.contract import contract_of
from converter.errors import SourceError, UsageError
from converter.layers import check_supported
from converter.model import Model, Weight
from converter.passes import pipeline
from converter.progress import Progress, silent
from converter.proving import check_passed, proof_of, run_proof, warnings_of
from converter.quantization.affine import Rule, encode, plan, unmatched
from converter.report import Report
from converter.sources import detect, files, load
from converter.version import VERSION

BACKENDS = ("wasm", "cpu")

UNPROVEN = {
    "proven": False,
    "why": "nothing was proven: the artifact was not run beside the original.",
    "fix": "Prove it with: upconvert verify SOURCE ARTIFACT (needs pip install 'upconvert[verify]')",
}


def convert(
    source: str | Path,
    out: str | Path,
    *,
    quantize: Sequence[str] = (),
    input_range: tuple[float, float] | None = None,
    verify: bool | None = None,
    min_psnr: float | None = None,
    backend: str = "wasm",
    shard_size: int = SHARD_BYTES,
    force: bool = False,
    optimize: bool = True,
    progress: Progress = silent,
) -> Report:
    """Converts a Keras model to a TensorFlow.js layers model, and proves that it computes the same.

    Args:
        source: a Keras ``.h5`` file, or the folder of a TensorFlow.js layers model.
        out: the folder to write.
        quantize: ``DTYPE`` or ``DTYPE:PATTERN`` rules; none keeps float32.
        input_range: the values that the model was trained on, 0 to 1 unless said otherwise.
        verify: whether to prove it; None proves it where the runtimes are installed.
        min_psnr: the least quality of the quantized artifact in dB (see ``parity.proof``).
        backend: the TensorFlow.js backend of the proof, ``wasm`` or ``cpu``.
        shard_size: the size of a weight file, in bytes.
        force: whether an artifact at ``out`` may be replaced.
        optimize: whether to drop what inference does not need.
        progress: told what is being done.

    Raises:
        ConverterError: with the exit code of its class; ``out`` is untouched then.
    """
    started = time.perf_counter()
    rules = [Rule.parse(text) for text in quantize]
    _check_options(backend, shard_size)
    path, target = Path(source), Path(out)
    progress("reading the model")
    parts = files(path)
    digest = hashlib.sha256()
    with Background() as background:
        background.run(_hash, parts, digest)
        original = load(path)
        mended = pipeline.run(original, optimize=optimize)
        check_supported(mended.model)
        contract = contract_of(mended.model, input_range)
        weights = mended.model.weights()
        names = [weight.name for weight in weights]
        dtypes = plan(names, rules)
        with (
            Staging(target, force=force) as staging,
            proof_of(path, original, contract, verify, backend, progress) as proof,
        ):
            progress("writing weights")
            encoded = [encode(weight, dtypes[weight.name]) for weight in weights]
            written = write_model(mended.model, encoded, staging.path, shard_size)
            parity: dict[str, Any] = dict(UNPROVEN)
            if proof is not None:
                quantized = any("quantization" in weight.entry for weight in encoded)
                parity = run_proof(proof, mended.model, staging.path, min_psnr, quantized=quantized)
                check_passed(parity)
            background.finish()
            record: dict[str, Any] = {
                "schema": reports.SCHEMA,
                "upconvert": VERSION,
                "source": {
                    "name": path.name,
                    "bytes": sum(part.stat().st_size for part in parts),
                    "sha256": digest.hexdigest(),
                    "keras_version": original.keras_version,
                },
                "model": _describe(mended.model, weights),
                "contract": contract.record(),
                "changes": [change._asdict() for change in mended.changes],
                "dtypes": {weight.weight.name: weight.stored_as for weight in encoded},
            }
            write_records(
                staging.path, {RECORD: record, **({PARITY: parity} if proof is not None else {})}, written
            )
            staging.commit()
    return reports.new(
        "convert",
        source={"path": str(path), **record["source"]},
        model=record["model"],
        artifact={
            "path": str(target),
            "files": len(written.files),
            "bytes": written.total_bytes,
            "gzip_bytes": written.gzip_bytes,
            "weight_bytes": written.weight_bytes,
            "weight_gzip_bytes": written.weight_gzip_bytes,
            "dtypes": dict(Counter(weight.stored_as for weight in encoded)),
        },
        changes=record["changes"],
        warnings=[
            *(f"--quantize: no weight matches '{pattern}'." for pattern in unmatched(names, rules)),
            *warnings_of(contract, parity),
        ],
        parity=parity,
        seconds=round(time.perf_counter() - started, 3),
    )


def quantize(
    artifact: str | Path,
    out: str | Path,
    *,
    quantize: Sequence[str],
    progress: Progress = silent,
    **options: Any,
) -> Report:
    """Stores the weights of a TensorFlow.js layers model in other types; options as for ``convert``.

    Raises:
        SourceError: when ``artifact`` is no TensorFlow.js layers model.
        ConverterError: as ``convert`` does.
    """
    if detect(Path(artifact)) != "tfjs":
        raise SourceError(
            "not-tfjs",
            str(artifact),
            "this is no TensorFlow.js model.",
            f"For a Keras file: upconvert convert {artifact} {out}",
        )
    report = convert(artifact, out, quantize=quantize, progress=progress, **options)
    return {**report, "command": "quantize"}


def _check_options(backend: str, shard_size: int) -> None:
    if backend not in BACKENDS:
        raise UsageError(
            "backend", f"--backend {backend}", "there is no such backend.", f"Take {' or '.join(BACKENDS)}."
        )
    if shard_size < 1:
        raise UsageError(
            "shard-size", f"--shard-size {shard_size}", "a shard holds at least 1 byte.", "Give bytes."
        )


def _hash(parts: Sequence[Path], digest: hashlib._Hash) -> None:
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)


def _describe(model: Model, weights: Sequence[Weight]) -> dict[str, Any]:
    return {
        "name": model.name,
        "layers": sum(1 for _ in model.walk()),
        "parameters": sum(weight.size for weight in weights),
        "float32_bytes": sum(encode(weight, "none").nbytes for weight in weights),
    }
