"""Lists, dictionaries, formatted strings, comprehensions and lambdas."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.javascript import NULL, Js, array, call, literal, record
from converter.shims.translation.joining import common, describe
from converter.shims.translation.logic import asked, unheld
from converter.shims.translation.scope import expression
from converter.shims.translation.values import FunctionValue, LayerValue, Mapped, Scalar, Sequence, constant

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


@expression(ast.Tuple, ast.List)
def _list(scope: Scope, node: ast.Tuple | ast.List) -> Value:
    mutable = isinstance(node, ast.List)
    if any(isinstance(each, ast.Starred) for each in node.elts):
        parts: list[Value] = []
        for each in node.elts:
            if isinstance(each, ast.Starred):
                parts.append(scope.evaluate(each.value))
            else:
                item = _plain_item(scope, each)
                parts.append(Sequence(array([item.js]), (item,)))
        result = scalars.concatenate(scope, parts, node)
        return replace(result, mutable=mutable) if isinstance(result, Sequence) else result
    items = tuple(_plain_item(scope, each) for each in node.elts)
    return Sequence(array([item.js for item in items]), items, mutable=mutable)


def _plain_item(scope: Scope, node: ast.expr) -> Value:
    return unheld(scope, scope.evaluate(node), node)


@expression(ast.Dict)
def _dictionary(scope: Scope, node: ast.Dict) -> Value:
    entries: dict[str, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = scope.evaluate(value)
            if not isinstance(inner, Mapped):
                raise scope.fail(value, "what is in this dictionary is not known")
            entries |= inner.entries
            continue
        name = scope.evaluate(key)
        if not isinstance(name, Scalar) or not isinstance(name.const, (str, int)):
            raise scope.fail(key, "the keys of a dictionary must be constants")
        entries[str(name.const)] = scope.evaluate(value)
    text = record({_key(key): value.js for key, value in entries.items()})
    return Mapped(text, entries)


def _key(name: str) -> str:
    return name if name.isidentifier() else literal(name).text


@expression(ast.JoinedStr)
def _format(scope: Scope, node: ast.JoinedStr) -> Value:
    text, consts = "", True
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += (
                str(part.value)
                .replace("\\", "\\\\")
                .replace("`", "\\`")
                .replace("${", "\\${")
                .replace("\n", "\\n")
            )
        elif isinstance(part, ast.FormattedValue):
            value = scope.evaluate(part.value)
            consts = (
                consts and isinstance(value, Scalar) and value.known and not isinstance(value.const, float)
            )
            text += f"${{{value.js.text}}}"
            if part.format_spec is not None:
                consts = False
    if consts:
        pieces = [
            str(part.value) if isinstance(part, ast.Constant) else str(scope.evaluate(part.value).const)  # type: ignore[attr-defined]
            for part in node.values
        ]
        return constant("".join(pieces))
    return Scalar(Js(f"`{text}`"), "str")


@expression(ast.Lambda)
def _lambda(scope: Scope, node: ast.Lambda) -> Value:
    return FunctionValue(NULL, node, scope.owner, closure=scope)


@expression(ast.ListComp, ast.GeneratorExp)
def _comprehension(scope: Scope, node: ast.ListComp | ast.GeneratorExp) -> Value:
    if len(node.generators) != 1:
        raise scope.fail(node, "comprehensions with several loops are not translated")
    generator = node.generators[0]
    iterable = iterated(scope, scope.evaluate(generator.iter), generator.iter)
    before = dict(scope.variables)
    element = iterable.element if iterable.items is None else common(iterable.items)
    static = (
        iterable.items is not None
        and not iterable.js.is_path
        and len(iterable.items) <= 8
        and not generator.ifs
    )
    if static and isinstance(generator.target, ast.Name) and iterable.items is not None:
        results = []
        for item in iterable.items:
            scope.variables[generator.target.id] = item
            results.append(scope.evaluate(node.elt))
        scope.variables = before
        return Sequence(array([each.js for each in results]), tuple(results), mutable=True)
    if element is None:
        return Sequence(Js("[]"), (), mutable=True)
    parameter = bind_target(scope, generator.target, element)
    text = iterable.js.at(20)
    for test in generator.ifs:
        answer = asked(scope, test)
        wanted = literal(answer) if isinstance(answer, bool) else answer
        text += f".filter(({parameter}) => {wanted.text})"
    before_loop = scope.conditional, scope.looped
    scope.conditional = scope.looped = True
    result = scope.evaluate(node.elt)
    scope.conditional, scope.looped = before_loop
    body = f"({result.js.text})" if result.js.text.startswith("{") else result.js.text
    scope.variables = before
    if result.js.text == parameter:
        js = Js(text)
    elif text.startswith("Array(") and parameter not in body:
        js = Js(f"{text}.map(() => {body})")
    else:
        js = Js(f"{text}.map(({parameter}) => {body})")
    items: tuple[Value, ...] | None = None
    return Sequence(js, items, result, mutable=True)


@expression(ast.DictComp)
def _dictionary_comprehension(scope: Scope, node: ast.DictComp) -> Value:
    pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
    pairs = _comprehension(scope, ast.copy_location(ast.ListComp(pair, node.generators), node))
    assert isinstance(pairs, Sequence)
    element = pairs.element if pairs.items is None else common(pairs.items)
    if not isinstance(element, Sequence) or element.items is None:
        return Mapped(Js("{}"), {})
    return Mapped(call("Object.fromEntries", pairs.js), {}, element=element.items[1])


def bind_target(scope: Scope, target: ast.expr, element: Value) -> str:
    """The target of a loop as JavaScript writes it: a name or a pattern."""
    if isinstance(target, ast.Name):
        return scope.bind(target.id, element).text
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(element, (Sequence, Scalar)):
        parts = []
        for position, each in enumerate(target.elts):
            parts.append(bind_target(scope, each, scalars.item(scope, element, constant(position), target)))
        return f"[{', '.join(parts)}]"
    raise scope.fail(target, f"{describe(element)} cannot be taken apart here")


def iterated(scope: Scope, value: Value, node: ast.AST) -> Sequence:
    """A value as something to loop over."""
    if isinstance(value, Sequence):
        return value
    if isinstance(value, LayerValue) and value.chain:
        return Sequence(value.js, None, LayerValue(Js("layer"), value.kind))
    if isinstance(value, Scalar) and (value.type == "any" or (value.type == "number" and value.optional)):
        return Sequence(value.js, None, Scalar(Js("item"), "any"))
    if isinstance(value, Mapped) and value.element is not None:
        return Sequence(call("Object.keys", value.js), None, Scalar(Js("key"), "str"))
    if isinstance(value, Mapped):
        return constant(list(value.entries))  # type: ignore[return-value]
    raise scope.fail(node, f"a loop over {describe(value)} is not translated")
