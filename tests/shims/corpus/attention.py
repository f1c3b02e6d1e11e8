"""Attention layers of image networks."""

import math

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import layers


class SqueezeExcitation(layers.Layer):
    """Channel weights from the global mean (squeeze-and-excitation)."""

    def __init__(self, ratio=16, activation="relu", **kwargs):
        super(SqueezeExcitation, self).__init__(**kwargs)
        self.ratio = ratio
        self.activation = activation

    def build(self, input_shape):
        channels = input_shape[-1]
        self.squeeze = layers.GlobalAveragePooling2D()
        self.reduce = layers.Dense(max(channels // self.ratio, 1), activation=self.activation)
        self.expand = layers.Dense(channels, activation="sigmoid")
        self.reshape = layers.Reshape((1, 1, channels))
        self.multiply = layers.Multiply()
        super(SqueezeExcitation, self).build(input_shape)

    def call(self, inputs):
        x = self.squeeze(inputs)
        x = self.reduce(x)
        x = self.expand(x)
        x = self.reshape(x)
        return self.multiply([inputs, x])

    def get_config(self):
        config = super(SqueezeExcitation, self).get_config()
        config.update({"ratio": self.ratio, "activation": self.activation})
        return config


class ChannelAttention(layers.Layer):
    """The channel half of CBAM: one small network judges the mean and the maximum of each channel."""

    def __init__(self, ratio=8, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = int(input_shape[-1])
        hidden = max(1, channels // self.ratio)
        self.shared_one = layers.Dense(hidden, activation="relu", use_bias=True, name="shared_one")
        self.shared_two = layers.Dense(channels, use_bias=True, name="shared_two")

    def call(self, x):
        avg_pool = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        max_pool = tf.reduce_max(x, axis=[1, 2], keepdims=True)
        avg_out = self.shared_two(self.shared_one(avg_pool))
        max_out = self.shared_two(self.shared_one(max_pool))
        scale = tf.nn.sigmoid(avg_out + max_out)
        return x * scale

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


class SpatialAttention(layers.Layer):
    """The spatial half of CBAM: a convolution judges the mean and the maximum over the channels."""

    def __init__(self, kernel_size=7, **kwargs):
        super().__init__(**kwargs)
        assert kernel_size in (3, 5, 7), "kernel size must be 3, 5 or 7"
        self.kernel_size = kernel_size
        self.conv = layers.Conv2D(1, kernel_size, padding="same", activation="sigmoid", use_bias=False)

    def call(self, inputs):
        avg_out = tf.reduce_mean(inputs, axis=-1, keepdims=True)
        max_out = tf.reduce_max(inputs, axis=-1, keepdims=True)
        stacked = tf.concat([avg_out, max_out], axis=-1)
        return inputs * self.conv(stacked)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config["kernel_size"] = self.kernel_size
        return config


class CBAM(layers.Layer):
    """Convolutional block attention: channels first, then space, with an optional residual."""

    def __init__(self, ratio=4, kernel_size=7, residual=False, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio
        self.kernel_size = kernel_size
        self.residual = residual
        self.channel_attention = ChannelAttention(ratio)
        self.spatial_attention = SpatialAttention(kernel_size=kernel_size)

    def call(self, inputs):
        x = self.channel_attention(inputs)
        x = self.spatial_attention(x)
        if self.residual:
            x = x + inputs
        return x

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "ratio": self.ratio,
                "kernel_size": self.kernel_size,
                "residual": self.residual,
            }
        )
        return config


class EfficientChannelAttention(layers.Layer):
    """ECA: a convolution along the channels, its width chosen from their number."""

    def __init__(self, gamma=2, b=1, **kwargs):
        super().__init__(**kwargs)
        self.gamma = gamma
        self.b = b

    def build(self, input_shape):
        channels = input_shape[-1]
        t = int(abs((math.log(channels, 2) + self.b) / self.gamma))
        k = t if t % 2 else t + 1
        self.conv = layers.Conv1D(1, kernel_size=k, padding="same", use_bias=False)
        super().build(input_shape)

    def call(self, inputs):
        y = tf.reduce_mean(inputs, axis=[1, 2])
        y = tf.expand_dims(y, axis=-1)
        y = self.conv(y)
        y = tf.squeeze(y, axis=-1)
        y = tf.nn.sigmoid(y)
        return inputs * y[:, tf.newaxis, tf.newaxis, :]

    def get_config(self):
        config = super().get_config()
        config.update(gamma=self.gamma, b=self.b)
        return config


class CoordinateAttention(layers.Layer):
    """Attention along the height and the width apart (coordinate attention)."""

    def __init__(self, reduction=8, **kwargs):
        super().__init__(**kwargs)
        self.reduction = reduction

    def build(self, input_shape):
        channels = input_shape[-1]
        mid = max(8, channels // self.reduction)
        self.conv1 = layers.Conv2D(mid, 1, name="conv1")
        self.bn1 = layers.BatchNormalization(name="bn1")
        self.conv_h = layers.Conv2D(channels, 1, activation="sigmoid", name="conv_h")
        self.conv_w = layers.Conv2D(channels, 1, activation="sigmoid", name="conv_w")

    def h_swish(self, x):
        return x * tf.nn.relu6(x + 3.0) / 6.0

    def call(self, inputs, training=None):
        _, h, w, _ = inputs.shape
        x_h = tf.reduce_mean(inputs, axis=2, keepdims=True)
        x_w = tf.transpose(tf.reduce_mean(inputs, axis=1, keepdims=True), [0, 2, 1, 3])
        y = tf.concat([x_h, x_w], axis=1)
        y = self.h_swish(self.bn1(self.conv1(y), training=training))
        x_h, x_w = tf.split(y, [h, w], axis=1)
        x_w = tf.transpose(x_w, perm=[0, 2, 1, 3])
        return inputs * self.conv_h(x_h) * self.conv_w(x_w)

    def get_config(self):
        config = super().get_config()
        config.update({"reduction": self.reduction})
        return config


class PixelAttention(layers.Layer):
    """One weight for each pixel and channel, from a 1×1 convolution."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2D(filters, 1)

    def call(self, x):
        return tf.math.multiply(x, tf.math.sigmoid(self.conv(x)))

    def get_config(self):
        return dict(super().get_config(), filters=self.filters)


CASES = [
    Case(
        "SqueezeExcitation",
        BOTH,
        [{}, {"ratio": 4}, {"ratio": 2, "activation": "gelu"}],
        [[1, 8, 8, 16], [3, 5, 7, 8], [1, 1, 1, 4]],
    ),
    Case("ChannelAttention", BOTH, [{}, {"ratio": 3}], [[1, 8, 8, 16], [3, 5, 7, 9], [2, 1, 1, 4]]),
    Case("SpatialAttention", BOTH, [{}, {"kernel_size": 3}], [[1, 8, 8, 4], [3, 5, 7, 2], [1, 64, 64, 3]]),
    Case("CBAM", BOTH, [{}, {"ratio": 2, "kernel_size": 5, "residual": True}], [[1, 8, 8, 8], [3, 5, 7, 4]]),
    Case(
        "EfficientChannelAttention",
        BOTH,
        [{}, {"gamma": 1, "b": 2}],
        [[1, 8, 8, 16], [3, 5, 7, 8], [1, 1, 1, 64]],
    ),
    Case("CoordinateAttention", BOTH, [{}, {"reduction": 2}], [[1, 8, 6, 16], [3, 5, 7, 32], [1, 1, 1, 4]]),
    Case("PixelAttention", BOTH, [{"filters": 4}, {"filters": 1}], [[1, 8, 8, 4], [3, 5, 7, 4]]),
]
