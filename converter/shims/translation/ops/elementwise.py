"""Operations on each number of a tensor, or on pairs of them."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Op, Special

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


_ROOTS = {"t": "tf", "m": "tf.math", "n": "tf.nn", "k": "keras.backend", "o": "keras.ops", "p": "np",
          "a": "keras.activations"}  # fmt: skip


def _names(roots: str, names: str) -> str:
    return " ".join(f"{_ROOTS[root]}.{name}" for root in roots for name in names.split())


def _unary(roots: str, names: str, javascript: str, *, dtype: str = "", scalar: str = "", kernels: str = "",
           backends: str = "cpu webgl wasm webgpu", more: str = "") -> Op:  # fmt: skip
    every = (_names(roots, names) + " " + more).strip()
    return Op(every, "x: tensor, name: ignored = None", javascript, "x", dtype, 0, scalar, kernels, backends)


def _binary(roots: str, names: str, javascript: str, *, dtype: str = "", scalar: str = "", kernels: str = "",
            backends: str = "cpu webgl wasm webgpu", more: str = "") -> Op:  # fmt: skip
    every = (_names(roots, names) + " " + more).strip()
    signature = "x: tensor, y: tensor, name: ignored = None"
    return Op(every, signature, javascript, "broadcast", dtype, None, scalar, kernels, backends)


_SIGNS: dict[str, ast.operator] = {
    **dict.fromkeys(("add",), ast.Add()),
    **dict.fromkeys(("subtract", "sub"), ast.Sub()),
    **dict.fromkeys(("multiply", "mul"), ast.Mult()),
    **dict.fromkeys(("divide", "truediv", "true_divide"), ast.Div()),
    **dict.fromkeys(("floormod", "mod"), ast.Mod()),
    **dict.fromkeys(("floordiv", "floor_divide"), ast.FloorDiv()),
    **dict.fromkeys(("pow", "power"), ast.Pow()),
}


def _operator(made: Call) -> Value:
    """A function that is an operator."""
    from converter.shims.translation.expressions import apply_operator

    names = {"tf": ("x", "y"), "keras.backend": ("x", "a")}.get(made.path.rpartition(".")[0], ("x1", "x2"))
    if made.path.startswith("tf."):
        names = ("x", "y")
    left, right = _arguments(made, *names).values()
    return apply_operator(made.scope, _SIGNS[made.path.rpartition(".")[2]], left, right, made.node)


def _hard_sigmoid(made: Call) -> Value:
    """Its slope changed with Keras 3."""
    from dataclasses import replace

    from converter.shims.translation.javascript import Js, call
    from converter.shims.translation.tensors import operand
    from converter.shims.translation.values import Tensor

    scope, value = made.scope, made.positional()[0]
    if not isinstance(value, Tensor):
        raise scope.fail(made.node, "a tensor is needed")
    js = operand(scope, value, made.node)
    slope = [Js("0.2")] if scope.unit.keras == 2 else []
    return replace(value, js=js if scope.shapes else call(scope.helper("hardSigmoid"), js, *slope), held="")


ROWS: tuple[Op | Special, ...] = (
    Special("tf.add tf.math.add keras.ops.add np.add", _operator, "tf.add", "Add"),
    Special("tf.subtract tf.math.subtract keras.ops.subtract np.subtract", _operator, "tf.sub", "Sub"),
    Special("tf.multiply tf.math.multiply keras.ops.multiply np.multiply", _operator, "tf.mul", "Multiply"),
    Special("tf.divide tf.truediv tf.math.divide tf.math.truediv keras.ops.divide keras.ops.true_divide np.divide np.true_divide", _operator, "tf.div", "RealDiv"),
    Special("tf.math.floormod tf.math.mod keras.ops.mod np.mod tf.math.floordiv keras.ops.floor_divide np.floor_divide", _operator, "tf.mod tf.floorDiv tf.floor", "Mod FloorDiv Floor"),
    Special("tf.pow tf.math.pow keras.backend.pow keras.ops.power np.power", _operator, "tf.pow", "Pow"),
    _unary("tmkop", "abs", "tf.abs(x)", scalar="Math.abs(x)", kernels="Abs", more="np.absolute keras.ops.absolute"),
    _unary("tmop", "exp", "tf.exp(x)", scalar="Math.exp(x)", kernels="Exp", more="keras.backend.exp keras.activations.exponential"),
    _unary("mop", "expm1", "tf.expm1(x)", scalar="Math.expm1(x)", kernels="Expm1"),
    _unary("mkop", "log", "tf.log(x)", scalar="Math.log(x)", kernels="Log"),
    _unary("mop", "log1p", "tf.log1p(x)", scalar="Math.log1p(x)", kernels="Log1p"),
    _unary("op", "log2", "tf.div(tf.log(x), Math.LN2)", scalar="Math.log2(x)", kernels="Log RealDiv"),
    _unary("tmkop", "sqrt", "tf.sqrt(x)", scalar="Math.sqrt(x)", kernels="Sqrt"),
    _unary("mo", "rsqrt", "tf.rsqrt(x)", kernels="Rsqrt"),
    _unary("tmkop", "square", "tf.square(x)", kernels="Square"),
    _unary("mop", "reciprocal", "tf.reciprocal(x)", kernels="Reciprocal"),
    _unary("mop", "negative", "tf.neg(x)", kernels="Neg", more="tf.negative"),
    _unary("tmkop", "sign", "tf.sign(x)", kernels="Sign", scalar="Math.sign(x)"),
    _unary("tmop", "floor", "tf.floor(x)", scalar="Math.floor(x)", kernels="Floor"),
    _unary("mop", "ceil", "tf.ceil(x)", scalar="Math.ceil(x)", kernels="Ceil"),
    _unary("tmko", "round", "tf.round(x)", scalar="roundHalfEven(x)", kernels="Round", more="tf.math.rint np.round np.rint np.around"),
    _unary("tmkop", "sin", "tf.sin(x)", scalar="Math.sin(x)", kernels="Sin"),
    _unary("tmkop", "cos", "tf.cos(x)", scalar="Math.cos(x)", kernels="Cos"),
    _unary("tmop", "tan", "tf.tan(x)", scalar="Math.tan(x)", kernels="Tan"),
    _unary("tm", "asin", "tf.asin(x)", kernels="Asin", more="keras.ops.arcsin np.arcsin"),
    _unary("tm", "acos", "tf.acos(x)", kernels="Acos", more="keras.ops.arccos np.arccos"),
    _unary("tm", "atan", "tf.atan(x)", kernels="Atan", more="keras.ops.arctan np.arctan"),
    _unary("tmop", "sinh", "tf.sinh(x)", kernels="Sinh"),
    _unary("tmop", "cosh", "tf.cosh(x)", kernels="Cosh"),
    _unary("tmnkopa", "tanh", "tf.tanh(x)", kernels="Tanh", scalar="Math.tanh(x)"),
    _unary("tmnkoa", "sigmoid", "tf.sigmoid(x)", kernels="Sigmoid"),
    _unary("mo", "erf", "tf.erf(x)", kernels="Erf"),
    _unary("mnkoa", "softplus", "tf.softplus(x)", kernels="Softplus"),
    _unary("nkoa", "softsign", "softsign(x)", kernels="Abs Add RealDiv"),
    _unary("n", "relu", "tf.relu(x)", kernels="Relu", more="keras.ops.relu"),
    _unary("noa", "relu6", "tf.relu6(x)", kernels="Relu6"),
    _unary("noa", "selu", "tf.selu(x)", kernels="Selu"),
    _unary("n", "elu", "tf.elu(x)", kernels="Elu"),
    _unary("noa", "silu swish", "silu(x)", kernels="Sigmoid Multiply"),
    _unary("mo", "log_sigmoid", "tf.logSigmoid(x)", kernels="Neg Softplus", more="keras.activations.log_sigmoid"),
    _unary("oa", "mish", "mish(x)", kernels="Softplus Tanh Multiply"),
    Special("keras.activations.hard_sigmoid", _hard_sigmoid, "tf.clipByValue tf.add tf.mul", "ClipByValue Add Multiply"),
    _unary("o", "hard_sigmoid", "hardSigmoid(x)", kernels="ClipByValue Add RealDiv"),
    _unary("oa", "hard_silu hard_swish", "hardSilu(x)", kernels="ClipByValue Add RealDiv Multiply"),
    _unary("k", "hard_sigmoid", "hardSigmoid(x, 0.2)", kernels="ClipByValue Add Multiply"),
    _unary("a", "linear", "x", kernels=""),
    _unary("m", "is_nan", "tf.isNaN(x)", dtype="bool", kernels="IsNan", more="tf.debugging.is_nan keras.ops.isnan np.isnan"),
    _unary("m", "is_inf", "tf.isInf(x)", dtype="bool", kernels="IsInf", more="keras.ops.isinf np.isinf"),
    _unary("m", "is_finite", "tf.isFinite(x)", dtype="bool", kernels="IsFinite", more="keras.ops.isfinite np.isfinite"),
    _unary("tmo", "logical_not", "tf.logicalNot(x)", dtype="bool", kernels="LogicalNot"),
    _unary("tko", "zeros_like", "tf.zerosLike(x)", kernels="ZerosLike", more="np.zeros_like"),
    _unary("tko", "ones_like", "tf.onesLike(x)", kernels="OnesLike", more="np.ones_like"),
    Op("keras.activations.relu keras.backend.relu", "x: tensor, negative_slope: number = 0.0, max_value: number = None, threshold: number = 0.0", "rectified(x, negative_slope=0, max_value=null, threshold=0)", "x", rank=0, kernels="Relu"),
    Op("keras.activations.elu keras.backend.elu keras.ops.elu", "x: tensor, alpha: fixed = 1.0", "tf.elu(x)", "x", rank=0, kernels="Elu"),
    Op("keras.ops.celu keras.activations.celu", "x: tensor, alpha: number = 1.0", "celu(x, alpha=1)", "x", rank=0, kernels="Elu"),
    Op("tf.nn.leaky_relu", "features: tensor, alpha: number = 0.2, name: ignored = None", "tf.leakyRelu(features, alpha=0.2)", "features", rank=0, kernels="LeakyRelu"),
    Op("keras.ops.leaky_relu keras.activations.leaky_relu", "x: tensor, negative_slope: number = 0.2", "tf.leakyRelu(x, negative_slope=0.2)", "x", rank=0, kernels="LeakyRelu"),
    Op("tf.nn.gelu", "features: tensor, approximate: flag = False, name: ignored = None", "gelu(features, approximate=false)", "features", rank=0, kernels="Erf Tanh"),
    Op("keras.activations.gelu", "x: tensor, approximate: flag = False", "gelu(x, approximate=false)", "x", rank=0, kernels="Erf Tanh"),
    Op("keras.ops.gelu", "x: tensor, approximate: flag = True", "gelu(x, approximate=false)", "x", rank=0, kernels="Erf Tanh"),
    _binary("m", "divide_no_nan", "tf.divNoNan(x, y)", dtype="float32", kernels="RealDiv Equal Select ZerosLike", more="keras.ops.divide_no_nan"),
    _binary("tm", "maximum", "tf.maximum(x, y)", scalar="Math.max(x, y)", kernels="Maximum", more="keras.ops.maximum np.maximum keras.backend.maximum"),
    _binary("tm", "minimum", "tf.minimum(x, y)", scalar="Math.min(x, y)", kernels="Minimum", more="keras.ops.minimum np.minimum keras.backend.minimum"),
    _binary("m", "squared_difference", "tf.squaredDifference(x, y)", kernels="SquaredDifference"),
    _binary("m", "atan2", "tf.atan2(x, y)", kernels="Atan2", more="tf.atan2 keras.ops.arctan2 np.arctan2"),
    _binary("tmko", "equal", "tf.equal(x, y)", dtype="bool", kernels="Equal", more="np.equal"),
    _binary("tmko", "not_equal", "tf.notEqual(x, y)", dtype="bool", kernels="NotEqual", more="np.not_equal"),
    _binary("tmko", "greater", "tf.greater(x, y)", dtype="bool", kernels="Greater", more="np.greater"),
    _binary("tmko", "greater_equal", "tf.greaterEqual(x, y)", dtype="bool", kernels="GreaterEqual", more="np.greater_equal"),
    _binary("tmko", "less", "tf.less(x, y)", dtype="bool", kernels="Less", more="np.less"),
    _binary("tmko", "less_equal", "tf.lessEqual(x, y)", dtype="bool", kernels="LessEqual", more="np.less_equal"),
    _binary("tmo", "logical_and", "tf.logicalAnd(x, y)", dtype="bool", kernels="LogicalAnd", more="np.logical_and"),
    _binary("tmo", "logical_or", "tf.logicalOr(x, y)", dtype="bool", kernels="LogicalOr", more="np.logical_or"),
    _binary("mo", "logical_xor", "tf.logicalXor(x, y)", dtype="bool", kernels="LogicalAnd LogicalOr LogicalNot"),
    Op("tf.nn.bias_add", "value: tensor, bias: tensor, data_format: fixed = 'NHWC', name: ignored = None", "tf.add(value, bias)", "value", rank=0, kernels="Add"),
    Op("keras.backend.bias_add", "x: tensor, bias: tensor, data_format: fixed = 'channels_last'", "tf.add(x, bias)", "x", rank=0, kernels="Add"),
    Op("tf.clip_by_value", "t: tensor, clip_value_min: number, clip_value_max: number, name: ignored = None", "tf.clipByValue(t, clip_value_min, clip_value_max)", "t", rank=0, kernels="ClipByValue"),
    Op("keras.backend.clip", "x: tensor, min_value: number, max_value: number", "tf.clipByValue(x, min_value, max_value)", "x", rank=0, kernels="ClipByValue"),
    Op("keras.ops.clip np.clip", "x: tensor, x_min: number, x_max: number", "tf.clipByValue(x, x_min, x_max)", "x", rank=0, kernels="ClipByValue"),
    Op("tf.math.add_n tf.add_n", "inputs: tensors, name: ignored = None", "tf.addN(inputs)", "broadcast(...inputs)", kernels="AddN", dtype="float32"),
)  # fmt: skip


"""One row an operation."""
