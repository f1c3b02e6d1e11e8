"""Layers and operations that compute with whole numbers, which TensorFlow.js does in another way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.errors import UnsupportedError
from converter.layers import infer
from converter.layers.configuration import brief
from converter.layers.operation import OPERATION, bound
from converter.layers.order import in_order
from converter.layers.semantics.graph import graph_of
from converter.model import Layer, Model
from converter.passes.base import Pass, PassResult

NARROW = frozenset({"int8", "uint8", "int16", "uint16", "uint32", "uint64"})
"""Whole numbers that TensorFlow.js does not have."""

_SUMS = frozenset({"Add", "Subtract", "Multiply", "Average", "Dot"})
_KEEPING = _SUMS | {
    *("Reshape", "Flatten", "Permute", "RepeatVector", "Concatenate", "Maximum", "Minimum", "Identity"),
    *("Cropping1D", "Cropping2D", "Cropping3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Dropout", "Masking"),
    *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
    *("UpSampling1D", "UpSampling2D", "UpSampling3D"),
}
"""Layers that give what they are given, as far as types go."""

_FRACTIONAL = frozenset(
    {
        *("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "ThresholdedReLU"),
        *("BatchNormalization", "SyncBatchNormalization", "LayerNormalization", "GroupNormalization"),
        *("RMSNormalization", "UnitNormalization"),
    }
)
_AVERAGES = frozenset(f"{kind}AveragePooling{rank}D" for kind in ("", "Global") for rank in (1, 2, 3))
"""Layers that Keras 2 computes in whole numbers, where these are what it is given."""

_TRUTHS = frozenset(
    {
        *("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot"),
        *("LogicalOr", "LogicalXor", "All", "Any", "Isnan", "Isinf", "Isfinite"),
    }
)
_PLACES = frozenset({"Argmax", "Argmin", "Argsort", "CountNonzero", "Shape", "Size"})
_WHOLE_KEPT = frozenset(
    {
        *("Abs", "Add", "Subtract", "Multiply", "SquaredDifference", "FloorDivide", "Mod", "Maximum"),
        *("Minimum", "Negative", "Square", "Sign", "Copy", "StopGradient", "Sum", "Prod", "Max", "Min"),
        *("Mean", "Cumsum", "Reshape", "Transpose", "ExpandDims", "Squeeze", "Tile", "Pad", "Flip", "Roll"),
        *("Repeat", "GetItem", "BroadcastTo", "Take", "Concatenate", "Stack", "Unstack", "Split", "Clip"),
        *("ZerosLike", "OnesLike", "Where", "Sort", "TopK", "Power", "Matmul", "Relu", "Relu6"),
        *("DepthToSpace", "SpaceToDepth"),
    }
)
"""Operations that make whole numbers of whole numbers."""


class FollowWholeNumbers(Pass):
    """Tells operations what types they are given, and refuses what whole numbers make of layers.

    Files of Keras 3 tell the types themselves; those of Keras 2 only tell the inputs' and the casts'.
    """

    def __call__(self, model: Model) -> PassResult:
        """Fills in ``dtypes``; the model stays the same otherwise, so that there is no change to report.

        Raises:
            UnsupportedError: when a layer computes with whole numbers what TensorFlow.js computes otherwise.
        """
        if not any(map(_makes_whole_numbers, model.walk())):
            return PassResult(model)
        return PassResult(_graph(model, generation=3 if model.keras_version.startswith("3.") else 2))


def _makes_whole_numbers(layer: Layer) -> bool:
    if layer.class_name == "InputLayer" or layer.config.get("batch_input_shape") is not None:
        return _is_whole(layer.config.get("dtype"))
    return layer.class_name == OPERATION and layer.config.get("operation") in _PLACES | {"Cast"}


def _graph(model: Model, generation: int) -> Model:
    inner = (
        layer if layer.model is None else replace(layer, model=_graph(layer.model, generation))
        for layer in model.layers
    )
    model = replace(model, layers=tuple(inner))
    graph = graph_of(model, infer(model))
    by_name = {layer.name: layer for layer in model.layers}
    # A sequential model may begin with no layer for its input.
    first = {each: by_name.get(each.layer, model.layers[0]) for each in graph.inputs}
    known = {each: _plain(layer.config.get("dtype")) for each, layer in first.items()}
    told: dict[str, list[str | None]] = {}
    for node in in_order(graph):
        dtypes = [known.get(each) for each in node.inputs]
        _check(node.layer, dtypes, generation)
        known.update(dict.fromkeys(node.outputs, _given(node.layer, dtypes)))
        told.setdefault(node.layer.name, dtypes)
    return replace(model, layers=tuple(_told(layer, told.get(layer.name)) for layer in model.layers))


def _told(layer: Layer, dtypes: list[str | None] | None) -> Layer:
    if dtypes is None or layer.class_name != OPERATION or layer.config.get("dtypes") is not None:
        return layer
    return replace(layer, config={**layer.config, "dtypes": dtypes})


def _given(layer: Layer, dtypes: list[str | None]) -> str | None:
    first = next((each for each in dtypes if each not in (None, "bool")), None)
    if layer.class_name in _KEEPING:
        return first
    if layer.class_name != OPERATION:
        return None
    name = str(layer.config.get("operation"))
    if name in {"Cast", "OneHot", "SaturateCast"}:
        return _plain(bound(layer.config).get("dtype"))
    if name in _TRUTHS:
        return "bool"
    if name in _PLACES:
        return "int32"
    return first if name in _WHOLE_KEPT and all(each is not None for each in dtypes) else None


def _check(layer: Layer, dtypes: list[str | None], generation: int) -> None:
    whole = [dtype for dtype in dtypes if dtype is not None and _is_whole(dtype)]
    if not whole:
        return
    name = layer.class_name
    if name in _SUMS and NARROW.intersection(whole):
        _refuse(layer, f"numbers of {whole[0]} wrap around, and those of TensorFlow.js have 32 bits")
    bends = name == "Activation" and layer.config.get("activation") != "linear"
    if name in _FRACTIONAL or bends or (generation == 2 and name in _AVERAGES):
        _refuse(layer, f"it is given whole numbers ({whole[0]}), with which TensorFlow.js computes otherwise")


def _refuse(layer: Layer, why: str) -> None:
    raise UnsupportedError(
        "whole-numbers",
        f"layer {brief(layer.name)} ({layer.class_name})",
        f"{why}.",
        "Cast to float32 before it, or give the model inputs of float32, and save it again.",
    )


def _plain(dtype: Any) -> str | None:
    """The type, of those that matter: whole numbers and truths."""
    return dtype if isinstance(dtype, str) and (_is_whole(dtype) or dtype == "bool") else None


def _is_whole(dtype: Any) -> bool:
    return isinstance(dtype, str) and dtype.lstrip("u").startswith("int")
