"""Layers that make pictures larger or smaller."""

import numpy as np
import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Conv2D, Layer


class UpSampleBy(Layer):
    """tf.image.resize by a factor of the configuration."""

    def __init__(self, factor=2, method="bilinear", **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.method = method

    def call(self, inputs):
        shape = tf.shape(inputs)
        return tf.image.resize(inputs, (shape[1] * self.factor, shape[2] * self.factor), method=self.method)

    def compute_output_shape(self, input_shape):
        h = None if input_shape[1] is None else input_shape[1] * self.factor
        w = None if input_shape[2] is None else input_shape[2] * self.factor
        return (input_shape[0], h, w, input_shape[3])

    def get_config(self):
        config = super().get_config()
        config.update({"factor": self.factor, "method": self.method})
        return config


class ResizeLike(Layer):
    """The first input at the size of the second."""

    def __init__(self, method="nearest", **kwargs):
        super().__init__(**kwargs)
        self.method = method

    def call(self, inputs):
        source, target = inputs
        size = tf.shape(target)[1:3]
        if self.method == "nearest":
            return tf.image.resize(source, size, method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
        return tf.image.resize(source, size, method=tf.image.ResizeMethod.BILINEAR)

    def compute_output_shape(self, input_shape):
        source, target = input_shape
        return (source[0], target[1], target[2], source[-1])

    def get_config(self):
        return {**super().get_config(), "method": self.method}


class BilinearTo(Layer):
    """A fixed size, whatever comes in."""

    def __init__(self, height, width=None, **kwargs):
        super().__init__(**kwargs)
        self.target = (height, width if width is not None else height)

    def call(self, x):
        return tf.image.resize(x, self.target)

    def compute_output_shape(self, input_shape):
        return (input_shape[0],) + self.target + (input_shape[-1],)

    def get_config(self):
        config = super().get_config()
        config.update({"height": self.target[0], "width": self.target[1]})
        return config


class NearestUpsample(Layer):
    """Nearest neighbours by repeating rows and columns."""

    def __init__(self, scale=2, **kwargs):
        self.scale = scale
        super().__init__(**kwargs)

    def call(self, x):
        x = K.repeat_elements(x, self.scale, axis=1)
        x = K.repeat_elements(x, self.scale, axis=2)
        return x

    def get_config(self):
        config = super().get_config()
        config["scale"] = self.scale
        return config


class TileUpsample(Layer):
    """Nearest neighbours by tiling, as in the progressive GAN."""

    def __init__(self, factor=2, gain=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = int(factor)
        self.gain = float(gain)

    def call(self, x):
        if self.gain != 1:
            x *= self.gain
        if self.factor == 1:
            return x
        s = x.shape
        h, w, c = s[1], s[2], s[3]
        x = tf.reshape(x, [-1, h, 1, w, 1, c])
        x = tf.tile(x, [1, 1, self.factor, 1, self.factor, 1])
        return tf.reshape(x, [-1, h * self.factor, w * self.factor, c])

    def get_config(self):
        config = super().get_config()
        config.update({"factor": self.factor, "gain": self.gain})
        return config


class MeanDownsample(Layer):
    """A box filter and a stride, by average pooling."""

    def __init__(self, factor=2, padding="VALID", **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.padding = padding

    def call(self, x):
        ksize = [1, self.factor, self.factor, 1]
        return tf.nn.avg_pool(x, ksize=ksize, strides=ksize, padding=self.padding)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor, "padding": self.padding}


class BlurPool(Layer):
    """Anti-aliased downsampling: a fixed binomial kernel for each channel, then a stride."""

    def __init__(self, kernel_size=3, strides=2, **kwargs):
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.strides = strides

    def build(self, input_shape):
        if self.kernel_size == 3:
            a = np.array([1.0, 2.0, 1.0])
        elif self.kernel_size == 5:
            a = np.array([1.0, 4.0, 6.0, 4.0, 1.0])
        else:
            raise NotImplementedError
        kernel = a[:, None] * a[None, :]
        kernel = kernel / np.sum(kernel)
        kernel = np.repeat(kernel[:, :, None, None], input_shape[-1], axis=2)
        self.blur_kernel = tf.constant(kernel, dtype=tf.float32)
        super().build(input_shape)

    def call(self, x):
        return tf.nn.depthwise_conv2d(
            x, self.blur_kernel, strides=[1, self.strides, self.strides, 1], padding="SAME"
        )

    def get_config(self):
        config = super().get_config()
        config.update({"kernel_size": self.kernel_size, "strides": self.strides})
        return config


class UpConv(Layer):
    """Resize-convolution: doubled by nearest neighbours as often as asked, a convolution after each."""

    def __init__(self, filters, times=1, kernel_initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.times = times
        self.kernel_initializer = kernel_initializer
        self.convs = []
        for i in range(times):
            self.convs.append(
                Conv2D(
                    filters,
                    3,
                    padding="same",
                    kernel_initializer=kernel_initializer,
                    activation=tf.nn.leaky_relu if i < times - 1 else None,
                    name="up_conv_%d" % i,
                )
            )

    def call(self, x):
        for conv in self.convs:
            x = tf.image.resize(x, tf.shape(x)[1:3] * 2, method="nearest")
            x = conv(x)
        return x

    def compute_output_shape(self, input_shape):
        b, h, w, _ = input_shape
        factor = 2**self.times
        return (b, h and h * factor, w and w * factor, self.filters)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"filters": self.filters, "times": self.times, "kernel_initializer": self.kernel_initializer}
        )
        return config


class PyramidPooling(Layer):
    """Pooled views of the picture at several scales, each projected and brought back to its size."""

    def __init__(self, bins=(1, 2), filters=4, **kwargs):
        super().__init__(**kwargs)
        self.bins = tuple(bins)
        self.filters = filters
        self.convs = [Conv2D(filters, 1, use_bias=False, name=f"conv_{b}") for b in self.bins]

    def call(self, inputs):
        size = tf.shape(inputs)[1:3]
        height, width = inputs.shape[1], inputs.shape[2]
        outputs = [inputs]
        for b, conv in zip(self.bins, self.convs):
            kernel = (height // b, width // b)
            pooled = tf.nn.avg_pool2d(inputs, kernel, kernel, "VALID")
            outputs.append(tf.image.resize(conv(pooled), size))
        return tf.concat(outputs, axis=-1)

    def get_config(self):
        config = super().get_config()
        config.update({"bins": list(self.bins), "filters": self.filters})
        return config


CASES = [
    Case(
        "UpSampleBy",
        BOTH,
        [{}, {"factor": 3}, {"factor": 4, "method": "nearest"}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 4], [1, 64, 64, 3]],
    ),
    Case(
        "ResizeLike",
        BOTH,
        [{}, {"method": "bilinear"}],
        [[[1, 4, 4, 3], [1, 8, 8, 2]], [[3, 5, 7, 2], [3, 10, 21, 1]], [[2, 8, 6, 2], [2, 3, 3, 2]]],
    ),
    Case("BilinearTo", BOTH, [{"height": 8}, {"height": 6, "width": 3}], [[1, 4, 4, 3], [3, 9, 7, 2]]),
    Case("NearestUpsample", BOTH, [{}, {"scale": 3}], [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 4]]),
    Case("TileUpsample", BOTH, [{}, {"factor": 1}, {"factor": 3, "gain": 0.5}], [[1, 4, 4, 3], [3, 5, 7, 2]]),
    Case(
        "MeanDownsample",
        BOTH,
        [{}, {"factor": 3}, {"factor": 4, "padding": "SAME"}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 64, 64, 3]],
    ),
    Case(
        "BlurPool",
        BOTH,
        [{}, {"kernel_size": 5}, {"strides": 1}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 4], [1, 64, 64, 3]],
    ),
    Case("UpConv", BOTH, [{"filters": 4}, {"filters": 2, "times": 2}], [[1, 4, 4, 3], [3, 5, 3, 2]]),
    Case(
        "PyramidPooling",
        BOTH,
        [{}, {"bins": [1, 2, 4], "filters": 2}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
]
