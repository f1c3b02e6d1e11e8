"""Pictures for the demo and the notebooks: a photograph to judge by, enlarged and laid out side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from converter.parity.runtimes import running

Floats = NDArray[np.float32]

BORDER = 4
"""Pixels along each edge that PSNR leaves out: there the models see padding."""

ZOOM = 2
MARGIN = 24
LABEL = 76
INK, GREY, PAPER = "#1b1b1b", "#6e6e6e", "#ffffff"


@dataclass(frozen=True)
class Pair:
    """A photograph, and what is left of it at a fraction of its size."""

    truth: Image.Image
    low: Image.Image

    def enlarged(self, method: Image.Resampling) -> Image.Image:
        """The small picture in the size of the large one, without any model."""
        return self.low.resize(self.truth.size, method)

    def psnr(self, picture: Image.Image) -> float:
        """Peak signal-to-noise ratio against the photograph in dB, of the 8-bit pixels that one sees."""
        gap = np.subtract(self.truth, picture, dtype=np.float64)[BORDER:-BORDER, BORDER:-BORDER]
        return 10 * math.log10(255**2 / np.mean(gap**2))


def photograph(name: str, left: int, top: int, side: int, scale: int = 2) -> Pair:
    """A square out of one of scikit-image's photographs, and the same reduced by ``scale``."""
    whole = Image.fromarray(getattr(data, name)())
    truth = whole.crop((left, top, left + side, top + side))
    return Pair(truth, truth.resize((side // scale, side // scale), Image.Resampling.BICUBIC))


def to_input(picture: Image.Image) -> Floats:
    """What the models take: one picture a batch, red, green and blue in 0..1."""
    return np.asarray(picture, np.float32)[np.newaxis] / 255


def to_picture(output: Floats) -> Image.Image:
    """What a screen can show of a model's output."""
    return Image.fromarray((output[0].clip(0, 1) * 255).round().astype(np.uint8))


def run_tensorflow_js(artifacts: Sequence[Path], array: Floats) -> list[Floats]:
    """What TensorFlow.js, in a Node process of its own, makes of ``array`` by each artifact.

    Raises:
        MissingRuntimeError: where there is no Node.
    """
    with running("wasm", print) as runner:
        return [runner.run(artifact, [array], _layers(artifact))[0] for artifact in artifacts]


def _layers(artifact: Path) -> Path | None:
    """The custom layers beside a model, where it has any."""
    script = artifact / "custom_layers.js"
    return script if script.is_file() else None


@dataclass(frozen=True)
class Panel:
    """One of the pictures on a sheet."""

    label: str
    note: str
    picture: Image.Image


def sheet(panels: Sequence[Panel]) -> Image.Image:
    """The panels in a row, each pixel enlarged, with their labels below."""
    width, height = (side * ZOOM for side in panels[0].picture.size)
    size = (MARGIN + len(panels) * (width + MARGIN), MARGIN + height + LABEL)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for index, panel in enumerate(panels):
        left = box_of(index, panels)[0]
        image.paste(panel.picture.resize((width, height), Image.Resampling.NEAREST), (left, MARGIN))
        below = MARGIN + height + 12
        draw.text((left, below), panel.label, INK, ImageFont.load_default(22))
        draw.text((left, below + 30), panel.note, GREY, ImageFont.load_default(17))
    return image


def box_of(index: int, panels: Sequence[Panel]) -> tuple[int, int, int, int]:
    """Where on the sheet a panel's picture stands: left, top, right, bottom."""
    width, height = (side * ZOOM for side in panels[0].picture.size)
    left = MARGIN + index * (width + MARGIN)
    return left, MARGIN, left + width, MARGIN + height
