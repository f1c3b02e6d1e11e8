"""Layers that tell a network where, when and which."""

import math

import numpy as np
import tensorflow as tf
from case import BOTH, KERAS, Case
from keras import ops
from tensorflow import keras
from tensorflow.keras import layers


class CoordConv(layers.Layer):
    """Coordinates as further channels before a convolution, with the radius if wanted."""

    def __init__(self, filters, kernel_size=3, with_r=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.with_r = with_r
        self.conv = layers.Conv2D(filters, kernel_size, padding="same")

    def add_coords(self, x):
        shape = tf.shape(x)
        batch, h, w = shape[0], shape[1], shape[2]
        ys = tf.cast(tf.range(h), x.dtype) / tf.cast(tf.maximum(h - 1, 1), x.dtype) * 2.0 - 1.0
        xs = tf.cast(tf.range(w), x.dtype) / tf.cast(tf.maximum(w - 1, 1), x.dtype) * 2.0 - 1.0
        yy = tf.tile(tf.reshape(ys, [1, h, 1, 1]), [batch, 1, w, 1])
        xx = tf.tile(tf.reshape(xs, [1, 1, w, 1]), [batch, h, 1, 1])
        channels = [x, xx, yy]
        if self.with_r:
            channels.append(tf.sqrt(tf.square(xx) + tf.square(yy)))
        return tf.concat(channels, axis=-1)

    def call(self, inputs):
        return self.conv(self.add_coords(inputs))

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "kernel_size": self.kernel_size, "with_r": self.with_r})
        return config


class MeshgridCoords(layers.Layer):
    """The same by a mesh grid, coordinates in 0…1."""

    def call(self, x):
        b, h, w = tf.shape(x)[0], tf.shape(x)[1], tf.shape(x)[2]
        yy, xx = tf.meshgrid(tf.linspace(0.0, 1.0, h), tf.linspace(0.0, 1.0, w), indexing="ij")
        grid = tf.stack([xx, yy], axis=-1)[tf.newaxis]
        return tf.concat([x, tf.broadcast_to(grid, [b, h, w, 2])], axis=-1)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1]) + (input_shape[-1] + 2,)


