"""What is known of a variable that was set on several ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.values import (
    MISSING,
    NUMERIC,
    ActivationValue,
    ClassValue,
    Conflict,
    FunctionValue,
    Ignored,
    LayerValue,
    Mapped,
    Method,
    Named,
    Scalar,
    Self,
    Sequence,
    Tensor,
    fresh,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.values import Type, Value


def common(values: tuple[Value, ...]) -> Value | None:
    """What several values have in common; ``None`` if there are none."""
    if not values:
        return None
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def join(first: Value | None, second: Value | None) -> Value:
    """What is known of a variable that was set on two ways; its expression is that of the first."""
    if first is None or second is None:
        value = second if first is None else first
        assert value is not None
        return _maybe(value) or value
    if first == second:
        return first
    if is_none(first) is True:
        return _maybe(second) or _conflict(first, second)
    if is_none(second) is True:
        return _maybe(first) or _conflict(first, second)
    if type(first) is not type(second):
        return _join_kinds(first, second)
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return _join_scalars(first, second)
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        if first.held != second.held:
            return _conflict(first, second)
        return Tensor(
            first.js,
            first.dtype if first.dtype == second.dtype else None,
            first.shape if first.shape == second.shape else fresh(),
            first.rank if first.rank == second.rank else None,
            first.held,
            first.optional or second.optional,
        )
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return _join_sequences(first, second)
    if isinstance(first, LayerValue) and isinstance(second, LayerValue):
        if first.chain != second.chain or first.inner != second.inner:
            same = first.chain == second.chain
            alike = replace(first, inner=None, same=False, weights=True, outputs=None)
            return alike if same and first.outputs == second.outputs else _conflict(first, second)
        return replace(
            first,
            same=first.same and second.same,
            optional=first.optional or second.optional,
            weights=first.weights or second.weights,
            outputs=first.outputs if first.outputs == second.outputs else None,
        )
    if isinstance(first, ActivationValue) and isinstance(second, ActivationValue):
        return ActivationValue(first.js, optional=first.optional or second.optional)
    if (
        isinstance(first, Mapped)
        and isinstance(second, Mapped)
        and first.entries.keys() == second.entries.keys()
    ):
        entries = {key: join(first.entries[key], second.entries[key]) for key in first.entries}
        return Mapped(first.js, entries)
    return first if isinstance(first, (Ignored, Conflict)) else _conflict(first, second)


def _maybe(value: Value) -> Value | None:
    """The value, which can be ``None`` as well from here on, and so is not constant."""
    if isinstance(value, Scalar):
        return replace(value, optional=True, const=MISSING)
    if isinstance(value, ActivationValue):
        return replace(value, optional=True, const=None)
    if isinstance(value, (Tensor, Sequence, LayerValue)):
        return replace(value, optional=True)
    return None


def _join_kinds(first: Value, second: Value) -> Value:
    if isinstance(first, Conflict) or isinstance(second, Conflict):
        return first if isinstance(first, Conflict) else second
    for tensor, other in ((first, second), (second, first)):
        if isinstance(tensor, Tensor) and isinstance(other, Scalar) and other.type in NUMERIC:
            if tensor.held in {"variable", "tensor", "either"}:
                return Tensor(first.js, tensor.dtype, held="either")
            return Conflict(
                first.js, f"it is {describe(first)} on one way and {describe(second)} on another", True
            )
    anything = Scalar(first.js, "any")
    plain = (Scalar, Sequence)
    if isinstance(first, plain) and isinstance(second, plain) and is_plain(first) and is_plain(second):
        return anything
    return _conflict(first, second)


def is_plain(value: Value) -> bool:
    """Whether it is a configuration value: a scalar, or a list of such."""
    if isinstance(value, Scalar):
        return True
    if isinstance(value, Sequence):
        parts = (
            value.items if value.items is not None else (() if value.element is None else (value.element,))
        )
        return all(is_plain(part) for part in parts)
    return False


def _join_scalars(first: Scalar, second: Scalar) -> Scalar:
    numeric = ("int", "float", "number")
    kind: Type = "any"
    if first.type == second.type:
        kind = first.type
    elif first.type in numeric and second.type in numeric:
        kind = "number"
    return Scalar(
        first.js,
        kind,
        first.const if first.const == second.const and first.type == second.type else MISSING,
        first.sized or second.sized,
        first.origin if first.origin == second.origin else None,
        first.optional or second.optional,
    )


def _join_sequences(first: Sequence, second: Sequence) -> Value:
    optional = first.optional or second.optional
    if first.items is not None and second.items is not None and len(first.items) == len(second.items):
        items = tuple(join(one, other) for one, other in zip(first.items, second.items, strict=True))
        return replace(first, items=items, optional=optional, vector=first.vector and second.vector)
    parts = [
        part
        for sequence in (first, second)
        for part in (sequence.items if sequence.items is not None else (sequence.element,))
        if part is not None
    ]
    return Sequence(
        first.js,
        None,
        common(tuple(parts)),
        first.vector and second.vector,
        first.shape_of if first.shape_of == second.shape_of else None,
        first.mutable or second.mutable,
        optional,
        first.dtype if first.dtype == second.dtype else None,
    )


def _conflict(first: Value, second: Value) -> Conflict:
    return Conflict(first.js, f"it is {describe(first)} on one way and {describe(second)} on another")


def describe(value: Value) -> str:
    """What kind of thing the value is, for messages."""
    if isinstance(value, Scalar):
        words = {
            "str": "a string",
            "bool": "a boolean",
            "none": "None",
            "any": "a configuration value",
        }
        return words.get(value.type, "a number")
    names: dict[type, str] = {
        Tensor: "a tensor",
        Sequence: "a list",
        Mapped: "a dictionary",
        LayerValue: "a layer",
        ActivationValue: "an activation",
        FunctionValue: "a function",
        ClassValue: "a class",
        Method: "a method",
        Self: "the layer itself",
        Ignored: "something without effect at inference",
    }
    if isinstance(value, Named):
        return value.path
    if isinstance(value, Conflict):
        return f"unclear: {value.why}"
    return names.get(type(value), type(value).__name__)
