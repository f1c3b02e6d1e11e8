"""The proof: the original and the artifact run side by side, compared in two parts.

*Conversion* compares the original with the artifact before quantization: only float noise is allowed.
*Quantization* compares the original with the artifact as it is, against an asked quality. The two are
never mixed.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from converter.contract import Contract
from converter.errors import MissingRuntimeError
from converter.parity.judge import DEFAULT_MIN_PSNR, Judge
from converter.parity.layers import cases_of, prove_layers
from converter.parity.reference import KerasReference
from converter.parity.runtimes import NodeRunner, RunError, ensure_package, find_node, missing
from converter.parity.samples import Outputs, Sample, make_samples
from converter.passes.precision import ComputeInFloat32
from converter.progress import Progress
from converter.report import SCHEMA
from converter.shims import keras_classes
from converter.shims.script import SCRIPT, script
from converter.shims.shim import Shim
from converter.sources.original import Original

if TYPE_CHECKING:
    from typing_extensions import Self

INSTALL = "pip install 'upconvert[verify]'"


class Reference(Protocol):
    """The original at work."""

    def outputs(self) -> tuple[dict[str, str], list[Outputs]]:
        """Versions, and the outputs for every sample."""

    def close(self) -> None:
        """Ends it."""


class ArtifactReference:
    """The original where it is a TensorFlow.js model itself."""

    def __init__(
        self, folder: Path, runner: NodeRunner, samples: Sequence[Sample], layers: Path | None
    ) -> None:
        self.folder = folder
        self.runner = runner
        self.samples = samples
        self.layers = layers

    def outputs(self) -> tuple[dict[str, str], list[Outputs]]:
        """Runs it now: it shares the runner with the artifact."""
        outputs = [run_sample(self.runner, self.folder, sample, self.layers) for sample in self.samples]
        return {"tfjs": self.runner.versions()["tfjs"]}, outputs

    def close(self) -> None:
        """Nothing to end."""


class Proof:
    """A context manager: both runtimes start at once, so that they load while the artifact is written.

    Args:
        original: what to compare with.
        shims: the JavaScript of its custom layers, by class name.
        contract: what goes in.
        backend: the TensorFlow.js backend, ``wasm`` or ``cpu``.
        images: a folder of pictures to judge by.
        progress: told what is being done.

    Raises:
        MissingRuntimeError: when something that a proof needs is not installed.
    """

    def __init__(
        self,
        original: Original,
        shims: Mapping[str, Shim],
        contract: Contract,
        *,
        backend: str,
        progress: Progress,
        images: Path | None = None,
    ) -> None:
        node, lacking = find_node(), missing()
        if node is None or lacking:
            raise MissingRuntimeError(
                "verify-missing", "--verify", f"a proof needs {', '.join(lacking)}.", f"Get it: {INSTALL}"
            )
        self.contract = contract
        self.original = original
        self.shims = shims
        self.progress = progress
        self.folder = Path(tempfile.mkdtemp(prefix="upconvert-proof-"))
        self.samples = make_samples(contract, images)
        self.reference: Reference | None = None
        self.runner: NodeRunner | None = None
        try:
            self.layers = self._write_layers()
            if original.kind != "artifact":
                cases = cases_of(ComputeInFloat32()(original.model).model, self._of_the_user())
                self.reference = KerasReference(original, self.samples, self.folder, cases)
            self.runner = NodeRunner(node, ensure_package(node, progress), backend)
            if self.reference is None:
                folder = original.path if original.path.is_dir() else original.path.parent
                self.reference = ArtifactReference(folder, self.runner, self.samples, self.layers)
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        for each in (self.reference, self.runner):
            if each is not None:
                each.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_layers(self) -> Path | None:
        """The custom layers as a module of their own: what lies beside an artifact need not be ours."""
        if not self.shims:
            return None
        path = self.folder / SCRIPT
        path.write_text(script(list(self.shims.values())))
        return path

    def run(self, plain: Path, quantized: Path | None, min_psnr: float | None) -> dict[str, Any]:
        """Runs both parts.

        Args:
            plain: the artifact before quantization.
            quantized: the artifact after it; None when there was none.
            min_psnr: the asked quality in dB.

        Returns:
            The record that ``parity.json`` holds; ``passed`` tells the outcome.

        Raises:
            ParityError: when nothing could be compared.
        """
        assert self.reference is not None
        assert self.runner is not None
        self.progress("running TensorFlow.js beside Keras")
        ran = {
            folder: [run_sample(self.runner, folder, sample, self.layers) for sample in self.samples]
            for folder in (plain, quantized)
            if folder is not None
        }
        versions, originals = self.reference.outputs()
        self.progress("comparing")
        judge = Judge.of(self.samples, originals, self.contract)
        conversion = judge.conversion(ran[plain])
        quantization = None
        if quantized is not None:
            quantization = judge.quantization(
                ran[quantized], DEFAULT_MIN_PSNR if min_psnr is None else min_psnr
            )
        own = self.reference.own_precision() if isinstance(self.reference, KerasReference) else []
        layers = self.layers_alone()
        runtime = {**self.runner.versions(), "fallbacks": sorted(self.runner.fallbacks)}
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "proven": True,
            "passed": conversion["passed"]
            and (quantization is None or quantization["passed"])
            and all(each["passed"] for each in layers),
            "original_keras": self.original.keras,
            "reference": versions,
            "runtime": runtime,
            "input_range": list(self.contract.input_range),
            "conversion": conversion,
            "own_precision": judge.of_own_precision(own) if own else None,
            "quantization": quantization,
            "custom_layers": layers,
            "skipped": judge.skipped,
        }
        return dict(_jsonable(record))

    def _of_the_user(self) -> dict[str, Shim]:
        """Those that stand for custom classes: what stands for Keras's own has no Python to run alone."""
        ours = keras_classes.names()
        return {name: shim for name, shim in self.shims.items() if name not in ours}

    def layers_alone(self) -> list[dict[str, Any]]:
        """The proof of each custom layer, run alone beside its Python where that is at hand, as JSON.

        Raises:
            ParityError: when Keras could not load the model.
        """
        assert self.runner is not None
        shims = self._of_the_user()
        if not shims or not isinstance(self.reference, KerasReference):
            return []
        self.progress("proving the custom layers one by one")
        place = self.folder / "layers"
        place.mkdir(exist_ok=True)
        proofs = prove_layers(shims, self.reference.layer_runs(), self.runner, place)
        return [{**each.record(), "origin": shims[each.class_name].origin} for each in proofs]


def run_sample(runner: NodeRunner, folder: Path, sample: Sample, layers: Path | None = None) -> Outputs:
    """The outputs of the artifact in ``folder`` for one sample, or what TensorFlow.js said instead."""
    try:
        return runner.run(folder, sample.arrays, layers)
    except RunError as failure:
        return f"TensorFlow.js failed to {failure.stage}: {failure}"


def _jsonable(value: Any) -> Any:
    """JSON has no infinity: the PSNR of equal outputs, and any figure of unequal shapes, is null."""
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
