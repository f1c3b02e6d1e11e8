"""Operations on images."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation.invocation import given_none
from converter.shims.translation.javascript import Js, array, call
from converter.shims.translation.joining import describe
from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Special
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import NUMERIC, Scalar, Sequence, Tensor, constant

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.ops.row import Op
    from converter.shims.translation.values import Value


def _resize(made: Call) -> Value:
    scope, node = made.scope, made.node
    keras = made.path.startswith("keras.ops")
    names = (
        ("images", "size", "interpolation", "antialias", "data_format")
        if keras
        else ("images", "size", "method", "preserve_aspect_ratio", "antialias")
    )
    given = _arguments(made, *names)
    for name in ("antialias", "preserve_aspect_ratio"):
        value = given.get(name, constant(False))
        if not (isinstance(value, Scalar) and value.const is False):
            raise scope.fail(node, f"TensorFlow.js cannot resize with {name}")
    layout = given.get("data_format", constant("channels_last"))
    if not (isinstance(layout, Scalar) and layout.const in {"channels_last", None}):
        raise scope.fail(node, "TensorFlow.js has no other data_format here than 'channels_last'")
    method = given.get("interpolation" if keras else "method", constant("bilinear"))
    if isinstance(method, Sequence) or not isinstance(method, Scalar):
        raise scope.fail(node, "the method must be a word")
    word = method.const.lower() if isinstance(method.const, str) else None
    if method.known and word not in {"nearest", "bilinear"}:
        raise scope.fail(
            node, f"TensorFlow.js does not resize by {method.const!r}; it has 'nearest' and 'bilinear'"
        )
    return _resized(made, given["images"], given["size"], Js(f"'{word}'") if method.known else method.js)


def _resized(made: Call, images: Value, size: Value, method: Js) -> Value:
    scope, node = made.scope, made.node
    if not isinstance(size, (Sequence, Scalar)):
        raise scope.fail(node, f"the size must be two numbers, and this is {describe(size)}")
    source = operand(scope, images, node)
    dtype, rank = (images.dtype, images.rank) if isinstance(images, Tensor) else ("float32", None)
    if scope.shapes:
        if isinstance(size, Sequence) and size.items is not None and rank == 4:
            shape = array(
                [Js(f"{source.at(20)}[0]"), *(item.js for item in size.items), Js(f"{source.at(20)}[3]")]
            )
            return Tensor(shape, dtype, rank=rank)
        return Tensor(call(scope.helper("resizedImages"), source, size.js), dtype, rank=rank)
    function = {"'nearest'": "tf.image.resizeNearestNeighbor", "'bilinear'": "tf.image.resizeBilinear"}.get(
        method.text
    )
    if function is None or (dtype not in {"float32", None} and method.text == "'bilinear'"):
        return Tensor(call(scope.helper("resize"), source, size.js, method), dtype, rank=rank)
    return Tensor(call(function, source, size.js, Js("false"), Js("true")), dtype, rank=rank)


def _resize_images(made: Call) -> Value:
    given = _arguments(made, "x", "height_factor", "width_factor", "data_format", "interpolation")
    scope = made.scope
    layout = given.get("data_format", constant("channels_last"))
    if not isinstance(layout, Scalar) or layout.const != "channels_last":
        raise scope.fail(made.node, "TensorFlow.js has no other data_format here than 'channels_last'")
    method = given.get("interpolation", constant("nearest"))
    if not isinstance(method, Scalar) or (method.known and method.const not in {"nearest", "bilinear"}):
        raise scope.fail(made.node, "TensorFlow.js resizes by nearest and bilinear interpolation only")
    source = operand(scope, given["x"], made.node)
    factors = array([given["height_factor"].js, given["width_factor"].js])
    if scope.shapes:
        return Tensor(call(scope.helper("upsampled"), source, factors), "float32", rank=4)
    return Tensor(call(scope.helper("upsample"), source, factors, method.js), "float32", rank=4)


def _blocks(made: Call) -> Value:
    scope = made.scope
    names = ("input", "block_size", "data_format")
    given = _arguments(made, *names)
    layout = given.get("data_format", constant("NHWC"))
    if not (isinstance(layout, Scalar) and layout.const == "NHWC"):
        raise scope.fail(made.node, "TensorFlow.js has no other data_format here than 'NHWC'")
    value, block = given["input"], given["block_size"]
    if not isinstance(block, Scalar) or block.type not in NUMERIC:
        raise scope.fail(made.node, "the size of the blocks must be a number")
    deep = made.path.endswith("space_to_depth")
    source = operand(scope, value, made.node)
    dtype = value.dtype if isinstance(value, Tensor) else "float32"
    if scope.shapes:
        return Tensor(call(scope.helper("deeper" if deep else "wider"), source, block.js), dtype, rank=4)
    function = scope.helper("spaceToDepth") if deep else "tf.depthToSpace"
    return Tensor(call(function, source, block.js), dtype, rank=4)


def _flip(made: Call) -> Value:
    value = made.positional()[0]
    source = operand(made.scope, value, made.node)
    axis = -2 if made.path.endswith("left_right") else -3
    identity = (
        {"shape": value.shape, "rank": value.rank, "dtype": value.dtype} if isinstance(value, Tensor) else {}
    )
    if made.scope.shapes:
        return Tensor(source, **identity)  # type: ignore[arg-type]
    return Tensor(call("tf.reverse", source, Js(str(axis), 15)), **identity)  # type: ignore[arg-type]


def _patches(made: Call) -> Value:
    scope = made.scope
    given = _arguments(made, "images", "sizes", "strides", "rates", "padding")
    if len(given) != 5:
        raise scope.fail(made.node, "all of sizes, strides, rates and padding must be given")
    padding = given["padding"]
    if not isinstance(padding, Scalar) or not isinstance(padding.const, str):
        raise scope.fail(made.node, "the padding must be 'SAME' or 'VALID'")
    source = operand(scope, given["images"], made.node)
    arguments = [
        source,
        given["sizes"].js,
        given["strides"].js,
        given["rates"].js,
        Js(f"'{padding.const.lower()}'"),
    ]
    function = scope.helper("patchShape" if scope.shapes else "patches")
    return Tensor(call(function, *arguments), "float32", rank=4)


def _crop_pad(made: Call) -> Value:
    scope = made.scope
    given = _arguments(made, "image", "offset_height", "offset_width", "target_height", "target_width")
    if len(given) != 5:
        raise scope.fail(made.node, "offsets and sizes must be given")
    source = operand(scope, given["image"], made.node)
    rest = [each.js for each in list(given.values())[1:]]
    value = given["image"]
    rank = value.rank if isinstance(value, Tensor) else None
    if scope.shapes:
        return Tensor(call(scope.helper("resizedImages"), source, array(rest[2:])), "float32", rank=rank)
    crop = made.path.endswith("crop_to_bounding_box")
    if not crop:
        raise scope.fail(made.node, "this is not translated")
    return Tensor(call(scope.helper("crop"), source, *rest), "float32", rank=rank)


def _rgb(made: Call) -> Value:
    value = made.positional()[0]
    scope = made.scope
    source = operand(scope, value, made.node)
    gray = made.path.endswith("rgb_to_grayscale")
    if not given_none(made.keywords().get("data_format")):
        raise scope.fail(made.node, "the data_format is not translated")
    if scope.shapes:
        return Tensor(
            call(scope.helper("resized"), source, Js("-1", 15), Js("1" if gray else "3")), "float32"
        )
    if gray:
        return Tensor(call(scope.helper("grayscale"), source), "float32")
    return Tensor(call("tf.concat", array([source] * 3), Js("-1", 15)), "float32")


ROWS: tuple[Op | Special, ...] = (
    Special("tf.image.resize keras.ops.image.resize", _resize, "tf.image.resizeBilinear tf.image.resizeNearestNeighbor", "ResizeBilinear ResizeNearestNeighbor"),
    Special("keras.backend.resize_images", _resize_images, "tf.image.resizeBilinear tf.image.resizeNearestNeighbor", "ResizeBilinear ResizeNearestNeighbor"),
    Special("tf.nn.depth_to_space tf.compat.v1.depth_to_space tf.depth_to_space", _blocks, "tf.depthToSpace", "DepthToSpace"),
    Special("tf.nn.space_to_depth tf.compat.v1.space_to_depth tf.space_to_depth", _blocks, "tf.reshape tf.transpose", "Reshape Transpose"),
    Special("tf.image.flip_left_right tf.image.flip_up_down", _flip, "tf.reverse", "Reverse"),
    Special("tf.image.extract_patches", _patches, "tf.slice tf.concat tf.pad tf.stridedSlice", "PadV2 StridedSlice Concat"),
    Special("tf.image.crop_to_bounding_box", _crop_pad, "tf.slice", "Slice"),
    Special("tf.image.rgb_to_grayscale tf.image.grayscale_to_rgb", _rgb, "tf.sum tf.mul tf.concat", "Sum Multiply Concat"),
)  # fmt: skip


"""One row an operation."""
