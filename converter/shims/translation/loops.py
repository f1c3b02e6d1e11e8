"""Loops."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.assignments import _SILENT, assign
from converter.shims.translation.blocks import For
from converter.shims.translation.javascript import Js, call
from converter.shims.translation.joining import common
from converter.shims.translation.literals import bind_target, iterated
from converter.shims.translation.values import (
    MISSING,
    NONE,
    NUMERIC,
    Conflict,
    Scalar,
    Sequence,
    Tensor,
    number,
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


def for_loop(scope: Scope, node: ast.stmt) -> None:
    from converter.shims.translation.statements import run

    assert isinstance(node, ast.For)
    if node.orelse:
        raise scope.fail(node, "the else of a loop is not translated")
    header, element, counter = _header(scope, node)
    if header == "":
        return
    outside, conditional, looped = scope.block, scope.conditional, scope.looped
    scope.conditional = scope.looped = True
    targets = {each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)}
    for _ in range(4):
        before = scope.snapshot()
        scope.block = []
        pattern = bind_target(scope, node.target, element)
        run(scope, node.body)
        block = scope.block
        for name in targets:
            if name not in before[0]:
                scope.variables.pop(name, None)
        scope.merge(before)
        if _same(scope.snapshot(), before):
            break
    else:
        raise scope.fail(node, "what the variables of this loop stand for does not settle")
    scope.block, scope.conditional, scope.looped = outside, conditional, looped
    for name in targets:
        kept = Conflict(Js(name), "it is the variable of a loop that is over")
        scope.variables[name] = kept
    names = [scope.names[name] for name in sorted(targets) if name in scope.names]
    text = header.replace("$", pattern) if counter else f"const {pattern} of {header}"
    scope.block.append(For(text, names, block))


def _same(
    first: tuple[dict[str, Value], dict[str, Value]], second: tuple[dict[str, Value], dict[str, Value]]
) -> bool:
    for own, other in zip(first, second, strict=True):
        for name, value in own.items():
            before = other.get(name)
            if before is None or not _alike(value, before):
                return False
    return True


def _alike(first: Value, second: Value) -> bool:
    """Whether the same is known of both, but for which shape it is."""
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return replace(first, shape=0, js=second.js) == replace(second, shape=0)
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        if (first.items is None) is not (second.items is None):
            return False
        if first.items is not None and second.items is not None:
            same = len(first.items) == len(second.items) and all(
                _alike(one, other) for one, other in zip(first.items, second.items, strict=True)
            )
            return same and first.optional == second.optional
        if first.element is None or second.element is None:
            return first.element is second.element
        return _alike(first.element, second.element) and first.optional == second.optional
    if type(first) is type(second) and isinstance(first, Conflict):
        return True
    return first.named(second.js) == second


def _header(scope: Scope, node: ast.For) -> tuple[str, Value, bool]:
    """The inside of ``for (…)``, and what the variable stands for; ``$`` is its name where it counts."""
    from converter.shims.translation.statements import run

    source = node.iter
    if (
        (
            isinstance(source, ast.Call)
            and isinstance(source.func, ast.Name)
            and isinstance(node.target, ast.Name)
        )
        and source.func.id == "range"
        and "range" not in scope.variables
        and not source.keywords
    ):
        bounds = [scope.evaluate(each) for each in source.args]
        numbers = [each for each in bounds if isinstance(each, Scalar) and each.type in NUMERIC]
        if len(numbers) != len(bounds) or not 1 <= len(bounds) <= 3:
            raise scope.fail(source, "the bounds of a range must be numbers that the configuration decides")
        texts = [scalars.guarded(scope, each).js for each in numbers]
        start = texts[0] if len(texts) > 1 else Js("0")
        stop = texts[1] if len(texts) > 1 else texts[0]
        step = numbers[2].const if len(numbers) > 2 else 1
        if step is MISSING:
            items = call(scope.helper("range"), *texts)
            return items.text, number(Js("i"), "int"), False
        sign = "<" if step > 0 else ">"
        change = f"$ += {step}" if step > 0 else f"$ -= {-step}"
        return f"let $ = {start.text}; $ {sign} {stop.at(11)}; {change}", number(Js("i"), "int"), True
    iterable = iterated(scope, scope.evaluate(source), source)
    if iterable.items is not None and any(isinstance(item, _SILENT) for item in iterable.items):
        for item in iterable.items:
            assign(scope, node.target, item, source)
            run(scope, node.body)
        return "", NONE, False
    element = iterable.element if iterable.items is None else common(iterable.items)
    if element is None:
        return "", NONE, False
    return iterable.js.text, element, False
