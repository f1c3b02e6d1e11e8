"""Operations on tensors outside of any layer: what their layers look like, and the shapes that they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.operation_shapes import shapes_of
from converter.layers.operation_table import ROWS
from converter.layers.rule import Rule, Shapes
from converter.model import Config, Shape

OPERATION = "Operation"
"""The class of layers that stand for operations.

The configuration has ``operation``, the name that Keras 3 gives its class (``TrueDivide``); ``settings``,
how it was made; ``args`` and ``kwargs``, what it is called on, with ``{"tensor": 0}`` for the first of the
layer's inputs; ``dtypes``, those of its inputs, and ``shapes``, those of its outputs, ``null`` where the file
does not tell.
"""


def bound(config: Config) -> dict[str, Any]:
    """Settings and arguments of an operation by name, as the file has them; what has no name is left out."""
    row = ROWS.get(str(config.get("operation")))
    settings, kwargs = config.get("settings"), config.get("kwargs")
    args = listed(config.get("args")) or ()
    if row is None or not isinstance(settings, Mapping) or not isinstance(kwargs, Mapping):
        return {}
    if row.called_on[0].startswith("*"):
        return {**settings, row.called_on[0].lstrip("*"): args}
    return {**settings, **dict(zip(row.called_on, args, strict=False)), **kwargs}


def output_shapes(config: Config, inputs: Shapes) -> Shapes:
    """The shapes of the outputs: those that the file tells, else what follows from the inputs."""
    told = tuple(map(_told, listed(config.get("shapes")) or [None]))
    if None not in told or None in inputs or not inputs:
        return told
    shapes = [shape for shape in inputs if shape is not None]
    found = shapes_of(str(config.get("operation")), shapes, bound(config)) or ()
    if told == (None,):
        return found or told
    return tuple(
        own if own is not None or index >= len(found) else found[index] for index, own in enumerate(told)
    )


def _told(value: object) -> Shape | None:
    sizes = listed(value)
    return None if sizes is None else tuple(map(whole, sizes))


RULES = {OPERATION: Rule(output_shapes, most=None, least_rank=0)}
