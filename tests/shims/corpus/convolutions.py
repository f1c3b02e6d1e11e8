"""Convolutions with a kernel of their own."""

import numpy as np
import tensorflow as tf
from case import BOTH, Case
from tensorflow import keras
from tensorflow.keras import initializers, regularizers
from tensorflow.keras.layers import Layer


class WeightStandardizedConv2D(Layer):
    """A convolution whose kernel is brought to mean 0 and deviation 1 each time."""

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="SAME", eps=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size if isinstance(kernel_size, (list, tuple)) else (kernel_size,) * 2
        self.strides = strides
        self.padding = padding
        self.eps = eps

    def build(self, input_shape):
        kernel_shape = tuple(self.kernel_size) + (input_shape[-1], self.filters)
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel_shape,
            initializer="he_normal",
            regularizer=regularizers.l2(1e-4),
            trainable=True,
        )
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros", trainable=True)
        super().build(input_shape)

    def standardize(self, kernel):
        mean = tf.reduce_mean(kernel, axis=[0, 1, 2], keepdims=True)
        std = tf.math.reduce_std(kernel, axis=[0, 1, 2], keepdims=True)
        return (kernel - mean) / (std + self.eps)

    def call(self, inputs):
        kernel = self.standardize(self.kernel)
        x = tf.nn.conv2d(inputs, kernel, strides=self.strides, padding=self.padding.upper())
        return tf.nn.bias_add(x, self.bias)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "padding": self.padding,
                "eps": self.eps,
            }
        )
        return config


class ModulatedConv2D(Layer):
    """The second StyleGAN's convolution: the style scales the input, demodulation the output."""

    def __init__(self, filters, kernel_size=3, demodulate=True, eps=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.demodulate = demodulate
        self.eps = eps

    def build(self, input_shape):
        image, style = input_shape
        fan_in = self.kernel_size * self.kernel_size * image[-1]
        self.runtime_coef = float(1.0 / np.sqrt(fan_in))
        self.w = self.add_weight(
            name="w",
            shape=(self.kernel_size, self.kernel_size, image[-1], self.filters),
            initializer=initializers.RandomNormal(0.0, 1.0),
        )
        self.affine = keras.layers.Dense(image[-1], bias_initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        x, style = inputs
        s = self.affine(style)
        w = self.w * self.runtime_coef
        x = x * s[:, None, None, :]
        x = tf.nn.conv2d(x, w, strides=1, padding="SAME")
        if self.demodulate:
            ww = w[None] * s[:, None, None, :, None]
            d = tf.math.rsqrt(tf.reduce_sum(tf.square(ww), axis=[1, 2, 3]) + self.eps)
            x = x * d[:, None, None, :]
        return x

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters, kernel_size=self.kernel_size, demodulate=self.demodulate, eps=self.eps
        )
        return config


class EqualizedConv2D(Layer):
    """The progressive GAN's convolution: the kernel times He's constant at run time."""

    def __init__(self, out_channels, kernel=3, gain=2, **kwargs):
        super().__init__(**kwargs)
        self.kernel = kernel
        self.out_channels = out_channels
        self.gain = gain
        self.pad = kernel != 1

    def build(self, input_shape):
        self.in_channels = input_shape[-1]
        initializer = keras.initializers.RandomNormal(mean=0.0, stddev=1.0)
        self.w = self.add_weight(
            shape=[self.kernel, self.kernel, self.in_channels, self.out_channels],
            initializer=initializer,
            trainable=True,
            name="kernel",
        )
        self.b = self.add_weight(shape=(self.out_channels,), initializer="zeros", trainable=True, name="bias")
        fan_in = self.kernel * self.kernel * self.in_channels
        self.scale = tf.sqrt(self.gain / fan_in)

    def call(self, inputs):
        if self.pad:
            x = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
        else:
            x = inputs
        output = tf.nn.conv2d(x, self.scale * self.w, strides=1, padding="VALID") + self.b
        return output

    def get_config(self):
        config = super().get_config()
        config["out_channels"] = self.out_channels
        config["kernel"] = self.kernel
        config["gain"] = self.gain
        return config


class GatedConv2D(Layer):
    """Gated convolution of inpainting networks: half of the filters open and close the other half."""

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        activation="elu",
        kernel_initializer="glorot_uniform",
        kernel_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.activation = activation
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        self.conv = keras.layers.Conv2D(
            filters=2 * self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            padding="same",
            kernel_initializer=self.kernel_initializer,
            kernel_regularizer=self.kernel_regularizer,
        )
        self.conv.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv(inputs)
        x, gate = tf.split(x, 2, axis=-1)
        return keras.activations.get(self.activation)(x) * tf.sigmoid(gate)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "dilation_rate": self.dilation_rate,
                "activation": self.activation,
                "kernel_initializer": initializers.serialize(self.kernel_initializer),
                "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            }
        )
        return config


class PartialConv2D(Layer):
    """Convolution of a picture with holes: renormalised by the share of the window that is known."""

    def __init__(self, filters, kernel_size=3, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size

    def build(self, input_shape):
        c = input_shape[0][-1]
        k = self.kernel_size
        self.kernel = self.add_weight(name="img_kernel", shape=(k, k, c, self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.mask_kernel = tf.ones((k, k, 1, 1))
        self.window = float(k * k)
        super().build(input_shape)

    def call(self, inputs):
        image, mask = inputs[0], inputs[1]
        mask = tf.cast(mask > 0, tf.float32)
        known = tf.nn.conv2d(mask, self.mask_kernel, strides=[1, 1, 1, 1], padding="SAME")
        valid = tf.cast(known > 0, "float32")
        ratio = self.window / (known + 1e-6) * valid
        out = tf.nn.conv2d(image * mask, self.kernel, strides=[1, 1, 1, 1], padding="SAME")
        return [out * ratio + self.bias, valid]

    def compute_output_shape(self, input_shape):
        image, mask = input_shape
        return [tuple(image[:-1]) + (self.filters,), tuple(mask)]

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "kernel_size": self.kernel_size})
        return config


CASES = [
    Case(
        "WeightStandardizedConv2D",
        BOTH,
        [
            {"filters": 4, "kernel_size": 3},
            {"filters": 2, "kernel_size": [3, 5], "strides": [2, 2], "padding": "valid"},
        ],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case(
        "ModulatedConv2D",
        BOTH,
        [{"filters": 4}, {"filters": 2, "kernel_size": 1, "demodulate": False}],
        [[[1, 8, 8, 3], [1, 6]], [[3, 5, 7, 2], [3, 4]]],
    ),
    Case(
        "EqualizedConv2D",
        BOTH,
        [{"out_channels": 4}, {"out_channels": 2, "kernel": 1, "gain": 1}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case(
        "GatedConv2D",
        BOTH,
        [
            {"filters": 4},
            {"filters": 2, "kernel_size": 5, "strides": 2, "activation": "relu"},
            {"filters": 2, "dilation_rate": 2, "kernel_initializer": "he_normal", "kernel_regularizer": "l2"},
        ],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case(
        "PartialConv2D",
        BOTH,
        [{"filters": 4}, {"filters": 2, "kernel_size": 5}],
        [[[1, 8, 8, 3], [1, 8, 8, 1]], [[3, 5, 7, 2], [3, 5, 7, 1]]],
    ),
]
