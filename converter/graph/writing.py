"""The files of a graph model: what ``tf.loadGraphModel`` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from converter.artifact import shards
from converter.artifact.writer import Written, summary, to_json
from converter.graph import official
from converter.graph.making import GraphModel
from converter.quantization.affine import Encoded
from converter.version import VERSION


def write_graph(
    graph: GraphModel,
    weights: Sequence[Encoded],
    folder: Path,
    shard_bytes: int = shards.SHARD_BYTES,
    extras: Mapping[str, Any] = MappingProxyType({}),
) -> Written:
    """Writes ``model.json`` and its shards; ``extras`` is what else the document holds.

    Raises:
        OSError: when the folder cannot take them.
        ConverterError: as encoding a weight does.
    """
    written = shards.write(weights, folder, shard_bytes)
    manifest = [{"paths": [shard.name for shard in written], "weights": [weight.entry for weight in weights]}]
    document = to_json(
        {
            "format": "graph-model",
            "generatedBy": f"tensorflow v{graph.tensorflow}",
            "convertedBy": f"upconvert v{VERSION}, {official.PACKAGE} v{official.VERSION}",
            "signature": graph.signature,
            "modelTopology": graph.topology,
            "weightsManifest": manifest,
            **extras,
        },
        "model.json",
    )
    (folder / "model.json").write_bytes(document)
    return summary(document, written, {})
