"""The whole way: read, mend, quantize, write, prove."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from converter import report as reports
from converter.artifact.shards import SHARD_BYTES
from converter.artifact.staging import Staging
from converter.artifact.writer import PARITY, RECORD, write_model, write_records
from converter.background import Background
from converter.contract import contract_of
from converter.errors import SourceError, UsageError
from converter.hashing import hash_files
from converter.layers import check_supported, infer
from converter.layers.semantics import check_semantics
from converter.metadata import merged, read_metadata
from converter.model import Model, Weight
from converter.progress import Progress, silent
from converter.proving import check_passed, floats_of, proof_of, run_proof, warnings_of
from converter.quantization.affine import Rule, encode, plan, unmatched
from converter.reading import NO_FILE, Reader, Reading, SourceOptions
from converter.report import Report
from converter.shims.providers import adopt, names_of
from converter.shims.shim import Shim
from converter.sources import detect, tfjs
from converter.version import VERSION

if TYPE_CHECKING:
    from typing_extensions import Unpack

BACKENDS = ("wasm", "cpu")
Format = Literal["layers", "graph"]

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
    split_weights_by_layer: bool = False,
    metadata: Sequence[str] = (),
    force: bool = False,
    optimize: bool = True,
    custom_layers: bool = True,
    fold_scales: bool = False,
    format: Format = "layers",  # noqa: A002 - what the command calls it
    signature: str | None = None,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Converts a Keras model to a TensorFlow.js model, and proves that it computes the same.

    Args:
        source: a Keras ``.h5`` file with or without an architecture, or the folder of a TensorFlow.js
            layers model; ``-`` where ``model`` names the Python that builds all of it. As a graph model
            also the folder of a SavedModel.
        out: the folder to write.
        quantize: ``DTYPE`` or ``DTYPE:PATTERN`` rules; none keeps float32.
        input_range: the values that the model was trained on, 0 to 1 unless said otherwise.
        verify: whether to prove it; None proves it where the runtimes are installed.
        min_psnr: the least quality of the quantized artifact in dB (see ``parity.proof``).
        backend: the TensorFlow.js backend of the proof, ``wasm`` or ``cpu``.
        shard_size: the size of a weight file, in bytes.
        split_weights_by_layer: whether each layer has weight files of its own.
        metadata: ``KEY:FILE.json`` for the ``userDefinedMetadata`` of model.json.
        force: whether an artifact at ``out`` may be replaced.
        optimize: whether to drop what inference does not need.
        custom_layers: whether the artifact may need custom layers; where it may not, built-in layers that
            compute the same stand for those that have such a counterpart.
        fold_scales: whether constant scales are folded into the kernels before them.
        format: ``layers``, or ``graph`` for a graph model of TensorFlow's own operations, which the
            official converter makes.
        signature: which signature of a SavedModel; None takes ``serving_default``, or the only one.
        progress: told what is being done.
        options: what else is told of the source, see ``SourceOptions``.

    Raises:
        ConverterError: with the exit code of its class; ``out`` is untouched then.
    """
    if format != "layers" or signature is not None:
        from converter.graph_conversion import check_format, convert_to_graph

        check_format(
            format,
            signature,
            optimize=optimize,
            custom_layers=custom_layers,
            fold_scales=fold_scales,
            split_weights_by_layer=split_weights_by_layer,
        )
        return convert_to_graph(
            source,
            out,
            quantize=quantize,
            input_range=input_range,
            verify=verify,
            min_psnr=min_psnr,
            backend=backend,
            shard_size=shard_size,
            force=force,
            signature=signature,
            metadata=metadata,
            progress=progress,
            **options,
        )
    started = time.perf_counter()
    rules = [Rule.parse(text) for text in quantize]
    check_options(backend, shard_size)
    path, target = Path(source), Path(out)
    described = read_metadata(metadata)
    progress("reading the model")
    digest = hashlib.sha256()
    with Reader(**options) as reader, Background() as background:
        reading = reader.read(path)
        _check_own_classes(reading, custom_layers=custom_layers, fold_scales=fold_scales, verify=verify)
        background.run(hash_files, reading.files, digest)
        mended = reading.mend(optimize=optimize, custom_layers=custom_layers, fold_scales=fold_scales)
        shims = reading.shims(mended.model) if custom_layers else {}
        model = adopt(mended.model, shims)
        check_supported(model, names_of(shims), custom_layers=custom_layers)
        doubts = check_semantics(model, infer(model))
        contract = contract_of(model, input_range)
        weights = model.weights()
        names = [weight.name for weight in weights]
        dtypes = plan(names, rules)
        with (
            Staging(target, force=force) as staging,
            proof_of(reading.original, shims, contract, verify, backend, progress) as proof,
        ):
            progress("writing weights")
            encoded = [encode(weight, dtypes[weight.name]) for weight in weights]
            written = write_model(
                model,
                encoded,
                staging.path,
                shard_size,
                list(shims.values()),
                by_layer=split_weights_by_layer,
                extras=merged(tfjs.extras(path) if reading.original.kind == "artifact" else {}, described),
            )
            parity: dict[str, Any] = dict(UNPROVEN)
            if proof is not None:
                quantized = any("quantization" in weight.entry for weight in encoded)
                parity = run_proof(proof, floats_of(model), staging.path, min_psnr, quantized=quantized)
                check_passed(parity)
            background.finish()
            record: dict[str, Any] = {
                "schema": reports.SCHEMA,
                "upconvert": VERSION,
                "source": source_record(reading, path, digest),
                "model": _describe(model, weights),
                "contract": contract.record(),
                "changes": [change._asdict() for change in mended.changes],
                "options": {"optimize": optimize, "custom_layers": custom_layers, "fold_scales": fold_scales},
                "doubts": [doubt.record() for doubt in doubts],
                "custom_layers": [_provided(model, shim) for shim in shims.values()],
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
        architecture=reading.architecture,
        captured=list(reading.captured),
        custom_layers=record["custom_layers"],
        warnings=[
            *reading.notes,
            *reading.on_precision(),
            *reading.doubts(shims),
            *(f"{doubt.where}: {doubt.why} {doubt.fix}" for doubt in doubts),
            *(f"{kept.what} was left in {', '.join(kept.where)}: {kept.why}." for kept in mended.kept),
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


def check_options(backend: str, shard_size: int) -> None:
    """Refuses a backend that is none, and shards that hold nothing.

    Raises:
        UsageError: which says so.
    """
    if backend not in BACKENDS:
        raise UsageError(
            "backend", f"--backend {backend}", "there is no such backend.", f"Take {' or '.join(BACKENDS)}."
        )
    if shard_size < 1:
        raise UsageError(
            "shard-size", f"--shard-size {shard_size}", "a shard holds at least 1 byte.", "Give bytes."
        )


def _check_own_classes(
    reading: Reading, *, custom_layers: bool, fold_scales: bool, verify: bool | None
) -> None:
    """Passes know ``Scale`` and ``PixelShuffle`` by name: a proof tells whether the user's are the same."""
    rewritten = fold_scales or not custom_layers
    if rewritten and verify is False and not reading.providers.is_library_alone:
        raise UsageError(
            "unproven-rewrite",
            "--no-verify",
            "custom layers of your own would be rewritten by what their names promise, without proof.",
            "Leave out --no-verify, or --fold-scales and --no-custom-layers.",
        )


def source_record(reading: Reading, path: Path, digest: hashlib._Hash) -> dict[str, Any]:
    """What the record says of where the model came from."""
    told: dict[str, Any] = {"architecture": reading.architecture, "captured": list(reading.captured)}
    name = path.name
    if reading.original.builder is not None:
        target, arguments = reading.original.builder
        # Without the folders of this machine: the same input gives the same bytes everywhere.
        told["builder"] = {"target": target.rpartition("/")[2], "arguments": arguments}
        name = told["builder"]["target"] if str(path) == NO_FILE else name
    return {
        "name": name,
        "bytes": sum(part.stat().st_size for part in reading.files),
        "sha256": digest.hexdigest(),
        "keras_version": reading.model.keras_version,
        **{key: value for key, value in told.items() if value},
    }


def _provided(model: Model, shim: Shim) -> dict[str, Any]:
    layers = [layer.name for layer in model.walk() if layer.class_name == shim.class_name]
    return {"class_name": shim.class_name, "origin": shim.origin, "layers": layers}


def _describe(model: Model, weights: Sequence[Weight]) -> dict[str, Any]:
    return {
        "name": model.name,
        "layers": sum(1 for _ in model.walk()),
        "parameters": sum(weight.size for weight in weights),
        "float32_bytes": sum(encode(weight, "none").nbytes for weight in weights),
    }
