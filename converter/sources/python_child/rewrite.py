"""Turns a live function into a method whose captures are attributes of its layer.

``lambda x: x * self.beta`` becomes ``def call(self, x): return x * self.beta``, where ``beta`` is a key
of the layer's configuration; helper functions become methods beside it.
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from converter.errors import UnsupportedError
from converter.sources.python_child import captures, importing, lambdas, naming
from converter.sources.python_child.captures import MISSING, Scope, Step
from converter.sources.python_child.importing import Imports
from converter.sources.python_child.lambdas import Source

PASSED_BY_KERAS = ("mask", "training")
IN_PLACE = frozenset({"fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort"})
"""Methods of numpy arrays that change them."""


class Holder:
    """What a generated class holds: configuration, methods, imports.

    Attributes:
        parameters: the captured values by the name of their configuration key.
        methods: helper functions by name.
        imports: those of the whole module.
        classes: names for classes that are generated, by the id of the live class.
        keeps: whether a class of the user's may be imported from where it stands.
    """

    def __init__(self, imports: Imports, taken: Iterable[str]) -> None:
        self.parameters: dict[str, Any] = {}
        self.methods: dict[str, ast.FunctionDef] = {}
        self.imports = imports
        self.classes: dict[int, str] = {}
        self.keeps: Callable[[Any], bool] = lambda _: False
        self._taken = set(taken)
        self._known: dict[Any, str] = {}
        self._alive: list[Any] = []

    def parameter(self, key: tuple[int, str], wanted: str, value: Any) -> str:
        """The configuration key of a captured value."""
        if key not in self._known:
            name = naming.snake(wanted)
            name = naming.unique(name if name not in self._taken else f"{name}_value", self._taken)
            self._taken.add(name)
            self.parameters[name] = value
            self._known[key] = name
        return self._known[key]

    def helper(self, value: Any, scope: Scope) -> str:
        """The name of the method that a captured function becomes."""
        inner = Scope.of(value, scope.where)
        key = ("helper", id(inner.function), *map(id, inner.bound.values()))
        if key not in self._known:
            wanted = inner.function.__name__
            wanted = "helper" if wanted == "<lambda>" else wanted
            name = naming.unique(f"_{wanted.lstrip('_')}", self._taken)
            self._taken.add(name)
            self._known[key] = name
            self._alive.append(value)  # so that no other object gets its id
            self.methods[name] = method(inner, name, self)
        return self._known[key]


def method(scope: Scope, name: str, holder: Holder, *, of_layer: bool = False) -> ast.FunctionDef:
    """A live function as a method.

    Args:
        scope: the function.
        name: of the method.
        holder: is given what the function captures.
        of_layer: whether Keras calls it with its input alone, as it does the function of a Lambda layer.

    Raises:
        UnsupportedError: ``capture``, when it uses what no configuration can hold.
    """
    source = lambdas.find(scope.function, scope.where)
    node: Any = copy.deepcopy(source.node)
    refuse = _Refusal(source, scope)
    _check_kind(scope, node, refuse)
    scope, kept = _signature(scope, node, refuse, of_layer=of_layer)
    body: list[ast.stmt] = [ast.Return(node.body)]
    if not isinstance(node, ast.Lambda):
        body = _without_docstring(node.body)
    stored = stored_names(body)
    local = stored | {each.arg for each in kept.args}
    if "self" in local:
        refuse(node, "it calls something of its own 'self', which the layer needs for itself")
    for free in scope.function.__code__.co_freevars:
        if free in local:
            refuse(node, f"it uses the name '{free}' for two things")
    rewriter = Rewriter(source, scope, holder, local)
    prelude = [
        ast.Assign([ast.Name(each, ast.Store())], rewriter.resolve(ast.Name(each, ast.Load()), each, []))
        for each in sorted(scope.bound.keys() & stored)
    ]
    body = [*prelude, *(rewriter.visit(each) for each in body)]
    kept.args.insert(0, ast.arg("self"))
    made = ast.FunctionDef(name, kept, body, [])
    return ast.fix_missing_locations(made)


def parameters(*names: str) -> ast.arguments:
    """Parameters of a function by their names."""
    every = [ast.arg(name) for name in names]
    return ast.arguments(posonlyargs=[], args=every, kwonlyargs=[], kw_defaults=[], defaults=[])


def returning(result: ast.expr) -> ast.FunctionDef:
    """``def call(self, x)`` that returns this."""
    made = ast.FunctionDef("call", parameters("self", "x"), [ast.Return(result)], [])
    return ast.fix_missing_locations(made)


class _Refusal:
    """Raises the error about a line of a function."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self.file, self.where = source.file.name, scope.where

    def __call__(self, node: ast.AST, why: str, fix: str = captures.FIX) -> NoReturn:
        line = getattr(node, "lineno", 0)
        raise UnsupportedError("capture", f"{self.file}:{line}, {self.where}", f"{why}.", fix)

    def effect(self, node: ast.AST, why: str) -> NoReturn:
        """The same for what a function does beside computing."""
        self(node, why, captures.EFFECT_FIX)


