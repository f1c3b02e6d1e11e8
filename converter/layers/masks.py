"""Masks as tensors of their own, and layers that are handed one."""

from __future__ import annotations

from converter.layers.configuration import integer, listed
from converter.layers.rule import Rule, Shapes
from converter.model import Config


def _mask(config: Config, inputs: Shapes) -> Shapes | None:
    shape = inputs[0]
    if shape is None:
        return None
    match config.get("of"):
        case "unequal":
            return (shape[:-1] if config.get("last") else shape,)
        case "reduced":
            return (shape[:2],)
        case "joined":
            tensors = inputs[: len(listed(config.get("masked")) or ())]
            axis = integer(config, "axis", least=-len(shape)) % len(shape)
            sizes = [None if each is None else each[axis] for each in tensors]
            size = None if None in sizes else sum(each for each in sizes if each is not None)
            return ((*shape[:axis], size, *shape[axis + 1 :])[:-1],)
    return (shape,)


def _average(config: Config, inputs: Shapes) -> Shapes | None:
    shape = inputs[0]
    if shape is None:
        return None
    axis = integer(config, "axis")
    kept = (1,) if config.get("keepdims") else ()
    return ((*shape[:axis], *kept, *shape[axis + 1 :]),)


RULES = {
    "KerasMask": Rule(_mask, most=None),
    "KerasMasking": Rule(),
    "KerasMaskedAverage": Rule(_average, most=2),
}
