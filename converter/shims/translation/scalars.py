"""Numbers, strings, booleans and lists that the configuration and the shapes decide."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from converter.shims.translation.javascript import (
    Js,
    array,
    binary,
    call,
    condition,
    index,
    literal,
    member,
    spread,
)
from converter.shims.translation.joining import common, describe
from converter.shims.translation.tensors import from_end, size_at
from converter.shims.translation.values import (
    MISSING,
    NUMERIC,
    ActivationValue,
    FunctionValue,
    Mapped,
    Named,
    Scalar,
    Sequence,
)

if TYPE_CHECKING:
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Type, Value


_SIGNS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
}


_PYTHON: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def compute(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    """``left sign right`` on numbers, strings and lists."""
    if isinstance(left, Sequence) or isinstance(right, Sequence):
        return _with_lists(scope, sign, left, right, node)
    if not isinstance(left, Scalar) or not isinstance(right, Scalar):
        raise scope.fail(node, f"this operator is not known for {describe(left)} and {describe(right)}")
    if "str" in {left.type, right.type}:
        if isinstance(sign, ast.Add) and {left.type, right.type} <= {"str", "any"}:
            return Scalar(binary("+", left.js, right.js), "str", _fold(sign, left, right))
        raise scope.fail(node, "this operator is not translated for strings")
    for each in (left, right):
        if each.type not in NUMERIC:
            raise scope.fail(node, f"a number is needed, but this is {describe(each)}")
    return arithmetic(scope, sign, left, right, node)


def _fold(sign: ast.AST, left: Scalar, right: Scalar) -> Any:
    if not (left.known and right.known):
        return MISSING
    try:
        result = _PYTHON[type(sign)](left.const, right.const)
    except (ArithmeticError, TypeError, KeyError, ValueError):
        return MISSING
    return result if isinstance(result, (int, float, str)) else MISSING


def arithmetic(scope: Scope, sign: ast.AST, left: Scalar, right: Scalar, node: ast.AST) -> Scalar:
    """Arithmetic of two numbers, by the rules of Python."""
    sized = left.sized or right.sized
    whole = left.type in {"int", "bool"} and right.type in {"int", "bool"}
    kind: Type = "float" if isinstance(sign, ast.Div) or "float" in {left.type, right.type} else "number"
    if whole and not isinstance(sign, (ast.Div, ast.Pow)):
        kind = "int"
    const = _fold(sign, left, right)
    if isinstance(sign, ast.FloorDiv):
        js = call("Math.floor", binary("/", left.js, right.js))
    elif isinstance(sign, ast.Mod) and not (_positive(left) and _positive(right)):
        js = call(scope.helper("mod"), left.js, right.js)
    elif type(sign) in _SIGNS:
        js = binary(_SIGNS[type(sign)], left.js, right.js)
    else:
        raise scope.fail(node, "this operator is not translated")
    if whole and isinstance(sign, ast.Pow) and right.known and right.const >= 0:
        kind = "int"
    return Scalar(js, kind, const, sized)


def _positive(value: Scalar) -> bool:
    if value.known and not isinstance(value.const, str):
        return bool(value.const >= 0)
    return value.origin is not None


def _with_lists(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    vector = any(isinstance(each, Sequence) and each.vector for each in (left, right))
    if vector:
        return _elementwise(scope, sign, left, right, node)
    if (
        isinstance(sign, ast.Add)
        and isinstance(left, (Sequence, Scalar))
        and isinstance(right, (Sequence, Scalar))
    ):
        return concatenate(scope, [left, right], node)
    if isinstance(sign, ast.Mult):
        sequence, times = (left, right) if isinstance(left, Sequence) else (right, left)
        if isinstance(sequence, Sequence) and isinstance(times, Scalar) and times.type in NUMERIC:
            return _repeat(scope, sequence, times)
    raise scope.fail(node, f"this operator is not known for {describe(left)} and {describe(right)}")


def _repeat(scope: Scope, sequence: Sequence, times: Scalar) -> Sequence:
    items = sequence.items
    if items is not None and times.known and isinstance(times.const, int) and times.const * len(items) <= 16:
        repeated = items * times.const
        return Sequence(array([item.js for item in repeated]), repeated, mutable=sequence.mutable)
    count = call(scope.helper("known"), times.js) if scope.shapes and times.sized else times.js
    if items is not None and len(items) == 1:
        js = call(f"Array({count.text}).fill", items[0].js)
        return Sequence(js, None, items[0], mutable=sequence.mutable)
    js = Js(f"Array({count.text}).fill({sequence.js.text}).flat()")
    element = sequence.element if items is None else common(items)
    return Sequence(js, None, element, mutable=sequence.mutable)


def _elementwise(scope: Scope, sign: ast.AST, left: Value, right: Value, node: ast.AST) -> Value:
    pairs: list[tuple[Value, Value]]
    known = [each.items for each in (left, right) if isinstance(each, Sequence)]
    if all(items is not None for items in known):
        length = max(len(items) for items in known if items is not None)
        columns: list[list[Value]] = []
        for each in (left, right):
            items = each.items if isinstance(each, Sequence) else None
            columns.append(list(items) if items is not None else [each] * length)
        if len(columns[0]) != len(columns[1]):
            raise scope.fail(node, "arithmetic with vectors of different lengths is not translated")
        pairs = list(zip(*columns, strict=True))
        inner = [
            [replace(each, vector=True) if isinstance(each, Sequence) else each for each in pair]
            for pair in pairs
        ]
        results = tuple(compute(scope, sign, one, other, node) for one, other in inner)
        dtypes = {each.dtype for each in (left, right) if isinstance(each, Sequence) and each.dtype}
        dtype = "float32" if dtypes else None
        if dtypes == {"int32"} and not isinstance(sign, ast.Div) and all(_is_whole(each) for each in results):
            dtype = "int32"
        return Sequence(array([item.js for item in results]), results, vector=True, dtype=dtype)
    sequence, other = (left, right) if isinstance(left, Sequence) and left.items is None else (right, left)
    assert isinstance(sequence, Sequence)
    item = sequence.item(Js("i"))
    size, axis = scope.free("size"), scope.free("axis")
    if item is None:
        raise scope.fail(node, "what is in this list is not clear")
    variable = item.named(Js(size))
    if isinstance(other, Sequence):
        partner: Value | None = other.item(Js(axis))
        if partner is None:
            raise scope.fail(node, "what is in this list is not clear")
        parameters = f"{size}, {axis}"
    else:
        partner, parameters = other, size
    assert partner is not None
    one, two = (variable, partner) if sequence is left else (partner, variable)
    result = compute(scope, sign, one, two, node)
    js = Js(f"{sequence.js.at(20)}.map(({parameters}) => {result.js.text})")
    return Sequence(js, None, result, vector=True)


def _is_whole(value: Value) -> bool:
    if isinstance(value, Sequence):
        return all(_is_whole(item) for item in value.items or ())
    return isinstance(value, Scalar) and value.type == "int"


def concatenate(scope: Scope, parts: list[Value], node: ast.AST, *, vector: bool = False) -> Value:
    """Lists one after the other."""
    flat: list[Js] = []
    items: list[Value] | None = []
    elements: list[Value] = []
    for part in parts:
        if isinstance(part, Scalar) and part.type == "any":
            flat.append(spread(part.js))
            items = None
            elements.append(Scalar(part.js, "any"))
        elif isinstance(part, Sequence):
            if part.items is not None and (not part.js.is_path or len(part.items) <= 1):
                flat += [item.js for item in part.items]
            elif part.items != ():
                flat.append(spread(part.js))
            if part.items is None:
                items = None
                if part.element is not None:
                    elements.append(part.element)
            else:
                elements += part.items
                if items is not None:
                    items += part.items
        else:
            raise scope.fail(node, f"a list is needed, but this is {describe(part)}")
    known = None if items is None else tuple(items)
    return Sequence(
        array(flat),
        known,
        common(tuple(elements)) if known is None else None,
        vector=vector,
        mutable=not vector,
    )


def item(scope: Scope, owner: Value, position: Value, node: ast.AST) -> Value:
    """``owner[position]`` on a list, a shape or a configuration value."""
    if isinstance(owner, Mapped):
        if isinstance(position, Scalar) and position.known and position.const in owner.entries:
            return owner.entries[position.const]
        if isinstance(position, Scalar) and owner.element is not None:
            return owner.element.named(index(owner.js, position.js))
        if isinstance(position, Scalar) and not position.known:
            return _look_up(scope, owner, position, node)
        raise scope.fail(node, "the key of this dictionary is not a constant that it has")
    if not isinstance(position, Scalar) or position.type not in NUMERIC:
        raise scope.fail(node, f"an index must be a number, and this is {describe(position)}")
    if isinstance(owner, Scalar):
        if owner.type != "any":
            raise scope.fail(node, f"{describe(owner)} has no items")
        if position.known and position.const < 0:
            return Scalar(index(owner.js, from_end(owner.js, position.const)), "any")
        if not position.known:
            position = guarded(scope, position)
        return Scalar(index(owner.js, _modular(owner.js, position)), "any")
    if not isinstance(owner, Sequence):
        raise scope.fail(node, f"{describe(owner)} has no items")
    if position.known and isinstance(position.const, int):
        if owner.items is not None:
            try:
                return owner.items[position.const]
            except IndexError:
                raise scope.fail(node, f"the list has only {len(owner.items)} items") from None
        if isinstance(owner.element, Scalar) and owner.element.sized:
            return size_at(owner, position.const)
        js = literal(position.const) if position.const >= 0 else from_end(owner.js, position.const)
        found = owner.item(js)
    else:
        found = owner.item(_modular(owner.js, guarded(scope, position)))
    if found is None:
        raise scope.fail(node, "what is in this list is not clear")
    return found


def _look_up(scope: Scope, owner: Mapped, position: Scalar, node: ast.AST) -> Value:
    """The entry of a dictionary that the configuration names."""
    from converter.shims.translation.javascript import record

    values = list(owner.entries.values())
    table = owner.js
    if any(isinstance(each, (Named, FunctionValue)) for each in values):
        from converter.shims.translation.activations import activation_function

        functions = {key: activation_function(scope, each, node) for key, each in owner.entries.items()}
        table = record(
            {key if key.isidentifier() else literal(key).text: js for key, js in functions.items()}
        )
        return ActivationValue(call(scope.helper("lookUp"), table, position.js))
    element = common(tuple(values))
    if element is None:
        raise scope.fail(node, "the dictionary is empty")
    return element.named(call(scope.helper("lookUp"), table, position.js))


def _modular(owner: Js, position: Scalar) -> Js:
    """An index that can be negative at run time, as ``shape[self.axis]``."""
    if position.type == "int" and (position.origin is not None or position.known):
        return position.js
    if isinstance(position.const, int):
        return position.js
    if position.js.is_path and not position.js.text.startswith("this.") and position.type == "int":
        return position.js
    length = member(owner, "length")
    shifted = binary("+", position.js, length)
    return condition(binary("<", position.js, Js("0")), shifted, position.js)


def guarded(scope: Scope, position: Scalar) -> Scalar:
    if scope.shapes and position.sized:
        return replace(position, js=call(scope.helper("known"), position.js))
    return position


def convert(scope: Scope, dtype: str, value: Value, node: ast.AST) -> Value:
    """``np.float32(value)`` and the like."""
    if not isinstance(value, Scalar) or value.type not in NUMERIC:
        raise scope.fail(node, f"a number is needed, but this is {describe(value)}")
    if dtype == "int32" and value.type != "int":
        return Scalar(call("Math.trunc", value.js), "int", sized=value.sized)
    return value if dtype == "int32" else replace(value, type="float", const=MISSING, origin=None)


def mathematics(scope: Scope, name: str, arguments: list[Scalar], node: ast.AST) -> Scalar:
    """``math.sqrt`` and the like, on numbers."""
    sized = any(each.sized for each in arguments)
    if all(each.known for each in arguments) and hasattr(math, name):
        try:
            result = getattr(math, name)(*(each.const for each in arguments))
        except (ArithmeticError, ValueError, TypeError):
            raise scope.fail(node, "this cannot be computed") from None
        exact = isinstance(result, int) or float(result).is_integer()
        kind: Type = "int" if isinstance(result, int) else "float"
        if exact:
            return Scalar(literal(result), kind, result)
    kind = "int" if name in {"floor", "ceil", "trunc"} else "float"
    names = {"fabs": "abs", "degrees": "", "log": "log"}
    if name == "log" and len(arguments) == 2:
        js = binary("/", call("Math.log", arguments[0].js), call("Math.log", arguments[1].js))
    elif name == "prod":
        raise scope.fail(node, "this function is not translated")
    else:
        js = call(f"Math.{names.get(name, name)}", *(each.js for each in arguments))
    return Scalar(js, kind, sized=sized)
