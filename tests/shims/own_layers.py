"""Custom layers as a user has them, in a file of their own."""

import tensorflow as tf
from tensorflow.keras import layers


class ChannelGate(layers.Layer):
    """Squeeze and excitation with a residual connection."""

    def __init__(self, ratio=4, strength=1.0, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio
        self.strength = strength

    def build(self, input_shape):
        channels = input_shape[-1]
        self.down = layers.Dense(channels // self.ratio, activation="relu", name="down")
        self.up = layers.Dense(channels, name="up")
        self.offset = self.add_weight(name="offset", shape=(channels,), initializer="zeros")
        super().build(input_shape)

    def call(self, inputs):
        pooled = tf.reduce_mean(inputs, axis=[1, 2], keepdims=True)
        gate = tf.sigmoid(self.up(self.down(pooled)) + self.offset)
        return inputs + self.strength * inputs * gate

    def get_config(self):
        config = super().get_config()
        config.update({"ratio": self.ratio, "strength": self.strength})
        return config


class Forgetful(layers.Layer):
    """Has no ``get_config``: a file keeps nothing of ``amount``."""

    def __init__(self, amount, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def call(self, inputs):
        return inputs * self.amount

    def get_config(self):
        return super().get_config()


class Noisy(layers.Layer):
    """Means nothing twice: no translation can be right."""

    def call(self, inputs):
        return inputs + tf.random.normal(tf.shape(inputs))


class SE_Block(layers.Layer):  # noqa: N801 - as people name them
    """A name that TensorFlow.js rewrites."""

    def call(self, inputs):
        return inputs * tf.sigmoid(tf.reduce_mean(inputs, axis=[1, 2], keepdims=True))
