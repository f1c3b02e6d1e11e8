"""Builders whose Lambda layers and classes capture what the converter can keep."""
# ruff: noqa: B008, PLW0108, UP008 - written as people write it

import functools

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K  # noqa: N812 - as the world writes it
from tensorflow.keras import layers
from tensorflow.keras.layers import Lambda

GAIN = 1.5
SETTINGS = {"gain": 0.75, "offsets": (1.0, 2.0)}


def image(channels=4):
    return keras.Input((4, 4, channels))


def two_on_one_line(first=2.0):
    x = image()
    one, other = Lambda(lambda t: t * first)(x), Lambda(lambda t: t + first)(x)
    return keras.Model(x, [one, other])


def over_many_lines(scale=2):
    x = image()
    y = Lambda(
        lambda t: tf.nn.depth_to_space(
            t,
            block_size=scale,
        ),
        name="pixel_shuffle_1",
    )(x)
    return keras.Model(x, y)


def scaled(x, factor, shift=1.0):
    """Scales."""
    x = x * factor
    factor = shift
    return x + factor


def partials():
    x = image()
    y = Lambda(functools.partial(scaled, factor=3.0))(x)
    y = Lambda(functools.partial(scaled, shift=0.25), arguments={"factor": 2.0})(y)
    return keras.Model(x, y)


def mean_of_colours(mean=(0.5, 0.25, 0.125)):
    x = image(3)
    rgb = np.array(mean, "float32") * 255
    y = Lambda(lambda t: (t - rgb) / 127.5, name="normalize")(x)
    y = Lambda(lambda t: t * 127.5 + rgb.reshape((1, 1, 1, 3)))(y)
    return keras.Model(x, y)


def _applied(function):
    x = image()
    return keras.Model(x, Lambda(function)(x))


def on_the_line_of_its_def(gain=2.5): return _applied(lambda t: t * gain)  # fmt: skip


def loop():
    x = y = image()
    for step in range(1, 4):
        y = Lambda(lambda t, by=step: t + by)(y)
    z = Lambda(lambda t: t * step)(y)
    return keras.Model(x, z)


def late():
    x = y = image()
    for step in range(1, 4):
        y = Lambda(lambda t: t * step, name=f"mul{step}")(y)  # noqa: B023
    return keras.Model(x, y)


def constants():
    x = image()
    y = Lambda(lambda t: t * GAIN + K.constant(SETTINGS["gain"]) + SETTINGS["offsets"][1])(x)
    return keras.Model(x, y)


def without_captures():
    x = image()
    y = Lambda(lambda t: t * 0.5)(x)
    y = Lambda(lambda t: K.square(t), name="add")(y)
    return keras.Model(x, Lambda(lambda t: t[:, 1:, ::2])(y))


def from_a_library():
    x = image()
    y = Lambda(tf.nn.relu)(x)
    return keras.Model(x, Lambda(tf.nn.depth_to_space, arguments={"block_size": 2})(y))


def gained(x):
    return clipped(x * GAIN)


def clipped(x, low=-1.0):
    return tf.maximum(x, low)


def helpers(times=2):
    def repeated(x, n=3):
        return x if n == 0 else repeated(gained(x) * times, n - 1)

    x = image()
    return keras.Model(x, Lambda(lambda t: repeated(t) + clipped(t))(x))


class Network:
    """As in idealo's code; and some ways that it did not go."""

    __slots__ = ("__dict__", "__secret")

    factor = 0.1

    def __init__(self, scale=2, beta=0.2):
        self.scale, self.beta, self.params = scale, np.float32(beta), {"x": scale}
        self.__secret = 3.0
        self.inner = self
        x = image()
        y = Lambda(lambda t: t * self.inner.beta)(x)
        y = Lambda(lambda t: t * self.__secret)(y)
        y = Lambda(self._scaled)(y)
        y = Lambda(lambda t: self._shuffled(t), name="Shuffle")(y)
        y = Lambda(lambda t: t * self.params["x"] + self.doubled(self.factor))(y)
        self.model = keras.Model(x, y)

    @staticmethod
    def doubled(value):
        return value * 2

    def _scaled(self, x):
        factor = self.factor
        return x * factor

    def _shuffled(self, x):
        return tf.nn.depth_to_space(x, self.scale)


def shift_layer(by, weights=np.ones(3)):
    class Shift(layers.Layer):
        """Adds."""

        sign = -1.0 if by < 0 else 1.0

        def __init__(self, units=1, **kwargs):
            super(Shift, self).__init__(**kwargs)
            self.units = units
            self.by_twice = by * 2

        def build(self, input_shape):
            self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="ones")

        def call(self, inputs):
            return inputs + by * self.units * self.sign + self.bias * self.by_twice

        def weighted(self, inputs: tf.Tensor) -> tf.Tensor:
            return inputs * weights

    return Shift


def factory():
    x = image()
    y = shift_layer(2.0)(name="first")(x)
    y = shift_layer(-3.0)(units=2, name="second")(y)
    return keras.Model(x, shift_layer(2.0)(name="third")(y))


class Gain(layers.Layer):
    def call(self, inputs):
        return inputs * GAIN


class Add(layers.Layer):
    """Has the name of another layer."""

    def __init__(self, amount, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def call(self, inputs):
        return inputs + self.amount

    def get_config(self):
        return {**super().get_config(), "amount": self.amount}


class Block(layers.Layer):
    """Stays where it is, with a configuration that it does not tell by itself."""

    def __init__(self, filters, kernel=3, **kwargs):
        super().__init__(**kwargs)
        self.filters, self._kernel = filters, kernel
        self.norm = layers.BatchNormalization()
        self.conv = layers.Conv2D(filters, kernel, padding="same", kernel_initializer="glorot_uniform")

    def build(self, input_shape):
        self.extra = self.add_weight(name="extra", shape=(1,), initializer="ones", trainable=False)
        self.gain = self.add_weight(name="gain", shape=(1,), initializer="ones")
        self.norm.build(input_shape)
        self.conv.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        return self.conv(self.norm(inputs)) * self.gain + self.extra


def classes(*, frozen=False):
    x = image()
    y = Gain(name="gain")(x)
    y = Add(0.5, name="plus")(y)
    block = Block(np.int64(4), name="block")
    y = block(y)
    block.trainable = not frozen
    return keras.Model(x, y)