def _check_kind(scope: Scope, node: Any, refuse: _Refusal) -> None:
    flags = scope.function.__code__.co_flags
    if flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        refuse(node, f"the function '{scope.function.__name__}' is a generator")
    if node.args.vararg or node.args.kwarg:
        refuse(node, f"the function '{scope.function.__name__}' takes *args or **kwargs")


def _signature(scope: Scope, node: Any, refuse: _Refusal, *, of_layer: bool) -> tuple[Scope, ast.arguments]:
    """What a call still has to pass, and the scope in which the other parameters are bound."""
    function, arguments = scope.function, node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    defaults: dict[str, Any] = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    defaults.update(function.__kwdefaults__ or {})
    free = [
        name for name in (*names, *(each.arg for each in arguments.kwonlyargs)) if name not in scope.bound
    ]
    bound: Mapping[str, Any] = scope.bound
    if of_layer:
        bound = {**{name: defaults[name] for name in free[1:] if name in defaults}, **bound}
        for name in PASSED_BY_KERAS:
            if name in free[1:]:
                bound = {key: value for key, value in bound.items() if key != name}
        if not free:
            refuse(node, f"the function '{function.__name__}' takes no input")
        free = [name for name in free if name not in bound]
        if surplus := [name for name in free[1:] if name not in PASSED_BY_KERAS]:
            refuse(node, f"no value is given for the parameter '{surplus[0]}'")
    kept = parameters()
    for name in free:
        kept.args.append(ast.arg(name))
        if of_layer and name in PASSED_BY_KERAS:
            kept.defaults.append(ast.Constant(None))
        elif name in defaults and not (of_layer and name == free[0]):
            if not captures.is_constant(defaults[name]) or isinstance(defaults[name], np.ndarray):
                refuse(node, f"the default of '{name}' is {captures.describe(defaults[name])}")
            kept.defaults.append(ast.parse(repr(captures.constant(defaults[name])), mode="eval").body)
    return Scope(function, bound, scope.where), kept


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(ast.Constant(str())), _, *_]:
            return body[1:]
    return body


def stored_names(body: list[ast.stmt]) -> set[str]:
    """Every name that a function gives a meaning of its own, in itself or in what it holds."""
    names: set[str] = set()
    for node in (inner for each in body for inner in ast.walk(each)):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.split(".")[0])
    return names


