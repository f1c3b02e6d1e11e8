"""The JavaScript of a model's custom layers, without the model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import report as reports
from converter.artifact.staging import Staging
from converter.contract import contract_of
from converter.errors import OutputError, UnsupportedError, UsageError
from converter.progress import Progress, silent
from converter.proving import check_layers, proof_of
from converter.reading import Reader, SourceOptions
from converter.report import Report
from converter.shims.providers import adopt
from converter.shims.script import SCRIPT, TYPES, script, types
from converter.shims.shim import Shim

if TYPE_CHECKING:
    from typing_extensions import Unpack


def shims(
    source: str | Path,
    out: str | Path,
    *,
    verify: bool | None = None,
    backend: str = "wasm",
    force: bool = False,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Writes ``custom_layers.js`` and its types for the custom layers of a model, each of them proven.

    Args:
        source: as ``convert`` takes it.
        out: the folder to write.
        verify: whether to run each class beside its Python; None does where the runtimes are installed.
        backend: the TensorFlow.js backend that runs them, ``wasm`` or ``cpu``.
        force: whether what was written before may be replaced; the model of an artifact never is.
        progress: told what is being done.
        options: what else is told of the source, see ``SourceOptions``.

    Raises:
        UnsupportedError: when the model has no custom layers, or one cannot be translated.
        ParityError: when one computes something else.
        ConverterError: as reading the source does; ``out`` is untouched then.
    """
    started = time.perf_counter()
    progress("reading the model")
    with Reader(**options) as reader:
        reading = reader.read(Path(source))
        mended = reading.mend().model
        provided = reading.shims(mended)
        if not provided:
            raise UnsupportedError(
                "no-custom-layers",
                str(source),
                "none of its layers needs JavaScript that is at hand.",
                "Convert it as it is; or name the Python of its layers by --layers-from FILE.py.",
            )
        contract = contract_of(adopt(mended, provided), None)
        with Staging(Path(out), force=force, entry=SCRIPT) as staging:
            with proof_of(reading.original, provided, contract, verify, backend, progress) as proof:
                layers = [] if proof is None else proof.layers_alone()
            check_layers(layers)
            for name, text in _texts(provided).items():
                (staging.path / name).write_text(text)
            staging.commit()
    return reports.new(
        "shims",
        source={"path": str(source)},
        artifact={"path": str(out), "files": sorted(_texts(provided))},
        custom_layers=[_provided(shim, layers) for shim in provided.values()],
        warnings=[*reading.notes, *reading.doubts(provided)],
        seconds=round(time.perf_counter() - started, 3),
    )


def skeleton(
    source: str | Path,
    out: str | Path,
    *,
    force: bool = False,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Writes a file for ``layers_js``: what can be translated, and the rest to be finished by hand.

    Args:
        source: as ``convert`` takes it.
        out: the JavaScript file to write.
        force: whether a file at ``out`` may be replaced.
        progress: told what is being done.
        options: what else is told of the source, see ``SourceOptions``.

    Raises:
        UsageError: when no Python of a custom layer is named, or ``out`` stands already.
        OutputError: when ``out`` cannot be written.
        ConverterError: as reading the source does.
    """
    progress("reading the model")
    path = Path(out)
    if path.exists() and not force:
        raise UsageError("out-exists", str(out), "there is a file already.", "Say --force to replace it.")
    with Reader(**options) as reader:
        reading = reader.read(Path(source))
        texts = reading.providers.by_hand(reading.mend().model)
    if not texts:
        raise UsageError(
            "layers-from",
            str(source),
            "no Python of its custom layers is named.",
            "Name it: --layers-from FILE.py.",
        )
    try:
        path.write_text("\n\n".join(texts.values()))
    except OSError as error:
        raise OutputError(
            "out-unwritable", str(out), f"it cannot be written: {error.strerror}.", "Check the path."
        ) from error
    return reports.new(
        "shims",
        source={"path": str(source)},
        artifact={"path": str(out), "files": [path.name]},
        custom_layers=[
            {"class_name": name, "origin": "to be finished by hand", "proof": None} for name in texts
        ],
        warnings=[f"When it is finished: --layers-js {out}."],
    )


def _texts(provided: Mapping[str, Shim]) -> dict[str, str]:
    found = list(provided.values())
    return {SCRIPT: script(found), TYPES: types(found)}


def _provided(shim: Shim, layers: list[dict[str, Any]]) -> dict[str, Any]:
    proof = next((each for each in layers if each["class_name"] == shim.class_name), None)
    return {"class_name": shim.class_name, "origin": shim.origin, "proof": proof}
