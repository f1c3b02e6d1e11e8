"""The inputs of a proof fit every contract and are the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.contract import Contract, Input
from converter.errors import UsageError
from converter.parity.samples import make_samples


def contract(*inputs: Input, low: float = 0, high: float = 1) -> Contract:
    return Contract(inputs, (low, high), range_assumed=False)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, None, None, 3), {(1, 24, 24, 3), (1, 37, 29, 3), (1, 48, 48, 3)}),
        ((None, 17, 9, 1), {(1, 17, 9, 1)}),
        ((4, 8, 8, 4), {(4, 8, 8, 4)}),
        ((None, 600, 700, 3), {(1, 600, 700, 3)}),
    ],
)
def test_images_of_every_size(shape: tuple, expected: set) -> None:
    made = make_samples(contract(Input("x", shape, "float32")))
    assert {sample.kind for sample in made} == {"noise", "ramp", "picture"}
    assert {array.shape for sample in made for array in sample.arrays} == expected
    assert all(array.dtype == np.float32 for sample in made for array in sample.arrays)


def test_values_span_the_input_range() -> None:
    made = make_samples(contract(Input("x", (None, None, None, 3), "float32"), low=-1, high=255))
    values = np.concatenate([array.ravel() for sample in made for array in sample.arrays])
    assert values.min() == -1
    assert values.max() == 255
    assert all(np.ptp(array) > 100 for sample in made for array in sample.arrays)


def test_integers_stay_in_the_vocabulary() -> None:
    made = make_samples(contract(Input("x", (None, None), "float32", vocabulary=5)))
    assert {int(v) for sample in made for array in sample.arrays for v in array.ravel()} == set(range(5))


def test_the_same_contract_gives_the_same_samples() -> None:
    asked = contract(Input("a", (None, 3), "float32"), Input("b", (None, None, 2), "int32"))
    for first, second in zip(make_samples(asked), make_samples(asked), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(first.arrays, second.arrays, strict=True))


def test_pictures_of_ones_own(tmp_path: Path) -> None:
    Image.new("RGB", (60, 60), (255, 0, 0)).save(tmp_path / "red.png")
    (tmp_path / "notes.txt").write_text("no picture")
    made = make_samples(contract(Input("x", (None, None, None, 3), "float32")), tmp_path)
    pictures = [sample for sample in made if sample.kind == "picture"]
    assert [sample.name for sample in pictures] == ["red.png"]
    assert pictures[0].arrays[0][0, 5, 5].tolist() == [1, 0, 0]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture"):
        make_samples(contract(Input("x", (None, None, None, 3), "float32")), tmp_path)