class Rewriter(ast.NodeTransformer):
    """Replaces what a function's free names stand for.

    Args:
        source: where the function stands.
        scope: what its free names stand for.
        holder: is given what was captured.
        local: the names that are the function's own.
        bare: leave captured values under their bare names, as parameters of ``__init__`` have them.
    """

    def __init__(
        self, source: Source, scope: Scope, holder: Holder, local: set[str], *, bare: bool = False
    ) -> None:
        self.source, self.scope, self.holder, self.local, self.bare = source, scope, holder, local, bare
        self.refuse = _Refusal(source, scope)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._expression(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._expression(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return self._expression(node)

    def visit_Global(self, node: ast.Global) -> NoReturn:
        self.refuse.effect(node, f"it changes '{node.names[0]}', which lies outside of it")

    def visit_Nonlocal(self, node: ast.Nonlocal) -> NoReturn:
        self.refuse.effect(node, f"it changes '{node.names[0]}', which lies outside of it")

    def visit_Yield(self, node: ast.Yield) -> NoReturn:
        self.refuse(node, "it holds a generator")

    def visit_YieldFrom(self, node: ast.YieldFrom) -> NoReturn:
        self.refuse(node, "it holds a generator")

    def visit_ClassDef(self, node: ast.ClassDef) -> NoReturn:
        self.refuse(node, f"it makes the class '{node.name}' each time it runs")

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def _expression(self, node: Any) -> ast.AST:
        root, steps = _chain(node)
        if root is None or root.id in self.local:
            return self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self.refuse.effect(node, f"it changes '{ast.unparse(node)}', which lies outside of it")
        return self.resolve(node, root.id, steps)

    def resolve(self, node: ast.expr, root: str, steps: list[Step]) -> ast.expr:
        """What stands in the method for ``root`` and the steps from it.

        Raises:
            UnsupportedError: when it cannot be resolved, or no configuration can hold it.
        """
        value, done = self.scope.lookup(root), 0
        if value is MISSING:
            self.refuse(node, f"it uses '{root}', which has no value")
        while True:
            text = _text(root, steps[:done])
            found = self._replacement(node, value, text, steps, done)
            if found is not None:
                return _attach(found, steps[done:])
            if done == len(steps):
                self._refuse_value(node, text, value)
            try:
                value = captures.step(value, _mangled(steps[done], self.source.owner))
            except LookupError as error:
                reason = error.args[0]
                self.refuse(node, f"it uses '{_text(root, steps[: done + 1])}': {reason}")
            done += 1

    def _refuse_value(self, node: ast.expr, text: str, value: Any) -> NoReturn:
        try:
            captures.constant(value)
        except LookupError as error:
            reason = str(error.args[0]).removeprefix("it is ")
            joint = "" if reason != error.args[0] else "and "
            self.refuse(node, f"it uses '{text}', {joint or 'which is '}{reason}")
        raise AssertionError(text)

    def _replacement(
        self, node: ast.expr, value: Any, text: str, steps: list[Step], done: int
    ) -> ast.expr | None:
        """An expression for a value that was reached, or None when it must be looked into."""
        rest = steps[done:]
        if done == 0 and text not in self.scope.bound and value is _built_in(text):
            if text not in captures.BUILT_INS:
                self.refuse.effect(node, f"it uses '{text}', which may do anything")
            return ast.Name(text, ast.Load())
        if captures.is_constant(value):
            if isinstance(value, np.ndarray) and rest and rest[0] in IN_PLACE:
                self.refuse.effect(node, f"it changes '{text}', which lies outside of it")
            return self._attribute(text, steps[:done], captures.constant(value))
        if id(value) in self.holder.classes:
            return ast.Name(self.holder.classes[id(value)], ast.Load())
        if captures.is_library(value):
            return self._library(node, value, text, rest, done)
        if captures.is_helper(value, self.scope.package):
            return _attach(ast.Name("self", ast.Load()), [self.holder.helper(value, self.scope)])
        if done == 0 and (self.holder.keeps(value) or captures.is_third_party(value)):
            alias = self.holder.imports.as_in(self.source, self.scope, text, value)
            return None if alias is None else ast.Name(alias, ast.Load())
        return None

    def _attribute(self, text: str, steps: list[Step], value: Any) -> ast.expr:
        last = steps[-1] if steps else text
        wanted = str(last[0]) if isinstance(last, tuple) else last
        if isinstance(last, tuple) and isinstance(last[0], int):
            wanted = f"{text.split('[', maxsplit=1)[0].rsplit('.', 1)[-1]}_{last[0]}"
        key = (id(self.scope.lookup(text.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0])), text)
        name = self.holder.parameter(key, wanted, value)
        if self.bare:
            return ast.Name(name, ast.Load())
        return _attach(ast.Name("self", ast.Load()), [name])

    def _library(self, node: ast.expr, value: Any, text: str, rest: list[Step], done: int) -> ast.expr:
        module = value.__name__ if isinstance(value, ModuleType) else str(value.__module__)
        if "random" in rest[:-1] or "random" in module.split("."):
            self.refuse.effect(node, f"it uses '{_text(text, rest)}', which differs from call to call")
        alias = self.holder.imports.as_in(self.source, self.scope, text, value) if done == 0 else None
        if alias is None and isinstance(value, ModuleType):
            alias = self.holder.imports.module(value.__name__, text.rsplit(".", 1)[-1])
        if alias is not None:
            return ast.Name(alias, ast.Load())
        found = public(value, self.holder.imports)
        if found is None:
            self.refuse(node, f"it uses '{text}', and {captures.describe(value)} has no public name")
        return found


def public(value: Any, imports: Imports) -> ast.expr | None:
    """An expression for a function of a library by its public path, or None when it has none."""
    path = importing.public_path(value)
    if path is None:
        return None
    root, *rest = path.split(".")
    name = imports.module(root, {"tensorflow": "tf", "tf_keras": "keras"}.get(root, root))
    return _attach(ast.Name(name, ast.Load()), list(rest))


def _built_in(name: str) -> Any:
    return getattr(builtins, name, _NO_BUILT_IN)


_NO_BUILT_IN = object()


def _chain(node: ast.expr) -> tuple[ast.Name | None, list[Step]]:
    """``a.b["c"]`` as its root and the steps from it; no root when it begins with something else."""
    steps: list[Step] = []
    while True:
        match node:
            case ast.Name():
                return node, steps[::-1]
            case ast.Attribute(value=inner, attr=name):
                steps.append(name)
                node = inner
            case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
                steps.append((key,))
                node = inner
            case _:
                return None, []


def _attach(node: ast.expr, steps: Iterable[Step]) -> ast.expr:
    for each in steps:
        if isinstance(each, tuple):
            node = ast.Subscript(node, ast.Constant(each[0]), ast.Load())
        else:
            node = ast.Attribute(node, each, ast.Load())
    return node


def _mangled(each: Step, owner: str) -> Step:
    private = isinstance(each, str) and each.startswith("__") and not each.endswith("__")
    return f"_{owner.lstrip('_')}{each}" if private and owner else each


def _text(root: str, steps: list[Step]) -> str:
    return root + "".join(f"[{each[0]!r}]" if isinstance(each, tuple) else f".{each}" for each in steps)
