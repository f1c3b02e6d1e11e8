"""Functions of TensorFlow that Keras 2 calls outside of layers (``TFOpLambda``), as operations.

A file names the function, and Keras calls whichever it names. Only those that stand here are let through,
to Keras as well: none of them touches anything but tensors.

https://github.com/keras-team/tf-keras/blob/v2.15.0/tf_keras/src/layers/core/tf_op_layer.py
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from converter.layers.operation import OPERATION
from converter.layers.operation_table import ROWS

CLASSES = ("TFOpLambda", "SlicingOpLambda")
CONSTANT = "_CONSTANT_VALUE"
"""What stands for the layer where a function's first argument is no tensor."""

INERT: Mapping[str, tuple[object, ...]] = {
    "name": (),
    "output_type": (),
    "validate_indices": (None,),
    "batch_dims": (0, None),
    "conjugate": (False,),
    "exclusive": (False,),
    "reverse": (False,),
    "adjoint_a": (False,),
    "adjoint_b": (False,),
    "a_is_sparse": (False,),
    "b_is_sparse": (False,),
    "preserve_aspect_ratio": (False,),
    "antialias": (False,),
    "on_value": (None, 1),
    "off_value": (None, 0),
    "beta": (1.0,),
    "num": (),
    "direction": ("ASCENDING",),
}
"""Arguments that say nothing with these values; with any, where there are none."""


class _Function(NamedTuple):
    """A function of TensorFlow.

    Attributes:
        operation: what Keras 3 calls it.
        parameters: its own, in order, and what Keras 3 calls them.
        settings: what is always set.
    """

    operation: str
    parameters: Mapping[str, str]
    settings: Mapping[str, Any] = {}


def _named(operation: str, own: str, keras: str, **settings: Any) -> _Function:
    return _Function(operation, dict(zip(own.split(), keras.split(), strict=True)), settings)


def _one(names: str, own: str = "x") -> dict[str, _Function]:
    """Functions of one tensor that Keras 3 calls as TensorFlow does, but for the spelling."""
    found = {}
    for name in names.split():
        operation = "".join(part.capitalize() for part in name.rpartition(".")[2].split("_"))
        found[name] = _named(operation, own, ROWS[operation].called_on[0])
    return found


def _two(names: Mapping[str, str]) -> dict[str, _Function]:
    return {name: _named(operation, "x y", "x1 x2") for name, operation in names.items()}


