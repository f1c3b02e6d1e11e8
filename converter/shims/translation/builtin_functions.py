"""The built-in functions of Python, ``math`` and what else works on configuration values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.comparisons import truth
from converter.shims.translation.invocation import Call
from converter.shims.translation.javascript import NULL, Js, array, binary, call, member, unary
from converter.shims.translation.joining import common, describe, join
from converter.shims.translation.literals import iterated
from converter.shims.translation.names import attribute
from converter.shims.translation.tensors import is_tensor, operand, tensors
from converter.shims.translation.values import (
    NUMERIC,
    ActivationValue,
    FunctionValue,
    Ignored,
    LayerValue,
    Mapped,
    Named,
    Scalar,
    Self,
    Sequence,
    Tensor,
    Value,
    constant,
    number,
)

if TYPE_CHECKING:
    from converter.shims.translation.values import Type


Builtin = Callable[[Call], Value]


BUILTINS: dict[str, Builtin] = {}


def builtin(*names: str) -> Callable[[Builtin], Builtin]:
    """Register the translation of functions."""

    def register(function: Builtin) -> Builtin:
        BUILTINS.update(dict.fromkeys(names, function))
        return function

    return register


def _numbers(made: Call) -> list[Scalar]:
    found = []
    for value, node in zip(made.positional(), made.node.args, strict=False):
        if not isinstance(value, Scalar) or value.type not in NUMERIC:
            raise made.scope.fail(node, f"a number is needed, but this is {describe(value)}")
        found.append(value)
    if made.node.keywords:
        raise made.scope.fail(made.node, "keyword arguments are not translated here")
    return found


@builtin("builtins.len")
def _len(made: Call) -> Value:
    value = made.positional()[0]
    if isinstance(value, Sequence) and value.items is not None:
        return constant(len(value.items))
    if isinstance(value, Sequence) and value.shape_of is not None and value.js.text.endswith(".shape"):
        return number(Js(value.js.text.removesuffix("shape") + "rank"), "int")
    if isinstance(value, Sequence) or (isinstance(value, LayerValue) and value.chain):
        return number(member(value.js, "length"), "int")
    if isinstance(value, Scalar) and value.type in {"any", "str"}:
        return number(member(value.js, "length"), "int")
    if isinstance(value, Mapped):
        return constant(len(value.entries))
    raise made.scope.fail(made.node, f"the length of {describe(value)} is not known")


@builtin("builtins.int")
def _int(made: Call) -> Value:
    value = _numbers(made)[0]
    if value.known:
        return constant(int(value.const))
    if value.type == "int":
        return value
    return Scalar(call("Math.trunc", value.js), "int", sized=value.sized)


@builtin("builtins.float")
def _float(made: Call) -> Value:
    value = made.positional()[0]
    if isinstance(value, Scalar) and value.type == "str" and value.known:
        return constant(float(value.const))
    first = _numbers(made)[0]
    return constant(float(first.const)) if first.known else replace(first, type="float", origin=None)


@builtin("builtins.bool")
def _bool(made: Call) -> Value:
    test = truth(made.scope, made.positional()[0], made.node)
    if isinstance(test, bool):
        return constant(test)
    value = made.positional()[0]
    if isinstance(value, Scalar) and value.type == "bool":
        return value
    return Scalar(
        unary("!", unary("!", test)) if "!" not in test.text and "truthy" not in test.text else test, "bool"
    )


@builtin("builtins.str")
def _str(made: Call) -> Value:
    value = made.positional()[0]
    if isinstance(value, Scalar) and value.known and isinstance(value.const, (int, str)):
        return constant(str(value.const))
    return Scalar(call("String", value.js), "str")


@builtin("builtins.abs")
def _abs(made: Call) -> Value:
    value = made.positional()[0]
    if isinstance(value, Tensor):
        js = operand(made.scope, value, made.node)
        return replace(value, js=js if made.scope.shapes else call("tf.abs", js), held="")
    first = _numbers(made)[0]
    return (
        constant(abs(first.const))
        if first.known
        else Scalar(call("Math.abs", first.js), first.type, sized=first.sized)
    )


@builtin("builtins.round")
def _round(made: Call) -> Value:
    numbers = _numbers(made)
    if len(numbers) > 1:
        raise made.scope.fail(made.node, "rounding to digits is not translated")
    first = numbers[0]
    if first.known:
        return constant(round(first.const))
    return Scalar(call(made.scope.helper("roundHalfEven"), first.js), "int", sized=first.sized)


@builtin("builtins.max", "builtins.min")
def _extreme(made: Call) -> Value:
    name = made.path.rpartition(".")[2]
    values = made.positional()
    if len(values) == 1 and isinstance(values[0], (Sequence, Scalar)):
        only = values[0]
        if isinstance(only, Sequence) and only.items is not None:
            values = list(only.items)
        else:
            sized = isinstance(only, Sequence) and isinstance(only.element, Scalar) and only.element.sized
            return number(call(f"Math.{name}", Js(f"...{only.js.text}", 2)), "number", sized=sized)
    numbers = [each for each in values if isinstance(each, Scalar) and each.type in NUMERIC]
    if len(numbers) != len(values) or made.node.keywords:
        raise made.scope.fail(made.node, "the values must be numbers that the configuration decides")
    if all(each.known for each in numbers):
        pick = max if name == "max" else min
        return constant(pick(each.const for each in numbers))
    whole = all(each.type == "int" for each in numbers)
    js = call(f"Math.{name}", *(each.js for each in numbers))
    return number(js, "int" if whole else "number", sized=any(each.sized for each in numbers))


@builtin(
    "builtins.sum",
    "np.sum",
    "np.prod",
    "math.prod",
    "tf.reduce_prod",
    "tf.math.reduce_prod",
    "keras.backend.prod",
    "keras.ops.prod",
    "tf.reduce_sum",
    "tf.math.reduce_sum",
    "keras.backend.sum",
    "keras.ops.sum",
)
def _total(made: Call) -> Value:
    from converter.shims.translation.ops import call_op

    value = made.positional()[0] if made.node.args else None
    plain = isinstance(value, (Sequence, Scalar)) and not is_tensor(value)
    if not plain or value is None:
        if made.path == "builtins.sum" and isinstance(value, Sequence):
            return _sum_tensors(made, value)
        return call_op(made)
    if isinstance(value, Sequence) and value.dtype is not None and made.path.split(".")[0] in {"tf", "keras"}:
        return call_op(made)
    if len(made.node.args) > 1 or made.node.keywords:
        raise made.scope.fail(made.node, "further arguments are not translated here")
    items = iterated(made.scope, value, made.node)
    parts = (
        items.items if items.items is not None else ((items.element,) if items.element is not None else ())
    )
    if any(isinstance(part, Tensor) for part in parts):
        return _sum_tensors(made, items)
    name = "product" if "prod" in made.path else "total"
    sized = any(isinstance(part, Scalar) and part.sized for part in parts)
    kinds = {part.type for part in parts if isinstance(part, Scalar)}
    if items.items is not None and all(isinstance(part, Scalar) and part.known for part in items.items):
        result = 1 if name == "product" else 0
        for part in items.items:
            const = part.const  # type: ignore[attr-defined]
            result = result * const if name == "product" else result + const
        return constant(result)
    return number(
        call(made.scope.helper(name), items.js), "int" if kinds == {"int"} else "number", sized=sized
    )


def _sum_tensors(made: Call, value: Sequence) -> Value:
    from converter.shims.translation.tensors import arithmetic

    if value.items:
        result = value.items[0]
        for item in value.items[1:]:
            result = arithmetic(made.scope, ast.Add(), result, item, made.node)
        return result
    items = tensors(made.scope, value, made.node)
    if made.scope.shapes:
        return Tensor(call(made.scope.helper("broadcast"), Js(f"...{items.at(3)}", 2)), "float32")
    return Tensor(Js(f"{items.at(20)}.reduce((sum, each) => tf.add(sum, each))"), "float32")


@builtin("builtins.range")
def _range(made: Call) -> Value:
    numbers = _numbers(made)
    if all(each.known for each in numbers):
        values = range(*(each.const for each in numbers))
        if len(values) <= 16:
            return constant(list(values))
    texts = [scalars.guarded(made.scope, each).js for each in numbers]
    if len(texts) == 1:
        texts.insert(0, Js("0"))
    return Sequence(call(made.scope.helper("range"), *texts), None, number(Js("i"), "int"))


@builtin("builtins.zip")
def _zip(made: Call) -> Value:
    lists = [iterated(made.scope, each, made.node) for each in made.positional()]
    elements = [each.element if each.items is None else common(each.items) for each in lists]
    if any(each is None for each in elements):
        return Sequence(Js("[]"), ())
    parts = tuple(each for each in elements if each is not None)
    element = Sequence(Js("pair"), parts).named(Js("pair"))
    return Sequence(call(made.scope.helper("zip"), *(each.js for each in lists)), None, element)


@builtin("builtins.enumerate")
def _enumerate(made: Call) -> Value:
    items = iterated(made.scope, made.positional()[0], made.node)
    element = items.element if items.items is None else common(items.items)
    start: Value = constant(0)
    if len(made.node.args) > 1:
        start = made.positional()[1]
    elif made.node.keywords:
        start = made.keywords()["start"]
    if element is None:
        return Sequence(Js("[]"), ())
    if not (isinstance(start, Scalar) and start.const == 0):
        place, item = made.scope.free("index"), made.scope.free("item")
        first = binary("+", Js(place), start.js).text
        pair = Sequence(Js("pair"), (number(Js("index"), "int"), element)).named(Js("pair"))
        return Sequence(Js(f"{items.js.at(20)}.map(({item}, {place}) => [{first}, {item}])"), None, pair)
    pair = Sequence(Js("pair"), (number(Js("index"), "int"), element)).named(Js("pair"))
    return Sequence(Js(f"[...{items.js.at(20)}.entries()]"), None, pair)


@builtin("builtins.reversed")
def _reversed(made: Call) -> Value:
    items = iterated(made.scope, made.positional()[0], made.node)
    known = None if items.items is None else tuple(reversed(items.items))
    if known is not None and not items.js.is_path:
        return Sequence(array([each.js for each in known]), known)
    element = items.element if items.items is None else common(items.items)
    return Sequence(Js(f"[...{items.js.at(3)}].reverse()"), None, element)


@builtin("builtins.sorted")
def _sorted(made: Call) -> Value:
    items = iterated(made.scope, made.positional()[0], made.node)
    if made.node.keywords:
        raise made.scope.fail(made.node, "sorting by a key is not translated")
    element = items.element if items.items is None else common(items.items)
    return Sequence(Js(f"[...{items.js.at(3)}].sort((a, b) => a - b)"), None, element)


@builtin("builtins.any", "builtins.all")
def _quantified(made: Call) -> Value:
    items = iterated(made.scope, made.positional()[0], made.node)
    name = "some" if made.path.endswith("any") else "every"
    element = items.element if items.items is None else common(items.items)
    if element is None:
        return constant(name == "every")
    test = truth(made.scope, element.named(Js("each")), made.node)
    if isinstance(test, bool):
        return constant(test)
    return Scalar(call(f"{items.js.at(20)}.{name}", Js(f"(each) => {test.text}")), "bool")


@builtin("builtins.isinstance")
def _isinstance(made: Call) -> Value:
    value = made.positional()[0]
    classes = made.node.args[1]
    names = [ast.unparse(each) for each in (classes.elts if isinstance(classes, ast.Tuple) else [classes])]
    answers: list[bool | Js] = [_is_kind(value, name.rpartition(".")[2]) for name in names]
    if any(answer is True for answer in answers):
        return constant(True)
    open_ones = [answer for answer in answers if isinstance(answer, Js)]
    if not open_ones:
        return constant(False)
    js = open_ones[0]
    for each in open_ones[1:]:
        if each != js:
            js = binary("||", js, each)
    return Scalar(js, "bool")


def _is_kind(value: Value, name: str) -> bool | Js:
    lists = {"list", "tuple", "List", "Tuple", "Sequence", "Iterable", "ListWrapper", "TensorShape"}
    if isinstance(value, Scalar) and (value.type == "any" or value.optional):
        tests = {
            **dict.fromkeys(lists, f"Array.isArray({value.js.text})"),
            "int": f"Number.isInteger({value.js.text})",
            "float": f"typeof {value.js.at(15)} === 'number'",
            "str": f"typeof {value.js.at(15)} === 'string'",
            "bool": f"typeof {value.js.at(15)} === 'boolean'",
            "dict": "false",
        }
        return Js(tests[name], 9 if "===" in tests[name] else 20) if name in tests else False
    if isinstance(value, Scalar):
        kinds: dict[str, tuple[Type, ...]] = {
            "int": ("int",),
            "float": ("float",),
            "str": ("str",),
            "bool": ("bool",),
        }
        if value.type == "number" and name in {"int", "float"}:
            return (
                Js(f"Number.isInteger({value.js.text})")
                if name == "int"
                else Js(f"!Number.isInteger({value.js.text})", 15)
            )
        return value.type in kinds.get(name, ())
    if isinstance(value, Sequence):
        return name in lists
    if isinstance(value, Tensor):
        return name in {"Tensor", "KerasTensor"}
    if isinstance(value, Mapped):
        return name == "dict"
    return isinstance(value, LayerValue) and name in {"Layer", value.kind}


@builtin("builtins.callable")
def _callable(made: Call) -> Value:
    return constant(isinstance(made.positional()[0], (FunctionValue, ActivationValue, LayerValue, Named)))


@builtin("builtins.hasattr")
def _hasattr(made: Call) -> Value:
    owner, name = made.positional()
    if isinstance(owner, Self) and isinstance(name, Scalar) and name.known:
        return constant(name.const in made.scope.unit.attributes)
    if isinstance(owner, (Scalar, Sequence)) and isinstance(name, Scalar):
        return constant(name.const in {"__len__", "__iter__"} and isinstance(owner, Sequence))
    raise made.scope.fail(made.node, "this is not translated")


@builtin("builtins.getattr")
def _getattr(made: Call) -> Value:
    values = made.positional()
    owner, name = values[:2]
    if not isinstance(name, Scalar) or not isinstance(name.const, str):
        if isinstance(owner, Self) and isinstance(name, Scalar):
            return _computed_attribute(made, name)
        raise made.scope.fail(made.node, "the name of the attribute is not constant")
    if isinstance(owner, Named):
        from converter.shims.translation.names import library

        return library(f"{owner.path}.{name.const}")
    if isinstance(owner, Self) and len(values) > 2 and name.const not in made.scope.unit.attributes:
        return values[2]
    return attribute(made.scope, owner, name.const, made.node)


def _computed_attribute(made: Call, name: Scalar) -> Value:
    group = made.scope.unit.attributes.get("\0computed")
    if group is None:
        raise made.scope.fail(made.node, "no attributes were set by computed names before")
    return group.named(Js(f"this[{name.js.text}]"))


@builtin("builtins.setattr")
def _setattr(made: Call) -> Value:
    from converter.shims.translation.assignments import set_attribute
    from converter.shims.translation.blocks import Do

    scope = made.scope
    owner, name, value = made.positional()
    if not isinstance(owner, Self) or not isinstance(name, Scalar):
        raise scope.fail(made.node, "only attributes of the layer itself can be set")
    if isinstance(name.const, str):
        set_attribute(scope, name.const, value, made.node)
        return Ignored(NULL)
    text = value.js.text
    if isinstance(value, LayerValue):
        scope.unit.sublayers = True
        text = f"this.track({text})"
    elif not (isinstance(value, Tensor) and value.held == "variable"):
        raise scope.fail(made.node, "only layers and weights can be kept under computed names")
    scope.block.append(Do(f"this[{name.js.text}] = {text}"))
    before = scope.unit.attributes.get("\0computed")
    scope.unit.attributes["\0computed"] = value if before is None else join(before, value)
    return Ignored(NULL)


@builtin("builtins.divmod")
def _divmod(made: Call) -> Value:
    first, second = _numbers(made)
    parts = tuple(
        scalars.arithmetic(made.scope, sign, first, second, made.node) for sign in (ast.FloorDiv(), ast.Mod())
    )
    return Sequence(array([part.js for part in parts]), parts)


@builtin("builtins.pow")
def _pow(made: Call) -> Value:
    first, second = made.positional()
    from converter.shims.translation.expressions import apply_operator

    return apply_operator(made.scope, ast.Pow(), first, second, made.node)


@builtin("builtins.dict")
def _dict(made: Call) -> Value:
    entries = made.keywords()
    if made.node.args:
        raise made.scope.fail(made.node, "this dictionary is not translated")
    from converter.shims.translation.javascript import record

    return Mapped(record({key: value.js for key, value in entries.items()}), entries)


@builtin("builtins.map")
def _map(made: Call) -> Value:
    from converter.shims.translation.functions import call_function

    function, items = made.positional()
    sequence = iterated(made.scope, items, made.node)
    element = sequence.element if sequence.items is None else common(sequence.items)
    if element is None or not isinstance(function, (FunctionValue, Named)):
        raise made.scope.fail(made.node, "this use of map is not translated")
    if isinstance(function, Named):
        if function.path != "builtins.int":
            raise made.scope.fail(made.node, "this use of map is not translated")
        return Sequence(Js(f"{sequence.js.at(20)}.map(Math.trunc)"), None, number(Js("i"), "int"))
    each = made.scope.free("each")
    result = call_function(made.scope, function, [element.named(Js(each))], {}, made.node)
    return Sequence(Js(f"{sequence.js.at(20)}.map(({each}) => {result.js.text})"), None, result)


for _function in (
    "sqrt",
    "exp",
    "log",
    "log2",
    "log10",
    "floor",
    "ceil",
    "sin",
    "cos",
    "tan",
    "tanh",
    "pow",
    "fabs",
    "trunc",
    "atan",
    "atan2",
    "asin",
    "acos",
    "hypot",
    "log1p",
    "expm1",
    "sinh",
    "cosh",
):

    def _math(made: Call, name: str = _function) -> Value:
        return scalars.mathematics(made.scope, name, _numbers(made), made.node)

    BUILTINS[f"math.{_function}"] = _math
