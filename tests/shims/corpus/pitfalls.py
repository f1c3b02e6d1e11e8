"""Where Python and JavaScript, or TensorFlow and TensorFlow.js, look alike and differ.

A translation may refuse any of these; it may not get one wrong.
"""

import math

import keras
import tensorflow as tf
from case import BOTH, KERAS, Case
from keras import ops
from tensorflow.keras import backend as K
from tensorflow.keras import layers


class ShadowedNames(layers.Layer):
    """Names that mean something in JavaScript, or to whoever writes it."""

    def __init__(self, default=2.0, function=3, **kwargs):
        super().__init__(**kwargs)
        self.default = default
        self.function = function
        self.sublayers = [1.0, 2.0]
        self.id = 5.0

    def build(self, input_shape):
        self.arguments = self.add_weight(name="this", shape=(input_shape[-1],), initializer="ones")
        self.inner = layers.Dense(input_shape[-1], name="delete")
        super().build(input_shape)

    def scale(self, var):
        return var * self.default

    def call(self, inputs):
        sizes, range_, new = tf.shape(inputs), inputs, self.inner(inputs)
        slice = new[..., :1]
        single = self.scale(slice) + self.sublayers[-1] + self.id
        let = tf.reshape(range_ * self.arguments, sizes)
        typeof = let * self.function
        return typeof + single

    def get_config(self):
        config = super().get_config()
        config.update({"default": self.default, "function": self.function})
        return config


