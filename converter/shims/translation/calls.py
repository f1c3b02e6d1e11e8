"""Calls: whom they reach, and what they are given."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.functions import call_function
from converter.shims.translation.inheritance import super_effect
from converter.shims.translation.invocation import Call
from converter.shims.translation.javascript import NULL, Js, call
from converter.shims.translation.joining import describe
from converter.shims.translation.methods import call_method, effect
from converter.shims.translation.scope import expression
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import (
    ActivationValue,
    ClassValue,
    FunctionValue,
    Ignored,
    LayerValue,
    Method,
    Named,
    Scalar,
    Self,
    Tensor,
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


@expression(ast.Call)
def _call(scope: Scope, node: ast.Call) -> Value:
    try:
        return _called(scope, node)
    except (LookupError, AttributeError, ValueError, TypeError):
        # Arguments that the function does not take, in number or in kind.
        raise scope.fail(node, "it is not known with these arguments") from None


def _called(scope: Scope, node: ast.Call) -> Value:
    function = _function(scope, node)
    made = Call(scope, node, function.path if isinstance(function, Named) else "")
    if isinstance(function, Named):
        return _call_library(made)
    if isinstance(function, Scalar) and function.type == "str":
        return _call_word(made, function)
    if isinstance(function, FunctionValue):
        return call_function(scope, function, made.positional(), made.keywords(), node)
    if isinstance(function, ClassValue):
        from converter.shims.translation.sublayers import own_layer

        return own_layer(made, function)
    if isinstance(function, LayerValue):
        from converter.shims.translation.sublayers import apply

        return apply(made, function)
    if isinstance(function, ActivationValue):
        return apply_activation(made, function)
    if isinstance(function, Method):
        return call_method(made, function)
    raise scope.fail(node, f"{describe(function)} cannot be called")


def _call_word(made: Call, function: Scalar) -> Value:
    """``np.float32(x)``, or an activation that is the default of a parameter."""
    from converter.shims.translation.activations import activation_function
    from converter.shims.translation.names import DTYPES

    if function.known and function.const in DTYPES:
        return scalars.convert(made.scope, DTYPES[function.const], made.positional()[0], made.node)
    return apply_activation(made, ActivationValue(activation_function(made.scope, function, made.node)))


def _function(scope: Scope, node: ast.Call) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and "super" not in scope.variables:
        return Method(Js("super"), Self(Js("this")), "super")
    return scope.evaluate(node.func)


def call_statement(scope: Scope, node: ast.Call) -> None:
    """A call for its effect."""
    from converter.shims.translation.blocks import Do

    made = Call(scope, node, "")
    if isinstance(node.func, ast.Attribute) and _is_super(node.func.value):
        owner = scope.evaluate(node.func.value)
        if isinstance(owner, Self) and super_effect(made, owner, node.func.attr):
            return
    function = _function(scope, node)
    if isinstance(function, Method) and effect(made, function):
        return
    if isinstance(function, Ignored):
        return
    value = _call(scope, node)
    if isinstance(value, (Ignored, Named)) or value.js == NULL or value.js.is_path:
        return
    scope.block.append(Do(value.js.text))


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _call_library(made: Call) -> Value:
    from converter.shims.translation.builtin_functions import BUILTINS
    from converter.shims.translation.ops import call_op
    from converter.shims.translation.sublayers import library_layer

    path = made.path
    if path in BUILTINS:
        return BUILTINS[path](made)
    if path.startswith(
        (
            "keras.initializers.",
            "keras.regularizers.",
            "keras.constraints.",
            "tf.initializers.",
            "tf.random_normal_initializer",
            "tf.zeros_initializer",
            "tf.ones_initializer",
            "tf.constant_initializer",
            "tf.random_uniform_initializer",
            "tf.name_scope",
            "keras.layers.InputSpec",
            "keras.InputSpec",
            "tf.TensorShape.assert",
            "keras.mixed_precision.",
            "keras.random.SeedGenerator",
        )
    ):
        return Ignored(NULL)
    made_layer = path.startswith(("keras.layers.", "keras.Sequential", "keras.models.Sequential"))
    if made_layer and path.rpartition(".")[2][:1].isupper():
        return library_layer(made)
    return call_op(made)


def apply_activation(made: Call, function: ActivationValue) -> Value:
    """An activation that the configuration names, applied."""
    arguments = made.positional()
    if len(arguments) != 1 or made.node.keywords:
        raise made.scope.fail(made.node, "an activation takes one tensor")
    value = arguments[0]
    js = operand(made.scope, value, made.node)
    if not isinstance(value, Tensor):
        return Tensor(js if made.scope.shapes else call(function.js.at(20), js), "float32")
    return replace(value, js=js if made.scope.shapes else call(function.js.at(20), js), held="")
