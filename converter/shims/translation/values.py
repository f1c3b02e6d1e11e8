"""What a Python expression stands for, and the JavaScript that computes it.

Configuration (numbers, strings, lists of them), tensors, layers and functions are told apart when a
class is translated, because JavaScript writes them differently.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from converter.shims.translation.javascript import NULL, index, literal

if TYPE_CHECKING:
    from converter.shims.translation.javascript import Js
    from converter.shims.translation.scope import Scope


Type = Literal["int", "float", "number", "str", "bool", "none", "any"]


_identities = itertools.count(1)


def fresh() -> int:
    """A new identity of a shape."""
    return next(_identities)


class Missing:
    """No constant."""


MISSING = Missing()


@dataclass(frozen=True)
class Value:
    """Something that has a JavaScript expression."""

    js: Js

    def named(self, js: Js) -> Value:
        """The same, read from a variable."""
        return replace(self, js=js)


@dataclass(frozen=True)
class Scalar(Value):
    """A number, string, boolean or ``None`` that is known once the configuration and the shapes are.

    Attributes:
        type: ``any`` where the configuration decides; such a value can be a list as well.
        const: the Python value where it is known now.
        sized: whether a size of a tensor is in it, which is ``NaN`` in a shape rule where it is open.
        origin: the shape and the axis of a plain size.
        optional: whether it can be ``None`` as well.
    """

    type: Type = "any"
    const: Any = MISSING
    sized: bool = False
    origin: tuple[int, int] | None = None
    optional: bool = False

    @property
    def known(self) -> bool:
        return self.const is not MISSING


@dataclass(frozen=True)
class Tensor(Value):
    """A tensor; in a shape rule its expression is that of its shape.

    Attributes:
        dtype: ``float32``, ``int32`` or ``bool``; ``None`` is not known, and taken for a float.
        shape: an identity, equal where two tensors have the same shape.
        rank: the number of axes, where it is known.
        held: how the layer holds it: as a ``variable``, whose value is read by ``.read()``, as a ``tensor``
            of its own, or as ``either`` of them or a number; empty for what is computed on the way.
        optional: whether it can be ``None`` as well.
    """

    dtype: str | None = None
    shape: int = field(default_factory=fresh)
    rank: int | None = None
    held: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Sequence(Value):
    """An array: a list, a tuple or a shape.

    Attributes:
        items: each item, where their number is known.
        element: what the items have in common, where their number is not known; ``None`` if it is empty.
        vector: whether it is a tensor in Python, so that operators work on the items.
        shape_of: the identity of the shape that it is.
        mutable: whether it is a list that the code can append to.
        dtype: of a constant array of numbers.
    """

    items: tuple[Value, ...] | None = None
    element: Value | None = None
    vector: bool = False
    shape_of: int | None = None
    mutable: bool = False
    optional: bool = False
    dtype: str | None = None

    def named(self, js: Js) -> Value:
        items = self.items
        if items is not None:
            items = tuple(
                item.named(index(js, literal(position))) if _stored(item) else item
                for position, item in enumerate(items)
            )
        return replace(self, js=js, items=items)

    def item(self, position: Js) -> Value | None:
        """The item at a position that is only known at run time."""
        from converter.shims.translation.joining import common

        element = self.element
        if self.items is not None:
            element = common(self.items)
        return None if element is None else element.named(index(self.js, position))


@dataclass(frozen=True)
class Mapped(Value):
    """A dictionary with string keys, written as a JavaScript object.

    Attributes:
        entries: what is in it.
        element: what the entries have in common, where the keys are not known.
        open: whether it is ``**kwargs`` of a constructor, which holds whatever else is in the configuration.
    """

    entries: Mapping[str, Value] = field(default_factory=dict)
    element: Value | None = None
    open: bool = False

    def named(self, js: Js) -> Value:
        entries = {key: value.named(index(js, literal(key))) for key, value in self.entries.items()}
        return replace(self, js=js, entries=entries)


@dataclass(frozen=True)
class LayerValue(Value):
    """A layer.

    Attributes:
        kind: the Python class, for messages.
        inner: the class of this file, where it is one.
        chain: whether it is an array of layers to apply one after the other.
        same: whether its output has the shape of its input.
        weights: whether it may have weights, so that it must be built.
        outputs: how many tensors it gives; ``None`` for one that is not in a list.
        optional: whether it can be ``None`` as well.
    """

    kind: str = "Layer"
    inner: str | None = None
    chain: bool = False
    same: bool = False
    weights: bool = True
    outputs: int | None = None
    optional: bool = False


@dataclass(frozen=True)
class ActivationValue(Value):
    """A function of one tensor that keeps its shape, chosen by the configuration."""

    optional: bool = False
    const: str | None = None


_NOTHING = ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None))


@dataclass(frozen=True)
class FunctionValue(Value):
    """A Python function of this file: of the module, a method, or a lambda.

    Attributes:
        owner: the class of a method.
        closure: the variables around a lambda or an inner function.
    """

    node: ast.FunctionDef | ast.Lambda = field(default_factory=lambda: _NOTHING)
    owner: str | None = None
    bound: bool = False
    closure: Scope | None = None


@dataclass(frozen=True)
class Named(Value):
    """A module, or a function or class of a library, by its full name."""

    path: str = ""


@dataclass(frozen=True)
class ClassValue(Value):
    """A class of this file."""

    name: str = ""


@dataclass(frozen=True)
class Method(Value):
    """A method of a value, to be called: ``blocks.append``."""

    owner: Value = field(default_factory=lambda: Value(NULL))
    name: str = ""


@dataclass(frozen=True)
class Self(Value):
    """``self``; ``above`` starts the search for a method behind a class, as ``super()`` does."""

    above: str | None = None


@dataclass(frozen=True)
class Ignored(Value):
    """Something that makes no difference at inference, such as an initializer."""


@dataclass(frozen=True)
class Conflict(Value):
    """What is one thing or another, depending on the way taken; an error once it is used.

    Attributes:
        why: what it is on which way.
        mixed: whether these are numbers and tensors, so that taking it for a tensor throughout helps.
    """

    why: str = ""
    mixed: bool = False


NUMERIC = ("int", "float", "number", "any", "bool")


"""The types of scalars that can be numbers."""


NONE = Scalar(NULL, "none", None)


def constant(value: object) -> Value:
    """A Python value that is known now."""
    if isinstance(value, (list, tuple)):
        items = tuple(constant(item) for item in value)
        return Sequence(literal(value), items, mutable=isinstance(value, list))
    kinds: dict[type, Type] = {bool: "bool", int: "int", float: "float", str: "str", type(None): "none"}
    return Scalar(literal(value), kinds[type(value)], value)


def number(js: Js, type: Type = "number", *, sized: bool = False) -> Scalar:  # noqa: A002
    """A number that is not known now."""
    return Scalar(js, type, sized=sized)


def _stored(item: Value) -> bool:
    return not isinstance(item, (Named, ClassValue, FunctionValue, Ignored, Self))


def is_none(value: Value) -> bool | None:
    """Whether the value is ``None``; ``None`` if only the configuration tells."""
    if isinstance(value, Scalar):
        if value.type == "none":
            return True
        return None if value.type == "any" or value.optional else False
    return None if getattr(value, "optional", False) else False
