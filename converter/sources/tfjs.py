"""TensorFlow.js layers models: a ``model.json`` and the shards beside it.

https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/types.ts
"""

from __future__ import annotations

import math
import stat
import sys
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.errors import SourceError, UnsupportedError
from converter.layers import check_weights
from converter.layers.configuration import brief
from converter.model import Array, Model, Weight
from converter.quantization.affine import decode
from converter.sources import keras2
from converter.sources.guard import refuse_code
from converter.sources.ownership import distribute, order_of

KEPT = ("signature", "userDefinedMetadata", "modelInitializer", "initializerSignature")
"""What an entry document says beside topology and weights, and a converted one still says."""

STORED = {"float32", "float16", "int32", "uint8", "uint16", "bool", "complex64"}
QUANTIZED = {"uint8", "uint16", "float16"}
MAX_DOCUMENT_BYTES = 1 << 28
FIX = "Fetch the whole folder again: model.json and every shard."


def model_json(path: Path) -> Path:
    """The entry document of an artifact given as a folder or as that document."""
    return path / "model.json" if path.is_dir() else path


def parse_document(path: Path) -> dict[str, Any]:
    """What ``model.json`` holds, of a layers or of a graph model."""
    file = model_json(path)
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SourceError("tfjs-unreadable", str(file), "this is no file.", FIX)
        if found.st_size > MAX_DOCUMENT_BYTES:
            raise SourceError(
                "tfjs-size",
                str(file),
                f"it is larger than {MAX_DOCUMENT_BYTES:,} bytes: no topology is.",
                FIX,
            )
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError("tfjs-unreadable", str(file), f"it cannot be read: {error}.", FIX) from error
    document: dict[str, Any] = keras2.parse_json(text, str(file))
    return document


def is_graph(path: Path) -> bool:
    """Whether an artifact is a graph model.

    Raises:
        SourceError: when its entry document cannot be read.
    """
    return parse_document(path).get("format") == "graph-model"


def read_document(path: Path) -> dict[str, Any]:
    """The entry document as JSON.

    Raises:
        SourceError: when it cannot be read or belongs to no layers model.
        UnsupportedError: when it belongs to a graph model.
    """
    file = model_json(path)
    document = parse_document(path)
    if document.get("format") == "graph-model":
        raise UnsupportedError(
            "graph-model",
            str(file),
            "this is a graph model, whose layers are gone.",
            "Convert the model that it was made from again, with --format graph for another graph model.",
        )
    if not isinstance(document.get("modelTopology"), dict):
        raise SourceError("tfjs-topology", str(file), "it holds no model topology.", FIX)
    return document


def parse_topology(document: dict[str, Any], served: Container[str] = ()) -> Model:
    """The model of an entry document, without its weights.

    Raises:
        ConverterError: as the parser of the dialect does.
    """
    topology = document["modelTopology"]
    refuse_code(topology, served)
    node = topology.get("model_config", topology)
    if not isinstance(node, dict):
        raise keras2.bad_topology("modelTopology", "'model_config' should be an object.")
    training = topology.get("training_config")
    return replace(
        keras2.parse_model(node),
        keras_version=keras2.check_name(topology.get("keras_version") or "", "keras_version"),
        backend=keras2.check_name(topology.get("backend") or "tensorflow", "backend"),
        training_config=training if isinstance(training, dict) else None,
    )


def read(path: Path, served: Container[str] = ()) -> Model:
    """The model of an artifact; quantized weights are decoded as TensorFlow.js decodes them.

    Raises:
        SourceError: when a shard is missing, has another size, or the manifest lies.
        UnsupportedError: when it is a graph model.
    """
    document = read_document(path)
    model = parse_topology(document, served)
    weights = list(stored_weights(document, model_json(path).parent))
    model = replace(distribute(model, weights, model.name), weight_order=order_of(weights))
    check_weights(model)
    return model


def files(path: Path) -> list[Path]:
    """The entry document and the shards that it names.

    Raises:
        SourceError: when the manifest is broken.
    """
    entry = model_json(path)
    groups = shards_of(manifest_of(read_document(path)), entry.parent)
    return [entry, *(shard for group in groups for shard in group)]


def extras(path: Path) -> dict[str, Any]:
    """What the entry document says beside topology and weights, such as ``userDefinedMetadata``.

    Raises:
        ConverterError: as ``read_document`` does.
    """
    document = read_document(path)
    return {key: document[key] for key in KEPT if document.get(key) is not None}


