"""Padding, cropping and enlarging of other ranks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from converter.layers.grid import channels_first
from converter.layers.reshaping import margins
from converter.layers.semantics.value import DATA_FORMAT, INTEGERS, INTEGERS_OR_NULL
from converter.model import Config, Model
from converter.passes.lowering.base import Lowered, Lowering, Site, check_keys
from converter.passes.lowering.spatial import along, needs_custom, numbers, options

_WHY = "TensorFlow.js has it for two dimensions and known sizes alone"
_LAST = {"data_format": "channels_last"}

Ends = tuple[int, int]
T = TypeVar("T")


def _axes(site: Site, items: list[T]) -> list[T | None]:
    """What happens along the spatial axes, for all axes but the batch."""
    return [None, *items] if channels_first(site.config) else [*items, None]


def _ends(key: str, dimensions: int, sign: int) -> Callable[[Site], Lowered | None]:
    """Padding, or cropping where ``sign`` is -1."""

    def make(rows: Ends, columns: Ends) -> tuple[str, Config]:
        class_name = "ZeroPadding2D" if sign == 1 else "Cropping2D"
        return class_name, {key: [list(rows), list(columns)], **_LAST}

    def lower(site: Site) -> Lowered | None:
        ends = _axes(site, margins(site.config, key, dimensions))
        part = site.part()
        # A crop of TensorFlow.js makes a negative number of a size that is not known.
        misled = sign == -1 and site.custom_layers and site.static() is None
        x = None if misled else along(part, part.inputs[0], ends, (0, 0), make)
        if x is None:
            needs_custom(site, "its input is not known in size, and so it")
            part = site.part()
            pairs = [[sign * end for end in pair or (0, 0)] for pair in ends]
            x = part.add("KerasMargins", part.inputs[0], {"padding": pairs, "value": 0})
        return part.done(x, why=_WHY)

    return lower


def _enlarge(dimensions: int) -> Callable[[Site], Lowered | None]:
    def make(rows: int, columns: int) -> tuple[str, Config]:
        return "UpSampling2D", {"size": [rows, columns], "interpolation": "nearest", **_LAST}

    def lower(site: Site) -> Lowered | None:
        factors = _axes(site, numbers(site.config, "size", dimensions, 2))
        part = site.part()
        x = along(part, part.inputs[0], factors, 1, make)
        if x is None:
            needs_custom(site, "its input is not known in size, and so it")
            part = site.part()
            x = part.add("KerasEnlarge", part.inputs[0], {"repeats": [factor or 1 for factor in factors]})
        return part.done(x, why=_WHY)

    return lower


def _crop_2d(site: Site) -> Lowered | None:
    sizes = site.shape
    if sizes is not None and None in sizes[1:] and site.custom_layers and _is_misled(site.graph):
        check_keys(site, {"cropping": INTEGERS, "data_format": DATA_FORMAT})
        return _CROP_2D(site)
    if site.config.get("data_format") is not None:
        return None
    part = site.part()
    x = part.add("Cropping2D", part.inputs[0], options(site, **_LAST))
    return part.done(x, why="TensorFlow.js takes a missing data_format for channels_first")


def _is_misled(graph: Model | None) -> bool:
    """Whether a negative size would be compared with another, as sequential models and Concatenate do."""
    return (
        graph is None
        or graph.kind == "sequential"
        or any(layer.class_name == "Concatenate" for layer in graph.layers)
    )


_CROP_2D = _ends("cropping", 2, -1)

LOWERINGS: dict[str, Lowering] = {
    "Cropping1D": Lowering(_ends("cropping", 1, -1), {"cropping": INTEGERS}),
    "Cropping2D": Lowering(_crop_2d),
    "Cropping3D": Lowering(_ends("cropping", 3, -1), {"cropping": INTEGERS, "data_format": DATA_FORMAT}),
    "UpSampling1D": Lowering(_enlarge(1), {"size": INTEGERS_OR_NULL}),
    "UpSampling3D": Lowering(_enlarge(3), {"size": INTEGERS_OR_NULL, "data_format": DATA_FORMAT}),
    "ZeroPadding1D": Lowering(_ends("padding", 1, 1), {"padding": INTEGERS, "data_format": DATA_FORMAT}),
    "ZeroPadding3D": Lowering(_ends("padding", 3, 1), {"padding": INTEGERS, "data_format": DATA_FORMAT}),
}
"""By class name."""
