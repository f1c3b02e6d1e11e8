"""Expressions of Python, one function for each kind."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.javascript import Js, call, literal, unary
from converter.shims.translation.joining import describe
from converter.shims.translation.logic import asked
from converter.shims.translation.scope import expression
from converter.shims.translation.tensors import arithmetic, operand
from converter.shims.translation.values import NUMERIC, Scalar, Sequence, Tensor, constant

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


@expression(ast.BinOp)
def _binary(scope: Scope, node: ast.BinOp) -> Value:
    left, right = scope.evaluate(node.left), scope.evaluate(node.right)
    return apply_operator(scope, node.op, left, right, node)


def apply_operator(scope: Scope, sign: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """``left sign right``, whatever they are."""
    if isinstance(sign, ast.Mod) and isinstance(left, Scalar) and left.type == "str":
        return formatted(scope, left, right, node)
    if isinstance(left, Tensor) or isinstance(right, Tensor) or _matrices(left, right):
        return arithmetic(scope, sign, left, right, node)
    return scalars.compute(scope, sign, left, right, node)


def _matrices(*values: Value) -> bool:
    """Whether arrays of numbers are among them that cannot be computed with item by item now."""
    arrays = [each for each in values if isinstance(each, Sequence) and each.dtype is not None]
    if not arrays:
        return False
    shapes = {_static_shape(each) for each in arrays}
    return None in shapes or len(shapes) > 1


def _static_shape(value: Value) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers, where it is known."""
    if isinstance(value, Scalar):
        return ()
    if not isinstance(value, Sequence) or value.items is None:
        return None
    inner = {_static_shape(item) for item in value.items}
    if len(inner) != 1 or None in inner:
        return None
    return (len(value.items), *(inner.pop() or ()))


def formatted(scope: Scope, left: Scalar, right: Value, node: ast.AST) -> Scalar:
    """``"block_%d" % number``."""
    values = right.items if isinstance(right, Sequence) and right.items is not None else (right,)
    texts = re.split(r"%[dsi]", left.const) if isinstance(left.const, str) else []
    plain = all(isinstance(value, Scalar) and value.type in {"int", "str", "any"} for value in values)
    if len(texts) != len(values) + 1 or not plain or "%" in "".join(texts):
        raise scope.fail(node, "only %d and %s are translated, of numbers and words")
    return template(texts, [value for value in values if isinstance(value, Scalar)])


def template(texts: list[str], values: list[Scalar]) -> Scalar:
    """Texts with values between them."""
    if all(value.known and isinstance(value.const, (int, str)) for value in values):
        found = (
            "".join(text + str(value.const) for text, value in zip(texts, values, strict=False)) + texts[-1]
        )
        return Scalar(literal(found), "str", found)
    escaped = [text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${") for text in texts]
    parts = "".join(f"{text}${{{value.js.text}}}" for text, value in zip(escaped, values, strict=False))
    return Scalar(Js(f"`{parts}{escaped[-1]}`"), "str")


@expression(ast.UnaryOp)
def _unary(scope: Scope, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        test = asked(scope, node.operand)
        return constant(not test) if isinstance(test, bool) else Scalar(unary("!", test), "bool")
    value = scope.evaluate(node.operand)
    if isinstance(value, Tensor):
        if isinstance(node.op, ast.USub):
            js = operand(scope, value, node)
            return replace(value, js=js if scope.shapes else call("tf.neg", js), held="")
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.Invert) and value.dtype == "bool":
            js = operand(scope, value, node)
            return replace(value, js=js if scope.shapes else call("tf.logicalNot", js), held="")
    if isinstance(value, Scalar) and value.type in NUMERIC:
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub):
            if value.known:
                return constant(-value.const)
            return Scalar(unary("-", value.js), value.type, sized=value.sized)
    raise scope.fail(node, f"this operator is not known for {describe(value)}")