class PythonArithmetic(layers.Layer):
    """Whole division, remainder, rounding and truth as Python has them."""

    def __init__(self, a=-7, b=2, label="", items=(), **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = a, b
        self.label = label
        self.items = items

    def call(self, x):
        a, b = self.a, self.b
        numbers = [a // b, a % b, -(b**2), round(a / b), int(a / b), abs(a), a / b, math.floor(a / b)]
        total = 0.0
        for place, number in enumerate(numbers):
            total += number * (place + 1) * 0.01
        total += (self.label or "four") in ("four", "five")
        total += 1 if self.items else 2
        total += (a or 3) + (b and 4)
        total += 1 if -10 < a < b else 5
        a, b = b, a
        total += 0.1 * (a - b) ** 2 if not self.label == "square" else -((a - b) ** 2)
        return x + total + len(numbers) + max(numbers) + min(0, *numbers[-2:])

    def get_config(self):
        config = super().get_config()
        config.update({"a": self.a, "b": self.b, "label": self.label, "items": self.items})
        return config


class ListSurgery(layers.Layer):
    """Lists cut, joined, reversed and set by slices."""

    def __init__(self, weights_of=(1.0, 2.0, 3.0), **kwargs):
        super().__init__(**kwargs)
        self.weights_of = weights_of

    def call(self, x):
        numbers = list(self.weights_of)
        numbers[1:2] = [4.0, 5.0]
        numbers.insert(0, numbers.pop())
        numbers += numbers[::-1]
        del numbers[0]
        return sum(number * x / (place + 1) for place, number in enumerate(numbers)) + numbers.index(4.0)

    def get_config(self):
        return {**super().get_config(), "weights_of": self.weights_of}


class LateClosures(layers.Layer):
    """Closures see the last value of a loop's variable; lists are shared, not copied."""

    def __init__(self, steps=3, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, x):
        functions = [lambda y: y * i for i in range(self.steps)]
        for function in functions:
            x = function(x)
        first = second = [x]
        second.append(x + 1.0)
        for i in range(self.steps):
            if i == 5:
                break
        else:
            first.append(x * 0.5)
        return tf.concat(first, axis=-1) + i

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


class TensorArithmetic(layers.Layer):
    """Operators on tensors: floors, remainders, powers, casts that cut."""

    def call(self, x):
        a = x // 0.3
        b = x % 0.7
        c = tf.math.floormod(x, -0.7) + tf.math.floordiv(x, 0.4)
        d = tf.cast(tf.cast(x * 3.0, tf.int32), tf.float32)
        e = -(x**2) + 2.0**x
        f = tf.cast(x > 0, x.dtype) - tf.cast(tf.logical_not(x > 0.5), x.dtype)
        g = tf.round(tf.cast(tf.cast(x * 4.0, tf.int32), tf.float32) / 2.0)
        h = tf.where(x > 0, 1.0, x)
        i = tf.sign(x) * tf.math.ceil(x * 2.0)
        return a + b + c + d + e + f + g + h + i


class OtherDefaults(keras.layers.Layer):
    """Functions of one name and different defaults in keras.ops, tf.nn and keras.activations."""

    def call(self, x):
        gelus = ops.gelu(x) + 2 * tf.nn.gelu(x) + 3 * keras.activations.gelu(x)
        leaks = ops.leaky_relu(x) + 2 * tf.nn.leaky_relu(x) + 3 * keras.layers.LeakyReLU()(x)
        hard = ops.hard_sigmoid(x) + 2 * keras.activations.hard_sigmoid(x) + 3 * ops.hard_swish(x)
        return gelus + leaks + hard + ops.elu(x) + ops.softplus(x)


class BackendDefaults(layers.Layer):
    """The backend's reductions, whose axes and shapes are its own."""

    def call(self, x):
        flat = K.batch_flatten(x)
        centred = flat - K.mean(flat, axis=-1, keepdims=True)
        spread = K.std(flat, axis=-1, keepdims=True) + K.var(flat, axis=1, keepdims=True)
        scaled = centred / (spread + K.epsilon())
        length = K.sqrt(K.sum(K.square(flat), axis=-1, keepdims=True))
        normed = K.l2_normalize(flat, axis=-1) * length
        return K.concatenate([scaled, normed, K.mean(flat, keepdims=True) + 0 * length], axis=1)


class SqueezedBatch(layers.Layer):
    """A squeeze without an axis, which must not be read as one that spares the batch."""

    def call(self, x):
        pooled = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        return tf.squeeze(pooled, axis=[1, 2]) + tf.reduce_sum(tf.squeeze(pooled))


class SplitBySizes(layers.Layer):
    """Splits by sizes, with one of them left open, and tensors unpacked, swapped and starred."""

    def __init__(self, head=1, **kwargs):
        super().__init__(**kwargs)
        self.head = head

    def call(self, x):
        first, rest = tf.split(x, [self.head, -1], axis=-1)
        first, rest = rest, first
        one, *others = tf.unstack(first, axis=-1)
        for other in others[::-1]:
            one = one * 0.5 + other
        return tf.concat([tf.expand_dims(one, -1), rest], -1)

    def get_config(self):
        return {**super().get_config(), "head": self.head}


class StatefulDropouts(layers.Layer):
    """Layers that only training wakes, in and out of a Sequential."""

    def __init__(self, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.drop = layers.Dropout(rate)
        self.noise = layers.GaussianNoise(0.3)
        self.body = tf.keras.Sequential([layers.SpatialDropout2D(rate), layers.ReLU()])

    def call(self, x, training=None):
        if training is None:
            training = False
        x = self.noise(self.drop(x, training=training), training=training)
        x = self.body(x, training=training)
        return x * (1.0 if training else 2.0)

    def get_config(self):
        config = super().get_config()
        config.update({"rate": self.rate})
        return config


class SharedTwice(layers.Layer):
    """One layer under two names and in a list: its weights count once."""

    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.last = layers.Dense(units)
        self.first = layers.Dense(units, activation="tanh")
        self.again = self.first
        self.all = [self.again, self.last, self.first]

    def build(self, input_shape):
        self.offset = self.add_weight(name="offset", shape=(self.units,), trainable=False, initializer="ones")
        self.gain = self.add_weight(name="gain", shape=(self.units,), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        y = self.last(self.again(x)) + self.first(x)
        return y * self.gain + self.offset

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class FrozenPart(layers.Layer):
    """A sublayer that is not trained: its weights move behind the trained ones."""

    def __init__(self, frozen=True, **kwargs):
        super().__init__(**kwargs)
        self.frozen = frozen
        self.features = layers.Conv2D(3, 3, padding="same", trainable=not frozen)
        self.head = layers.Conv2D(2, 1)

    def call(self, x):
        return self.head(tf.nn.relu(self.features(x)))

    def get_config(self):
        return {**super().get_config(), "frozen": self.frozen}


class EvenKernels(layers.Layer):
    """Even kernels, strides and "same": where the padding goes."""

    def __init__(self, pool="max", **kwargs):
        super().__init__(**kwargs)
        self.pool = pool
        self.conv = layers.Conv2D(2, 4, strides=3, padding="same")
        self.up = layers.Conv2DTranspose(2, 3, strides=2, padding="valid")

    def call(self, x):
        if self.pool == "max":
            x = tf.nn.max_pool2d(x, ksize=2, strides=2, padding="SAME")
        elif self.pool == "avg":
            x = tf.nn.avg_pool2d(x, ksize=3, strides=2, padding="SAME")
        return self.up(self.conv(x))

    def get_config(self):
        return {**super().get_config(), "pool": self.pool}


CASES = [
    Case(
        "ShadowedNames",
        BOTH,
        [{}, {"default": 0.5, "function": 2}],
        [[1, 8, 8, 3], [3, 5, 7, 3]],
        expect="either",
    ),
    Case(
        "PythonArithmetic",
        BOTH,
        [{}, {"a": 5, "b": -2, "label": "square"}, {"a": 0, "b": 3, "items": [1]}, {"a": 5, "b": 2}],
        [[1, 8, 8, 3]],
        expect="either",
    ),
    Case("ListSurgery", BOTH, [{}, {"weights_of": [4.0, 3.0]}], [[1, 8, 8, 3]], expect="either"),
    Case("LateClosures", BOTH, [{}, {"steps": 2}], [[1, 8, 8, 3]], expect="either"),
    Case("TensorArithmetic", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either", low=-2, high=2),
    Case("OtherDefaults", KERAS, [{}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either", low=-4, high=4),
    Case("BackendDefaults", BOTH, [{}], [[1, 4, 4, 3], [3, 5, 7, 3]], expect="either"),
    Case("SqueezedBatch", BOTH, [{}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either"),
    Case("SplitBySizes", BOTH, [{}, {"head": 2}], [[1, 8, 8, 5], [3, 5, 7, 4]], expect="either"),
    Case("StatefulDropouts", BOTH, [{}, {"rate": 0.1}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either"),
    Case("SharedTwice", BOTH, [{}], [[1, 4, 4], [3, 5, 4]], expect="either"),
    Case("FrozenPart", BOTH, [{}, {"frozen": False}], [[1, 8, 8, 3], [3, 5, 7, 3]], expect="either"),
    Case(
        "EvenKernels",
        BOTH,
        [{}, {"pool": "avg"}, {"pool": None}],
        [[1, 8, 8, 3], [3, 5, 7, 3]],
        expect="either",
    ),
]
