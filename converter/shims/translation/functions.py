"""Functions of the file, of the module, methods and lambdas, translated for the kinds of their arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import Do, declare, render, simplify
from converter.shims.translation.javascript import Js, call
from converter.shims.translation.joining import join
from converter.shims.translation.scope import PromotionError, Scope, Specialised
from converter.shims.translation.tensors import traces
from converter.shims.translation.values import (
    MISSING,
    NONE,
    ClassValue,
    FunctionValue,
    Ignored,
    Named,
    Scalar,
    Self,
    Sequence,
    Tensor,
    constant,
    fresh,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.values import Value


_STATIC = (Named, ClassValue, FunctionValue, Ignored, Self)


def bind(
    scope: Scope,
    function: FunctionValue,
    positional: list[Value],
    keywords: dict[str, Value],
    node: ast.AST,
    *,
    missing: bool = False,
) -> dict[str, tuple[Value, bool]]:
    """The value of each parameter, and whether the call gives it; ``missing`` lets some be left out."""
    arguments = function.node.args
    names = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
    bound: dict[str, tuple[Value, bool]] = {}
    if function.bound and names:
        bound[names[0]] = (Self(Js("this")), True)
        names = names[1:]
    if len(positional) > len(names) and arguments.vararg is None:
        raise scope.fail(node, "it is called with more arguments than it takes")
    for name, value in zip(names, positional, strict=False):
        bound[name] = (value, True)
    if arguments.vararg is not None:
        rest = tuple(positional[len(names) :])
        from converter.shims.translation.javascript import array

        bound[arguments.vararg.arg] = (Sequence(array([each.js for each in rest]), rest), bool(rest))
    known = {*names, *(each.arg for each in arguments.kwonlyargs)}
    for name, value in keywords.items():
        if name not in known:
            if arguments.kwarg is None:
                raise scope.fail(node, f"it has no parameter {name!r}")
            continue
        bound[name] = (value, True)
    defaults: dict[str, ast.expr | None] = (
        dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=False))
        if arguments.defaults
        else {}
    )
    defaults |= {
        each.arg: default for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    }
    for name in [*names, *(each.arg for each in arguments.kwonlyargs)]:
        if name in bound:
            continue
        default = defaults.get(name)
        if default is None:
            if missing:
                continue
            raise scope.fail(node, f"the argument {name!r} is not given")
        bound[name] = (Scope(scope.unit, mode=scope.mode, method="constructor").evaluate(default), False)
    if arguments.kwarg is not None:
        from converter.shims.translation.values import Mapped

        bound[arguments.kwarg.arg] = (Mapped(Js("{}"), {}), False)
    return bound


def call_function(
    scope: Scope, function: FunctionValue, positional: list[Value], keywords: dict[str, Value], node: ast.AST
) -> Value:
    """The result of a call of a function of the file."""
    if function.closure is not None or isinstance(function.node, ast.Lambda):
        return _inline(scope, function, positional, keywords, node)
    bound = bind(scope, function, positional, keywords, node)
    static = {name: value for name, (value, given) in bound.items() if _is_static(value, given=given)}
    passed = {name: value for name, (value, _) in bound.items() if name not in static}
    unit = scope.unit
    table = unit.functions if function.owner is None else unit.methods
    key = (
        function.owner,
        function.node.name,
        scope.mode,
        scope.method if function.owner else "",
        tuple((name, _signature(value)) for name, value in static.items()),
        tuple((name, _signature(value)) for name, value in passed.items()),
    )
    identities = _identities(list(passed.values()))
    if key not in table:
        table[key] = None
        table[key] = _specialise(scope, function, static, passed, node)
    found = table[key]
    if found is None:
        raise scope.fail(node, "functions that call themselves are not translated")
    arguments = [value.js for value in passed.values()]
    prefix = "this." if function.owner is not None else ""
    js = call(prefix + found.name, *arguments)
    known = dict(zip(found.parameters, identities, strict=False))
    return _with_identities(found.result.named(js), known)


def _is_static(value: Value, *, given: bool) -> bool:
    if isinstance(value, _STATIC) or is_none(value) is True:
        return True
    if isinstance(value, Scalar) and isinstance(value.const, bool):
        return True
    return (not given and isinstance(value, Scalar) and value.known) or (
        isinstance(value, Sequence) and value.items == ()
    )


def _signature(value: Value) -> object:
    """What a translation hangs on in an argument."""
    if isinstance(value, Tensor):
        return ("tensor", value.dtype, value.rank, value.held)
    if isinstance(value, Scalar):
        const = (
            value.const if value.type == "none" or (value.known and isinstance(value.const, bool)) else None
        )
        return ("scalar", value.type, const, value.sized, value.optional)
    if isinstance(value, Sequence):
        parts = value.items if value.items is not None else (value.element,)
        inner = tuple(None if part is None else _signature(part) for part in parts)
        return ("list", value.items is not None, inner, value.vector)
    return replace(value, js=Js("")) if not isinstance(value, FunctionValue) else id(value.node)


def _identities(values: list[Value]) -> list[int]:
    found: list[int] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value.shape)
        elif isinstance(value, Sequence):
            parts = value.items if value.items is not None else ((value.element,) if value.element else ())
            found += _identities([part for part in parts if part is not None])
    return found


def _with_identities(value: Value, table: dict[int, int]) -> Value:
    """The result with the shapes of the arguments in place of those of the parameters."""
    if isinstance(value, Tensor):
        return replace(value, shape=table.get(value.shape, 0) or fresh())
    if isinstance(value, Sequence):
        if value.items is not None:
            return replace(
                value, items=tuple(_with_identities(item, table) for item in value.items), shape_of=None
            )
        return replace(value, shape_of=None)
    if isinstance(value, Scalar):
        return replace(value, origin=None)
    return value


def _parameter(value: Value) -> Value:
    """An argument as the function sees it: what is not constant for every call is not known."""
    if isinstance(value, Scalar) and not (value.known and isinstance(value.const, bool)):
        kind = value.type
        return replace(value, const=MISSING if kind != "none" else value.const, origin=None)
    if isinstance(value, Tensor):
        return replace(value, shape=fresh())
    if isinstance(value, Sequence) and value.items is not None:
        return replace(value, items=tuple(_parameter(item) for item in value.items), shape_of=None)
    return value


def _specialise(
    scope: Scope, function: FunctionValue, static: dict[str, Value], passed: dict[str, Value], node: ast.AST
) -> Specialised:
    definition = function.node
    assert isinstance(definition, ast.FunctionDef)
    if function.owner is not None and definition.name in {"build", "__init__"}:
        raise scope.fail(node, f"a call of {definition.name} is not translated here")
    method = scope.method if scope.method in {"constructor", "build"} and function.owner else "function"
    parameters: list[str] = []
    ids: list[int] = []

    def begin() -> Scope:
        begun = Scope(
            scope.unit, scope.mode, method, owner=function.owner or "", conditional=True, looped=True
        )
        begun.loaded = loaded_names(definition)
        begun.variables |= static
        parameters.clear()
        ids.clear()
        for name, value in passed.items():
            parameters.append(begun.bind(name, _parameter(value)).text)
            ids.extend(_identities([begun.variables[name]]))
        return begun

    inner = run_body(begin, definition.body)
    result: Value | None = None
    for each in inner.returns:
        result = each if result is None else join(result, each)
    if inner.computes:
        scope.computes = True
    name = _unique(scope, function, definition.name)
    block = inner.block
    if scope.shapes:
        block = simplify(block, traces, parameters)
    if scope.shapes and not block:
        block = [Do("return null")]
    body = render(declare(block, parameters), 4 if function.owner else 2)
    head = f"{name}({', '.join(parameters)})"
    text = f"  {head} {{\n{body}\n  }}" if function.owner else f"function {head} {{\n{body}\n}}"
    return Specialised(name, result if result is not None else NONE, text, tuple(ids))


def run_body(begin: Callable[[], Scope], body: list[ast.stmt]) -> Scope:
    """Translate the body of a function, anew where a variable turns out to be a tensor on some way only."""
    from converter.shims.translation.statements import run

    promoted: set[str] = set()
    while True:
        scope = begin()
        scope.promoted |= promoted
        try:
            run(scope, body)
        except PromotionError as found:
            if found.name in promoted:
                raise
            promoted.add(found.name)
        else:
            return scope


def _unique(scope: Scope, function: FunctionValue, python: str) -> str:
    table = scope.unit.methods if function.owner is not None else scope.unit.functions
    taken = {each.name for each in table.values() if each is not None}
    key = python + ("_shape" if scope.shapes else "")
    if function.owner is not None:
        base = scope.attribute(f"{key}_method") if key in scope.unit.attributes else scope.attribute(key)
    else:
        from converter.shims.translation.helpers import HELPERS
        from converter.shims.translation.javascript import RESERVED, camel

        base = camel(key)
        while base in HELPERS or base in RESERVED:
            base += "_"
    name, count = base, 2
    while name in taken:
        name, count = f"{base}{count}", count + 1
    return name


def loaded_names(node: ast.AST) -> set[str]:
    """The names that are read anywhere in a function."""
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    } | {
        each.target.id
        for each in ast.walk(node)
        if isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name)
    }


def _inline(
    scope: Scope, function: FunctionValue, positional: list[Value], keywords: dict[str, Value], node: ast.AST
) -> Value:
    """A lambda or inner function, its body written where it is called."""
    from converter.shims.translation.assignments import assign
    from converter.shims.translation.statements import run

    closure = function.closure
    bound = bind(scope, function, positional, keywords, node)
    inner = Scope(
        scope.unit,
        scope.mode,
        scope.method,
        owner=function.owner or "",
        conditional=scope.conditional,
        looped=scope.looped,
    )
    inner.block = scope.block
    inner.names = {f"\0{name}": js for name, js in scope.names.items()}
    if closure is not None:
        inner.variables |= _captured(scope, function, closure)
    body = function.node.body
    if isinstance(body, list):
        # Arguments that are more than a name get one, so that they are computed once.
        for name, (value, _) in bound.items():
            if isinstance(value, _STATIC) or value.js.is_path or (isinstance(value, Scalar) and value.known):
                inner.variables[name] = value
            else:
                assign(inner, ast.Name(name, ast.Store()), value, node)
        returns = [each for each in ast.walk(function.node) if isinstance(each, ast.Return)]
        if len(returns) != 1 or body[-1] is not returns[0] or returns[0].value is None:
            raise scope.fail(
                function.node, "an inner function is translated only if it returns once, at its end"
            )
        run(inner, body[:-1])
        result = inner.evaluate(returns[0].value)
    else:
        inner.variables |= {name: value for name, (value, _) in bound.items()}
        result = inner.evaluate(body)
    scope.names |= {
        f"\0{name}{len(scope.names)}": js for name, js in inner.names.items() if not name.startswith("\0")
    }
    scope.block = inner.block
    scope.computes = scope.computes or inner.computes
    return result


def _captured(scope: Scope, function: FunctionValue, closure: Scope) -> dict[str, Value]:
    """What the variables around an inner function stand for where it is called."""
    if closure.method == scope.method and closure.mode == scope.mode:
        return dict(closure.variables)
    found: dict[str, Value] = {}
    parameters = {each.arg for each in function.node.args.args}
    for name in loaded_names(function.node) - parameters:
        value = closure.variables.get(name)
        if value is None:
            continue
        if isinstance(value, _STATIC) or (isinstance(value, Scalar) and value.known):
            found[name] = value if isinstance(value, _STATIC) else constant(value.const)
            continue
        kept = next(
            (
                text.split(" = ")[0]
                for each in closure.block
                if isinstance(each, Do)
                for text in [each.text]
                if text.startswith("this.") and text.endswith(f" = {value.js.text}")
            ),
            None,
        )
        if kept is None:
            raise scope.fail(
                function.node,
                f"it uses {name!r} of {closure.method}, which the layer does not keep as an attribute",
            )
        found[name] = value.named(Js(kept))
    return found