FUNCTIONS: dict[str, _Function] = {
    **_one(
        "math.abs math.exp math.expm1 math.log math.log1p math.sqrt math.rsqrt math.square math.sin math.cos "
        "math.tan math.sinh math.cosh math.tanh math.floor math.ceil math.sign math.erf math.negative "
        "math.reciprocal math.round math.sigmoid nn.sigmoid nn.tanh math.logical_not"
    ),
    **_one("nn.relu nn.relu6 nn.elu nn.selu nn.silu nn.softplus math.softplus nn.softsign", "features"),
    "abs": _named("Abs", "x", "x"),
    "sigmoid": _named("Sigmoid", "x", "x"),
    "tanh": _named("Tanh", "x", "x"),
    "identity": _named("Copy", "input", "x"),
    "stop_gradient": _named("StopGradient", "input", "variable"),
    "nn.swish": _named("Silu", "features", "x"),
    "math.log_sigmoid": _named("LogSigmoid", "x", "x"),
    "nn.leaky_relu": _named("LeakyRelu", "features alpha", "x negative_slope"),
    "nn.gelu": _named("Gelu", "features approximate", "x approximate", approximate=False),
    "nn.softmax": _named("Softmax", "logits axis", "x axis"),
    "nn.log_softmax": _named("LogSoftmax", "logits axis", "x axis"),
    **_two(
        {
            "__operators__.add": "Add",
            "math.add": "Add",
            "math.subtract": "Subtract",
            "math.squared_difference": "SquaredDifference",
            "math.multiply": "Multiply",
            "math.truediv": "TrueDivide",
            "math.divide": "TrueDivide",
            "math.divide_no_nan": "DivideNoNan",
            "math.floordiv": "FloorDivide",
            "floor_div": "FloorDivide",
            "math.floormod": "Mod",
            "math.mod": "Mod",
            "math.pow": "Power",
            "math.maximum": "Maximum",
            "math.minimum": "Minimum",
            "maximum": "Maximum",
            "minimum": "Minimum",
            "math.equal": "Equal",
            "math.not_equal": "NotEqual",
            "math.greater": "Greater",
            "math.greater_equal": "GreaterEqual",
            "math.less": "Less",
            "math.less_equal": "LessEqual",
            "math.logical_and": "LogicalAnd",
            "math.logical_or": "LogicalOr",
            "math.logical_xor": "LogicalXor",
        }
    ),
    **{
        f"math.reduce_{name}": _named(operation, "input_tensor axis keepdims", "x axis keepdims")
        for name, operation in {
            "mean": "Mean",
            "sum": "Sum",
            "max": "Max",
            "min": "Min",
            "prod": "Prod",
            "any": "Any",
            "all": "All",
            "variance": "Var",
            "std": "Std",
            "logsumexp": "Logsumexp",
        }.items()
    },
    "math.atan2": _named("Arctan2", "y x", "x1 x2"),
    "math.argmax": _named("Argmax", "input axis", "x axis", axis=0),
    "math.argmin": _named("Argmin", "input axis", "x axis", axis=0),
    "math.cumsum": _named("Cumsum", "x axis", "x axis", axis=0),
    "math.l2_normalize": _named("Normalize", "x axis epsilon", "x axis epsilon", order=2, epsilon=1e-12),
    "math.top_k": _named("TopK", "input k sorted", "x k sorted", k=1),
    "sort": _named("Sort", "values axis", "x axis"),
    "norm": _named("Norm", "tensor ord axis keepdims", "x ord axis keepdims"),
    "concat": _named("Concatenate", "values axis", "xs axis"),
    "stack": _named("Stack", "values axis", "x axis", axis=0),
    "unstack": _named("Unstack", "value num axis", "x num axis", axis=0),
    "split": _named("Split", "value num_or_size_splits axis", "x indices_or_sections axis", axis=0),
    "reshape": _named("Reshape", "tensor shape", "x newshape"),
    "transpose": _named("Transpose", "a perm", "x axes"),
    "expand_dims": _named("ExpandDims", "input axis", "x axis"),
    "squeeze": _named("Squeeze", "input axis", "x axis"),
    "tile": _named("Tile", "input multiples", "x repeats"),
    "pad": _named("Pad", "tensor paddings mode constant_values", "x pad_width mode constant_values"),
    "reverse": _named("Flip", "tensor axis", "x axis"),
    "roll": _named("Roll", "input shift axis", "x shift axis"),
    "repeat": _named("Repeat", "input repeats axis", "x repeats axis"),
    "broadcast_to": _named("BroadcastTo", "input shape", "x shape"),
    "gather": _named("Take", "params indices axis", "x indices axis", axis=0),
    "one_hot": _named("OneHot", "indices depth axis dtype", "x num_classes axis dtype", axis=-1),
    "zeros_like": _named("ZerosLike", "input dtype", "x dtype"),
    "ones_like": _named("OnesLike", "input dtype", "x dtype"),
    "cast": _named("Cast", "x dtype", "x dtype"),
    "clip_by_value": _named("Clip", "t clip_value_min clip_value_max", "x x_min x_max"),
    "where": _named("Where", "condition x y", "condition x1 x2"),
    "linalg.matmul": _named("Matmul", "a b transpose_a transpose_b", "x1 x2 transpose_a transpose_b"),
    "nn.depth_to_space": _named(
        "DepthToSpace", "input block_size data_format", "x block_size data_format", data_format="NHWC"
    ),
    "nn.space_to_depth": _named(
        "SpaceToDepth", "input block_size data_format", "x block_size data_format", data_format="NHWC"
    ),
    **{
        f"nn.{name}_pool2d": _named(
            operation,
            "input ksize strides padding data_format",
            "inputs pool_size strides padding data_format",
            data_format="NHWC",
        )
        for name, operation in {"avg": "AveragePool", "max": "MaxPool"}.items()
    },
    "image.resize": _named(
        "Resize", "images size method", "images size interpolation", interpolation="bilinear"
    ),
}
"""By the name in the file, without ``compat.v1.``, which changes nothing that matters here."""

