"""The constructor of a class: the configuration that it reads and keeps."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import Assign, Do, For, If, declare, render
from converter.shims.translation.functions import loaded_names
from converter.shims.translation.javascript import Js, camel
from converter.shims.translation.scope import Scope, find
from converter.shims.translation.statements import run
from converter.shims.translation.values import Ignored, Mapped, Named, Scalar, Self, constant

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.scope import Unit
    from converter.shims.translation.values import Type


@dataclass(frozen=True)
class Key:
    """One key of the configuration: a parameter of ``__init__``."""

    name: str
    default: Js | None
    value: Scalar


def _keys(unit: Unit, definition: ast.FunctionDef, scope: Scope) -> list[Key]:
    arguments = definition.args
    names = [*arguments.posonlyargs, *arguments.args][1:]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(arguments.defaults))
    defaults += arguments.defaults[-len(names) :] if names else []
    pairs = [
        *zip(names, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return [
        key_of(unit, each.arg, each.annotation, default, scope)
        for each, default in pairs
        if each.arg not in {"name", "dtype", "trainable"}
    ]


def key_of(unit: Unit, name: str, annotation: ast.expr | None, default: ast.expr | None, scope: Scope) -> Key:
    """The configuration key that a parameter of ``__init__`` is."""
    js = Js(scope.name(name))
    if default is None:
        return Key(name, None, Scalar(js, _annotated(annotation), optional=True))
    value = Scope(unit, method="constructor").evaluate(default)
    if isinstance(value, Named):
        from converter.shims.translation.activations import activation_name

        known = activation_name(value)
        if known is None:
            raise scope.fail(default, f"the default {value.path} is nothing that a configuration can hold")
        value = constant(known)
    kind: Type = value.type if isinstance(value, Scalar) else "any"
    if kind in {"int", "float"}:
        kind = "number" if _annotated(annotation) == "any" else _annotated(annotation)
    elif kind == "none":
        kind = "any"
    return Key(name, value.js, Scalar(js, kind, optional=True))


def _annotated(annotation: ast.expr | None) -> Type:
    kinds: dict[str, Type] = {"int": "int", "float": "number", "bool": "bool", "str": "str"}
    return kinds.get(ast.unparse(annotation) if annotation is not None else "", "any")


def constructor(unit: Unit) -> tuple[Block, list[Key]]:
    found = find(unit, "__init__")
    if found is None:
        return [], []
    definition, owner = found
    scope = Scope(unit, method="constructor", owner=owner, loaded=loaded_names(definition))
    keys = _keys(unit, definition, scope)
    unit.keys = keys
    scope.variables[definition.args.args[0].arg] = Self(Js("this"))
    for key in keys:
        scope.variables[key.name] = key.value
    for each in [*definition.args.args[1:], *definition.args.kwonlyargs]:
        if each.arg in {"name", "dtype", "trainable"}:
            scope.variables[each.arg] = Ignored(Js("null"))
    if definition.args.kwarg is not None:
        scope.variables[definition.args.kwarg.arg] = Mapped(Js("kwargs"), {}, open=True)
    if definition.args.vararg is not None:
        raise scope.fail(definition, "a constructor with *args is not translated")
    run(scope, definition.body)
    keys = unit.keys
    block = scope.block
    if scope.computes:
        block = [tidied(block, [key.name for key in keys], 4)]
    head = _destructuring(block, keys)
    kept = _kept(block, keys)
    unit.kept = kept
    extra: Block = [
        Do(f"this.{attribute} = {scope.name(name)}")
        for name, attribute in kept.items()
        if attribute.endswith("Config") and not _stores(block, attribute, scope.name(name))
    ]
    return [*head, *extra, *declare(block, [scope.name(key.name) for key in keys])], keys


def tidied(block: Block, names: list[str], indent: int) -> Do:
    body = render(declare(block, names), indent + 2)
    return Do(f"tf.tidy(() => {{\n{body}\n{' ' * indent}}})")


def _destructuring(block: Block, keys: list[Key]) -> Block:
    if not keys:
        return []
    parts = []
    for key in keys:
        name, js = camel(key.name), key.value.js.text
        part = name if name == js else f"{name}: {js}"
        parts.append(part if key.default is None else f"{part} = {key.default.text}")
    assigned = {name for each in flat(block) if isinstance(each, Assign) for name in each.names}
    word = "let" if assigned & {key.value.js.text for key in keys} else "const"
    return [Do(f"{word} {{ {', '.join(parts)} }} = config")]


def flat(block: Block) -> list[object]:
    found: list[object] = []
    for each in block:
        found.append(each)
        if isinstance(each, If):
            found += flat(each.then) + flat(each.otherwise)
        elif isinstance(each, For):
            found += flat(each.body)
    return found


def _stores(block: Block, attribute: str, value: str) -> bool:
    return any(isinstance(each, Do) and each.text == f"this.{attribute} = {value}" for each in block)


def _kept(block: Block, keys: list[Key]) -> dict[str, str]:
    """The attribute that holds each key as it was given."""
    texts = [each.text for each in flat(block) if isinstance(each, Do)]
    assigned = {name for each in flat(block) if isinstance(each, Assign) for name in each.names}
    kept = {}
    for key in keys:
        js = key.value.js.text
        found = None
        for each in block:
            if (
                js not in assigned
                and isinstance(each, Do)
                and (match := re.fullmatch(rf"this\.(\w+) = {re.escape(js)}", each.text))
            ) and sum(text.startswith(f"this.{match[1]} = ") for text in texts) == 1:
                found = match[1]
                break
        kept[key.name] = found or f"{camel(key.name)}Config"
    return kept
