"""Tests, comparisons and choices."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.comparisons import compare, truth
from converter.shims.translation.javascript import NULL, Js, binary, condition, unary
from converter.shims.translation.joining import join
from converter.shims.translation.scope import expression
from converter.shims.translation.tensors import arithmetic, is_tensor, operand
from converter.shims.translation.values import (
    ActivationValue,
    FunctionValue,
    Ignored,
    Named,
    Scalar,
    Self,
    Tensor,
    constant,
    fresh,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


def asked(scope: Scope, node: ast.expr) -> Js | bool:
    """An expression as a test: what JavaScript asks, or the answer where it is known now."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = asked(scope, node.operand)
        return not inner if isinstance(inner, bool) else unary("!", inner)
    if not isinstance(node, ast.BoolOp):
        return truth(scope, scope.evaluate(node), node)
    is_and = isinstance(node.op, ast.And)
    state = scope.snapshot()
    found: Js | None = None
    for each in node.values:
        test = asked(scope, each)
        if isinstance(test, bool):
            if test is is_and:
                continue
            scope.restore(state)
            return test if found is None else Js(found.text + (" && false" if is_and else " || true"), 4)
        found = test if found is None else binary("&&" if is_and else "||", found, test)
        narrow(scope, each, positive=is_and)
    scope.restore(state)
    return is_and if found is None else found


@expression(ast.BoolOp)
def _boolean(scope: Scope, node: ast.BoolOp) -> Value:
    """``a and b``, ``a or b``: one of the values, as in Python."""
    is_and = isinstance(node.op, ast.And)
    state = scope.snapshot()
    result = scope.evaluate(node.values[0])
    last = node.values[0]
    for each in node.values[1:]:
        test = truth(scope, result, last)
        if isinstance(test, bool):
            if test is not is_and:
                break
            result = scope.evaluate(each)
        else:
            narrow(scope, last, positive=is_and)
            result = _either(scope, test, result, scope.evaluate(each), is_and=is_and, node=node)
        last = each
    scope.restore(state)
    return result


def _either(scope: Scope, test: Js, first: Value, second: Value, *, is_and: bool, node: ast.AST) -> Value:
    booleans = all(isinstance(each, Scalar) and each.type == "bool" for each in (first, second))
    if booleans:
        return Scalar(binary("&&" if is_and else "||", first.js, second.js), "bool")
    kept = replace(first, optional=False) if not is_and and hasattr(first, "optional") else first  # type: ignore[call-arg]
    return choose(scope, test, second, kept, node) if is_and else choose(scope, test, kept, second, node)


def narrow(scope: Scope, test: ast.expr, *, positive: bool) -> None:
    """Take for granted that a test came out so: what is not ``None`` is what it is otherwise."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return narrow(scope, test.operand, positive=not positive)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is positive:
        for each in test.values:
            narrow(scope, each, positive=positive)
        return None
    target: ast.expr | None = None
    present = positive
    if isinstance(test, (ast.Name, ast.Attribute)):
        target = test
    elif (
        isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot))
    ):
        second = test.comparators[0]
        if isinstance(second, ast.Constant) and second.value is None:
            target, present = test.left, isinstance(test.ops[0], ast.IsNot) is positive
    if target is None or not present:
        return None
    table, name = scope.variables, ""
    if isinstance(target, ast.Name):
        name = target.id
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        own = isinstance(scope.variables.get(target.value.id), Self)
        table, name = (scope.unit.attributes, target.attr) if own else (scope.variables, "")
    value = table.get(name)
    if value is not None and getattr(value, "optional", False):
        table[name] = replace(value, optional=False)  # type: ignore[call-arg]
    return None


@expression(ast.Compare)
def _compare(scope: Scope, node: ast.Compare) -> Value:
    values = [scope.evaluate(each) for each in [node.left, *node.comparators]]
    results: list[Value] = []
    for sign, left, right in zip(node.ops, values, values[1:], strict=False):
        ordered = isinstance(sign, (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        if (
            ordered
            and (is_tensor(left) or is_tensor(right))
            and is_none(left) is not True
            and is_none(right) is not True
        ):
            if len(node.ops) > 1:
                raise scope.fail(node, "a chain of comparisons cannot be made of tensors")
            return arithmetic(scope, sign, left, right, node)
        results.append(compare(scope, sign, left, right, node))
    if all(isinstance(each, Scalar) and each.known for each in results):
        return constant(all(each.const for each in results if isinstance(each, Scalar)))
    js = results[0].js
    for each in results[1:]:
        js = binary("&&", js, each.js)
    return Scalar(js, "bool")


@expression(ast.IfExp)
def _conditional(scope: Scope, node: ast.IfExp) -> Value:
    test = asked(scope, node.test)
    if isinstance(test, bool):
        return scope.evaluate(node.body if test else node.orelse)
    state = scope.snapshot()
    before, scope.conditional = scope.conditional, True
    narrow(scope, node.test, positive=True)
    then = scope.evaluate(node.body)
    scope.restore(state)
    narrow(scope, node.test, positive=False)
    otherwise = scope.evaluate(node.orelse)
    scope.restore(state)
    scope.conditional = before
    return choose(scope, test, then, otherwise, node)


def choose(scope: Scope, test: Js, then: Value, otherwise: Value, node: ast.AST) -> Value:
    """``then if test else otherwise``."""
    if any(isinstance(each, (Named, FunctionValue)) for each in (then, otherwise)):
        from converter.shims.translation.activations import activation_function

        sides = [
            NULL if is_none(each) is True else activation_function(scope, each, node)
            for each in (then, otherwise)
        ]
        return ActivationValue(condition(test, *sides), optional=NULL in sides)
    if isinstance(then, Ignored) and isinstance(otherwise, Ignored):
        return then
    first, second = (unheld(scope, each, node) for each in (then, otherwise))
    joined = join(first, second)
    if isinstance(joined, Tensor) and isinstance(first, Tensor) and isinstance(second, Tensor):
        joined = replace(joined, shape=first.shape if first.shape == second.shape else fresh())
    if first.js == second.js:
        return joined.named(first.js)
    return joined.named(condition(test, first.js, second.js))


def unheld(scope: Scope, value: Value, node: ast.AST) -> Value:
    if isinstance(value, Tensor) and value.held and scope.method in {"call", "function"}:
        return replace(value, js=operand(scope, value, node), held="")
    return value
