"""What is told of a graph: of one in a SavedModel, and of one that is a TensorFlow.js model already."""

from __future__ import annotations

import importlib.util
import math
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from converter import report as reports
from converter.errors import ConverterError, UnsupportedError, UsageError
from converter.graph import official
from converter.graph.making import ASYNCHRONOUS
from converter.graph_conversion import FEW
from converter.model import Shape
from converter.quantization.affine import CONVERTED, DTYPES, HELD
from converter.report import Report
from converter.sources.saved_model.operations import Found, layer_of, refusal

SAVED_MODEL = "SavedModel"
GRAPH_MODEL = "graph model"


class Tensor(NamedTuple):
    """An input, an output or a weight.

    Attributes:
        name: its name.
        dtype: TensorFlow's name of its type.
        shape: with the batch dimension; None where it is free, as a whole or in one size.
    """

    name: str
    dtype: str
    shape: Shape | None

    @property
    def size(self) -> int | None:
        """How many values it holds, where that is known."""
        known = [side for side in self.shape or () if side is not None]
        return None if self.shape is None or len(known) < len(self.shape) else math.prod(known)


@dataclass(frozen=True, eq=False)
class Graph:
    """What was read.

    Attributes:
        path: the folder, or the entry document.
        kind: ``SAVED_MODEL`` or ``GRAPH_MODEL``.
        files: what it was read from.
        tensorflow: the version that made it; empty where nothing tells it.
        signatures: the names of its signatures, that which was taken first.
        inputs: in the order in which they are given.
        outputs: in the order in which they come.
        operations: what computes, without the weights and what the conversion takes away.
        lacking: those that TensorFlow.js lacks.
        judged: whether that is all of them: whether it is known what TensorFlow.js has.
        weights: variables, and constants that are no settings of an operation.
        weight_bytes: the bytes of the weights as they are stored.
        dtypes: how many weights are stored in each type.
        topology_bytes: size of the topology as JSON, where there is one.
        refusals: what else stands against it.
    """

    path: Path
    kind: str
    files: Sequence[Path]
    tensorflow: str
    signatures: Sequence[str]
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]
    operations: Sequence[Found]
    lacking: Sequence[Found]
    judged: bool
    weights: Sequence[Tensor]
    weight_bytes: int
    dtypes: Mapping[str, int]
    topology_bytes: int | None = None
    refusals: Sequence[ConverterError] = ()


def check_options(path: Path, options: Mapping[str, Any], *, custom_layers: bool) -> None:
    """Refuses what says nothing of a graph.

    Raises:
        UsageError: which names it.
    """
    if not custom_layers:
        raise UsageError("format", "--no-custom-layers", "a graph has no layers to rewrite.", "Leave it out.")
    if any(options.values()):
        raise UsageError("architecture", str(path), "a graph tells all of itself.", "Name the folder alone.")


def supported() -> frozenset[str] | None:
    """The operations that TensorFlow.js has; None where the package that lists them is not installed."""
    spec = importlib.util.find_spec(official.PACKAGE) if official.installed() == official.VERSION else None
    if spec is None or spec.origin is None:
        return None
    return official.supported(Path(spec.origin).parent)


def report_on(graph: Graph, source: str | Path, started: float) -> Report:
    """The report, with the keys of one on layers; what only layers have is empty.

    ``convertible`` is null where nothing stands against it, but it was not judged or is converted already.

    Raises:
        SourceError: where an operation reaches out of the model.
    """
    problems = [*map(_problem, graph.refusals), *_lacking(graph.lacking)]
    judged = graph.judged and graph.kind == SAVED_MODEL
    return reports.new(
        "inspect",
        source={
            "path": str(source),
            "bytes": sum(part.stat().st_size for part in graph.files),
            "keras_version": "",
            "tensorflow_version": graph.tensorflow,
        },
        format="graph",
        convertible=False if problems else True if judged else None,
        problems=problems,
        model=_describe(graph),
        operations=_operations(graph),
        layers=[],
        cost=None,
        receptive_field=[],
        weights={
            "count": len(graph.weights),
            "bytes": graph.weight_bytes,
            "dtypes": dict(graph.dtypes),
        },
        sizes={**_sizes(graph.weights), "topology": graph.topology_bytes},
        suspicions=[],
        changes=[],
        custom_layers=[],
        doubts=[],
        architecture=None,
        warnings=_notes(graph),
        seconds=round(time.perf_counter() - started, 3),
    )


