"""Builders of many kinds of graphs."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import Lambda


def _varied(model):
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, weight.shape).astype("float32") for weight in model.get_weights()])
    return model


def shared():
    one, other = keras.Input((8,), name="one"), keras.Input((8,), name="other")
    dense = layers.Dense(8, "relu", name="dense", kernel_regularizer="l2")
    first, second = dense(one), dense(other)
    again = dense(layers.Add()([first, second]))
    return _varied(keras.Model([one, other], [again, layers.LeakyReLU(0.25)(second)]))


def nested(factor=0.5):
    inside = keras.Input((4, 4, 3))
    y = layers.Conv2D(3, 3, padding="same", name="conv")(inside)
    inner = keras.Model(inside, Lambda(lambda t: t * factor)(layers.BatchNormalization()(y)), name="inner")
    tail = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.DepthwiseConv2D(2), layers.Flatten()], name="tail"
    )
    x = keras.Input((4, 4, 3))
    return _varied(keras.Model(x, [tail(inner(inner(x))), tail(x)]))


def sequential(factor=3.0):
    return _varied(
        keras.Sequential(
            [
                layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 3)),
                Lambda(lambda t: t * factor),
                layers.PReLU(shared_axes=[1, 2]),
            ]
        )
    )


def recurrent(factor=2.0):
    x = keras.Input((3, 2))
    y = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")(x)
    y = layers.TimeDistributed(Lambda(lambda t: t * factor), name="each")(y)
    y = layers.TimeDistributed(layers.Dense(2), name="dense")(y)
    y, state = layers.GRU(2, return_state=True, return_sequences=True, reset_after=False)(y)
    return _varied(keras.Model(x, layers.SimpleRNN(2)(y, initial_state=state)))


def masked():
    x = keras.Input((3, 2))
    y = layers.LSTM(2, return_sequences=True)(layers.Masking(0.5)(x))
    return _varied(keras.Model(x, layers.LSTM(2)(y)))


def operators():
    x = keras.Input((4, 4, 4))
    y = x * 0.2 + x
    y = 1.0 - y / 3.0
    y = y[:, 1:, ..., :2]
    y = (y - 0.25) * x[:, 1:, ..., :2]
    return keras.Model(x, y**2)


def functions_2():
    x = keras.Input((4, 4, 4))
    y = tf.nn.depth_to_space(x, 2)
    y = tf.concat([y, tf.clip_by_value(y, 0.0, clip_value_max=0.5)], axis=-1)
    return keras.Model(x, tf.reduce_mean(y, axis=[1, 2], keepdims=True))


def functions_3():
    from keras import ops

    x = keras.Input((4, 4, 4))
    y = ops.concatenate([x, ops.clip(x, 0, 0.5)], axis=-1)
    return keras.Model(x, ops.mean(ops.leaky_relu(y, 0.1), axis=-1, keepdims=True))


def between_3():
    from keras import ops

    x = keras.Input((4, 4, 4))
    one, other = ops.split(x, 2, axis=-1)
    y = one / (other + 2) - other**one
    return keras.Model(x, ops.image.resize(y, (8, 8), interpolation="bicubic"))


def activations():
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(3, activation=tf.nn.silu)(layers.Activation(tf.nn.relu)(x)))


def norms(*, frozen="", shift=0, named=True):
    """A model in a model; its layers have given or automatic names, and may be frozen."""
    keras.backend.clear_session()
    for _ in range(shift):
        layers.BatchNormalization()
    inside = y = keras.Input((2, 2, 4))
    found = {}
    for name in "abc":
        found[name] = layers.BatchNormalization(name=f"norm_{name}" if named else None)
        y = found[name](y)
    inner = keras.Model(inside, y, name="inner")
    for name in frozen:
        found[name].trainable = False
    x = keras.Input((2, 2, 4))
    return keras.Model(x, inner(x))


def conv(filters=4, depth=2, *, renamed=False):
    x = y = keras.Input((None, None, 3))
    for index in range(depth):
        y = layers.Conv2D(filters, 3, padding="same", name=f"{'c' if renamed else 'conv'}_{index}")(y)
    return keras.Model(x, layers.BatchNormalization(name="norm")(y))


class Holder:
    def __init__(self):
        self.model = conv()


def holding():
    return Holder()


class namespace:  # noqa: N801
    inner = Holder


built = conv(2, 1)
