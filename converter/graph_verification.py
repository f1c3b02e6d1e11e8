"""Proof of a graph model on its own."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import report as reports
from converter.artifact.writer import RECORD
from converter.contract import contract_of
from converter.graph import official
from converter.graph.making import Making
from converter.graph.source import contract_of_graph, read_source
from converter.graph_conversion import floats_of
from converter.progress import Progress, silent
from converter.proving import proof_of, run_proof, warnings_of
from converter.reading import SourceOptions
from converter.report import Report
from converter.sources import tfjs

if TYPE_CHECKING:
    from typing_extensions import Unpack


def verify_graph(
    source: str | Path,
    artifact: Path,
    *,
    input_range: tuple[float, float] | None = None,
    min_psnr: float | None = None,
    backend: str = "wasm",
    images: str | Path | None = None,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Proves that a graph model computes what the original computes; arguments as for ``verify``.

    Where it is quantized, the graph is made again from the original: that is what the first part is of.

    Raises:
        ConverterError: when either cannot be read, or a runtime is missing.
    """
    started = time.perf_counter()
    package = official.find()
    progress("making the graph with TensorFlow")
    with ExitStack() as stack:
        reading = read_source(Path(source), package, _recorded_signature(artifact), stack, options)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="upconvert-graph-")))
        making = stack.enter_context(Making(reading.original, package, folder))
        contract = contract_of(reading.model, input_range)
        graph = making.result(None if reading.original.saved else contract)
        if reading.original.saved is not None:
            contract = contract_of_graph(graph, contract)
        proof = stack.enter_context(proof_of(reading.original, {}, contract, True, backend, progress, images))
        assert proof is not None
        quantized = any(entry.get("quantization") for entry in tfjs.manifest_entries(artifact))
        parity = run_proof(proof, floats_of(graph), artifact, min_psnr, quantized=quantized)
    return reports.new(
        "verify",
        source={"path": str(source)},
        artifact={"path": str(artifact)},
        parity=parity,
        warnings=[*reading.notes, *warnings_of(contract, parity)],
        seconds=round(time.perf_counter() - started, 3),
    )


def _recorded_signature(artifact: Path) -> str | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said: Any = json.loads((artifact / RECORD).read_text())["options"]["signature"]
        return said if isinstance(said, str) else None
    return None
