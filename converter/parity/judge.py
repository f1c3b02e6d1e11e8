"""Outputs held against the original's, by two measures that are never mixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import numpy as np

from converter.contract import IMAGE_CHANNELS, Contract
from converter.errors import ParityError
from converter.model import Array
from converter.parity.metrics import Difference, difference
from converter.parity.samples import Outputs, Sample

CONVERSION_TOLERANCE = 1e-4
"""The largest difference that conversion may make, as a part of the range of the outputs."""

DEFAULT_MIN_PSNR = 30.0
"""The least quality of a quantized artifact, in dB, where nobody asks for another."""

IN_RANGE = 0.9
"""Outputs are pictures when this part of their values lies in the range of the inputs."""


@dataclass(frozen=True)
class _Row:
    """One output for one sample, compared."""

    sample: Sample
    output: int
    shape: list[int]
    figures: Difference
    scale: float

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "sample": self.sample.name,
            "kind": self.sample.kind,
            "output": self.output,
            "shape": self.shape,
            **asdict(self.figures),
        }


@dataclass(frozen=True)
class Judge:
    """The original's outputs, and by which measure others are held against them.

    Attributes:
        samples: those that the original could run.
        originals: its outputs for each.
        kept: their positions among all samples.
        scales: the range of each output, which tolerances refer to.
        pictures: whether the outputs are pictures in the range of the inputs.
        skipped: the samples that the original refused, and why.
    """

    samples: list[Sample]
    originals: list[list[Array]]
    kept: list[int]
    contract: Contract
    scales: list[float]
    pictures: bool
    skipped: list[dict[str, str]]

    @classmethod
    def of(cls, samples: Sequence[Sample], ran: Sequence[Outputs], contract: Contract) -> Judge:
        """A judge over what the original gave for each sample.

        Raises:
            ParityError: when it gave nothing for any.
        """
        kept = [index for index, outputs in enumerate(ran) if not isinstance(outputs, str)]
        skipped = [
            {"sample": sample.name, "error": outputs}
            for sample, outputs in zip(samples, ran, strict=True)
            if isinstance(outputs, str)
        ]
        if not kept:
            raise ParityError(
                "reference-failed",
                "the original model",
                f"it could be run on no sample: {skipped[0]['error']}",
                "Check the model in Python, or convert without proof by --no-verify.",
            )
        originals = [outputs for outputs in ran if not isinstance(outputs, str)]
        scales = [_scale(arrays) for arrays in zip(*originals, strict=True)]
        pictures = _are_pictures(originals, contract)
        return cls([samples[index] for index in kept], originals, kept, contract, scales, pictures, skipped)

    def conversion(self, ran: Sequence[Outputs]) -> dict[str, Any]:
        """The record of an artifact whose weights are the original's: only float noise passes."""
        rows, failed = self._compare(ran, _as_is)
        passed = not failed and all(row.figures.max_abs <= CONVERSION_TOLERANCE * row.scale for row in rows)
        return {
            "passed": passed,
            "tolerance": CONVERSION_TOLERANCE,
            "output_scales": self.scales,
            **_summary(rows),
            "failed": failed,
        }

    def of_own_precision(self, ran: Sequence[Outputs]) -> dict[str, Any]:
        """The record of the original as it is, where its weights computed in float32 are what is compared."""
        rows, failed = self._compare(ran, _as_is)
        parts = [row.figures.max_abs / row.scale for row in rows]
        return {"worst": _summary(rows)["worst"], "worst_part": max(parts, default=None), "failed": failed}

    def quantization(self, ran: Sequence[Outputs], min_psnr: float) -> dict[str, Any]:
        """The record of a quantized artifact: every picture (or sample) must reach ``min_psnr`` dB."""
        low, high = self.contract.input_range
        rows, failed = self._compare(
            ran, (lambda array: np.clip(array, low, high)) if self.pictures else _as_is
        )
        # What people look at decides over quality; noise and ramps do where there are no pictures.
        judged = [row for row in rows if row.sample.kind == "picture"] if self.pictures else rows
        passed = not failed and all(row.figures.psnr >= min_psnr for row in judged)
        return {"passed": passed, "min_psnr": min_psnr, **_summary(rows, judged), "failed": failed}

    def _compare(
        self, ran: Sequence[Outputs], view: Callable[[Array], Array]
    ) -> tuple[list[_Row], list[dict[str, str]]]:
        rows: list[_Row] = []
        failed: list[dict[str, str]] = []
        low, high = self.contract.input_range
        for sample, original, index in zip(self.samples, self.originals, self.kept, strict=True):
            outputs = ran[index]
            if isinstance(outputs, str) or len(outputs) != len(original):
                error = (
                    outputs if isinstance(outputs, str) else f"{len(outputs)} outputs, not {len(original)}"
                )
                failed.append({"sample": sample.name, "error": error})
                continue
            for output, (a, b, scale) in enumerate(zip(original, outputs, self.scales, strict=True)):
                peak = high - low if self.pictures else scale
                figures = difference(view(a), view(b), peak, picture=self.pictures)
                rows.append(_Row(sample, output, list(a.shape), figures, scale))
        return rows, failed


def _as_is(array: Array) -> Array:
    return array


def _scale(arrays: Sequence[Array]) -> float:
    finite = np.concatenate([a[np.isfinite(a)].astype(np.float64) for a in arrays])
    if not finite.size:
        return 1.0
    low, high = float(finite.min()), float(finite.max())
    return max(high - low, abs(low), abs(high)) or 1.0


def _are_pictures(originals: list[list[Array]], contract: Contract) -> bool:
    if not contract.inputs or not all(each.is_image for each in contract.inputs):
        return False
    low, high = contract.input_range
    arrays = [array for outputs in originals for array in outputs]
    shaped = all(array.ndim == 4 and array.shape[3] in IMAGE_CHANNELS for array in arrays)
    return shaped and float(np.mean([np.mean((a >= low) & (a <= high)) for a in arrays])) >= IN_RANGE


def _summary(rows: list[_Row], judged: list[_Row] | None = None) -> dict[str, Any]:
    """Worst and mean over the judged rows, and every row."""
    decisive = [row.figures for row in (rows if judged is None else judged)]
    return {
        "worst": _figures(decisive, max, min),
        "mean": _figures(decisive, _mean, _mean),
        "samples": [row.record() for row in rows],
    }


def _mean(values: list[float]) -> float:
    """One output that cannot be compared outweighs any number that are equal."""
    return -math.inf if -math.inf in values else fmean(values)


def _figures(
    rows: list[Difference], large: Callable[[list[float]], float], small: Callable[[list[float]], float]
) -> dict[str, float | None]:
    """``large`` of the errors and ``small`` of the qualities."""
    ssims = [row.ssim for row in rows if row.ssim is not None]
    return {
        "max_abs": large([row.max_abs for row in rows]) if rows else None,
        "psnr": small([row.psnr for row in rows]) if rows else None,
        "ssim": small(ssims) if ssims else None,
    }
