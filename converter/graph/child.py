"""The process that makes a graph model: TensorFlow loads the original, the official converter converts it.

``python -m converter.graph.child JOB`` reads a job and leaves ``model.json`` and its weights, unquantized,
in the job's folder, and ``graph.json`` beside them: what was made, or why not.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter.errors import ConverterError, UnsupportedError
from converter.graph import official, tracing
from converter.graph.making import ERROR, FROZEN, MADE, OFFICIAL
from converter.parity import child_layers
from converter.parity.child import arranged, load_original
from converter.sources.saved_model.operations import TABLES, Found, layer_of
from converter.sources.saved_model.session import Restored

DEBUGGING = {"Assert", "CheckNumerics", "Print"}
"""What the official converter strips."""


def main(job_path: str) -> None:
    """The child's whole life."""
    job, folder = json.loads(Path(job_path).read_text()), Path(job_path).parent
    try:
        made = _convert(job, folder)
    except ConverterError as error:
        fields = (error.code, error.where, error.why, error.fix)
        made = {ERROR: [type(error).__name__, *fields]}
    (folder / "graph.tmp").write_text(json.dumps(made))
    (folder / "graph.tmp").rename(folder / MADE)


def _convert(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    import tensorflow as tf

    model = load_original(job).model
    traced = (
        tracing.of_saved_model(model) if isinstance(model, Restored) else tracing.of_keras(model, arranged)
    )
    tracing.save(traced, folder / "clean")
    problem = _run_official(Path(job["tensorflowjs"]), folder)
    nodes = _frozen(folder / FROZEN)
    found = list(_unsupported(nodes, frozenset(job["supported"])))
    if found:
        return {"unsupported": found}
    _check_integers(nodes)
    if problem is not None:
        raise UnsupportedError(
            "graph-conversion",
            "--format graph",
            f"the official converter says: {problem}.",
            "Export the model as a SavedModel and try that, or change what it names.",
        )
    document = json.loads((folder / OFFICIAL / "model.json").read_text())
    return {
        "tensorflow": tf.__version__,
        "inputs": [end._asdict() for end in traced.inputs],
        "signature": _signature(document, traced),
    }


def _run_official(package: Path, folder: Path) -> str | None:
    """Runs the official converter; what it said when it failed."""
    conversion = official.conversion(package)
    try:
        conversion.convert_tf_saved_model(
            str(folder / "clean"),
            str(folder / OFFICIAL),
            strip_debug_ops=True,
            # It puts its model.json there, too.
            frozen_graph_dir=str(folder / OFFICIAL),
        )
    except Exception as error:  # noqa: BLE001 - whatever it says is told in one line
        return child_layers.first_line(error)
    return None


def _frozen(path: Path) -> list[Any]:
    """Every node of the frozen graph; none where it was not made."""
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    if path.exists():
        graph.ParseFromString(path.read_bytes())
    return [*graph.node, *(node for function in graph.library.function for node in function.node_def)]


def _unsupported(nodes: list[Any], supported: frozenset[str]) -> Iterator[Found]:
    """The operations that TensorFlow.js lacks."""
    for node in nodes:
        if node.op not in supported | DEBUGGING or TABLES.search(node.op):
            yield Found(node.op, node.name)


def _check_integers(nodes: list[Any]) -> None:
    """The official converter cuts constants of 64 bits to 32 without a word."""
    import tensorflow as tf

    for node in nodes:
        if node.op == "Const" and node.attr["dtype"].type == tf.int64.as_datatype_enum:
            values = tf.make_ndarray(node.attr["value"].tensor)
            if values.size and not (values.min() >= tf.int32.min and values.max() <= tf.int32.max):
                raise UnsupportedError(
                    "weight-dtype",
                    f"layer {layer_of(node.name)}",
                    "it holds whole numbers of more than 32 bits, which TensorFlow.js cannot hold.",
                    "Make them smaller in Python, and save the model again.",
                )


def _signature(document: dict[str, Any], traced: tracing.Traced) -> dict[str, Any]:
    """The signature of the artifact, in the order of the original's inputs and outputs.

    TensorFlow.js takes and gives tensors in the order in which this names them.
    """
    import tensorflow as tf

    outputs = document["signature"]["outputs"].values()
    # tf.saved_model names them Identity, Identity_1 … in the order of their keys.
    ordered = sorted(outputs, key=lambda each: int((re.findall(r"_(\d+):", each["name"]) or [0])[0]))
    names = [f"Identity{f'_{index}' if index else ''}:0" for index in range(len(traced.outputs))]
    assert [each["name"] for each in ordered] == names, names
    inputs = [
        {
            "name": f"{tracing.node_of(index)}:0",
            "dtype": f"DT_{_proto_name(tf.dtypes.as_dtype(end.dtype))}",
            "tensorShape": {"dim": [{"size": str(-1 if size is None else size)} for size in end.shape]},
        }
        for index, end in enumerate(traced.inputs)
    ]
    return {"inputs": inputs, "outputs": [[*pair] for pair in zip(traced.outputs, ordered, strict=True)]}


def _proto_name(dtype: Any) -> str:
    from tensorflow.core.framework import types_pb2

    return str(types_pb2.DataType.Name(dtype.as_datatype_enum)).removeprefix("DT_")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception as error:  # noqa: BLE001 - whatever Keras says of the original is told in one line
        sys.exit(child_layers.first_line(error))
