"""Windows, patches and wavelets: space cut up and put together again."""

import keras
import tensorflow as tf
from case import BOTH, KERAS, Case
from keras import ops
from tensorflow.keras import layers


class Focus(layers.Layer):
    """The four interleaved pictures of half the size, and a convolution over them."""

    def __init__(self, filters=0, kernel_size=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.conv = layers.Conv2D(filters, kernel_size, padding="same") if filters else None

    def call(self, x):
        x = tf.concat([x[..., ::2, ::2, :], x[..., 1::2, ::2, :], x[..., ::2, 1::2, :], x[:, 1::2, 1::2]], -1)
        return self.conv(x) if self.conv else x

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "kernel_size": self.kernel_size})
        return config


def window_partition(x, window_size):
    """Pictures → windows, the batch first."""
    _, height, width, channels = x.shape
    patch_num_y = height // window_size
    patch_num_x = width // window_size
    x = tf.reshape(x, shape=(-1, patch_num_y, window_size, patch_num_x, window_size, channels))
    x = tf.transpose(x, (0, 1, 3, 2, 4, 5))
    return tf.reshape(x, shape=(-1, window_size, window_size, channels))


def window_reverse(windows, window_size, height, width, channels):
    """Windows → pictures."""
    x = tf.reshape(
        windows, (-1, height // window_size, width // window_size, window_size, window_size, channels)
    )
    x = tf.transpose(x, perm=(0, 1, 3, 2, 4, 5))
    return tf.reshape(x, shape=(-1, height, width, channels))


class WindowPartition(layers.Layer):
    """Swin's windows as one long batch."""

    def __init__(self, window_size=4, **kwargs):
        super().__init__(**kwargs)
        self.window_size = window_size

    def call(self, x):
        return window_partition(x, self.window_size)

    def get_config(self):
        return {**super().get_config(), "window_size": self.window_size}


class ShiftedWindowAttention(layers.Layer):
    """Attention inside of (cyclically shifted) windows, one head, brought back to the picture."""

    def __init__(self, dim, window_size=4, shift_size=0, qkv_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.window_size = window_size
        self.shift_size = shift_size
        self.qkv_bias = qkv_bias
        self.scale = dim**-0.5
        self.qkv = layers.Dense(dim * 3, use_bias=qkv_bias)
        self.proj = layers.Dense(dim)

    def build(self, input_shape):
        self.height, self.width = input_shape[1:3]
        super().build(input_shape)

    def call(self, x):
        if self.shift_size > 0:
            x = tf.roll(x, shift=[-self.shift_size, -self.shift_size], axis=[1, 2])
        windows = window_partition(x, self.window_size)
        windows = tf.reshape(windows, (-1, self.window_size * self.window_size, self.dim))
        q, k, v = tf.unstack(tf.reshape(self.qkv(windows), (-1, self.window_size**2, 3, self.dim)), axis=2)
        attention = tf.nn.softmax(q * self.scale @ tf.transpose(k, (0, 2, 1)), axis=-1)
        windows = self.proj(attention @ v)
        x = window_reverse(windows, self.window_size, self.height, self.width, self.dim)
        if self.shift_size > 0:
            x = tf.roll(x, shift=[self.shift_size, self.shift_size], axis=[1, 2])
        return x

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "dim": self.dim,
                "window_size": self.window_size,
                "shift_size": self.shift_size,
                "qkv_bias": self.qkv_bias,
            }
        )
        return config


class PatchEmbed(keras.layers.Layer):
    """Pictures → tokens by reshaping, each patch projected."""

    def __init__(self, patch_size, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        self.projection_dim = projection_dim
        self.projection = keras.layers.Dense(units=projection_dim)

    def call(self, images):
        input_shape = ops.shape(images)
        batch_size = input_shape[0]
        rows = input_shape[1] // self.patch_size
        columns = input_shape[2] // self.patch_size
        channels = input_shape[3]
        patches = ops.reshape(images, (batch_size, rows, self.patch_size, columns, self.patch_size, channels))
        patches = ops.transpose(patches, (0, 1, 3, 2, 4, 5))
        patches = ops.reshape(patches, (batch_size, rows * columns, self.patch_size**2 * channels))
        return self.projection(patches)

    def get_config(self):
        config = super().get_config()
        config.update({"patch_size": self.patch_size, "projection_dim": self.projection_dim})
        return config


class HaarTransform(layers.Layer):
    """One level of the Haar wavelet, by slices."""

    def call(self, x):
        x01 = x[:, 0::2, :, :] / 2
        x02 = x[:, 1::2, :, :] / 2
        x1 = x01[:, :, 0::2, :]
        x2 = x02[:, :, 0::2, :]
        x3 = x01[:, :, 1::2, :]
        x4 = x02[:, :, 1::2, :]
        ll = x1 + x2 + x3 + x4
        hl = -x1 - x2 + x3 + x4
        lh = -x1 + x2 - x3 + x4
        hh = x1 - x2 - x3 + x4
        return tf.concat([ll, hl, lh, hh], axis=-1)

    def compute_output_shape(self, input_shape):
        b, h, w, c = input_shape
        return (b, h // 2 if h else None, w // 2 if w else None, c * 4)


class InverseHaar(layers.Layer):
    """The way back: interleaved by stacking and reshaping."""

    def call(self, x):
        s = tf.shape(x)
        h, w = s[1], s[2]
        ll, hl, lh, hh = tf.split(x, 4, axis=-1)
        a = (ll - hl - lh + hh) / 2
        b = (ll - hl + lh - hh) / 2
        c = (ll + hl - lh - hh) / 2
        d = (ll + hl + lh + hh) / 2
        even = tf.stack([a, c], axis=3)
        odd = tf.stack([b, d], axis=3)
        y = tf.stack([even, odd], axis=2)
        return tf.reshape(y, [s[0], h * 2, w * 2, x.shape[-1] // 4])

    def compute_output_shape(self, input_shape):
        b, h, w, c = input_shape
        return (b, 2 * h if h else None, 2 * w if w else None, c // 4)


CASES = [
    Case("Focus", BOTH, [{}, {"filters": 4, "kernel_size": 3}], [[1, 8, 8, 3], [3, 6, 10, 2]]),
    Case("WindowPartition", BOTH, [{}, {"window_size": 2}], [[1, 8, 8, 4], [3, 4, 12, 2]]),
    Case(
        "ShiftedWindowAttention",
        BOTH,
        [{"dim": 6}, {"dim": 6, "window_size": 2, "shift_size": 1, "qkv_bias": False}],
        [[1, 8, 8, 6], [3, 4, 12, 6]],
    ),
    Case(
        "PatchEmbed",
        KERAS,
        [{"patch_size": 2, "projection_dim": 6}, {"patch_size": 4, "projection_dim": 3}],
        [[1, 8, 8, 3], [3, 4, 12, 2]],
    ),
    Case("HaarTransform", BOTH, [{}], [[1, 8, 8, 3], [3, 6, 10, 2]]),
    Case("InverseHaar", BOTH, [{}], [[1, 4, 4, 12], [3, 3, 5, 8], [1, 1, 1, 4]]),
]
