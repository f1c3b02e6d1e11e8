"""Layers of the user's own classes: their configuration made whole, and what the classes capture in it.

A class at the top of its file is left where it is. One that was made inside a function, that uses
constants of its module, or whose name means something else to TensorFlow.js, is written anew into the
generated module with what it captures as keys of its configuration.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from converter.errors import UnsupportedError
from converter.sources.python_child import captures, dialect, generated, importing, lambdas, live, naming
from converter.sources.python_child.captures import Scope
from converter.sources.python_child.generated import Module
from converter.sources.python_child.imports import errors_of_the_user
from converter.sources.python_child.lambdas import Source
from converter.sources.python_child.rewrite import Holder, Rewriter, stored_names

BASE_KEYS = ("name", "trainable", "dtype")


class CustomLayers:
    """What the user's layer classes become.

    Attributes:
        files: the files of the classes that stay where they are.
    """

    def __init__(self, module: Module, generation: int) -> None:
        self.module = module
        self.generation = generation
        self.files: dict[Path, None] = {}
        self._names: dict[int, str] = {}

    def entry(self, layer: Any) -> tuple[str, dict[str, Any]]:
        """The class name and configuration of a layer.

        Raises:
            UnsupportedError: when its class or configuration cannot be told.
        """
        kind = type(layer)
        where = f"layer '{layer.name}' ({kind.__name__})"
        source = _find(kind, where)
        config = self._configuration(layer, source, where)
        if "<locals>" not in kind.__qualname__ and not _uses_constants(kind) and self._claims(kind):
            self.files[source.file] = None
            return kind.__name__, config
        name, captured = _Copy(self, kind, source, where).written(layer.name)
        return name, {**config, **captured}

    def keeps(self, value: Any) -> bool:
        """Whether a class can be imported from where it is; its file then counts as one of layers."""
        if not isinstance(value, type) or "." in value.__qualname__:
            return False
        file = getattr(sys.modules.get(value.__module__), "__file__", None)
        if file:
            self.files[Path(file)] = None
        return bool(file)

    def _claims(self, kind: type) -> bool:
        """Whether the class can have its name for itself."""
        if id(kind) not in self._names:
            if kind.__name__ in self.module.taken:
                return False
            self.module.taken.add(kind.__name__)
            self._names[id(kind)] = kind.__name__
        return True

    def _configuration(self, layer: Any, source: Source, where: str) -> dict[str, Any]:
        with errors_of_the_user(f"get_config of {where}"):
            config = _own_config(layer)
        passed = live.passed(layer)
        for parameter in _parameters(type(layer)):
            if parameter.name in config or parameter.name in BASE_KEYS:
                continue
            config[parameter.name] = _value(layer, parameter, passed, source, where)
        config = dialect.translate_config(type(layer).__name__, config, layer.name, self.generation)
        return {"name": layer.name, "trainable": True, "dtype": "float32", **config}


def _own_config(layer: Any) -> dict[str, Any]:
    try:
        return dict(layer.get_config())
    except NotImplementedError:  # the class has an __init__ of its own and says nothing
        return {}


def _parameters(kind: type) -> list[inspect.Parameter]:
    try:
        found = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]
    except (TypeError, ValueError):
        return []
    return [each for each in found if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]


def _value(
    layer: Any, parameter: inspect.Parameter, passed: Mapping[str, Any] | None, source: Source, where: str
) -> Any:
    """What a parameter of ``__init__`` was: as Keras noted it, or the attribute that keeps it."""
    if passed is not None and parameter.name in passed:
        return passed[parameter.name]
    if passed is not None and parameter.default is not parameter.empty:
        return parameter.default
    for name in (_kept_as(source.node, parameter.name), parameter.name, f"_{parameter.name}"):
        try:
            value = captures.step(layer, name)
        except LookupError:
            continue
        if captures.is_constant(value) or isinstance(value, list | dict):
            return generated.jsonable(captures.constant(value)) if captures.is_constant(value) else value
    raise UnsupportedError(
        "layer-configuration",
        f"{source.position}, {where}",
        f"nothing tells what its parameter '{parameter.name}' was.",
        f"Keep it: self.{parameter.name} = {parameter.name}, or return it from get_config.",
    )


def _kept_as(node: ast.ClassDef, parameter: str) -> str:
    """The attribute that ``__init__`` keeps a parameter in, as it is."""
    for each in ast.walk(node):
        match each:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Name(id=kept)
            ) if kept == parameter:
                return name
    return parameter


def _find(kind: type, where: str) -> Source:
    """The source of a class: the one of its name that its methods stand in."""
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    tree = lambdas.parse(file, vars(module)) if file else None
    lines = {function.__code__.co_firstlineno for function in _functions(kind).values()}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            end = node.end_lineno or node.lineno
            if not lines or any(node.lineno <= line <= end for line in lines):
                return Source(node, tree, Path(str(file)))  # type: ignore[arg-type]
    raise UnsupportedError(
        "capture",
        where,
        f"the source text of its class '{kind.__qualname__}' is not to be found.",
        "Keep it in a .py file, as it was when it was imported.",
    )


def _functions(kind: type) -> dict[str, FunctionType]:
    found: dict[str, FunctionType] = {}
    for name, value in kind.__dict__.items():
        inner = getattr(value, "__func__", getattr(value, "fget", value))
        inner = inspect.unwrap(inner) if callable(inner) else inner
        if isinstance(inner, FunctionType) and inner.__module__ == kind.__module__:
            found[name] = inner
    return found


def _uses_constants(kind: type) -> bool:
    """Whether a method uses a constant of its module or of a function around the class."""
    for function in _functions(kind).values():
        scope = Scope(function)
        free = function.__code__.co_freevars
        names = {*free, *(name for name in _global_names(function.__code__) if name in function.__globals__)}
        found = (scope.lookup(name) for name in names)
        # A whole number of any size: one that is too large must be refused where it is used.
        if any(captures.is_constant(value) or type(value) is int for value in found):
            return True
    return False


def _global_names(code: CodeType) -> Iterator[str]:
    yield from (name for name in code.co_names if not name.startswith("__"))
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _global_names(each)


class _Copy:
    """A class written anew, with what it captures in its configuration."""

    def __init__(self, layers: CustomLayers, kind: type, source: Source, where: str) -> None:
        self.layers, self.kind, self.source, self.where = layers, kind, source, where
        self.node: ast.ClassDef = copy.deepcopy(source.node)
        own = set(vars(kind)) | {each.name for each in _parameters(kind)}
        taken = naming.layer_attributes(layers.module.keras) | own | _attributes(self.node)
        self.holder = Holder(layers.module.imports, taken)
        self.holder.classes[id(kind)] = generated.OWN_NAME
        self.holder.keeps = layers.keeps

    def written(self, layer: str) -> tuple[str, dict[str, Any]]:
        """Its name in the generated module, and the captured values."""
        base = self._base()
        functions = _functions(self.kind)
        body = [self._member(each, functions) for each in self.node.body]
        body += list(self.holder.methods.values())
        self._keep(body)
        text = "\n\n".join(ast.unparse(ast.fix_missing_locations(each)) for each in body)
        return self.layers.module.add_class(
            text, self.kind.__name__, "Layer", layer, self.source.position, self.holder.parameters, base
        )

    def _base(self) -> str:
        bases = self.kind.__bases__
        if len(bases) == 1 and bases[0].__module__.split(".")[0] in live.LIBRARIES:
            path = importing.public_path(bases[0]) or ""
            name = path.rsplit(".", 1)[-1]
            if getattr(self.layers.module.keras.layers, name, None) is bases[0]:
                return name
        raise self._refused(f"it derives from {', '.join(each.__qualname__ for each in bases)}")

    def _member(self, node: ast.stmt, functions: Mapping[str, FunctionType]) -> ast.stmt:
        if isinstance(node, ast.FunctionDef):
            return self._function(node, functions)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = self.kind.__dict__.get(node.targets[0].id)
            if not captures.is_constant(value) or type(value).__module__ == "numpy":
                raise self._refused(f"its '{node.targets[0].id}' is {captures.describe(value)}")
            node.value = ast.parse(repr(value), mode="eval").body
            return node
        if isinstance(node, ast.Expr | ast.Pass):
            return node
        raise self._refused(f"its body does something on line {node.lineno}")

    def _function(self, node: ast.FunctionDef, functions: Mapping[str, FunctionType]) -> ast.FunctionDef:
        function = functions.get(node.name)
        if function is None:
            raise self._refused(f"its method '{node.name}' is not the one in the file")
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        every += [each for each in (node.args.vararg, node.args.kwarg) if each]
        local = {each.arg for each in every} | stored_names(node.body)
        rewriter = Rewriter(
            self.source,
            Scope(function, {}, self.where),
            self.holder,
            local | {"super", "__class__"},
            bare=node.name == "__init__",
        )
        before = len(self.holder.parameters)
        decorated, node.decorator_list, node.returns = node.decorator_list, [], None
        for each in every:
            each.annotation = None
        node.body = [rewriter.visit(each) for each in node.body]
        if len(self.holder.parameters) > before and (not every or every[0].arg != "self" or decorated):
            raise self._refused(f"its method '{node.name}' captures something and has no self")
        node.decorator_list = [
            each
            for each in decorated
            if isinstance(each, ast.Name) and each.id in ("staticmethod", "classmethod", "property")
        ]
        return node

    def _keep(self, body: list[ast.stmt]) -> None:
        """Lets ``__init__`` take what is captured, and ``get_config`` tell it."""
        methods = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
        parameters = self.holder.parameters
        imports = self.holder.imports
        init = methods.get("__init__")
        if init is None:
            init = _parsed("def __init__(self, **kwargs):\n    super().__init__(**kwargs)")
            body.insert(0, init)
        init.args.kwonlyargs += [ast.arg(name) for name in parameters]
        init.args.kw_defaults += [None for _ in parameters]
        kept = [
            ast.parse(f"self.{name} = {generated.restored(name, value, imports)}").body[0]
            for name, value in parameters.items()
        ]
        at = next(
            (i + 1 for i, each in enumerate(init.body) if "super(" in ast.unparse(each)), len(init.body)
        )
        init.body[at:at] = kept
        items = {name: generated.stored(name, value) for name, value in parameters.items()}
        if "get_config" in methods:
            _extend_returns(methods["get_config"], items)
            return
        for parameter in _parameters(self.kind):
            name = _kept_as(self.node, parameter.name)
            if f"self.{name} =" in ast.unparse(init):
                items = {parameter.name: f"self.{name}", **items}
        shown = "".join(f", {name!r}: {text}" for name, text in items.items())
        body.append(_parsed(f"def get_config(self):\n    return {{**super().get_config(){shown}}}"))

    def _refused(self, why: str) -> UnsupportedError:
        where = f"{self.source.position}, {self.where}"
        return UnsupportedError("capture", where, f"its class cannot be written anew: {why}.", captures.FIX)


def _attributes(node: ast.ClassDef) -> set[str]:
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self"
    }


def _parsed(text: str) -> ast.FunctionDef:
    (found,) = ast.parse(text).body
    assert isinstance(found, ast.FunctionDef)
    return found


def _extend_returns(function: ast.FunctionDef, items: Mapping[str, str]) -> None:
    for each in ast.walk(function):
        if isinstance(each, ast.Return) and each.value is not None and items:
            shown = "".join(f", {name!r}: {text}" for name, text in items.items())
            each.value = ast.parse(f"{{**{ast.unparse(each.value)}{shown}}}", mode="eval").body
