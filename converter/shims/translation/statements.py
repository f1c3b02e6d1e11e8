"""Statements of Python, one function for each kind."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.assignments import assign, extend, is_flag, loaded
from converter.shims.translation.blocks import Do, If, ends
from converter.shims.translation.expressions import apply_operator
from converter.shims.translation.javascript import Js, array, literal
from converter.shims.translation.logic import asked, narrow
from converter.shims.translation.loops import for_loop
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import NONE, FunctionValue, Ignored, Sequence, Tensor

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


_DROPPED_CALLS = ("tf.debugging.", "tf.print", "tf.Assert", "builtins.print", "tf.summary.", "tf.get_logger")


_CONTEXTS = (
    "tf.name_scope",
    "keras.backend.name_scope",
    "keras.name_scope",
    "tf.device",
    "tf.init_scope",
    "tf.compat.v1.name_scope",
    "tf.compat.v1.variable_scope",
    "tf.control_dependencies",
)


def run(scope: Scope, statements: list[ast.stmt]) -> None:
    """Translate statements into ``scope.block``; stops where the rest is not reached.

    Raises:
        UntranslatableError: at the first place that has no counterpart.
    """
    for position, statement in enumerate(statements):
        rest = statements[position + 1 :]
        if isinstance(statement, ast.If) and _guards(statement) and rest:
            # What follows a branch that leaves is the other branch.
            whole = ast.If(statement.test, statement.body, rest)
            _if(scope, ast.copy_location(whole, statement), flat=True)
            return
        handler = _STATEMENTS.get(type(statement))
        if handler is None:
            raise scope.fail(statement, f"{type(statement).__name__} statements are not translated")
        handler(scope, statement)
        if ends(scope.block):
            return


def _guards(statement: ast.If) -> bool:
    return bool(statement.body) and isinstance(statement.body[-1], ast.Return) and (not statement.orelse)


def _assign(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.Assign)
    value = _evaluate_for(scope, node.targets[0], node.value)
    for target in node.targets:
        assign(scope, target, value, node.value)
        if len(node.targets) > 1:
            value = scope.evaluate(loaded(target))


def _annotated(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.AnnAssign)
    if node.value is not None:
        assign(scope, node.target, _evaluate_for(scope, node.target, node.value), node.value)


def _evaluate_for(scope: Scope, target: ast.expr, value: ast.expr) -> Value:
    """What an assignment gives; some attributes of a layer say nothing about inference."""
    if is_flag(scope, target):
        return Ignored(Js("null"))
    return scope.evaluate(value)


def _augmented(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.AugAssign)
    current = scope.evaluate(loaded(node.target))
    value = scope.evaluate(node.value)
    if (
        isinstance(current, Sequence)
        and current.mutable
        and isinstance(node.op, ast.Add)
        and isinstance(value, Sequence)
    ):
        extend(scope, node.target, current, value)
        return
    assign(scope, node.target, apply_operator(scope, node.op, current, value, node), node)


def _expression(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.Expr)
    if isinstance(node.value, (ast.Constant, ast.Name)):
        return
    if isinstance(node.value, ast.Call):
        path = scope.unit.module.qualified(node.value.func)
        name = node.value.func.id if isinstance(node.value.func, ast.Name) else ""
        if (path or f"builtins.{name}").startswith(_DROPPED_CALLS) or (path or "").split(".")[0] in {
            "warnings",
            "logging",
        }:
            return
        from converter.shims.translation.calls import call_statement

        call_statement(scope, node.value)
        return
    scope.evaluate(node.value)


def _if(scope: Scope, node: ast.stmt, *, flat: bool = False) -> None:
    assert isinstance(node, ast.If)
    if not node.orelse and all(
        isinstance(each, (ast.Raise, ast.Pass)) or _is_text(each) for each in node.body
    ):
        return  # what was refused when the model was made does not come here
    test = asked(scope, node.test)
    if isinstance(test, bool):
        run(scope, node.body if test else node.orelse)
        return
    state, outside, conditional = scope.snapshot(), scope.block, scope.conditional
    scope.conditional = True
    narrow(scope, node.test, positive=True)
    then = _branch(scope, node.body)
    after_then = scope.snapshot()
    scope.restore(state)
    narrow(scope, node.test, positive=False)
    otherwise = _branch(scope, node.orelse)
    scope.block, scope.conditional = outside, conditional
    if _leaves(otherwise) and not _leaves(then):
        scope.restore(after_then)
    elif not _leaves(then):
        scope.merge(after_then)
    if not then and not otherwise:
        return
    if flat and ends(then):
        scope.block.append(If(test.text, then, []))
        scope.block += otherwise
    elif not then:
        from converter.shims.translation.javascript import unary

        scope.block.append(If(unary("!", test).text, otherwise, []))
    else:
        scope.block.append(If(test.text, then, otherwise))


def _leaves(block: Block) -> bool:
    """Whether the function ends in the block; a loop that goes on or ends keeps its variables."""
    last = block[-1] if block else None
    if isinstance(last, If):
        return _leaves(last.then) and _leaves(last.otherwise)
    return isinstance(last, Do) and last.text.startswith(("return", "throw"))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _branch(scope: Scope, body: list[ast.stmt]) -> Block:
    scope.block = []
    run(scope, body)
    return scope.block


def _return(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.Return)
    value: Value = NONE if node.value is None else scope.evaluate(node.value)
    if isinstance(value, Tensor) and value.held:
        value = replace(value, js=operand(scope, value, node), held="")
    if (
        isinstance(value, Sequence)
        and value.items is not None
        and any(isinstance(each, Tensor) and each.held for each in value.items)
    ):
        items = tuple(operand(scope, each, node) for each in value.items)
        value = replace(value, js=array(items))
    scope.returns.append(value)
    scope.block.append(Do(f"return {value.js.text}"))


def _raise(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.Raise)
    message = "this configuration is not supported"
    if isinstance(node.exc, ast.Call) and node.exc.args and isinstance(node.exc.args[0], ast.Constant):
        message = str(node.exc.args[0].value)
    scope.block.append(Do(f"throw new Error({literal(message).text})"))


def _with(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.With)
    for each in node.items:
        func = each.context_expr.func if isinstance(each.context_expr, ast.Call) else each.context_expr
        path = scope.unit.module.qualified(func) or ""
        own = isinstance(func, ast.Attribute) and func.attr in {"_name_scope", "name_scope"}
        if not own and not path.startswith(_CONTEXTS):
            raise scope.fail(each.context_expr, "this context is not translated")
    run(scope, node.body)


def _nested(scope: Scope, node: ast.stmt) -> None:
    assert isinstance(node, ast.FunctionDef)
    scope.variables[node.name] = FunctionValue(Js(node.name), node, scope.owner, closure=scope)


def _nothing(scope: Scope, node: ast.stmt) -> None:
    """``pass``, ``import``, ``assert``, ``del``, ``global``."""


def _break(scope: Scope, node: ast.stmt) -> None:
    scope.block.append(Do("break" if isinstance(node, ast.Break) else "continue"))


_STATEMENTS: dict[type[ast.stmt], Callable[[Scope, ast.stmt], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _expression,
    ast.If: _if,
    ast.For: for_loop,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.With: _with,
    ast.FunctionDef: _nested,
    ast.Pass: _nothing,
    ast.Import: _nothing,
    ast.ImportFrom: _nothing,
    ast.Assert: _nothing,
    ast.Delete: _nothing,
    ast.Break: _break,
    ast.Continue: _break,
}
