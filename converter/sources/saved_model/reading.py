"""Parses a SavedModel and keeps of its graph what one signature needs; in a child, where TensorFlow is.

Nothing but that part is ever run. What a SavedModel holds besides (initializers, functions for training,
the objects that ``tf.saved_model.load`` would build) is not even imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from converter.errors import SourceError, UnsupportedError
from converter.sources.saved_model import GRAPH
from converter.sources.saved_model.operations import CALLS, PLUMBING, RESTORING, TABLES, Found, refusal

TAG = "serve"
DEFAULT = "serving_default"
FIX = "Export the model again: model.export(FOLDER), or tf.saved_model.save(model, FOLDER)."


class End(NamedTuple):
    """One input or output of a signature.

    Attributes:
        name: its key in the signature.
        tensor: the tensor in the graph, such as ``serving_default_x:0``.
        dtype: TensorFlow's name of its type.
        shape: with the batch dimension; None where a size is free.
    """

    name: str
    tensor: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class SavedGraph:
    """What one signature needs.

    Attributes:
        serving: a ``GraphDef`` of the nodes and functions behind its outputs.
        whole: the same with those that restore the variables.
        inputs: by their names.
        outputs: by their names.
        restore: the tensor of the file name and the operation that restores; None without variables.
    """

    serving: Any
    whole: Any
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    restore: tuple[str, str] | None


def read(folder: Path, signature: str | None, supported: Collection[str]) -> SavedGraph:
    """Reads one signature.

    Args:
        folder: of the SavedModel.
        signature: its name; None takes ``serving_default``, or the only one.
        supported: the operations that TensorFlow.js has.

    Raises:
        SourceError: when it is damaged, or asks for an operation that reaches out of the model.
        UnsupportedError: when it asks for one that TensorFlow.js lacks.
    """
    meta = _meta_graph(folder)
    chosen = signature_of(meta, signature, folder)
    parts = Parts(meta.graph_def, folder)
    serving = parts.behind(each.name for each in chosen.outputs.values())
    allowed = {name for name in supported if not TABLES.search(name)} | PLUMBING
    refuse_found(parts.strangers(serving, allowed))
    whole, restore = serving, restore_of(meta)
    if restore is not None:
        restoring = parts.behind(restore)
        refuse_found(parts.strangers(restoring, RESTORING))
        parts.check_restored(restoring, restore[0].partition(":")[0])
        whole = serving | restoring
    inputs, outputs = _ends(chosen.inputs, "input"), _ends(chosen.outputs, "output")
    return SavedGraph(parts.graph(serving), parts.graph(whole), inputs, outputs, restore)


def _meta_graph(folder: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString((folder / GRAPH).read_bytes())
    except (DecodeError, OSError) as error:
        raise damaged(folder, "it cannot be parsed.") from error
    graphs = list(saved.meta_graphs)
    serving = [graph for graph in graphs if TAG in graph.meta_info_def.tags] or graphs
    if not serving:
        raise damaged(folder, "it holds no graph.")
    return serving[0]


def signature_of(meta: Any, name: str | None, folder: Path) -> Any:
    """The signature to take: the named one, the usual one, or the only one."""
    there = sorted(key for key in meta.signature_def if not key.startswith("__"))
    usable = [key for key in there if meta.signature_def[key].outputs]  # training has none
    wanted = name or (DEFAULT if DEFAULT in usable or len(usable) != 1 else usable[0])
    if wanted not in usable:
        listed = f"it has: {', '.join(usable)}." if usable else "it has none that gives anything."
        raise SourceError(
            "saved-model-signature",
            str(folder),
            f"there is no signature '{wanted}'; {listed}",
            "Name one of them by --signature." if usable else FIX,
        )
    return meta.signature_def[wanted]


def _ends(tensors: Mapping[str, Any], kind: str) -> tuple[End, ...]:
    return tuple(_end(name, tensors[name], kind) for name in sorted(tensors, key=natural))


def natural(name: str) -> list[Any]:
    """A key by which ``output_10`` comes after ``output_9``."""
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", name)]


def _end(name: str, info: Any, kind: str) -> End:
    from tensorflow import dtypes

    if info.WhichOneof("encoding") != "name" or info.tensor_shape.unknown_rank:
        raise UnsupportedError(
            "saved-model-end",
            f"{kind} {name}",
            "it is no tensor with a known number of dimensions.",
            "Export the model with an input_signature of plain tensors.",
        )
    sizes = (dim.size for dim in info.tensor_shape.dim)
    return End(
        name,
        info.name,
        str(dtypes.as_dtype(info.dtype).name),
        tuple(None if size < 0 else int(size) for size in sizes),
    )


def restore_of(meta: Any) -> tuple[str, str] | None:
    """The nodes by which the variables are restored, if any are."""
    saver = meta.saver_def
    return (saver.filename_tensor_name, saver.restore_op_name) if saver.restore_op_name else None


def refuse_found(found: list[Found]) -> None:
    """Refuses the operations that were found, if any were."""
    if found:
        raise refusal(found)


def damaged(folder: Path, why: str) -> SourceError:
    """The error for a SavedModel that no TensorFlow wrote."""
    return SourceError("saved-model-damaged", str(folder / GRAPH), why, FIX)


class Reached(NamedTuple):
    """Names of nodes and of functions."""

    nodes: frozenset[str]
    functions: frozenset[str]

    def __or__(self, other: Reached) -> Reached:
        return Reached(self.nodes | other.nodes, self.functions | other.functions)


class Parts:
    """A ``GraphDef`` by name."""

    def __init__(self, graph_def: Any, folder: Path) -> None:
        self.graph_def = graph_def
        self.folder = folder
        self.nodes = {node.name: node for node in graph_def.node}
        self.functions = {each.signature.name: each for each in graph_def.library.function}

    def behind(self, tensors: Iterable[str]) -> Reached:
        """What is needed to compute some tensors or to run some operations."""
        pending = [_node_of(tensor) for tensor in tensors]
        nodes: set[str] = set()
        functions: set[str] = set()
        while pending:
            name = pending.pop()
            if name in nodes:
                continue
            node = self.nodes.get(name)
            if node is None:
                raise damaged(self.folder, f"it holds no node '{name}'.")
            nodes.add(name)
            pending += map(_node_of, node.input)
            self._call(node, functions)
        return Reached(frozenset(nodes), frozenset(functions))

    def _call(self, node: Any, functions: set[str]) -> None:
        pending = [node]
        while pending:
            for name in self._called(pending.pop()):
                if name not in functions:
                    functions.add(name)
                    pending += self.functions[name].node_def

    def _called(self, node: Any) -> list[str]:
        """The functions that a node names, which are those that it may run."""
        named = [node.op] if node.op in self.functions else []
        for value in node.attr.values():
            named += [value.func.name] if value.HasField("func") else []
            named += [each.name for each in value.list.func]
        missing = [name for name in named if name not in self.functions]
        if missing:
            raise damaged(self.folder, f"it holds no function '{missing[0]}'.")
        return named

    def strangers(self, reached: Reached, allowed: Collection[str]) -> list[Found]:
        """The operations that are not allowed, in a fixed order."""
        bodies = [node for name in sorted(reached.functions) for node in self.functions[name].node_def]
        top = [node for node in self.graph_def.node if node.name in reached.nodes]
        return [
            Found(node.op, node.name)
            for node in (*top, *bodies)
            if node.op not in allowed and node.op not in self.functions
        ]

    def check_restored(self, reached: Reached, filename: str) -> None:
        """Refuses a graph that restores from any other file than the SavedModel's own."""
        self._check_restored([self.nodes[name] for name in reached.nodes], lambda name: name == filename)
        arguments = {name: self._files_of(name, reached, filename) for name in reached.functions}
        for name, own in arguments.items():
            self._check_restored(self.functions[name].node_def, own.__contains__)

    def _files_of(self, function: str, reached: Reached, filename: str) -> frozenset[str]:
        """The arguments of a function that are given the name of the file in every call of it."""
        signature = [argument.name for argument in self.functions[function].signature.input_arg]
        calls = [
            node for name in reached.nodes for node in [self.nodes[name]] if function in self._called(node)
        ]
        inner = [
            node
            for name in reached.functions
            for node in self.functions[name].node_def
            if function in self._called(node)
        ]
        if inner or not calls or any(node.op not in CALLS for node in calls):
            return frozenset()
        given = [
            {
                argument
                for argument, source in zip(signature, node.input, strict=False)
                if _node_of(source) == filename
            }
            for node in calls
        ]
        return frozenset(set.intersection(*given))

    def _check_restored(self, nodes: Iterable[Any], is_file: Callable[[str], bool]) -> None:
        for node in nodes:
            if node.op == "RestoreV2" and not (node.input and is_file(_node_of(node.input[0]))):
                raise refusal([Found(node.op, node.name)])

    def graph(self, reached: Reached) -> Any:
        """A ``GraphDef`` of these alone."""
        from tensorflow.core.framework import graph_pb2

        kept = graph_pb2.GraphDef()
        kept.versions.CopyFrom(self.graph_def.versions)
        kept.node.extend(node for node in self.graph_def.node if node.name in reached.nodes)
        kept.library.function.extend(
            each for each in self.graph_def.library.function if each.signature.name in reached.functions
        )
        return kept


def _node_of(tensor: str) -> str:
    return tensor.removeprefix("^").partition(":")[0]
