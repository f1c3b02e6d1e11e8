"""Operations that move entries without changing them: shapes, axes, repetition, padding."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation.invocation import given_none
from converter.shims.translation.javascript import Js, array, call, literal
from converter.shims.translation.joining import describe, is_plain
from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Op, Special
from converter.shims.translation.tensors import dimensions, operand, traces
from converter.shims.translation.values import NUMERIC, Scalar, Sequence, Tensor, constant, number

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


def _shape(made: Call) -> Value:
    vector = made.path in {"tf.shape", "keras.backend.shape"}
    values = _arguments(made, "input", "out_type") if made.path == "tf.shape" else _arguments(made, "x")
    value = next(iter(values.values()))
    if isinstance(value, Sequence) and is_plain(value):
        return Sequence(
            array([number(Js(f"{value.js.text}.length"), "int").js]),
            (number(Js(f"{value.js.text}.length"), "int"),),
            vector=True,
        )
    return dimensions(made.scope, value, made.node, vector=vector)


def _reshape(made: Call) -> Value:
    first, second = {"tf": ("tensor", "shape"), "keras.backend": ("x", "shape"), "keras.ops": ("x", "newshape"),
                     "np": ("a", "newshape")}[made.path.rpartition(".")[0]]  # fmt: skip
    given = _arguments(made, first, second)
    return reshape(made, given[first], given[second])


def reshape(made: Call, value: Value, shape: Value) -> Value:
    """A reshape; in a shape rule, sizes that stay what they are cancel out."""
    scope, node = made.scope, made.node
    if (
        (
            isinstance(value, Sequence)
            and is_plain(value)
            and isinstance(shape, Sequence)
            and shape.items is not None
        )
        and len(shape.items) == 1
        and isinstance(shape.items[0], Scalar)
        and shape.items[0].const == -1
    ):
        return value
    if isinstance(shape, Scalar) and shape.type in {"int", "number"}:
        shape = Sequence(array([shape.js]), (shape,))
    if not (isinstance(shape, Sequence) or (isinstance(shape, Scalar) and shape.type == "any")):
        raise scope.fail(node, f"the new shape must be a list of numbers, and this is {describe(shape)}")
    source = operand(scope, value, node)
    dtype = value.dtype if isinstance(value, Tensor) else "float32"
    items = shape.items if isinstance(shape, Sequence) else None
    rank = None if items is None else len(items)
    target = _target(shape)
    if not scope.shapes:
        if (
            isinstance(value, Tensor)
            and isinstance(shape, Sequence)
            and shape.shape_of == value.shape
            and items is None
        ):
            return value
        return Tensor(call("tf.reshape", source, target), dtype, rank=rank)
    if (
        isinstance(shape, Sequence)
        and items is None
        and isinstance(shape.shape_of, int)
        and not traces(source.text)
    ):
        return Tensor(target, dtype, shape.shape_of)
    if (
        items is not None
        and not any(isinstance(item, Scalar) and item.const == -1 for item in items)
        and not traces(source.text)
    ) and all(
        isinstance(item, Scalar) and (item.known or (item.type == "int" and item.sized)) for item in items
    ):
        return Tensor(target, dtype, rank=rank)
    kept = []
    if items is not None and isinstance(value, Tensor):
        for place, item in enumerate(items):
            if isinstance(item, Scalar) and item.origin is not None and item.origin[0] == value.shape:
                kept.append(array([literal(item.origin[1]), literal(place)]))
    arguments = [source, target] + ([array(kept)] if kept else [])
    return Tensor(call(scope.helper("reshaped"), *arguments), dtype, rank=rank)


def _target(shape: Value) -> Js:
    """The new shape; ``None`` in it stands for a size to work out."""
    if isinstance(shape, Sequence) and shape.items is not None and not shape.js.is_path:
        return array([Js("-1", 15) if given_none(item) else item.js for item in shape.items])
    return shape.js


def _flatten(made: Call) -> Value:
    value = made.positional()[0]
    if made.path == "keras.backend.batch_flatten":
        scope = made.scope
        source = operand(scope, value, made.node)
        first = dimensions(scope, value, made.node, vector=False)
        target = array([Js(f"{first.js.text}[0]"), Js("-1", 15)])
        if scope.shapes:
            return Tensor(
                call(scope.helper("reshaped"), source, target, Js("[[0, 0]]")),
                value.dtype if isinstance(value, Tensor) else None,
                rank=2,
            )
        return Tensor(
            call("tf.reshape", source, target), value.dtype if isinstance(value, Tensor) else None, rank=2
        )
    return reshape(made, value, Sequence(Js("[-1]"), (constant(-1),)))


def _transpose(made: Call) -> Value:
    names = {"tf.transpose": ("a", "perm", "conjugate"), "keras.backend.permute_dimensions": ("x", "pattern")}
    own = names.get(made.path, ("x", "axes"))
    given = _arguments(made, *own)
    scope = made.scope
    value = given[own[0]]
    perm = given.get(own[1], constant(None))
    source = operand(scope, value, made.node)
    dtype, rank = (value.dtype, value.rank) if isinstance(value, Tensor) else ("float32", None)
    if isinstance(perm, Sequence) and perm.items is not None:
        rank = len(perm.items)
    elif not isinstance(perm, (Sequence, Scalar)):
        raise scope.fail(made.node, f"the order of the axes cannot be {describe(perm)}")
    arguments = [source] if given_none(perm) else [source, perm.js]
    function = scope.helper("transposed") if scope.shapes else "tf.transpose"
    return Tensor(call(function, *arguments), dtype, rank=rank)


def _tile(made: Call) -> Value:
    names = {
        "tf.tile": ("input", "multiples"),
        "keras.backend.tile": ("x", "n"),
        "keras.ops.tile": ("x", "repeats"),
    }
    own = names.get(made.path, ("A", "reps"))
    given = _arguments(made, *own)
    scope, value, reps = made.scope, given[own[0]], given[own[1]]
    if isinstance(reps, Scalar) and reps.type in {"int", "number"}:
        reps = Sequence(array([reps.js]), (reps,))
    source = operand(scope, value, made.node)
    function = scope.helper("tiled") if scope.shapes else "tf.tile"
    dtype, rank = (value.dtype, value.rank) if isinstance(value, Tensor) else ("float32", None)
    return Tensor(call(function, source, reps.js), dtype, rank=rank)


def _repeat(made: Call) -> Value:
    first = {"tf.repeat": "input", "np.repeat": "a"}.get(made.path, "x")
    names = (first, "rep" if "elements" in made.path else "repeats", "axis")
    given = _arguments(made, *names)
    scope, value, times = made.scope, given[names[0]], given[names[1]]
    axis = given.get("axis")
    if given_none(axis) or axis is None:
        raise scope.fail(made.node, "a repetition without an axis is not translated")
    if not isinstance(times, Scalar) or times.type not in NUMERIC:
        raise scope.fail(made.node, "how often is repeated must be one number")
    source = operand(scope, value, made.node)
    dtype, rank = (value.dtype, value.rank) if isinstance(value, Tensor) else ("float32", None)
    if scope.shapes:
        size = Js(
            f"{source.at(20)}[{scope.helper('axisOf')}({axis.js.text}, {source.at(20)}.length)] * {times.js.at(14)}",
            13,
        )
        return Tensor(call(scope.helper("resized"), source, axis.js, size), dtype, rank=rank)
    return Tensor(call(scope.helper("repeat"), source, times.js, axis.js), dtype, rank=rank)


def _pad(made: Call) -> Value:
    scope, node = made.scope, made.node
    if made.path == "tf.pad":
        given = _arguments(made, "tensor", "paddings", "mode", "constant_values")
        value, paddings = given["tensor"], given["paddings"]
        mode, fill = given.get("mode", constant("CONSTANT")), given.get("constant_values", constant(0))
    else:
        given = _arguments(made, "x", "pad_width", "mode", "constant_values")
        value, paddings = given["x"], given["pad_width"]
        mode, fill = given.get("mode", constant("constant")), given.get("constant_values", constant(None))
        fill = constant(0) if given_none(fill) else fill
    source = operand(scope, value, node)
    dtype, rank = (value.dtype, value.rank) if isinstance(value, Tensor) else ("float32", None)
    if not isinstance(paddings, (Sequence, Scalar)):
        raise scope.fail(node, f"the padding must be a list of pairs, and this is {describe(paddings)}")
    if scope.shapes:
        return Tensor(call(scope.helper("padded"), source, paddings.js), dtype, rank=rank)
    if not isinstance(mode, Scalar) or not isinstance(fill, Scalar):
        raise scope.fail(node, "the mode of the padding must be a word")
    if not mode.known:
        return Tensor(call(scope.helper("pad"), source, paddings.js, mode.js, fill.js), dtype, rank=rank)
    word = str(mode.const).lower()
    if word == "constant":
        extra = [] if fill.const == 0 else [fill.js]
        return Tensor(call("tf.pad", source, paddings.js, *extra), dtype, rank=rank)
    if word not in {"reflect", "symmetric"}:
        raise scope.fail(node, f"TensorFlow.js does not pad by {mode.const!r}")
    return Tensor(call("tf.mirrorPad", source, paddings.js, literal(word)), dtype, rank=rank)


def _padding2d(made: Call) -> Value:
    given = _arguments(made, "x", "padding", "data_format")
    scope = made.scope
    source = operand(scope, given["x"], made.node)
    padding = given.get("padding", constant(((1, 1), (1, 1))))
    if not given_none(given.get("data_format")):
        known = given["data_format"]
        if not isinstance(known, Scalar) or known.const != "channels_last":
            raise scope.fail(made.node, "TensorFlow.js has no other data_format here than 'channels_last'")
    margins = Js(f"[[0, 0], ...{padding.js.text}, [0, 0]]")
    function = scope.helper("padded") if scope.shapes else "tf.pad"
    return Tensor(call(function, source, margins), "float32", rank=4)


ROWS: tuple[Op | Special, ...] = (
    Special("tf.shape keras.backend.shape keras.backend.int_shape keras.ops.shape np.shape", _shape),
    Special("tf.reshape keras.backend.reshape keras.ops.reshape np.reshape", _reshape, "tf.reshape", "Reshape"),
    Special("keras.backend.flatten keras.backend.batch_flatten keras.ops.ravel", _flatten, "tf.reshape", "Reshape"),
    Special("tf.transpose keras.backend.permute_dimensions keras.ops.transpose np.transpose", _transpose, "tf.transpose", "Transpose"),
    Special("tf.tile keras.backend.tile keras.ops.tile np.tile", _tile, "tf.tile", "Tile"),
    Special("tf.repeat keras.backend.repeat_elements keras.ops.repeat np.repeat", _repeat, "tf.tile tf.expandDims", "Tile ExpandDims"),
    Special("tf.pad keras.ops.pad np.pad", _pad, "tf.pad tf.mirrorPad", "PadV2 MirrorPad"),
    Special("keras.backend.spatial_2d_padding", _padding2d, "tf.pad", "PadV2"),
    Op("tf.expand_dims", "input: tensor, axis: axis, name: ignored = None", "tf.expandDims(input, axis=0)", "expanded(input, axis)", "input", 1, kernels="ExpandDims"),
    Op("keras.backend.expand_dims", "x: tensor, axis: axis = -1", "tf.expandDims(x, axis=0)", "expanded(x, axis)", "x", 1, kernels="ExpandDims"),
    Op("keras.ops.expand_dims np.expand_dims", "x: tensor, axis: axis", "tf.expandDims(x, axis=0)", "expanded(x, axis)", "x", 1, kernels="ExpandDims"),
    Op("tf.squeeze", "input: tensor, axis: axis, name: ignored = None", "squeeze(input, axis)", "squeezed(input, axis)", "input", kernels="Reshape"),
    Op("keras.backend.squeeze keras.ops.squeeze np.squeeze", "x: tensor, axis: axis", "squeeze(x, axis)", "squeezed(x, axis)", "x", kernels="Reshape"),
    Op("tf.reverse", "tensor: tensor, axis: axis, name: ignored = None", "tf.reverse(tensor, axis)", "tensor", rank=0, kernels="Reverse"),
    Op("keras.backend.reverse", "x: tensor, axes: axis", "tf.reverse(x, axes)", "x", rank=0, kernels="Reverse"),
    Op("keras.ops.flip np.flip", "x: tensor, axis: axis = None", "tf.reverse(x, axis=null)", "x", rank=0, kernels="Reverse"),
    Op("tf.roll keras.ops.roll np.roll", "input: tensor, shift: any, axis: axis, name: ignored = None", "roll(input, shift, axis)", "input", rank=0, kernels="SplitV Concat"),
    Op("tf.broadcast_to", "input: tensor, shape: sizes, name: ignored = None", "tf.broadcastTo(input, shape)", "broadcast(input, shape)", "input", kernels="Tile"),
    Op("keras.ops.broadcast_to np.broadcast_to", "x: tensor, shape: sizes", "tf.broadcastTo(x, shape)", "broadcast(x, shape)", "x", kernels="Tile"),
    Op("tf.slice", "input_: tensor, begin: sizes, size: sizes, name: ignored = None", "tf.slice(input_, begin, size)", "cut(input_, begin, size)", "input_", 0, kernels="Slice"),
    Op("tf.linalg.band_part", "input: tensor, num_lower: number, num_upper: number, name: ignored = None", "tf.linalg.bandPart(input, num_lower, num_upper)", "input", rank=0, kernels="Select"),
    Op("keras.ops.moveaxis np.moveaxis", "x: tensor, source: number, destination: number", "moveAxis(x, source, destination)", "movedAxis(x, source, destination)", "x", 0, kernels="Transpose"),
    Op("keras.ops.swapaxes np.swapaxes", "x: tensor, axis1: number, axis2: number", "swapAxes(x, axis1, axis2)", "swappedAxes(x, axis1, axis2)", "x", 0, kernels="Transpose"),
)  # fmt: skip


"""One row an operation."""
