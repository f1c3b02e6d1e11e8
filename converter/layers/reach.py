"""Which places of an input a place of an output depends on, along one axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

LONGEST_PERIOD = 4096
"""Ratios between sizes that repeat later than this are not followed."""


class Reach(NamedTuple):
    """Output number ``n * period + i`` depends on inputs ``first[i] + n * shift`` to ``last[i] + n * shift``.

    The period is the number of entries of ``first`` and of ``last``, more than one where something is
    enlarged. Holes (of dilated kernels) and the borders, where padding takes the place of inputs, are not
    looked at.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    shift: int

    @classmethod
    def of(cls, period: int, shift: int, first: Callable[[int], int], last: Callable[[int], int]) -> Reach:
        """A reach from two functions of the number of the output, below ``period``."""
        return cls(tuple(map(first, range(period))), tuple(map(last, range(period))), shift)

    @property
    def size(self) -> int:
        """The most inputs that one output depends on, from the first to the last."""
        return max(last - first + 1 for first, last in zip(self.first, self.last, strict=True))

    @property
    def stride(self) -> Fraction:
        """How far the inputs move from one output to the next."""
        return Fraction(self.shift, len(self.first))

    def span(self, number: int) -> tuple[int, int]:
        """The first and the last input of an output."""
        turns, at = divmod(number, len(self.first))
        return self.first[at] + turns * self.shift, self.last[at] + turns * self.shift

    def cover(self, first: int, last: int) -> tuple[int, int]:
        """The first and the last input of a run of outputs."""
        turn = len(self.first) - 1  # cubic weights reach less far where a place falls on an input
        return (
            min(self.span(number)[0] for number in range(first, min(last, first + turn) + 1)),
            max(self.span(number)[1] for number in range(max(first, last - turn), last + 1)),
        )

    def behind(self, other: Reach) -> Reach | None:
        """This of the outputs of ``other``, in terms of the inputs of ``other``."""
        turns = len(other.first) // math.gcd(self.shift, len(other.first))
        period = len(self.first) * turns
        if period > LONGEST_PERIOD:
            return None
        shift = self.shift * turns // len(other.first) * other.shift
        spans = [other.cover(*self.span(number)) for number in range(period)]
        return Reach(tuple(first for first, _ in spans), tuple(last for _, last in spans), shift)

    def beside(self, other: Reach) -> Reach | None:
        """Both together; ``None`` where they do not move at the same pace."""
        period = math.lcm(len(self.first), len(other.first))
        if self.stride != other.stride or period > LONGEST_PERIOD:
            return None
        spans = [(self.span(number), other.span(number)) for number in range(period)]
        return Reach(
            tuple(min(one[0], two[0]) for one, two in spans),
            tuple(max(one[1], two[1]) for one, two in spans),
            self.shift * period // len(self.first),
        )


SAME = Reach((0,), (0,), 1)
"""Each output depends on the input at its place."""


def moved(by: int) -> Reach:
    """Each output depends on the input so many places further."""
    return Reach((by,), (by,), 1)


def window(width: int, stride: int, before: int) -> Reach:
    """A window over ``width`` inputs, of which ``before`` stand before the place of the output."""
    return Reach((-before,), (width - 1 - before,), stride)


def spread(width: int, stride: int, before: int) -> Reach:
    """A transposed convolution: each input gives ``width`` outputs, from ``before`` places before its own."""

    def last(number: int) -> int:
        return (number + before) // stride

    def first(number: int) -> int:
        # Where the stride is wider than the kernel some outputs depend on nothing.
        return min(-((width - 1 - before - number) // stride), last(number))

    return Reach.of(stride, 1, first, last)


def sampled(inputs: int, outputs: int, taps: int) -> Reach:
    """Resizing from ``inputs`` to ``outputs`` places, by the centres of pixels.

    Args:
        inputs: the number of places before.
        outputs: the number of places behind.
        taps: how many neighbours each output is mixed of: 1 nearest, 2 linear, 4 cubic.
    """
    shared = math.gcd(inputs, outputs)
    period, shift = outputs // shared, inputs // shared

    def place(number: int) -> Fraction:
        return Fraction((2 * number + 1) * shift, 2 * period) - Fraction(1, 2)

    def first(number: int) -> int:
        at = place(number)
        if taps == 1:
            return math.floor(at + Fraction(1, 2))
        # Where it falls on an input, its neighbours have no weight.
        return int(at) if at.denominator == 1 else math.floor(at) - taps // 2 + 1

    def last(number: int) -> int:
        return first(number) + (0 if taps == 1 or place(number).denominator == 1 else taps - 1)

    return Reach.of(period, shift, first, last)
