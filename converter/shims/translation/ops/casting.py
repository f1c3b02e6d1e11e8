"""Conversions between dtypes, and choices by conditions."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, call, condition, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.names import DTYPES
from converter.shims.translation.ops.row import Op, Special, fill
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import Scalar, Sequence, Tensor

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.scope import Scope
    from converter.shims.translation.values import Value


def cast(scope: Scope, value: Value, dtype: Value, node: ast.AST) -> Value:
    """``tf.cast(value, dtype)``; numbers stay numbers."""
    kind = DTYPES.get(dtype.const) if isinstance(dtype, Scalar) and isinstance(dtype.const, str) else None
    follows = isinstance(dtype, Scalar) and dtype.js.text.endswith(".dtype")
    if kind is None and not follows:
        raise scope.fail(node, f"the dtype is {describe(dtype)}, which is not known here")
    if isinstance(value, Scalar) and value.type in {"int", "float", "number", "bool"}:
        return _cast_number(value, kind)
    if isinstance(value, Sequence) and not any(isinstance(each, Tensor) for each in value.items or ()):
        if isinstance(value.element, Tensor):
            raise scope.fail(node, "a list of tensors cannot be cast")
        return value
    js = operand(scope, value, node)
    shape = {"shape": value.shape, "rank": value.rank} if isinstance(value, Tensor) else {}
    if scope.shapes or (isinstance(value, Tensor) and value.dtype == kind and kind is not None):
        return Tensor(js, kind, **shape)  # type: ignore[arg-type]
    assert isinstance(dtype, Scalar)
    target = literal(kind) if kind is not None else dtype.js
    return Tensor(call("tf.cast", js, target), kind, **shape)  # type: ignore[arg-type]


def _cast_number(value: Scalar, kind: str | None) -> Scalar:
    if kind == "int32":
        if value.type == "int":
            return value
        if value.type == "bool":
            return Scalar(condition(value.js, Js("1"), Js("0")), "int")
        return Scalar(call("Math.trunc", value.js), "int", sized=value.sized)
    if kind == "float32" and value.type == "bool":
        return Scalar(condition(value.js, Js("1"), Js("0")), "float")
    return Scalar(value.js, "float", sized=value.sized) if kind == "float32" else value


def _cast(made: Call) -> Value:
    values = dict(zip(("x", "dtype"), made.positional(), strict=False))
    for name, value in made.keywords().items():
        if name not in {"x", "dtype", "name"}:
            raise made.scope.fail(made.node, f"the argument {name!r} is not known")
        values[name] = value
    return cast(made.scope, values["x"], values["dtype"], made.node)


def _where(made: Call) -> Value:
    from converter.shims.translation.tensors import broadcasted

    values = dict(zip(("condition", "x", "y"), made.positional(), strict=False))
    for name, value in made.keywords().items():
        names = {"x1": "x", "x2": "y", "then_expression": "x", "else_expression": "y"}
        if name != "name":
            values[names.get(name, name)] = value
    if set(values) != {"condition", "x", "y"}:
        raise made.scope.fail(
            made.node, "how many entries fulfil a condition is only known from the values of a tensor"
        )
    scope, node = made.scope, made.node
    js, identity, rank = broadcasted(scope, list(values.values()), node)
    kinds = {each.dtype for name, each in values.items() if name != "condition" and isinstance(each, Tensor)}
    dtype = next(iter(kinds)) if len(kinds) == 1 else None if not kinds else "float32"
    if not kinds:
        dtype = "float32"
    if scope.shapes:
        return Tensor(js, dtype, identity, rank)
    texts = {name: operand(scope, each, node) for name, each in values.items()}
    if dtype == "int32":
        for name in ("x", "y"):
            if isinstance(values[name], Scalar):
                texts[name] = call("tf.scalar", texts[name], literal("int32"))
    if not isinstance(values["condition"], Tensor) or values["condition"].dtype != "bool":
        texts["condition"] = call("tf.cast", texts["condition"], literal("bool"))
    return Tensor(fill("tf.where(condition, x, y)", texts, scope.helper), dtype, identity, rank)


ROWS: tuple[Op | Special, ...] = (
    Special("tf.cast keras.backend.cast keras.ops.cast tf.dtypes.cast", _cast, "tf.cast", "Cast"),
    Special("tf.where keras.ops.where np.where tf.compat.v2.where", _where, "tf.where tf.cast tf.scalar", "Select"),
    Op("keras.ops.one_hot keras.backend.one_hot", "x: index, num_classes: number, axis: fixed = -1, dtype: dtype = 'float32', sparse: fixed = False", "tf.cast(tf.oneHot(x, num_classes), dtype)", "oneHotShape(x, num_classes)", "dtype", kernels="OneHot"),
    Op("tf.one_hot", "indices: index, depth: number, on_value: fixed = None, off_value: fixed = None, axis: fixed = -1, dtype: dtype = 'float32', name: ignored = None", "tf.cast(tf.oneHot(indices, depth), dtype)", "oneHotShape(indices, depth)", "dtype", kernels="OneHot"),
)  # fmt: skip


"""One row an operation."""
