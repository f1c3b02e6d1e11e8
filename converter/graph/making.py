"""A graph model from an original: the child that makes it, and what it left."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from converter import children, errors
from converter.contract import Contract, Input
from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.graph import official
from converter.graph.tracing import distinct, node_of
from converter.model import Array, Weight
from converter.parity.reference import write_job
from converter.sources.original import Original
from converter.sources.saved_model.operations import Found, refusal

if TYPE_CHECKING:
    from typing_extensions import Self

MADE = "graph.json"
ERROR = "error"
OFFICIAL = "official"
FROZEN = f"{OFFICIAL}/model.json.frozen"

ASYNCHRONOUS = {
    *("Switch", "Merge", "Enter", "Exit", "NextIteration", "StatelessIf", "StatelessWhile", "If", "While"),
    *("NonMaxSuppressionV2", "NonMaxSuppressionV3", "NonMaxSuppressionV5", "Where"),
}
"""Operations whose graphs only ``model.executeAsync`` runs.
https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-converter/src/executor/model_analysis.ts"""


@dataclass(frozen=True, eq=False)
class GraphModel:
    """What the official converter made, before quantization.

    Attributes:
        topology: the ``modelTopology`` of its model.json.
        signature: the names, tensors, types and shapes of its inputs and outputs, in their order.
        weights: in the order of its manifest, which is that of the graph.
        inputs: as the original declares them.
        tensorflow: the version that made it.
    """

    topology: dict[str, Any]
    signature: dict[str, Any]
    weights: tuple[Weight, ...]
    inputs: tuple[Input, ...]
    tensorflow: str

    @property
    def is_asynchronous(self) -> bool:
        """Whether ``model.executeAsync`` must run it."""
        return any(node["op"] in ASYNCHRONOUS for node in self.topology["node"])


class Making:
    """A context manager around the child, which has begun.

    Args:
        original: what to convert.
        package: the folder of the official converter.
        folder: an empty folder; what is made stays there.
    """

    def __init__(self, original: Original, package: Path, folder: Path) -> None:
        self.original = original
        self.folder = folder
        job = write_job(original, [], [], folder)
        added = {"tensorflowjs": str(package), "supported": sorted(official.supported(package))}
        job.write_text(json.dumps({**json.loads(job.read_text()), **added}))
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                children.command("converter.graph.child", str(job)),
                env={**os.environ, **children.QUIET},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait()

    def result(self, contract: Contract | None = None) -> GraphModel:
        """Waits for what it makes.

        Args:
            contract: of the original, where it is known already; it names the inputs.

        Raises:
            ConverterError: when the original cannot be a graph model.
        """
        self.process.wait()
        if not (self.folder / MADE).exists():
            log = (self.folder / "log.txt").read_text(errors="replace").strip().splitlines()
            raise SourceError(
                "graph-failed",
                str(self.original.path),
                f"TensorFlow could not load it: {log[-1] if log else 'it was ended from outside'}",
                "Load it in Python to see more, or see what 'upconvert doctor' says.",
            )
        made = json.loads((self.folder / MADE).read_text())
        if ERROR in made:
            raise _error(made[ERROR])
        if "unsupported" in made:
            known = {layer.name for layer in self.original.model.walk()}
            raise refusal([Found(*each) for each in made["unsupported"]], known)
        inputs = _inputs(made["inputs"], contract)
        return read(self.folder / OFFICIAL, made, inputs)


def read(folder: Path, made: dict[str, Any], inputs: tuple[Input, ...]) -> GraphModel:
    """What the official converter wrote into a folder."""
    document = json.loads((folder / "model.json").read_text("utf-8"))
    # Protocol buffers print their maps in any order.
    topology = _ordered(document["modelTopology"])
    names = distinct([each.name for each in inputs], "input")
    signature = {
        "inputs": dict(zip(names, made["signature"]["inputs"], strict=True)),
        "outputs": dict(made["signature"]["outputs"]),
    }
    _restore_inputs(topology, signature["inputs"].values())
    weights = _weights(folder, document["weightsManifest"])
    return GraphModel(topology, signature, tuple(weights), inputs, made["tensorflow"])


def _ordered(value: Any) -> Any:
    """The same JSON with its keys in one fixed order."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _error(fields: list[str]) -> ConverterError:
    kind, *rest = fields
    return getattr(errors, kind)(*rest)  # type: ignore[no-any-return]


def _inputs(found: list[dict[str, Any]], contract: Contract | None) -> tuple[Input, ...]:
    if contract is None:
        return tuple(Input(each["name"], tuple(each["shape"]), each["dtype"]) for each in found)
    if len(found) != len(contract.inputs):
        raise UnsupportedError(
            "graph-inputs",
            "--format graph",
            f"Keras gives the model {len(found)} inputs, and its file tells of {len(contract.inputs)}.",
            "Save the model again.",
        )
    return contract.inputs


def _restore_inputs(topology: dict[str, Any], inputs: Collection[dict[str, Any]]) -> None:
    """Puts back the inputs that no output depends on, which were pruned: callers give them all the same."""
    there = {node["name"] for node in topology["node"]}
    for index, each in enumerate(inputs):
        if node_of(index) not in there:
            attributes = {"dtype": {"type": each["dtype"]}, "shape": {"shape": each["tensorShape"]}}
            topology["node"].append({"name": node_of(index), "op": "Placeholder", "attr": attributes})


def _weights(folder: Path, manifest: list[dict[str, Any]]) -> list[Weight]:
    """The constants of the graph, read where they lie; a group's files are one stream of bytes."""
    found = []
    for group in manifest:
        stream = np.concatenate(
            [np.fromfile(folder / name, np.uint8) for name in group["paths"]] or [np.zeros(0, np.uint8)]
        )
        start = 0
        for entry in group["weights"]:
            if entry["dtype"] == "string":
                raise UnsupportedError(
                    "weight-dtype",
                    entry["name"],
                    "it holds text, which cannot be proven here.",
                    "Leave text out of the model.",
                )
            dtype = np.dtype(entry["dtype"])
            size = int(np.prod(entry["shape"], dtype=np.int64)) * dtype.itemsize
            array: Array = stream[start : start + size].view(dtype).reshape(entry["shape"])
            found.append(Weight.of(entry["name"], array))
            start += size
    return found
