"""The inputs of a proof: seeded noise, a ramp, natural pictures, and odd sizes where the size is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from converter.contract import Contract, Input
from converter.errors import UsageError
from converter.model import Array

SEED = 20170721
FREE_SIZE = 48
"""Height and width of a sample where the model leaves them free, in pixels."""
FREE_LENGTH = 12
ODD = (37, 29)
"""Height and width that no power of two divides, for models that round sizes."""

PICTURES = {
    # name: (top, left) of a crop with edges, texture and smooth parts
    "astronaut": (80, 190),
    "chelsea": (90, 110),
    "coffee": (90, 250),
}
"""Photographs that scikit-image's own wheel holds."""

Kind = Literal["noise", "ramp", "picture"]


Outputs = list[Array] | str
"""What a model gave for a sample, or why it gave nothing."""


@dataclass(frozen=True)
class Sample:
    """One set of inputs, an array for each input of the model."""

    name: str
    kind: Kind
    arrays: tuple[Array, ...]


def make_samples(contract: Contract, images: Path | None = None) -> list[Sample]:
    """The samples for a model, the same ones for the same contract.

    Args:
        contract: shapes, types and range.
        images: a folder of pictures to take in place of the built-in ones.

    Raises:
        UsageError: when the folder holds no picture.
    """
    return list(_samples(contract, images))


def _samples(contract: Contract, images: Path | None) -> Iterator[Sample]:
    low, high = contract.input_range
    rng = np.random.default_rng(SEED)
    sizes: list[tuple[str, tuple[int, int]]] = [("", (FREE_SIZE // 2, FREE_SIZE // 2))]
    if any(None in each.shape[1:] for each in contract.inputs):
        sizes.append((" odd", ODD))
    for label, size in sizes:
        arrays = tuple(_noise(each, _shape(each, size), low, high, rng) for each in contract.inputs)
        yield Sample(f"noise{label}", "noise", arrays)
    ramps = tuple(_ramp(each, _shape(each, sizes[0][1]), low, high) for each in contract.inputs)
    yield Sample("ramp", "ramp", ramps)
    if not contract.inputs or not all(each.is_image for each in contract.inputs):
        return
    for name, picture in _pictures(images):
        arrays = tuple(
            (
                _crop(picture, name, _shape(each, (FREE_SIZE, FREE_SIZE))) * np.float32(high - low)
                + np.float32(low)
            ).astype(_dtype(each), copy=False)
            for each in contract.inputs
        )
        yield Sample(name, "picture", arrays)


def _shape(each: Input, size: tuple[int, int]) -> tuple[int, ...]:
    """A shape with the free dimensions filled in; one sample a batch unless the batch is fixed."""
    batch, *rest = each.shape or (None,)
    free = iter(size if len(rest) == 3 else (FREE_LENGTH, FREE_LENGTH - 5, 6, 5))
    return (batch or 1, *(dimension or next(free, 1) for dimension in rest))


def _noise(each: Input, shape: tuple[int, ...], low: float, high: float, rng: np.random.Generator) -> Array:
    if each.vocabulary is not None:
        return rng.integers(0, each.vocabulary, shape).astype(_dtype(each))
    values = rng.uniform(low, high, shape)
    return _cast(values, each)


def _ramp(each: Input, shape: tuple[int, ...], low: float, high: float) -> Array:
    count = int(np.prod(shape))
    if each.vocabulary is not None:
        return (np.arange(count) % each.vocabulary).reshape(shape).astype(_dtype(each))
    return _cast(np.linspace(low, high, count).reshape(shape), each)


def _cast(values: Array, each: Input) -> Array:
    dtype = _dtype(each)
    if dtype == "int32" and float(np.ptp(values)) <= 1:
        # Whole numbers between 0 and 1 would say nothing: bytes are what most of such models take.
        values = np.interp(values, (values.min(), values.max()), (0, 255))
    return values > values.mean() if dtype == "bool" else values.astype(dtype)


def _dtype(each: Input) -> str:
    return "int32" if "int" in each.dtype else "bool" if each.dtype == "bool" else "float32"


def _pictures(images: Path | None) -> Iterator[tuple[str, Array]]:
    """Pictures as float32 in 0..1, height by width by 3."""
    if images is None:
        from skimage import data

        for name in PICTURES:
            yield name, np.asarray(getattr(data, name)(), np.float32) / 255
        return
    from PIL import Image, UnidentifiedImageError

    found = False
    for path in sorted(images.iterdir()) if images.is_dir() else []:
        try:
            with Image.open(path) as picture:
                yield path.name, np.asarray(picture.convert("RGB"), np.float32) / 255
        except (UnidentifiedImageError, OSError):
            continue
        found = True
    if not found:
        raise UsageError(
            "no-images", f"--images {images}", "the folder holds no picture.", "Name a folder of them."
        )


def _crop(picture: Array, name: str, shape: tuple[int, ...]) -> Array:
    """A crop in the asked shape; pictures that are too small for it are enlarged first."""
    batch, height, width, channels = shape
    scale = max(height / picture.shape[0], width / picture.shape[1])
    if scale > 1:
        from skimage.transform import resize

        enlarged = tuple(int(np.ceil(side * scale)) for side in picture.shape[:2])
        picture = resize(picture, enlarged, order=1).astype(np.float32)
    top, left = PICTURES.get(name, (picture.shape[0] // 3, picture.shape[1] // 3))
    top, left = min(top, picture.shape[0] - height), min(left, picture.shape[1] - width)
    crop = picture[top : top + height, left : left + width]
    if channels == 1:
        crop = crop @ np.array([[0.299], [0.587], [0.114]], np.float32)
    elif channels == 4:
        crop = np.concatenate([crop, np.ones_like(crop[..., :1])], axis=-1)
    return np.broadcast_to(crop, (batch, *crop.shape)).astype(np.float32)
