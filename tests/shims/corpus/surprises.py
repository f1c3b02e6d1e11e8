"""More places where a translation goes wrong quietly; it may refuse any of these, and get none wrong."""

import keras
import tensorflow as tf
from case import BOTH, KERAS, Case
from keras import ops
from tensorflow.keras import backend as K
from tensorflow.keras import layers

EPS = 1e-3
EPS = 1e-2
FILTERS = [4, 2]
FILTERS.append(3)
WIDTHS = FILTERS[:2]


def helper(x, *, power=2, scale=None):
    if scale is None:
        scale = power / 2
    return scale * tf.abs(x) ** power


class Base(layers.Layer):
    """A base with a hook, class attributes and a property that subclasses replace."""

    gain = 1.0
    bias = 0.25

    def __init__(self, power=2, **kwargs):
        super().__init__(**kwargs)
        self.power = power
        self.setup()

    def setup(self):
        self.offset = self.bias

    @property
    def factor(self):
        return self.gain * self.power

    @staticmethod
    def shift(x, by):
        return x + by

    def transform(self, x):
        return helper(x, power=self.power)

    def call(self, x):
        return self.shift(self.transform(x) * self.factor, self.offset)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


class Derived(Base):
    """Replaces the attributes and the hook, and calls the method it replaces."""

    gain = 3.0

    def setup(self):
        super().setup()
        self.offset += 1.0

    def transform(self, x):
        return super().transform(x) + helper(x, power=1, scale=0.5)


class GlobalsTwice(layers.Layer):
    """Module constants that are assigned again, or changed after their definition."""

    def call(self, x):
        return x * EPS + WIDTHS[-1]


class ConfigTypes(layers.Layer):
    """Strings in capitals and with underscores, floats that are whole, tuples, nested lists, dictionaries."""

    def __init__(self, mode="Two_Words", table=None, pairs=((1, 2), (3, 4)), scale=2.0, **kwargs):
        super().__init__(**kwargs)
        self.mode = mode
        self.table = table
        self.pairs = pairs
        self.scale = scale

    def call(self, x):
        if self.mode == "Two_Words":
            x = x + 1.0
        elif self.mode == "twoWords":
            x = x + 2.0
        elif self.mode.startswith("other"):
            x = x + 3.0
        for a, b in self.pairs:
            x = x + a / b
        if self.table is not None:
            x = x + self.table["first_key"] * 0.1 + self.table["secondKey"]
        return x * self.scale

    def get_config(self):
        config = super().get_config()
        config.update({"mode": self.mode, "table": self.table, "pairs": self.pairs, "scale": self.scale})
        return config


class RankAware(layers.Layer):
    """Another function for another rank, all axes but the first and the last."""

    def build(self, input_shape):
        self.rank = len(input_shape)
        self.axes = tuple(range(1, self.rank - 1))
        self.w = self.add_weight(
            name="w", shape=[1] * (self.rank - 1) + [input_shape[-1]], initializer="ones"
        )
        super().build(input_shape)

    def call(self, x):
        if len(self.axes) == 0:
            return x * self.w
        mean = tf.reduce_mean(x, axis=self.axes, keepdims=True)
        return (x - mean) * self.w if x.shape.ndims == 4 else (x + mean) * self.w


