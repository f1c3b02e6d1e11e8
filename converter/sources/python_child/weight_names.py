"""Which stored weight is which variable of a layer that holds layers, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBERED = re.compile(r"(?P<base>.*?)(_(?P<number>\d+))?")


def pair_by_names(own: Sequence[str], stored: Sequence[str]) -> list[int] | None:
    """For each variable of a layer, the place of its array in the file.

    Keras stores the weights of a nested model trainable ones first, as they were when it saved them,
    and loads them in the order that holds then (https://github.com/keras-team/keras/blob/v2.15.0/keras/
    saving/legacy/hdf5_format.py, ``_legacy_weights``). The names say which they are: ``norm/gamma:0``.

    Args:
        own: the names of the variables, in the order in which Keras would load them now.
        stored: the names in the file, in its order.

    Returns:
        the places by name where all names are the same, if need be without the path to a layer and with
        automatic numbers (``conv2d_7``) counted anew; the places in order where the names are no help;
        None where they contradict that order, but do not tell another.
    """
    in_order = list(range(len(stored)))
    own, stored = list(map(_plain, own)), list(map(_plain, stored))
    for same in (_as_it_is, _end, _renumbered, _renumbered_end):
        one, other = same(own), same(stored)
        if len(set(other)) == len(other) and sorted(one) == sorted(other):
            return [other.index(name) for name in one]
    one, other = ([name.rsplit("/", 1)[-1] for name in names] for names in (own, stored))
    return None if one != other and sorted(one) == sorted(other) else in_order


def _plain(name: str) -> str:
    return name.rsplit(":", 1)[0] if re.search(r":\d+$", name) else name


def _as_it_is(names: Sequence[str]) -> list[str]:
    return list(names)


def _end(names: Sequence[str]) -> list[str]:
    return ["/".join(name.split("/")[-2:]) for name in names]


def _renumbered(names: Sequence[str]) -> list[str]:
    """``conv2d_7/kernel`` and ``conv2d_9/kernel`` as ``conv2d 0`` and ``conv2d 1``."""
    rank: dict[tuple[str, ...], dict[int, int]] = {}
    parts = [name.split("/") for name in names]
    numbers = [[_number(part) for part in each[:-1]] for each in parts]
    for each in numbers:
        for depth, (_, number) in enumerate(each):
            rank.setdefault(_bases(each, depth), {})[number] = 0
    for known in rank.values():
        known.update({number: at for at, number in enumerate(sorted(known))})
    return [
        "/".join(
            [*(f"{base} {rank[_bases(each, depth)][n]}" for depth, (base, n) in enumerate(each)), path[-1]]
        )
        for each, path in zip(numbers, parts, strict=True)
    ]


def _bases(numbers: Sequence[tuple[str, int]], depth: int) -> tuple[str, ...]:
    return tuple(base for base, _ in numbers[: depth + 1])


def _number(part: str) -> tuple[str, int]:
    found = NUMBERED.fullmatch(part)
    assert found is not None
    return found["base"], int(found["number"] or 0)


def _renumbered_end(names: Sequence[str]) -> list[str]:
    return _renumbered(_end(names))
