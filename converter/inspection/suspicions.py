"""What is odd about a model, whether or not it can be converted."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from converter.errors import UnsupportedError
from converter.inspection import masking
from converter.inspection.contents import Content
from converter.inspection.paths import walk
from converter.layers import Inferred
from converter.layers.graph import is_nested
from converter.layers.order import reached
from converter.layers.semantics.doubt import Site
from converter.layers.semantics.graph import graph_of
from converter.layers.semantics.training import check_training
from converter.model import Layer, Model

FLOAT16_NORMAL = 2.0**-14
"""Below this float16 has fewer digits, and below 2^-24 none: https://en.wikipedia.org/wiki/Half-precision."""

FLOAT16_OVERFLOW = 65520.0
"""From here float16 rounds to infinity."""

_ASLEEP = frozenset(
    {
        *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    }
)


class Suspicion(NamedTuple):
    """Something odd.

    Attributes:
        what: a short stable identifier, for machines.
        where: paths of layers, or names of weights.
        why: what these are, as a phrase.
        severe: whether outputs are wrong or lost, rather than space or time.
    """

    what: str
    where: tuple[str, ...]
    why: str
    severe: bool = True


def suspicions(
    model: Model, inferred: Inferred, contents: Mapping[str, Content], masks: Mapping[str, str]
) -> list[Suspicion]:
    """All that is odd, what is severe first.

    Args:
        model: as it was read.
        inferred: the shapes in it.
        contents: what the weights hold, by their names.
        masks: the result of ``masking.masks``.
    """
    found = [
        *_weights(contents.values()),
        *_normalizations(model, contents),
        *_constraints(model),
        *_dead(model, inferred, "", set(), masking.plumbing(model)),
        *_masks(masks),
        *_asleep(model),
    ]
    return sorted(found, key=lambda each: not each.severe)


def _weights(contents: Iterable[Content]) -> Iterator[Suspicion]:
    known = list(contents)

    def some(what: str, why: str, chosen: Iterable[Content], *, severe: bool = True) -> Iterator[Suspicion]:
        names = tuple(each.name for each in chosen)
        if names:
            yield Suspicion(what, names, why, severe)

    yield from some(
        "not-finite",
        "weights that hold NaN or infinity: --quantize float16, uint16 and uint8 are refused",
        (each for each in known if not each.finite),
    )
    sound = [each for each in known if each.finite and each.floating]
    yield from some(
        "float16-overflow",
        "weights with values beyond 65504, which float16 cannot hold: --quantize float16 is refused",
        (each for each in sound if each.largest >= FLOAT16_OVERFLOW),
    )
    yield from some(
        "float16-underflow",
        "weights without a value above 6e-5, where float16 loses digits or gives zeros",
        (each for each in sound if 0 < each.largest < FLOAT16_NORMAL),
        severe=False,
    )
    yield from some(
        "zero-kernel",
        "kernels of zeros alone, whose inputs do not matter",
        (each for each in sound if each.largest == 0 and each.name.endswith("kernel") and each.size > 1),
    )
    twins: dict[str, list[Content]] = {}
    for each in known:
        if each.digest:
            twins.setdefault(each.digest, []).append(each)
    for group in twins.values():
        if len(group) > 1:
            why = "weights with the same values, which a shared layer would store once"
            yield from some("duplicate-weights", why, group, severe=False)


def _normalizations(model: Model, contents: Mapping[str, Content]) -> Iterator[Suspicion]:
    flat, untrained = [], []
    for path, layer in walk(model):
        mean, variance = (
            next((contents[w.name] for w in layer.weights if w.name.endswith(name)), None)
            for name in ("/moving_mean", "/moving_variance")
        )
        if mean is None or variance is None:
            continue
        if variance.low <= 0:
            flat.append(path)
        if (mean.low, mean.high, variance.low, variance.high) == (0, 0, 1, 1):
            untrained.append(path)
    if flat:
        why = "normalizations with a variance that is not above 0, where epsilon alone keeps values finite"
        yield Suspicion("no-variance", tuple(flat), why)
    if untrained:
        why = "normalizations with the statistics that training begins with, mean 0 and variance 1"
        yield Suspicion("untrained-statistics", tuple(untrained), why, severe=False)


def _constraints(model: Model) -> Iterator[Suspicion]:
    found: dict[str, list[str]] = {}
    for path, layer in walk(model):
        if is_nested(layer):
            continue
        for key, value in layer.config.items():
            if value is None or not key.endswith("_constraint"):
                continue
            try:
                check_training(Site(path, layer.class_name, {key: value}), layer.weights)
            except UnsupportedError:
                found.setdefault(key, []).append(path)
    for key, paths in found.items():
        why = f"layers whose weights violate their {key}, which is dropped: TensorFlow.js would apply it"
        yield Suspicion("violated-constraint", tuple(paths), why, severe=False)


def _dead(
    model: Model, inferred: Inferred, path: str, seen: set[int], plumbing: Container[str]
) -> Iterator[Suspicion]:
    """Layers and inputs that no output depends on; what makes masks leads to outputs by another way."""
    if id(model) in seen or model.kind == "sequential":
        return
    seen.add(id(model))
    graph = graph_of(model, inferred)
    calls, tensors = reached(graph)
    alive = {name for name, _ in calls}
    dead = [
        f"{path}{layer.name}"
        for layer in model.layers
        if layer.class_name != "InputLayer"
        and layer.name not in alive
        and f"{path}{layer.name}" not in plumbing
    ]
    if dead:
        yield Suspicion(
            "dead-branch", tuple(dead), "layers that lead to no output of the model", severe=False
        )
    unused = [f"{path}{each.layer}" for each in graph.inputs if each not in tensors]
    if unused:
        yield Suspicion("unused-input", tuple(unused), "inputs that no output depends on")
    for layer in model.layers:
        for call in inferred.layers[layer.name]:
            if call.inner is not None and layer.model is not None:
                yield from _dead(layer.model, call.inner, f"{path}{layer.name}/", seen, plumbing)


def _masks(masks: Mapping[str, str]) -> Iterator[Suspicion]:
    ignoring = tuple(path for path, role in masks.items() if role == masking.IGNORES)
    if ignoring:
        why = "layers that are given a mask and neither use it nor hand it on, in Keras either"
        yield Suspicion("mask-ignored", ignoring, why, severe=False)


def _asleep(model: Model) -> Iterator[Suspicion]:
    names = tuple(path for path, layer in walk(model) if layer.class_name in _ASLEEP and not _awake(layer))
    if names:
        yield Suspicion("training-only", names, "layers that do nothing at inference", severe=False)


def _awake(layer: Layer) -> bool:
    return any(call.kwargs.get("training") for call in layer.calls)
