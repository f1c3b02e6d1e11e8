"""Gates and residuals with a learned share."""

import keras
import tensorflow as tf
from case import KERAS, Case
from keras import backend, layers, ops


class MinibatchStdDev(layers.Layer):
    """The deviation over the batch as one more channel."""

    def __init__(self, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs):
        mean = tf.reduce_mean(inputs, axis=0, keepdims=True)
        squared_diff = tf.square(inputs - mean)
        variance = tf.reduce_mean(squared_diff, axis=0, keepdims=True) + self.epsilon
        average = tf.reduce_mean(tf.sqrt(variance), keepdims=True)
        shape = tf.shape(inputs)
        minibatch = tf.tile(average, (shape[0], shape[1], shape[2], 1))
        return tf.concat([inputs, minibatch], axis=-1)

    def compute_output_shape(self, input_shape):
        input_shape = list(input_shape)
        input_shape[-1] += 1
        return tuple(input_shape)

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon})
        return config


class GatedResidual(layers.Layer):
    """x + tanh(a)·f(x), with a one learned number (ReZero, SkipInit)."""

    def __init__(self, filters, squash=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.squash = squash

    def build(self, input_shape):
        self.alpha = self.add_weight(name="alpha", shape=(1,), initializer="zeros", dtype="float32")
        self.body = keras.Sequential(
            [
                layers.Conv2D(self.filters, 3, padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Conv2D(input_shape[-1], 3, padding="same"),
            ]
        )
        self.body.build(input_shape)

    def call(self, x):
        alpha = ops.tanh(self.alpha) if self.squash else self.alpha
        return x + alpha * self.body(x)

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "squash": self.squash})
        return config


class SqueezeByMax(layers.Layer):
    """Channel weights from the global maximum, by hand and in either format of the data."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = data_format or backend.image_data_format()

    def build(self, input_shape):
        self.channel_axis = -1 if self.data_format == "channels_last" else 1
        c = input_shape[self.channel_axis]
        self.w = self.add_weight(name="w", shape=(c, c), initializer="orthogonal")

    def call(self, x):
        axes = [1, 2] if self.data_format == "channels_last" else [2, 3]
        s = ops.sigmoid(ops.matmul(ops.max(x, axis=axes), self.w))
        s = s[:, None, None, :] if self.channel_axis == -1 else s[:, :, None, None]
        return x * s

    def get_config(self):
        config = super().get_config()
        config.update({"data_format": self.data_format})
        return config


class HighwayGate(layers.Layer):
    """Highway connection: a gate shares out the new and the old."""

    def __init__(self, activation="relu", bias_init=-1.0, use_layer_norm=False, **kwargs):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.bias_init = bias_init
        self.use_layer_norm = use_layer_norm

    def build(self, input_shape):
        dim = input_shape[-1]
        self.transform = layers.Dense(dim)
        self.gate = layers.Dense(dim, bias_initializer=keras.initializers.Constant(self.bias_init))
        if self.use_layer_norm:
            self.norm = layers.LayerNormalization()

    def call(self, x):
        t = ops.sigmoid(self.gate(x))
        h = self.activation(self.transform(x))
        y = t * h + (1 - t) * x
        if self.use_layer_norm:
            y = self.norm(y)
        return y

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "activation": keras.activations.serialize(self.activation),
                "bias_init": self.bias_init,
                "use_layer_norm": self.use_layer_norm,
            }
        )
        return config


CASES = [
    Case("MinibatchStdDev", KERAS, [{}, {"epsilon": 0.01}], [[1, 8, 8, 3], [3, 5, 7, 2], [4, 1, 1, 4]]),
    Case(
        "GatedResidual", KERAS, [{"filters": 4}, {"filters": 2, "squash": True}], [[1, 8, 8, 3], [3, 5, 7, 2]]
    ),
    Case("SqueezeByMax", KERAS, [{}, {"data_format": "channels_first"}], [[1, 8, 8, 8], [3, 5, 7, 4]]),
    Case(
        "HighwayGate",
        KERAS,
        [{}, {"activation": "tanh", "bias_init": -2.0, "use_layer_norm": True}],
        [[1, 8], [3, 5, 6]],
    ),
]
