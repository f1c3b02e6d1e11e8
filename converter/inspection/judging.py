"""What ``convert`` would make of a model and what it would refuse, without stopping at the first refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from converter.artifact.topology import print_topology
from converter.artifact.writer import to_json
from converter.errors import UnsupportedError
from converter.inspection.paths import Places, walk
from converter.layers import check_supported, infer, unsupported
from converter.layers.semantics import Doubt, Refusals, check_semantics
from converter.model import Layer, Model
from converter.passes.base import Change, PassResult, map_layers
from converter.quantization.affine import encode
from converter.reading import Reading
from converter.shims.providers import adopt, names_of
from converter.shims.shim import Shim

_REFUSED = "(refused)"
"""The class of a layer that a pass refused, so that it goes on to the others."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Why a model cannot be converted.

    Attributes:
        layers: the paths of the layers concerned, in the source or in what became of it.
        error: what ``convert`` would say.
    """

    layers: tuple[str, ...]
    error: UnsupportedError


@dataclass(eq=False)
class Judgement:
    """What would be written.

    Attributes:
        model: after all passes, with the names of the custom layers.
        changes: what the passes did.
        shims: the JavaScript of custom classes, by their names in the source.
        doubts: what is wrong on some backends or for some inputs.
        problems: all that stands against it, of each layer the first.
        topology_bytes: size of the topology as JSON.
    """

    model: Model
    changes: tuple[Change, ...] = ()
    shims: Mapping[str, Shim] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    topology_bytes: int = 0

    @contextmanager
    def noting(self, *layers: str) -> Iterator[None]:
        """Takes a refusal that is raised inside as a problem of these layers."""
        try:
            yield
        except UnsupportedError as error:
            self.note(error, layers)

    def note(self, error: UnsupportedError, layers: tuple[str, ...] = ()) -> None:
        """Adds a problem, unless another of the same layers is known."""
        layers = layers or tuple(Places(self.model)(error.where))
        known = {path for problem in self.problems for path in problem.layers}
        if not layers or not known.issuperset(layers):
            self.problems.append(Problem(layers, error))


def judge(reading: Reading, *, custom_layers: bool = True) -> Judgement:
    """What ``convert`` would do.

    Args:
        reading: what was read.
        custom_layers: as for ``convert``, which is taken to be given no other options.

    Raises:
        SourceError: where the shapes in the model contradict each other.
    """
    mended, problems = _mend(reading, custom_layers=custom_layers)
    judged = Judgement(mended.model, mended.changes, problems=problems)
    if custom_layers:
        judged.shims = _shims(reading, mended.model, judged)
    judged.model = adopt(mended.model, judged.shims)
    served = names_of(judged.shims)
    lacking = {name for names in unsupported(judged.model).values() for name in names}
    for path, layer in walk(judged.model):
        if layer.name in lacking:
            with judged.noting(path):
                check_supported(replace(judged.model, layers=(layer,)), served, custom_layers=custom_layers)
    refusals = Refusals()
    judged.doubts = check_semantics(judged.model, infer(judged.model), refusals)
    for error in refusals.found:
        judged.note(error)
    for weight in judged.model.weights():
        with judged.noting():
            encode(weight, "none")
    with judged.noting():
        judged.topology_bytes = len(to_json(print_topology(judged.model), "model.json"))
    return judged


def known_shims(reading: Reading) -> dict[str, Shim]:
    """The JavaScript of the source's own custom classes, whether it would be written or not."""
    return _shims(reading, reading.model, Judgement(reading.model))


def _mend(reading: Reading, *, custom_layers: bool) -> tuple[PassResult, list[Problem]]:
    """The model after the passes; layers that a pass refuses stay, under a class that no pass knows."""
    problems: list[Problem] = []
    while True:
        try:
            return reading.mend(custom_layers=custom_layers), problems
        except UnsupportedError as error:
            paths = Places(reading.model)(error.where)
            problems.append(Problem(tuple(paths), error))
            refused = [layer for path, layer in walk(reading.model) if path in paths]
            if not refused or any(layer.class_name == _REFUSED for layer in refused):
                # It is about the model as a whole.
                problems[-1] = Problem(tuple(path for path, _ in walk(reading.model)), error)
                return PassResult(reading.model), problems
            reading = replace(reading, model=_renamed(reading.model, refused))


def _renamed(model: Model, layers: list[Layer]) -> Model:
    """The model with some of its layers under a class that nobody knows."""
    names = {layer.name for layer in layers}
    return map_layers(model, lambda each: replace(each, class_name=_REFUSED) if each.name in names else each)


def _shims(reading: Reading, model: Model, judged: Judgement) -> dict[str, Shim]:
    """The JavaScript of all custom classes that there is JavaScript of."""
    try:
        return reading.shims(model)
    except UnsupportedError as error:
        whole = error
    found: dict[str, Shim] = {}
    before = len(judged.problems)
    for names in unsupported(model).values():
        layers = {path: layer for path, layer in walk(model) if layer.name in names}
        with judged.noting(*layers):
            found |= reading.shims(replace(model, layers=tuple(layers.values())))
    if len(judged.problems) == before:  # it is about several classes together
        judged.note(whole)
    return found
