"""Fixed and separable filters."""

import numpy as np
import tensorflow as tf
from case import BOTH, Case
from tensorflow import keras
from tensorflow.keras.layers import Layer


class SobelEdges(Layer):
    """Horizontal and vertical differences of every channel, or their length."""

    def __init__(self, magnitude=False, **kwargs):
        super().__init__(**kwargs)
        self.magnitude = magnitude

    def build(self, input_shape):
        sobel_x = tf.constant([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
        sobel_y = tf.transpose(sobel_x)
        kernel = tf.stack([sobel_x, sobel_y], axis=-1)
        kernel = tf.reshape(kernel, [3, 3, 1, 2])
        self.kernel = tf.tile(kernel, [1, 1, input_shape[-1], 1])
        super().build(input_shape)

    def call(self, x):
        edges = tf.nn.depthwise_conv2d(x, self.kernel, strides=[1, 1, 1, 1], padding="SAME")
        if self.magnitude:
            gx, gy = edges[..., 0::2], edges[..., 1::2]
            edges = tf.sqrt(gx**2 + gy**2 + 1e-6)
        return edges

    def get_config(self):
        config = super().get_config()
        config.update({"magnitude": self.magnitude})
        return config


class LaplacianSharpen(Layer):
    """A fixed filter that no weight belongs to, mixed in by a learned share."""

    def __init__(self, amount=0.5, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def build(self, input_shape):
        channels = input_shape[-1]
        k = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=np.float32)
        kernel = np.zeros((3, 3, channels, channels), dtype=np.float32)
        for i in range(channels):
            kernel[:, :, i, i] = k
        self.kernel = self.add_weight(
            name="laplacian",
            shape=kernel.shape,
            initializer=keras.initializers.Constant(kernel),
            trainable=False,
        )
        self.share = self.add_weight(
            name="share", shape=(1,), initializer=keras.initializers.Constant(self.amount)
        )
        super().build(input_shape)

    def call(self, x):
        return x + self.share * tf.nn.convolution(x, self.kernel, padding="SAME")

    def get_config(self):
        config = super().get_config()
        config.update({"amount": self.amount})
        return config


class SeparableLearned(Layer):
    """A depthwise kernel and a dense matrix, both its own, at any dilation."""

    def __init__(self, units, dilation=1, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units, self.dilation, self.use_bias = units, dilation, use_bias

    def build(self, shape):
        *_, c = shape
        self.dw = self.add_weight(name="depthwise", shape=(3, 3, c, 1), initializer="glorot_uniform")
        self.pw = self.add_weight(name="pointwise", shape=(c, self.units), initializer="glorot_uniform")
        if self.use_bias:
            self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, x):
        y = tf.nn.depthwise_conv2d(
            x, self.dw, strides=(1, 1, 1, 1), padding="SAME", dilations=(self.dilation, self.dilation)
        )
        y = tf.tensordot(y, self.pw, axes=[[-1], [0]])
        if self.use_bias:
            y += self.b
        return y

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "dilation": self.dilation, "use_bias": self.use_bias})
        return config


class TransposedUp(Layer):
    """A transposed convolution with its own kernel and an output shape of its own reckoning."""

    def __init__(self, filters, stride=2, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.stride = stride

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(self.stride * 2, self.stride * 2, self.filters, input_shape[-1])
        )

    def call(self, x):
        shape = tf.shape(x)
        output_shape = tf.stack([shape[0], shape[1] * self.stride, shape[2] * self.stride, self.filters])
        return tf.nn.conv2d_transpose(x, self.kernel, output_shape, strides=self.stride, padding="SAME")

    def compute_output_shape(self, input_shape):
        up = lambda size: None if size is None else size * self.stride
        return (input_shape[0], up(input_shape[1]), up(input_shape[2]), self.filters)

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "stride": self.stride})
        return config


CASES = [
    Case("SobelEdges", BOTH, [{}, {"magnitude": True}], [[1, 8, 8, 3], [3, 5, 7, 2], [1, 64, 64, 3]]),
    Case("LaplacianSharpen", BOTH, [{}, {"amount": 0.1}], [[1, 8, 8, 3], [3, 5, 7, 2]]),
    Case(
        "SeparableLearned",
        BOTH,
        [{"units": 4}, {"units": 2, "dilation": 2, "use_bias": False}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case("TransposedUp", BOTH, [{"filters": 4}, {"filters": 2, "stride": 3}], [[1, 8, 8, 3], [3, 5, 7, 2]]),
]
