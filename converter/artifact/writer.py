"""The files of an artifact: what ``tf.loadLayersModel`` reads, and the records beside it."""

from __future__ import annotations

import binascii
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.artifact import shards
from converter.artifact.topology import print_topology
from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.model import Model
from converter.quantization.affine import Encoded
from converter.shims import script as custom_layers
from converter.shims.shim import Shim
from converter.version import VERSION

RECORD = "upconvert.json"
PARITY = "parity.json"
INTEGRITY = "integrity.json"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Written:
    """The files of a layers model as they stand on disk.

    Attributes:
        weight_bytes: size of all shards.
        weight_gzip_bytes: the same after gzip, estimated from samples.
        total_bytes: size of the shards and model.json.
        gzip_bytes: the same after gzip.
        digests: SHA-384 by file name.
    """

    files: tuple[str, ...]
    weight_bytes: int
    weight_gzip_bytes: int
    total_bytes: int
    gzip_bytes: int
    digests: Mapping[str, bytes]


def write_model(
    model: Model,
    weights: Sequence[Encoded],
    folder: Path,
    shard_bytes: int = shards.SHARD_BYTES,
    shims: Sequence[Shim] = (),
    *,
    by_layer: bool = False,
    extras: Mapping[str, Any] = NOTHING,
) -> Written:
    """Writes ``model.json``, its shards and its custom layers, which is all that TensorFlow.js needs.

    Args:
        model: the topology.
        weights: in the order in which they are written.
        folder: where to.
        shard_bytes: the size of a weight file.
        shims: the custom layers.
        by_layer: whether each layer of the model has weight files of its own.
        extras: what else the entry document holds, such as ``userDefinedMetadata``.

    Raises:
        OSError: when the folder cannot take them.
        ConverterError: as encoding a weight does.
    """
    groups = _by_layer(model, weights) if by_layer else [weights]
    cut = [shards.write(group, folder, shard_bytes, number) for number, group in enumerate(groups, start=1)]
    manifest = [
        {"paths": [shard.name for shard in found], "weights": [weight.entry for weight in group]}
        for found, group in zip(cut, groups, strict=True)
    ]
    written = [shard for found in cut for shard in found]
    generated = f"keras v{model.keras_version}" if model.keras_version else None
    document = to_json(
        {
            "format": "layers-model",
            "generatedBy": generated,
            "convertedBy": f"upconvert v{VERSION}",
            **extras,
            "modelTopology": print_topology(model),
            "weightsManifest": manifest,
        },
        "model.json",
    )
    scripts = {}
    if shims:
        scripts[custom_layers.SCRIPT] = custom_layers.script(shims).encode()
        scripts[custom_layers.TYPES] = custom_layers.types(shims).encode()
    for name, content in {"model.json": document, **scripts}.items():
        (folder / name).write_bytes(content)
    return summary(document, written, scripts)


def _by_layer(model: Model, weights: Sequence[Encoded]) -> list[list[Encoded]]:
    """The weights of each layer that has any; those of a nested model together, and of one name's scope.

    The official converter takes the groups of an HDF5 file for layers, and ``block/conv`` lies in ``block``.
    """
    owners = {
        weight.name: layer.name.partition("/")[0]
        for layer in model.layers
        for weight in (layer.weights if layer.model is None else layer.model.weights())
    }
    groups: dict[str, list[Encoded]] = {}
    for encoded in weights:
        groups.setdefault(owners[encoded.weight.name], []).append(encoded)
    return [*groups.values()] or [[]]


def summary(document: bytes, written: Sequence[shards.Shard], scripts: Mapping[str, bytes]) -> Written:
    """What was written: the sizes and hashes of a model.json, its shards and its scripts."""
    weight_bytes = sum(shard.nbytes for shard in written)
    weight_gzip_bytes = sum(shard.gzip_bytes for shard in written)
    return Written(
        files=("model.json", *scripts, *(shard.name for shard in written)),
        weight_bytes=weight_bytes,
        weight_gzip_bytes=weight_gzip_bytes,
        total_bytes=weight_bytes + len(document),
        gzip_bytes=weight_gzip_bytes + shards.gzip_size(document),
        digests={
            "model.json": hashlib.sha384(document).digest(),
            **{name: hashlib.sha384(content).digest() for name, content in scripts.items()},
            **{shard.name: shard.sha384 for shard in written},
        },
    )


def write_records(folder: Path, records: Mapping[str, Mapping[str, Any]], written: Written) -> None:
    """Writes the records beside a model, and ``integrity.json`` over all of it."""
    digests = dict(written.digests)
    for name, record in records.items():
        document = to_json(record, name, indent=1)
        (folder / name).write_bytes(document)
        digests[name] = hashlib.sha384(document).digest()
    integrity = {name: integrity_value(digest) for name, digest in sorted(digests.items())}
    (folder / INTEGRITY).write_bytes(to_json(integrity, INTEGRITY, indent=1))


def integrity_value(digest: bytes) -> str:
    """A SHA-384 as https://www.w3.org/TR/SRI/ writes it."""
    return f"sha384-{binascii.b2a_base64(digest, newline=False).decode()}"


def to_json(value: object, where: str, indent: int | None = None) -> bytes:
    """JSON as browsers read it, which knows neither NaN nor Infinity.

    Raises:
        UnsupportedError: when the value holds one of them.
    """
    separators = (",", ":") if indent is None else None
    try:
        text = json.dumps(value, allow_nan=False, indent=indent, separators=separators)
    except ValueError as error:
        raise UnsupportedError(
            "topology-number",
            f"{where}, {brief(_not_a_number(value))}",
            "this configuration holds NaN or Infinity, which JSON cannot.",
            "Give that layer a finite value (such as 1e38) in Python.",
        ) from error
    return text.encode()


def _not_a_number(value: object) -> str:
    """Where in a value the first NaN or Infinity stands: the names on the way, and the key."""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "?"
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in items:
        found = _not_a_number(item)
        if found:
            name = item.get("name", "") if isinstance(item, Mapping) else ""
            steps = (str(name), "" if isinstance(key, int) or name else str(key), found.removeprefix("?"))
            return "/".join(step for step in steps if step) or "?"
    return ""
