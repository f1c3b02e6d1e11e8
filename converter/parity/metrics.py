"""How far two outputs lie apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from converter.model import Array

SSIM_WINDOW = 7


@dataclass(frozen=True)
class Difference:
    """Two outputs compared.

    Attributes:
        max_abs: the largest absolute difference, in the output's own units; infinite when shapes
            differ or only one is a number.
        psnr: peak signal-to-noise ratio in dB, infinite for equal outputs.
        ssim: structural similarity (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861),
            for pictures that are large enough.
    """

    max_abs: float
    psnr: float
    ssim: float | None = None


def max_abs(original: Array, other: Array) -> float:
    """The largest absolute difference; places where both are NaN, or the same infinity, are equal."""
    if original.shape != other.shape:
        return math.inf
    if not original.size:
        return 0.0
    a, b = original.astype(np.float64), other.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(a - b))
    return float(np.nan_to_num(gap, nan=math.inf, posinf=math.inf).max())


def psnr(original: Array, other: Array, peak: float) -> float:
    """``10 log10(peak² / mean squared error)`` in dB."""
    error = float(np.mean((original.astype(np.float64) - other.astype(np.float64)) ** 2))
    if error == 0:
        return math.inf
    return 10 * math.log10(peak**2 / error) if math.isfinite(error) else -math.inf


def difference(original: Array, other: Array, peak: float, *, picture: bool) -> Difference:
    """All figures for one output; ``peak`` is the width of the range of values."""
    gap = max_abs(original, other)
    if not math.isfinite(gap):
        return Difference(gap, -math.inf)
    ssim = None
    # Imported late: Keras and TensorFlow.js are started before scikit-image has loaded.
    from skimage.metrics import structural_similarity

    if picture and original.ndim == 4 and min(original.shape[1:3]) >= SSIM_WINDOW:
        ssim = float(
            np.mean(
                [
                    structural_similarity(a, b, data_range=peak, channel_axis=-1, win_size=SSIM_WINDOW)
                    for a, b in zip(original, other, strict=True)
                ]
            )
        )
    return Difference(gap, psnr(original, other, peak), ssim)
