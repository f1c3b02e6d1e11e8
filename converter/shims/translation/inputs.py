"""What a layer is called on: one tensor or several, as far as its code tells."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import Assign
from converter.shims.translation.functions import loaded_names
from converter.shims.translation.javascript import Js, index, literal
from converter.shims.translation.scope import Scope
from converter.shims.translation.values import NONE, Ignored, Self, Sequence, Tensor, constant, number

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.python_source import PythonModule
    from converter.shims.translation.scope import Unit
    from converter.shims.translation.values import Value


_LISTS = frozenset(
    [
        "tf.concat",
        "keras.backend.concatenate",
        "keras.ops.concatenate",
        "tf.stack",
        "keras.backend.stack",
        "keras.ops.stack",
        "tf.add_n",
        "tf.math.add_n",
        "keras.layers.add",
        "keras.layers.multiply",
        "keras.layers.concatenate",
    ]
)


_UNIT = Sequence(Js("x"))


@dataclass(frozen=True)
class Inputs:
    """The tensors that ``call`` takes.

    Attributes:
        parameters: the parameters of ``call`` that are tensors, or the one that is a list of them.
        count: how many there are in the list; 0 if that is not known, ``None`` for a single tensor.
    """

    parameters: tuple[str, ...]
    count: int | None

    def shape_value(self, js: Js) -> Value:
        """What ``input_shape`` of ``build`` stands for."""
        size = number(Js("size"), "int", sized=True)
        if self.count is None:
            return Sequence(js, None, size)
        if self.count == 0:
            return Sequence(js, None, Sequence(Js("shape"), None, size))
        items = tuple(Sequence(index(js, literal(place)), None, size) for place in range(self.count))
        return Sequence(js, items)

    def bind(self, scope: Scope, definition: ast.FunctionDef) -> None:
        """Let the parameters of ``call`` stand for tensors, and for inference."""
        arguments = definition.args
        names = [each.arg for each in arguments.args][1:]
        defaults: dict[str, ast.expr | None] = (
            dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=False))
            if arguments.defaults
            else {}
        )
        defaults |= {
            each.arg: default
            for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        }
        for name in [*names, *(each.arg for each in arguments.kwonlyargs)]:
            if name in self.parameters:
                continue
            if name in {"training", "is_training"}:
                scope.variables[name] = constant(False)
            elif name == "mask":
                scope.variables[name] = NONE
            else:
                default = defaults.get(name)
                if default is None:
                    raise scope.fail(definition, f"the parameter {name!r} of call is not known")
                scope.variables[name] = Scope(scope.unit, method="constructor").evaluate(default)
        if arguments.kwarg is not None:
            scope.variables[arguments.kwarg.arg] = Ignored(Js("null"))
        taken = {each.id for each in ast.walk(definition) if isinstance(each, ast.Name)}
        if "inputs" in self.parameters:
            choices = ("x", "input_", "tensor") if self.count is None else ("tensors", "given")
            scope.names["inputs"] = next(each for each in choices if each not in taken)
        if self.count is None:
            name = self.parameters[0]
            scope.bind(name, Tensor(Js("x"), "float32"))
            return
        if len(self.parameters) > 1:
            for name in self.parameters:
                scope.bind(name, Tensor(Js("x"), "float32"))
            return
        items = tuple(Tensor(Js("x"), "float32") for _ in range(self.count)) or None
        element = None if items else Tensor(Js("x"), "float32")
        scope.bind(self.parameters[0], Sequence(Js("inputs"), items, element))

    def names(self, scope: Scope) -> list[str]:
        """The JavaScript names of the tensors."""
        return [scope.name(each) for each in self.parameters]

    def opening(self, scope: Scope, mode: str) -> Block:
        """The statements that take the arguments apart."""
        names = self.names(scope)
        if mode == "shape":
            if len(names) > 1:
                return [Assign(names, "inputShape", pattern=True)]
            return [Assign(names, "inputShape")]
        if len(names) > 1:
            return [
                Assign(
                    names,
                    f"{scope.helper('several')}(inputs)",
                    pattern=True,
                    declares=self._word(scope, names),
                )
            ]
        helper = "single" if self.count is None else "several"
        return [Assign(names, f"{scope.helper(helper)}(inputs)", declares=self._word(scope, names))]

    @staticmethod
    def _word(scope: Scope, names: list[str]) -> str:
        from converter.shims.translation.blocks import _assigned

        return "let" if any(name in _assigned(scope.block) for name in names) else "const"


def call_scope(unit: Unit, found: tuple[ast.FunctionDef, str], inputs: Inputs, mode: str) -> Scope:
    definition, owner = found
    scope = Scope(
        unit, "shape" if mode == "shape" else "value", "call", owner=owner, loaded=loaded_names(definition)
    )
    scope.names |= {"\0a": "inputs", "\0b": "inputShape", "\0c": "input"}
    arguments = definition.args
    scope.variables[arguments.args[0].arg] = Self(Js("this"))
    inputs.bind(scope, definition)
    return scope


def inputs_of(
    module: PythonModule, call: ast.FunctionDef, build: tuple[ast.FunctionDef, str] | None
) -> Inputs:
    """Tell from the code whether a layer takes one tensor or several."""
    arguments = call.args
    names = [each.arg for each in arguments.args][1:]
    required = [
        name for name in names[: len(names) - len(arguments.defaults)] if name not in {"training", "mask"}
    ]
    if not required:
        required = names[:1]
    if len(required) > 1:
        return Inputs(tuple(required), len(required))
    name = required[0] if required else "inputs"
    count = _list_use(module, call, name)
    if count is None and build is not None and len(build[0].args.args) > 1:
        count = _shape_use(build[0], build[0].args.args[1].arg)
    return Inputs((name,), count)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _list_use(module: PythonModule, call: ast.FunctionDef, name: str) -> int | None:
    """How many tensors are in the parameter; 0 if it is a list of any length, ``None`` if it is none."""
    found: int | None = None
    for node in ast.walk(call):
        if (
            isinstance(node, ast.Assign)
            and _is(node.value, name)
            and isinstance(node.targets[0], (ast.Tuple, ast.List))
        ):
            elements = node.targets[0].elts
            starred = any(isinstance(each, ast.Starred) for each in elements)
            found = max(found or 0, 0 if starred else len(elements))
        elif isinstance(node, ast.Subscript) and _is(node.value, name):
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
                found = max(found or 0, node.slice.value + 1)
        elif isinstance(node, ast.Call):
            path = module.qualified(node.func)
            argument = node.args[0] if node.args else None
            if argument is not None and _is(argument, name):
                listed = isinstance(node.func, ast.Name) and node.func.id in {
                    "len",
                    "enumerate",
                    "list",
                    "zip",
                    "sum",
                    "reversed",
                }
                if path in _LISTS or listed:
                    found = found or 0
        elif isinstance(node, (ast.For, ast.comprehension)) and _is(node.iter, name):
            found = found or 0
    counted = [
        node
        for node in ast.walk(call)
        if isinstance(node, ast.Call) and _is(node.func, "len") and node.args and _is(node.args[0], name)
    ]
    return 0 if counted and found is not None and found > 0 and _loops(call, name) else found


def _loops(call: ast.FunctionDef, name: str) -> bool:
    return any(
        isinstance(node, (ast.For, ast.comprehension)) and _is(node.iter, name) for node in ast.walk(call)
    )


def _shape_use(build: ast.FunctionDef, name: str) -> int | None:
    found: int | None = None
    for node in ast.walk(build):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Subscript)
            and _is(node.value.value, name)
        ):
            inner = node.value.slice
            if isinstance(inner, ast.Constant) and isinstance(inner.value, int):
                found = max(found or 0, inner.value + 1)
    return found
