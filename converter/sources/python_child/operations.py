"""Operators and functions applied to a model's tensors outside of any layer, as layers.

``x + y`` is what ``Add`` computes; ``x * 0.2`` or ``keras.ops.clip(x, 0, 1)`` becomes a generated layer
with the constants in its configuration.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from converter.errors import UnsupportedError
from converter.sources.python_child import captures, lines, live, naming, rewrite
from converter.sources.python_child.generated import Module

OF_TWO = {
    **{name: name.title() for name in ("add", "multiply", "maximum", "minimum")},
    "concatenate": "Concatenate",
    "concat": "Concatenate",
}
"""Operations on several tensors that are built-in layers; TensorFlow.js has none that subtracts."""

OPERATORS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "true_divide": "/",
    "truediv": "/",
    "floor_divide": "//",
    "power": "**",
    "pow": "**",
    "mod": "%",
}
BETWEEN_TWO = frozenset(OPERATORS.keys() - OF_TWO.keys())
"""Operators that no built-in layer applies to two tensors."""

OTHER_NAMES = {"true_divide": "divide", "truediv": "divide", "pow": "power"}
PARTS = ("indices_or_sections", "num_or_size_splits")
NAMESPACES = ("ops", "ops.image", "ops.nn")
FIX = "Use a built-in layer for it, or write a keras.layers.Layer that does it."


class Replaced(NamedTuple):
    """The layer for an operation, and the tensors that it is called on."""

    class_name: str
    config: dict[str, Any]
    tensors: list[Any]


class _Operation(NamedTuple):
    """An operation without the words of either Keras: ``name`` is the last part of its function's.

    ``where`` is its line and layer, ``label`` how the user wrote it.
    """

    where: str
    label: str
    name: str
    function: Any
    constants: dict[str, Any]
    positional: list[Any]


def is_operation(operation: Any) -> bool:
    """Whether a node of the graph is no layer, but an operation on tensors."""
    kind = type(operation).__name__
    return kind in ("TFOpLambda", "SlicingOpLambda") or not live.is_layer(operation)


def replace(operation: Any, call: live.Arguments, module: Module) -> Replaced:
    """The layer that computes the same.

    Raises:
        UnsupportedError: when there is none.
    """
    found = _read(operation, call, module.keras)
    tensors = list(symbolic([found.positional, found.constants]))
    if len(tensors) != 1 and found.name not in BETWEEN_TWO:
        return _of_several(found, tensors)
    holder = module.holder()
    expression = _between(found) if len(tensors) != 1 else _expression(found, tensors[0], holder)
    method = rewrite.returning(expression)
    wanted = naming.camel("_".join([OTHER_NAMES.get(found.name, found.name), *holder.parameters]))
    origin = f"the operation '{found.label}'"
    name, config = module.add(holder, [method], wanted, operation.name, origin, "Operation")
    return Replaced(name, config, tensors)


def symbolic(value: Any) -> Iterator[Any]:
    """Every symbolic tensor in lists, tuples and dictionaries."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from symbolic(each)
    elif live.origin(value) is not None:
        yield value


def _read(operation: Any, call: live.Arguments, keras: ModuleType) -> _Operation:
    if hasattr(operation, "symbol"):
        return _read_2(operation, call)
    kind, where = type(operation), lines.place(operation)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    label = f"keras.ops.{name}"
    if kind.__name__ == "GetItem":
        return _Operation(where, "x[…]", "slice", None, {}, list(call.args))
    function = None
    for path in NAMESPACES:
        space: Any = keras
        for part in path.split("."):
            space = getattr(space, part)
        function = function or getattr(space, name, None)
    constants = live.passed(operation)
    if name not in OPERATORS and name not in OF_TWO and (function is None or constants is None):
        raise _refused(where, label)
    names = list(inspect.signature(operation.call).parameters)
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    positional = [given.pop(names[0], None)]
    if name in OPERATORS or name in OF_TWO:
        positional += [given.pop(each) for each in names[1:2] if each in given]
    return _Operation(where, label, name, function, {**(constants or {}), **given}, positional)