ADD_N = "math.add_n"
SHAPE = "shape"
SLICE = "__operators__.getitem"
CUTS = {
    "slice": ("input_", "begin", "size"),
    "strided_slice": ("input_", "begin", "end", "strides", "begin_mask", "end_mask", "shrink_axis_mask"),
}
"""Functions that cut a box out of a tensor, as ``SLICE`` does in other words."""


def name_of(config: object) -> str:
    """The function that a configuration names; empty where it names none."""
    name = config.get("function") if isinstance(config, Mapping) else None
    return name.removeprefix("compat.v1.") if isinstance(name, str) else ""


def is_known(class_name: object, config: object) -> bool:
    """Whether a layer calls a function that stands here."""
    name = name_of(config)
    if class_name == "SlicingOpLambda":
        return name == SLICE
    return class_name == "TFOpLambda" and (name in FUNCTIONS or name in CUTS or name in {ADD_N, SHAPE})


def layer(config: Mapping[str, Any], nodes: list[Any]) -> tuple[str, dict[str, Any], list[Any]]:
    """A call of a function as a layer: its class, its configuration, and the references to its inputs.

    Args:
        config: as the file has it, of a function that ``is_known``.
        nodes: its ``inbound_nodes``.

    Raises:
        ValueError: with a sentence, when the call is not understood.
    """
    name = name_of(config)
    node = nodes[0] if len(nodes) == 1 and isinstance(nodes[0], list) else []
    several = bool(node) and isinstance(node[0], list)
    firsts = node if several else [node]
    if not firsts or not all(isinstance(each, list) and len(each) == 4 for each in firsts):
        raise ValueError(f"the call of tf.{name} is malformed")
    kwargs = firsts[0][3] if isinstance(firsts[0][3], Mapping) else {}
    refs: list[Any] = []
    if name == ADD_N:
        return "Add", {"name": config.get("name")}, [each[:3] for each in firsts]
    first = [_first(each, refs) for each in firsts]
    if name == SHAPE:
        return OPERATION, _operation(config, "Shape", {}, {"x": first[0]}), refs
    given = {key: _argument(value, refs) for key, value in kwargs.items()}
    if name == SLICE:
        spec = given.get("slice_spec")
        key = [_slice(each) for each in spec] if isinstance(spec, list) else _slice(spec)
        made = _operation(config, "GetItem", {}, {"x": first[0], "key": key})
        return OPERATION, made, refs
    if name in CUTS:
        return OPERATION, _operation(config, "GetItem", {}, {"x": first[0], "key": _cut(name, given)}), refs
    function = FUNCTIONS[name]
    own = next(iter(function.parameters))
    if own in given:
        raise ValueError(f"tf.{name} is given {own} twice")
    arguments = dict(function.settings)
    for key, value in {own: first if several else first[0], **given}.items():
        if key in function.parameters:
            if value is not None:
                arguments[function.parameters[key]] = value
        elif key not in INERT or (INERT[key] and value not in INERT[key]):
            raise ValueError(f"tf.{name} is called with {key}, which is not known")
    return OPERATION, _operation(config, function.operation, *_parted(function.operation, arguments)), refs


def _cut(name: str, given: Mapping[str, Any]) -> list[Any]:
    """What ``x[key]`` says for a box, which begins somewhere and ends, or has a size."""
    for key, value in given.items():
        if key not in CUTS[name] and value not in (None, 0) and key not in {"name", "var"}:
            raise ValueError(f"tf.{name} is called with {key}, which is not known")
    begins = given.get("begin")
    others = given.get("size" if name == "slice" else "end")
    steps = given.get("strides") or [1] * len(begins or ())
    boxes = [begins, others, steps]
    if not all(isinstance(each, list) and all(isinstance(one, int) for one in each) for each in boxes):
        raise ValueError(f"tf.{name} is called with bounds that are not known")
    masks = [given.get(f"{key}_mask") or 0 for key in ("begin", "end", "shrink_axis")]

    def one(axis: int, begin: int, other: int, step: int) -> Any:
        opens, ends, shrinks = (mask >> axis & 1 for mask in masks)
        if shrinks:
            return begin
        if name == "slice":
            ends, other = other == -1, begin + other
        bounds = {"start": None if opens else begin, "stop": None if ends else other, "step": step}
        return _slice(bounds)

    return [one(axis, *each) for axis, each in enumerate(zip(*boxes, strict=True))]


