"""The weights that a layer makes for itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, call, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.names import DTYPES
from converter.shims.translation.values import Ignored, Scalar, Sequence, Tensor, constant, is_none

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


# In Keras 2 the name comes first, in Keras 3 the shape.
_KERAS_2 = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")


_KERAS_3 = (
    *("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint"),
    *("aggregation", "overwrite_with_gradient", "name"),
)


_WITHOUT_EFFECT = frozenset(
    {
        "initializer",
        "regularizer",
        "constraint",
        "autocast",
        "aggregation",
        "synchronization",
        "use_resource",
        "overwrite_with_gradient",
        "partitioner",
        "collections",
        "experimental_autocast",
        "layout",
        "getter",
    }
)


def add_weight(made: Call) -> Value:
    """``self.add_weight(…)``; how it would be initialized does not matter, the values come from the file."""
    scope, node = made.scope, made.node
    if scope.method not in {"constructor", "build"}:
        raise scope.fail(node, "weights must be made in __init__ or build")
    given: dict[str, ast.expr] = {}
    first = made.scope.evaluate(node.args[0]) if node.args else None
    order = _KERAS_2 if isinstance(first, Scalar) and first.type == "str" else _KERAS_3
    if first is not None and is_none(first) is True:
        order = _KERAS_2
    if len(node.args) > len(order):
        raise scope.fail(node, "it has too many arguments")
    given |= dict(zip(order, node.args, strict=False))
    for each in node.keywords:
        if each.arg is None:
            raise scope.fail(node, "which arguments these are is not known")
        given[each.arg] = each.value
    unknown = set(given) - {"name", "shape", "dtype", "trainable"} - _WITHOUT_EFFECT
    if unknown:
        raise scope.fail(node, f"the argument {min(unknown)!r} is not known")
    values = {
        name: scope.evaluate(given[name]) for name in ("name", "shape", "dtype", "trainable") if name in given
    }
    return weight(made, values.get("name"), values.get("shape"), values.get("dtype"), values.get("trainable"))


def weight(
    made: Call, name: Value | None, shape: Value | None, dtype: Value | None, trainable: Value | None
) -> Value:
    """A weight of these properties; ``None`` stands for what was not given."""
    scope, node = made.scope, made.node
    const = name.const if isinstance(name, Scalar) and isinstance(name.const, str) else None
    repeated = scope.looped
    scope.unit.weight_names.append(None if repeated or not const else const)
    label = Js("`w${this.weights.length}`") if const is None or repeated else literal(const)
    if shape is None or is_none(shape) is True:
        size: Value = Sequence(Js("[]"), ())
    else:
        size = shape
    rank: int | None = None
    if isinstance(size, Sequence):
        rank = None if size.items is None else len(size.items)
    elif not (isinstance(size, Scalar) and size.type == "any"):
        raise scope.fail(node, f"the shape of a weight must be a list, and this is {describe(size)}")
    kind = _dtype(made, dtype)
    parts = [label, size.js, literal(kind), Js("tf.initializers.zeros()")]
    trained = constant(True) if trainable is None or isinstance(trainable, Ignored) else trainable
    if isinstance(trained, Scalar) and trained.known:
        if not trained.const:
            parts += [Js("null"), Js("false")]
    else:
        parts += [Js("null"), trained.js]
    return Tensor(call("this.addWeight", *parts), kind, rank=rank, held="variable")


def _dtype(made: Call, dtype: Value | None) -> str:
    if dtype is None or not isinstance(dtype, Scalar) or dtype.type == "none" or not dtype.known:
        return "float32"
    if dtype.const not in DTYPES:
        raise made.scope.fail(made.node, f"a weight cannot have the dtype {dtype.const!r}")
    return DTYPES[dtype.const]
