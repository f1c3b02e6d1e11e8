"""Comparisons and tests of what the configuration and the shapes decide."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.shims.translation.javascript import NULL, SUM, Js, binary, call, literal, member, unary
from converter.shims.translation.joining import describe, is_plain
from converter.shims.translation.scalars import guarded
from converter.shims.translation.values import (
    ActivationValue,
    FunctionValue,
    LayerValue,
    Mapped,
    Scalar,
    Sequence,
    Tensor,
    constant,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


_ORDER: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "===",
    ast.NotEq: "!==",
}


def compare(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    """``left sign right`` on configuration values."""
    if isinstance(sign, (ast.Is, ast.IsNot)):
        return _identity(scope, sign, left, right, node)
    if isinstance(sign, (ast.In, ast.NotIn)):
        return _membership(scope, sign, left, right, node)
    if is_none(left) is True or is_none(right) is True:
        return _identity(scope, ast.Is() if isinstance(sign, ast.Eq) else ast.IsNot(), left, right, node)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        if left.known and right.known:
            return constant(bool(_COMPARE[type(sign)](left.const, right.const)))
        first, second = comparable(scope, left, right, node)
        return Scalar(binary(_ORDER[type(sign)], first, second), "bool")
    plain = all(isinstance(each, (Scalar, Sequence)) and is_plain(each) for each in (left, right))
    if plain and isinstance(sign, (ast.Eq, ast.NotEq)):
        if scope.shapes and any(_sized(each) for each in (left, right)):
            raise scope.fail(node, "shapes are compared, and the sizes may not be known")
        js = call(scope.helper("same"), left.js, right.js)
        return Scalar(js if isinstance(sign, ast.Eq) else unary("!", js), "bool")
    raise scope.fail(node, f"{describe(left)} and {describe(right)} cannot be compared before the model runs")


def _sized(value: Value) -> bool:
    if isinstance(value, Sequence):
        parts = value.items if value.items is not None else (value.element,)
        return any(part is not None and _sized(part) for part in parts)
    return isinstance(value, Scalar) and value.sized


_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _distinct(scope: Scope, word: str, node: ast.AST) -> None:
    """Refuse words that differ in case and underscores only, which TensorFlow.js changes."""
    if scope.unit.words.setdefault(word.replace("_", "").lower(), word) != word:
        raise scope.fail(node, f"TensorFlow.js does not keep the case and the underscores of {word!r}")


def comparable(scope: Scope, left: Scalar, right: Scalar, node: ast.AST) -> tuple[Js, Js]:
    """Both sides; words without what TensorFlow.js changes in them, sizes only if they are known."""
    sides = []
    words = [each.const for each in (left, right) if isinstance(each.const, str)]
    changed = any(word != word.lower() or "_" in word for word in words)
    for word in words:
        _distinct(scope, word, node)
    for each in (left, right):
        if changed and isinstance(each.const, str):
            sides.append(literal(each.const.replace("_", "").lower()))
        elif changed:
            sides.append(call(scope.helper("plain"), each.js))
        else:
            sides.append(guarded(scope, each).js)
    return sides[0], sides[1]


def _identity(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    negative = isinstance(sign, ast.IsNot)
    if is_none(left) is True:
        left, right = right, left
    if is_none(right) is not True:
        if isinstance(right, Scalar) and isinstance(right.const, bool) and isinstance(left, Scalar):
            if left.known:
                return constant((left.const is right.const) is not negative)
            return Scalar(binary("!==" if negative else "===", left.js, right.js), "bool")
        raise scope.fail(node, "'is' is translated for None, True and False only")
    if isinstance(left, Scalar) and left.sized and scope.shapes:
        js = call("Number.isNaN", left.js)
        return Scalar(unary("!", js) if negative else js, "bool")
    if isinstance(left, Scalar) and left.sized:
        return Scalar(binary("!=" if negative else "==", left.js, NULL), "bool")
    none = is_none(left)
    if none is not None:
        return constant(none is not negative)
    return Scalar(binary("!=" if negative else "==", left.js, NULL), "bool")


def _membership(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    negative = isinstance(sign, ast.NotIn)
    if isinstance(right, Mapped) and isinstance(left, Scalar):
        right = constant(list(right.entries))
    if not isinstance(left, Scalar) or not isinstance(right, (Sequence, Scalar)):
        raise scope.fail(node, "'in' is translated for lists of constants only")
    if isinstance(right, Sequence) and right.items is not None:
        consts = [item.const for item in right.items if isinstance(item, Scalar) and item.known]
        if len(consts) == len(right.items):
            if left.known:
                return constant((left.const in consts) is not negative)
            words = [each for each in consts if isinstance(each, str)]
            for word in words:
                _distinct(scope, word, node)
            if any(word != word.lower() or "_" in word for word in words):
                values = [each.replace("_", "").lower() if isinstance(each, str) else each for each in consts]
                js = call(f"{literal(values)}.includes", call(scope.helper("plain"), left.js))
            else:
                js = call(f"{literal(consts)}.includes", guarded(scope, left).js)
            return Scalar(unary("!", js) if negative else js, "bool")
    if left.type == "str" or (isinstance(right, Scalar) and right.type == "str"):
        raise scope.fail(node, "a search in strings of the configuration is not translated")
    js = call(f"{right.js.at(20)}.includes", guarded(scope, left).js)
    return Scalar(unary("!", js) if negative else js, "bool")


def truth(scope: Scope, value: Value, node: ast.AST) -> Js | bool:
    """A test: what JavaScript asks, or the answer where it is known now."""
    if isinstance(value, Scalar):
        if value.known:
            return bool(value.const)
        if value.type in {"bool", "str"}:
            return value.js
        if value.type in {"int", "float", "number"}:
            return guarded(scope, value).js
        return call(scope.helper("truthy"), value.js)
    if isinstance(value, Sequence):
        if value.items is not None and not value.optional:
            return len(value.items) > 0
        filled = binary(">", member(value.js, "length"), Js("0"))
        return Js(f"{value.js.at(SUM)} != null && {filled.text}", 5) if value.optional else filled
    if isinstance(value, (LayerValue, ActivationValue)):
        return binary("!=", value.js, NULL) if value.optional else True
    if isinstance(value, FunctionValue):
        return True
    if isinstance(value, Tensor):
        raise scope.fail(node, "the decision hangs on the values of a tensor, not on the configuration")
    raise scope.fail(node, f"{describe(value)} cannot be tested")
