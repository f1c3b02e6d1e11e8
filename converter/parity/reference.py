"""The original model, run by Keras in a process of its own (``converter.parity.child``)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter import children
from converter.errors import ParityError
from converter.layers import unsupported
from converter.layers.operation import OPERATION
from converter.layers.precision import low_precision
from converter.model import Array, Model
from converter.parity import in_float32, restate
from converter.parity.samples import Outputs, Sample
from converter.passes.lowering.applications import LOWERINGS as APPLICATIONS
from converter.passes.precision import ComputeInFloat32
from converter.sources import detect
from converter.sources.original import Original, Saved
from converter.sources.python_file import PythonFile

RESULT = "result.json"
KERAS_2_CLASSES = {"Sequential", "Model", "Functional"}


@dataclass(frozen=True, eq=False)
class LayerRun:
    """One custom layer, run alone by Keras.

    Attributes:
        class_name: its Python class.
        config: its configuration, as ``get_config`` gives it.
        weights: in Keras's order, by name.
        inputs: what it was called on.
        outputs: what it gave.
        declared: the output shapes that Keras tells before anything runs, with the sizes of images left
            ``free`` and with all of them ``said``; None where it cannot tell.
    """

    class_name: str
    config: Mapping[str, Any]
    weights: tuple[tuple[str, Array], ...]
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    declared: Mapping[str, Sequence[Sequence[int | None]] | None]


@dataclass(frozen=True)
class LayerCase:
    """One custom layer to run alone.

    Attributes:
        class_name: its Python class.
        config: its configuration.
        layer: the layer of the model whose inputs give the shapes; None where ``shapes`` does.
        shapes: for each run the shape of every input.
    """

    class_name: str
    config: Mapping[str, Any]
    layer: str | None = None
    shapes: tuple[tuple[tuple[int, ...], ...], ...] = ()


class KerasReference:
    """Keras at work on the samples of a proof.

    Args:
        original: what to run.
        samples: what to run it on.
        folder: an empty folder for the exchange of files.
        cases: custom layers to run alone as well.
    """

    def __init__(
        self, original: Original, samples: Sequence[Sample], folder: Path, cases: Sequence[LayerCase] = ()
    ) -> None:
        self.folder = folder
        self.original = original
        self.child = Child(write_job(original, samples, cases, folder))

    def outputs(self) -> tuple[dict[str, str], list[Outputs]]:
        """Waits for Keras; the versions that ran, and its outputs for each sample.

        Raises:
            ParityError: when Keras could not load the model.
        """
        found = self.child.result()
        versions: dict[str, str] = found["versions"]
        if self.original.described_as is not None:
            versions["restated_from"] = self.original.described_as
        return versions, read_outputs(self.folder, found)

    def own_precision(self) -> list[Outputs]:
        """What the original gives as it is, where ``outputs`` is of its weights computed in float32."""
        found = self.child.result()
        return read_outputs(self.folder, {"samples": found.get("own_precision", [])})

    def layer_runs(self) -> list[LayerRun | str]:
        """What the custom layers gave alone, or what Keras said instead."""
        return read_layer_runs(self.folder, self.child.result())

    def close(self) -> None:
        """Ends Keras if it still runs."""
        self.child.close()


class Child:
    """The process that runs a job."""

    def __init__(self, job: Path) -> None:
        self.folder = job.parent
        with (self.folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                children.command("converter.parity.child", str(job)),
                env={**os.environ, **children.QUIET},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def result(self) -> dict[str, Any]:
        """Waits for the end; what it left.

        Raises:
            ParityError: when it left nothing.
        """
        self.process.wait()
        if not (self.folder / RESULT).exists():
            log = (self.folder / "log.txt").read_text(errors="replace").strip().splitlines()
            raise ParityError(
                "reference-failed",
                "the original model",
                f"Keras could not run it: {log[-1] if log else 'it was ended from outside'}",
                "Convert without proof by --no-verify, or see what 'upconvert doctor' says.",
            )
        found: dict[str, Any] = json.loads((self.folder / RESULT).read_text())
        return found

    def close(self) -> None:
        """Ends it if it still runs."""
        self.process.kill()
        self.process.wait()


def write_job(
    original: Original, samples: Sequence[Sample], cases: Sequence[LayerCase], folder: Path
) -> Path:
    """Writes what the child needs into ``folder``; the path of the job itself."""
    if original.saved is not None:
        return _write_saved_model_job(original.saved, original.path, samples, folder)
    # Keras tells formats by their extension.
    source = original.path.resolve()
    if original.architecture is not None:
        source = folder / "whole.keras"
        restate.pack(original.architecture, original.path, source)
    archive = original.kind in {"file", "built"} and detect(source) == "keras_v3"
    path = folder / ("model.keras" if archive else "model.h5")
    model = original.model
    own: str | None = None
    if original.kind == "restated":
        restate.write(ComputeInFloat32()(model).model, path)
    elif original.kind == "file" and low_precision(model):
        in_float32.write(source, path, archive=archive)
        own = str(folder / f"own{path.suffix}")
        Path(own).symlink_to(source)
    else:
        path.symlink_to(source)
    return _write(
        folder,
        {
            "kind": original.kind,
            "source": str(path),
            "own_precision": own,
            "keras": 3 if original.keras == 3 else 2,
            "builder": original.builder,
            "graph_classes": sorted(_graph_classes(model) - KERAS_2_CLASSES),
            "classes": sorted(set(unsupported(model)) - {OPERATION, *APPLICATIONS}),
            "has_operations": OPERATION in unsupported(model),
            "layers": _files(original.layers),
            "samples": [_store(sample.arrays, folder, f"input-{i}") for i, sample in enumerate(samples)],
            "cases": [_case(case) for case in cases],
        },
    )


def _write_saved_model_job(saved: Saved, path: Path, samples: Sequence[Sample], folder: Path) -> Path:
    return _write(
        folder,
        {
            "kind": "saved_model",
            "source": str(path.resolve()),
            "signature": saved.signature,
            "supported": sorted(saved.supported),
            "own_precision": None,
            "samples": [_store(sample.arrays, folder, f"input-{i}") for i, sample in enumerate(samples)],
            "cases": [],
        },
    )


def run_layers(cases: Sequence[LayerCase], files: Sequence[PythonFile], folder: Path) -> list[LayerRun | str]:
    """What layers of Python files give alone, without any model.

    Args:
        cases: with their shapes.
        files: the Python that holds their classes.
        folder: an empty folder for the exchange of files.

    Raises:
        ParityError: when the files cannot be imported.
    """
    child = Child(
        _write(
            folder,
            {
                "kind": "none",
                "keras": 3,
                "graph_classes": [],
                "classes": sorted({case.class_name for case in cases}),
                "layers": _files(files),
                "samples": [],
                "cases": [_case(case) for case in cases],
            },
        )
    )
    try:
        return read_layer_runs(folder, child.result())
    finally:
        child.close()


def read_outputs(folder: Path, found: Mapping[str, Any]) -> list[Outputs]:
    """What the child left of the samples."""
    return [
        each["error"] if "error" in each else [np.load(folder / name) for name in each["outputs"]]
        for each in found["samples"]
    ]


def read_layer_runs(folder: Path, found: Mapping[str, Any]) -> list[LayerRun | str]:
    """What the child left of the layers that ran alone."""

    def arrays(names: Sequence[str]) -> tuple[Array, ...]:
        return tuple(np.load(folder / name) for name in names)

    return [
        each["error"]
        if "error" in each
        else LayerRun(
            each["class_name"],
            each["config"],
            tuple(zip(each["weight_names"], arrays(each["weights"]), strict=True)),
            arrays(each["inputs"]),
            arrays(each["outputs"]),
            each["declared"],
        )
        for each in found["layers"]
    ]


def _write(folder: Path, job: Mapping[str, Any]) -> Path:
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


def _files(files: Sequence[PythonFile]) -> list[tuple[str, str | None]]:
    return [(str(file.path), file.module) for file in files]


def _case(case: LayerCase) -> dict[str, Any]:
    return {
        "class_name": case.class_name,
        "config": dict(case.config),
        "layer": case.layer,
        "shapes": case.shapes,
    }


def _graph_classes(model: Model) -> set[str]:
    nested = [layer.model for layer in model.walk() if layer.model is not None]
    return {graph.class_name for graph in (model, *nested)}


def _store(arrays: Sequence[Array], folder: Path, name: str) -> list[str]:
    paths = [folder / f"{name}-{position}.npy" for position in range(len(arrays))]
    for path, array in zip(paths, arrays, strict=True):
        np.save(path, array)
    return [str(path) for path in paths]
