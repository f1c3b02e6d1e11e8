"""Models over all families of layers that TensorFlow.js has, built by whichever Keras is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

BUILDERS: dict[str, Callable[[Any], Any]] = {}
KERAS_2 = (
    *("bidirectional", "cells", "compiled", "convolutions", "frozen", "more_than_ten", "nested"),
    *("nested_sequential", "normalizations", "recurrent", "sequential_without_input", "time_distributed"),
    *("time_distributed_models",),
)
"""What ``tf_keras`` saves as well: its archives lay out weights in the same way, by code of its own."""


def model(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    BUILDERS[build.__name__] = build
    return build


@model
def sequential(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((7,)), kl.Dense(9, "relu"), kl.Dense(5), kl.Dense(4, "softmax")])


@model
def sequential_without_input(keras: Any) -> Any:
    kl = keras.layers
    built = keras.Sequential([kl.Conv2D(4, 3, padding="same"), kl.Flatten(), kl.Dense(3)], name="late")
    built.build((None, 6, 5, 3))
    return built


@model
def more_than_ten(keras: Any) -> Any:
    """``dense_10`` stands before ``dense_2`` in HDF5."""
    kl = keras.layers
    return keras.Sequential([keras.Input((4,)), *(kl.Dense(4, "tanh", name=f"d{i}") for i in range(12))])


@model
def compiled(keras: Any) -> Any:
    kl = keras.layers
    built = keras.Sequential([keras.Input((5,)), kl.Dense(6, "tanh"), kl.Dropout(0.3), kl.Dense(1)])
    built.compile("adam", "mse", metrics=["mae"])
    if hasattr(built, "compute_loss"):
        built.optimizer.build(built.trainable_variables)  # its variables are saved beside the weights
    return built


@model
def inputs_and_outputs(keras: Any) -> Any:
    kl = keras.layers
    a, b = keras.Input((6,), name="zeta"), keras.Input((4,), name="alpha")
    joined = kl.Concatenate()([kl.Dense(5)(a), kl.Dense(3)(b)])
    return keras.Model([a, b], [kl.Dense(2, name="second")(joined), kl.Dense(3, name="first")(joined)])


@model
def dictionaries(keras: Any) -> Any:
    kl = keras.layers
    i, j = keras.Input((3,), name="i"), keras.Input((3,), name="j")
    inner = keras.Model({"z": i, "a": j}, {"y": kl.Dense(3)(i), "b": kl.Dense(3, "tanh")(j)}, name="inner")
    a, b = keras.Input((3,), name="one"), keras.Input((3,), name="two")
    found = inner({"z": a, "a": b})
    return keras.Model({"q": a, "p": b}, {"o": kl.Dense(2)(found["y"]), "n": kl.Dense(4)(found["b"])})


@model
def shared(keras: Any) -> Any:
    kl = keras.layers
    a, b = keras.Input((6,)), keras.Input((6,))
    twice = kl.Dense(6, "tanh")
    return keras.Model([a, b], kl.Dense(2)(kl.Add()([twice(a), twice(twice(b))])))


@model
def nested(keras: Any) -> Any:
    """A model within a model, called twice; all of the same shapes, so that any mistake is silent."""
    kl = keras.layers
    i = keras.Input((4,), name="inside")
    x = kl.BatchNormalization()(kl.Dense(4)(i))
    inner = keras.Model(i, kl.LayerNormalization()(kl.Dense(4, "tanh")(x)), name="inner")
    o = keras.Input((4,), name="between")
    y = kl.BatchNormalization()(inner(o))
    outer = keras.Model(o, kl.Dense(4)(inner(kl.Dense(4)(y))), name="outer")
    x = keras.Input((4,))
    return keras.Model(x, [kl.Dense(2)(outer(outer(x))), outer(x)])


@model
def nested_sequential(keras: Any) -> Any:
    kl = keras.layers
    deep = keras.Sequential([keras.Input((4,)), kl.Dense(4, "tanh"), kl.BatchNormalization()], name="deep")
    trunk = keras.Sequential([keras.Input((4,)), kl.Dense(4), deep, kl.BatchNormalization()], name="trunk")
    x = keras.Input((4,))
    y = trunk(x)
    return keras.Model(x, [trunk(y), kl.Dense(3)(y)])


@model
def model_in_a_sequential(keras: Any) -> Any:
    kl = keras.layers
    i = keras.Input((4,))
    inner = keras.Model(i, kl.Add()([i, kl.Dense(4)(i)]), name="block")
    return keras.Sequential([keras.Input((4,)), inner, kl.Dense(3)])


@model
def nested_as_output(keras: Any) -> Any:
    """Of the calls of a nested model, only the second goes on."""
    kl = keras.layers
    i = keras.Input((3,))
    inner = keras.Model(i, [kl.Dense(3)(i), kl.Dense(3, "tanh")(i)], name="two")
    x = keras.Input((3,))
    first = inner(x)
    return keras.Model(x, inner(first[1])[0])


@model
def frozen(keras: Any) -> Any:
    """Weights that are not trained come last in the lists of ``.h5``."""
    kl = keras.layers
    inner = keras.Sequential(
        [keras.Input((4,)), *(kl.Dense(4, name=name) for name in "abc"), kl.BatchNormalization()],
        name="mixed",
    )
    inner.layers[0].trainable = False
    cold = keras.Sequential([keras.Input((4,)), kl.Dense(4), kl.BatchNormalization()], name="cold")
    cold.trainable = False
    return keras.Sequential([keras.Input((4,)), inner, cold])


@model
def convolutions(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((None, None, 3))
    x = kl.Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer="l2")(x)
    x = kl.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = kl.SeparableConv2D(6, 3, padding="same", strides=2)(x)
    x = kl.Conv2DTranspose(5, 3, strides=2, padding="same", use_bias=False)(x)
    return keras.Model(i, kl.Conv2D(3, 3, dilation_rate=2, padding="same", kernel_constraint="max_norm")(x))


@model
def one_dimension(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((16, 3))
    x = kl.MaxPooling1D(2)(kl.Conv1D(4, 3, padding="same", strides=1)(x))
    x = kl.AveragePooling1D(2)(kl.Conv1D(5, 2, dilation_rate=2)(x))
    return keras.Model(i, [kl.GlobalAveragePooling1D()(x), kl.GlobalMaxPooling1D()(x)])


@model
def three_dimensions(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((6, 6, 6, 2))
    return keras.Model(i, kl.AveragePooling3D(2)(kl.Conv3D(3, 3, padding="same")(x)))


@model
def normalizations(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((6, 5, 4))
    x = kl.BatchNormalization(scale=False)(x)
    x = kl.LayerNormalization(center=False)(x)
    x = kl.BatchNormalization(center=False, epsilon=0.01)(x)
    return keras.Model(i, kl.LayerNormalization(epsilon=0.1)(x))


@model
def activations(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((6, 5, 4))
    names = ("elu", "selu", "relu6", "sigmoid", "softplus", "softsign", "silu", "mish", "tanh", "linear")
    found = [kl.Activation(name)(x) for name in names]
    found += [kl.PReLU(shared_axes=[1, 2])(x), kl.PReLU()(x), kl.ELU()(x), kl.Softmax()(x), kl.ReLU(6.0)(x)]
    return keras.Model(i, kl.Add()([*found, kl.LeakyReLU(0.17)(x)]))


@model
def activation_layers(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential(
        [keras.Input((7,)), kl.Dense(9, kl.LeakyReLU(negative_slope=0.4)), kl.Dense(5, "gelu")]
    )


@model
def pooling(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((12, 12, 3))
    x = kl.Concatenate()([kl.MaxPooling2D(2)(x), kl.AveragePooling2D(3, strides=2, padding="same")(x)])
    x = kl.UpSampling2D(2)(kl.ZeroPadding2D(((1, 2), (0, 1)))(kl.Cropping2D(1)(x)))
    return keras.Model(i, [kl.GlobalAveragePooling2D()(x), kl.GlobalMaxPooling2D()(x), x])


@model
def merges(keras: Any) -> Any:
    kl = keras.layers
    a, b = keras.Input((5, 4)), keras.Input((5, 4))
    kinds = (kl.Add, kl.Multiply, kl.Average, kl.Maximum, kl.Minimum)
    joined = kl.Concatenate(axis=1)([kind()([a, b]) for kind in kinds])
    return keras.Model([a, b], [joined, kl.Dot(axes=(2, 2))([a, b]), kl.Dot(axes=2, normalize=True)([a, b])])


@model
def reshaping(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((4, 6))
    x = kl.Permute((2, 1))(kl.Reshape((8, 3))(x))
    return keras.Model(i, kl.RepeatVector(3)(kl.Rescaling(0.5, [0.1] * 24)(kl.Flatten()(x))))


@model
def noise(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((4, 6))
    for layer in (kl.GaussianNoise(0.1), kl.GaussianDropout(0.1), kl.SpatialDropout1D(0.2)):
        x = layer(x)
    return keras.Model(i, kl.Dense(4)(kl.Dropout(0.1)(x)))


@model
def recurrent(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((5, 4))
    x = kl.LSTM(4, return_sequences=True)(x)
    x = kl.GRU(4, return_sequences=True, reset_after=False)(x)
    x = kl.SimpleRNN(4, return_sequences=True, use_bias=False)(x)
    return keras.Model(i, [kl.LSTM(3, go_backwards=True)(x), *kl.LSTM(4, return_state=True)(x)])


@model
def initial_states(keras: Any) -> Any:
    kl = keras.layers
    a, b = keras.Input((5, 4)), keras.Input((3, 4))
    _, h, c = kl.LSTM(4, return_state=True)(a)
    x = kl.LSTM(4, return_sequences=True)(b, initial_state=[h, c])
    return keras.Model([a, b], kl.GRU(4, reset_after=False)(x, initial_state=h))


@model
def bidirectional(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((5, 4))
    x = kl.Bidirectional(kl.LSTM(2, return_sequences=True))(x)
    x = kl.Bidirectional(kl.SimpleRNN(4, return_sequences=True, name="own"), merge_mode="sum")(x)
    return keras.Model(i, kl.Bidirectional(kl.GRU(3, reset_after=False), merge_mode="mul")(x))


@model
def cells(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((5, 4))
    x = kl.RNN(kl.LSTMCell(4), return_sequences=True)(x)
    stack = [kl.SimpleRNNCell(4), kl.LSTMCell(4), kl.SimpleRNNCell(4)]
    return keras.Model(i, kl.RNN(stack)(x))


@model
def time_distributed(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((3, 6, 5, 2))
    x = kl.TimeDistributed(kl.Conv2D(3, 3, padding="same"))(x)
    x = kl.TimeDistributed(kl.BatchNormalization())(x)
    return keras.Model(i, kl.TimeDistributed(kl.Flatten())(x))


@model
def time_distributed_models(keras: Any) -> Any:
    """In alphabetical order of their classes, the weights would be those of other layers."""
    kl = keras.layers
    i = keras.Input((4,))
    inner = keras.Model(i, kl.BatchNormalization()(kl.Dense(4)(kl.LayerNormalization()(i))), name="inner")
    row = [kl.LayerNormalization(), kl.BatchNormalization(), kl.Dense(4), kl.Dense(4, trainable=False)]
    chain = keras.Sequential([keras.Input((4,)), *row], name="chain")
    x = keras.Input((3, 4))
    return keras.Model(x, kl.TimeDistributed(inner)(kl.TimeDistributed(chain)(x)))


@model
def convolutional_lstm(keras: Any) -> Any:
    kl = keras.layers
    x = i = keras.Input((3, 6, 5, 2))
    x = kl.ConvLSTM2D(3, 3, padding="same", return_sequences=True, recurrent_activation="sigmoid")(x)
    return keras.Model(i, kl.ConvLSTM2D(2, 3, recurrent_activation="sigmoid")(x))


@model
def embedding(keras: Any) -> Any:
    kl = keras.layers
    i = keras.Input((5,), dtype="int32")
    return keras.Model(i, kl.Dense(3)(kl.Embedding(11, 6)(i)))


@model
def masked(keras: Any) -> Any:
    kl = keras.layers
    i, j = keras.Input((5,)), keras.Input((5, 3))
    x = kl.LSTM(4)(kl.Dropout(0.1)(kl.Embedding(3, 4, mask_zero=True)(i)))
    return keras.Model([i, j], [x, kl.SimpleRNN(3)(kl.Masking(0.5)(j))])


@model
def keyword(keras: Any) -> Any:
    kl = keras.layers
    i = keras.Input((5, 3))
    x = kl.Dense(4)(inputs=i)
    return keras.Model(i, kl.LSTM(3)(sequences=x, training=False))


@model
def without_weights(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential([keras.Input((4, 4, 2)), kl.MaxPooling2D(2), kl.Flatten()])


@model
def odd_names(keras: Any) -> Any:
    kl = keras.layers
    i = keras.Input((4,), name="Input.1")
    return keras.Model(i, kl.Dense(3, name="kernel")(kl.Dense(4, name="dense_kernel-2")(i)), name="vars")
