"""Files cut anywhere and with bits flipped anywhere.

What comes of it may be a model (a flipped bit of a weight is a weight), a refusal, or the end of the
worker that read it; never a traceback, never a hang, never a heap of memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from bases import base
from depth import TIMES, tries
from hypothesis import given
from hypothesis import strategies as st
from jail import shared
from verdict import check

STRUCTURES = 4096
"""The superblock, the root group, its heap, its names and its attributes are in the first bytes."""

BATCH = 200
BASES = [
    "sequential_dense",
    "tensorflow_1_13",
    "compiled_with_optimizer",
    "chunked",
    "latest",
    "keras1/image",
]


def survive(name: str, mutations: Sequence[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(mutations), BATCH):
            batch = mutations[start : start + BATCH]
            outcomes = shared().mutate(base(name), Path(folder), batch)
            for mutation, outcome in zip(batch, outcomes, strict=True):
                try:
                    check(outcome)
                except AssertionError as error:
                    raise AssertionError(f"{name} {mutation}: {outcome}") from error


@pytest.mark.parametrize("name", ["without_weights", "sequential_dense", "latest"])
def test_a_bit_flipped_in_the_structures(name: str) -> None:
    # A step that is odd goes through all eight bits, at another byte each.
    step = max(1, 193 // TIMES)
    survive(name, [(None, [(bit // 8, 1 << bit % 8)]) for bit in range(0, STRUCTURES * 8, step)])


@pytest.mark.parametrize("name", ["sequential_dense", "chunked", "latest"])
def test_cut_at_every_64th_byte(name: str) -> None:
    size = base(name).stat().st_size
    step = 64 if TIMES > 1 else 448
    survive(name, [(length, []) for length in range(0, size, step)])


FLIP = st.tuples(st.integers(0, 30_000), st.integers(1, 255))
MUTATION = st.tuples(st.none() | st.integers(0, 30_000), st.lists(FLIP, max_size=12))


@tries(15)
@given(name=st.sampled_from(BASES), mutations=st.lists(MUTATION, min_size=10, max_size=20))
def test_bits_flipped_anywhere(name: str, mutations: list[Any]) -> None:
    survive(name, mutations)