def _operation(
    config: Mapping[str, Any], operation: str, settings: Mapping[str, Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "name": config.get("name"),
        "operation": operation,
        "settings": dict(settings),
        "args": [],
        "kwargs": dict(kwargs),
        "dtypes": None,
        "shapes": None,
    }


def _parted(operation: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and what the operation is called on, in Keras 3's words."""
    match operation:
        case "Split" if isinstance(arguments.get("indices_or_sections"), list):
            sizes = arguments["indices_or_sections"]
            if any(not isinstance(size, int) or size < 0 for size in sizes):
                raise ValueError("tf.split is called with sizes that are not known")
            arguments["indices_or_sections"] = [sum(sizes[: index + 1]) for index in range(len(sizes) - 1)]
        case "Pad":
            arguments["mode"] = str(arguments.get("mode", "constant")).lower()
        case "Norm" if arguments.get("ord") == "euclidean":
            arguments["ord"] = None
        case "Norm" if arguments.get("axis") is None and arguments.get("ord") is not None:
            raise ValueError("tf.norm is called with an order, on all numbers at once")
        case "Normalize":
            arguments["epsilon"] = math.sqrt(arguments["epsilon"])
        case "AveragePool" | "MaxPool" | "DepthToSpace" | "SpaceToDepth":
            if "padding" in arguments:
                arguments["padding"] = _padding(arguments["padding"])
            for key in {"pool_size", "strides"} & arguments.keys():
                arguments[key] = _of_space(arguments[key], arguments["data_format"])
            if arguments["data_format"] not in {"NHWC", "NCHW"}:
                raise ValueError(f"the data format {arguments['data_format']} is not known")
            arguments["data_format"] = {"NHWC": "channels_last", "NCHW": "channels_first"}[
                arguments["data_format"]
            ]
    called = ROWS[operation].called_on
    settings = {key: value for key, value in arguments.items() if key not in called}
    return settings, {key: value for key, value in arguments.items() if key in called}


def _padding(value: Any) -> str:
    if not isinstance(value, str) or value.lower() not in {"same", "valid"}:
        raise ValueError(f"the padding {value} is not known")
    return value.lower()


def _of_space(value: Any, data_format: Any) -> Any:
    """The numbers for height and width, of those for all four axes."""
    if not isinstance(value, list) or len(value) != 4:
        return value
    space = slice(2, 4) if data_format == "NCHW" else slice(1, 3)
    if value[0] != 1 or value[1 if data_format == "NCHW" else 3] != 1:
        raise ValueError("a pool over the batch or the channels is not known")
    return value[space]


def _first(value: list[Any], refs: list[Any]) -> Any:
    return value[2] if value[0] == CONSTANT and value[1] == -1 else _reference(value[:3], refs)


def _argument(value: Any, refs: list[Any]) -> Any:
    """An argument with its tensors numbered; those of a list, too."""
    match value:
        case [str(), int(), int()] | [str(), int(), int(), dict()]:
            return _reference(value[:3], refs)
        case list():
            return [_argument(each, refs) for each in value]
        case {"class_name": "TypedLambda"}:
            raise ValueError("a function is called with a function")
    return value


def _reference(ref: list[Any], refs: list[Any]) -> dict[str, int]:
    refs.append(ref)
    return {"tensor": len(refs) - 1}


def _slice(value: Any) -> Any:
    if isinstance(value, Mapping) and {"start", "stop", "step"} >= value.keys():
        return {"class_name": "__slice__", "config": dict(value)}
    return value
