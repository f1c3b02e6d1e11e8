"""Colours and ranges."""

import numpy as np
import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras.layers import Layer

DIV2K_RGB_MEAN = np.array([0.4488, 0.4371, 0.4040]) * 255
YCBCR = [[65.481, -37.797, 112.0], [128.553, -74.203, -93.786], [24.966, 112.0, -18.214]]
OFFSET = (16.0, 128.0, 128.0)


class NormalizeDiv2k(Layer):
    """EDSR's way in: 0…255 minus the mean of DIV2K, over 127.5."""

    def call(self, x):
        return (x - DIV2K_RGB_MEAN) / 127.5


class DenormalizeDiv2k(Layer):
    """EDSR's way out."""

    def __init__(self, clip=False, **kwargs):
        super().__init__(**kwargs)
        self.clip = clip

    def call(self, x):
        x = x * 127.5 + DIV2K_RGB_MEAN
        return tf.clip_by_value(x, 0.0, 255.0) if self.clip else x

    def get_config(self):
        return {**super().get_config(), "clip": self.clip}


class MeanShift(Layer):
    """Adds or takes away a mean of the configuration, over its deviation."""

    def __init__(
        self, rgb_range=255, rgb_mean=(0.4488, 0.4371, 0.4040), rgb_std=(1.0, 1.0, 1.0), sign=-1, **kwargs
    ):
        super().__init__(**kwargs)
        self.rgb_range = rgb_range
        self.rgb_mean = rgb_mean
        self.rgb_std = rgb_std
        self.sign = sign
        self.std = tf.constant(rgb_std, dtype=tf.float32)
        self.mean = tf.constant([sign * rgb_range * m for m in rgb_mean], dtype=tf.float32)

    def call(self, x):
        return (x + self.mean) / self.std

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "rgb_range": self.rgb_range,
                "rgb_mean": self.rgb_mean,
                "rgb_std": self.rgb_std,
                "sign": self.sign,
            }
        )
        return config


class RGBToYCbCr(Layer):
    """ITU-R BT.601, studio range, from 0…1 to 0…1; the luma alone if wanted."""

    def __init__(self, only_y=False, **kwargs):
        super().__init__(**kwargs)
        self.only_y = only_y

    def build(self, input_shape):
        if input_shape[-1] != 3:
            raise ValueError("three channels are needed")
        self.matrix = tf.constant(YCBCR, dtype="float32") / 255.0
        self.offset = tf.constant(OFFSET, dtype="float32") / 255.0
        super().build(input_shape)

    def call(self, x):
        y = tf.tensordot(x, self.matrix, axes=[[3], [0]]) + self.offset
        if self.only_y:
            y = y[..., 0:1]
        return y

    def get_config(self):
        config = super().get_config()
        config.update({"only_y": self.only_y})
        return config


class YCbCrToRGB(Layer):
    """The way back, channel by channel."""

    def call(self, x):
        y = 255.0 * x[:, :, :, 0] - 16.0
        cb = 255.0 * x[:, :, :, 1] - 128.0
        cr = 255.0 * x[:, :, :, 2] - 128.0
        r = 298.082 / 256 * y + 408.583 / 256 * cr
        g = 298.082 / 256 * y - 100.291 / 256 * cb - 208.120 / 256 * cr
        b = 298.082 / 256 * y + 516.412 / 256 * cb
        return tf.stack([r, g, b], axis=-1) / 255.0


class ClipAndRound(Layer):
    """What a picture file will hold."""

    def __init__(self, vmin=0, vmax=255, do_round=True, **kwargs):
        super().__init__(**kwargs)
        self.vmin = vmin
        self.vmax = vmax
        self.do_round = do_round

    def call(self, x):
        x = tf.clip_by_value(x, self.vmin, self.vmax)
        if self.do_round:
            x = tf.round(x)
        return x

    def get_config(self):
        config = super().get_config()
        config.update(dict(vmin=self.vmin, vmax=self.vmax, do_round=self.do_round))
        return config


