"""What one signature of a SavedModel needs, read without TensorFlow; nothing of it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.graph_conversion import FEW
from converter.inspection.graph import SAVED_MODEL, Graph, Tensor, supported
from converter.inspection.protobuf import Message, WireError
from converter.inspection.saved_graph import MetaGraph, Node, TensorInfo
from converter.sources import saved_model
from converter.sources.saved_model.operations import (
    CALLS,
    PLUMBING,
    REACHES_OUT,
    RESTORING,
    TABLES,
    VARIABLES,
    Found,
)
from converter.sources.saved_model.reading import (
    TAG,
    Parts,
    Reached,
    damaged,
    natural,
    refuse_found,
    restore_of,
    signature_of,
)

FROZEN_AWAY = (
    VARIABLES
    | CALLS
    | {"ReadVariableOp", "DisableCopyOnRead", "VarIsInitializedOp", "Const", "NoOp"}
    | {"Assert", "CheckNumerics", "Print", "PreventGradient"}
)
"""What is no operation of the graph model: it becomes weights, or is gone."""


def read(path: Path, signature: str | None) -> Graph:
    """What one signature needs, judged as a conversion judges it.

    Args:
        path: the folder of the SavedModel.
        signature: its name; None takes ``serving_default``, or the only one.

    Raises:
        SourceError: when it is damaged, has no such signature, or asks for an operation that reaches out of
            the model.
    """
    files = saved_model.files(path)
    try:
        return _read(path, signature, files)
    except WireError as error:
        raise damaged(path, "it cannot be parsed.") from error


def _read(path: Path, signature: str | None, files: list[Path]) -> Graph:
    meta = _meta_graph(path)
    chosen = signature_of(meta, signature, path)
    usable = sorted(name for name, each in meta.signature_def.items() if each.outputs and name[:2] != "__")
    taken = next(name for name in usable if meta.signature_def[name] is chosen)
    parts = Parts(meta.graph_def, path)
    serving = parts.behind(each.name for each in chosen.outputs.values() if each.name)
    nodes = _nodes(parts, serving)
    refusals = [*_ends(chosen.inputs, "input"), *_ends(chosen.outputs, "output")]
    try:
        _check_restoring(meta, parts)
    except UnsupportedError as error:
        refusals.append(error)
    weights = [*_variables(nodes), *_constants(nodes)]
    if len(files) == 1 and any(node.op in VARIABLES for node in nodes):
        raise SourceError(
            "saved-model-damaged",
            str(path / saved_model.VARIABLES),
            "the files of its variables are missing.",
            "Fetch the whole folder again.",
        )
    inputs, outputs = (
        tuple(Tensor(name, ends[name].dtype, ends[name].shape) for name in sorted(ends, key=natural))
        for ends in (chosen.inputs, chosen.outputs)
    )
    known = supported()
    computing = [node for node in nodes if node.op not in parts.functions]
    found = [Found(node.op, node.name) for node in computing if node.op not in FROZEN_AWAY]
    return Graph(
        path,
        SAVED_MODEL,
        files,
        meta.tensorflow,
        [taken, *(name for name in usable if name != taken)],
        inputs,
        outputs,
        found,
        [each for each in found if _lacks(each.operation, known)],
        known is not None,
        weights,
        sum((each.size or 0) * np.dtype(each.dtype).itemsize for each in weights if _is_plain(each.dtype)),
        Counter(each.dtype for each in weights),
        refusals=refusals,
    )


def _meta_graph(folder: Path) -> MetaGraph:
    try:
        data = (folder / saved_model.GRAPH).read_bytes()
    except OSError as error:
        raise damaged(folder, f"it cannot be read: {error.strerror}.") from error
    graphs = [MetaGraph(each) for each in Message(memoryview(data)).messages(2)]
    serving = [graph for graph in graphs if TAG in graph.tags] or graphs
    if not serving:
        raise damaged(folder, "it holds no graph.")
    return serving[0]


def _nodes(parts: Parts, reached: Reached) -> list[Node]:
    """The nodes that are needed, in a fixed order; those of a function stand once, however often it runs."""
    top = [node for node in parts.graph_def.node if node.name in reached.nodes]
    return top + [node for name in sorted(reached.functions) for node in parts.functions[name].node_def]


def _check_restoring(meta: MetaGraph, parts: Parts) -> None:
    """Refuses what is refused of the part that restores the variables.

    Raises:
        ConverterError: as ``reading.read`` does.
    """
    restore = restore_of(meta)
    if restore is not None:
        restoring = parts.behind(restore)
        refuse_found(parts.strangers(restoring, RESTORING))
        parts.check_restored(restoring, restore[0].partition(":")[0])


def _lacks(operation: str, known: frozenset[str] | None) -> bool:
    """Whether a conversion refuses an operation; tables and what reaches out are refused at any rate."""
    if TABLES.search(operation) or REACHES_OUT.search(operation):
        return True
    return known is not None and operation not in known | PLUMBING


def _variables(nodes: list[Node]) -> Iterator[Tensor]:
    for node in nodes:
        if node.op in VARIABLES and "dtype" in node.attr:
            shape = node.attr["shape"].shape if "shape" in node.attr else None
            yield Tensor(node.name, node.attr["dtype"].type, shape)


def _constants(nodes: list[Node]) -> Iterator[Tensor]:
    """The constants that are no settings of an operation."""
    for node in nodes:
        if node.op == "Const" and "value" in node.attr:
            constant = Tensor(node.name, *node.attr["value"].tensor)
            if (constant.size or 0) >= FEW and _is_plain(constant.dtype):
                yield constant


def _is_plain(dtype: str) -> bool:
    """Whether numpy has such numbers."""
    try:
        return np.dtype(dtype).kind in "fiucb"
    except TypeError:
        return False


def _ends(ends: dict[str, TensorInfo], kind: str) -> Iterator[ConverterError]:
    """What stands against the inputs or the outputs of a signature."""
    for name in sorted(ends, key=natural):
        if not ends[name].name or ends[name].shape is None:
            yield UnsupportedError(
                "saved-model-end",
                f"{kind} {name}",
                "it is no tensor with a known number of dimensions.",
                "Export the model with an input_signature of plain tensors.",
            )
        elif kind == "input" and ends[name].dtype == "string":
            yield UnsupportedError(
                "graph-inputs", f"{kind} {name}", "it takes text.", "Do that before the model."
            )