class SinusoidalPositions(layers.Layer):
    """The transformer's sines and cosines, added; the table made in build."""

    def __init__(self, max_length=64, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.max_length = max_length
        self.scale = scale

    def positional_encoding(self, length, depth):
        positions = np.arange(length)[:, np.newaxis]
        dims = np.arange(depth)[np.newaxis, :]
        angle_rates = 1 / np.power(10000, (2 * (dims // 2)) / np.float32(depth))
        angle_rads = positions * angle_rates
        angle_rads[:, 0::2] = np.sin(angle_rads[:, 0::2])
        angle_rads[:, 1::2] = np.cos(angle_rads[:, 1::2])
        return tf.cast(angle_rads[np.newaxis, ...], dtype=tf.float32)

    def build(self, input_shape):
        self.pos_encoding = self.positional_encoding(self.max_length, input_shape[-1])
        super().build(input_shape)

    def call(self, x):
        length = tf.shape(x)[1]
        return x * self.scale + self.pos_encoding[:, :length, :]

    def get_config(self):
        config = super().get_config()
        config.update({"max_length": self.max_length, "scale": self.scale})
        return config


class TimeEmbedding(layers.Layer):
    """A diffusion model's embedding of its step: sines and cosines of falling frequency."""

    def __init__(self, dim, max_period=10000, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.half_dim = dim // 2
        self.max_period = max_period

    def call(self, inputs):
        emb = math.log(self.max_period) / (self.half_dim - 1)
        freqs = tf.exp(tf.range(self.half_dim, dtype=tf.float32) * -emb)
        angles = tf.cast(inputs, dtype=tf.float32) * freqs[None, :]
        return tf.concat([tf.sin(angles), tf.cos(angles)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.half_dim * 2)

    def get_config(self):
        return {**super().get_config(), "dim": self.dim, "max_period": self.max_period}


class FourierFeatures(keras.layers.Layer):
    """Frequencies doubled from one to the next, for every channel."""

    def __init__(self, num_frequencies=4, include_input=True, **kwargs):
        super().__init__(**kwargs)
        self.num_frequencies = num_frequencies
        self.include_input = include_input

    def call(self, x):
        out = [x] if self.include_input else []
        for i in range(self.num_frequencies):
            for fn in [tf.sin, tf.cos]:
                out.append(fn(2.0**i * np.pi * x))
        return tf.concat(out, axis=-1)

    def get_config(self):
        config = super().get_config()
        config.update(num_frequencies=self.num_frequencies, include_input=self.include_input)
        return config


class LearnedPositions(layers.Layer):
    """A learned vector for every place, looked up by index."""

    def __init__(self, sequence_length, **kwargs):
        super().__init__(**kwargs)
        self.sequence_length = sequence_length

    def build(self, input_shape):
        self.table = self.add_weight(
            name="embeddings", shape=(self.sequence_length, input_shape[-1]), initializer="uniform"
        )
        super().build(input_shape)

    def call(self, tokens):
        positions = tf.range(start=0, limit=tf.shape(tokens)[-2], delta=1)
        return tokens + tf.gather(self.table, positions)

    def get_config(self):
        config = super().get_config()
        config["sequence_length"] = self.sequence_length
        return config


class ClassToken(layers.Layer):
    """A learned token before all others."""

    def build(self, input_shape):
        self.hidden_size = input_shape[-1]
        self.cls = self.add_weight(name="cls", shape=(1, 1, self.hidden_size), initializer="zeros")

    def call(self, inputs):
        batch_size = tf.shape(inputs)[0]
        cls_broadcasted = tf.cast(
            tf.broadcast_to(self.cls, [batch_size, 1, self.hidden_size]), dtype=inputs.dtype
        )
        return tf.concat([cls_broadcasted, inputs], 1)


class RotaryEmbedding(layers.Layer):
    """Rotary position embedding: pairs of channels turned by an angle that grows with the place."""

    def __init__(self, base=10000.0, **kwargs):
        super().__init__(**kwargs)
        self.base = base

    def build(self, input_shape):
        dim = input_shape[-1]
        self.inv_freq = 1.0 / (self.base ** (tf.range(0, dim, 2, dtype=tf.float32) / dim))
        super().build(input_shape)

    def rotate_half(self, x):
        x1, x2 = tf.split(x, 2, axis=-1)
        return tf.concat((-x2, x1), axis=-1)

    def call(self, x):
        t = tf.range(tf.shape(x)[1], dtype=tf.float32)
        freqs = tf.einsum("i,j->ij", t, self.inv_freq)
        emb = tf.concat((freqs, freqs), axis=-1)
        return x * tf.cos(emb) + self.rotate_half(x) * tf.sin(emb)

    def get_config(self):
        config = super().get_config()
        config.update({"base": self.base})
        return config


class RelativePositionBias(layers.Layer):
    """Swin's learned bias: a small table, gathered by an index that numpy makes in build."""

    def __init__(self, window_size, **kwargs):
        super().__init__(**kwargs)
        self.window_size = tuple(window_size)

    def build(self, input_shape):
        heads = input_shape[1]
        height, width = self.window_size
        elements = (2 * height - 1) * (2 * width - 1)
        self.bias_table = self.add_weight(
            name="relative_position_bias_table", shape=(elements, heads), initializer="zeros"
        )
        coords = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"))
        flat = coords.reshape(2, -1)
        relative = flat[:, :, None] - flat[:, None, :]
        relative = relative.transpose([1, 2, 0])
        relative[:, :, 0] += height - 1
        relative[:, :, 1] += width - 1
        relative[:, :, 0] *= 2 * width - 1
        self.index = tf.constant(relative.sum(-1).reshape(-1), dtype=tf.int32)
        super().build(input_shape)

    def call(self, attention):
        n = self.window_size[0] * self.window_size[1]
        bias = tf.gather(self.bias_table, self.index)
        bias = tf.transpose(tf.reshape(bias, (n, n, -1)), (2, 0, 1))
        return attention + tf.expand_dims(bias, axis=0)

    def get_config(self):
        config = super().get_config()
        config.update({"window_size": self.window_size})
        return config


class CausalMask(layers.Layer):
    """Scores of the future put out of reach before the softmax."""

    def call(self, scores):
        n = tf.shape(scores)[-1]
        mask = tf.linalg.band_part(tf.ones((n, n), dtype=scores.dtype), -1, 0)
        return tf.nn.softmax(scores - 1e9 * (1.0 - mask), axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


class OneHotEmbedding(layers.Layer):
    """Labels → vectors by a one-hot product."""

    def __init__(self, num_classes, dim, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.dim = dim

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(self.num_classes, self.dim), name="kernel", initializer="normal")

    def call(self, labels):
        index = ops.cast(ops.clip(labels, 0, self.num_classes - 1), "int32")
        return ops.matmul(ops.one_hot(index, self.num_classes), self.kernel)


CASES = [
    Case(
        "CoordConv",
        BOTH,
        [{"filters": 4}, {"filters": 2, "kernel_size": 1, "with_r": True}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 2]],
    ),
    Case("MeshgridCoords", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 2]]),
    Case(
        "SinusoidalPositions", BOTH, [{}, {"max_length": 9, "scale": 0.5}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]
    ),
    Case(
        "TimeEmbedding", BOTH, [{"dim": 8}, {"dim": 4, "max_period": 100}], [[1, 1], [3, 1]], low=0, high=10
    ),
    Case(
        "FourierFeatures",
        BOTH,
        [{}, {"num_frequencies": 2, "include_input": False}],
        [[1, 9, 2], [3, 5, 7, 2]],
    ),
    Case("LearnedPositions", BOTH, [{"sequence_length": 9}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
    Case("ClassToken", BOTH, [{}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
    Case("RotaryEmbedding", BOTH, [{}, {"base": 100.0}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
    Case(
        "RelativePositionBias",
        BOTH,
        [{"window_size": [2, 3]}],
        [[1, 2, 6, 6], [3, 4, 6, 6]],
    ),
    Case("CausalMask", BOTH, [{}], [[1, 2, 6, 6], [3, 5, 5]]),
    Case("OneHotEmbedding", KERAS, [{"num_classes": 5, "dim": 3}], [[1, 4], [3, 7]], low=0, high=6),
]
