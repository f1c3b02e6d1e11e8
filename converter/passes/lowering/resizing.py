"""Resizing and enlarging by interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from converter.layers.configuration import integer
from converter.layers.grid import channels_first
from converter.layers.semantics.value import DATA_FORMAT, FLAG, INTEGER, NUMBER, one_of
from converter.model import Array
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, check_keys
from converter.passes.lowering.spatial import (
    by_matrix,
    first_of,
    in_channels_last,
    known_sizes,
    needs_custom,
    numbers,
)

_METHODS = ("area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest")
_LAST = {"data_format": "channels_last"}
_INTERPOLATION = one_of(*_METHODS, instead="no Keras has such an interpolation")
_RESIZING: dict[str, Any] = {
    "height": INTEGER,
    "width": INTEGER,
    "interpolation": _INTERPOLATION,
    "crop_to_aspect_ratio": FLAG,
    "pad_to_aspect_ratio": FLAG,
    "fill_mode": one_of("constant", instead="Keras itself has no other than 'constant'"),
    "fill_value": NUMBER,
    "antialias": FLAG,
    "data_format": DATA_FORMAT,
}
_CROP: dict[str, Any] = {"height": INTEGER, "width": INTEGER, "data_format": DATA_FORMAT}


def _enlarge(site: Site) -> Lowered | None:
    """``UpSampling2D``, which TensorFlow.js interpolates at other places."""
    method = site.config.get("interpolation")
    factors = numbers(site.config, "size", 2, 2)
    if method in (None, "nearest"):
        return None
    part = site.part()
    x = part.inputs[0]
    why = "TensorFlow.js interpolates at other places, and in two ways alone"
    check_keys(site, {"size": one_of(site.config.get("size")), **_RESIZING})
    if factors == [1, 1] and method in _ANCHORED:
        return part.done(part.add("Activation", x, {"activation": "linear"}), why=why)
    if site.custom_layers:
        return part.done(part.add("KerasResizing", x, {"scale": factors, "interpolation": method}), why=why)
    if method != "bilinear":
        needs_custom(site, f"its interpolation {method}")
    x = part.add("UpSampling2D", x, {"size": factors, "interpolation": "nearest", **_LAST})
    for axis, factor in enumerate(factors):
        x = _smoothed(part, x, axis, factor)
    return part.done(x, why=why)


_ANCHORED = ("area", "bicubic", "bilinear", "lanczos3", "lanczos5")
"""What gives the values themselves where the size stays."""


def _smoothed(part: Part, x: Tensor, axis: int, factor: int) -> Tensor:
    """Linear between what nearest neighbours gave: a box as wide as the factor moves over them.

    An even box has no middle, so that two odd ones share its place.
    """
    if factor == 1:
        return x

    def box(width: int, scale: float) -> Tensor:
        pool = [1, 1]
        pool[axis] = width
        config = {"pool_size": pool, "strides": [1, 1], "padding": "same", **_LAST}
        mean = part.add("AveragePooling2D", x, config) if width > 1 else x
        return mean if scale == 1 else part.add("Rescaling", mean, {"scale": scale, "offset": 0.0})

    if factor % 2:
        return box(factor, 1.0)
    wider, narrower = ((factor + step) / (2 * factor) for step in (1, -1))
    return part.add("Add", (box(factor + 1, wider), box(factor - 1, narrower)))


def _needs_pictures(site: Site) -> None:
    if site.rank() != 4:
        site.refuse(
            "it takes single pictures without a batch.",
            "Give it a batch of pictures, and save the model again.",
        )


def _resize(site: Site) -> Lowered:
    _needs_pictures(site)
    config = site.config
    size = [integer(config, "height"), integer(config, "width")]
    method = config.get("interpolation", "bilinear")
    sizes = known_sizes(site.shape, 4)[:2]
    part = site.part()
    why = "TensorFlow.js declares a wrong shape for it and fails when it is run"
    kept = {
        key: bool(config.get(key)) for key in ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    }
    if site.custom_layers:
        own = {
            "size": size,
            "interpolation": method,
            "fill_value": config.get("fill_value") or 0.0,
            # Keras 3 gives whole numbers for whole numbers.
            "round_integers": site.keras == 3,
            **kept,
        }
        return part.done(part.add("KerasResizing", part.inputs[0], own), why=why)
    if any(kept.values()) or method not in _MATRICES or None in sizes:
        needs_custom(site, "what it does, or its unknown input size,")
    if site.keras == 3 and method != "nearest":
        needs_custom(site, "that it rounds where its input is of whole numbers")
    x = part.inputs[0]
    for axis, (own_size, wanted) in enumerate(zip(sizes, size, strict=True), 1):
        if own_size is not None and own_size != wanted:
            x = by_matrix(part, x, axis, _MATRICES[method](own_size, wanted))
    return part.done(part.add("Activation", x, {"activation": "linear"}), why=why)


def _nearest(size: int, wanted: int) -> Array:
    """Which value is the nearest, as TensorFlow finds it in single precision."""
    scale = np.float32(size) / np.float32(wanted)
    places = np.floor((np.arange(wanted, dtype=np.float32) + np.float32(0.5)) * scale).astype(int)
    return np.eye(size, dtype=np.float32)[:, np.minimum(places, size - 1)]


def _bilinear(size: int, wanted: int) -> Array:
    places = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
    weights = 1 - np.abs(np.arange(size)[:, None] - places[None])
    return np.asarray(np.maximum(weights, 0), np.float32)


_MATRICES = {"bilinear": _bilinear, "nearest": _nearest}


def _center(site: Site) -> Lowered:
    _needs_pictures(site)
    size = [integer(site.config, "height"), integer(site.config, "width")]
    sizes = known_sizes(site.shape, 4)[:2]
    part = site.part()
    x = part.inputs[0]
    why = "TensorFlow.js changes the shape of its input to that of its output, and resamples"
    spare = [None if own is None else own - wanted for own, wanted in zip(sizes, size, strict=True)]
    known = [each for each in spare if each is not None and each >= 0]
    if len(known) == 2:
        ends = [[each // 2, each - each // 2] for each in known]
        return part.done(part.add("Cropping2D", x, {"cropping": ends, **_LAST}), why=why)
    needs_custom(site, "an input that may be smaller than its output")
    config = {"size": size, "interpolation": "bilinear", "center_crop": True}
    return part.done(part.add("KerasResizing", x, config), why=why)


def _enlarge_first(site: Site) -> Lowered | None:
    """TensorFlow.js does put the channels first, for the one method that it has right."""
    if site.config.get("interpolation") in (None, "nearest") or not channels_first(site.config):
        return None
    return in_channels_last(2)(site)


LOWERINGS: dict[str, Lowering] = {
    "CenterCrop": Lowering(first_of(in_channels_last(2), _center), _CROP),
    "Resizing": Lowering(first_of(in_channels_last(2), _resize), _RESIZING),
    "UpSampling2D": Lowering(first_of(_enlarge_first, _enlarge)),
}
"""By class name."""
