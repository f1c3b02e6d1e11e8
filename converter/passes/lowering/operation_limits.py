"""What some operations are asked for that their JavaScript does not compute as Keras does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from converter.layers.configuration import brief, listed
from converter.layers.operation_shapes.base import shape_of
from converter.model import Shape
from converter.passes.lowering.base import Site


def refuse_unknown(site: Site, name: str, arguments: Mapping[str, Any]) -> None:
    """Refuses a call by what it is given.

    Args:
        site: the operation.
        name: its class in Keras 3.
        arguments: settings and arguments by name, with ``{"tensor": 0}`` for its inputs.

    Raises:
        UnsupportedError: with what it is given.
    """
    check = _CHECKS.get(name)
    shapes = [shape for shape in site.inputs if shape is not None]
    if check is None or len(shapes) != len(site.inputs):
        return
    why = check(shapes, arguments)
    if why:
        site.refuse(f"the operation {brief(name)} {why}.", "Compute it in another way, or before the model.")


def _conv(shapes: list[Shape], arguments: Mapping[str, Any]) -> str:
    """TensorFlow begins elsewhere when windows of three dimensions stand far apart."""
    key = "depthwise_kernel" if "depthwise_kernel" in arguments else "kernel"
    kernel = shape_of(_constant(arguments.get(key)), shapes)
    strides = arguments.get("strides", 1)
    steps = listed(strides) or [strides] * 3
    far = any(step >= (width or 1) + 2 for step, width in zip(steps, kernel[:3], strict=False))
    return (
        "has strides that leave gaps between its windows, in three dimensions"
        if far and len(kernel) == 5 and arguments.get("padding") == "same"
        else ""
    )


def _cross(shapes: list[Shape], arguments: Mapping[str, Any]) -> str:
    axis = arguments.get("axis")
    for key, own in (("x1", "axisa"), ("x2", "axisb")):
        shape = shape_of(_constant(arguments.get(key)), shapes)
        if shape[arguments.get(own, -1) if axis is None else axis] != 3:
            return "is given vectors that are not known to have three numbers"
    return ""


def _einsum(shapes: list[Shape], arguments: Mapping[str, Any]) -> str:
    terms = str(arguments["subscripts"]).replace(" ", "").partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, arguments["operands"], strict=True):
        letters = term.replace("...", "")
        if len(set(letters)) < len(letters):
            return "names an axis twice in one operand"
        shape = shape_of(_constant(operand), shapes)
        before = term.partition("...")[0]
        spare = len(shape) - len(letters)
        named = shape[: len(before)] + shape[len(before) + spare :]
        for letter, size in zip(letters, named, strict=True):
            if size is not None and sizes.setdefault(letter, size) != size:
                return "repeats an axis of size 1"
    return ""


def _norm(shapes: list[Shape], arguments: Mapping[str, Any]) -> str:
    axis = listed(arguments.get("axis"))
    count = len(shapes[0]) if arguments.get("axis") is None else 1 if axis is None else len(axis)
    by_values = count == 2 and arguments.get("ord") not in {None, "fro", 1, -1, "inf", "-inf"}
    return "is that of matrices by their singular values" if by_values else ""


def _rot90(shapes: list[Shape], arguments: Mapping[str, Any]) -> str:
    one, other = listed(arguments.get("axes")) or (0, 1)
    (shape, *_) = shapes
    # Keras on TensorFlow turns these otherwise than numpy.
    square = shape[one] is not None and shape[one] == shape[other]
    return "" if square or arguments.get("k", 1) % 4 != 2 else "turns by half what is no square"


def _constant(value: Any) -> Any:
    """A constant as ``shape_of`` takes it."""
    if isinstance(value, Mapping) and "constant" in value:
        return {"config": {"value": value["constant"]}}
    return value


_CHECKS: Mapping[str, Callable[[list[Shape], Mapping[str, Any]], str]] = {
    "Conv": _conv,
    "Cross": _cross,
    "DepthwiseConv": _conv,
    "Einsum": _einsum,
    "Norm": _norm,
    "Rot90": _rot90,
    "SeparableConv": _conv,
}
