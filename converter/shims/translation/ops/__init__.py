"""The operations of TensorFlow, Keras and NumPy that have a counterpart in TensorFlow.js."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, call, literal
from converter.shims.translation.joining import describe, is_plain
from converter.shims.translation.names import DTYPES
from converter.shims.translation.ops import (
    casting,
    elementwise,
    images,
    joining,
    making,
    neural,
    reductions,
    shaping,
)
from converter.shims.translation.ops.row import Special, fill
from converter.shims.translation.tensors import broadcasted, operand, tensors
from converter.shims.translation.values import (
    NUMERIC,
    Ignored,
    Scalar,
    Sequence,
    Tensor,
    constant,
    fresh,
    is_none,
)

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.ops.row import Op, Parameter
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


ROWS: tuple[Op | Special, ...] = (
    *elementwise.ROWS,
    *reductions.ROWS,
    *shaping.ROWS,
    *joining.ROWS,
    *casting.ROWS,
    *making.ROWS,
    *images.ROWS,
    *neural.ROWS,
)


"""Every operation, by family."""


TABLE: dict[str, Op | Special] = {name: row for row in ROWS for name in row.names.split()}


"""Every operation, by its full name in Python."""


_NEVER = {
    "tf.py_function": "it runs Python, which a browser does not have",
    "tf.numpy_function": "it runs Python, which a browser does not have",
    "tf.random": "it draws random numbers",
    "keras.random": "it draws random numbers",
    "np.random": "it draws random numbers",
    "keras.backend.random": "it draws random numbers",
    "tf.while_loop": "how long the loop runs is only known from the values of tensors",
    "tf.cond": "the decision hangs on the values of a tensor",
    "keras.backend.switch": "the decision hangs on the values of a tensor",
    "tf.map_fn": "it runs a function once for each entry of a tensor",
    "tf.vectorized_map": "it runs a function once for each entry of a tensor",
    "tf.scan": "it runs a function once for each entry of a tensor",
    "keras.backend.rnn": "it runs a function once for each step of a tensor",
}


def call_op(made: Call) -> Value:
    """A call of a function of TensorFlow, Keras or NumPy."""
    row = TABLE.get(made.path)
    if row is None:
        reason = next((why for prefix, why in _NEVER.items() if made.path.startswith(prefix)), "")
        if reason:
            raise made.scope.fail(made.node, reason)
        raise made.scope.fail(made.node, f"{made.path} has no counterpart in TensorFlow.js that is known")
    if isinstance(row, Special):
        return row.translate(made)
    return _from_row(made, row)


def bind_arguments(made: Call, row: Op) -> dict[str, Value]:
    """The value of each parameter of a row, as given or by default."""
    scope, parameters = made.scope, row.parameters
    names = [each.name for each in parameters]
    values: dict[str, Value] = {}
    positional = made.positional()
    if len(positional) > len(names):
        raise scope.fail(made.node, "it is called with more arguments than are known")
    values |= dict(zip(names, positional, strict=False))
    for keyword in made.node.keywords:
        if keyword.arg is not None and keyword.arg in names:
            parameter = parameters[names.index(keyword.arg)]
            if parameter.kind == "ignored":
                values[keyword.arg] = Ignored(Js("null"))
                continue
        for name, value in _keyword(made, keyword).items():
            if name not in names:
                raise scope.fail(made.node, f"the argument {name!r} is not known")
            values[name] = value
    for parameter in parameters:
        if parameter.name not in values:
            if parameter.default is None:
                raise scope.fail(made.node, f"the argument {parameter.name!r} is not given")
            values[parameter.name] = constant(ast.literal_eval(parameter.default))
    return values


def _keyword(made: Call, keyword: ast.keyword) -> dict[str, Value]:
    if keyword.arg is not None:
        return {keyword.arg: made.scope.evaluate(keyword.value)}
    return made.keywords()


def _from_row(made: Call, row: Op) -> Value:
    scope, node = made.scope, made.node
    values = bind_arguments(made, row)
    used = [each for each in row.parameters if each.kind in {"tensor", "index"}]
    if row.scalar and all(_plain_number(values[each.name]) for each in used):
        return _on_numbers(made, row, values)
    texts = {each.name: _argument(scope, each, values[each.name], node) for each in row.parameters}
    operands = [values[each.name] for each in used if is_none(values[each.name]) is not True]
    dtype = _dtype(row, values)
    if row.shape == "broadcast":
        for each in used:
            given = values[each.name]
            if (
                not scope.shapes
                and isinstance(given, Sequence)
                and is_plain(given)
                and row.javascript.startswith("tf.")
            ):
                texts[each.name] = given.js
        js, identity, rank = broadcasted(scope, operands, node)
        return Tensor(
            js if scope.shapes else fill(row.javascript, texts, scope.helper), dtype, identity, rank
        )
    if row.shape in values:
        source = values[row.shape]
        if not isinstance(source, (Tensor, Scalar, Sequence)):
            raise scope.fail(node, f"a tensor is needed, but this is {describe(source)}")
        js = operand(scope, source, node) if scope.shapes else fill(row.javascript, texts, scope.helper)
        if isinstance(source, Tensor):
            return Tensor(js, dtype, source.shape, source.rank)
        return Tensor(js, dtype)
    rank = None
    first = next((value for value in operands if isinstance(value, Tensor)), None)
    if row.rank is not None and first is not None and first.rank is not None:
        rank = first.rank + row.rank
    return Tensor(
        fill(row.shape if scope.shapes else row.javascript, texts, scope.helper), dtype, fresh(), rank
    )


def _plain_number(value: Value) -> bool:
    return isinstance(value, Scalar) and value.type in NUMERIC and value.type != "any"


def _on_numbers(made: Call, row: Op, values: dict[str, Value]) -> Value:
    numbers = {name: value for name, value in values.items() if isinstance(value, Scalar)}
    js = fill(row.scalar, {name: value.js for name, value in numbers.items()}, made.scope.helper)
    whole = any(
        row.scalar.startswith(each) for each in ("Math.floor", "Math.ceil", "Math.round", "roundHalfEven")
    )
    kept = row.scalar.startswith(("Math.abs", "Math.max", "Math.min"))
    kinds = {value.type for value in numbers.values() if value.type not in {"none", "str"}}
    kind = "int" if whole or (kept and kinds == {"int"}) else "number"
    return Scalar(js, kind, sized=any(value.sized for value in numbers.values()))  # type: ignore[arg-type]


def _dtype(row: Op, values: dict[str, Value]) -> str | None:
    if row.dtype in {"float32", "int32", "bool"}:
        return row.dtype
    if row.dtype and row.dtype in values:
        source = values[row.dtype]
        if isinstance(source, Scalar) and isinstance(source.const, str):
            return DTYPES.get(source.const)
        return source.dtype if isinstance(source, (Tensor, Sequence)) else None
    kinds = {
        value.dtype
        for each in row.parameters
        if each.kind == "tensor" and isinstance(value := values[each.name], Tensor)
    }
    if "float32" in kinds:
        return "float32"
    return next(iter(kinds)) if len(kinds) == 1 else None


def _argument(scope: Scope, parameter: Parameter, value: Value, node: ast.AST) -> Js:
    kind = parameter.kind
    if kind == "ignored":
        return Js("null")
    if kind == "fixed":
        return _fixed(scope, parameter, value, node)
    if kind == "tensor" and is_none(value) is not True and not isinstance(value, Ignored):
        return operand(scope, value, node)
    if kind == "index":
        return _index(scope, value, node)
    if kind == "tensors":
        return tensors(scope, value, node)
    if isinstance(value, Ignored):
        raise scope.fail(node, f"the argument {parameter.name!r} is {describe(value)}")
    if kind == "dtype":
        return _dtype_argument(scope, value, node)
    if isinstance(value, Tensor):
        raise scope.fail(node, f"the argument {parameter.name!r} is only known from the values of a tensor")
    if kind in {"sizes", "axis", "number", "flag", "any", "tensor"} and (
        isinstance(value, Scalar) or is_plain(value)
    ):
        return value.js
    if kind == "word" and isinstance(value, Scalar):
        return literal(value.const.lower()) if isinstance(value.const, str) else value.js
    raise scope.fail(node, f"the argument {parameter.name!r} cannot be {describe(value)}")


def _fixed(scope: Scope, parameter: Parameter, value: Value, node: ast.AST) -> Js:
    default = ast.literal_eval(parameter.default) if parameter.default is not None else None
    if isinstance(value, Scalar) and value.known:
        const = value.const.lower() if isinstance(value.const, str) else value.const
        if const == (default.lower() if isinstance(default, str) else default) or value.type == "none":
            return value.js
    raise scope.fail(node, f"TensorFlow.js has no other {parameter.name} here than {default!r}")


def _index(scope: Scope, value: Value, node: ast.AST) -> Js:
    js = operand(scope, value, node)
    if scope.shapes:
        return js
    if isinstance(value, Tensor):
        return js if value.dtype == "int32" else call("tf.cast", js, Js("'int32'"))
    return call("tf.tensor", value.js, Js("undefined"), Js("'int32'"))


def _dtype_argument(scope: Scope, value: Value, node: ast.AST) -> Js:
    if is_none(value) is True:
        return Js("'float32'")
    if isinstance(value, Scalar) and isinstance(value.const, str) and value.const in DTYPES:
        return literal(DTYPES[value.const])
    if isinstance(value, Scalar) and value.js.text.endswith(".dtype"):
        return value.js
    raise scope.fail(node, f"the dtype is {describe(value)}, which is not known here")
