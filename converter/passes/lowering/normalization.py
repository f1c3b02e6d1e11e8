"""Normalizations: those that TensorFlow.js lacks, and along axes or at ranks that it gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from converter.layers.configuration import axes, listed
from converter.layers.semantics.value import (
    FLAG,
    INERT,
    INTEGER,
    INTEGERS,
    INTEGERS_OR_NULL,
    NUMBER,
    NUMBERS_OR_NULL,
    OBJECT,
)
from converter.model import Array, Shape, Weight
from converter.passes.lowering.along_axes import ALLOW, KEYS, affine, axes_of, has, sizes_along
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, derived

MOST_NUMBERS = 4096
"""How many numbers a Rescaling may hold in its configuration; more are weights."""


def _layer(site: Site) -> Lowered | None:
    rank, found = site.rank(), axes_of(site)
    scaling = bool(site.config.get("rms_scaling"))
    if not scaling and (rank is None or rank <= 4):
        return None
    if found is None or rank is None:
        return None
    named = [axis % rank for axis in axes(site.config, "axis", (-1,))]
    if named != sorted(named):
        site.refuse(
            "its axes are not in ascending order, so that its weights lie otherwise.",
            "Name the axes from the front in ascending order, and save the model again.",
        )
    options = {"scale": scaling or has(site, "scale"), "center": has(site, "center") and not scaling}
    epsilon = site.config.get("epsilon", 1e-3) or 0.0
    if scaling:
        return _scaling(site, "variance", found, epsilon, "TensorFlow.js has no rms_scaling", **options)
    why = f"TensorFlow.js normalizes at most 4 dimensions, not {rank}"
    if site.custom_layers:
        return _scaling(site, "layer", found, epsilon, why, **options)
    shape = site.shape or ()
    if found != tuple(range(rank - len(found), rank)) or None in shape[1:]:
        site.refuse("it normalizes along axes that are not the last of 5 or more.", ALLOW)
    part = site.part()
    size = int(np.prod([each or 1 for each in shape[-len(found) :]]))
    x = part.add("Reshape", part.inputs[0], {"target_shape": [-1, size]})
    config = {"axis": -1, "epsilon": epsilon, "scale": options["scale"], "center": options["center"]}
    flat = {name: derived(each, (size,), lambda array: array) for name, each in site.weights().items()}
    x = part.add("LayerNormalization", x, config, weights=flat)
    return part.done(part.add("Reshape", x, {"target_shape": list(shape[1:])}), why=why)


def _scaling(
    site: Site,
    kind: str,
    found: tuple[int, ...],
    epsilon: float,
    why: str,
    *,
    scale: bool = False,
    center: bool = False,
) -> Lowered:
    if not site.custom_layers:
        site.refuse(f"{why}, and the custom layer for it is ruled out.", ALLOW)
    part = site.part()
    options = {"kind": kind, "axes": list(found), "epsilon": epsilon, "scale": scale, "center": center}
    names = [name for name, wanted in (("gamma", scale), ("beta", center)) if wanted]
    weights = dict(zip(names, site.weights().values(), strict=True))
    return part.done(part.add("KerasScaling", part.inputs[0], options, weights=weights), why=why)


_LACKS = "TensorFlow.js normalizes batches and layers only"


def _rms(site: Site) -> Lowered | None:
    found = axes_of(site)
    if found is None:
        return None
    epsilon = site.config.get("epsilon", 1e-6) or 0.0
    rank = site.rank() or 0
    if site.custom_layers and found == tuple(range(rank - len(found), rank)):
        return _scaling(site, "rms", found, epsilon, _LACKS, scale=True)
    part = site.part()
    if site.custom_layers:
        options = {"kind": "rms", "axes": list(found), "epsilon": epsilon, "scale": False, "center": False}
        x = part.add("KerasScaling", part.inputs[0], options)
    else:
        x = _symmetric(site, part, found, epsilon)
    gamma = site.weight("scale")
    if gamma is not None:
        # Whatever its axes are, Keras multiplies by it as it is, along the last axes.
        x = part.add("Rescaling", x, {"scale": gamma.array().tolist(), "offset": 0.0})
    return part.done(x, why=_LACKS)


def _unit(site: Site) -> Lowered | None:
    found = axes_of(site)
    if found is None:
        return None
    # Keras 2 bounds the square of the length from below, Keras 3 the length.
    epsilon = 1e-12 if site.keras == 2 else 1e-24
    if site.custom_layers:
        return _scaling(site, "unit", found, epsilon, _LACKS)
    part = site.part()
    x = _symmetric(site, part, found, epsilon)
    size = (site.static() or (1,))[-1]
    return part.done(part.add("Rescaling", x, {"scale": size**-0.5, "offset": 0.0}), why=_LACKS)


def _symmetric(site: Site, part: Part, found: tuple[int, ...], epsilon: float) -> Tensor:
    """The input over the root of its mean square: x and -x together have the mean 0."""
    sizes = site.static()
    if sizes is None or found != (len(sizes),) or len(sizes) > 3:
        site.refuse("it takes a custom layer along these axes.", ALLOW)
    x = part.inputs[0]
    both = part.add(
        "Concatenate", (x, part.add("Rescaling", x, {"scale": -1.0, "offset": 0.0})), {"axis": -1}
    )
    config = {"axis": -1, "epsilon": epsilon, "scale": False, "center": False}
    both = part.add("LayerNormalization", both, config)
    size = sizes[-1]
    rows = int(np.prod(sizes[:-1]))
    wide = part.add("Reshape", both, {"target_shape": [rows, 2 * size, 1]})
    crop = {"cropping": [[0, 0], [0, size]], "data_format": "channels_last"}
    return part.add("Reshape", part.add("Cropping2D", wide, crop), {"target_shape": list(sizes)})


def _group(site: Site) -> Lowered | None:
    if site.custom_layers:
        return None  # the layer library has it
    sizes, found = site.static(), axes_of(site)
    if sizes is None or found != (len(sizes),):
        site.refuse("it normalizes groups of another axis than the last, or of unknown size.", ALLOW)
    groups = int(site.config.get("groups", 32))
    channels = sizes[-1]
    groups = channels if groups == -1 else groups
    part = site.part()
    pixels = int(np.prod(sizes[:-1]))
    x = part.add("Reshape", part.inputs[0], {"target_shape": [pixels, groups, channels // groups]})
    config = {"axis": [1, 3], "epsilon": site.config.get("epsilon", 1e-3), "scale": False, "center": False}
    x = part.add("Reshape", part.add("LayerNormalization", x, config), {"target_shape": list(sizes)})
    gamma, beta = site.weight("gamma"), site.weight("beta")
    if gamma is not None or beta is not None:
        scale = 1.0 if gamma is None else gamma.array().tolist()
        offset = 0.0 if beta is None else beta.array().tolist()
        x = part.add("Rescaling", x, {"scale": scale, "offset": offset})
    return part.done(x, why=_LACKS)


def _spectral(site: Site) -> Lowered:
    spec = site.config.get("layer")
    class_name = spec.get("class_name") if isinstance(spec, Mapping) else None
    config = spec.get("config") if isinstance(spec, Mapping) else None
    if not isinstance(class_name, str) or not isinstance(config, Mapping):
        site.refuse("it holds no layer.", "Save the model again.")
    if class_name == "Embedding" and site.keras == 3:
        site.refuse(
            "Keras 3 rounds the vectors of the Embedding inside to the type of the tokens.",
            "Use the Embedding itself.",
        )
    part = site.part()
    weights = {
        name.removeprefix("layer/"): each
        for name, each in site.weights().items()
        if name.startswith("layer/")
    }
    options = {key: value for key, value in config.items() if key != "name"}
    x = part.add(class_name, part.inputs, options, weights=weights)
    return part.done(x, why="it constrains its inner layer in training; at inference that layer is enough")


def _normalization(site: Site) -> Lowered | None:
    """``(x - mean) / deviation`` with a mean and a variance from the configuration or from data."""
    shape = site.shape
    found = () if site.config.get("axis", -1) in (None, [], ()) else axes_of(site)
    if found is None or shape is None:
        return None
    mean, variance = (_statistic(site, key, shape, found) for key in ("mean", "variance"))
    # Keras's epsilon keeps a constant feature from a division by nothing.
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    if site.config.get("invert"):
        steps = [(deviation, mean)]
    elif np.max(np.abs(mean / deviation), initial=0) > 100:
        # In one step the mean would leave no digits to what differs from it.
        steps = [(np.ones(()), -mean), (1 / deviation, np.zeros(()))]
    else:
        steps = [(1 / deviation, -mean / deviation)]
    why = "TensorFlow.js has no layer for a mean and a variance"
    if mean.size > MOST_NUMBERS and site.custom_layers and len(steps) == 1:
        sizes = mean.shape
        weights = {
            name: Weight.of(name, each.astype(np.float32))
            for name, each in zip(("scale", "offset"), steps[0], strict=True)
        }
        return affine(site, weights, sizes, why)
    part = site.part()
    x = part.inputs[0]
    for scale, offset in steps:
        x = part.add("Rescaling", x, {"scale": _listed(scale), "offset": _listed(offset)})
    return part.done(x, why=why)


def _listed(array: Array) -> Any:
    """One number where all are the same."""
    same = array.size and np.all(array == array.reshape(-1)[0])
    return float(array.reshape(-1)[0]) if same else array.tolist()


def _statistic(site: Site, key: str, shape: Shape, found: tuple[int, ...]) -> Array:
    given = site.config.get(key)
    sizes = sizes_along(shape, found)
    if given is not None:
        array = np.asarray(given if listed(given) is None else listed(given), np.float64)
        if array.ndim:
            array = array.reshape(_trailing(array.shape, shape, found))
        spread: Array = np.broadcast_to(array, sizes) if array.ndim else np.full(sizes, array)
        return spread
    weight = site.weight(key)
    if weight is None:
        site.refuse("it has neither constants nor what adapt() learns.", "Call adapt(), and save the model.")
    return weight.array().astype(np.float64).reshape(sizes)


def _trailing(given: tuple[int, ...], shape: Shape, found: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of constants at the last of the axes that are kept, 1 elsewhere."""
    first = min(found, default=len(shape))
    sizes = dict(zip(reversed(found), reversed(given), strict=False))
    if len(given) > len(found):
        return given  # Keras 2 takes constants that are broadcast already
    return tuple(sizes.get(axis, 1) for axis in range(first, len(shape)))


LOWERINGS: dict[str, Lowering] = {
    "GroupNormalization": Lowering(_group, {**KEYS, "groups": INTEGER}),
    "LayerNormalization": Lowering(_layer),
    "Normalization": Lowering(
        _normalization,
        {
            "axis": INTEGERS_OR_NULL,
            "mean": NUMBERS_OR_NULL,
            "variance": NUMBERS_OR_NULL,
            "invert": FLAG,
        },
    ),
    "RMSNormalization": Lowering(_rms, {"axis": INTEGERS, "epsilon": NUMBER}),
    "SpectralNormalization": Lowering(_spectral, {"layer": OBJECT, "power_iterations": INERT}),
    "UnitNormalization": Lowering(_unit, {"axis": INTEGERS}),
}
"""By class name."""
