"""What the semantic gate says: a refusal for what is wrong everywhere, a doubt for what is wrong at times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.layers.rule import Shapes
from converter.model import Config, Shape

EVERYWHERE: tuple[str, ...] = ("cpu", "wasm", "webgl", "webgpu")


@dataclass(frozen=True)
class Doubt:
    """A layer that TensorFlow.js computes as Keras does, but not on every backend or for every input.

    Attributes:
        where: the layer, as messages name it.
        why: one sentence on what differs, and when.
        fix: what the user can do about it.
        backends: those on which it differs.
    """

    where: str
    why: str
    fix: str
    backends: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """For ``upconvert.json``."""
        return {"where": self.where, "why": self.why, "fix": self.fix, "backends": list(self.backends)}


@dataclass(frozen=True)
class Site:
    """One layer in one call: all that a rule may look at.

    Attributes:
        name: of the layer in the graph, behind the names of the models that it is in.
        class_name: of the layer itself, or of the one that it wraps.
        config: likewise.
        inputs: the shapes that it is called on, ``None`` where even the rank is unknown.
        inside: the classes of the wrappers around it, the outermost first.
        key: the path to its configuration in that of the layer in the graph.
    """

    name: str
    class_name: str
    config: Config
    inputs: Shapes = ()
    inside: tuple[str, ...] = ()
    key: str = ""

    @property
    def where(self) -> str:
        """How messages name the layer."""
        return f"layer {brief(self.name)}"

    @property
    def shape(self) -> Shape | None:
        """The shape of the first input, if anything is known of it."""
        return self.inputs[0] if self.inputs else None

    def refuse(self, why: str, fix: str) -> NoReturn:
        """Ends with a refusal.

        Raises:
            UnsupportedError: ``layer-semantics``.
        """
        raise UnsupportedError("layer-semantics", self.where, why, fix)

    def refuse_value(self, key: str, instead: str, fix: str) -> NoReturn:
        """Ends with a refusal of the value of a key; ``instead`` is what TensorFlow.js would do.

        Raises:
            UnsupportedError: ``layer-semantics``.
        """
        value = f"{self.key}{key} {brief(self.config[key])}" if key in self.config else f"no {self.key}{key}"
        self.refuse(f"this {brief(self.class_name)[1:-1]} has {value}: {instead}.", fix)

    def doubt(self, why: str, fix: str, backends: tuple[str, ...] = ("wasm",)) -> Doubt:
        """A doubt about this layer."""
        return Doubt(self.where, why, fix, backends)


Check = Callable[[Site], Iterator[Doubt]]
"""Looks at one layer in one call; refuses it, or says in what it doubts it."""


@dataclass(frozen=True)
class Value:
    """Which values of a key TensorFlow.js treats as Keras does.

    Attributes:
        accepts: whether a value is one of them.
        instead: what TensorFlow.js does with any other, as the end of a sentence.
        fix: what to do about it.
        inert: whether the key does nothing at inference, whatever its value.
    """

    accepts: Callable[[Any], bool]
    instead: str = "no Keras writes such a value here"
    fix: str = "Save the model from Keras again."
    inert: bool = False


@dataclass(frozen=True)
class Entry:
    """What is known of a layer class.

    Attributes:
        keys: every key that some Keras 2 or TensorFlow.js writes, with the values that are right.
        needs: the keys without which TensorFlow.js assumes something else than Keras.
        checks: what depends on several keys, or on shapes.
        refused: why no configuration of this class is right; empty if some are.
        fix: what to do about that.
    """

    keys: Mapping[str, Value] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    refused: str = ""
    fix: str = ""
