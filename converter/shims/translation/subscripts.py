"""Indices and slices of lists and tensors."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.javascript import NULL, Js, array, call
from converter.shims.translation.joining import common, describe
from converter.shims.translation.literals import iterated
from converter.shims.translation.scope import expression
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import NUMERIC, LayerValue, Scalar, Sequence, Tensor, is_none

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


@expression(ast.Subscript)
def _subscript(scope: Scope, node: ast.Subscript) -> Value:
    owner = scope.evaluate(node.value)
    if isinstance(owner, Tensor):
        return _slice_tensor(scope, owner, node)
    if isinstance(node.slice, ast.Slice):
        return _slice_list(scope, owner, node.slice, node)
    if isinstance(owner, LayerValue) and owner.chain:
        owner = iterated(scope, owner, node)
    if isinstance(owner, Sequence) and owner.dtype is not None and isinstance(node.slice, ast.Tuple):
        js = operand(scope, owner, node)
        return _slice_tensor(scope, Tensor(js, owner.dtype), node)
    if isinstance(owner, Sequence) and isinstance(node.slice, ast.Tuple):
        raise scope.fail(node, "an index with several parts is translated for tensors only")
    return scalars.item(scope, owner, scope.evaluate(node.slice), node)


def _slice_list(scope: Scope, owner: Value, part: ast.Slice, node: ast.AST) -> Value:
    bounds = [None if each is None else scope.evaluate(each) for each in (part.lower, part.upper, part.step)]
    bounds = [None if each is not None and is_none(each) is True else each for each in bounds]
    if isinstance(owner, Scalar) and owner.type == "any":
        owner = Sequence(owner.js, None, Scalar(owner.js, "any"))
    if not isinstance(owner, Sequence):
        raise scope.fail(node, f"a slice of {describe(owner)} is not translated")
    lower, upper, step = bounds
    numbers = [each for each in bounds if each is not None]
    if not all(isinstance(each, Scalar) and each.type in NUMERIC for each in numbers):
        raise scope.fail(node, "the bounds of a slice must be numbers")
    consts = [each.const if isinstance(each, Scalar) and each.known else None for each in bounds]
    static = all(each is None or (isinstance(each, Scalar) and each.known) for each in bounds)
    if static and owner.items is not None:
        items = owner.items[slice(*consts)]
        return Sequence(array([item.js for item in items]), items, vector=owner.vector, mutable=owner.mutable)
    if step is not None and consts[2] not in {1, -1}:
        raise scope.fail(node, "a slice with a step is not translated for lists")
    if consts[2] == -1:
        if lower is not None or upper is not None:
            raise scope.fail(node, "a backward slice with bounds is not translated")
        return Sequence(Js(f"[...{owner.js.at(3)}].reverse()"), None, owner.element, owner.vector)
    arguments = [each.js for each in (lower, upper) if each is not None]
    if upper is not None and lower is None:
        arguments = [Js("0"), upper.js]
    js = call(f"{owner.js.at(20)}.slice", *arguments)
    element = owner.element if owner.items is None else common(owner.items)
    return Sequence(js, None, element, owner.vector, mutable=owner.mutable)


def _slice_tensor(scope: Scope, owner: Tensor, node: ast.Subscript) -> Value:
    spec, changed = slice_spec(scope, node)
    rank = None if owner.rank is None else owner.rank + changed
    whole = all(js.text in {"':'", "'...'"} for js in spec)
    js = operand(scope, owner, node)
    if whole:
        return replace(owner, js=js, held="")
    if all(js.text != "'...'" for js in spec):
        while len(spec) > 1 and spec[-1].text == "':'":
            spec.pop()
    elif spec[-1].text == "'...'":
        spec.pop()
    function = scope.helper("sliced" if scope.shapes else "slice")
    return Tensor(call(function, js, *spec), owner.dtype, rank=rank)


def slice_spec(scope: Scope, node: ast.Subscript) -> tuple[list[Js], int]:
    """The parts of an index, as the helpers want them, and by how much they change the number of axes."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    found = [_part(scope, part) for part in parts]
    return [js for js, _ in found], sum(change for _, change in found)


def _part(scope: Scope, part: ast.expr) -> tuple[Js, int]:
    """One part of an index, as the helper wants it, and how it changes the number of axes."""
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return Js("'...'"), 0
    if isinstance(part, ast.Slice):
        bounds = [
            None if each is None else scope.evaluate(each) for each in (part.lower, part.upper, part.step)
        ]
        texts = []
        for each in bounds:
            if each is None or is_none(each) is True:
                texts.append(NULL)
            elif isinstance(each, Scalar) and each.type in NUMERIC:
                texts.append(each.js)
            else:
                raise scope.fail(part, f"a bound must be a number, and this is {describe(each)}")
        if all(text == NULL for text in texts):
            return Js("':'"), 0
        if texts[2] == NULL:
            texts.pop()
            return array([*texts]), 0
        return array(texts), 0
    value = scope.evaluate(part)
    if is_none(value) is True:
        return Js("'new'"), 1
    if isinstance(value, Scalar) and value.type in {"int", "number", "any"}:
        return value.js, -1
    raise scope.fail(part, f"an index must be a number, and this is {describe(value)}")
