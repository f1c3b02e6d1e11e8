"""The judge: what passes, what does not, and by which outputs."""

from __future__ import annotations

import numpy as np
import pytest

from converter.contract import Contract, Input
from converter.errors import ParityError
from converter.parity.judge import Judge
from converter.parity.metrics import max_abs, psnr
from converter.parity.samples import Sample

PICTURE = Contract((Input("in", (None, None, None, 3), "float32"),), (0.0, 1.0), range_assumed=False)
VECTOR = Contract((Input("in", (None, 4), "float32"),), (0.0, 1.0), range_assumed=True)


def samples(*kinds: str) -> list[Sample]:
    return [Sample(f"{kind} {index}", kind, ()) for index, kind in enumerate(kinds)]


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.1, 0.9, (1, 12, 12, 3)).astype("float32")


def test_equal_outputs_pass_both_parts() -> None:
    outputs = [[picture(1)], [picture(2)]]
    judge = Judge.of(samples("noise", "picture"), outputs, PICTURE)
    assert judge.pictures
    assert judge.conversion(outputs)["passed"]
    quantization = judge.quantization(outputs, 200)
    assert quantization["passed"]
    assert quantization["worst"]["ssim"] == 1


def test_conversion_allows_float_noise_only() -> None:
    outputs = [[np.float32([[0, 2, 5, 10]])]]
    judge = Judge.of(samples("noise"), outputs, VECTOR)
    assert judge.conversion([[outputs[0][0] + np.float32(0.0009)]])["passed"]
    assert not judge.conversion([[outputs[0][0] + np.float32(0.0011)]])["passed"]


def test_each_output_has_its_own_tolerance() -> None:
    large, small = np.float32([[0, 1000]]), np.float32([[0, 0.001]])
    judge = Judge.of(samples("noise"), [[large, small]], VECTOR)
    assert not judge.conversion([[large, small + np.float32(0.0005)]])["passed"]


@pytest.mark.parametrize(
    "wrong",
    [
        [np.zeros((1, 5), "float32")],
        [np.full((1, 4), np.nan, "float32")],
        [],
        "TensorFlow.js failed to load: Unknown layer",
    ],
)
def test_other_shapes_missing_outputs_and_nan_fail(wrong: object) -> None:
    outputs = [[np.float32([[0, 1, 2, 3]])]]
    judge = Judge.of(samples("noise"), outputs, VECTOR)
    assert not judge.conversion([wrong])["passed"]
    assert not judge.quantization([wrong], 0)["passed"]


def test_pictures_decide_over_quality_and_are_clipped_to_their_range() -> None:
    outputs = [[picture(1)], [picture(2)]]
    judge = Judge.of(samples("noise", "picture"), outputs, PICTURE)
    noisy = [[outputs[0][0] + np.float32(0.3)], [outputs[1][0] + np.float32(0.001)]]
    quantization = judge.quantization(noisy, 50)
    assert quantization["passed"]
    assert quantization["worst"]["psnr"] == pytest.approx(60, abs=0.1)
    assert not judge.quantization([noisy[0], noisy[0]], 50)["passed"]
    beyond = [[np.where(array > 0.5, array, 0).astype("float32")] for (array,) in outputs]
    below = [[np.where(array > 0.5, array, -9).astype("float32")] for (array,) in outputs]
    figures = [judge.quantization(ran, 0)["mean"]["psnr"] for ran in (beyond, below)]
    assert figures[0] == figures[1]


def test_samples_that_the_original_refuses_are_left_out() -> None:
    judge = Judge.of(samples("noise", "ramp"), [[picture(1)], "odd sizes do not fit"], PICTURE)
    assert judge.skipped == [{"sample": "ramp 1", "error": "odd sizes do not fit"}]
    assert judge.conversion([[picture(1)], "TensorFlow.js refuses it, too"])["passed"]


def test_an_original_that_runs_on_nothing_proves_nothing() -> None:
    with pytest.raises(ParityError, match="no sample"):
        Judge.of(samples("noise"), ["it is broken"], PICTURE)


def test_metrics() -> None:
    a = np.zeros((2, 2), "float32")
    assert psnr(a, a + np.float32(0.1), 1.0) == pytest.approx(20)
    assert psnr(a, a, 1.0) == np.inf
    assert max_abs(a, a - np.float32(0.25)) == 0.25
    assert max_abs(a, np.full((2, 2), np.inf, "float32")) == np.inf
    assert max_abs(np.float32([np.nan, np.inf]), np.float32([np.nan, np.inf])) == 0
