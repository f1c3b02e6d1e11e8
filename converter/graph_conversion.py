"""The whole way to a graph model: trace, convert, quantize, write, prove."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import report as reports
from converter.artifact.shards import SHARD_BYTES
from converter.artifact.staging import Staging
from converter.artifact.writer import PARITY, RECORD, Written, write_records
from converter.contract import Contract, contract_of
from converter.conversion import UNPROVEN, check_options, source_record
from converter.errors import UsageError
from converter.graph import official
from converter.graph.making import GraphModel, Making
from converter.graph.source import contract_of_graph, read_source
from converter.graph.writing import write_graph
from converter.hashing import hash_files
from converter.metadata import merged, read_metadata
from converter.model import Weight
from converter.progress import Progress, silent
from converter.proving import check_passed, proof_of, run_proof, warnings_of
from converter.quantization.affine import Dtype, Encoded, Rule, encode, plan, unmatched
from converter.reading import Reading, SourceOptions
from converter.report import Report
from converter.version import VERSION

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from converter.parity.proof import Proof

FEW = 16
"""Constants with fewer values are settings of an operation rather than weights, or too small to matter."""


def check_format(
    format: str,  # noqa: A002 - what the command calls it
    signature: str | None,
    *,
    optimize: bool,
    custom_layers: bool,
    fold_scales: bool,
    split_weights_by_layer: bool,
) -> None:
    """Refuses what says nothing of a graph model, or of anything else.

    Raises:
        UsageError: which names it.
    """
    if format not in {"layers", "graph"}:
        raise UsageError("format", f"--format {format}", "there is no such format.", "Take layers or graph.")
    given = {
        "--no-optimize": not optimize,
        "--no-custom-layers": not custom_layers,
        "--fold-scales": fold_scales,
        "--split-weights-by-layer": split_weights_by_layer,
    }
    named = [name for name, value in given.items() if value]
    if format == "layers":
        raise UsageError(
            "signature", f"--signature {signature}", "layers models have none.", "Add --format graph."
        )
    if named:
        raise UsageError(
            "format", " and ".join(named), "a graph model has no layers to rewrite.", "Leave it out."
        )


def convert_to_graph(
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
    signature: str | None = None,
    metadata: Sequence[str] = (),
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Converts a SavedModel or a Keras model to a graph model; arguments as for ``conversion.convert``.

    Raises:
        ConverterError: with the exit code of its class; ``out`` is untouched then.
    """
    started = time.perf_counter()
    rules = [Rule.parse(text) for text in quantize]
    check_options(backend, shard_size)
    path, target = Path(source), Path(out)
    extras = merged({}, read_metadata(metadata))
    package = official.find()
    progress("reading the model")
    digest = hashlib.sha256()
    with ExitStack() as stack:
        reading = read_source(path, package, signature, stack, options)
        hash_files(reading.files, digest)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="upconvert-graph-")))
        staging = stack.enter_context(Staging(target, force=force))
        progress("making the graph with TensorFlow")
        making = stack.enter_context(Making(reading.original, package, folder))

        def prove(contract: Contract) -> Proof | None:
            return stack.enter_context(proof_of(reading.original, {}, contract, verify, backend, progress))

        contract = contract_of(reading.model, input_range)
        if reading.original.saved is None:
            proof = prove(contract)  # both originals load at once
            graph = making.result(contract)
        else:
            graph = making.result()
            contract = contract_of_graph(graph, contract)
            proof = prove(contract)
        progress("writing weights")
        dtypes = _plan(graph.weights, rules)
        encoded = [encode(weight, dtypes[weight.name]) for weight in graph.weights]
        written = write_graph(graph, encoded, staging.path, shard_size, extras)
        parity: dict[str, Any] = dict(UNPROVEN)
        if proof is not None:
            is_quantized = any("quantization" in weight.entry for weight in encoded)
            parity = run_proof(proof, floats_of(graph), staging.path, min_psnr, quantized=is_quantized)
            check_passed(parity)
        record = _record(reading, path, digest, graph, contract, encoded, signature)
        write_records(
            staging.path, {RECORD: record, **({PARITY: parity} if proof is not None else {})}, written
        )
        staging.commit()
    notes = [
        *reading.notes,
        *_asynchronous(graph),
        *_left_alone(graph.weights, rules, dtypes),
        *(f"--quantize: no weight matches '{pattern}'." for pattern in unmatched(list(dtypes), rules)),
        *warnings_of(contract, parity),
    ]
    return reports.new(
        "convert",
        source={"path": str(path), **record["source"]},
        model=record["model"],
        artifact=_artifact(target, written, encoded),
        changes=[],
        architecture=reading.architecture,
        captured=list(reading.captured),
        custom_layers=[],
        warnings=notes,
        parity=parity,
        seconds=round(time.perf_counter() - started, 3),
    )


