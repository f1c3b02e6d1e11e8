"""What becomes of each layer: as it is, rewritten, lowered to several, in JavaScript, or impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from converter.inspection.judging import Judgement
from converter.inspection.paths import Places, walk
from converter.layers.graph import is_nested
from converter.layers.releases import newest, since
from converter.layers.semantics.doubt import EVERYWHERE
from converter.model import Layer, Model
from converter.passes.base import Change
from converter.shims.backends import backends
from converter.shims.providers import plain_name
from converter.shims.shim import Shim
from converter.shims.translation.ops import releases

NATIVE, REWRITTEN, LOWERED, SHIMMED = "native", "rewritten", "lowered", "shimmed"
DROPPED, IMPOSSIBLE, NESTED = "dropped", "impossible", "model"

STATUSES = (NATIVE, REWRITTEN, LOWERED, SHIMMED, DROPPED, IMPOSSIBLE)
"""What can become of a layer, from the least to the most."""


@dataclass(frozen=True)
class Fate:
    """What becomes of a layer.

    Attributes:
        status: one of ``STATUSES``, or ``model`` for a nested model, whose layers have theirs.
        why: what the passes or the gate say about it.
        fix: what to do where it is impossible.
        into: the classes of the layers that stand for it.
        origin: where their JavaScript comes from.
        backends: those on which it computes what Keras does.
        since: the first release of TensorFlow.js that knows all of it.
    """

    status: str
    why: str = ""
    fix: str = ""
    into: tuple[str, ...] = ()
    origin: str = ""
    backends: tuple[str, ...] = EVERYWHERE
    since: str = newest(())


def fates(source: Model, plain: Model, plain_changes: Iterable[Change], judged: Judgement) -> dict[str, Fate]:
    """What becomes of each layer, by its path.

    Args:
        source: as it was read.
        plain: after the passes that run on every model, but for those that replace layers.
        plain_changes: what those passes changed.
        judged: what would be written.
    """
    before = dict(walk(source))
    changed = _changes(judged.changes, plain_changes)
    made: dict[str, list[tuple[str, Layer]]] = {path: [] for path in before}
    owner: dict[str, str] = {}
    for path, layer in walk(judged.model):
        origin = _origin(path, layer, before, changed)
        if origin is not None:
            owner[path] = origin
            made[origin].append((path, layer))
    refused: dict[str, tuple[str, str]] = {}
    for problem in judged.problems:
        for path in problem.layers:
            refused.setdefault(owner.get(path, path), (problem.error.why, problem.error.fix))
    custom = {shim.class_name: shim for shim in judged.shims.values()}
    narrowed = _narrowed(judged)
    configs = {path: layer.config for path, layer in walk(plain)}
    found = {}
    for path, layer in before.items():
        if is_nested(layer) and path not in refused:
            found[path] = Fate(NESTED)
            continue
        if path in refused:
            why, fix = refused[path]
            found[path] = Fate(IMPOSSIBLE, why, fix, backends=(), since="")
            continue
        whys = changed.get(layer.name, [])
        found[path] = _fate(layer, configs.get(path), made[path], custom, narrowed, "; ".join(whys))
    return found


def _changes(changes: Iterable[Change], plain: Iterable[Change]) -> dict[str, list[str]]:
    """Why layers were replaced or given another class, by their names."""
    usual = {change for change in plain if "→" not in change.what}
    found: dict[str, list[str]] = {}
    for change in changes:
        if change in usual:
            continue
        for name in change.where:
            if change.why not in found.setdefault(name, []):
                found[name].append(change.why)
    return found


def _origin(
    path: str, layer: Layer, before: Mapping[str, Layer], changed: Mapping[str, object]
) -> str | None:
    """The layer in the source that a layer stands for; new ones bear its name in front of theirs."""
    if path in before:
        return path
    around = path[: len(path) - len(layer.name)]
    owners = [name for name in changed if layer.name.startswith(f"{name}_") and around + name in before]
    return around + max(owners, key=len) if owners else None


def _narrowed(judged: Judgement) -> dict[str, set[str]]:
    """By path, the backends on which a layer gives something else; differences everywhere are no reason."""
    places = Places(judged.model)
    found: dict[str, set[str]] = {}
    for doubt in judged.doubts:
        if set(doubt.backends) != set(EVERYWHERE):
            for path in places(doubt.where):
                found.setdefault(path, set()).update(doubt.backends)
    return found


def _fate(
    layer: Layer,
    config: object,
    made: list[tuple[str, Layer]],
    custom: Mapping[str, Shim],
    narrowed: Mapping[str, set[str]],
    why: str,
) -> Fate:
    if not made:
        return Fate(DROPPED, why)
    shims = [custom[each.class_name] for _, each in made if each.class_name in custom]
    wrong = set().union(*(narrowed.get(path, ()) for path, _ in made))
    for shim in shims:
        wrong |= set(EVERYWHERE) - set(backends(shim.javascript))
    versions = [since(each.class_name, each.config) for _, each in made if each.class_name not in custom]
    versions += [releases.since(shim.javascript) for shim in shims]
    last = made[-1][1]
    if shims:
        status = SHIMMED
    elif len(made) > 1:
        status = LOWERED
    elif last.class_name != plain_name(layer.class_name) or dict(last.config) != config:
        status = REWRITTEN
    else:
        status = NATIVE
    return Fate(
        status,
        why if status != NATIVE else "",
        into=() if status == NATIVE else tuple(each.class_name for _, each in made),
        origin=", ".join(dict.fromkeys(shim.origin for shim in shims)),
        backends=tuple(each for each in EVERYWHERE if each not in wrong),
        since=newest(versions),
    )


def common(found: Iterable[Fate]) -> tuple[tuple[str, ...], str]:
    """The backends that run all layers, and the first release that knows all of them."""
    kept = [fate for fate in found if fate.status != IMPOSSIBLE]
    backends_left = tuple(each for each in EVERYWHERE if all(each in fate.backends for fate in kept))
    return backends_left, newest(fate.since for fate in kept if fate.since)