def _read_2(operation: Any, call: live.Arguments) -> _Operation:
    """``TFOpLambda`` and ``SlicingOpLambda`` of Keras 2."""
    symbol, where = str(operation.symbol), lines.place(operation)
    name = symbol.rsplit(".", 1)[-1]
    kwargs = {key: value for key, value in call.kwargs.items() if key != "name"}
    if name == "getitem":
        return _Operation(where, "x[…]", "slice", None, kwargs, [call.args[0], _slices(call.args[1])])
    if name in OPERATORS or name in OF_TWO:
        return _Operation(where, f"tf.{symbol}", name, operation.function, kwargs, list(call.args))
    try:
        names = list(inspect.signature(operation.function).parameters)
    except (TypeError, ValueError):
        raise _refused(where, f"tf.{symbol}") from None
    given = {**dict(zip(names, call.args, strict=False)), **kwargs}
    given.pop("name", None)
    return _Operation(where, f"tf.{symbol}", name, operation.function, given, [given.pop(names[0], None)])


def _of_several(found: _Operation, tensors: list[Any]) -> Replaced:
    layer = OF_TWO.get(found.name)
    if layer is None or len(tensors) < 2 or len(list(symbolic(found.positional))) != len(tensors):
        raise _refused(found.where, found.label)
    if layer != "Concatenate":
        return Replaced(layer, {}, tensors)
    axis = found.constants.get("axis", found.positional[-1])
    return Replaced(layer, {"axis": axis if isinstance(axis, int) else -1}, tensors)


def _between(found: _Operation) -> ast.expr:
    """What ``call`` returns for ``x / y``, with ``x`` for the list of both."""
    if len(found.positional) != 2 or any(live.origin(each) is None for each in found.positional):
        raise _refused(found.where, found.label)
    return _parse(f"x[0] {OPERATORS[found.name]} x[1]")


def _expression(found: _Operation, tensor: Any, holder: rewrite.Holder) -> ast.expr:
    """What ``call`` returns, with ``x`` for the tensor and attributes for the constants."""
    x = ast.Name("x", ast.Load())
    if found.function is None and found.name == "slice":
        return _parse(f"x[{_index(found.positional[1], found)}]")
    if found.name in OPERATORS and len(found.positional) == 2:
        sides = [
            "x" if each is tensor else f"self.{_constant(found, holder, 'constant', each)}"
            for each in found.positional
        ]
        return _parse(f"{sides[0]} {OPERATORS[found.name]} {sides[1]}")
    function = rewrite.public(found.function, holder.imports)
    if function is None or found.positional[0] is not tensor:
        raise _refused(found.where, found.label)
    keywords = [
        ast.keyword(name, _argument(found, holder, name, value))
        for name, value in found.constants.items()
        if value is not None and not _is_default(found.function, name, value)
    ]
    return ast.Call(function, [x], keywords)


def _is_default(function: Any, name: str, value: Any) -> bool:
    """Whether the function takes this anyway: nobody has to translate what nobody asked for."""
    try:
        default = inspect.signature(function).parameters[name].default
    except (KeyError, TypeError, ValueError):
        return False
    return type(value) is type(default) and isinstance(value, bool | int | float | str) and value == default


def _argument(found: _Operation, holder: rewrite.Holder, name: str, value: Any) -> ast.expr:
    if found.name == "split" and name in PARTS and type(value) is int:
        return ast.Constant(value)  # how many tensors come out is a matter of the class, not of its settings
    return _parse(f"self.{_constant(found, holder, name, value)}")


def _constant(found: _Operation, holder: rewrite.Holder, name: str, value: Any) -> str:
    try:
        return holder.parameter((0, name), name, captures.constant(_frozen(value)))
    except LookupError as error:
        raise _refused(found.where, f"{found.label} with {name}: {error.args[0]}") from None


def _frozen(value: Any) -> Any:
    """A value that cannot change any more: lists as tuples, constant tensors as what they hold."""
    if type(value).__name__ == "EagerTensor":
        held = value.numpy()
        return held if held.ndim else held[()]
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


def _slices(value: Any) -> Any:
    """Keras 2 keeps slices as dictionaries."""
    if isinstance(value, Mapping):
        return slice(value.get("start"), value.get("stop"), value.get("step"))
    return tuple(_slices(each) for each in value) if isinstance(value, list | tuple) else value


def _index(value: Any, found: _Operation) -> str:
    if isinstance(value, tuple):
        return ", ".join(_index(each, found) for each in value) + ("," if len(value) == 1 else "")
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        parts = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        return ":".join("" if each is None else _index(each, found) for each in parts)
    if value is None or type(value) is int:
        return repr(value)
    raise _refused(found.where, f"{found.label} with {captures.describe(value)} as an index")


def _parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _refused(where: str, what: str) -> UnsupportedError:
    return UnsupportedError(
        "operation", where, f"'{what}' on a tensor of the model is no layer, nor is one known.", FIX
    )
