"""Tensors and their shapes in expressions: operands, arithmetic, comparison, what a shape consists of."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, array, call, index, literal, member
from converter.shims.translation.joining import describe, is_plain
from converter.shims.translation.values import Scalar, Sequence, Tensor, fresh, number

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


FUNCTIONS = {
    ast.Add: "tf.add",
    ast.Sub: "tf.sub",
    ast.Mult: "tf.mul",
    ast.Div: "tf.div",
    ast.Mod: "tf.mod",
    ast.Pow: "tf.pow",
    ast.MatMult: "tf.matMul",
    ast.Eq: "tf.equal",
    ast.NotEq: "tf.notEqual",
    ast.Lt: "tf.less",
    ast.LtE: "tf.lessEqual",
    ast.Gt: "tf.greater",
    ast.GtE: "tf.greaterEqual",
}


_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def operand(scope: Scope, value: Value, node: ast.AST) -> Js:
    """A value as an argument of a function of TensorFlow.js; in a shape rule, its shape."""
    if isinstance(value, Tensor):
        return _held(scope, value)
    if scope.shapes:
        return shape_of(scope, value, node)
    if isinstance(value, Scalar) and value.type in {"int", "float", "number", "bool", "any"}:
        return value.js
    if isinstance(value, Sequence):
        if is_plain(value):
            return call(
                "tf.tensor", value.js, *([Js("undefined"), Js("'int32'")] if value.dtype == "int32" else [])
            )
        items = tensors(scope, value, node)
        return call("tf.stack", items)
    raise scope.fail(node, f"a tensor is needed, but this is {describe(value)}")


def _held(scope: Scope, value: Tensor) -> Js:
    if not value.held:
        return value.js
    if value.held == "either":
        return call(scope.helper("shapeOf" if scope.shapes else "current"), value.js)
    if scope.shapes:
        return member(value.js, "shape")
    return call(f"{value.js.at(20)}.read") if value.held == "variable" else value.js


def shape_of(scope: Scope, value: Value, node: ast.AST) -> Js:
    """The shape of a value, as an array."""
    if isinstance(value, Tensor):
        return _held(scope, value) if scope.shapes else member(_held(scope, value), "shape")
    if isinstance(value, Scalar):
        if value.type == "any" and not value.sized:
            return call(scope.helper("shapeOf"), value.js)
        if value.type in {"int", "float", "number", "bool", "any"}:
            return Js("[]")
    if isinstance(value, Sequence):
        if is_plain(value):
            return call(scope.helper("shapeOf"), value.js)
        return (
            call(scope.helper("stacked"), tensors(scope, value, node))
            if scope.shapes
            else member(operand(scope, value, node), "shape")
        )
    raise scope.fail(node, f"a tensor is needed, but this is {describe(value)}")


def tensors(scope: Scope, value: Value, node: ast.AST) -> Js:
    """An array of tensors, or of their shapes in a shape rule."""
    if not isinstance(value, Sequence):
        raise scope.fail(node, f"a list of tensors is needed, but this is {describe(value)}")
    if value.items is not None:
        held = any(isinstance(item, Tensor) and item.held for item in value.items)
        if not held and all(isinstance(item, Tensor) for item in value.items):
            return value.js
        return array([operand(scope, item, node) for item in value.items])
    if isinstance(value.element, Tensor):
        if not value.element.held:
            return value.js
        inner = operand(scope, replace(value.element, js=Js("weight")), node)
        return Js(f"{value.js.at(20)}.map((weight) => {inner})")
    raise scope.fail(node, "a list of tensors is needed, and what is in this one is not clear")


_TRACES = re.compile(r"\b(through|chainThrough)\(|\bthis\.\w+\(|(?<![.\w])\w+Shape\d*\(")


def traces(text: str) -> bool:
    """Whether an expression of a shape rule may build a layer, so that it must not be left out."""
    found = _TRACES.search(text)
    return found is not None and found[0] not in _PURE


_PURE = frozenset(
    {"einsumShape(", "tensorDotShape(", "dottedShape(", "oneHotShape(", "patchShape(", "batchDotShape("}
)


def is_tensor(value: Value) -> bool:
    """Whether arithmetic with the value is that of tensors."""
    if isinstance(value, Sequence) and value.items is not None and not value.vector:
        return any(isinstance(item, Tensor) for item in value.items) and bool(value.items)
    return isinstance(value, Tensor)


def shape_identity(value: Value) -> int:
    """The identity of the shape of an operand; that of a single number fits every other."""
    if isinstance(value, Tensor):
        return value.shape
    if isinstance(value, Scalar) and value.type != "any":
        return 0
    return fresh()


def broadcasted(scope: Scope, values: list[Value], node: ast.AST) -> tuple[Js, int, int | None]:
    """The shape, its identity and the rank of an operation item by item on several operands."""
    shaped = [value for value in values if shape_identity(value) != 0 and not _is_scalar(value)]
    if not shaped:
        found = [value for value in values if isinstance(value, Tensor)]
        return Js("[]"), found[0].shape if found else fresh(), 0
    identities = {shape_identity(value) for value in shaped}
    first = shaped[0]
    if len(identities) == 1:
        rank = first.rank if isinstance(first, Tensor) else None
        if not scope.shapes:
            return Js(""), shape_identity(first), rank
        sources = list(dict.fromkeys(operand(scope, value, node) for value in shaped))
        # An operand that builds a layer on its way cannot be left out.
        tracing = [js for js in sources if traces(js.text)] or sources[:1]
        js = tracing[0] if len(tracing) == 1 else call(scope.helper("broadcast"), *tracing)
        return js, shape_identity(first), rank
    ranks = [value.rank if isinstance(value, Tensor) else None for value in shaped]
    rank = None if None in ranks else max(each or 0 for each in ranks)
    if not scope.shapes:
        return Js(""), fresh(), rank
    shaped += [
        value
        for value in values
        if value not in shaped and isinstance(value, Tensor) and traces(value.js.text)
    ]
    unique: list[Js] = []
    for value in shaped:
        js = operand(scope, value, node)
        if js not in unique:
            unique.append(js)
    if len(unique) == 1:
        return unique[0], fresh(), rank
    return call(scope.helper("broadcast"), *unique), fresh(), rank


def _is_scalar(value: Value) -> bool:
    return isinstance(value, Tensor) and value.rank == 0


def arithmetic(scope: Scope, operator: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    """``left operator right`` where at least one is a tensor."""
    kinds = [
        value.dtype
        for value in (left, right)
        if isinstance(value, Tensor) or (isinstance(value, Sequence) and value.dtype is not None)
    ]
    if isinstance(operator, ast.MatMult):
        return matrix_product(scope, left, right, node)
    if type(operator) not in FUNCTIONS and not isinstance(operator, ast.FloorDiv):
        raise scope.fail(node, "this operator has no counterpart for tensors")
    js, shape, rank = broadcasted(scope, [left, right], node)
    dtype = _result_dtype(scope, operator, left, right, kinds, node)
    if scope.shapes:
        return Tensor(js, dtype, shape, rank)
    fraction = any(isinstance(value, Scalar) and value.type == "float" for value in (left, right))
    whole = bool(kinds) and all(kind == "int32" for kind in kinds) and not fraction
    first, second = (_typed(scope, value, whole, node) for value in (left, right))
    if isinstance(operator, ast.Pow) and isinstance(right, Scalar) and right.known and not whole:
        short = {2: "tf.square", 0.5: "tf.sqrt"}.get(right.const)
        if short:
            return Tensor(call(short, first), dtype, shape, rank)
    if isinstance(operator, ast.FloorDiv):
        text = (
            call("tf.floorDiv", first, second) if whole else call("tf.floor", call("tf.div", first, second))
        )
    elif isinstance(operator, ast.Div) and whole:
        text = call("tf.div", *(call("tf.cast", each, Js("'float32'")) for each in (first, second)))
    else:
        text = call(FUNCTIONS[type(operator)], first, second)
    return Tensor(text, dtype, shape, rank)


def _typed(scope: Scope, value: Value, whole: bool, node: ast.AST) -> Js:
    """An operand; a number beside integers is an integer, which TensorFlow.js would not guess."""
    if isinstance(value, Sequence) and is_plain(value):
        return operand(scope, value, node) if whole else value.js
    js = operand(scope, value, node)
    if whole and not isinstance(value, Tensor):
        return call(
            "tf.scalar" if isinstance(value, Scalar) else "tf.tensor",
            js,
            *([Js("'int32'")] if isinstance(value, Scalar) else [Js("undefined"), Js("'int32'")]),
        )
    return js


def _result_dtype(
    scope: Scope, operator: ast.AST, left: Value, right: Value, kinds: list[str | None], node: ast.AST
) -> str | None:
    if isinstance(operator, _COMPARISONS):
        return "bool"
    if set(kinds) == {"bool"} and len(kinds) == 2:
        raise scope.fail(node, "arithmetic with booleans is an error in TensorFlow: cast them first")
    if isinstance(operator, ast.Div):
        return "float32"
    if any(isinstance(value, Scalar) and value.type == "float" for value in (left, right)):
        return "float32"
    if "float32" in kinds or ("bool" in kinds and len(kinds) == 1):
        return "float32"
    return kinds[0] if len(set(kinds)) == 1 else None


def matrix_product(
    scope: Scope,
    left: Value,
    right: Value,
    node: ast.AST,
    *,
    first: Js | None = None,
    second: Js | None = None,
) -> Tensor:
    """``left @ right``; ``first`` and ``second`` tell whether one is transposed."""
    arguments = [operand(scope, left, node), operand(scope, right, node)]
    flags = [each if each is not None else Js("false") for each in (first, second)]
    while flags and flags[-1].text == "false":
        flags.pop()
    rank = left.rank if isinstance(left, Tensor) else None
    function = scope.helper("multiplied") if scope.shapes else "tf.matMul"
    return Tensor(call(function, *arguments, *flags), "float32", rank=rank)


def dimensions(scope: Scope, value: Value, node: ast.AST, *, vector: bool) -> Sequence:
    """``x.shape``, or ``tf.shape(x)`` where ``vector`` is set."""
    js = shape_of(scope, value, node)
    rank = value.rank if isinstance(value, Tensor) else None
    identity = value.shape if isinstance(value, Tensor) else None
    element = number(Js("size"), "int", sized=True)
    items: tuple[Value, ...] | None = None
    if rank is not None:
        items = tuple(
            Scalar(
                index(js, literal(axis)),
                "int",
                sized=True,
                origin=None if identity is None else (identity, axis),
            )
            for axis in range(rank)
        )
    return Sequence(js, items, element, vector=vector, shape_of=identity)


def size_at(shape: Sequence, position: int) -> Scalar:
    """One size of a shape whose number of axes is not known."""
    if position >= 0:
        js = index(shape.js, literal(position))
    else:
        js = index(shape.js, from_end(shape.js, position))
    origin = None if shape.shape_of is None else (shape.shape_of, position)
    element = shape.element
    sized = isinstance(element, Scalar) and element.sized
    return Scalar(js, "int", sized=sized, origin=origin)


def from_end(owner: Js, position: int) -> Js:
    """``owner.length - 1``, or ``x.rank - 1`` for the shape of a tensor."""
    tensor = owner.text.removesuffix(".shape")
    if tensor != owner.text and not tensor.startswith("this."):
        return Js(f"{tensor}.rank - {-position}", 12)
    return Js(f"{owner.at(20)}.length - {-position}", 12)
