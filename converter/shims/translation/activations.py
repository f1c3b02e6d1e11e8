"""Activations, however they are given."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.functions import call_function
from converter.shims.translation.javascript import Js, arrow, call, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.scope import Scope
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import ActivationValue, FunctionValue, Named, Scalar, Tensor, is_none

if TYPE_CHECKING:
    from converter.shims.translation.values import Value


_NATIVE = frozenset(
    ["relu", "sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "relu6", "linear", "softmax"]
)


"""Activations that TensorFlow.js computes as Keras does, in any version."""


ACTIVATIONS = frozenset(
    [
        "linear",
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "sigmoid",
        "hard_sigmoid",
        "log_sigmoid",
        "silu",
        "swish",
        "hard_silu",
        "hard_swish",
        "mish",
        "softplus",
        "softsign",
        "softmax",
        "log_softmax",
        "tanh",
        "exponential",
    ]
)


"""The names that the helper ``activation`` knows."""


_IDENTITY = frozenset({"tf.identity", "keras.backend.identity", "keras.ops.identity"})


_ACTIVATION_ROOTS = ("tf.nn", "tf.math", "tf", "keras.activations", "keras.ops", "keras.backend")


def activation_name(value: Value) -> str | None:
    """The name of an activation that is given as a string, or as a function of a library."""
    if isinstance(value, Scalar):
        if is_none(value) is True:
            return "linear"
        return value.const if isinstance(value.const, str) else None
    if isinstance(value, ActivationValue):
        return value.const
    if isinstance(value, Named):
        root, _, name = value.path.rpartition(".")
        return name if root in _ACTIVATION_ROOTS and name in ACTIVATIONS else None
    return None


def activation_function(scope: Scope, value: Value, node: ast.AST) -> Js:
    """A JavaScript function of one tensor for an activation, however it is given."""
    if isinstance(value, ActivationValue):
        return call(scope.helper("activation"), value.js) if value.optional else value.js
    name = activation_name(value)
    slope = [Js("0.2")] if scope.unit.keras == 2 else []
    if name is not None:
        if name not in ACTIVATIONS:
            raise scope.fail(node, f"there is no activation {name!r} that is translated")
        return call(scope.helper("activation"), literal(name), *slope)
    if isinstance(value, Scalar) and value.type in {"str", "any"}:
        return call(scope.helper("activation"), value.js, *slope)
    if isinstance(value, FunctionValue):
        return lambda_text(scope, value, node, mode="value")
    if isinstance(value, Named) and value.path in _IDENTITY:
        return arrow("x", Js("x"))
    raise scope.fail(node, f"an activation is needed, but this is {describe(value)}")


def lambda_text(scope: Scope, value: FunctionValue, node: ast.AST, *, mode: str) -> Js:
    inner = Scope(scope.unit, "shape" if mode == "shape" else "value", "function", owner=scope.owner)
    inner.names = {f"\0{name}": js for name, js in scope.names.items()}
    parameter = "shape" if mode == "shape" else "x"
    while parameter in scope.names.values():
        parameter += "_"
    inner.names["\0"] = parameter
    if value.closure is not None:
        captured = replace(value, closure=value.closure)
        inner.variables |= value.closure.variables
        inner.method, before = value.closure.method, inner.method
        mode_before, value.closure.mode = value.closure.mode, inner.mode
        try:
            result = call_function(inner, captured, [Tensor(Js(parameter), "float32")], {}, node)
        finally:
            value.closure.mode = mode_before
            inner.method = before
    else:
        result = call_function(inner, value, [Tensor(Js(parameter), "float32")], {}, node)
    if inner.block:
        raise scope.fail(node, "a function given to a layer must be one expression")
    if not isinstance(result, Tensor):
        raise scope.fail(node, "a function given to a layer must return one tensor")
    return arrow(parameter, operand(inner, result, node))
