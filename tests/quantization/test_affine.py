"""The encodings: what they hold, what they refuse, and that streaming changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from converter import model
from converter.errors import UnsupportedError, UsageError
from converter.model import Weight
from converter.quantization.affine import Encoded, Rule, decode, encode, plan, unmatched

FLOATS = hnp.arrays(
    np.float32,
    hnp.array_shapes(max_dims=3, max_side=7),
    elements=st.floats(-(2.0**100), 2.0**100, width=32),
)


def stored(encoded: Encoded) -> np.ndarray:
    return np.concatenate([*encoded.chunks(), np.empty(0, encoded.dtype)])


def round_trip(array: np.ndarray, dtype: str) -> tuple[np.ndarray, Encoded]:
    encoded = encode(Weight.of("w", array), dtype)
    entry = encoded.entry
    return decode(stored(encoded), entry["quantization"], entry["dtype"]).reshape(array.shape), encoded


@given(FLOATS, st.sampled_from(["uint8", "uint16"]))
def test_values_come_back_within_half_a_step(array: np.ndarray, dtype: str) -> None:
    back, encoded = round_trip(array, dtype)
    assert encoded.grid is not None
    largest = float(np.abs(array).max())
    # Nudging moves the grid by up to half a step, and float32 rounds the result.
    tolerance = encoded.grid.scale * (1 if array.min() != array.max() else 0) + largest * 1e-6
    assert np.abs(back.astype(float) - array.astype(float)).max() <= tolerance


@given(FLOATS, st.sampled_from(["uint8", "uint16"]))
def test_zero_stays_zero_where_it_lies_in_the_range(array: np.ndarray, dtype: str) -> None:
    array.flat[0] = 0
    back, _ = round_trip(array, dtype)
    assert abs(float(back.flat[0])) <= float(np.abs(array).max()) * 1e-7


@given(FLOATS, st.sampled_from(["none", "float16", "uint8", "uint16"]), st.integers(1, 64))
def test_chunks_change_nothing(array: np.ndarray, dtype: str, chunk_bytes: int) -> None:
    array = np.clip(array, -6e4, 6e4)
    whole = encode(Weight.of("w", array), dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "CHUNK_BYTES", chunk_bytes)
        cut = encode(Weight.of("w", array), dtype)
        assert cut.entry == whole.entry
        assert stored(cut).tobytes() == stored(whole).tobytes()
    assert len(stored(whole).tobytes()) == whole.nbytes


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float16", "uint8", "uint16"])
def test_what_cannot_be_held_names_the_weight(value: float, dtype: str) -> None:
    array = np.linspace(-1, 1, 9, dtype="float32")
    array[5] = value
    with pytest.raises(UnsupportedError, match="body/kernel") as caught:
        stored(encode(Weight.of("body/kernel", array), dtype))
    assert "none:body/kernel" in caught.value.fix


def test_float16_overflow_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"70000.*float16"):
        stored(encode(Weight.of("w", np.float32([1, 70000])), "float16"))


def test_without_quantization_float32_holds_nan_and_infinity() -> None:
    array = np.float32([np.nan, np.inf, 1])
    assert stored(encode(Weight.of("w", array), "none")).tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("dtype", "value", "written"),
    [
        ("float64", 0.1, "float32"),
        ("int64", 2**31 - 1, "int32"),
        ("float16", 0.5, "float32"),
        ("bool", True, "bool"),
    ],
)
def test_types_that_browsers_lack_are_converted(dtype: str, value: object, written: str) -> None:
    encoded = encode(Weight.of("w", np.array([value], dtype)), "none")
    assert encoded.entry["dtype"] == written
    assert stored(encoded)[0] == np.array(value, written)


@pytest.mark.parametrize(("dtype", "value"), [("float64", 1e300), ("int64", 2**31)])
def test_values_too_large_for_the_browsers_type_are_refused(dtype: str, value: object) -> None:
    with pytest.raises(UnsupportedError, match="cannot hold"):
        stored(encode(Weight.of("w", np.array([value], dtype)), "none"))


@pytest.mark.parametrize("dtype", ["int8", "uint32", "V2", "S3"])
def test_types_without_a_counterpart_are_refused(dtype: str) -> None:
    with pytest.raises(UnsupportedError, match=r"TensorFlow\.js cannot hold"):
        encode(Weight.of("w", np.zeros(2, dtype)), "none")


@pytest.mark.parametrize("dtype", ["none", "float16", "uint8", "uint16"])
def test_big_endian_and_empty_weights(dtype: str) -> None:
    values = np.linspace(-2, 3, 8, dtype=">f4")
    same = encode(Weight.of("w", values.astype("<f4")), dtype)
    assert stored(encode(Weight.of("w", values), dtype)).tobytes() == stored(same).tobytes()
    assert encode(Weight.of("w", np.zeros((0, 3), "float32")), dtype).nbytes == 0


@given(FLOATS, st.sampled_from(["uint8", "uint16"]), st.booleans())
def test_indices_are_those_of_float64(array: np.ndarray, dtype: str, ties: bool) -> None:
    """The quick way through float32 must round as the official converter does, ties included."""
    if ties:
        array = np.round(np.clip(array, -1000, 1000) * 2) / 2
    encoded = encode(Weight.of("w", array), dtype)
    low, scale = encoded.grid.low, encoded.grid.scale
    wide = array.astype(np.float64)
    expected = np.round((wide.clip(low, encoded.grid.high) - low) / scale)
    assert np.array_equal(stored(encoded), expected.ravel())


def test_integers_are_not_quantized() -> None:
    encoded = encode(Weight.of("w", np.int32([1, 2])), "uint8")
    assert "quantization" not in encoded.entry


def test_rules_choose_by_pattern_and_fall_through() -> None:
    names = ["a/kernel", "a/bias", "b/kernel"]
    rules = [Rule.parse("uint8:*/kernel"), Rule.parse("float16"), Rule.parse("uint16:*/gamma")]
    assert plan(names, rules) == {"a/kernel": "uint8", "a/bias": "float16", "b/kernel": "uint8"}
    assert unmatched(names, rules) == ["*/gamma"]


@pytest.mark.parametrize("texts", [["uint8", "uint16"], ["uint8:a/*", "float16:*/kernel"]])
def test_rules_that_disagree_are_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError, match="both asked for"):
        plan(["a/kernel"], [Rule.parse(text) for text in texts])


def test_unknown_types_are_refused() -> None:
    with pytest.raises(UsageError, match="uint4"):
        Rule.parse("uint4")
