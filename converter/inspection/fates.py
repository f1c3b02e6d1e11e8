"""What becomes of each layer: as it is, rewritten, lowered to several, in JavaScript, or impossible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from converter.inspection import masking
from converter.inspection.judging import Judgement
from converter.inspection.paths import Places, walk
from converter.layers.graph import is_nested
from converter.layers.releases import newest, since
from converter.layers.semantics.doubt import EVERYWHERE
from converter.model import Layer, Model
from converter.passes.base import Change
from converter.passes.masks.rules import makes_mask
from converter.shims.backends import backends
from converter.shims.providers import plain_name
from converter.shims.shim import Shim
from converter.shims.translation.ops import releases

NATIVE, REWRITTEN, LOWERED, SHIMMED = "native", "rewritten", "lowered", "shimmed"
DROPPED, IMPOSSIBLE, NESTED = "dropped", "impossible", "model"

STATUSES = (NATIVE, REWRITTEN, LOWERED, SHIMMED, DROPPED, IMPOSSIBLE)
"""What can become of a layer, from the least to the most."""

_MASKS = "masks as tensors"
"""What changes where layers are handed masks, rather than take those that come along."""

_PLUMBING = "it only makes a mask, which TensorFlow.js passes on by itself or is handed as a tensor"


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
    reasons = _Reasons(source, judged.changes, plain_changes)
    owner = _owners(source, judged.model, reasons)
    made: dict[str, list[tuple[str, Layer]]] = {path: [] for path in before}
    for path, layer in walk(judged.model):
        if path in owner:
            made[owner[path]].append((path, layer))
    refused: dict[str, tuple[str, str]] = {}
    for problem in judged.problems:
        for path in problem.layers:
            refused.setdefault(owner.get(path, path), (problem.error.why, problem.error.fix))
    custom = {shim.class_name: shim for shim in judged.shims.values()}
    narrowed = _narrowed(judged)
    configs = {path: layer.config for path, layer in walk(plain)}
    plumbing = masking.plumbing(source)
    found = {}
    for path, layer in before.items():
        if is_nested(layer) and path not in refused:
            found[path] = Fate(NESTED)
            continue
        if path in refused:
            why, fix = refused[path]
            found[path] = Fate(IMPOSSIBLE, why, fix, backends=(), since="")
            continue
        why = reasons.of(path, layer, made[path])
        if not made[path] and path in plumbing:
            why = why or _PLUMBING
        found[path] = _fate(layer, configs.get(path), made[path], custom, narrowed, why)
    return found


class _Reasons:
    """Why layers were replaced, renamed or given another class.

    Attributes:
        renamed: the names that layers had, by those that they have now.
    """

    def __init__(self, source: Model, changes: Iterable[Change], plain: Iterable[Change]) -> None:
        self.renamed: dict[str, str] = {}
        self._found: dict[str, list[str]] = {}
        self._on_masks = ""
        names = {layer.name for layer in source.walk()}
        # What is dropped from layers that stay what they are.
        usual = {change.what for change in plain if "→" not in change.what}
        for change in changes:
            if change.what in usual:
                continue
            if change.what == _MASKS:
                self._on_masks = change.why
            (new, *others) = change.where or ("",)
            arrow = f" → {new}"
            if new not in names and not others and change.what.endswith(arrow):
                old = change.what.removesuffix(arrow)
                self.renamed[new] = self.renamed.get(old, old)
                self._found[new] = [*self._found.get(old, ()), f"renamed: {change.why}"]
                continue
            for name in change.where:
                if change.why not in self._found.setdefault(name, []):
                    self._found[name].append(change.why)

    def __iter__(self) -> Iterator[str]:
        """The names of layers that something is told of."""
        return iter(self._found)

    def of(self, path: str, layer: Layer, made: Iterable[tuple[str, Layer]]) -> str:
        """Why a layer is not as it was."""
        new = next((each.name for _, each in made if self.renamed.get(each.name) == layer.name), layer.name)
        found = [*self._found.get(new, ()), *(self._found.get(path, ()) if path != new else ())]
        if makes_mask(plain_name(layer.class_name), layer.config) and self._on_masks:
            found.append(self._on_masks)
        return "; ".join(dict.fromkeys(found))


def _owners(source: Model, model: Model, reasons: _Reasons) -> dict[str, str]:
    """The path in the source of the layer that each layer stands for, by the path of the latter."""
    paths = {path for path, _ in walk(source)}
    placed = list(_with_old_names(model, reasons.renamed))
    exact = {was for _, around, layer in placed if (was := around + _old(layer, reasons)) in paths}
    flat = {name: path for name, path in _opened(source) if path not in exact}
    found: dict[str, str] = {}
    for path, around, layer in placed:
        was = around + _old(layer, reasons)
        if was in paths:
            found[path] = was
            continue
        # New layers bear the name of the one that they stand for in front of theirs.
        owners = [name for name in (layer.name, *reasons) if f"{layer.name}_".startswith(f"{name}_")]
        for name in sorted(owners, key=len, reverse=True):
            origin = around + reasons.renamed.get(name, name)
            origin = origin if origin in paths else flat.get(origin, "")
            if origin:
                found[path] = origin
                break
    return found


def _old(layer: Layer, reasons: _Reasons) -> str:
    return reasons.renamed.get(layer.name, layer.name)


def _with_old_names(
    model: Model, renamed: Mapping[str, str], path: str = "", around: str = ""
) -> Iterator[tuple[str, str, Layer]]:
    """Every layer with its path, and with the path of the model around it under its old names."""
    for layer in model.layers:
        yield f"{path}{layer.name}", around, layer
        if layer.model is not None:
            old = renamed.get(layer.name, layer.name)
            yield from _with_old_names(layer.model, renamed, f"{path}{layer.name}/", f"{around}{old}/")


def _opened(model: Model, path: str = "", around: str = "") -> Iterator[tuple[str, str]]:
    """The names that layers of nested models have once those are dissolved, and their paths."""
    for layer in model.layers:
        if path:
            yield f"{around}_{layer.name}", f"{path}{layer.name}"
            yield layer.name, f"{path}{layer.name}"
        if layer.model is not None:
            yield from _opened(layer.model, f"{path}{layer.name}/", layer.name)


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
