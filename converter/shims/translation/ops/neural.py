"""Products of matrices, convolutions, pooling, normalization."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation.invocation import given_none
from converter.shims.translation.javascript import Js, array, call, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Op, Special
from converter.shims.translation.tensors import matrix_product, operand
from converter.shims.translation.values import Scalar, Sequence, Tensor, constant

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


def _matmul(made: Call) -> Value:
    given = (
        _arguments(made, "a", "b", "transpose_a", "transpose_b")
        if made.path.startswith("tf")
        else _arguments(made, "x1", "x2")
    )
    values = list(given.values())
    flags = [given.get(name) for name in ("transpose_a", "transpose_b")]
    first, second = (None if each is None else each.js for each in flags)
    return matrix_product(made.scope, values[0], values[1], made.node, first=first, second=second)


def _dot(made: Call) -> Value:
    given = _arguments(made, *(("x", "y") if made.path.startswith("keras.backend") else ("x1", "x2")))
    scope = made.scope
    left, right = given.values()
    sources = [operand(scope, each, made.node) for each in (left, right)]
    if isinstance(right, Tensor) and right.rank not in {None, 2}:
        raise scope.fail(made.node, "this is translated for a matrix on the right only")
    rank = left.rank if isinstance(left, Tensor) else None
    function = "dottedShape" if scope.shapes else "dot"
    return Tensor(call(scope.helper(function), *sources), "float32", rank=rank)


def _batch_dot(made: Call) -> Value:
    given = _arguments(made, "x", "y", "axes")
    scope = made.scope
    sources = [operand(scope, given[name], made.node) for name in ("x", "y")]
    axes = given.get("axes", constant([2, 1]))
    if given_none(axes):
        axes = constant([2, 1])
    function = "batchDotShape" if scope.shapes else "batchDot"
    return Tensor(call(scope.helper(function), *sources, axes.js), "float32", rank=3)


def _tensordot(made: Call) -> Value:
    given = (
        _arguments(made, "a", "b", "axes")
        if made.path.startswith("tf")
        else _arguments(made, "x1", "x2", "axes")
    )
    scope = made.scope
    left, right, axes = given.values()
    sources = [operand(scope, each, made.node) for each in (left, right)]
    function = "tensorDotShape" if scope.shapes else "tensorDot"
    return Tensor(call(scope.helper(function), *sources, axes.js), "float32")


def _einsum(made: Call) -> Value:
    scope = made.scope
    values = made.positional()
    equation = values[0]
    if (
        not isinstance(equation, Scalar)
        or not isinstance(equation.const, str)
        or "..." in equation.const
        or "->" not in equation.const
    ):
        raise scope.fail(made.node, "the equation must be a constant, with '->' and without '...'")
    if len(values) != 3:
        raise scope.fail(made.node, "TensorFlow.js multiplies two tensors at a time")
    if any(
        len(set(part)) != len(part) for part in equation.const.replace(" ", "").replace("->", ",").split(",")
    ):
        raise scope.fail(made.node, "an axis that stands twice in one term is not translated")
    sources = [operand(scope, each, made.node) for each in values[1:]]
    text = literal(equation.const.replace(" ", ""))
    rank = len(equation.const.replace(" ", "").partition("->")[2])
    if scope.shapes:
        return Tensor(call(scope.helper("einsumShape"), text, *sources), "float32", rank=rank)
    return Tensor(call("tf.einsum", text, *sources), "float32", rank=rank)


_CONV = ("input", "filters", "strides", "padding", "data_format", "dilations")


_KERAS_CONV = ("x", "kernel", "strides", "padding", "data_format", "dilation_rate")


_OPS_CONV = ("inputs", "kernel", "strides", "padding", "data_format", "dilation_rate")


def _conv_arguments(made: Call, names: tuple[str, ...]) -> tuple[dict[str, Value], Js]:
    scope = made.scope
    given = _arguments(made, *names)
    layout = given.get("data_format", constant("channels_last"))
    if not (isinstance(layout, Scalar) and layout.const in {"NHWC", "channels_last", None, "NWC"}):
        raise scope.fail(made.node, "TensorFlow.js has no other data_format here than channels last")
    padding = given.get("padding", constant("valid"))
    if isinstance(padding, Scalar) and isinstance(padding.const, str):
        return given, literal(padding.const.lower())
    if isinstance(padding, Scalar) and padding.type in {"str", "any"}:
        return given, call(scope.helper("plain"), padding.js)
    raise scope.fail(made.node, "the padding must be 'SAME' or 'VALID'")


def _stride(made: Call, value: Value | None) -> Js:
    """Strides or dilations of the two axes of images."""
    if value is None or given_none(value):
        return Js("1")
    if isinstance(value, Scalar) and value.type in {"int", "number"}:
        return value.js
    if isinstance(value, Sequence) and value.items is not None:
        items = value.items[1:3] if len(value.items) == 4 else value.items
        if len(items) == 2:
            return items[0].js if items[0].js == items[1].js else array([item.js for item in items])
        if len(items) == 1:
            return items[0].js
    if isinstance(value, (Scalar, Sequence)):
        return call(made.scope.helper("pair"), value.js)
    raise made.scope.fail(made.node, f"the strides cannot be {describe(value)}")


def _conv2d(made: Call) -> Value:
    if made.path == "tf.nn.convolution":
        kernel = (
            made.scope.evaluate(made.node.args[1]) if len(made.node.args) > 1 else made.keywords()["filters"]
        )
        if not isinstance(kernel, Tensor) or kernel.rank != 4:
            raise made.scope.fail(made.node, "only convolutions of images are translated here")
    names = _CONV if made.path.startswith("tf") else _KERAS_CONV if "backend" in made.path else _OPS_CONV
    return _convolution(made, names, depthwise=False)


def _depthwise(made: Call) -> Value:
    if made.path.startswith("tf"):
        names: tuple[str, ...] = ("input", "filter", "strides", "padding", "data_format", "dilations")
    elif "backend" in made.path:
        names = ("x", "depthwise_kernel", "strides", "padding", "data_format", "dilation_rate")
    else:
        names = _OPS_CONV
    return _convolution(made, names, depthwise=True)


def _convolution(made: Call, names: tuple[str, ...], *, depthwise: bool) -> Value:
    scope = made.scope
    given, padding = _conv_arguments(made, names)
    kernel = given[names[1]]
    source = operand(scope, given[names[0]], made.node)
    weights = operand(scope, kernel, made.node)
    strides = _stride(made, given.get("strides"))
    dilations = _stride(made, given.get(names[5]))
    if scope.shapes:
        if depthwise:
            channels = Js(f"{source.at(20)}[3] * {weights.at(20)}[3]", 13)
        else:
            channels = Js(f"{weights.at(20)}[3]")
        extra = [] if dilations.text == "1" else [dilations]
        return Tensor(
            call(scope.helper("convolved"), source, weights, channels, strides, padding, *extra),
            "float32",
            rank=4,
        )
    arguments = [source, weights, strides, padding]
    if dilations.text != "1":
        arguments += [Js("'NHWC'"), dilations]
    return Tensor(call("tf.depthwiseConv2d" if depthwise else "tf.conv2d", *arguments), "float32", rank=4)


def _conv1d(made: Call) -> Value:
    names = (
        ("input", "filters", "stride", "padding", "data_format", "dilations")
        if made.path.startswith("tf")
        else _OPS_CONV
    )
    scope = made.scope
    given, padding = _conv_arguments(made, names)
    source = operand(scope, given[names[0]], made.node)
    weights = operand(scope, given[names[1]], made.node)
    stride, dilation = _stride(made, given.get(names[2])), _stride(made, given.get(names[5]))
    if scope.shapes:
        size = call(
            scope.helper("windowed"),
            Js(f"{source.at(20)}[1]"),
            Js(f"{weights.at(20)}[0]"),
            stride,
            padding,
            dilation,
        )
        return Tensor(array([Js(f"{source.at(20)}[0]"), size, Js(f"{weights.at(20)}[2]")]), "float32", rank=3)
    arguments = [source, weights, stride, padding]
    if dilation.text != "1":
        arguments += [Js("'NWC'"), dilation]
    return Tensor(call("tf.conv1d", *arguments), "float32", rank=3)


def _conv2d_transpose(made: Call) -> Value:
    scope = made.scope
    if not made.path.startswith("tf."):
        raise scope.fail(made.node, "this convolution is translated for tf.nn only")
    given = _arguments(
        made, "input", "filters", "output_shape", "strides", "padding", "data_format", "dilations"
    )
    names = {key: value for key, value in given.items() if key in {"padding", "data_format"}}
    padding = names.get("padding", constant("SAME"))
    if not isinstance(padding, Scalar) or not isinstance(padding.const, str) or "dilations" in given:
        raise scope.fail(made.node, "the padding must be 'SAME' or 'VALID', and there must be no dilations")
    layout = names.get("data_format", constant("NHWC"))
    if not (isinstance(layout, Scalar) and layout.const == "NHWC"):
        raise scope.fail(made.node, "TensorFlow.js has no other data_format here than 'NHWC'")
    shape = given["output_shape"]
    if scope.shapes:
        return Tensor(shape.js, "float32", rank=4)
    source = operand(scope, given["input"], made.node)
    weights = operand(scope, given["filters"], made.node)
    arguments = [source, weights, shape.js, _stride(made, given["strides"]), literal(padding.const.lower())]
    return Tensor(call("tf.conv2dTranspose", *arguments), "float32", rank=4)


def _pool(made: Call) -> Value:
    scope = made.scope
    keras = made.path.startswith("keras")
    mode = "max" if "max" in made.path else "avg"
    if made.path == "keras.backend.pool2d":
        names: tuple[str, ...] = ("x", "pool_size", "strides", "padding", "data_format", "pool_mode")
    elif keras:
        names = ("inputs", "pool_size", "strides", "padding", "data_format")
    else:
        names = ("input", "ksize", "strides", "padding", "data_format")
    if "value" in made.keywords():
        names = ("value", *names[1:])
    given, padding = _conv_arguments(made, names)
    if made.path == "keras.backend.pool2d":
        chosen = given.get("pool_mode", constant("max"))
        if not isinstance(chosen, Scalar) or chosen.const not in {"max", "avg"}:
            raise scope.fail(made.node, "the kind of pooling must be 'max' or 'avg'")
        mode = chosen.const
    source = operand(scope, given[names[0]], made.node)
    window = _stride(made, given[names[1]])
    strides = (
        _stride(made, given["strides"])
        if not given_none(given.get("strides"))
        else (Js("1") if made.path == "keras.backend.pool2d" else window)
    )
    if scope.shapes:
        sizes = window if window.text.startswith("[") or "(" in window.text else array([window, window])
        channels = Js(f"{source.at(20)}[3]")
        return Tensor(
            call(scope.helper("convolved"), source, sizes, channels, strides, padding), "float32", rank=4
        )
    return Tensor(call(f"tf.{mode}Pool", source, window, strides, padding), "float32", rank=4)


def _moments(made: Call) -> Value:
    scope = made.scope
    given = _arguments(made, "x", "axes", "shift", "keepdims")
    if not given_none(given.get("shift")):
        raise scope.fail(made.node, "a shift is not translated")
    value, axes = given["x"], given["axes"]
    keep = given.get("keepdims", constant(False))
    source = operand(scope, value, made.node)
    extra = [] if isinstance(keep, Scalar) and keep.const is False else [keep.js]
    if scope.shapes:
        js = call(scope.helper("reduced"), source, axes.js, *extra)
        item = Tensor(js, "float32")
        return Sequence(array([js, js]), (item, item))
    js = call(scope.helper("moments"), source, axes.js, *extra)
    shape = Tensor(Js("x"), "float32")
    return Sequence(js, (shape, shape)).named(js)


def _batch_normalization(made: Call) -> Value:
    scope = made.scope
    given = _arguments(made, "x", "mean", "variance", "offset", "scale", "variance_epsilon")
    source = operand(scope, given["x"], made.node)
    value = given["x"]
    if not isinstance(value, Tensor):
        raise scope.fail(made.node, "a tensor is needed")
    if scope.shapes:
        return Tensor(source, "float32", value.shape, value.rank)
    rest = [Js("null") if given_none(given[name]) else operand(scope, given[name], made.node)
            for name in ("mean", "variance", "offset", "scale")]  # fmt: skip
    js = call(scope.helper("normalize"), source, *rest, given["variance_epsilon"].js)
    return Tensor(js, "float32", value.shape, value.rank)


def _layer_function(made: Call) -> Value:
    """``keras.layers.add([x, y])`` and the like."""
    scope = made.scope
    name = made.path.rpartition(".")[2]
    value = made.positional()[0]
    function = {
        "add": "tf.add",
        "multiply": "tf.mul",
        "subtract": "tf.sub",
        "maximum": "tf.maximum",
        "minimum": "tf.minimum",
    }[name]
    if not isinstance(value, Sequence) or value.items is None or len(value.items) < 2:
        raise scope.fail(made.node, "a list of tensors is needed")
    from converter.shims.translation.tensors import broadcasted

    js, identity, rank = broadcasted(scope, list(value.items), made.node)
    if scope.shapes:
        return Tensor(js, "float32", identity, rank)
    sources = [operand(scope, each, made.node) for each in value.items]
    result = sources[0]
    for each in sources[1:]:
        result = call(function, result, each)
    return Tensor(result, "float32", identity, rank)


def _top_k(made: Call) -> Value:
    given = _arguments(
        made, *(("input", "k", "sorted") if made.path.startswith("tf") else ("x", "k", "sorted"))
    )
    scope = made.scope
    source = operand(scope, next(iter(given.values())), made.node)
    count = given.get("k", constant(1))
    if scope.shapes:
        js = call(scope.helper("resized"), source, Js("-1", 15), count.js)
        return Sequence(array([js, js]), (Tensor(js, "float32"), Tensor(js, "int32")))
    js = call(scope.helper("topK"), source, count.js)
    return Sequence(js, (Tensor(js, "float32"), Tensor(js, "int32"))).named(js)


_BACKENDS = "cpu webgl wasm webgpu"


ROWS: tuple[Op | Special, ...] = (
    Special("tf.matmul tf.linalg.matmul keras.ops.matmul np.matmul", _matmul, "tf.matMul", "BatchMatMul"),
    Special("keras.backend.dot keras.ops.dot np.dot", _dot, "tf.matMul tf.reshape", "BatchMatMul Reshape"),
    Special("tf.tensordot keras.ops.tensordot np.tensordot", _tensordot, "tf.matMul tf.transpose tf.reshape", "BatchMatMul Transpose Reshape"),
    Special("keras.backend.batch_dot", _batch_dot, "tf.matMul", "BatchMatMul"),
    Special("tf.einsum keras.ops.einsum tf.linalg.einsum", _einsum, "tf.einsum", "Einsum", "cpu webgl webgpu"),
    Special("tf.nn.conv2d tf.nn.convolution keras.backend.conv2d", _conv2d, "tf.conv2d", "Conv2D"),
    Special("keras.ops.conv", _conv2d, "tf.conv2d", "Conv2D"),
    Special("tf.nn.depthwise_conv2d keras.backend.depthwise_conv2d keras.ops.depthwise_conv", _depthwise, "tf.depthwiseConv2d", "DepthwiseConv2dNative"),
    Special("tf.nn.conv1d", _conv1d, "tf.conv1d", "Conv2D"),
    Special("tf.nn.conv2d_transpose", _conv2d_transpose, "tf.conv2dTranspose", "Conv2DBackpropInput"),
    Special("tf.nn.max_pool2d tf.nn.max_pool tf.nn.avg_pool2d tf.nn.avg_pool keras.backend.pool2d keras.ops.max_pool keras.ops.average_pool", _pool, "tf.maxPool tf.avgPool", "MaxPool AvgPool"),
    Special("tf.nn.moments keras.ops.moments", _moments, "tf.moments", "Mean Square Sub"),
    Special("tf.nn.batch_normalization", _batch_normalization, "tf.rsqrt tf.mul tf.add tf.sub", "Rsqrt Multiply Add Sub"),
    Special("keras.layers.add keras.layers.multiply keras.layers.subtract keras.layers.maximum keras.layers.minimum", _layer_function, "tf.add tf.mul tf.sub tf.maximum tf.minimum", "Add Multiply Sub Maximum Minimum"),
    Special("tf.math.top_k tf.nn.top_k keras.ops.top_k", _top_k, "tf.topk", "TopK"),
    Op("tf.nn.softmax", "logits: tensor, axis: axis = -1, name: ignored = None", "softmax(logits, axis=-1)", "logits", "float32", 0, kernels="Softmax Max Sub Exp Sum RealDiv"),
    Op("keras.backend.softmax keras.activations.softmax keras.ops.softmax", "x: tensor, axis: axis = -1", "softmax(x, axis=-1)", "x", "float32", 0, kernels="Softmax Max Sub Exp Sum RealDiv"),
    Op("tf.nn.log_softmax", "logits: tensor, axis: axis = -1, name: ignored = None", "logSoftmax(logits, axis=-1)", "logits", "float32", 0, kernels="Max Sub Exp Sum Log"),
    Op("keras.ops.log_softmax keras.activations.log_softmax", "x: tensor, axis: axis = -1", "logSoftmax(x, axis=-1)", "x", "float32", 0, kernels="Max Sub Exp Sum Log"),
    Op("tf.nn.local_response_normalization tf.nn.lrn", "input: tensor, depth_radius: number = 5, bias: number = 1, alpha: number = 1, beta: number = 0.5, name: ignored = None", "tf.localResponseNormalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5)", "input", "float32", 0, kernels="LRN"),
    Op("tf.nn.embedding_lookup", "params: tensor, ids: index, max_norm: fixed = None, name: ignored = None", "tf.gather(params, ids)", "gathered(params, ids, 0)", "params", kernels="GatherV2"),
)  # fmt: skip


"""One row an operation."""