def _describe(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.path.resolve().name,
        "class_name": graph.kind,
        "operations": len(graph.operations),
        "parameters": sum(
            each.size or 0 for each in graph.weights if each.dtype.startswith(("float", "bfloat"))
        ),
        "signature": graph.signatures[0] if graph.signatures else None,
        "signatures": list(graph.signatures),
        "inputs": [_end(each) for each in graph.inputs],
        "outputs": [_end(each) for each in graph.outputs],
        "execute": "executeAsync" if _is_asynchronous(graph) else "execute",
    }


def _end(tensor: Tensor) -> dict[str, Any]:
    shape = None if tensor.shape is None else list(tensor.shape)
    return {"name": tensor.name, "shape": shape, "dtype": tensor.dtype}


def _is_asynchronous(graph: Graph) -> bool:
    return any(each.operation in ASYNCHRONOUS for each in graph.operations)


def _operations(graph: Graph) -> list[dict[str, Any]]:
    """Every kind of operation, the most frequent first; ``supported`` is null where nobody knows."""
    counts = Counter(each.operation for each in graph.operations)
    lacking = {each.operation for each in graph.lacking}
    return [
        {
            "operation": name,
            "count": count,
            "supported": False if name in lacking else True if graph.judged else None,
        }
        for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    ]


def _lacking(found: Sequence[Found]) -> list[dict[str, Any]]:
    """A problem for each operation, with the scopes that it stands in."""
    if not found:
        return []
    whole = refusal(found)
    if not isinstance(whole, UnsupportedError):
        raise whole
    kinds: dict[str, list[Found]] = {}
    for each in found:
        kinds.setdefault(each.operation, []).append(each)
    return [
        _problem(refusal(each), list(dict.fromkeys(layer_of(one.node) for one in each)))
        for each in kinds.values()
    ]


def _problem(error: ConverterError, layers: Collection[str] = ()) -> dict[str, Any]:
    return {
        "layers": list(layers),
        "code": error.code,
        "where": error.where,
        "why": error.why,
        "fix": error.fix,
    }


def _sizes(weights: Sequence[Tensor]) -> dict[str, int]:
    """The bytes of the weights as ``--quantize`` would store them, by its argument."""
    found: dict[str, int] = dict.fromkeys(DTYPES, 0)
    for weight in weights:
        held = CONVERTED.get(weight.dtype, weight.dtype)
        if held not in HELD or weight.size is None:
            continue
        for dtype in DTYPES:
            quantized = dtype != "none" and held == "float32" and weight.size >= FEW
            found[dtype] += weight.size * np.dtype(dtype if quantized else held).itemsize
    return found


def _notes(graph: Graph) -> list[str]:
    notes = []
    if not graph.judged:
        notes.append(
            "Which operations TensorFlow.js lacks was not judged: the official "
            f"{official.PACKAGE} {official.VERSION}, which lists those that it has, is not installed. "
            f"Get it: {official.INSTALL}"
        )
    if graph.kind == GRAPH_MODEL:
        notes.append("It is a TensorFlow.js model already: convert takes the model that it was made from.")
    elif official.missing():
        notes.append(f"To convert it, install what is missing: {' && '.join(official.missing())}")
    unknown = [each.name for each in graph.weights if each.size is None]
    if unknown:
        notes.append(f"The sizes of {len(unknown)} variables are open, and are not counted: {unknown[0]}, …")
    if _is_asynchronous(graph):
        notes.append(
            "The graph holds loops, or shapes that values decide: run it by model.executeAsync(inputs)."
        )
    return notes
