"""An existing ``model.json`` mended in place: its topology only, never its weights."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from converter import report as reports
from converter.artifact.topology import print_topology
from converter.artifact.writer import INTEGRITY, integrity_value, to_json
from converter.errors import OutputError
from converter.passes import pipeline
from converter.progress import Progress, silent
from converter.report import Report
from converter.sources import tfjs


def patch(artifact: str | Path, *, optimize: bool = True, progress: Progress = silent) -> Report:
    """Rewrites the topology of a TensorFlow.js layers model so that every TensorFlow.js reads it.

    Args:
        artifact: the folder of the model, or its model.json.
        optimize: whether to drop what inference does not need.
        progress: told what is being done.

    Raises:
        ConverterError: when it is no layers model or cannot be written; it is untouched then.
    """
    progress("reading the topology")
    path = tfjs.model_json(Path(artifact))
    document = tfjs.read_document(path)
    mended = pipeline.run(tfjs.parse_topology(document), optimize=optimize, of_keras=False)
    if mended.changes:
        document["modelTopology"] = print_topology(mended.model)
        _write(path, to_json(document, path.name))
    return reports.new(
        "patch",
        artifact={"path": str(path)},
        changes=[change._asdict() for change in mended.changes],
    )


def _write(path: Path, document: bytes) -> None:
    """The document in place, and its hash where there is an ``integrity.json``."""
    integrity = path.with_name(INTEGRITY)
    try:
        replacements = [(path, document)]
        if integrity.is_file():
            digests = json.loads(integrity.read_text())
            digests[path.name] = integrity_value(hashlib.sha384(document).digest())
            replacements.append((integrity, to_json(digests, INTEGRITY, indent=1)))
        for target, content in replacements:
            _replace(target, content)
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(
            "patch-unwritable",
            str(path),
            f"it cannot be rewritten: {error}.",
            "Check the folder and run it again.",
        ) from error


def _replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode & 0o777)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
