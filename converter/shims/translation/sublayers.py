"""Layers inside of a layer: how they are made, and what calling them gives."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.activations import _NATIVE, activation_function, activation_name
from converter.shims.translation.functions import bind
from converter.shims.translation.javascript import NULL, Js, array, arrow, call, camel, literal, record
from converter.shims.translation.joining import describe
from converter.shims.translation.layer_table import ALIASES, IDENTITIES, LAYERS
from converter.shims.translation.special_layers import SPECIAL, arguments_of, check_fixed, operation
from converter.shims.translation.tensors import operand, tensors
from converter.shims.translation.values import (
    ActivationValue,
    ClassValue,
    FunctionValue,
    Ignored,
    LayerValue,
    Named,
    Scalar,
    Sequence,
    Tensor,
    fresh,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.layer_table import LayerRow
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


def library_layer(made: Call) -> Value:
    """``keras.layers.Conv2D(…)`` and the like."""
    name = made.path.rpartition(".")[2]
    name = ALIASES.get(name, name)
    scope, node = made.scope, made.node
    running = scope.method == "call" or (scope.method == "function" and scope.shapes)
    if running and name in LAYERS and LAYERS[name].weights:
        raise scope.fail(node, "a layer with weights is made anew at every call; make it in __init__")
    if name == "Sequential":
        return _sequential(made)
    if name in IDENTITIES:
        return operation(scope, arrow("x", Js("x")), None, name, same=True)
    if name in SPECIAL:
        return SPECIAL[name](made, name)
    if name not in LAYERS:
        if name == "Layer":
            raise scope.fail(node, "a layer that does nothing is not translated")
        raise scope.fail(
            node, f"the layer {name} has no counterpart in TensorFlow.js that is known to do the same"
        )
    return _from_row(made, name, LAYERS[name])


def _from_row(made: Call, name: str, row: LayerRow) -> Value:
    scope = made.scope
    config: dict[str, Js] = {}
    after: Js | None = None
    for key, (value, node) in arguments_of(made, [*row.handling, "trainable"]).items():
        if key == "trainable":
            config[key] = value.js
            continue
        handling, fixed = row.handling[key]
        if handling == "fixed":
            check_fixed(scope, key, value, fixed, node)
        elif handling == "act":
            known = activation_name(value)
            if known in _NATIVE:
                if known != "linear":
                    config["activation"] = literal(known)
            else:
                after = activation_function(scope, value, node)
        elif handling == "word":
            config[camel(key)] = _word(scope, value, node)
        elif key == "layer":
            if not isinstance(value, LayerValue) or value.chain:
                raise scope.fail(node, f"a layer is needed, but this is {describe(value)}")
            config["layer"] = value.js
        else:
            if isinstance(value, (Tensor, LayerValue, FunctionValue, Named)):
                raise scope.fail(node, f"{describe(value)} is no configuration of a layer")
            config[camel(key)] = value.js
    if name == "Concatenate" and "axis" not in config:
        config["axis"] = Js("-1")
    js = call(
        f"tf.layers.{row.factory}", *([record(config)] if config else [Js("{}")] if not row.many else [])
    )
    if name == "DepthwiseConv2D" and "dilationRate" in config and config["dilationRate"].text != "1":
        js = call(scope.helper("spread"), js, config["dilationRate"])
    layer = LayerValue(js, name, same=row.same, weights=row.weights)
    if after is None:
        return layer
    made_after = call(scope.helper("operation"), after)
    return LayerValue(array([js, made_after]), name, chain=True, same=row.same)


def _word(scope: Scope, value: Value, node: ast.AST) -> Js:
    if isinstance(value, Scalar) and isinstance(value.const, str):
        return literal(camel(value.const.lower()))
    if isinstance(value, Scalar) and value.type in {"str", "any"}:
        return call(scope.helper("camelCase"), value.js)
    raise scope.fail(node, f"a word is needed, but this is {describe(value)}")


def _sequential(made: Call) -> Value:
    given = arguments_of(made, ["layers"])
    if "layers" not in given or is_none(given["layers"][0]) is True:
        return LayerValue(Js("[]"), "Sequential", chain=True)
    value, node = given["layers"]
    if isinstance(value, LayerValue):
        return replace(value, chain=True, js=value.js if value.chain else array([value.js]))
    if not isinstance(value, Sequence):
        raise made.scope.fail(node, f"a list of layers is needed, but this is {describe(value)}")
    if value.items is None:
        if not isinstance(value.element, LayerValue):
            raise made.scope.fail(node, "what is in this list of layers is not clear")
        return LayerValue(
            Js(f"{value.js.at(20)}.flat()") if value.element.chain else value.js, "Sequential", chain=True
        )
    parts = []
    for item in value.items:
        if isinstance(item, Ignored):
            continue
        if not isinstance(item, LayerValue):
            raise made.scope.fail(node, f"a list of layers is needed, but in it is {describe(item)}")
        if item.chain:
            inside = item.js.text
            parts.append(Js(inside[1:-1]) if inside.startswith("[") else Js(f"...{inside}"))
        else:
            parts.append(item.js)
    same = all(
        isinstance(item, Ignored) or (isinstance(item, LayerValue) and item.same) for item in value.items
    )
    return LayerValue(array([part for part in parts if part.text]), "Sequential", chain=True, same=same)


def own_layer(made: Call, function: ClassValue) -> Value:
    """A layer of a class of the same file."""
    from converter.shims.translation.classes import inner_class

    scope = made.scope
    found = inner_class(scope.unit, function.name, made.node, scope)
    constructor = found.constructor
    config: dict[str, Js] = {}
    if constructor is not None:
        target = FunctionValue(NULL, constructor, function.name, bound=True)
        positional, keywords = made.positional(), {}
        for name, value in made.keywords().items():
            if name == "trainable":
                config[name] = value.js
            elif name not in {"name", "dtype"}:
                keywords[name] = value
        known = {each.arg for each in [*constructor.args.args, *constructor.args.kwonlyargs]}
        for name in list(keywords):
            if name not in known and name not in found.parameters:
                raise scope.fail(made.node, f"{function.name} has no parameter {name!r}")
        bound = bind(scope, target, positional, {k: v for k, v in keywords.items() if k in known}, made.node)
        for name, value in keywords.items():
            if name not in known:
                bound[name] = (value, True)
        for name, (value, given) in bound.items():
            if not given or name == constructor.args.args[0].arg:
                continue
            config[camel(name)] = _configuration(scope, value, made.node)
    js = Js(f"new {function.name}({record(config).text})")
    return LayerValue(js, function.name, function.name, outputs=found.outputs)


def _configuration(scope: Scope, value: Value, node: ast.AST) -> Js:
    if isinstance(value, Named):
        name = activation_name(value)
        if name is not None:
            return literal(name)
    if isinstance(value, (Tensor, FunctionValue, Named, ClassValue, ActivationValue)):
        raise scope.fail(node, f"{describe(value)} is no configuration that can be written down")
    return value.js


def apply(made: Call, layer: LayerValue) -> Value:
    """A layer called on tensors."""
    scope, node = made.scope, made.node
    positional = made.positional()
    for name, value in made.keywords().items():
        if name in {"inputs", "x", "input"} and not positional:
            positional.append(value)
        elif name not in {"training", "mask"}:
            if layer.inner is None:
                raise scope.fail(node, f"the argument {name!r} of a layer is not translated")
            positional.append(value)
    if len(positional) > 1 and layer.inner is None:
        if (
            len(positional) == 2
            and isinstance(positional[1], Scalar)
            and positional[1].type in {"bool", "none"}
        ):
            positional.pop()  # training, by position
        else:
            raise scope.fail(node, "this layer is called on several arguments")
    if not positional:
        raise scope.fail(node, "a layer is called on nothing")
    given = positional[0]
    if len(positional) > 1:
        given = Sequence(array([each.js for each in positional]), tuple(positional))
    several = isinstance(given, Sequence)
    argument = tensors(scope, given, node) if several else operand(scope, given, node)
    return _result(scope, layer, given, argument)


def _result(scope: Scope, layer: LayerValue, value: Value, argument: Js) -> Value:
    weightless = layer.same and not layer.weights
    rank = value.rank if isinstance(value, Tensor) and (layer.same or "Conv" in layer.kind) else None
    shape = value.shape if isinstance(value, Tensor) and layer.same else fresh()
    dtype = "float32"
    if scope.shapes:
        if weightless and not layer.chain:
            return Tensor(argument, dtype, shape, rank)
        js = call(scope.helper("chainThrough" if layer.chain else "through"), layer.js, argument)
    elif layer.chain:
        js = call(scope.helper("chain"), layer.js, argument)
    else:
        js = call(f"{layer.js.at(20)}.apply", argument)
    if layer.outputs is None:
        return Tensor(js, dtype, shape, rank)
    items = tuple(Tensor(Js("item"), dtype) for _ in range(layer.outputs))
    return Sequence(js, items).named(js)
