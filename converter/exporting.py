"""The way back: a TensorFlow.js layers model written as a file of Keras, and proven to compute the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from converter import keras_files
from converter import report as reports
from converter.artifact.staging import StagedFile
from converter.background import Background
from converter.contract import contract_of
from converter.errors import ConverterError, ParityError, SourceError, UnsupportedError, UsageError
from converter.hashing import hash_files
from converter.keras_files import hard_sigmoid
from converter.keras_files.masks import RECURRENT
from converter.layers import check_supported, infer, unsupported
from converter.layers.configuration import brief
from converter.layers.semantics import check_semantics
from converter.model import Model
from converter.progress import Progress, silent
from converter.proving import check_layers, proof_of, warnings_of
from converter.reading import Reader, Reading
from converter.report import Report
from converter.shims import keras_classes
from converter.shims.providers import names_of
from converter.shims.shim import Shim
from converter.sources import detect, tfjs
from converter.sources.keras3_layers import is_known
from converter.sources.original import Original

if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIXES: Mapping[str, keras_files.FileFormat] = {".h5": "h5", ".hdf5": "h5", ".keras": "keras"}

UNPROVEN = {
    "proven": False,
    "why": "nothing was proven: the file was not run beside the artifact.",
    "fix": "Prove it with --verify (needs pip install 'upconvert[verify]').",
}


def export(
    artifact: str | Path,
    out: str | Path,
    *,
    verify: bool | None = None,
    input_range: tuple[float, float] | None = None,
    backend: str = "wasm",
    force: bool = False,
    layers_from: Sequence[str] = (),
    layers_js: Sequence[str | Path] = (),
    progress: Progress = silent,
) -> Report:
    """Writes a TensorFlow.js layers model as a Keras file, and proves that Keras computes the same with it.

    Weights that are quantized are written as TensorFlow.js decodes them, in float32.

    Args:
        artifact: the folder of the model, or its model.json.
        out: the file to write: ``.h5`` as Keras 2 writes it, which Keras 3 reads as well as far as it reads
            files of Keras 2, or ``.keras`` of Keras 3.
        verify: whether to prove it; None proves it where the runtimes are installed.
        input_range: the values that the proof feeds, 0 to 1 unless said otherwise.
        backend: the TensorFlow.js backend of the proof, ``wasm`` or ``cpu``.
        force: whether a file at ``out`` may be replaced.
        layers_from: ``FILE.py`` or ``MODULE`` with the Python of custom layers; a proof runs this code.
        layers_js: files with their JavaScript; a proof runs this code.
        progress: told what is being done.

    Raises:
        ConverterError: with the exit code of its class; ``out`` is untouched then.
    """
    started = time.perf_counter()
    source, target = Path(artifact), Path(out)
    form = _format_of(target)
    if detect(source) != "tfjs":
        raise SourceError(
            "not-tfjs",
            str(artifact),
            "this is no TensorFlow.js model.",
            "Give the folder of one: a Keras file need not be exported.",
        )
    progress("reading the model")
    digest = hashlib.sha256()
    with Reader(layers_from=layers_from, layers_js=layers_js) as reader, Background() as background:
        reading = reader.read(source)
        background.run(hash_files, reading.files, digest)
        _check_classes(reading)
        restated = keras_files.restate(reading.model, form)
        with StagedFile(target, force=force) as staged:
            progress("writing the file")
            keras_files.write(restated.model, staged.path, form)
            options = _ProofOptions(verify, input_range, backend, progress)
            parity = _prove(reading, restated.model, staged.path, source, options)
            background.finish()
            size = staged.path.stat().st_size
            staged.commit()
    decoded = sum(1 for entry in tfjs.manifest_entries(source) if entry.get("quantization"))
    weights = restated.model.weights()
    return reports.new(
        "export",
        source={
            "path": str(source),
            "name": source.name,
            "bytes": sum(part.stat().st_size for part in reading.files),
            "sha256": digest.hexdigest(),
            "keras_version": reading.model.keras_version,
        },
        model={
            "name": restated.model.name,
            "layers": sum(1 for _ in restated.model.walk()),
            "parameters": sum(weight.size for weight in weights),
        },
        file={
            "path": str(target),
            "format": form,
            "bytes": size,
            "keras_version": restated.model.keras_version,
        },
        decoded_weights=decoded,
        custom_classes=_custom_classes(restated.model),
        changes=[change._asdict() for change in restated.changes],
        warnings=[
            *reading.notes,
            *_doubts(reading.model),
            *_notes(restated.model, form),
            *parity.pop("assumed", ()),
        ],
        parity=parity,
        seconds=round(time.perf_counter() - started, 3),
    )


def _check_classes(reading: Reading) -> None:
    """Refuses classes that exist in JavaScript alone: nobody could load the file.

    Raises:
        UnsupportedError: ``export-library``.
    """
    ours = keras_classes.names() - reading.providers.own()
    for class_name, names in unsupported(reading.model).items():
        if class_name in ours and not is_known(class_name):
            raise UnsupportedError(
                "export-library",
                f"layer {brief(min(names))}",
                f"{class_name} stands for a layer of Keras that TensorFlow.js lacks, and Keras has no class "
                "of this name.",
                "Keep the Keras file that the artifact was made from: it holds that layer.",
            )


class _ProofOptions(NamedTuple):
    verify: bool | None
    input_range: tuple[float, float] | None
    backend: str
    progress: Progress


def _format_of(path: Path) -> keras_files.FileFormat:
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            "export-format",
            str(path),
            "its name does not tell the format.",
            "Name a file that ends in .keras (Keras 3) or .h5 (Keras 2).",
        )
    return form


def _prove(
    reading: Reading,
    written: Model,
    path: Path,
    folder: Path,
    options: _ProofOptions,
) -> dict[str, Any]:
    """The record of the proof, the artifact in TensorFlow.js beside the file in Keras.

    Raises:
        ParityError: when the two differ.
        MissingRuntimeError: when it is wanted and a runtime is missing.
        UnsupportedError: when it is wanted and nobody provides the JavaScript of a custom layer.
    """
    if options.verify is False:
        return dict(UNPROVEN)
    try:
        shims = _shims(reading)
    except UnsupportedError as error:
        if options.verify:
            raise
        return {**UNPROVEN, "why": f"nothing was proven: {error.where}: {error.why}", "fix": error.fix}
    contract = contract_of(reading.model, options.input_range)
    original = Original("file", path, written, reading.original.layers)
    with proof_of(original, shims, contract, options.verify, options.backend, options.progress) as proof:
        if proof is None:
            return dict(UNPROVEN)
        parity = proof.run(tfjs.model_json(folder).parent, None, None)
    _check(parity, path.name)
    return {**parity, "assumed": [note for note in warnings_of(contract, parity) if "range" in note]}


def _shims(reading: Reading) -> dict[str, Shim]:
    """The JavaScript of every custom layer.

    Raises:
        UnsupportedError: when nobody provides one, and as ``Reading.shims`` does.
    """
    shims = reading.shims(reading.model)
    check_supported(reading.model, names_of(shims))
    return shims


def _check(parity: dict[str, Any], name: str) -> None:
    if parity["passed"]:
        return
    conversion = parity["conversion"]
    if conversion["failed"]:
        first = conversion["failed"][0]
        raise ParityError(
            "parity-run",
            f"the artifact, sample '{first['sample']}'",
            f"{first['error']}.",
            "Write the file without proof by --no-verify, or try --backend cpu.",
            parity=parity,
        )
    check_layers(parity["custom_layers"], parity)
    worst = conversion["worst"]["max_abs"]
    gap = "other shapes" if worst is None else f"a difference of {worst:.3g}"
    raise ParityError(
        "parity-export",
        name,
        f"Keras gives {gap} to TensorFlow.js; {conversion['tolerance']:g} of the output's range is allowed.",
        "A layer means something else to Keras than to TensorFlow.js; the notes of --no-verify tell which.",
        parity=parity,
    )


def _custom_classes(model: Model) -> list[dict[str, Any]]:
    """The classes that Keras must be given, with their layers."""
    return [
        {"class_name": class_name, "layers": list(names)}
        for class_name, names in unsupported(model).items()
        if not is_known(class_name)
    ]


def _doubts(model: Model) -> list[str]:
    """What TensorFlow.js computes otherwise than Keras does by the same words."""
    try:
        doubts = check_semantics(model, infer(model))
    except ConverterError as error:
        return [f"TensorFlow.js does not compute what Keras does: {error.where}: {error.why}"]
    return [f"{doubt.where}: {doubt.why}" for doubt in doubts]


def _notes(model: Model, form: keras_files.FileFormat) -> list[str]:
    """What the two Keras make of the file."""
    if form == "keras":
        return []
    found = []
    layers = list(model.walk())
    graphs = [model, *(layer.model for layer in layers if layer.model is not None)]
    if any(layer.model for graph in graphs if graph.kind == "functional" for layer in graph.layers):
        found.append("models inside models")
    if any("/" in layer.name for layer in layers):
        found.append("names with a slash")
    if any(len(call.inputs) > 1 for layer in layers if layer.class_name in RECURRENT for call in layer.calls):
        found.append("initial states of recurrent layers")
    if any(isinstance(layer.config.get("axis"), list) and len(layer.config["axis"]) > 1 for layer in layers):
        found.append("several axes of one layer")
    notes = (
        [f"Keras 3 does not read {' or '.join(found)} from .h5 as they are: export to .keras."]
        if found
        else []
    )
    if hard_sigmoid.uses(model):
        notes.append("hard_sigmoid is another function in Keras 3: export to .keras for that.")
    return notes
