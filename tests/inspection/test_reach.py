"""Which places an output depends on, followed by formulas and, beside that, place by place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from converter.layers.reach import SAME, Reach, moved, sampled, spread, window

windows = st.builds(window, st.integers(1, 5), st.integers(1, 3), st.integers(0, 2))
spreads = st.builds(spread, st.integers(1, 5), st.integers(1, 3), st.integers(0, 1))
resized = st.builds(sampled, st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 2, 4]))
reaches = st.one_of(windows, spreads, resized, st.builds(moved, st.integers(-2, 2)))


def hull(reach: Reach, first: int, last: int) -> tuple[int, int]:
    """What a run of outputs depends on, one after the other."""
    spans = [reach.span(number) for number in range(first, last + 1)]
    return min(span[0] for span in spans), max(span[1] for span in spans)


@given(st.lists(reaches, min_size=1, max_size=4), st.integers(-20, 20))
def test_a_chain_sees_what_its_parts_see_in_turn(chain: list[Reach], number: int) -> None:
    whole: Reach | None = SAME
    for each in chain:  # the first is next to the input
        whole = None if whole is None else each.behind(whole)
    assert whole is not None
    span = (number, number)
    for each in reversed(chain):
        span = hull(each, *span)
    assert whole.span(number) == span


@given(reaches, reaches, st.integers(-20, 20))
def test_branches_see_what_either_sees(one: Reach, other: Reach, number: int) -> None:
    both = one.beside(other)
    assert (both is None) == (one.stride != other.stride)
    if both is not None:
        spans = [one.span(number), other.span(number)]
        assert both.span(number) == (min(s[0] for s in spans), max(s[1] for s in spans))


def test_a_transposed_convolution_with_gaps_sees_one_place() -> None:
    assert spread(width=1, stride=3, before=0).size == 1