class Grayscale(Layer):
    """Luma by weights of its own, kept to as many channels as asked."""

    def __init__(self, keep_channels=False, **kwargs):
        super().__init__(**kwargs)
        self.keep_channels = keep_channels

    def call(self, x):
        weights = tf.cast([0.299, 0.587, 0.114], x.dtype)
        gray = tf.reduce_sum(x * weights, axis=-1, keepdims=True)
        return tf.repeat(gray, 3, axis=-1) if self.keep_channels else gray

    def get_config(self):
        config = super().get_config()
        config.update({"keep_channels": self.keep_channels})
        return config


class CaffePreprocess(Layer):
    """RGB → BGR, centred on ImageNet's mean, as VGG wants it."""

    def __init__(self, mean=(103.939, 116.779, 123.68), **kwargs):
        super().__init__(**kwargs)
        self.mean = mean

    def call(self, x):
        x = tf.cast(x, tf.float32)
        x = x[..., ::-1]
        return x - tf.reshape(tf.constant(self.mean, tf.float32), (1, 1, 1, 3))

    def get_config(self):
        config = super().get_config()
        config["mean"] = self.mean
        return config


class SRGBToLinear(Layer):
    """The sRGB curve, by cases."""

    def __init__(self, inverse=False, **kwargs):
        super().__init__(**kwargs)
        self.inverse = inverse

    def call(self, x):
        if self.inverse:
            x = tf.maximum(x, 1e-8)
            return tf.where(x <= 0.0031308, 12.92 * x, 1.055 * tf.pow(x, 1.0 / 2.4) - 0.055)
        x = tf.clip_by_value(x, 0.0, 1.0)
        return tf.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)

    def get_config(self):
        return dict(super().get_config(), inverse=self.inverse)


class AutoContrast(Layer):
    """Each picture stretched to 0…1 by its own extremes."""

    def call(self, x):
        low = tf.math.reduce_min(x, axis=(1, 2, 3), keepdims=True)
        high = tf.math.reduce_max(x, axis=(1, 2, 3), keepdims=True)
        span = tf.where(tf.equal(high, low), tf.ones_like(high), high - low)
        return tf.math.divide_no_nan(x - low, span)


CASES = [
    Case("NormalizeDiv2k", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 3]], low=0, high=255),
    Case("DenormalizeDiv2k", BOTH, [{}, {"clip": True}], [[1, 8, 8, 3], [3, 5, 7, 3]]),
    Case(
        "MeanShift",
        BOTH,
        [{}, {"sign": 1, "rgb_range": 1, "rgb_std": [0.5, 0.25, 0.2]}],
        [[1, 8, 8, 3], [3, 5, 7, 3]],
        low=0,
        high=255,
    ),
    Case("RGBToYCbCr", BOTH, [{}, {"only_y": True}], [[1, 8, 8, 3], [3, 5, 7, 3]], low=0),
    Case("YCbCrToRGB", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 3], [1, 1, 1, 3]], low=0),
    Case(
        "ClipAndRound",
        BOTH,
        [{}, {"vmax": 100}, {"vmin": 10, "do_round": False}],
        [[1, 8, 8, 3], [3, 5, 7, 1]],
        low=-50,
        high=300,
    ),
    Case("Grayscale", BOTH, [{}, {"keep_channels": True}], [[1, 8, 8, 3], [3, 5, 7, 3]], low=0),
    Case("CaffePreprocess", BOTH, [{}, {"mean": [1, 2, 3]}], [[1, 8, 8, 3], [3, 5, 7, 3]], low=0, high=255),
    Case("SRGBToLinear", BOTH, [{}, {"inverse": True}], [[1, 8, 8, 3], [3, 5, 7, 1]], low=0),
    Case("AutoContrast", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 3], [1, 1, 1, 1]]),
]
