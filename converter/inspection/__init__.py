"""What is in a source and whether TensorFlow.js can run it, before anything is written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import report as reports
from converter.errors import UsageError
from converter.inspection import masking
from converter.inspection.contents import contents
from converter.inspection.fates import NESTED, STATUSES, Fate, common, fates
from converter.inspection.figures import Costs, costs, fields, parameters, plainly, shapes, sizes
from converter.inspection.judging import Judgement, judge, known_shims
from converter.inspection.suspicions import suspicions
from converter.layers import Inferred
from converter.layers.graph import CallShapes
from converter.layers.operation import OPERATION
from converter.layers.rule import Shapes
from converter.model import Model
from converter.passes import pipeline
from converter.progress import Progress, silent
from converter.reading import NO_FILE, Reader, Reading, SourceOptions
from converter.report import Report
from converter.sources import detect, saved_model, tfjs

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["inspect"]


def inspect(
    source: str | Path,
    *,
    custom_layers: bool = True,
    signature: str | None = None,
    progress: Progress = silent,
    **options: Unpack[SourceOptions],
) -> Report:
    """Tells what a model is made of, what becomes of each layer, what it costs and what is odd about it.

    Nothing is written. A model that ``convert`` would refuse has ``convertible`` false and all ``problems``;
    of each layer the first, and of the graph as a whole the first. ``format`` is what ``convert`` makes of
    it: of a SavedModel, and of a graph model, operations are told in place of layers (see
    ``graph.report_on``).

    Args:
        source: as ``convert`` takes it, or a graph model.
        custom_layers: whether the artifact may need custom layers, as for ``convert``.
        signature: which signature of a SavedModel; None takes ``serving_default``, or the only one.
        progress: told what is being done.
        options: what else is told of the source, see ``SourceOptions``.

    Raises:
        ConverterError: when the source cannot be read, its shapes contradict each other, or an option says
            nothing of it.
    """
    started = time.perf_counter()
    progress("reading the model")
    if _is_graph(Path(source), options):
        return _inspect_graph(source, signature, options, started, custom_layers=custom_layers)
    if signature is not None:
        raise _no_signatures(signature)
    with Reader(**options) as reader:
        reading = reader.read(Path(source))
        progress("looking at the layers")
        judged = judge(reading, custom_layers=custom_layers)
        usual = pipeline.run(reading.model, of_keras=False)
        found = fates(reading.model, usual.model, usual.changes, judged)
        # With the names that rules know: the layers are the same ones.
        named = plainly(reading.model, judged.shims if custom_layers else known_shims(reading))
        inferred = shapes(named)
        counted = costs(named, inferred)
        masks = masking.masks(named, inferred)
        progress("looking at the weights")
        odd = suspicions(named, inferred, contents(reading.model.weights()), masks)
        backends, since = common(found.values())
        return reports.new(
            "inspect",
            source=_source(reading, source),
            format="layers",
            convertible=not judged.problems,
            problems=[_problem(problem.layers, problem.error) for problem in judged.problems],
            model=_describe(reading.model, inferred, found, backends, since),
            layers=_rows(reading.model, inferred, "", found, counted, masks),
            cost=counted.record(),
            receptive_field=fields(named, inferred),
            sizes={**sizes(judged.model.weights()), "topology": judged.topology_bytes},
            suspicions=[each._asdict() for each in odd],
            changes=[change._asdict() for change in judged.changes],
            custom_layers=_custom_layers(judged),
            doubts=[doubt.record() for doubt in judged.doubts],
            architecture=reading.architecture,
            warnings=[*reading.notes, *reading.on_precision(), *reading.doubts(judged.shims)],
            seconds=round(time.perf_counter() - started, 3),
        )


def _is_saved_model(path: Path) -> bool:
    return saved_model.is_saved_model(path) and not tfjs.model_json(path).is_file()


def _is_graph(path: Path, options: SourceOptions) -> bool:
    """Whether the source holds operations in place of layers."""
    if _is_saved_model(path):
        return True
    if options.get("model") is not None or str(path) == NO_FILE:  # Python says what it is
        return False
    return detect(path) == "tfjs" and tfjs.is_graph(path)


def _inspect_graph(
    source: str | Path,
    signature: str | None,
    options: SourceOptions,
    started: float,
    *,
    custom_layers: bool,
) -> Report:
    from converter.inspection import graph, graph_artifact, saved

    path = Path(source)
    graph.check_options(path, options, custom_layers=custom_layers)
    if _is_saved_model(path):
        return graph.report_on(saved.read(path, signature), source, started)
    if signature is not None:
        raise _no_signatures(signature)
    return graph.report_on(graph_artifact.read(path), source, started)


def _no_signatures(signature: str) -> UsageError:
    return UsageError(
        "signature", f"--signature {signature}", "only a SavedModel has signatures.", "Leave it out."
    )


def _source(reading: Reading, source: str | Path) -> dict[str, Any]:
    return {
        "path": str(source),
        "bytes": sum(part.stat().st_size for part in reading.files),
        "keras_version": reading.model.keras_version,
    }


def _problem(layers: tuple[str, ...], error: Any) -> dict[str, Any]:
    return {
        "layers": list(layers),
        "code": error.code,
        "where": error.where,
        "why": error.why,
        "fix": error.fix,
    }


def _describe(
    model: Model, inferred: Inferred, found: Mapping[str, Fate], backends: tuple[str, ...], since: str
) -> dict[str, Any]:
    counts = Counter(fate.status for fate in found.values())
    first, last = (model.layers[at].name if model.layers else "" for at in (0, -1))
    inputs = [ref.layer for ref in model.inputs] or [first]
    outputs = [ref.layer for ref in model.outputs] or [last]
    return {
        "name": model.name,
        "class_name": model.class_name,
        "layers": len(found),
        "parameters": sum(map(parameters, model.layers)),
        "statuses": {status: counts[status] for status in STATUSES if counts[status]},
        "nested": counts[NESTED],
        "shared": sum(1 for layer in model.walk() if len(layer.calls) > 1),
        "inputs": _tensors(inputs, inferred.inputs),
        "outputs": _tensors(outputs, inferred.outputs or (None,) * len(outputs)),
        "backends": list(backends),
        "since": since,
    }


def _tensors(names: list[str], found: Shapes) -> list[dict[str, Any]]:
    return [{"name": name, "shape": shape} for name, shape in zip(names, found, strict=False)]


def _rows(
    model: Model,
    inferred: Inferred,
    path: str,
    found: Mapping[str, Fate],
    counted: Costs,
    masks: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The layers of a model, each with those inside it."""
    rows = []
    for layer in model.layers:
        at = f"{path}{layer.name}"
        calls = inferred.layers[layer.name]
        fate = found[at]
        inner = next((call.inner for call in calls if call.inner is not None), None)
        inside = None
        if inner is not None and layer.model is not None:
            inside = _rows(layer.model, inner, f"{at}/", found, counted, masks)
        cost = counted.layers.get(at)
        rows.append(
            {
                "name": layer.name,
                "path": at,
                "class_name": layer.class_name,
                "operation": layer.config.get("operation") if layer.class_name == OPERATION else None,
                "calls": len(layer.calls) or len(calls),
                "inputs": _inputs(layer.calls),
                "outputs": _outputs(calls),
                "parameters": parameters(layer),
                "macs": None if cost is None else cost.macs,
                "flops": None if cost is None else cost.flops,
                "status": fate.status,
                "why": fate.why,
                "fix": fate.fix,
                "into": list(fate.into),
                "origin": fate.origin,
                "backends": list(fate.backends),
                "since": fate.since,
                "mask": masks.get(at),
                "layers": inside,
            }
        )
    return rows


def _inputs(calls: Any) -> list[list[str]]:
    return [[ref.layer for ref in call.inputs] for call in calls]


def _outputs(calls: tuple[CallShapes, ...]) -> list[Any]:
    """The shapes of the outputs of the first call; ``null`` where nothing is known."""
    return list(calls[0].outputs or [None]) if calls else []


def _custom_layers(judged: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "class_name": shim.class_name,
            "origin": shim.origin,
            "layers": [layer.name for layer in judged.model.walk() if layer.class_name == shim.class_name],
        }
        for shim in judged.shims.values()
    ]
