"""Converts the models of the corpus and runs them in TensorFlow.js: one Node process a backend for all."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import converter
from converter.artifact.writer import RECORD
from converter.errors import ConverterError, MissingRuntimeError
from converter.parity.runtimes import NodeRunner, RunError, running
from converter.shims.script import SCRIPT
from tests.corpus.cases import Case
from tests.corpus.making import Wanted, made

TOLERANCE = 1e-4
"""The largest difference that is float noise, as a part of the largest expected value if that is above 1."""

VERDICTS = {
    "exact": "the expected numbers",
    "known": "other numbers or none, on a backend that upconvert.json doubts",
    "refused": "refused by name",
    "wrong": "other numbers, without a word",
    "shape": "another shape, without a word",
    "declares": "the expected numbers, where the loaded model declares another shape for them",
    "load": "TensorFlow.js cannot load it",
    "predict": "TensorFlow.js cannot run it",
    "crash": "the converter or Node fell over",
    "unsaved": "Keras cannot save it, though the case says so",
    "keras": "Keras cannot build or run it",
}
SILENT = ("wrong", "shape")


@dataclass(frozen=True)
class Outcome:
    """What became of one case in one format on one backend.

    Attributes:
        verdict: a key of ``VERDICTS``.
        detail: the message, the difference, or why wasm left it to the cpu.
        error: the largest absolute difference, over all outputs.
        as_expected: whether the case says so.
    """

    name: str
    family: str
    keras: int
    format: str
    backend: str
    verdict: str
    detail: str = ""
    error: float | None = None
    as_expected: bool = False

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass
class _Nodes:
    """The running Node processes by backend; one that fell over is started again."""

    backends: Sequence[str]
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    runners: dict[str, NodeRunner] = field(default_factory=dict)

    def __getitem__(self, backend: str) -> NodeRunner:
        if backend not in self.runners:
            self.runners[backend] = self.stack.enter_context(running(backend, print))
        return self.runners[backend]

    def drop(self, backend: str) -> None:
        self.runners.pop(backend).close()


def run_cases(
    cases: Sequence[Case],
    major: int,
    formats: Sequence[str],
    backends: Sequence[str] = ("wasm", "cpu"),
    cache: Path | None = None,
) -> Iterator[Outcome]:
    """The outcomes of cases, as they come.

    Args:
        cases: those that the Keras of ``major`` can build.
        major: 2 or 3.
        formats: for all cases; a single one of ``alternate`` takes ``.keras`` and ``.h5`` in turn.
        backends: those to run on.
        cache: where files that Keras made are kept, and found again.
    """
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="upconvert-corpus-")))
        folder = work if cache is None else cache / f"keras{major}"
        folder.mkdir(parents=True, exist_ok=True)
        nodes = _Nodes(backends)
        stack.enter_context(nodes.stack)
        for (case, wanted), answer in made(_wanted(cases, formats), major, folder):
            for extension in wanted if not answer["error"] else wanted[:1]:
                yield from _outcomes(case, major, extension, answer, folder, nodes, work / "artifact")
            if cache is None or case.large:
                for file in folder.glob(f"{case.name}.*"):
                    file.unlink()


def _wanted(cases: Sequence[Case], formats: Sequence[str]) -> list[Wanted]:
    """Each case with those of the formats that Keras can save it in."""
    if list(formats) != ["alternate"]:
        return [(case, [each for each in formats if each in case.formats]) for case in cases]
    return [(case, [case.formats[index % len(case.formats)]]) for index, case in enumerate(cases)]


def _outcomes(
    case: Case, major: int, extension: str, answer: dict[str, Any], folder: Path, nodes: _Nodes, out: Path
) -> Iterator[Outcome]:
    def outcome(backend: str, verdict: str, detail: str, error: float | None = None) -> Outcome:
        doubted = verdict == "known" and backend in case.doubted
        expected = verdict == ("refused" if case.refused else "exact") or doubted
        return Outcome(
            case.name, case.family, major, extension, backend, verdict, detail, error, as_expected=expected
        )

    trouble = ("keras", answer["error"]) if answer["error"] else None
    if trouble is None and extension in answer["unsaved"]:
        trouble = ("unsaved", answer["unsaved"][extension])
    if trouble is None:
        trouble = _convert(folder / f"{case.name}.{extension}", out)
    if trouble is not None:
        for backend in nodes.backends:
            yield outcome(backend, *trouble)
        return
    with np.load(folder / f"{case.name}.npz") as arrays:
        given = [_fed(arrays[name]) for name in sorted(arrays) if name.startswith("in")]
        wanted = [arrays[name] for name in sorted(arrays) if name.startswith("out")]
    doubts = json.loads((out / RECORD).read_text())["doubts"]
    for backend in nodes.backends:
        verdict, detail, error = _run(nodes, backend, out, given, wanted)
        doubted = [doubt["why"] for doubt in doubts if backend in doubt["backends"]]
        if verdict != "exact" and doubted:
            verdict, detail = "known", f"{detail} | {doubted[0]}"
        yield outcome(backend, verdict, detail, error)
    shutil.rmtree(out)


def _convert(source: Path, out: Path) -> tuple[str, str] | None:
    """What kept the converter from writing the artifact."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            converter.convert(source, out, verify=False, force=True)
    except ConverterError as error:
        return "refused", f"{error.code}: {error}"
    except Exception as error:  # noqa: BLE001 - a traceback is what must never be
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = "" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno} "
        return "crash", f"{place}{type(error).__name__}: {error}"
    return None


