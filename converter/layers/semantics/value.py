"""Values of configuration keys: kinds that several layers share."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.semantics.doubt import Value


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return value is None or (isinstance(value, (bool, int, float)) and value in {0, 1})


def _is_numbers(value: Any) -> bool:
    items = listed(value)
    return _is_number(value) if items is None else all(map(_is_numbers, items))


def _is_integers(value: Any) -> bool:
    items = listed(value)
    if items is None:
        return whole(value) is not None
    return all(item is None or _is_integers(item) for item in items)


def _is_one(value: Any) -> bool:
    items = listed(value)
    return value is None or all(whole(item) == 1 for item in ([value] if items is None else items))


def one_of(*options: Any, instead: str = "TensorFlow.js refuses to load it", fix: str = "") -> Value:
    """These values alone."""

    def accepts(value: Any) -> bool:
        # Not `in`: 1 == True, and hostile values may be anything.
        return any(type(value) is type(option) and value == option for option in options)

    return Value(accepts, instead, fix or "Change it in Python, and save the model again.")


def off(instead: str, fix: str) -> Value:
    """Null or false or nothing at all."""
    return Value(lambda value: not value, instead, fix)


INERT = Value(lambda _: True, inert=True)
"""Training's business, or that of an implementation: any value gives the same outputs."""

NUMBER = Value(_is_number)
NUMBER_OR_NULL = Value(lambda value: value is None or _is_number(value))
NUMBERS = Value(_is_numbers)
NUMBERS_OR_NULL = Value(lambda value: value is None or _is_numbers(value))
FLAG = Value(_is_flag)
INTEGER = Value(lambda value: whole(value) is not None)
INTEGER_OR_NULL = Value(lambda value: value is None or whole(value) is not None)
INTEGERS = Value(_is_integers)
"""A number, or lists of them; the rules of shapes know how many."""
INTEGERS_OR_NULL = Value(lambda value: value is None or _is_integers(value))
OBJECT = Value(lambda value: isinstance(value, (Mapping, list, tuple)))
OBJECT_OR_NULL = Value(lambda value: value is None or isinstance(value, (Mapping, list, tuple)))
NAME = Value(lambda value: isinstance(value, str))

CHANNELS = ("channels_last", "channels_first")
DATA_FORMAT = one_of(None, *CHANNELS)
PADDING = one_of(None, "valid", "same")
CHANNELS_LAST = one_of(
    None,
    "channels_last",
    instead="TensorFlow.js takes the channels for the last dimension all the same",
    fix="Put a Permute before and behind it in Python and use channels_last, then save the model again.",
)
ONES = Value(_is_one)
UNGROUPED = Value(
    _is_one,
    "TensorFlow.js knows no groups and refuses the weights",
    "Split the channels, or use a DepthwiseConv2D or one kernel with zeros between the groups.",
)

BASE: dict[str, Value] = {
    **dict.fromkeys(("name",), Value(lambda value: value is None or isinstance(value, str))),
    **dict.fromkeys(
        ("trainable", "dtype", "dynamic", "input_dtype", "batch_size", "autocast", "activity_regularizer"),
        INERT,
    ),
    "batch_input_shape": INTEGERS_OR_NULL,
    "input_shape": INTEGERS_OR_NULL,
    "input_dim": INTEGERS_OR_NULL,
    "weights": off("TensorFlow.js would set them again", "Save the model from Keras 2 again."),
}
"""The keys that every layer may have; a pass has made every ``dtype`` float32."""


def variable(*names: str) -> dict[str, Value]:
    """The training keys of variables; ``training`` looks at them where no pass dropped them."""
    kinds = ("initializer", "regularizer", "constraint")
    return {f"{name}_{kind}": INERT for name in names for kind in kinds}
