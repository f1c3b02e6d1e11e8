"""What names and attributes of Python stand for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.helpers import HELPERS
from converter.shims.translation.javascript import NULL, RESERVED, Js, call, literal, member
from converter.shims.translation.joining import describe
from converter.shims.translation.scope import Scope, expression
from converter.shims.translation.tensors import dimensions, operand
from converter.shims.translation.values import (
    MISSING,
    ActivationValue,
    ClassValue,
    FunctionValue,
    Ignored,
    LayerValue,
    Mapped,
    Method,
    Named,
    Scalar,
    Self,
    Sequence,
    Tensor,
    constant,
    number,
)

if TYPE_CHECKING:
    from converter.shims.translation.values import Value


_CONSTANTS = {
    "np.pi": "Math.PI",
    "math.pi": "Math.PI",
    "math.e": "Math.E",
    "np.e": "Math.E",
    "np.inf": "Infinity",
    "math.inf": "Infinity",
    "math.tau": "2 * Math.PI",
}


DTYPES = {
    **dict.fromkeys(("float32", "float16", "float64", "half", "double", "bfloat16", "float"), "float32"),
    **dict.fromkeys(("int32", "int64", "int16", "int8", "uint8", "uint16", "int", "int_"), "int32"),
    **dict.fromkeys(("bool", "bool_"), "bool"),
}


"""The dtypes of Python by those of TensorFlow.js, which has no others."""


@expression(ast.Constant)
def _constant(scope: Scope, node: ast.Constant) -> Value:
    if node.value is Ellipsis or isinstance(node.value, (bytes, complex)):
        raise scope.fail(node, "this constant is not translated")
    return constant(node.value)


@expression(ast.Name)
def _name(scope: Scope, node: ast.Name) -> Value:
    name = node.id
    if name in scope.variables:
        return scope.variables[name]
    module = scope.unit.module
    if name in module.constants and name not in module.classes:
        try:
            return constant(module.constants[name])
        except (KeyError, TypeError):
            raise scope.fail(node, "the value of this name is not one that can be written down") from None
    if name in module.classes:
        return ClassValue(Js(name), name)
    if name in module.functions:
        return FunctionValue(Js(name), module.functions[name])
    if name in module.assignments:
        return _global(scope, name, node)
    if name in module.imports:
        return library(module.imports[name])
    if name in _BUILTINS:
        return Named(Js(name), f"builtins.{name}")
    raise scope.fail(node, "this name is not defined in the file, or not on every way to here")


_BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "callable",
        "dict",
        "enumerate",
        "float",
        "getattr",
        "hasattr",
        "int",
        "isinstance",
        "len",
        "list",
        "map",
        "max",
        "min",
        "pow",
        "print",
        "range",
        "reversed",
        "round",
        "set",
        "setattr",
        "sorted",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
        "slice",
        "filter",
        "divmod",
        "ValueError",
        "TypeError",
        "RuntimeError",
        "NotImplementedError",
        "Exception",
        "AssertionError",
        "property",
        "staticmethod",
    ]
)


def library(path: str) -> Value:
    """A name of a library; numbers of ``math`` and dtypes are constants."""
    if path in _CONSTANTS:
        return Scalar(Js(_CONSTANTS[path], 13 if " " in _CONSTANTS[path] else 20), "float")
    root, _, name = path.rpartition(".")
    if root in {"tf", "np", "tf.dtypes"} and name in DTYPES:
        return constant(DTYPES[name])
    if root in {"tf", "np"} and name == "newaxis":
        return constant(None)
    if root == "tf.image.ResizeMethod":
        return constant({"NEAREST_NEIGHBOR": "nearest"}.get(name, name.lower()))
    return Named(Js(path), path)


def _global(scope: Scope, name: str, node: ast.Name) -> Value:
    """A constant at the top of the file: numbers and strings are written out, lists come before the class."""
    unit = scope.unit
    inner = Scope(unit, mode=scope.mode, method="constructor")
    value = inner.evaluate(unit.module.assignments[name])
    if isinstance(value, Scalar) and value.known:
        return value
    if isinstance(value, (Scalar, Sequence, Mapped)):
        own = name
        while own in HELPERS or own in RESERVED:
            own += "_"
        unit.globals.setdefault(own, value.js.text)
        return value.named(Js(own))
    if isinstance(value, (Named, FunctionValue, ClassValue)):
        return value
    raise scope.fail(node, f"it stands for {describe(value)} that is made when the file is imported")


@expression(ast.Attribute)
def _attribute(scope: Scope, node: ast.Attribute) -> Value:
    path = scope.unit.module.qualified(node)
    base = node.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if path is not None and isinstance(base, ast.Name) and base.id not in scope.variables:
        return library(path)
    return attribute(scope, scope.evaluate(node.value), node.attr, node)


def attribute(scope: Scope, owner: Value, name: str, node: ast.AST) -> Value:
    """``owner.name``."""
    if isinstance(owner, Self):
        return _of_self(scope, owner, name, node)
    if isinstance(owner, Tensor) and name == "shape":
        return dimensions(scope, owner, node, vector=False)
    if isinstance(owner, Tensor) and name == "dtype":
        return _dtype_of(scope, owner, node)
    if isinstance(owner, (Tensor, Sequence)) and name == "T":
        return _transposed(scope, owner, node)
    if isinstance(owner, Tensor) and name == "ndim":
        return rank_of(scope, owner, node)
    if isinstance(owner, Sequence) and name in {"rank", "ndims"}:
        return number(member(owner.js, "length"), "int")
    if isinstance(owner, Sequence) and name == "shape":
        return dimensions(scope, owner, node, vector=False)
    if isinstance(owner, ClassValue):
        return _class_attribute(scope, owner, name, node)
    if isinstance(owner, LayerValue) and name in {"kernel", "bias", "gamma", "beta"} and not owner.inner:
        return Tensor(member(owner.js, name), "float32", held="variable")
    if isinstance(owner, (Ignored, Named)):
        return Ignored(NULL)
    if isinstance(owner, (Scalar, Sequence, Mapped, Tensor, LayerValue, ActivationValue)):
        return Method(owner.js, owner, name)
    raise scope.fail(node, f"{describe(owner)} has no attribute {name!r} that is translated")


def _dtype_of(scope: Scope, owner: Tensor, node: ast.AST) -> Scalar:
    js = literal("float32") if scope.shapes else member(operand(scope, owner, node), "dtype")
    return Scalar(js, "str", MISSING if owner.dtype is None else owner.dtype)


def _transposed(scope: Scope, owner: Value, node: ast.AST) -> Tensor:
    js = operand(scope, owner, node)
    function = scope.helper("transposed") if scope.shapes else "tf.transpose"
    dtype, rank = (owner.dtype, owner.rank) if isinstance(owner, Tensor) else ("float32", None)
    return Tensor(call(function, js), dtype, rank=rank)


def rank_of(scope: Scope, value: Value, node: ast.AST) -> Scalar:
    """The number of axes of a tensor."""
    if isinstance(value, Tensor) and value.rank is not None:
        return Scalar(literal(value.rank), "int", value.rank)
    shape = dimensions(scope, value, node, vector=False)
    if shape.js.text.endswith(".shape"):
        return number(Js(shape.js.text.removesuffix(".shape") + ".rank"), "int")
    return number(member(shape.js, "length"), "int")


def _of_self(scope: Scope, owner: Self, name: str, node: ast.AST) -> Value:
    unit = scope.unit
    if owner.above is None and name in unit.attributes:
        return unit.attributes[name]
    chain = unit.module.bases(unit.class_name)
    if owner.above is not None:
        chain = chain[chain.index(owner.above) + 1 :]
    for each in chain:
        for statement in unit.module.classes[each].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return _method(scope, statement, each, node)
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in statement.targets
            ):
                return Scope(unit, mode=scope.mode, method="constructor").evaluate(statement.value)
            if (
                isinstance(statement, ast.AnnAssign)
                and ast.unparse(statement.target) == name
                and statement.value
            ):
                return Scope(unit, mode=scope.mode, method="constructor").evaluate(statement.value)
    if owner.above is not None or name in {
        "add_weight",
        "add_variable",
        "add_loss",
        "add_metric",
        "add_update",
    }:
        return Method(Js("this"), owner, name)
    known: dict[str, Value] = {
        "name": Scalar(Js("this.name"), "str"),
        "built": Scalar(Js("this.built"), "bool"),
        "trainable": Scalar(Js("this.trainable"), "bool"),
        "dtype": constant("float32"),
        "compute_dtype": constant("float32"),
        "_compute_dtype": constant("float32"),
        "variable_dtype": constant("float32"),
        "dtype_policy": Ignored(NULL),
    }
    if name in known:
        return known[name]
    if name == "__class__":
        return ClassValue(Js(unit.class_name), unit.class_name)
    if name in {"call", "build", "compute_output_shape", "__call__"}:
        return Method(Js("this"), owner, name)
    raise scope.fail(node, f"the class sets no attribute {name!r}, or not on every way to here")


def _method(scope: Scope, statement: ast.FunctionDef, owner: str, node: ast.AST) -> Value:
    decorators = [each.id if isinstance(each, ast.Name) else "" for each in statement.decorator_list]
    if "classmethod" in decorators:
        raise scope.fail(node, "class methods are not translated")
    function = FunctionValue(Js(statement.name), statement, owner, bound="staticmethod" not in decorators)
    if "property" in decorators:
        from converter.shims.translation.functions import call_function

        return call_function(scope, function, [], {}, node)
    return function


def _class_attribute(scope: Scope, owner: ClassValue, name: str, node: ast.AST) -> Value:
    for each in scope.unit.module.bases(owner.name):
        for statement in scope.unit.module.classes[each].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return FunctionValue(Js(name), statement, each)
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in statement.targets
            ):
                return Scope(scope.unit, mode=scope.mode, method="constructor").evaluate(statement.value)
    raise scope.fail(node, f"the class has no attribute {name!r} that is translated")
