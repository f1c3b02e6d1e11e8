"""``python -m converter.sources.python_child.build JOB``: builds the user's model and writes it down."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from converter.errors import ConverterError, UnsupportedError
from converter.sources.python_child import imports, live, native, weights
from converter.sources.python_child.export import Exporter
from converter.sources.python_child.terminal import plain_text
from converter.sources.python_child.weights import load_exported

__all__ = ["live_model", "load_exported", "main"]

EXPORTED = "model.h5"
RESULT = "result.json"


def live_model(target: str, arguments: Mapping[str, Any]) -> Any:
    """The Keras model that the user's builder makes, with whatever weights it comes with.

    Args:
        target: ``MODULE:NAME``.
        arguments: of the builder.

    Raises:
        UsageError: when the target or the arguments do not exist.
        SourceError: when the builder fails or gives no model.
        UnsupportedError: when the model has no graph.
    """
    return _live_model(target, arguments)[0]


def _live_model(target: str, arguments: Mapping[str, Any]) -> tuple[Any, list[str]]:
    found, warnings = imports.find(target)
    model = imports.model_of(target, found, arguments)
    imports.check_graph(target, model)
    return model, warnings


def main(job_path: str) -> None:
    """The child's whole life."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job_path).parent
    try:
        result = _build(job, folder)
    except ConverterError as error:
        kind = next(each for each in type(error).__mro__ if each.__module__ == "converter.errors")
        found = {"where": error.where, "why": error.why, "fix": error.fix}
        said = {key: plain_text(text) for key, text in found.items()}
        result = {"error": {"kind": kind.__name__, "code": error.code, **said}}
    except Exception:  # noqa: BLE001 - a bug of ours, which the core reports as such
        result = {"bug": traceback.format_exc()}
    (folder / "result.tmp").write_text(json.dumps(result))
    (folder / "result.tmp").rename(folder / RESULT)


def _build(job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    model, warnings = _live_model(job["target"], job["arguments"])
    if job["weights"] is not None:
        warnings += weights.load(model, Path(job["weights"]), folder)
    try:
        exporter = Exporter(model, job["target"])
    except UnsupportedError:
        # What the words of Keras 2 have not, an archive of Keras 3 may.
        saved = native.save(model, folder)
        if saved is None:
            raise
        return {
            "keras": 3,
            "keras_version": str(getattr(live.keras_of(model), "__version__", "")),
            "exported": saved.name,
            "layers": [],
            "captured": [],
            "warnings": [plain_text(each) for each in warnings],
        }
    exporter.write(folder / EXPORTED)
    written = exporter.module.write(folder)
    return {
        "keras": exporter.generation,
        "exported": EXPORTED,
        "keras_version": str(exporter.module.keras.__version__),
        "layers": [str(path) for path in (*([written] if written else []), *exporter.custom.files)],
        "captured": [asdict(use) for use in exporter.module.uses],
        "warnings": [plain_text(each) for each in (*warnings, *exporter.late.warnings)],
    }


if __name__ == "__main__":
    main(sys.argv[1])
