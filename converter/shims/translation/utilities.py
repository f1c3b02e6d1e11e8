"""Functions of TensorFlow, Keras and NumPy that convert, make variables or tell of the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from converter.shims.translation.builtin_functions import builtin
from converter.shims.translation.invocation import given_none
from converter.shims.translation.javascript import NULL, Js, call, literal
from converter.shims.translation.joining import describe
from converter.shims.translation.literals import iterated
from converter.shims.translation.names import rank_of
from converter.shims.translation.tensors import operand
from converter.shims.translation.values import (
    ActivationValue,
    Ignored,
    Scalar,
    Sequence,
    Tensor,
    constant,
    number,
)

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


@builtin(
    "builtins.list",
    "builtins.tuple",
    "tf.TensorShape",
    "np.array",
    "np.asarray",
    "tf.constant",
    "tf.convert_to_tensor",
    "keras.backend.constant",
    "keras.ops.convert_to_tensor",
    "keras.ops.array",
    "tf.identity",
    "tf.stop_gradient",
    "keras.backend.stop_gradient",
    "keras.ops.stop_gradient",
    "keras.backend.identity",
    "tf.ensure_shape",
)
def _as_it_is(made: Call) -> Value:
    if made.path in {"builtins.list", "builtins.tuple"} and not made.node.args:
        return Sequence(Js("[]"), (), mutable=True)
    values = made.positional()
    value = values[0]
    keywords = {name: each for name, each in made.keywords().items() if name not in {"name", "dtype_hint"}}
    dtype = keywords.pop("dtype", values[1] if len(values) > 1 and made.path != "tf.ensure_shape" else None)
    keywords.pop("value", None)
    if keywords:
        raise made.scope.fail(made.node, f"the argument {min(keywords)!r} is not known")
    if isinstance(value, Tensor):
        if dtype is not None and not given_none(dtype):
            from converter.shims.translation.ops.casting import cast

            return cast(made.scope, value, dtype, made.node)
        return value
    if made.path in {"builtins.list", "builtins.tuple"}:
        items = iterated(made.scope, value, made.node)
        if items.js.is_path:
            return replace(items, js=Js(f"[...{items.js.text}]"), mutable=True)
        return replace(items, mutable=True)
    if isinstance(value, (Scalar, Sequence)):
        if made.path == "tf.TensorShape":
            return value if isinstance(value, Sequence) else Sequence(value.js, None, Scalar(Js("x"), "any"))
        if isinstance(value, Sequence) and made.path.split(".")[0] in {"np", "tf", "keras"}:
            from converter.shims.translation.names import DTYPES

            const = dtype.const if isinstance(dtype, Scalar) and isinstance(dtype.const, str) else None
            return replace(value, vector=True, mutable=False, dtype=DTYPES.get(const or "float32", "float32"))
        return value
    raise made.scope.fail(made.node, f"{describe(value)} cannot be converted")


@builtin("tf.rank", "keras.backend.ndim", "keras.ops.ndim", "np.ndim")
def _rank(made: Call) -> Value:
    return rank_of(made.scope, made.positional()[0], made.node)


@builtin("keras.activations.get", "keras.layers.get_", "keras.activations.deserialize")
def _get_activation(made: Call) -> Value:
    from converter.shims.translation.activations import activation_function, activation_name

    value = made.positional()[0]
    name = activation_name(value)
    return ActivationValue(activation_function(made.scope, value, made.node), const=name)


@builtin("keras.backend.image_data_format", "keras.config.image_data_format")
def _data_format(_made: Call) -> Value:
    return constant("channels_last")


@builtin(
    "keras.utils.conv_utils.normalize_data_format",
    "keras.backend.normalize_data_format",
    "keras.backend.standardize_data_format",
    "keras.layers.utils.normalize_data_format",
)
def _normal_format(made: Call) -> Value:
    from converter.shims.translation.blocks import Do

    value = made.positional()[0]
    if given_none(value) or (isinstance(value, Scalar) and value.const == "channels_last"):
        return constant("channels_last")
    if not isinstance(value, Scalar) or value.known or made.scope.shapes:
        raise made.scope.fail(made.node, "TensorFlow.js has channels last only")
    helper = made.scope.helper("only")
    made.scope.block.append(Do(call(helper, value.js, literal("channels_last"), literal("dataFormat")).text))
    return constant("channels_last")


@builtin("keras.backend.epsilon", "keras.config.epsilon")
def _epsilon(_made: Call) -> Value:
    return constant(1e-7)


@builtin("keras.backend.floatx", "keras.config.floatx")
def _floatx(_made: Call) -> Value:
    return constant("float32")


@builtin("keras.backend.learning_phase")
def _phase(_made: Call) -> Value:
    return constant(0)


@builtin(
    "keras.initializers.get",
    "keras.regularizers.get",
    "keras.constraints.get",
    "keras.layers.Input",
    "keras.Input",
    "keras.layers.InputLayer",
    "keras.InputLayer",
    "keras.initializers.serialize",
    "keras.saving.serialize_keras_object",
    "keras.regularizers.serialize",
    "keras.constraints.serialize",
)
def _without_effect(_made: Call) -> Value:
    return Ignored(NULL)


@builtin("tf.Variable", "keras.Variable", "keras.backend.variable")
def _variable(made: Call) -> Value:
    from converter.shims.translation.weights import weight

    scope, node = made.scope, made.node
    if scope.method not in {"constructor", "build"}:
        raise scope.fail(node, "weights must be made in __init__ or build")
    values = made.positional()
    keywords = made.keywords()
    initial = (
        values[0]
        if values
        else keywords.get("initial_value", keywords.get("initializer", keywords.get("value")))
    )
    shape = keywords.get("shape")
    if shape is None:
        if isinstance(initial, Tensor):
            before, scope.mode = scope.mode, "shape"
            try:
                again = scope.evaluate(node.args[0] if node.args else node.keywords[0].value)
                js = operand(scope, again, node)
            finally:
                scope.mode = before
            shape = Sequence(js, None, number(Js("size"), "int"))
        elif isinstance(initial, Scalar) and initial.type != "any":
            shape = Sequence(Js("[]"), ())
        elif isinstance(initial, (Scalar, Sequence)):
            shape = Sequence(call(scope.helper("shapeOf"), initial.js), None, number(Js("size"), "int"))
        else:
            raise scope.fail(node, "the shape of this variable is not known")
    trainable = values[1] if len(values) > 1 and made.path == "tf.Variable" else keywords.get("trainable")
    return weight(made, keywords.get("name"), shape, keywords.get("dtype"), trainable)