def _run(
    nodes: _Nodes, backend: str, model: Path, given: list[np.ndarray], wanted: list[np.ndarray]
) -> tuple[str, str, float | None]:
    script = model / SCRIPT
    try:
        runner = nodes[backend]
        runner.fallbacks.clear()
        found, declared = runner.run_with_shapes(model, given, script if script.exists() else None)
    except RunError as error:
        return ("load" if error.stage == "load" else "predict"), str(error), None
    except MissingRuntimeError as error:
        nodes.drop(backend)
        return "crash", str(error), None
    verdict, detail, error = judge(found, declared, wanted)
    return verdict, detail or "; ".join(f"on cpu: {why}" for why in runner.fallbacks), error


def judge(
    found: Sequence[np.ndarray], declared: Sequence[Sequence[int | None]], wanted: Sequence[np.ndarray]
) -> tuple[str, str, float | None]:
    """Outputs held against the expected ones.

    Args:
        found: what TensorFlow.js gave.
        declared: the shapes that its model declares for them.
        wanted: what Keras gave.

    Returns:
        The verdict, what is wrong in words, and the largest difference.
    """
    shapes = [each.shape for each in wanted]
    if [each.shape for each in found] != shapes:
        return "shape", f"{[list(each.shape) for each in found]}, not {[list(each) for each in shapes]}", None
    pairs = [(a.astype("float64"), b.astype("float64")) for a, b in zip(found, wanted, strict=True)]
    differences = [float(np.abs(a - b).max()) if a.size else 0.0 for a, b in pairs]
    scales = [max(1.0, float(np.abs(b).max())) if b.size else 1.0 for _, b in pairs]
    largest = max(differences, default=0.0)
    if not all(a <= TOLERANCE * b for a, b in zip(differences, scales, strict=True)):  # NaN is not, either
        return "wrong", f"off by {largest:.3g} where values reach {max(scales):.3g}", largest
    for promised, shape in zip(declared, shapes, strict=True):
        if len(promised) != len(shape) or any(
            a not in (None, b) for a, b in zip(promised, shape, strict=True)
        ):
            return "declares", f"declares {promised}, gives {list(shape)}", largest
    return "exact", "", largest


def _fed(array: np.ndarray) -> np.ndarray:
    """An input as TensorFlow.js takes it."""
    if array.dtype == bool:
        return array
    return array.astype("float32" if array.dtype.kind == "f" else "int32")
