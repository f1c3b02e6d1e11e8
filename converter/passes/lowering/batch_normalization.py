"""Batch normalization along axes that TensorFlow.js gets wrong, at ranks that it lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from converter.layers.configuration import brief
from converter.layers.semantics.value import INERT, variable
from converter.model import Array, Weight
from converter.passes.lowering.along_axes import ALLOW, KEYS, affine, axes_of, is_last, sizes_along
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, derived


def _batch(site: Site) -> Lowered | None:
    rank = site.rank()
    if is_last(site) and (rank is None or rank <= 4):
        if site.config.get("renorm"):
            return _batch_along(site, site.part(), -1, "renormalization is for training alone")
        # JavaScript takes [3] for 3, but not [-1] for -1.
        if site.config.get("axis", -1) != [-1] and site.layer.class_name == "BatchNormalization":
            return None
        return _batch_along(site, site.part(), -1, "its axis is [-1], or its name is another")
    found = axes_of(site)
    if found is None or rank is None:
        return None
    why = f"TensorFlow.js normalizes along the last of at most 4 axes, not along {list(found)} of {rank}"
    if site.custom_layers:
        return _batch_affine(site, found, why)
    if len(found) > 1:
        site.refuse("it normalizes along several axes, which takes a custom layer.", ALLOW)
    return _batch_moved(site, found[0], rank, why)


def _batch_along(site: Site, part: Part, axis: int, why: str) -> Lowered:
    x = part.add("BatchNormalization", part.inputs[0], {**_plain(site), "axis": axis}, weights=_weights(site))
    return part.done(x, why=why)


def _plain(site: Site) -> dict[str, Any]:
    """What a BatchNormalization needs for inference."""
    keys = ("epsilon", "center", "scale", "momentum")
    return {key: site.config[key] for key in keys if key in site.config}


def _weights(site: Site) -> dict[str, Weight]:
    """The weights of inference: renormalization keeps more."""
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    return {name: weight for name, weight in site.weights().items() if name in names}


def _batch_moved(site: Site, axis: int, rank: int, why: str) -> Lowered:
    """The axis brought to the end, and all others in one where there are too many."""
    part = site.part()
    x = part.inputs[0]
    order = [each for each in range(1, rank) if each != axis] + [axis]
    moved = axis != rank - 1
    if moved:
        x = part.add("Permute", x, {"dims": order})
    shape = x.shape or ()
    if rank > 4:
        if None in shape[1:]:
            site.refuse("its input has more than 4 dimensions, some of which are not known.", ALLOW)
        x = part.add("Reshape", x, {"target_shape": [-1, shape[-1]]})
    x = part.add("BatchNormalization", x, {**_plain(site), "axis": -1}, weights=_weights(site))
    if rank > 4:
        x = part.add("Reshape", x, {"target_shape": list(shape[1:])})
    if moved:
        x = part.add("Permute", x, {"dims": [order.index(each) + 1 for each in range(1, rank)]})
    return part.done(x, why=why)


def _batch_affine(site: Site, found: tuple[int, ...], why: str) -> Lowered:
    """One factor and one summand, worked out from the four weights."""
    mean, variance = site.weight("moving_mean"), site.weight("moving_variance")
    gamma, beta = site.weight("gamma"), site.weight("beta")
    if mean is None or variance is None:
        site.refuse("it has no weights.", "Save the model with its weights.")
    epsilon = site.config.get("epsilon", 1e-3)
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float | None):
        site.refuse(f"its epsilon is {brief(epsilon)}, which is no number.", "Save the model again.")
    epsilon = float(epsilon or 0)
    shape = site.shape or ()
    sizes = sizes_along(shape, found)

    def factor(spread: Array) -> Array:
        scale = 1 / np.sqrt(spread.astype(np.float64) + epsilon)
        return scale if gamma is None else scale * gamma.array().reshape(spread.shape)

    def summand(center: Array) -> Array:
        scaled = -center * factor(variance.array()).reshape(center.shape)
        return scaled if beta is None else scaled + beta.array().reshape(center.shape)

    return affine(
        site,
        {"scale": derived(variance, sizes, factor), "offset": derived(mean, sizes, summand)},
        sizes,
        why,
    )


_BATCH = {
    **KEYS,
    **variable("moving_mean", "moving_variance"),
    **dict.fromkeys(("momentum", "fused", "synchronized"), INERT),
}

LOWERINGS: dict[str, Lowering] = {
    "BatchNormalization": Lowering(_batch),
    "SyncBatchNormalization": Lowering(_batch, _BATCH),
}
"""By class name."""
