"""Tensors made of nothing but configuration."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, array, call, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.names import DTYPES
from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Special
from converter.shims.translation.values import NUMERIC, Scalar, Sequence, Tensor, constant, fresh

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.ops.row import Op
    from converter.shims.translation.values import Value


def _filled(made: Call) -> Value:
    name = made.path.rpartition(".")[2]
    scope, node = made.scope, made.node
    if name in {"fill", "full"}:
        given = _arguments(made, *(("dims", "value") if name == "fill" else ("shape", "fill_value", "dtype")))
        shape, value = list(given.values())[:2]
        if not isinstance(value, Scalar):
            raise scope.fail(node, "the value must be a number")
    else:
        given = _arguments(made, "shape", "dtype", "layout")
        shape, value = given["shape"], constant(None)
    dtype = given.get("dtype", constant("float32"))
    if name == "fill" and isinstance(value, Scalar) and value.type in {"int", "bool"}:
        dtype = constant("int32" if value.type == "int" else "bool")
    kind = (
        DTYPES.get(dtype.const) if isinstance(dtype, Scalar) and isinstance(dtype.const, str) else "float32"
    )
    if isinstance(dtype, Scalar) and dtype.js.text.endswith(".dtype"):
        kind = None
    if isinstance(shape, Scalar) and shape.type in {"int", "number"}:
        shape = Sequence(array([shape.js]), (shape,))
    if not isinstance(shape, (Sequence, Scalar)):
        raise scope.fail(node, f"the shape must be a list of numbers, and this is {describe(shape)}")
    rank = len(shape.items) if isinstance(shape, Sequence) and shape.items is not None else None
    identity = (shape.shape_of or fresh()) if isinstance(shape, Sequence) else fresh()
    if scope.shapes:
        return Tensor(shape.js, kind, identity, rank)
    extra = [] if kind == "float32" else [literal(kind) if kind else dtype.js]
    if name in {"fill", "full"}:
        return Tensor(call("tf.fill", shape.js, value.js, *extra), kind, identity, rank)
    return Tensor(call(f"tf.{name}", shape.js, *extra), kind, identity, rank)


def _range(made: Call) -> Value:
    scope, node = made.scope, made.node
    positional = made.positional()
    keywords = made.keywords()
    dtype = keywords.pop("dtype", None)
    keywords.pop("name", None)
    names = ("start", "limit", "delta") if made.path == "tf.range" else ("start", "stop", "step")
    values = dict(zip(names, positional, strict=False)) | keywords
    if len(values) == 1 and "start" in values:
        values = {names[0]: constant(0), names[1]: values["start"]}
    values.setdefault("start", constant(0))
    if set(values) - set(names):
        raise scope.fail(node, f"the argument {min(set(values) - set(names))!r} is not known")
    numbers = [values.get(each) for each in names]
    if not all(each is None or (isinstance(each, Scalar) and each.type in NUMERIC) for each in numbers):
        raise scope.fail(node, "the bounds must be numbers that the configuration or the shapes decide")
    known = [each for each in numbers if isinstance(each, Scalar)]
    whole = all(each.type in {"int", "any"} for each in known)
    kind = "int32" if whole else "float32"
    if isinstance(dtype, Scalar) and isinstance(dtype.const, str):
        kind = DTYPES.get(dtype.const, kind)
    if scope.shapes:
        start, stop = known[0], known[1]
        step = known[2].js.at(14) if len(known) > 2 else None
        span = stop.js if start.const == 0 else Js(f"{stop.js.at(12)} - {start.js.at(13)}", 12)
        size = (
            Js(f"Math.ceil({span.at(13)} / {step})")
            if step
            else span
            if whole
            else Js(f"Math.ceil({span.text})")
        )
        return Tensor(array([size]), kind, rank=1)
    parts = [each.js for each in known]
    if len(parts) == 2:
        parts.append(Js("1"))
    return Tensor(
        call("tf.range", *parts, literal(kind)) if kind != "float32" else call("tf.range", *parts),
        kind,
        rank=1,
    )


def _linspace(made: Call) -> Value:
    given = _arguments(made, "start", "stop", "num")
    scope = made.scope
    numbers = list(given.values())
    if len(numbers) != 3 or not all(isinstance(each, Scalar) for each in numbers):
        raise scope.fail(made.node, "the bounds and the number must be given, as numbers")
    if scope.shapes:
        return Tensor(array([numbers[2].js]), "float32", rank=1)
    return Tensor(call("tf.linspace", *(each.js for each in numbers)), "float32", rank=1)


def _eye(made: Call) -> Value:
    first = {"tf.eye": ("num_rows", "num_columns", "batch_shape", "dtype")}.get(
        made.path, ("N", "M", "k", "dtype")
    )
    given = _arguments(made, *first)
    scope = made.scope
    if set(given) - {*first[:2], "dtype"}:
        raise scope.fail(made.node, "only the numbers of rows and columns are translated")
    rows = given[first[0]]
    columns = given.get(first[1], rows)
    dtype = given.get("dtype")
    if isinstance(dtype, Scalar) and DTYPES.get(str(dtype.const)) != "float32":
        raise scope.fail(made.node, "only float32 is translated here")
    if scope.shapes:
        return Tensor(array([rows.js, columns.js]), "float32", rank=2)
    return Tensor(call("tf.eye", rows.js, *([] if columns is rows else [columns.js])), "float32", rank=2)


ROWS: tuple[Op | Special, ...] = (
    Special("tf.zeros keras.ops.zeros np.zeros keras.backend.zeros tf.ones keras.ops.ones np.ones keras.backend.ones tf.fill keras.ops.full np.full", _filled, "tf.zeros tf.ones tf.fill", "Fill"),
    Special("tf.range keras.ops.arange np.arange keras.backend.arange", _range, "tf.range", "Range"),
    Special("tf.linspace keras.ops.linspace np.linspace", _linspace, "tf.linspace", "LinSpace"),
    Special("tf.eye keras.ops.eye np.eye keras.backend.eye", _eye, "tf.eye", "Reshape Tile"),
)  # fmt: skip


"""One row an operation."""
