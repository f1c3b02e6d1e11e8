"""Layers that no translation may claim to serve: each does what TensorFlow.js cannot, or not the same."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from case import BOTH, Case
from scipy import ndimage
from tensorflow.keras import layers

DATA = Path(__file__)


class PyFunctionMedian(layers.Layer):
    """Runs Python on the values."""

    def call(self, x):
        return tf.py_function(lambda v: np.median(v, axis=-1, keepdims=True), [x], tf.float32)


class AlwaysNoisy(layers.Layer):
    """Noise at inference too: no two runs agree."""

    def __init__(self, stddev=0.1, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, x):
        return x + tf.random.normal(tf.shape(x), stddev=self.stddev)

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev}


class UntilConverged(layers.Layer):
    """Loops as long as the values want it."""

    def call(self, x):
        while tf.reduce_max(tf.abs(x)) > 1.0:
            x = x / 2.0
        return x


class MapOverBatch(layers.Layer):
    """A Python closure over each picture of the batch."""

    def __init__(self, levels=4, **kwargs):
        super().__init__(**kwargs)
        self.levels = levels

    def call(self, x):
        def equalize(image):
            histogram = tf.histogram_fixed_width(image, [-1.0, 1.0], nbins=self.levels)
            return image * tf.cast(tf.reduce_max(histogram), image.dtype)

        return tf.map_fn(equalize, x)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels}


class FromFile(layers.Layer):
    """Takes a constant from a file."""

    def build(self, input_shape):
        with open(DATA, "rb") as file:
            self.constant = float(len(file.read(10)))
        super().build(input_shape)

    def call(self, x):
        return x * self.constant


class NumpyOnTensors(layers.Layer):
    """Leaves the graph: only eager tensors have values for NumPy."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def call(self, x):
        values = x.numpy() if hasattr(x, "numpy") else np.zeros([1 if d is None else d for d in x.shape])
        return tf.convert_to_tensor(np.percentile(values, 50, axis=-1, keepdims=True).astype("float32"))


class ScipyBlur(layers.Layer):
    """Takes its kernel from SciPy."""

    def __init__(self, sigma=1.0, **kwargs):
        super().__init__(**kwargs)
        self.sigma = sigma

    def build(self, input_shape):
        impulse = np.zeros((5, 5), "float32")
        impulse[2, 2] = 1
        kernel = ndimage.gaussian_filter(impulse, self.sigma)
        self.kernel = tf.constant(np.repeat(kernel[:, :, None, None], input_shape[-1], axis=2))
        super().build(input_shape)

    def call(self, x):
        return tf.nn.depthwise_conv2d(x, self.kernel, [1, 1, 1, 1], "SAME")

    def get_config(self):
        return {**super().get_config(), "sigma": self.sigma}


class BicubicAntialias(layers.Layer):
    """A resize that TensorFlow.js does not have."""

    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        size = tf.shape(x)[1:3] // self.factor
        return tf.image.resize(x, size, method="bicubic", antialias=True)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class RunningPeak(layers.Layer):
    """Remembers from call to call."""

    def build(self, input_shape):
        self.peak = self.add_weight(name="peak", shape=(), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, x):
        self.peak.assign(tf.maximum(self.peak, tf.reduce_max(tf.abs(x))))
        return x / (self.peak + 1.0)


class RawGlimpse(layers.Layer):
    """Calls a raw operation."""

    def call(self, x):
        return tf.raw_ops.ExtractGlimpse(
            input=x, size=tf.constant([2, 2]), offsets=tf.zeros((tf.shape(x)[0], 2)), uniform_noise=False
        )


class BranchOnValue(layers.Layer):
    """Decides in Python, by the values."""

    def call(self, x):
        if tf.reduce_mean(x) > 0:
            return x
        return -x


class ComplexSpectrum(layers.Layer):
    """Filters in a complex three-dimensional spectrum, which TensorFlow.js cannot reach."""

    def call(self, x):
        spectrum = tf.signal.fft3d(tf.cast(x, tf.complex64))
        return tf.math.real(tf.signal.ifft3d(spectrum * tf.constant(0.5 + 0.0j, tf.complex64)))


CASES = [
    Case("PyFunctionMedian", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("AlwaysNoisy", BOTH, [{}, {"stddev": 0.5}], [[1, 8, 8, 3]], expect="refuse"),
    Case("UntilConverged", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse", low=-8, high=8),
    Case("MapOverBatch", BOTH, [{}, {"levels": 2}], [[3, 5, 7, 2]], expect="refuse"),
    Case("FromFile", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("NumpyOnTensors", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("ScipyBlur", BOTH, [{}, {"sigma": 2.0}], [[1, 8, 8, 3]], expect="refuse"),
    Case("BicubicAntialias", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("RunningPeak", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("RawGlimpse", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("BranchOnValue", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
    Case("ComplexSpectrum", BOTH, [{}], [[1, 8, 8, 3]], expect="refuse"),
]
