"""A SavedModel at work, with the values that TensorFlow itself restores; in a child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from converter.model import Array
from converter.sources.saved_model import VARIABLES as FOLDER
from converter.sources.saved_model.operations import VARIABLES
from converter.sources.saved_model.reading import SavedGraph


class Restored:
    """One signature, with its variables restored.

    Args:
        graph: as ``reading.read`` gives it.
        folder: of the SavedModel.
    """

    def __init__(self, graph: SavedGraph, folder: Path) -> None:
        import tensorflow as tf

        self.saved = graph
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.import_graph_def(graph.whole, name="")
        self.session = tf.compat.v1.Session(graph=self.graph)
        if graph.restore is not None:
            filename, operation = graph.restore
            self.session.run(operation, {filename: str(folder / FOLDER / "variables")})

    def __call__(self, inputs: Any, *, training: bool = False) -> list[Array]:
        """The outputs by their names' order, for one array or a list in the order of the inputs."""
        del training  # a signature has no such argument
        arrays = inputs if isinstance(inputs, list) else [inputs]
        feeds = {
            end.tensor: np.asarray(array).astype(end.dtype, copy=False)
            for end, array in zip(self.saved.inputs, arrays, strict=True)
        }
        found: list[Array] = self.session.run([end.tensor for end in self.saved.outputs], feeds)
        return found

    def values(self) -> dict[str, Array]:
        """The values of the variables behind the outputs, by the names of their nodes."""
        import tensorflow as tf

        tensors = {}
        with self.graph.as_default():
            for node in self.saved.serving.node:
                if node.op not in VARIABLES:
                    continue
                tensor = self.graph.get_tensor_by_name(f"{node.name}:0")
                if node.op == "VarHandleOp":
                    tensor = tf.raw_ops.ReadVariableOp(resource=tensor, dtype=node.attr["dtype"].type)
                tensors[node.name] = tensor
        values: dict[str, Array] = self.session.run(tensors)
        return values
