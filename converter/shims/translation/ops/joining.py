"""Tensors put together, taken apart, and looked up in each other."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation import scalars
from converter.shims.translation.invocation import given_none
from converter.shims.translation.javascript import Js, array, call, literal
from converter.shims.translation.joining import describe, is_plain
from converter.shims.translation.ops.row import Special
from converter.shims.translation.tensors import is_tensor, operand, tensors
from converter.shims.translation.values import NUMERIC, Scalar, Sequence, Tensor, constant, fresh

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.ops.row import Op
    from converter.shims.translation.values import Value


def _arguments(made: Call, *names: str) -> dict[str, Value]:
    values = dict(zip(names, made.positional(), strict=False))
    for name, value in made.keywords().items():
        if name == "name":
            continue
        if name not in names:
            raise made.scope.fail(made.node, f"the argument {name!r} is not known")
        values[name] = value
    return values


def _sequence(made: Call, value: Value) -> Sequence:
    if isinstance(value, Sequence):
        return value
    raise made.scope.fail(made.node, f"a list of tensors is needed, but this is {describe(value)}")


def _is_vector(value: Sequence) -> bool:
    """Whether what is joined are lists of numbers, such as parts of shapes."""
    if value.items is None:
        return value.element is not None and is_plain(value.element)
    return bool(value.items) and all(is_plain(item) for item in value.items)


def _concat(made: Call) -> Value:
    default = -1 if made.path.startswith(("keras.backend", "keras.layers")) else 0
    first = {"keras.backend": "tensors", "keras.layers": "inputs", "keras.ops": "xs", "np": "arrays"}.get(
        made.path.rpartition(".")[0], "values"
    )
    given = _arguments(made, first, "axis")
    value = _sequence(made, given[first])
    if _is_vector(value) and value.items is not None:
        return scalars.concatenate(made.scope, list(value.items), made.node, vector=True)
    axis = given.get("axis", constant(default))
    return joined(made, value, axis)


def joined(made: Call, value: Sequence, axis: Value) -> Tensor:
    """A concatenation of tensors."""
    if not isinstance(axis, Scalar) or axis.type not in NUMERIC:
        raise made.scope.fail(made.node, "the axis must be a number")
    parts = value.items if value.items is not None else (value.element,)
    kinds = {part.dtype for part in parts if isinstance(part, Tensor)}
    ranks = {part.rank for part in parts if isinstance(part, Tensor)}
    js = tensors(made.scope, value, made.node)
    function = made.scope.helper("concatenated") if made.scope.shapes else "tf.concat"
    rank = next(iter(ranks)) if len(ranks) == 1 else None
    return Tensor(call(function, js, axis.js), next(iter(kinds)) if len(kinds) == 1 else None, rank=rank)


def _stack(made: Call) -> Value:
    first = {"keras.backend.stack": "x", "keras.ops.stack": "x", "np.stack": "arrays"}.get(
        made.path, "values"
    )
    given = _arguments(made, first, "axis")
    value = _sequence(made, given[first])
    if (
        not is_tensor(value)
        and _is_vector(value)
        and (value.items is None or all(isinstance(item, Scalar) for item in value.items))
    ):
        return Sequence(value.js, value.items, value.element, vector=True)
    axis = given.get("axis", constant(0))
    js = tensors(made.scope, value, made.node)
    function = made.scope.helper("stacked") if made.scope.shapes else "tf.stack"
    arguments = [] if isinstance(axis, Scalar) and axis.const == 0 else [axis.js]
    parts = value.items if value.items is not None else (value.element,)
    kinds = {part.dtype for part in parts if isinstance(part, Tensor)}
    ranks = [part.rank for part in parts if isinstance(part, Tensor)]
    rank = ranks[0] + 1 if ranks and ranks[0] is not None and len(set(ranks)) == 1 else None
    return Tensor(call(function, js, *arguments), next(iter(kinds)) if len(kinds) == 1 else None, rank=rank)


def _split(made: Call) -> Value:
    keras = made.path.startswith("keras.ops")
    names = ("x", "indices_or_sections", "axis") if keras else ("value", "num_or_size_splits", "axis", "num")
    given = _arguments(made, *names)
    value, parts = given[names[0]], given[names[1]]
    axis = given.get("axis", constant(0))
    if isinstance(value, Sequence) and is_plain(value):
        raise made.scope.fail(made.node, "a list of numbers cannot be split")
    if keras and not (isinstance(parts, Scalar) and parts.type != "any"):
        raise made.scope.fail(made.node, "a split at given places is not translated")
    count: int | None = None
    if isinstance(parts, Scalar) and isinstance(parts.const, int):
        count = parts.const
    elif isinstance(parts, Sequence) and parts.items is not None:
        count = len(parts.items)
    arguments = [operand(made.scope, value, made.node), parts.js]
    if not (isinstance(axis, Scalar) and axis.const == 0):
        arguments.append(axis.js)
    plain = isinstance(parts, Scalar) and parts.type in {"int", "number"}
    function = (
        made.scope.helper("splitShapes")
        if made.scope.shapes
        else "tf.split"
        if plain
        else made.scope.helper("split")
    )
    return _parts(call(function, *arguments), value, count, 0, same=isinstance(parts, Scalar))


def _parts(js: Js, value: Value, count: int | None, change: int, *, same: bool) -> Sequence:
    dtype = value.dtype if isinstance(value, Tensor) else "float32"
    rank = value.rank + change if isinstance(value, Tensor) and value.rank is not None else None
    shape = fresh()
    element = Tensor(Js("part"), dtype, shape, rank)
    if count is None:
        return Sequence(js, None, element)
    items = tuple(Tensor(Js("part"), dtype, shape if same else fresh(), rank) for _ in range(count))
    return Sequence(js, items).named(js)  # type: ignore[return-value]


def _unstack(made: Call) -> Value:
    names = ("value", "num", "axis") if made.path.startswith("tf.") else ("x", "num", "axis")
    given = _arguments(made, *names)
    value = given[names[0]]
    if isinstance(value, Sequence) and is_plain(value):
        return value
    axis = given.get("axis", constant(0))
    count = given.get("num")
    known = count.const if isinstance(count, Scalar) and isinstance(count.const, int) else None
    scope = made.scope
    source = operand(scope, value, made.node)
    if scope.shapes:
        js = call(scope.helper("unstacked"), source, axis.js)
    else:
        js = call("tf.unstack", source, axis.js)
    return _parts(js, value, known, -1, same=True)


def _gather(made: Call) -> Value:
    scope = made.scope
    if made.path.startswith("keras.backend"):
        given = _arguments(made, "reference", "indices")
        value, indices, axis = given["reference"], given["indices"], constant(0)
    elif made.path.startswith(("keras.ops", "np.")):
        given = _arguments(made, "x", "indices", "axis")
        value, indices, axis = given["x"], given["indices"], given.get("axis", constant(None))
        if given_none(axis):
            raise scope.fail(made.node, "a look-up in a flattened tensor is not translated")
    else:
        given = _arguments(made, "params", "indices", "validate_indices", "axis", "batch_dims")
        value, indices = given["params"], given["indices"]
        axis = given.get("axis", constant(0))
        batch = given.get("batch_dims", constant(0))
        if not (isinstance(batch, Scalar) and batch.const == 0):
            raise scope.fail(made.node, "a look-up batch by batch is not translated")
        if given_none(axis):
            axis = constant(0)
    if isinstance(value, Sequence) and is_plain(value) and isinstance(indices, Scalar):
        return scalars.item(scope, value, indices, made.node)
    source = operand(scope, value, made.node)
    dtype = value.dtype if isinstance(value, Tensor) else "float32"
    positions = operand(scope, indices, made.node)
    if scope.shapes:
        return Tensor(call(scope.helper("gathered"), source, positions, axis.js), dtype)
    if not isinstance(indices, Tensor):
        positions = call("tf.tensor", indices.js, Js("undefined"), literal("int32"))
    elif indices.dtype != "int32":
        positions = call("tf.cast", positions, literal("int32"))
    arguments = [source, positions] + ([] if isinstance(axis, Scalar) and axis.const == 0 else [axis.js])
    return Tensor(call("tf.gather", *arguments), dtype)


def _meshgrid(made: Call) -> Value:
    scope = made.scope
    values = made.positional()
    keywords = made.keywords()
    indexing = keywords.pop("indexing", constant("xy"))
    if len(values) != 2 or keywords or not isinstance(indexing, Scalar) or not indexing.known:
        raise scope.fail(made.node, "meshgrid is translated for two axes")
    sources = [operand(scope, each, made.node) for each in values]
    kinds = [each.dtype if isinstance(each, Tensor) else "float32" for each in values]
    if scope.shapes:
        order = [0, 1] if indexing.const == "ij" else [1, 0]
        js = array([Js(f"{sources[place].text}[0]") for place in order])
        items = tuple(Tensor(js, kind, rank=2) for kind in kinds)
        return Sequence(array([js, js]), items)
    js = call("tf.meshgrid", *sources, Js(f"{{ indexing: '{indexing.const}' }}"))
    return Sequence(js, tuple(Tensor(Js("part"), kind, rank=2) for kind in kinds)).named(js)


ROWS: tuple[Op | Special, ...] = (
    Special("tf.concat keras.backend.concatenate keras.ops.concatenate np.concatenate", _concat, "tf.concat", "Concat"),
    Special("keras.layers.concatenate", _concat, "tf.concat", "Concat"),
    Special("tf.stack keras.backend.stack keras.ops.stack np.stack", _stack, "tf.stack", "Pack"),
    Special("tf.split keras.ops.split", _split, "tf.split", "SplitV"),
    Special("tf.unstack keras.ops.unstack", _unstack, "tf.unstack", "Unpack"),
    Special("tf.gather keras.backend.gather keras.ops.take np.take", _gather, "tf.gather tf.cast tf.tensor", "GatherV2"),
    Special("tf.meshgrid keras.ops.meshgrid np.meshgrid", _meshgrid, "tf.meshgrid", "Reshape BatchMatMul"),
)  # fmt: skip


"""One row an operation."""