def manifest_entries(path: Path) -> list[dict[str, Any]]:
    """The manifest's entry of every weight.

    Raises:
        SourceError: when the manifest is broken.
    """
    return [entry for group in manifest_of(parse_document(path)) for entry in group["weights"]]


def manifest_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of weights, checked."""
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


def shards_of(groups: list[dict[str, Any]], folder: Path) -> list[list[Path]]:
    """The files of each group."""
    found = [[_shard(name, folder.resolve()) for name in group["paths"]] for group in groups]
    every = [shard for group in found for shard in group]
    if len(set(every)) < len(every):
        raise _broken("weightsManifest", "it names a shard twice.")
    return found


def _shard(name: Any, folder: Path) -> Path:
    try:
        shard = Path(folder, name).resolve()
        inside, there = shard.is_relative_to(folder), shard.is_file()
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise _broken(f"shard {brief(name)}", "no file can have this name.") from error
    if not inside:
        raise _broken(f"shard {brief(name)}", "a shard must lie inside the folder of the model.")
    if not there:
        raise _broken(f"shard {brief(name)}", "there is no such file.")
    return shard


def stored_weights(document: dict[str, Any], folder: Path) -> Iterator[Weight]:
    """The weights, read from the shards as they are asked for."""
    groups = manifest_of(document)
    for group, shards in zip(groups, shards_of(groups, folder), strict=True):
        blob = _Blob.of(shards)
        position = 0
        for entry in group["weights"]:
            weight, position = _weight(entry, blob, position)
            yield weight
        if position != blob.size:
            raise _broken(
                f"shards {brief(group['paths'])}",
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
        """The bytes ``start:stop``.

        Raises:
            SourceError: when a shard cannot be read, or was cut since it was measured.
        """
        parts = []
        for first, last, path in self.shards:
            low, high = max(start, first), min(stop, last)
            if low < high:
                try:
                    with path.open("rb") as file:
                        file.seek(low - first)
                        part = file.read(high - low)
                except OSError as error:
                    reason = f"it cannot be read: {error.strerror}."
                    raise SourceError("tfjs-unreadable", str(path), reason, FIX) from error
                if len(part) < high - low:
                    raise _broken(str(path), "it ended while it was read.")
                parts.append(part)
        return b"".join(parts)


def _weight(entry: Any, blob: _Blob, position: int) -> tuple[Weight, int]:
    match entry:
        case {"name": str() as name, "shape": list() as shape, "dtype": str() as dtype}:
            quantization = entry.get("quantization")
        case _:
            raise _broken("weightsManifest", f"{brief(entry)} describes no weight.")
    where = f"weight {brief(name)}"
    if dtype not in STORED:
        raise _broken(where, f"its type is {brief(dtype)}, which is not read.")
    if not all(type(side) is int and side >= 0 for side in shape):
        raise _broken(where, f"{brief(shape)} is no shape.")
    if quantization is not None:
        _check_quantization(quantization, dtype, where)
    stored = np.dtype(dtype if quantization is None else quantization["dtype"]).newbyteorder("<")
    end = position + math.prod(shape) * stored.itemsize
    if end > blob.size:
        raise _broken(where, f"its shape {brief(shape)} needs bytes behind the end of the shards.")

    def load(start: int, stop: int) -> Array:
        data = blob.read(position + start * stored.itemsize, position + stop * stored.itemsize)
        values = np.frombuffer(data, stored)
        return values if quantization is None else decode(values, quantization, dtype)

    return Weight(name, tuple(shape), np.dtype(dtype), load), end


def _check_quantization(quantization: Any, dtype: str, where: str) -> None:
    """Compares with what TensorFlow.js decodes: affine to float32 or int32, float16 to float32."""
    stored_as = quantization.get("dtype") if isinstance(quantization, dict) else None
    if not isinstance(stored_as, str) or stored_as not in QUANTIZED:
        raise _broken(where, f"its quantization is {brief(quantization)}, which is not read.")
    if dtype not in ({"float32"} if stored_as == "float16" else {"float32", "int32"}):
        raise _broken(where, f"its type is {dtype}, which is never stored as {stored_as}.")
    if stored_as == "float16":
        return
    for key in ("scale", "min"):
        value = quantization.get(key)
        if not isinstance(value, int | float) or not -sys.float_info.max <= value <= sys.float_info.max:
            raise _broken(where, f"its {key} should be a finite number and is {brief(value)}.")
