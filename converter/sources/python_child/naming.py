"""Names for generated classes and for what their configurations hold."""

from __future__ import annotations

import ast
import functools
import keyword
import re
from types import ModuleType

from converter.layers.registry import MISSING, TFJS_LAYERS

AUTOMATIC = re.compile(r"lambda(_\d+)?")
"""What Keras names a Lambda layer that was given no name."""

OPERATORS = {
    ast.Add: "Add",
    ast.Sub: "Subtract",
    ast.Mult: "Multiply",
    ast.Div: "Divide",
    ast.FloorDiv: "FloorDivide",
    ast.Mod: "Modulo",
    ast.Pow: "Power",
    ast.MatMult: "MatrixMultiply",
    ast.USub: "Negate",
    ast.Subscript: "Slice",
    ast.Compare: "Compare",
    ast.IfExp: "Choose",
}


def camel(text: str) -> str:
    """``pixel_shuffle`` as a class name: ``PixelShuffle``."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"Layer{name}"


def snake(text: str) -> str:
    """A name that survives TensorFlow.js, which writes configurations as ``camelCase`` and back."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"\W", "_", text, flags=re.ASCII))
    name = re.sub(r"_+", "_", words).strip("_").lower()
    return f"value_{name}".rstrip("_") if not name[:1].isalpha() or keyword.iskeyword(name) else name


def class_name(layer: str, function: str, body: ast.expr | None, captured: list[str]) -> str:
    """What to call the class of a function.

    Args:
        layer: the name of its Lambda layer; where the user gave one, it is the best name.
        function: the function's own name, ``<lambda>`` when it has none.
        body: what it returns, if that is one expression.
        captured: the names of what it captures.
    """
    if not AUTOMATIC.fullmatch(layer):
        return camel(re.sub(r"(_|(?<=[A-Za-z]{3}))\d+$", "", layer))
    if function != "<lambda>":
        return camel(function)
    return camel("_".join([_does(body), *captured]))


def _does(body: ast.expr | None) -> str:
    match body:
        case ast.BinOp(op=operator) | ast.UnaryOp(op=operator):
            return OPERATORS.get(type(operator), "Compute")
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return OPERATORS.get(type(body), "Compute")


@functools.lru_cache(maxsize=4)
def built_in(keras: ModuleType) -> frozenset[str]:
    """The names that Keras or TensorFlow.js, which has one list for everything, gives another meaning."""
    kinds = (keras.layers, keras.initializers, keras.regularizers, keras.constraints, keras.optimizers)
    names = {name for kind in kinds for name in dir(kind)} | TFJS_LAYERS | set(MISSING)
    return frozenset(name for name in names if name[:1].isupper())


@functools.lru_cache(maxsize=4)
def layer_attributes(keras: ModuleType) -> frozenset[str]:
    """The attributes and configuration keys of every Keras layer."""
    layer = keras.layers.Layer()
    keys = {"name", "trainable", "dtype", "input_shape", "batch_input_shape", "batch_size", "weights"}
    return frozenset({*dir(layer), *vars(layer), *keys, "call", "kwargs", "self"})


def unique(wanted: str, taken: frozenset[str] | set[str]) -> str:
    """The wanted name, or the first numbered one that is free."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
