"""Operations that reduce axes of a tensor."""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.shims.translation.javascript import Js, call
from converter.shims.translation.ops.joining import _arguments
from converter.shims.translation.ops.row import Op, Special
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import Scalar, Sequence, Tensor, constant

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


_TF = "input_tensor: tensor, axis: axis = None, keepdims: flag = False, name: ignored = None"


_KERAS = "x: tensor, axis: axis = None, keepdims: flag = False"


def _both(
    name: str, function: str, kernels: str, *, dtype: str = "", more: str = "", keras: str = ""
) -> tuple[Op, Op]:
    own = keras or name
    return (
        Op(f"tf.reduce_{name} tf.math.reduce_{name} {more}".strip(), _TF, f"{function}(input_tensor, axis=null, keepdims=false)",
           "reduced(input_tensor, axis=null, keepdims=false)", dtype, kernels=kernels),
        Op(f"keras.backend.{own} keras.ops.{own} np.{own}", _KERAS, f"{function}(x, axis=null, keepdims=false)",
           "reduced(x, axis=null, keepdims=false)", dtype, kernels=kernels),
    )  # fmt: skip


def _arg(name: str, function: str, kernel: str) -> tuple[Op, ...]:
    return (
        Op(f"tf.{name} tf.math.{name}", "input: tensor, axis: axis = 0, output_type: ignored = None, name: ignored = None",
           f"{function}(input, axis=0)", "reduced(input, axis)", "int32", kernels=kernel),
        Op(f"keras.backend.{name}", "x: tensor, axis: axis = -1",
           f"{function}(x, axis=0)", "reduced(x, axis)", "int32", kernels=kernel),
        Op(f"keras.ops.{name} np.{name}", "x: tensor, axis: axis, keepdims: fixed = False",
           f"{function}(x, axis=0)", "reduced(x, axis)", "int32", kernels=kernel),
    )  # fmt: skip


def _norm(made: Call) -> Value:
    """The Euclidean norm; over two axes ``ord=2`` is another one."""
    scope = made.scope
    given = _arguments(made, "x", "ord", "axis", "keepdims")
    order, axis = given.get("ord", constant(None)), given.get("axis", constant(None))
    keep = given.get("keepdims", constant(False))
    one = isinstance(axis, Scalar) and axis.type in {"int", "number"}
    usual = isinstance(order, Scalar) and (order.type == "none" or (order.const == 2 and one))
    if not usual or not isinstance(axis, (Scalar, Sequence)):
        raise scope.fail(made.node, "only the Euclidean norm is translated")
    source = operand(scope, given["x"], made.node)
    arguments = [axis.js] + ([] if isinstance(keep, Scalar) and keep.const is False else [keep.js])
    if scope.shapes:
        return Tensor(call(scope.helper("reduced"), source, *arguments), "float32")
    return Tensor(call("tf.norm", source, Js("'euclidean'"), *arguments), "float32")


ROWS: tuple[Op | Special, ...] = (
    *_both("sum", "tf.sum", "Sum"),
    *_both("mean", "tf.mean", "Mean", dtype="float32"),
    *_both("max", "tf.max", "Max", more=""),
    *_both("min", "tf.min", "Min"),
    *_both("prod", "tf.prod", "Prod"),
    *_both("any", "tf.any", "Any", dtype="bool"),
    *_both("all", "tf.all", "All", dtype="bool"),
    *_both("logsumexp", "tf.logSumExp", "Max Sub Exp Sum Log Add", dtype="float32"),
    Op("keras.ops.amax np.amax", _KERAS, "tf.max(x, axis=null, keepdims=false)", "reduced(x, axis=null, keepdims=false)", kernels="Max"),
    Op("keras.ops.amin np.amin", _KERAS, "tf.min(x, axis=null, keepdims=false)", "reduced(x, axis=null, keepdims=false)", kernels="Min"),
    Op("tf.math.reduce_variance", _TF, "variance(input_tensor, axis=null, keepdims=false)", "reduced(input_tensor, axis=null, keepdims=false)", "float32", kernels="Mean SquaredDifference Square Sub"),
    Op("keras.backend.var keras.ops.var np.var", _KERAS, "variance(x, axis=null, keepdims=false)", "reduced(x, axis=null, keepdims=false)", "float32", kernels="Mean Square Sub"),
    Op("tf.math.reduce_std", _TF, "tf.sqrt(variance(input_tensor, axis, keepdims))", "reduced(input_tensor, axis=null, keepdims=false)", "float32", kernels="Mean Square Sub Sqrt"),
    Op("keras.backend.std keras.ops.std np.std", _KERAS, "tf.sqrt(variance(x, axis, keepdims))", "reduced(x, axis=null, keepdims=false)", "float32", kernels="Mean Square Sub Sqrt"),
    Op("tf.norm tf.linalg.norm", "tensor: tensor, ord: fixed = 'euclidean', axis: axis = None, keepdims: flag = False, name: ignored = None", "tf.norm(tensor, 'euclidean', axis=null, keepdims=false)", "reduced(tensor, axis=null, keepdims=false)", "float32", kernels="Square Sum Sqrt Abs Pow"),
    Special("keras.ops.norm np.linalg.norm", _norm, "tf.norm", "Square Sum Sqrt"),
    Op("tf.math.l2_normalize tf.nn.l2_normalize tf.linalg.l2_normalize", "x: tensor, axis: axis = None, epsilon: number = 1e-12, name: ignored = None", "unitLength(x, axis=null, epsilon=1e-12)", "x", "float32", 0, kernels="Square Sum Maximum Rsqrt Multiply"),
    Op("keras.backend.l2_normalize", "x: tensor, axis: axis = None", "unitLength(x, axis=null)", "x", "float32", 0, kernels="Square Sum Maximum Rsqrt Multiply"),
    Op("keras.ops.normalize", "x: tensor, axis: axis = -1, order: fixed = 2, epsilon: fixed = None", "unitLength(x, axis, 1e-14)", "x", "float32", 0, kernels="Square Sum Maximum Rsqrt Multiply"),
    *_arg("argmax", "tf.argMax", "ArgMax"),
    *_arg("argmin", "tf.argMin", "ArgMin"),
    Op("tf.cumsum tf.math.cumsum", "x: tensor, axis: axis = 0, exclusive: flag = False, reverse: flag = False, name: ignored = None", "tf.cumsum(x, axis=0, exclusive=false, reverse=false)", "x", rank=0, kernels="Cumsum"),
    Op("keras.backend.cumsum", "x: tensor, axis: axis = 0", "tf.cumsum(x, axis=0)", "x", rank=0, kernels="Cumsum"),
    Op("keras.ops.cumsum", "x: tensor, axis: axis", "tf.cumsum(x, axis)", "x", rank=0, kernels="Cumsum"),
    Op("tf.math.cumprod", "x: tensor, axis: axis = 0, exclusive: flag = False, reverse: flag = False, name: ignored = None", "tf.cumprod(x, axis=0, exclusive=false, reverse=false)", "x", rank=0, kernels="Cumprod"),
)  # fmt: skip


"""One row an operation."""
