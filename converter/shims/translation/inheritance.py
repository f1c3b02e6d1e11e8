"""Constructors and build methods of base classes, and the configuration that they read."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.functions import bind
from converter.shims.translation.javascript import NULL, Js
from converter.shims.translation.scope import Scope
from converter.shims.translation.values import (
    NONE,
    FunctionValue,
    Ignored,
    Mapped,
    Named,
    Scalar,
    Self,
    constant,
)

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


def super_effect(made: Call, owner: Self, name: str) -> bool:
    scope = made.scope
    if name == "__init__":
        return _super_init(made, owner)
    if name == "build":
        from converter.shims.translation.names import attribute

        chain = scope.unit.module.bases(scope.unit.class_name)
        assert owner.above is not None
        above = chain[chain.index(owner.above) + 1 :]
        if any(_defines(scope, each, "build") for each in above):
            function = attribute(scope, owner, "build", made.node)
            assert isinstance(function, FunctionValue)
            _run_base(made, function)
        return True
    return name in {"add_loss", "add_metric", "__setattr__"}


def _defines(scope: Scope, class_name: str, method: str) -> bool:
    body = scope.unit.module.classes[class_name].body
    return any(isinstance(each, ast.FunctionDef) and each.name == method for each in body)


def _super_init(made: Call, owner: Self) -> bool:
    scope = made.scope
    chain = scope.unit.module.bases(scope.unit.class_name)
    assert owner.above is not None
    for each in chain[chain.index(owner.above) + 1 :]:
        for statement in scope.unit.module.classes[each].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                _run_base(made, FunctionValue(NULL, statement, each, bound=True))
                return True
    return True


def _run_base(made: Call, function: FunctionValue) -> None:
    """The constructor or ``build`` of a base class, its body written into that of the class."""
    from converter.shims.translation.assignments import assign
    from converter.shims.translation.functions import loaded_names
    from converter.shims.translation.statements import run

    scope = made.scope
    positional = [scope.evaluate(each) for each in made.node.args]
    keywords = {
        each.arg: scope.evaluate(each.value)
        for each in made.node.keywords
        if each.arg is not None and each.arg not in {"name", "dtype", "trainable"}
    }
    handed_on = [each for each in made.node.keywords if each.arg is None]
    open_keywords = any(
        isinstance(value := scope.evaluate(each.value), Mapped) and value.open for each in handed_on
    )
    bound = bind(scope, function, positional, keywords, made.node, missing=open_keywords)
    if open_keywords:
        bound = _from_configuration(scope, function, bound)
    inner = Scope(scope.unit, scope.mode, scope.method, owner=function.owner or "")
    inner.block, inner.names = scope.block, {f"\0{name}": js for name, js in scope.names.items()}
    inner.loaded = loaded_names(function.node)
    for name, (value, _) in bound.items():
        if (
            isinstance(value, (Self, Mapped, Named, FunctionValue, Ignored))
            or value.js.is_path
            or (isinstance(value, Scalar) and value.known)
        ):
            inner.variables[name] = value
        else:
            assign(inner, ast.Name(name, ast.Store()), value, made.node)
    body = function.node.body
    assert isinstance(body, list)
    run(inner, body)
    scope.names |= {
        f"\0{name}{len(scope.names)}": js for name, js in inner.names.items() if not name.startswith("\0")
    }
    scope.computes = scope.computes or inner.computes


def _from_configuration(
    scope: Scope, function: FunctionValue, bound: dict[str, tuple[Value, bool]]
) -> dict[str, tuple[Value, bool]]:
    """What ``**kwargs`` hands on to the constructor of a base class comes from the configuration."""
    arguments = function.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(
        arguments.defaults
    )
    pairs = [
        *zip(plain, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    result = dict(bound)
    for each, default in pairs:
        if (
            bound.get(each.arg, (NONE, False))[1]
            or each.arg in {"name", "dtype", "trainable"}
            or each is plain[0]
        ):
            continue
        result[each.arg] = (further_key(scope, each.arg, default), True)
    if arguments.kwarg is not None:
        result[arguments.kwarg.arg] = (Mapped(Js("kwargs"), {}, open=True), False)
    return result


def _further_key(made: Call, name: str) -> Value:
    """``kwargs.pop("key", default)`` in a constructor: one more key of the configuration."""
    scope, arguments = made.scope, made.node.args
    if name not in {"get", "pop"} or not arguments or not isinstance(arguments[0], ast.Constant):
        raise scope.fail(made.node, "this use of the keyword arguments is not translated")
    key = str(arguments[0].value)
    default = arguments[1] if len(arguments) > 1 else None
    if default is None and name == "get":
        default = ast.copy_location(ast.Constant(None), made.node)
    if key in {"name", "dtype", "trainable"}:
        return constant(None) if default is None else scope.evaluate(default)
    return further_key(scope, key, default)


def further_key(scope: Scope, name: str, default: ast.expr | None) -> Value:
    """A key of the configuration that is no parameter of the class's own ``__init__``."""
    from converter.shims.translation.configuration import key_of

    for each in scope.unit.keys:
        if each.name == name:
            value: Value = scope.unit.further.get(name, each.value)
            return value
    key = key_of(scope.unit, name, None, default, scope)
    scope.unit.keys.append(key)
    scope.unit.further[name] = key.value
    return key.value
