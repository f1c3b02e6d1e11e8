"""TensorFlow.js layers models: a ``model.json`` and the shards beside it.

https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/types.ts
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.errors import SourceError, UnsupportedError
from converter.layers import check_weights
from converter.model import Array, Model, Weight
from converter.quantize.affine import decode
from converter.sources import keras2
from converter.sources.guard import refuse_code
from converter.sources.ownership import distribute, unique_names

STORED = {"float32", "float16", "int32", "uint8", "uint16", "bool", "complex64"}
FIX = "Fetch the whole folder again: model.json and every shard."


def model_json(path: Path) -> Path:
    """The entry document of an artifact given as a folder or as that document."""
    return path / "model.json" if path.is_dir() else path


def read_document(path: Path) -> dict[str, Any]:
    """The entry document as JSON.

    Raises:
        SourceError: when it cannot be read or belongs to no layers model.
        UnsupportedError: when it belongs to a graph model.
    """
    file = model_json(path)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError("tfjs-unreadable", str(file), f"it cannot be read: {error}.", FIX) from error
    document = keras2.parse_json(text, str(file))
    if document.get("format") == "graph-model":
        raise UnsupportedError(
            "graph-model",
            str(file),
            "this is a graph model, whose layers are gone.",
            "Convert the Keras file that it was made from.",
        )
    if not isinstance(document.get("modelTopology"), dict):
        raise SourceError("tfjs-topology", str(file), "it holds no model topology.", FIX)
    return document


def parse_topology(document: dict[str, Any]) -> Model:
    """The model of an entry document, without its weights.

    Raises:
        ConverterError: as the parser of the dialect does.
    """
    topology = document["modelTopology"]
    refuse_code(topology)
    node = topology.get("model_config", topology)
    if not isinstance(node, dict):
        raise keras2.bad_topology("modelTopology", "'model_config' should be an object.")
    training = topology.get("training_config")
    return replace(
        keras2.parse_model(node),
        keras_version=str(topology.get("keras_version") or ""),
        backend=str(topology.get("backend") or "tensorflow"),
        training_config=training if isinstance(training, dict) else None,
    )


def read(path: Path) -> Model:
    """The model of an artifact; quantized weights are decoded as TensorFlow.js decodes them.

    Raises:
        SourceError: when a shard is missing, has another size, or the manifest lies.
        UnsupportedError: when it is a graph model.
    """
    document = read_document(path)
    model = parse_topology(document)
    weights = list(_weights(document, model_json(path).parent))
    model = replace(distribute(model, weights, model.name), weight_order=unique_names(weights))
    check_weights(model)
    return model


def files(path: Path) -> list[Path]:
    """The entry document and the shards that it names.

    Raises:
        SourceError: when the manifest is broken.
    """
    entry = model_json(path)
    shards = [shard for group in _manifest(read_document(path)) for shard in _shards(group, entry.parent)]
    return [entry, *shards]


def manifest_entries(path: Path) -> list[dict[str, Any]]:
    """The manifest's entry of every weight.

    Raises:
        SourceError: when the manifest is broken.
    """
    return [entry for group in _manifest(read_document(path)) for entry in group["weights"]]


def _manifest(document: dict[str, Any]) -> list[dict[str, Any]]:
    groups = document.get("weightsManifest")
    if not isinstance(groups, list) or not all(
        isinstance(group, dict)
        and isinstance(group.get("paths"), list)
        and isinstance(group.get("weights"), list)
        for group in groups
    ):
        raise _broken("weightsManifest", "it should be a list of groups with paths and weights.")
    return groups


def _broken(where: str, why: str) -> SourceError:
    return SourceError("tfjs-manifest", where, why, FIX)


def _shards(group: dict[str, Any], folder: Path) -> list[Path]:
    found = []
    for name in group["paths"]:
        shard = folder / name if isinstance(name, str) else folder
        if shard == folder or not shard.resolve().is_relative_to(folder.resolve()):
            raise _broken(str(name), "a shard must lie inside the folder of the model.")
        if not shard.is_file():
            raise _broken(str(shard), "this shard is missing.")
        found.append(shard)
    return found


def _weights(document: dict[str, Any], folder: Path) -> Iterator[Weight]:
    for group in _manifest(document):
        blob = _Blob.of(_shards(group, folder))
        position = 0
        for entry in group["weights"]:
            weight, position = _weight(entry, blob, position)
            yield weight
        if position != blob.size:
            raise _broken(
                ", ".join(map(str, group["paths"])),
                f"the shards hold {blob.size:,} bytes, but the manifest describes {position:,}.",
            )


@dataclass(frozen=True)
class _Blob:
    """The shards of a group as one stretch of bytes."""

    shards: list[tuple[int, int, Path]]
    size: int

    @classmethod
    def of(cls, paths: list[Path]) -> _Blob:
        shards, start = [], 0
        for path in paths:
            size = path.stat().st_size
            shards.append((start, start + size, path))
            start += size
        return cls(shards, start)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes ``start:stop``."""
        parts = []
        for first, last, path in self.shards:
            low, high = max(start, first), min(stop, last)
            if low < high:
                with path.open("rb") as file:
                    file.seek(low - first)
                    parts.append(file.read(high - low))
        return b"".join(parts)


def _weight(entry: Any, blob: _Blob, position: int) -> tuple[Weight, int]:
    match entry:
        case {"name": str() as name, "shape": list() as shape, "dtype": str() as dtype}:
            quantization = entry.get("quantization")
        case _:
            raise _broken("weightsManifest", f"{entry!r} describes no weight.")
    stored_as = quantization.get("dtype") if isinstance(quantization, dict) else dtype
    if stored_as not in STORED or dtype not in STORED:
        raise _broken(name, f"its type is {stored_as!r}, which is not read.")
    if not all(type(side) is int and side >= 0 for side in shape):
        raise _broken(name, f"{shape} is no shape.")
    if quantization is not None and not _is_affine(quantization):
        raise _broken(name, "its scale and min should be finite numbers.")
    stored = np.dtype(stored_as).newbyteorder("<")
    end = position + math.prod(shape) * stored.itemsize
    if end > blob.size:
        raise _broken(name, f"shape {shape} needs bytes behind the end of the shards.")

    def load(start: int, stop: int) -> Array:
        data = blob.read(position + start * stored.itemsize, position + stop * stored.itemsize)
        values = np.frombuffer(data, stored)
        return values if quantization is None else decode(values, quantization, dtype)

    return Weight(name, tuple(shape), np.dtype(dtype), load), end


def _is_affine(quantization: dict[str, Any]) -> bool:
    if quantization["dtype"] == "float16":
        return True
    return all(
        isinstance(quantization.get(key), int | float) and math.isfinite(quantization[key])
        for key in ("scale", "min")
    )
