"""Which operations of TensorFlow may stand in a graph, and how those that may not are told."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.layers.configuration import brief

VARIABLES = frozenset({"VarHandleOp", "Variable", "VariableV2"})
CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})

PLUMBING = (
    VARIABLES
    | CALLS
    | {"ReadVariableOp", "ResourceGather", "DisableCopyOnRead", "VarIsInitializedOp", "ResourceGatherNd"}
    | {"Assert", "CheckNumerics", "Print", "PreventGradient", "Case", "StatelessCase", "If", "While"}
)
"""What freezing a graph takes away: variables, calls of functions, and what only helps to debug."""

RESTORING = (
    VARIABLES
    | CALLS
    | {"RestoreV2", "AssignVariableOp", "Assign", "Const", "Identity", "NoOp", "Reshape"}
    | {"Placeholder", "PlaceholderWithDefault"}
)
"""What puts the stored values into the variables."""

TABLES = re.compile(r"Table|^SimpleML")
"""Tables and decision forests keep what they hold beside the graph."""

REACHES_OUT = re.compile(
    r"File|PyFunc|Py_|Save|Restore|Checkpoint|Dataset|Iterator|Reader|Remote|Rpc|Debug|^Copy|Abort|Socket|"
    r"Collective|Service|Worker|Summary|Record|LMDB|BigQuery|Gcs|PrintV2|Process"
)
"""Operations that may touch more than tensors: files, the network, Python, other processes."""

_WRAPPERS = re.compile(r"(?:Stateful)?PartitionedCall(?:_\d+)?")
_NUMBER = re.compile(r"_\d+$")
_SHOWN = 5


class Found(NamedTuple):
    """One operation in a graph, and the name of its node, such as ``model/conv_1/Conv2D``."""

    operation: str
    node: str


def layer_of(node: str, known: Collection[str] = ()) -> str:
    """The Python layer that a node comes from.

    TensorFlow names a node by the scopes that it was made in, which Keras names after its layers; a scope
    that is opened again gets a number.

    Args:
        node: the name of the node.
        known: the names of the model's layers, where they are known; otherwise the scopes are the answer.
    """
    *scopes, last = [part for part in node.split("/") if part and not _WRAPPERS.fullmatch(part)] or [node]
    for scope in reversed([*scopes, last]):
        for name in (scope, _NUMBER.sub("", scope)):
            if name in known:
                return name
    return "/".join(scopes) or last


def refusal(found: Sequence[Found], known: Collection[str] = ()) -> ConverterError:
    """The error for operations that may not stand in a graph.

    Args:
        found: at least one of them.
        known: as for ``layer_of``.
    """
    places: dict[str, list[str]] = {}
    for each in found:
        layers = places.setdefault(each.operation, [])
        layer = layer_of(each.node, known)
        if layer not in layers:
            layers.append(layer)
    outward = [name for name in places if REACHES_OUT.search(name)]
    first = outward[0] if outward else next(iter(places))
    where = _listed([brief(name)[1:-1] for name in places[first]])
    if outward:
        return SourceError(
            "saved-model-operation",
            f"layer {where}",
            f"the graph asks for {brief(first)[1:-1]}, which reaches out of the model: no such graph is run.",
            "Take the model from somebody you trust, and export it without this operation.",
        )
    others = [f"{name} in {_listed(layers)}" for name, layers in places.items() if name != first]
    more = f" It lacks others, too: {_listed(others, '; ')}." if others else ""
    table = TABLES.search(first)
    why = "keeps a table beside the graph" if table else "is no operation that TensorFlow.js has"
    return UnsupportedError(
        "unsupported-operation",
        f"layer {where}",
        f"{brief(first)[1:-1]} {why}.{more}",
        "Do it outside the model, before or after it."
        if table
        else "Compute the same by other operations in Python, and save the model again.",
    )


def _listed(names: Sequence[str], separator: str = ", ") -> str:
    more = f"{separator}…" if len(names) > _SHOWN else ""
    return separator.join(names[:_SHOWN]) + more
