"""What a pass is: one rewrite of the model, with a record of every change it made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from converter.model import Layer, Model


class Change(NamedTuple):
    """What was changed, in which layers, and why; the report shows it."""

    what: str
    where: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class PassResult:
    """The rewritten model and the changes that led to it; no changes means the very same model."""

    model: Model
    changes: tuple[Change, ...] = ()


class Pass(ABC):
    """One rewrite. A pass keeps what the model computes at inference."""

    @abstractmethod
    def __call__(self, model: Model) -> PassResult:
        """Rewrites the model."""


def map_layers(model: Model, rewrite: Callable[[Layer], Layer]) -> Model:
    """The model with ``rewrite`` applied to every layer, those inside nested models first."""

    def one(layer: Layer) -> Layer:
        if layer.model is not None:
            layer = replace(layer, model=map_layers(layer.model, rewrite))
        return rewrite(layer)

    return replace(model, layers=tuple(one(layer) for layer in model.layers))
