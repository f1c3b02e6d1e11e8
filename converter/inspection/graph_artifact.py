"""What is in a TensorFlow.js graph model: its nodes, its signature and its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from converter.artifact.writer import to_json
from converter.errors import SourceError
from converter.inspection.graph import GRAPH_MODEL, Graph, Tensor, supported
from converter.model import Shape
from converter.sources.saved_model.operations import Found
from converter.sources.tfjs import FIX, manifest_of, model_json, parse_document, shards_of, stored_weights

SPELLED = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"}
"""The types whose names in a model.json are not those that TensorFlow has for them in lower case."""


def read(path: Path) -> Graph:
    """What is in a graph model.

    Args:
        path: the folder, or its entry document.

    Raises:
        SourceError: when the document is broken, or a shard is missing or has another size.
    """
    entry = model_json(path)
    document = parse_document(path)
    topology = document.get("modelTopology")
    if not isinstance(topology, dict):
        raise _broken("it holds no model topology.")
    nodes = list(_nodes(topology))
    shards = [shard for group in shards_of(manifest_of(document), entry.parent) for shard in group]
    weights = [
        Tensor(each.name, each.dtype.name, each.shape) for each in stored_weights(document, entry.parent)
    ]
    entries = [each for group in manifest_of(document) for each in group["weights"]]
    functions = {str(each["signature"]["name"]) for each in _functions(topology)}
    operations = [
        Found(_text(node, "op"), _text(node, "name"))
        for node in nodes
        if node["op"] not in {"Const", "NoOp", *functions}
    ]
    known = supported()
    signature = _signature(document)
    made_by = str(document.get("generatedBy") or "")
    return Graph(
        path,
        GRAPH_MODEL,
        [entry, *shards],
        made_by.removeprefix("tensorflow v") if made_by.startswith("tensorflow v") else "",
        (),
        tuple(_ends(signature.get("inputs"))) or tuple(_placeholders(nodes)),
        tuple(_ends(signature.get("outputs"))),
        operations,
        [each for each in operations if known is not None and each.operation not in known],
        known is not None,
        weights,
        sum(shard.stat().st_size for shard in shards),
        Counter(str((each.get("quantization") or each)["dtype"]) for each in entries),
        len(to_json(topology, "model.json")),
    )


def _nodes(topology: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of the graph and of its functions."""
    bodies = [each.get("nodeDef", []) for each in _functions(topology)]
    for nodes in (topology.get("node", []), *bodies):
        if not isinstance(nodes, list):
            raise _broken("its nodes should be a list.")
        for node in nodes:
            if not isinstance(node, dict):
                raise _broken("a node should be an object.")
            _text(node, "op")
            yield node


def _functions(topology: Mapping[str, Any]) -> list[dict[str, Any]]:
    match topology.get("library") or {}:
        case {"function": list() as functions}:
            for each in functions:
                match each:
                    case {"signature": {"name": str()}}:
                        pass
                    case _:
                        raise _broken("a function should be an object with a signature.")
            return functions
        case {"function": _}:
            raise _broken("its functions should be a list.")
    return []


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise _broken(f"a node should have a text as its {key}.")
    return value


def _signature(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What names the inputs and outputs; older converters put it among the metadata."""
    found = document.get("signature")
    if found is None:
        metadata = document.get("userDefinedMetadata")
        found = metadata.get("signature") if isinstance(metadata, dict) else None
    if found is not None and not isinstance(found, dict):
        raise _broken("its signature should be an object.")
    return found or {}


def _ends(ends: Any) -> Iterator[Tensor]:
    if not isinstance(ends, dict | None):
        raise _broken("the inputs and outputs of its signature should be objects.")
    for name, each in (ends or {}).items():
        if not isinstance(each, dict):
            raise _broken("an input or output of its signature should be an object.")
        yield Tensor(name, _dtype(each.get("dtype")), _shape(each.get("tensorShape")))


def _placeholders(nodes: list[dict[str, Any]]) -> Iterator[Tensor]:
    for node in nodes:
        if node["op"] == "Placeholder":
            match node.get("attr"):
                case {"dtype": {"type": dtype}, "shape": {"shape": shape}}:
                    yield Tensor(_text(node, "name"), _dtype(dtype), _shape(shape))
                case _:
                    yield Tensor(_text(node, "name"), "", None)


def _dtype(name: Any) -> str:
    text = str(name or "")
    return SPELLED.get(text, text.removeprefix("DT_").lower())


def _shape(shape: Any) -> Shape | None:
    """A shape as protocol buffers print it: sizes as texts, and -1 for those that are free."""
    if not isinstance(shape, dict) or shape.get("unknownRank"):
        return None
    try:
        sizes = [int(dim.get("size", 0)) for dim in shape.get("dim") or ()]
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise _broken("a shape in it is none.") from error
    return tuple(None if size < 0 else size for size in sizes)


def _broken(why: str) -> SourceError:
    return SourceError("tfjs-topology", "modelTopology", why, FIX)