class WeightsOutOfOrder(layers.Layer):
    """Weights and sublayers made in turn, in build and in call, and some of them never used."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.unused = layers.Dense(3, name="unused")
        self.second = layers.Dense(4, name="second")
        self.first = layers.Dense(5, name="first")

    def build(self, input_shape):
        self.b = self.add_weight(name="b", shape=(4,), initializer="zeros")
        self.norm = layers.BatchNormalization(name="norm")
        self.a = self.add_weight(name="a", shape=(4,), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, x):
        return self.norm(self.second(self.first(x))) * self.a + self.b


class Alternating(layers.Layer):
    """Every other layer of a list, by index, slice and membership."""

    def __init__(self, depth=4, units=5, skips=(1, 3), **kwargs):
        super().__init__(**kwargs)
        self.depth, self.units, self.skips = depth, units, skips
        self.stack = [layers.Dense(units, activation="tanh" if i % 2 else None) for i in range(depth)]
        self.norms = {f"norm_{i}": layers.LayerNormalization() for i in skips}

    def call(self, x):
        history = []
        for i, dense in enumerate(self.stack):
            x = dense(x)
            if i in self.skips:
                x = self.norms[f"norm_{i}"](x)
                if history:
                    x = x + history[-1]
            history.append(x)
        return tf.add_n([each for i, each in enumerate(history) if i % 2 == 0]) / float(len(history[1:]))

    def get_config(self):
        config = super().get_config()
        config.update({"depth": self.depth, "units": self.units, "skips": self.skips})
        return config


class Quantiles(layers.Layer):
    """Places of extremes, and counts."""

    def call(self, x):
        best = tf.cast(tf.argmax(x, axis=-1), tf.float32)
        worst = tf.cast(tf.argmin(x, axis=1), tf.float32)
        count = tf.reduce_sum(tf.cast(x > 0.2, tf.float32), axis=-1)
        anything = tf.cast(tf.reduce_any(x > 0.9, axis=[1, 2, 3], keepdims=True), tf.float32)
        return x * 0.5 + tf.expand_dims(best + count, -1) + tf.expand_dims(worst, 1) + anything


class Moments(layers.Layer):
    """Population and sample deviations, norms, log-sum-exp, products, cumulated."""

    def call(self, x):
        std = tf.math.reduce_std(x, axis=[1, 2], keepdims=True)
        var = tf.math.reduce_variance(x, axis=-1, keepdims=True)
        n = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], x.dtype)
        sample = tf.sqrt(
            tf.reduce_sum((x - tf.reduce_mean(x, [1, 2], True)) ** 2, [1, 2], keepdims=True) / (n - 1.0)
        )
        one = tf.norm(x, axis=-1, keepdims=True)
        top = tf.linalg.norm(x, axis=[1, 2], keepdims=True)
        soft = tf.reduce_logsumexp(x, axis=-1, keepdims=True)
        running = tf.cumsum(x, axis=1, exclusive=True, reverse=True)
        return (
            (x / (std + 1e-3) + var - sample) * one
            + top * soft
            + running
            + tf.reduce_prod(x, -1, keepdims=True)
        )


class Geometry(layers.Layer):
    """Flips, rotations, rolls, crops and tiles of pictures."""

    def __init__(self, turns=1, **kwargs):
        super().__init__(**kwargs)
        self.turns = turns

    def call(self, x):
        a = tf.image.flip_left_right(x) + tf.image.flip_up_down(x) * 2.0
        b = tf.reverse(x, axis=[-1]) + tf.roll(x, 1, axis=-1) + tf.roll(x, shift=-2, axis=2)
        c = x[:, ::-1, ::-1, :] * 3.0
        return a + b + c

    def get_config(self):
        return {**super().get_config(), "turns": self.turns}


class Normalizers(layers.Layer):
    """Sublayers whose defaults differ between the two sides, or which tfjs takes otherwise."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.layer = layers.LayerNormalization(axis=[1, 2])
        self.batch = layers.BatchNormalization(scale=False, center=True)
        self.leaky = layers.LeakyReLU()
        self.elu = layers.ELU(1.0)
        self.capped = layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)
        self.soft = layers.Softmax(axis=1)

    def call(self, x):
        return self.soft(self.leaky(self.layer(x)) + self.elu(self.batch(x))) + self.capped(x)


class Pools(layers.Layer):
    """Pooling and resizing sublayers, even and odd sizes."""

    def __init__(self, interpolation="bilinear", **kwargs):
        super().__init__(**kwargs)
        self.interpolation = interpolation
        self.avg = layers.AveragePooling2D(2, padding="same")
        self.max = layers.MaxPooling2D(3, strides=2, padding="same")
        self.up = layers.UpSampling2D((2, 3), interpolation=interpolation)
        self.pad = layers.ZeroPadding2D(((1, 0), (0, 2)))
        self.crop = layers.Cropping2D(((0, 1), (1, 1)))
        self.gap = layers.GlobalMaxPooling2D()

    def call(self, x):
        y = self.crop(self.pad(self.up(self.avg(x) + self.max(x))))
        return y * K.reshape(self.gap(x), (-1, 1, 1, x.shape[-1]))

    def get_config(self):
        return {**super().get_config(), "interpolation": self.interpolation}


