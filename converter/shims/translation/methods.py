"""Methods of lists, strings, arrays, layers and of the layer itself."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.expressions import template
from converter.shims.translation.inheritance import _further_key
from converter.shims.translation.invocation import Call, quoted
from converter.shims.translation.javascript import NULL, Js, array, call
from converter.shims.translation.joining import describe
from converter.shims.translation.tensors import dimensions, operand
from converter.shims.translation.values import (
    Ignored,
    LayerValue,
    Mapped,
    Scalar,
    Self,
    Sequence,
    Tensor,
    constant,
)

if TYPE_CHECKING:
    from converter.shims.translation.values import Method, Value


def effect(made: Call, method: Method) -> bool:
    """Methods that change something; whether this is one."""
    from converter.shims.translation.assignments import extend, grow

    scope, owner, target = made.scope, method.owner, made.node.func
    assert isinstance(target, ast.Attribute)
    if isinstance(owner, Sequence) and method.name in {"append", "extend"} and len(made.node.args) == 1:
        value = scope.evaluate(made.node.args[0])
        if method.name == "append":
            if isinstance(value, Tensor) and value.held and scope.method in {"call", "function"}:
                value = replace(value, js=operand(scope, value, made.node), held="")
            grow(scope, target.value, owner, (value,), [value.js])
        else:
            from converter.shims.translation.literals import iterated

            extend(scope, target.value, owner, iterated(scope, value, made.node))
        return True
    if isinstance(owner, LayerValue) and owner.chain and method.name == "add":
        layer = scope.evaluate(made.node.args[0])
        if not isinstance(layer, LayerValue):
            raise scope.fail(made.node.args[0], "only layers can be added to a Sequential")
        from converter.shims.translation.blocks import Do

        text = f"...{layer.js.text}" if layer.chain else layer.js.text
        scope.block.append(Do(f"{owner.js.text}.push({text})"))
        return True
    if isinstance(owner, LayerValue) and method.name == "build":
        from converter.shims.translation.blocks import Do

        shape = scope.evaluate(made.node.args[0])
        function = "chainThrough" if owner.chain else "through"
        scope.block.append(
            Do(call(scope.helper(function), owner.js, call(scope.helper("sizes"), shape.js)).text)
        )
        return True
    if isinstance(owner, Self) and method.name in {
        "add_loss",
        "add_metric",
        "add_update",
        "_set_dtype_policy",
    }:
        return True
    return bool(isinstance(owner, Tensor) and method.name == "set_shape")


def call_method(made: Call, method: Method) -> Value:
    """A method of a list, string, tensor or of the layer itself."""
    owner, scope = method.owner, made.scope
    if isinstance(owner, Self):
        return _own_method(made, owner, method.name)
    if isinstance(owner, Tensor) and method.name == "get_shape":
        return dimensions(scope, owner, made.node, vector=False)
    if (
        isinstance(owner, Tensor)
        and method.name in {"value", "read_value", "numpy"}
        and owner.held == "variable"
    ):
        return owner
    if isinstance(owner, Sequence) and method.name in {"as_list", "copy", "tolist", "numpy"}:
        return replace(owner, mutable=True, vector=False)
    if isinstance(owner, Sequence) and method.name == "index":
        return Scalar(call(f"{owner.js.at(20)}.indexOf", made.positional()[0].js), "int")
    if isinstance(owner, (Tensor, Sequence)) and method.name in _ARRAY_METHODS:
        return _array_method(made, method.name)
    if isinstance(owner, Sequence) and method.name == "pop":
        raise scope.fail(made.node, "lists that shrink are not translated")
    if isinstance(owner, Scalar) and owner.type in {"str", "any"}:
        return _string_method(made, owner, method.name)
    if isinstance(owner, Mapped) and owner.open:
        return _further_key(made, method.name)
    if isinstance(owner, Mapped):
        return _mapped_method(made, owner, method.name)
    if isinstance(owner, LayerValue) and method.name in {"call", "__call__"}:
        from converter.shims.translation.sublayers import apply

        return apply(made, owner)
    if isinstance(owner, LayerValue) and method.name == "compute_output_shape":
        shape = made.positional()[0]
        function = scope.helper("chainThrough" if owner.chain else "through")
        js = call(function, owner.js, call(scope.helper("sizes"), shape.js))
        return Sequence(js, None, Scalar(Js("size"), "int", sized=True))
    raise scope.fail(made.node, f"the method {method.name!r} of {describe(owner)} is not translated")


_ARRAY_METHODS = {
    "reshape": "np.reshape",
    "transpose": "np.transpose",
    "sum": "np.sum",
    "mean": "np.mean",
    "max": "np.max",
    "min": "np.min",
    "astype": "tf.cast",
    "flatten": "np.reshape",
    "ravel": "np.reshape",
    "squeeze": "np.squeeze",
    "repeat": "tf.repeat",
    "std": "np.std",
    "var": "np.var",
}


def _array_method(made: Call, name: str) -> Value:
    """A method of an array, as the function that does the same."""
    from converter.shims.translation.builtin_functions import BUILTINS
    from converter.shims.translation.ops import call_op

    assert isinstance(made.node.func, ast.Attribute)
    arguments = list(made.node.args)
    if name in {"flatten", "ravel"}:
        arguments = [ast.copy_location(ast.Constant(-1), made.node)]
    elif name in {"reshape", "transpose"} and (len(arguments) > 1 or isinstance(arguments[0], ast.UnaryOp)):
        arguments = [ast.copy_location(ast.Tuple(arguments, ast.Load()), made.node)]
    node = ast.copy_location(
        ast.Call(made.node.func, [made.node.func.value, *arguments], made.node.keywords), made.node
    )
    path = _ARRAY_METHODS[name]
    again = Call(made.scope, node, path)
    return BUILTINS[path](again) if path in BUILTINS else call_op(again)


def _string_method(made: Call, owner: Scalar, name: str) -> Value:
    arguments = [each for each in made.positional() if isinstance(each, Scalar)]
    if owner.known and isinstance(owner.const, str) and all(each.known for each in arguments):
        result = getattr(owner.const, name)(*(each.const for each in arguments))
        if isinstance(result, (str, bool, int)):
            return constant(result)
    names = {
        "lower": "toLowerCase",
        "upper": "toUpperCase",
        "strip": "trim",
        "startswith": "startsWith",
        "endswith": "endsWith",
    }
    if name in names and len(arguments) == len(made.node.args):
        js = call(f"{owner.js.at(20)}.{names[name]}", *(each.js for each in arguments))
        return Scalar(js, "bool" if name.endswith("with") else "str")
    if name == "format" and isinstance(owner.const, str) and len(arguments) == len(made.node.args):
        texts = owner.const.split("{}")
        if len(texts) == len(arguments) + 1 and "{" not in "".join(texts) and not made.node.keywords:
            return template(texts, arguments)
    if name in {"as_list", "copy"} and owner.type == "any":
        return owner
    raise made.scope.fail(made.node, f"the method {name!r} of {describe(owner)} is not translated")


def _mapped_method(made: Call, owner: Mapped, name: str) -> Value:
    arguments = made.positional()
    if name in {"get", "pop"} and arguments and isinstance(arguments[0], Scalar) and arguments[0].known:
        key = arguments[0].const
        if key in owner.entries:
            return owner.entries[key]
        return arguments[1] if len(arguments) > 1 else constant(None)
    if name in {"values", "items"} and owner.element is not None:
        listed = call(f"Object.{'values' if name == 'values' else 'entries'}", owner.js)
        pair = Sequence(Js("entry"), (Scalar(Js("key"), "str"), owner.element)).named(Js("entry"))
        return Sequence(listed, None, owner.element if name == "values" else pair)
    if name == "items":
        pairs = tuple(
            Sequence(array([quoted(key), value.js]), (constant(key), value))
            for key, value in owner.entries.items()
        )
        return Sequence(call("Object.entries", owner.js), pairs)
    if name == "values":
        items = tuple(owner.entries.values())
        return Sequence(call("Object.values", owner.js), items)
    raise made.scope.fail(made.node, f"the method {name!r} of a dictionary is not translated")


def _own_method(made: Call, owner: Self, name: str) -> Value:
    scope = made.scope
    if name == "super":
        return Self(Js("this"), scope.owner or scope.unit.class_name)
    if name in {"add_weight", "add_variable"}:
        from converter.shims.translation.weights import add_weight

        return add_weight(made)
    if name == "build" and made.positional():
        raise scope.fail(made.node, "a call of build is translated for other layers only")
    if name in {"add_loss", "add_metric", "add_update", "__init__"}:
        return Ignored(NULL)
    if name in {"call", "__call__"} and owner.above is not None:
        raise scope.fail(made.node, "the class extends a layer of Keras whose call is not in this file")
    if name == "get_config":
        return Ignored(NULL)
    raise scope.fail(made.node, f"the method {name!r} is not in this file")
