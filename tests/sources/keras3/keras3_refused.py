"""Models of Keras 3 that TensorFlow.js could only run wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REFUSED: dict[str, tuple[Callable[[Any], Any], str, str]] = {}
"""By name: what builds it, the code of the error and words in it."""

IN_ARCHIVES_ALONE = {"quantized", "lambda_layer"}
"""What Keras cannot save as ``.h5``, or what another error meets first there."""


def refused(code: str, words: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def add(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
        REFUSED[build.__name__] = build, code, words
        return build

    return add


@refused("keras3-activation", "layer 'gate': the hard_sigmoid of Keras 3 is another function")
def hard_sigmoid_of_a_gate(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential(
        [keras.Input((5, 3)), kl.LSTM(3, recurrent_activation="hard_sigmoid", name="gate")]
    )


@refused("keras3-activation", "layer 'act': the hard_sigmoid of Keras 3 is another function")
def hard_sigmoid_of_a_layer(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((5,)), kl.Activation("hard_sigmoid", name="act")])


@refused("keras3-activation", "layer 'both'.layer: the hard_sigmoid of Keras 3")
def hard_sigmoid_inside_a_wrapper(keras: Any) -> Any:
    kl = keras.layers
    inner = kl.GRU(3, recurrent_activation="hard_sigmoid", reset_after=False)
    return keras.Sequential([keras.Input((5, 3)), kl.Bidirectional(inner, name="both")])


@refused("keras3-activation", "layer 'd': its activation is 'squareplus'")
def activation_unknown(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((5,)), kl.Dense(3, "squareplus", name="d")])


@refused("keras3-operation", "'Add' is an operation outside of any layer")
def operator(keras: Any) -> Any:
    i = keras.Input((5,))
    return keras.Model(i, keras.layers.Dense(2, name="d")(i + 1.0))


@refused("keras3-operation", "its result goes to layer 'd'")
def operation_of_a_layers_name(keras: Any) -> Any:
    i, j = keras.Input((5,)), keras.Input((5,))
    return keras.Model([i, j], keras.layers.Dense(2, name="d")(keras.ops.multiply(i, j)))


@refused("keras3-operation", "its result goes to the model's outputs")
def operation_at_the_end(keras: Any) -> Any:
    i = keras.Input((5,))
    return keras.Model(i, keras.layers.Dense(2)(i)[:, 0])


@refused("keras3-dtype", "it computes in mixed_float16")
def mixed_precision(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((5,)), kl.Dense(3, dtype="mixed_float16")])


@refused("keras3-dtype", "it computes in bfloat16")
def low_precision(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((5,)), kl.Dense(3, dtype="bfloat16")])


@refused("keras3-dtype", "it takes uint8")
def bytes_as_input(keras: Any) -> Any:
    return keras.Sequential([keras.Input((5, 5, 3), dtype="uint8"), keras.layers.Rescaling(2.0)])


@refused("keras3-configuration", "it may be left out")
def optional_input(keras: Any) -> Any:
    i = keras.Input((5,), optional=True)
    return keras.Model(i, keras.layers.Dense(3)(i))


@refused("keras3-configuration", "its kernel is kept in parts (LoRA)")
def lora(keras: Any) -> Any:
    layer = keras.layers.Dense(3)
    built = keras.Sequential([keras.Input((5,)), layer])
    layer.enable_lora(2)
    return built


@refused("keras3-", "layer 'd'")
def quantized(keras: Any) -> Any:
    layer = keras.layers.Dense(3, name="d")
    built = keras.Sequential([keras.Input((5,)), layer])
    layer.quantize("int8")
    return built


@refused("keras3-mask", "its mask is not the one that comes with its input")
def mask_of_the_users_own(keras: Any) -> Any:
    i, mask = keras.Input((5, 3)), keras.Input((5,), dtype="bool")
    return keras.Model([i, mask], keras.layers.LSTM(3)(i, mask=mask))


@refused("keras3-mask", "its mask is not the one that comes with its input")
def mask_of_another_tensor(keras: Any) -> Any:
    kl = keras.layers
    i, j = keras.Input((5, 3)), keras.Input((5, 3))
    masked = kl.Masking()(j)
    return keras.Model([i, j], [kl.LSTM(3)(i, mask=masked._keras_mask), masked])


@refused("keras3-mask", "its mask is not the one that comes with its input")
def masks_joined(keras: Any) -> Any:
    """Keras 3 keeps a step that either keeps, Keras 2 and TensorFlow.js one that both keep."""
    kl = keras.layers
    i, j = keras.Input((5,)), keras.Input((5,))
    embed = kl.Embedding(7, 4, mask_zero=True)
    return keras.Model([i, j], kl.LSTM(3)(kl.Add()([embed(i), embed(j)])))


@refused("keras3-mask", "the mask of a layer before it ends before it")
def mask_ended_by_a_model(keras: Any) -> Any:
    kl = keras.layers
    inner = keras.Sequential([keras.Input((5, 3)), kl.Dense(3)])
    i = keras.Input((5, 3))
    return keras.Model(i, kl.LSTM(3)(inner(kl.Masking()(i))))


@refused("keras3-call", "a tensor as 'initial_state'")
def states_of_both_directions(keras: Any) -> Any:
    kl = keras.layers
    i, h = keras.Input((5, 3)), keras.Input((3,))
    return keras.Model([i, h], kl.Bidirectional(kl.SimpleRNN(3))(i, initial_state=[h, h]))


@refused("unsupported-layer", "MultiHeadAttention stands")
def attention(keras: Any) -> Any:
    i = keras.Input((5, 4))
    return keras.Model(i, keras.layers.MultiHeadAttention(2, 2)(i, i))


@refused("lambda", "this Lambda layer holds Python bytecode")
def lambda_layer(keras: Any) -> Any:
    return keras.Sequential([keras.Input((5,)), keras.layers.Lambda(lambda x: x * 2)])


@refused("keras3-object", "its kernel initializer is an object of the class 'Mine'")
def initializer_of_the_users_own(keras: Any) -> Any:
    class Mine(keras.initializers.Initializer):
        __module__ = "keras.initializers"

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return keras.ops.ones(shape, dtype)

        def get_config(self) -> dict[str, Any]:
            return {}

    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, kernel_initializer=Mine())])
