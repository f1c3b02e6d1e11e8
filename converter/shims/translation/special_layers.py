"""Layers of Keras that TensorFlow.js lacks, or computes otherwise, written as operations."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.activations import activation_function, lambda_text
from converter.shims.translation.javascript import Js, array, arrow, call, camel, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.layer_table import WITHOUT_EFFECT
from converter.shims.translation.values import (
    FunctionValue,
    Ignored,
    LayerValue,
    Named,
    Scalar,
    Sequence,
    constant,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


def arguments_of(made: Call, names: list[str]) -> dict[str, tuple[Value, ast.expr]]:
    """The arguments of a call by name, those without effect at inference left out."""
    given: dict[str, ast.expr] = {}
    if len(made.node.args) > len(names):
        raise made.scope.fail(made.node, "it is called with more arguments than are known")
    for name, each in zip(names, made.node.args, strict=False):
        if isinstance(each, ast.Starred):
            raise made.scope.fail(each, "how many arguments these are is not known")
        given[name] = each
    extra: dict[str, Value] = {}
    for keyword in made.node.keywords:
        if keyword.arg is not None:
            given[keyword.arg] = keyword.value
            continue
        from converter.shims.translation.values import Mapped

        mapped = made.scope.evaluate(keyword.value)
        if not isinstance(mapped, Mapped):
            raise made.scope.fail(keyword.value, "which arguments these are is not known")
        extra |= mapped.entries
    found = {}
    for name, argument in given.items():
        if name in WITHOUT_EFFECT:
            continue
        found[name] = (made.scope.evaluate(argument), argument)
    for name, value in extra.items():
        if name not in WITHOUT_EFFECT:
            found[name] = (value, made.node)
    if "trainable" not in names:
        found.pop("trainable", None)
    unknown = set(found) - set(names)
    if unknown:
        raise made.scope.fail(made.node, f"the argument {min(unknown)!r} is not known")
    return found


def check_fixed(scope: Scope, key: str, value: Value, fixed: str, node: ast.AST) -> None:
    if is_none(value) is True or isinstance(value, Ignored):
        return
    if isinstance(value, Scalar) and not value.known and value.js.is_path and not scope.shapes:
        from converter.shims.translation.blocks import Do

        expected = Js(fixed) if fixed[0].isdigit() else literal(None if fixed == "None" else fixed)
        scope.block.append(Do(call(scope.helper("only"), value.js, expected, literal(camel(key))).text))
        return
    consts = [value.const] if isinstance(value, Scalar) and value.known else []
    if isinstance(value, Sequence) and value.items is not None:
        consts = list({item.const for item in value.items if isinstance(item, Scalar) and item.known})
    if [str(each) for each in consts] == [fixed]:
        return
    raise scope.fail(node, f"TensorFlow.js has no {key} but {fixed} for this layer")


def operation(scope: Scope, function: Js, rule: Js | None, kind: str, *, same: bool = False) -> LayerValue:
    arguments = [function] if rule is None else [function, rule]
    return LayerValue(call(scope.helper("operation"), *arguments), kind, same=same, weights=False)


def _activation_layer(made: Call, name: str) -> Value:
    value, node = arguments_of(made, ["activation"])["activation"]
    return operation(made.scope, activation_function(made.scope, value, node), None, name, same=True)


def _number(given: dict[str, tuple[Value, ast.expr]], name: str, default: object) -> Value:
    return given[name][0] if name in given else constant(default)


def _relu(made: Call, name: str) -> Value:
    given = arguments_of(made, ["max_value", "negative_slope", "threshold"])
    if not given:
        return operation(made.scope, Js("tf.relu"), None, name, same=True)
    values = [
        _number(given, "negative_slope", 0),
        _number(given, "max_value", None),
        _number(given, "threshold", 0),
    ]
    body = call(made.scope.helper("rectified"), Js("x"), *(each.js for each in values))
    return operation(made.scope, arrow("x", body), None, name, same=True)


def _leaky(made: Call, name: str) -> Value:
    given = arguments_of(made, ["alpha", "negative_slope"])
    slope = given.get("alpha", given.get("negative_slope", (constant(0.3), None)))[0]
    return operation(made.scope, arrow("x", call("tf.leakyRelu", Js("x"), slope.js)), None, name, same=True)


def _elu(made: Call, name: str) -> Value:
    given = arguments_of(made, ["alpha"])
    if given:
        check_fixed(made.scope, "alpha", given["alpha"][0], "1.0", made.node)
    return operation(made.scope, Js("tf.elu"), None, name, same=True)


def _softmax(made: Call, name: str) -> Value:
    axis = _number(arguments_of(made, ["axis"]), "axis", -1)
    body = call(made.scope.helper("softmax"), Js("x"), axis.js)
    return operation(made.scope, arrow("x", body), None, name, same=True)


def _rescaling(made: Call, name: str) -> Value:
    given = arguments_of(made, ["scale", "offset"])
    scale, offset = _number(given, "scale", 1), _number(given, "offset", 0)
    body = call("tf.add", call("tf.mul", Js("x"), scale.js), offset.js)
    return operation(made.scope, arrow("x", body), None, name, same=True)


def _subtract(made: Call, name: str) -> Value:
    arguments_of(made, [])
    rule = arrow("shapes", call(made.scope.helper("broadcast"), Js("...shapes")))
    return operation(made.scope, arrow("[a, b]", call("tf.sub", Js("a"), Js("b"))), rule, name)


def _global_pooling(made: Call, name: str) -> Value:
    given = arguments_of(made, ["data_format", "keepdims"])
    if "data_format" in given:
        check_fixed(made.scope, "data_format", given["data_format"][0], "channels_last", made.node)
    axes = {"1D": Js("[1]"), "2D": Js("[1, 2]"), "3D": Js("[1, 2, 3]")}[name[-2:]]
    keep = [given["keepdims"][0].js] if "keepdims" in given else []
    function = "tf.mean" if "Average" in name else "tf.max"
    rule = call(made.scope.helper("reduced"), Js("shape"), axes, *keep)
    return operation(made.scope, arrow("x", call(function, Js("x"), axes, *keep)), arrow("shape", rule), name)


def _upsampling(made: Call, name: str) -> Value:
    scope = made.scope
    given = arguments_of(
        made, ["size", "data_format", "interpolation"] if name == "UpSampling2D" else ["size"]
    )
    if "data_format" in given:
        check_fixed(scope, "data_format", given["data_format"][0], "channels_last", made.node)
    size = _number(given, "size", 2 if name == "UpSampling1D" else (2, 2))
    if name == "UpSampling1D":
        rule = call(scope.helper("resized"), Js("shape"), Js("1"), Js(f"shape[1] * {size.js.at(14)}"))
        return operation(
            scope,
            arrow("x", call(scope.helper("repeat"), Js("x"), size.js, Js("1"))),
            arrow("shape", rule),
            name,
        )
    method = _number(given, "interpolation", "nearest")
    if not isinstance(method, Scalar) or (method.known and method.const not in {"nearest", "bilinear"}):
        raise scope.fail(made.node, "TensorFlow.js resizes by nearest and bilinear interpolation only")
    body = call(scope.helper("upsample"), Js("x"), size.js, method.js)
    rule = call(scope.helper("upsampled"), Js("shape"), size.js)
    return operation(scope, arrow("x", body), arrow("shape", rule), name)


def _padding1d(made: Call, name: str) -> Value:
    scope = made.scope
    key = "padding" if name == "ZeroPadding1D" else "cropping"
    amount = _number(arguments_of(made, [key]), key, 1 if key == "padding" else (1, 1))
    both = call(scope.helper("pair"), amount.js)
    if key == "padding":
        margins = array([Js("[0, 0]"), both, Js("[0, 0]")])
        return operation(
            scope,
            arrow("x", call("tf.pad", Js("x"), margins)),
            arrow("shape", call(scope.helper("padded"), Js("shape"), margins)),
            name,
        )
    raise scope.fail(made.node, "the layer Cropping1D has no counterpart in TensorFlow.js")


def _cropping2d(made: Call, name: str) -> Value:
    """The layer of TensorFlow.js takes sizes that are open for zero."""
    scope = made.scope
    given = arguments_of(made, ["cropping", "data_format"])
    if "data_format" in given:
        check_fixed(scope, "data_format", given["data_format"][0], "channels_last", made.node)
    margins = _number(given, "cropping", ((0, 0), (0, 0))).js
    body = call(scope.helper("trim"), Js("x"), margins)
    rule = call(scope.helper("trimmed"), Js("shape"), margins)
    return operation(scope, arrow("x", body), arrow("shape", rule), name)


def _lambda_layer(made: Call, name: str) -> Value:
    given = arguments_of(made, ["function", "output_shape", "mask", "arguments"])
    if "arguments" in given:
        raise made.scope.fail(made.node, "a Lambda with further arguments is not translated")
    value, node = given["function"]
    if isinstance(value, Named):
        return operation(made.scope, activation_function(made.scope, value, node), None, name, same=True)
    if not isinstance(value, FunctionValue):
        raise made.scope.fail(node, f"a function is needed, but this is {describe(value)}")
    function = lambda_text(made.scope, value, node, mode="value")
    rule = lambda_text(made.scope, value, node, mode="shape")
    parameter, _, body = rule.text.partition(" => ")
    unchanged = parameter == f"({body})"
    return operation(made.scope, function, None if unchanged else rule, name, same=unchanged)


SPECIAL = {
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "ELU": _elu,
    "Softmax": _softmax,
    "Rescaling": _rescaling,
    "Subtract": _subtract,
    "UpSampling1D": _upsampling,
    "UpSampling2D": _upsampling,
    "ZeroPadding1D": _padding1d,
    "Cropping1D": _padding1d,
    "Cropping2D": _cropping2d,
    "Lambda": _lambda_layer,
    **dict.fromkeys(
        ("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"),
        _global_pooling,
    ),
}
