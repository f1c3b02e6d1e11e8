"""The Keras 2 models that the golden files are made of: every way to build one, most layers, odd corners.

Run by the reference environment alone, which has tf_keras.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tf_keras as keras
from tf_keras import layers as kl

BUILDERS: dict[str, Callable[[], keras.Model]] = {}


def model(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    BUILDERS[build.__name__] = build
    return build


def image(size: int | None = None, channels: int = 3) -> keras.KerasTensor:
    return keras.Input((size, size, channels))


@model
def sequential_dense() -> keras.Model:
    return keras.Sequential([keras.Input((7,)), kl.Dense(9, "relu"), kl.Dense(4, "softmax")])


@model
def sequential_without_input_layer() -> keras.Model:
    built = keras.Sequential(
        [kl.Conv2D(4, 3, padding="same", input_shape=(12, 10, 3)), kl.Flatten(), kl.Dense(3)]
    )
    built.build()
    return built


@model
def compiled_with_optimizer() -> keras.Model:
    built = keras.Sequential([keras.Input((5,)), kl.Dense(6, "tanh"), kl.Dense(1)])
    built.compile("adam", "mse", metrics=["mae"])
    built.fit(np.ones((4, 5), "float32"), np.ones((4, 1), "float32"), verbose=0)
    return built


@model
def functional_inputs_and_outputs() -> keras.Model:
    a, b = keras.Input((6,), name="zeta"), keras.Input((4,), name="alpha")
    joined = kl.Concatenate()([kl.Dense(5)(a), kl.Dense(3)(b)])
    return keras.Model(
        [a, b], [kl.Dense(2, name="second")(joined), kl.Dense(3, "sigmoid", name="first")(joined)]
    )


@model
def shared_layer() -> keras.Model:
    a, b = keras.Input((6,)), keras.Input((6,))
    shared = kl.Dense(5, "relu")
    return keras.Model([a, b], kl.Dense(2)(kl.Add()([shared(a), shared(b)])))


@model
def nested_functional() -> keras.Model:
    inner_in = keras.Input((6,), name="inner_in")
    inner_out = kl.BatchNormalization(name="inner_norm")(kl.Dense(6, name="inner_dense")(inner_in))
    inner = keras.Model(inner_in, inner_out, name="block")
    x = keras.Input((6,))
    return keras.Model(x, kl.Dense(2, name="head")(inner(inner(x))))


@model
def nested_sequential() -> keras.Model:
    inner = keras.Sequential(
        [keras.Input((8, 8, 4)), kl.Conv2D(4, 3, padding="same"), kl.ReLU()], name="trunk"
    )
    return keras.Sequential([keras.Input((8, 8, 4)), inner, kl.Flatten(), kl.Dense(3)])


@model
def twice_nested() -> keras.Model:
    a = keras.Input((5,), name="deep_in")
    deep = keras.Model(a, kl.Dense(5, name="deep_dense")(a), name="deep")
    b = keras.Input((5,), name="middle_in")
    middle = keras.Model(b, kl.Dense(4, name="middle_dense")(deep(b)), name="middle")
    c = keras.Input((5,))
    return keras.Model(c, middle(c))


@model
def conv_norm_pool() -> keras.Model:
    x = image(16)
    y = kl.Conv2D(6, 3, strides=2, padding="same", use_bias=False)(x)
    y = kl.ReLU(max_value=6.0)(kl.BatchNormalization()(y))
    y = kl.MaxPooling2D(2)(y)
    y = kl.AveragePooling2D(2, padding="same")(y)
    return keras.Model(x, kl.Dense(4, "softmax")(kl.GlobalAveragePooling2D()(y)))


@model
def depthwise() -> keras.Model:
    x = image(9, 4)
    y = kl.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu")(x)
    return keras.Model(x, kl.GlobalMaxPooling2D()(kl.Conv2D(5, 1)(y)))


@model
def separable() -> keras.Model:
    x = image(9, 4)
    return keras.Model(x, kl.SeparableConv2D(6, 3, padding="same", depth_multiplier=2)(x))


@model
def transposed() -> keras.Model:
    x = image(None)
    return keras.Model(
        x, kl.Conv2DTranspose(3, 4, strides=2, padding="same")(kl.Conv2D(8, 3, padding="same")(x))
    )


@model
def residual_dense_network() -> keras.Model:
    x = image(None)
    first = kl.Conv2D(8, 3, padding="same", name="F_m1")(x)
    y = kl.Conv2D(8, 3, padding="same", name="F_0")(first)
    parts = [y]
    for step in range(2):
        inside = parts[0] if step == 0 else kl.Concatenate(name=f"RDB_Concat_1_{step}")(parts)
        grown = kl.Conv2D(4, 3, padding="same", name=f"F_1_{step}")(inside)
        parts.append(kl.Activation("relu", name=f"F_1_{step}_Relu")(grown))
    y = kl.Conv2D(8, 1, name="LFF_1")(kl.Concatenate(name="RDB_Concat_out")(parts))
    y = kl.Add(name="FDF")([kl.Conv2D(8, 3, padding="same", name="GFF_2")(y), first])
    y = kl.UpSampling2D(2, name="UPsample")(kl.Conv2D(12, 3, padding="same", name="UPN3")(y))
    return keras.Model(x, kl.Conv2D(3, 3, padding="same", name="SR")(y), name="generator")


@model
def activations() -> keras.Model:
    x = image(6, 4)
    y = kl.PReLU(shared_axes=[1, 2], alpha_initializer="random_normal")(kl.LeakyReLU(0.2)(x))
    y = kl.Add()(
        [kl.ELU()(y), kl.ThresholdedReLU(0.3)(y), kl.Activation("selu")(y), kl.Activation("swish")(y)]
    )
    return keras.Model(x, [kl.Softmax()(y), kl.Conv2D(2, 1, activation="softplus")(y)])


@model
def merges() -> keras.Model:
    a, b = keras.Input((6,)), keras.Input((6,))
    u, v = kl.Dense(4)(a), kl.Dense(4)(b)
    parts = [kl.Multiply()([u, v]), kl.Average()([u, v]), kl.Maximum()([u, v]), kl.Minimum()([u, v])]
    return keras.Model([a, b], kl.Concatenate()([*parts, kl.Dot(axes=1, normalize=True)([u, v])]))


@model
def reshaping() -> keras.Model:
    x = image(8)
    y = kl.Cropping2D(((1, 2), (0, 1)))(kl.ZeroPadding2D(((2, 1), (1, 0)))(x))
    y = kl.Permute((2, 1, 3))(kl.UpSampling2D((2, 1))(y))
    y = kl.Reshape((-1, 6))(y)
    return keras.Model(x, kl.RepeatVector(3)(kl.Dense(4)(kl.GlobalMaxPooling1D()(y))))


@model
def one_dimension() -> keras.Model:
    x = keras.Input((20, 3))
    y = kl.Conv1D(6, 3, strides=2, padding="same", activation="relu")(x)
    y = kl.AveragePooling1D(2)(kl.MaxPooling1D(2)(y))
    return keras.Model(x, kl.GlobalAveragePooling1D()(y))


@model
def three_dimensions() -> keras.Model:
    x = keras.Input((6, 6, 6, 2))
    return keras.Model(x, kl.AveragePooling3D(2)(kl.Conv3D(4, 3, padding="same", activation="relu")(x)))


@model
def recurrent_lstm() -> keras.Model:
    x = keras.Input((7, 3))
    return keras.Model(x, kl.Dense(2)(kl.LSTM(4)(kl.LSTM(5, return_sequences=True)(x))))


@model
def recurrent_gru() -> keras.Model:
    x = keras.Input((None, 3))
    y = kl.GRU(5, reset_after=False, return_sequences=True)(x)
    return keras.Model(x, kl.SimpleRNN(4)(y))


@model
def bidirectional() -> keras.Model:
    x = keras.Input((6, 3))
    y = kl.Bidirectional(kl.LSTM(4, return_sequences=True))(x)
    return keras.Model(x, kl.TimeDistributed(kl.Dense(3, "relu"))(y))


@model
def conv_lstm() -> keras.Model:
    x = keras.Input((4, 6, 6, 2))
    return keras.Model(x, kl.ConvLSTM2D(3, 3, padding="same")(x))


@model
def embedding() -> keras.Model:
    x = keras.Input((8,), dtype="int32")
    y = kl.LSTM(5)(kl.Embedding(20, 6, mask_zero=True)(x))
    return keras.Model(x, kl.Dense(3, "softmax")(y))


@model
def layer_norm_and_noise() -> keras.Model:
    x = keras.Input((5, 8))
    y = kl.GaussianNoise(0.1)(kl.LayerNormalization()(x))
    return keras.Model(x, kl.Dense(4)(kl.SpatialDropout1D(0.2)(kl.Dropout(0.3)(y))))


@model
def constrained() -> keras.Model:
    x = keras.Input((5,))
    return keras.Model(
        x,
        kl.Dense(
            6,
            kernel_constraint=keras.constraints.MaxNorm(0.1),
            kernel_regularizer=keras.regularizers.L2(0.01),
            kernel_initializer="lecun_normal",
        )(x),
    )


@model
def names_with_slashes() -> keras.Model:
    x = keras.Input((5,), name="net/in")
    y = kl.Dense(6, name="net/body")(x)
    return keras.Model(x, kl.Dense(2, name="net/head/last")(y), name="net")


@model
def dictionary_of_inputs() -> keras.Model:
    inputs = {"right": keras.Input((3,), name="right"), "left": keras.Input((4,), name="left")}
    joined = kl.Concatenate()([inputs["left"], inputs["right"]])
    return keras.Model(inputs, {"out": kl.Dense(2)(joined), "big": kl.Dense(5)(joined)})


@model
def without_weights() -> keras.Model:
    x = image(4)
    return keras.Model(x, kl.UpSampling2D(3)(kl.Activation("tanh")(x)))


@model
def special_values() -> keras.Model:
    """Weights of one value, of one sign, and with zero at an end of the range."""
    x = keras.Input((4,))
    layers = [kl.Dense(3, name=f"dense_{index}") for index in range(4)]
    built = keras.Model(x, kl.Add()([layer(x) for layer in layers]))
    grid = np.linspace(0.1, 0.9, 12, dtype="float32").reshape(4, 3)
    for layer, kernel in zip(layers, (grid * 0 + 0.25, grid, -grid, grid - 0.1), strict=True):
        layer.set_weights([kernel, np.zeros(3, "float32")])
    return built