class Einsums(layers.Layer):
    """Contractions in odd orders, transposed and summed."""

    def build(self, input_shape):
        c = input_shape[-1]
        self.m = self.add_weight(name="m", shape=(c, c), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        a = tf.einsum("bhwc,dc->bhwd", x, self.m)
        b = tf.einsum("bhwc,cd->bwhd", x, tf.einsum("ij,jk->ki", self.m, self.m))
        b = tf.transpose(b, (0, 2, 1, 3))
        c = tf.einsum("bhwc,bhwd->bcd", x, x)
        return a + b + tf.reduce_mean(c, axis=[1, 2])[:, None, None, None]


class Conditions(layers.Layer):
    """Nested where, masks by multiplication, clipping."""

    def call(self, x):
        y = tf.clip_by_value(x, -0.5, 0.6)
        y = tf.where(y < 0, tf.where(y < -0.2, y * 2.0, y * 3.0), tf.zeros_like(y))
        mask = tf.cast(tf.logical_and(x > -0.5, tf.not_equal(x, 0.0)), tf.float32)
        return y * mask + tf.maximum(0.1, tf.minimum(x, 0.3)) + tf.cast(tf.math.is_nan(x), tf.float32)


class OpsMisc(keras.layers.Layer):
    """keras.ops with names or defaults that differ from NumPy's and TensorFlow's."""

    def call(self, x):
        a = ops.take(x, ops.array([0, 0, 1]), axis=-1)
        b = ops.moveaxis(ops.moveaxis(x, -1, 1), 1, -1) + ops.flip(x, axis=1)
        c = ops.mean(ops.std(x, axis=-1)) + ops.max(x, axis=(1, 2), keepdims=True)
        d = ops.where(ops.greater(x, 0.0), ops.log1p(ops.abs(x)), ops.expm1(x))
        e = ops.concatenate([ops.zeros_like(x[..., :1]), x[..., 1:]], axis=-1)
        return b + c + d + e + a * ops.power(2.0, x) + ops.floor_divide(x, 0.3) + ops.mod(x, 0.7)


CASES = [
    Case("Base", BOTH, [{}, {"power": 3}], [[1, 8, 8, 3]], expect="either"),
    Case("Derived", BOTH, [{}, {"power": 3}], [[1, 8, 8, 3]], expect="either"),
    Case("GlobalsTwice", BOTH, [{}], [[1, 8, 8, 3]], expect="either"),
    Case(
        "ConfigTypes",
        BOTH,
        [
            {},
            {"mode": "twoWords", "table": {"first_key": 3.0, "secondKey": 5}},
            {"mode": "other_one", "pairs": [[5, 2]], "scale": 3},
            {"mode": "none"},
        ],
        [[1, 4, 4, 3]],
        expect="either",
    ),
    Case("RankAware", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 4], [2, 6]], expect="either"),
    Case("WeightsOutOfOrder", BOTH, [{}], [[1, 4, 4], [3, 5]], expect="either"),
    Case(
        "Alternating",
        BOTH,
        [{}, {"depth": 3, "units": 2, "skips": [2]}],
        [[1, 4, 4], [3, 5]],
        expect="either",
    ),
    Case("Quantiles", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 5]], expect="either"),
    Case("Moments", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 2]], expect="either"),
    Case("Geometry", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 2]], expect="either"),
    Case("Normalizers", KERAS, [{}], [[1, 4, 4, 3], [3, 5, 7, 2]], expect="either"),
    Case("Pools", BOTH, [{}, {"interpolation": "nearest"}], [[1, 8, 8, 3], [3, 5, 7, 2]], expect="either"),
    Case("Einsums", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 2]], expect="either"),
    Case("Conditions", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 2]], expect="either"),
    Case("OpsMisc", KERAS, [{}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either"),
]
