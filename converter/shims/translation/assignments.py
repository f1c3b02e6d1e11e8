"""Assignments to names, attributes, items, and several of them."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.blocks import Assign, Do
from converter.shims.translation.javascript import Js, array, call, index, literal
from converter.shims.translation.joining import common, describe, join
from converter.shims.translation.literals import iterated
from converter.shims.translation.subscripts import slice_spec
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import (
    NUMERIC,
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
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


_SILENT = (Named, ClassValue, FunctionValue, Method, Ignored, Self)


_LAYER_FLAGS = frozenset(
    {
        "input_spec",
        "supports_masking",
        "built",
        "trainable",
        "stateful",
        "_name",
        "name",
        "_supports_masking",
        "autocast",
        "_autocast",
        "dtype",
        "_uses_learning_phase",
        "_build_input_shape",
        "uses_learning_phase",
        "_set_dtype_policy",
    }
)


def loaded(target: ast.expr) -> ast.expr:
    loaded = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(loaded, target)


def is_flag(scope: Scope, target: ast.expr) -> bool:
    return (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and isinstance(scope.variables.get(target.value.id), Self)
        and target.attr in _LAYER_FLAGS
    )


def assign(scope: Scope, target: ast.expr, value: Value, node: ast.AST) -> None:
    """``target = value``."""
    if isinstance(target, ast.Name):
        _assign_name(scope, target.id, value, node)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(scope, target, value, node)
    elif isinstance(target, ast.Attribute):
        owner = scope.evaluate(target.value)
        if isinstance(owner, Self):
            set_attribute(scope, target.attr, value, target)
        elif isinstance(owner, LayerValue) and target.attr in {"trainable", "_name"}:
            if target.attr == "trainable":
                scope.block.append(Do(f"{owner.js.text}.trainable = {value.js.text}"))
        else:
            raise scope.fail(target, "only attributes of the layer itself can be set")
    elif isinstance(target, ast.Subscript):
        _assign_item(scope, target, value)
    else:
        raise scope.fail(target, "this target of an assignment is not translated")


def _assign_name(scope: Scope, name: str, value: Value, node: ast.AST) -> None:
    if isinstance(value, _SILENT):
        scope.variables[name] = value
        return
    if name in scope.promoted and isinstance(value, Scalar) and value.type in NUMERIC:
        value = Tensor(Js("[]") if scope.shapes else value.js, "float32", rank=0)
    if isinstance(value, Tensor) and value.held and scope.method in {"call", "function"}:
        value = replace(value, js=operand(scope, value, node), held="")
    text = value.js.text
    js = scope.bind(name, value)
    scope.block.append(Assign([js.text], text))


def _assign_item(scope: Scope, target: ast.Subscript, value: Value) -> None:
    owner = scope.evaluate(target.value)
    if isinstance(owner, Mapped) and isinstance(target.value, ast.Name):
        key = scope.evaluate(target.slice)
        if isinstance(key, Scalar) and isinstance(key.const, str):
            js = index(owner.js, key.js)
            scope.block.append(Do(f"{js.text} = {value.js.text}"))
            entries = {**owner.entries, key.const: value.named(js)}
            scope.variables[target.value.id] = replace(owner, entries=entries)
            return
    array = isinstance(owner, Tensor) or (isinstance(owner, Sequence) and owner.dtype is not None)
    if array and isinstance(target.value, ast.Name) and scope.method in {"constructor", "build", "function"}:
        _assign_slice(scope, target, owner, value)
        return
    if isinstance(owner, Sequence) and not isinstance(target.slice, (ast.Slice, ast.Tuple)):
        position = scope.evaluate(target.slice)
        place = scalars.item(
            scope,
            replace(owner, items=None, element=owner.element or common(owner.items or ())),
            position,
            target,
        )
        scope.block.append(Do(f"{place.js.text} = {value.js.text}"))
        changed: Sequence
        if owner.items is not None and isinstance(position, Scalar) and isinstance(position.const, int):
            items = list(owner.items)
            items[position.const] = value.named(place.js)
            changed = replace(owner, items=tuple(items), shape_of=None)
        else:
            element = join(common(owner.items) if owner.items else owner.element, value)
            changed = replace(owner, items=None, element=element, shape_of=None)
        _replace_value(scope, target.value, changed)
        return
    raise scope.fail(target, f"items of {describe(owner)} cannot be set")


def _assign_slice(scope: Scope, target: ast.Subscript, owner: Value, value: Value) -> None:
    """``array[…] = value`` of NumPy: the name stands for a new tensor from here on."""
    assert isinstance(target.value, ast.Name)
    spec, _ = slice_spec(scope, target)
    dtype = owner.dtype if isinstance(owner, (Tensor, Sequence)) else "float32"
    js = operand(scope, owner, target)
    rank = owner.rank if isinstance(owner, Tensor) else None
    if not scope.shapes:
        js = call(scope.helper("assigned"), js, operand(scope, value, target), *spec)
    scope.computes = True
    _assign_name(scope, target.value.id, Tensor(js, dtype, rank=rank), target)


def _replace_value(scope: Scope, node: ast.expr, value: Value) -> None:
    """Know something else of a variable from here on."""
    if isinstance(node, ast.Name):
        scope.variables[node.id] = value
    elif isinstance(node, ast.Attribute) and isinstance(scope.evaluate(node.value), Self):
        scope.unit.attributes[node.attr] = value


def _unpack(scope: Scope, target: ast.Tuple | ast.List, value: Value, node: ast.AST) -> None:
    if isinstance(value, Tensor):
        why = "this takes a tensor apart along its first axis, unless the file shows it to be a list"
        raise scope.fail(target, why)
    if isinstance(value, LayerValue) and value.chain:
        value = iterated(scope, value, target)
    if not isinstance(value, (Sequence, Scalar)) or (isinstance(value, Scalar) and value.type != "any"):
        raise scope.fail(target, f"{describe(value)} cannot be taken apart")
    elements = target.elts
    starred = next((place for place, each in enumerate(elements) if isinstance(each, ast.Starred)), None)
    if isinstance(value, Sequence) and value.items is not None and starred is None:
        if len(value.items) != len(elements):
            raise scope.fail(target, f"there are {len(value.items)} values for {len(elements)} names")
        if not value.js.is_path and not _is_call(value.js):
            _unpack_literal(scope, target, value, node)
            return
    names: list[str] = []
    later: list[tuple[ast.expr, Value]] = []
    if starred is not None and starred < len(elements) - 1:
        _unpack_around(scope, elements, starred, value, target)
        return
    for position, each in enumerate(elements):
        if isinstance(each, ast.Starred):
            if position != len(elements) - 1 or not isinstance(each.value, ast.Name):
                raise scope.fail(each, "a starred name is translated at the end only")
            element = value.element if isinstance(value, Sequence) and value.items is None else None
            items = (
                value.items[position:] if isinstance(value, Sequence) and value.items is not None else None
            )
            rest = Sequence(Js("rest"), items, element or (Scalar(Js("x"), "any") if items is None else None))
            names.append(f"...{scope.bind(each.value.id, rest).text}")
            continue
        part = scalars.item(scope, value, constant(position), target)
        if isinstance(each, ast.Name):
            if each.id not in scope.loaded and scope.loaded:
                names.append("")
                continue
            if isinstance(part, Tensor) and part.held:
                part = replace(part, held=part.held)
            names.append(scope.bind(each.id, part).text)
        else:
            later.append((each, part))
            names.append("")
    while names and not names[-1]:
        names.pop()
    if names:
        source = value.js.text
        if later and not value.js.is_path:
            raise scope.fail(target, "this assignment to several targets is not translated")
        if names[-1].startswith("..."):
            scope.block.append(Assign([each.removeprefix("...") for each in names], source, pattern=True))
            scope.block[-1] = Assign(names, source, pattern=True)
        else:
            scope.block.append(Assign(names, source, pattern=True))
    for each, part in later:
        assign(scope, each, part, node)


def _unpack_around(
    scope: Scope, elements: list[ast.expr], starred: int, value: Value, target: ast.AST
) -> None:
    """``first, *middle, last = value``."""
    star = elements[starred]
    assert isinstance(star, ast.Starred)
    behind = len(elements) - 1 - starred
    if isinstance(star.value, ast.Name) and star.value.id in scope.loaded:
        if not isinstance(value, Sequence):
            raise scope.fail(target, "what is in the middle is not known")
        middle = Js(f"{value.js.at(20)}.slice({starred}, -{behind})")
        items = value.items[starred:-behind] if value.items is not None else None
        assign(scope, star.value, Sequence(middle, items, value.element, value.vector), target)
    for position, each in enumerate(elements):
        if position != starred and not (isinstance(each, ast.Name) and each.id not in scope.loaded):
            place = position if position < starred else position - len(elements)
            assign(scope, each, scalars.item(scope, value, constant(place), target), target)


def _is_call(js: Js) -> bool:
    return js.text.endswith(")") and not js.text.startswith("(")


def _unpack_literal(scope: Scope, target: ast.Tuple | ast.List, value: Sequence, node: ast.AST) -> None:
    """``a, b = c, d``; by way of an array where one of them would change another."""
    assert value.items is not None
    texts = " ".join(item.js.text for item in value.items)
    targets = {scope.name(each.id) for each in target.elts if isinstance(each, ast.Name)}
    from converter.shims.translation.blocks import words

    if targets & words(texts):
        names = []
        parts = []
        for each, item in zip(target.elts, value.items, strict=True):
            if not isinstance(each, ast.Name) or isinstance(item, _SILENT):
                raise scope.fail(target, "this assignment to several targets is not translated")
            parts.append(item.js)
            names.append((each.id, item))
        scope.block.append(
            Assign([scope.bind(name, item).text for name, item in names], array(parts).text, pattern=True)
        )
        return
    for each, item in zip(target.elts, value.items, strict=True):
        assign(scope, each, item, node)


def set_attribute(scope: Scope, name: str, value: Value, node: ast.AST) -> None:
    """``self.name = value``."""
    unit = scope.unit
    if name in _LAYER_FLAGS:
        return
    if scope.method not in {"constructor", "build"}:
        raise scope.fail(
            node, "the layer changes while it runs; only __init__ and build may set its attributes"
        )
    if isinstance(value, _SILENT):
        unit.attributes[name] = value
        return
    own = Js(f"this.{scope.attribute(name)}")
    text = value.js.text
    if (isinstance(value, Sequence) and _has_layers(value)) or (
        isinstance(value, (LayerValue, Mapped)) and _has_layers(value)
    ):
        unit.sublayers = True
        text = f"this.track({text})"
    elif (
        isinstance(value, Sequence)
        and value.items == ()
        and value.mutable
        and _filled_with_layers(scope, name)
    ):
        unit.sublayers = True
        if unit.keras == 2:
            text = f"this.track({text})"
    elif isinstance(value, Tensor) and not value.held:
        text = f"tf.keep({text})"
        unit.kept_tensors.append(own.text)
        scope.computes = True
        value = replace(value, held="tensor")
    unit.attributes[name] = value.named(own)
    scope.block.append(Do(f"{own.text} = {text}"))


def _has_layers(value: Value) -> bool:
    if isinstance(value, LayerValue):
        return True
    if isinstance(value, Mapped):
        return any(
            _has_layers(each)
            for each in [*value.entries.values(), *([value.element] if value.element else [])]
        )
    if isinstance(value, Sequence):
        parts = value.items if value.items is not None else (value.element,)
        return any(part is not None and _has_layers(part) for part in parts)
    return False


def _filled_with_layers(scope: Scope, name: str) -> bool:
    """Whether something is appended to the list ``self.name`` anywhere in the class."""
    for each in scope.unit.module.bases(scope.unit.class_name):
        for node in ast.walk(scope.unit.module.classes[each]):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"append", "extend", "insert"}
                and isinstance(node.func.value, ast.Attribute)
                and node.func.value.attr == name
            ):
                return True
    return False


def extend(scope: Scope, target: ast.expr, owner: Sequence, value: Sequence) -> None:
    """``owner += value`` on a list."""
    from converter.shims.translation.javascript import spread

    arguments = (
        [item.js for item in value.items]
        if value.items is not None and not value.js.is_path
        else [spread(value.js)]
    )
    grow(scope, target, owner, value.items if value.items is not None else (value.element,), arguments)


def grow(
    scope: Scope, target: ast.expr, owner: Sequence, new: tuple[Value | None, ...], arguments: list[Js]
) -> None:
    """Append to a list."""
    parts = [each for each in new if each is not None]
    tracked = isinstance(target, ast.Attribute) and any(_has_layers(each) for each in parts)
    if tracked and scope.unit.keras != 2:
        scope.unit.sublayers = True
        arguments = [
            Js(f"...this.track({each.text[3:]})") if each.text.startswith("...") else call("this.track", each)
            for each in arguments
        ]
    scope.block.append(Do(call(f"{owner.js.text}.push", *arguments).text))
    counted = (
        owner.items is not None
        and None not in new
        and not scope.conditional
        and all(each is not None for each in new)
    )
    if counted and owner.items is not None:
        first = len(owner.items)
        added = tuple(each.named(index(owner.js, literal(first + place))) for place, each in enumerate(parts))
        changed = replace(owner, items=owner.items + added)
    else:
        known = list(owner.items) if owner.items is not None else [owner.element] if owner.element else []
        element = common(tuple([each for each in known if each is not None] + parts))
        changed = replace(owner, items=None, element=element)
    _replace_value(scope, target, changed)