def _plan(weights: Sequence[Weight], rules: Sequence[Rule]) -> dict[str, Dtype]:
    """The type of each constant: of those with few values only those that a pattern names are quantized."""
    dtypes = plan([weight.name for weight in weights], rules)
    named = plan(list(dtypes), [rule for rule in rules if rule.pattern is not None])
    return {**dtypes, **{each.name: named[each.name] for each in weights if each.size < FEW}}


def _left_alone(weights: Sequence[Weight], rules: Sequence[Rule], dtypes: Mapping[str, Dtype]) -> list[str]:
    """What quantization passed over, although a type was asked for all."""
    asked = plan(list(dtypes), rules)
    count = sum(
        each.dtype.kind == "f" and each.size > 1 and asked[each.name] != dtypes[each.name] for each in weights
    )
    return [f"Weights of fewer than {FEW} values stay as they are: {count}."] if count else []


def floats_of(graph: GraphModel) -> Callable[[Path], object]:
    """What writes a graph as it is, without quantization."""
    return lambda folder: write_graph(graph, [encode(each, "none") for each in graph.weights], folder)


def _record(
    reading: Reading,
    path: Path,
    digest: hashlib._Hash,
    graph: GraphModel,
    contract: Contract,
    encoded: Sequence[Encoded],
    signature: str | None,
) -> dict[str, Any]:
    floats = [weight for weight in graph.weights if weight.dtype.kind == "f"]
    return {
        "schema": reports.SCHEMA,
        "upconvert": VERSION,
        "source": source_record(reading, path, digest),
        "model": {
            "name": reading.model.name,
            "operations": len(graph.topology["node"]) - len(graph.weights),
            "parameters": sum(weight.size for weight in floats),
            "float32_bytes": sum(encode(weight, "none").nbytes for weight in graph.weights),
        },
        "contract": contract.record(),
        "outputs": list(graph.signature["outputs"]),
        "execute": "executeAsync" if graph.is_asynchronous else "execute",
        "changes": [],
        "options": {"format": "graph", "signature": signature},
        "made_by": {"tensorflow": graph.tensorflow, official.PACKAGE: official.VERSION},
        "dtypes": {weight.weight.name: weight.stored_as for weight in encoded},
    }


def _artifact(target: Path, written: Written, encoded: Sequence[Encoded]) -> dict[str, Any]:
    return {
        "path": str(target),
        "format": "graph-model",
        "files": len(written.files),
        "bytes": written.total_bytes,
        "gzip_bytes": written.gzip_bytes,
        "weight_bytes": written.weight_bytes,
        "weight_gzip_bytes": written.weight_gzip_bytes,
        "dtypes": dict(Counter(weight.stored_as for weight in encoded)),
    }


def _asynchronous(graph: GraphModel) -> list[str]:
    if not graph.is_asynchronous:
        return []
    return ["The graph holds loops, or shapes that values decide: run it by model.executeAsync(inputs)."]
