"""Reading a layer's configuration, which a hostile file may have filled with anything."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

from converter.layers.rule import LARGEST, RuleError
from converter.model import Config, Shape

MOST_DIMENSIONS = 32
"""The longest shape or list of axes that is believed; numpy knows no more dimensions than that."""

_LISTS = frozenset({"__tuple__", "TensorShape"})


class _Brief(reprlib.Repr):
    """Shows any value in a line, without ever spelling out a number of a million digits."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 100

    def repr_int(self, x: int, level: int) -> str:
        return "a huge number" if x.bit_length() > 64 else super().repr_int(x, level)


_BRIEF = _Brief()
MOST_SHOWN = 300


def brief(value: object) -> str:
    """A short text for a value that is not trusted."""
    text = _BRIEF.repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def fault(config: Config, key: str, wanted: str) -> RuleError:
    """The error for a key whose value is not what it must be."""
    if key not in config:
        return RuleError(f"lacks {key}, which must be {wanted}", key)
    return RuleError(f"gives {key} as {brief(config[key])}, but it must be {wanted}", key)


def whole(value: object) -> int | None:
    """The value as a believable whole number; JSON from JavaScript may spell 3 as 3.0."""
    if isinstance(value, float):
        whole_float = value.is_integer() and abs(value) <= LARGEST
        return int(value) if whole_float else None
    # Numbers of numpy count, as models need not come from JSON.
    if not isinstance(value, (int, Integral)) or isinstance(value, bool):
        return None
    number = int(value)
    return number if -LARGEST <= number <= LARGEST else None


def listed(value: object) -> Sequence[Any] | None:
    """The value as a list; Keras spells some tuples as ``{"class_name": "__tuple__", "items": [...]}``."""
    if isinstance(value, Mapping):
        kind = value.get("class_name")
        value = value.get("items") if isinstance(kind, str) and kind in _LISTS else None
    return value if isinstance(value, (list, tuple)) else None


def integer(config: Config, key: str, default: int | None = None, least: int = 1) -> int:
    """A number of at least ``least``; without a default the key is required.

    Raises:
        RuleError: if it is missing, or no whole number, or too small or too large.
    """
    value = config.get(key)
    if value is None and default is not None:
        return default
    number = whole(value)
    if number is None or number < least:
        raise fault(config, key, f"a whole number from {least} to {LARGEST}")
    return number


def integers(
    config: Config, key: str, count: int, default: int | None = None, least: int = 1
) -> tuple[int, ...]:
    """``count`` numbers; one number alone stands for all of them.

    Raises:
        RuleError: as for ``integer``, or if there are more or fewer.
    """
    value = config.get(key)
    if value is None and default is not None:
        return (default,) * count
    items = listed(value)
    numbers = [whole(item) for item in items] if items is not None and len(items) == count else [whole(value)]
    found = tuple(number for number in numbers if number is not None and number >= least)
    if len(found) != len(numbers):
        raise fault(config, key, f"a whole number of at least {least}, or a list of {count}")
    return found * count if len(found) == 1 else found


def axes(config: Config, key: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """One or more whole numbers of either sign, as a tuple.

    Raises:
        RuleError: if there is anything else, none, or more than ``MOST_DIMENSIONS``.
    """
    value = config.get(key)
    if value is None and default is not None:
        return default
    items = listed(value)
    numbers = [whole(value)] if items is None else [whole(item) for item in items[: MOST_DIMENSIONS + 1]]
    found = tuple(number for number in numbers if number is not None)
    if len(found) != len(numbers) or not 0 < len(found) <= MOST_DIMENSIONS:
        raise fault(config, key, "a whole number, or a short list of them")
    return found


def axis_of(config: Config, key: str, axis: int, rank: int) -> int:
    """The axis counted from the front, in ``0 .. rank - 1``.

    Raises:
        RuleError: if a tensor of that rank has no such axis.
    """
    if not -rank <= axis < rank:
        raise fault(config, key, f"an axis of its input, which has {rank} dimensions")
    return axis % rank


def flag(config: Config, key: str, default: bool) -> bool:
    """True or false.

    Raises:
        RuleError: if it is neither.
    """
    value = config.get(key, default)
    if value is None and not default:
        # Python and JavaScript both take null for false.
        return False
    if not isinstance(value, (bool, int)) or value not in (0, 1):
        raise fault(config, key, "true or false")
    return bool(value)


def choice(config: Config, key: str, options: Sequence[str], default: str) -> str:
    """One of the options, in lower case.

    Raises:
        RuleError: if it is anything else.
    """
    value = config.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value.lower() not in options:
        raise fault(config, key, "one of " + ", ".join(options))
    return value.lower()


def mapping(config: Config, key: str) -> Config:
    """A configuration inside the configuration.

    Raises:
        RuleError: if it is anything else.
    """
    value = config.get(key)
    if not isinstance(value, Mapping):
        raise fault(config, key, "an object")
    return value


def declared_shape(config: Config, key: str = "batch_input_shape") -> Shape | None:
    """A shape that a configuration declares, batch dimension included; ``None`` if it declares none.

    Raises:
        RuleError: if it is no list of sizes, or longer than ``MOST_DIMENSIONS``.
    """
    value = config.get(key)
    if value is None:
        return None
    items = listed(value)
    if items is not None and 0 < len(items) <= MOST_DIMENSIONS:
        sizes = tuple(None if item is None else whole(item) or -1 for item in items)
        if all(size is None or size > 0 for size in sizes):
            return sizes
    raise fault(config, key, "a list of sizes, null where a size is free")
