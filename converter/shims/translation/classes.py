"""A layer class: its constructor, ``build``, ``call`` and shapes, put together as a JavaScript class."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import Do, declare, ends, render
from converter.shims.translation.class_text import class_text
from converter.shims.translation.configuration import constructor, tidied
from converter.shims.translation.functions import loaded_names, run_body
from converter.shims.translation.inputs import call_scope, inputs_of
from converter.shims.translation.javascript import Js, wrap
from converter.shims.translation.scope import Scope, Unit, UntranslatableError, find
from converter.shims.translation.shape_rule import shape_rule
from converter.shims.translation.statements import run
from converter.shims.translation.values import Self, Sequence, Tensor

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.configuration import Key
    from converter.shims.translation.inputs import Inputs


@dataclass
class LayerClass:
    """A translated class.

    Attributes:
        text: the class expression, behind ``class``.
        unit: what it needs around it.
        keys: the configuration that it reads.
        outputs: how many tensors it gives; ``None`` for one that is not in a list.
        constructor: ``__init__`` of the class, where it has one.
        parameters: the names of all keys.
        positional: whether its weights are named by their position.
    """

    text: str
    unit: Unit
    keys: list[Key]
    outputs: int | None
    constructor: ast.FunctionDef | None
    positional: bool

    @property
    def parameters(self) -> set[str]:
        return {key.name for key in self.keys}


def inner_class(unit: Unit, name: str, node: ast.AST, scope: Scope) -> LayerClass:
    """Another class of the file, translated to be used inside of this one."""
    found = unit.inner.get(name)
    if isinstance(found, LayerClass):
        return found
    if found is not None or name == unit.class_name:
        raise scope.fail(node, "classes that hold each other are not translated")
    unit.inner[name] = "begun"
    own = Unit(unit.module, name, unit.keras)
    own.inner = unit.inner
    own.helpers = unit.helpers
    own.globals = unit.globals
    own.functions = unit.functions
    made = translate_class(own, node)
    del unit.inner[name]
    unit.inner[name] = made
    return made


def translate_class(unit: Unit, origin: ast.AST | None = None) -> LayerClass:
    """Translate a class.

    Raises:
        UntranslatableError: at the first place that has no counterpart.
    """
    definition = unit.module.classes[unit.class_name]
    _check_bases(unit, origin or definition)
    _check_from_config(unit)
    call_method = find(unit, "call")
    if call_method is None:
        raise UntranslatableError(definition, "the class has no method call")
    inputs = inputs_of(unit.module, call_method[0], find(unit, "build"))
    opening, keys = constructor(unit)
    build = _build(unit, inputs)
    value, outputs = _call(unit, call_method, inputs)
    shapes = shape_rule(unit, call_method, inputs)
    positional = (
        unit.sublayers or None in unit.weight_names or len(set(unit.weight_names)) < len(unit.weight_names)
    )
    if not unit.weight_names and not unit.sublayers:
        positional = False
    own = find(unit, "__init__")
    text = class_text(unit, opening, keys, build, value, shapes, positional=positional)
    return LayerClass(text, unit, keys, outputs, None if own is None else own[0], positional)


def _check_bases(unit: Unit, node: ast.AST) -> None:
    allowed = {
        "keras.layers.Layer",
        "keras.Layer",
        "keras.Model",
        "keras.models.Model",
        "keras.layers.base_layer.Layer",
    }
    bases = unit.module.library_bases(unit.class_name)
    known = [base for base in bases if base.startswith("keras.")]
    if not known:
        raise UntranslatableError(
            unit.module.classes[unit.class_name], "it does not derive from a layer of Keras"
        )
    for base in known:
        if base not in allowed:
            raise UntranslatableError(
                unit.module.classes[unit.class_name],
                f"it extends {base}, whose code is not in this file; only keras.layers.Layer can be extended",
            )
    del node


def _check_from_config(unit: Unit) -> None:
    found = find(unit, "from_config")
    if found is None:
        return
    body = [
        each
        for each in found[0].body
        if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ]
    if len(body) == 1 and ast.unparse(body[0]) in {
        "return cls(**config)",
        "return super().from_config(config)",
    }:
        return
    raise UntranslatableError(found[0], "from_config changes the configuration before __init__ sees it")


def _build(unit: Unit, inputs: Inputs) -> Block:
    found = find(unit, "build")
    if found is None:
        return []
    definition, owner = found
    scope = Scope(unit, method="build", owner=owner, loaded=loaded_names(definition))
    scope.names["\0"] = "inputShape"
    names = [each.arg for each in definition.args.args]
    scope.variables[names[0]] = Self(Js("this"))
    if len(names) > 1:
        scope.variables[names[1]] = inputs.shape_value(Js("inputShape"))
    for each in names[2:]:
        raise scope.fail(definition, f"the parameter {each!r} of build is not known")
    run(scope, definition.body)
    block = [
        each for each in scope.block if not (isinstance(each, Do) and each.text in {"return null", "return"})
    ]
    if scope.computes:
        return [tidied(block, ["inputShape"], 4)]
    return declare(block, ["inputShape"])


def _call(unit: Unit, found: tuple[ast.FunctionDef, str], inputs: Inputs) -> tuple[str, int | None]:
    scope = run_body(lambda: call_scope(unit, found, inputs, "value"), found[0].body)
    if not scope.returns or not ends(scope.block):
        raise scope.fail(found[0], "call does not return a tensor on every way")
    outputs = _outputs(scope, found[0])
    names = inputs.names(scope)
    head = inputs.opening(scope, "value")
    block = declare(scope.block, names)
    if len(block) == 1 and not head:
        assert isinstance(block[0], Do)
        expression = block[0].text.removeprefix("return ")
        if expression in names:
            return f"    return {expression};", outputs
        return wrap(f"return tf.tidy(() => {expression});", 4), outputs
    body = render([*head, *block], 6)
    return f"    return tf.tidy(() => {{\n{body}\n    }});", outputs


def _outputs(scope: Scope, definition: ast.AST) -> int | None:
    counts: set[int | None] = set()
    for value in scope.returns:
        if isinstance(value, Tensor):
            counts.add(None)
        elif (
            isinstance(value, Sequence)
            and value.items is not None
            and all(isinstance(item, Tensor) for item in value.items)
        ):
            counts.add(len(value.items))
        elif isinstance(value, Sequence) and isinstance(value.element, Tensor):
            counts.add(-1)
        else:
            from converter.shims.translation.joining import describe

            raise scope.fail(definition, f"call returns {describe(value)}, not a tensor or a list of tensors")
    if len(counts) > 1:
        raise scope.fail(definition, "call returns one tensor on one way and several on another")
    return counts.pop()
