"""Activations, fixed and learned."""

import math

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Layer


def gelu_tanh(x):
    """The tanh form of GELU."""
    c = math.sqrt(2.0 / math.pi)
    return 0.5 * x * (1.0 + tf.tanh(c * (x + 0.044715 * tf.pow(x, 3))))


class Mish(Layer):
    """x·tanh(softplus(x))."""

    def __init__(self, **kwargs):
        super(Mish, self).__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return inputs * K.tanh(K.softplus(inputs))

    def get_config(self):
        base_config = super(Mish, self).get_config()
        return dict(list(base_config.items()))

    def compute_output_shape(self, input_shape):
        return input_shape


class GELU(Layer):
    """GELU in either form."""

    def __init__(self, approximate=True, **kwargs):
        super().__init__(**kwargs)
        self.approximate = approximate

    def call(self, x):
        if self.approximate:
            return gelu_tanh(x)
        return 0.5 * x * (1.0 + tf.math.erf(x / tf.cast(tf.sqrt(2.0), x.dtype)))

    def get_config(self):
        config = super().get_config()
        config.update({"approximate": self.approximate})
        return config


class HardSwish(tf.keras.layers.Layer):
    def call(self, x):
        return x * tf.nn.relu6(x + 3.0) * (1.0 / 6.0)


class Swish(Layer):
    """x·sigmoid(βx), β trained if wanted, one for each channel or one for all."""

    def __init__(self, beta=1.0, trainable_beta=False, per_channel=False, **kwargs):
        super().__init__(**kwargs)
        self.beta_init = beta
        self.trainable_beta = trainable_beta
        self.per_channel = per_channel

    def build(self, input_shape):
        shape = (input_shape[-1],) if self.per_channel else (1,)
        self.beta = self.add_weight(
            name="beta",
            shape=shape,
            initializer=tf.keras.initializers.Constant(self.beta_init),
            trainable=self.trainable_beta,
        )
        super().build(input_shape)

    def call(self, inputs):
        return inputs * tf.nn.sigmoid(self.beta * inputs)

    def get_config(self):
        config = super().get_config()
        config["beta"] = self.beta_init
        config["trainable_beta"] = self.trainable_beta
        config["per_channel"] = self.per_channel
        return config


class ParametricReLU(Layer):
    """A learned slope for the negative half, shared over space."""

    def __init__(self, alpha_initializer="zeros", shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha_initializer = tf.keras.initializers.get(alpha_initializer)
        self.shared_axes = shared_axes

    def build(self, input_shape):
        param_shape = list(input_shape[1:])
        if self.shared_axes is not None:
            for axis in self.shared_axes:
                param_shape[axis - 1] = 1
        self.alpha = self.add_weight(shape=param_shape, name="alpha", initializer=self.alpha_initializer)
        self.built = True

    def call(self, inputs, mask=None):
        pos = K.relu(inputs)
        neg = -self.alpha * K.relu(-inputs)
        return pos + neg

    def get_config(self):
        config = {
            "alpha_initializer": tf.keras.initializers.serialize(self.alpha_initializer),
            "shared_axes": self.shared_axes,
        }
        base_config = super().get_config()
        return dict(list(base_config.items()) + list(config.items()))


class SReLU(Layer):
    """The S-shaped rectified unit: three linear pieces with learned knees and slopes."""

    def build(self, input_shape):
        param_shape = tuple(1 for _ in input_shape[1:-1]) + (input_shape[-1],)
        self.t_left = self.add_weight(name="t_left", shape=param_shape, initializer="zeros")
        self.a_left = self.add_weight(name="a_left", shape=param_shape, initializer="zeros")
        self.t_right = self.add_weight(name="t_right", shape=param_shape, initializer="ones")
        self.a_right = self.add_weight(name="a_right", shape=param_shape, initializer="ones")

    def call(self, x):
        t_right_actual = self.t_left + tf.abs(self.t_right)
        below = self.t_left + self.a_left * (x - self.t_left)
        above = t_right_actual + self.a_right * (x - t_right_actual)
        inner = tf.where(x <= self.t_left, below, x)
        return tf.where(tf.greater_equal(x, t_right_actual), above, inner)


class Snake(Layer):
    """x + sin²(ax)/a with a learned frequency for each channel."""

    def __init__(self, frequency=1.0, **kwargs):
        super().__init__(**kwargs)
        self.frequency = frequency

    def build(self, input_shape):
        self.a = self.add_weight(
            name="a",
            shape=[int(input_shape[-1])],
            initializer=tf.constant_initializer(self.frequency),
            trainable=True,
        )

    def call(self, x):
        return x + tf.square(tf.sin(self.a * x)) / (tf.abs(self.a) + 0.1)

    def get_config(self):
        config = super().get_config()
        config.update({"frequency": self.frequency})
        return config


class StarReLU(Layer):
    """s·relu(x)² + b with two learned numbers."""

    def __init__(self, scale_value=0.8944, bias_value=-0.4472, bias_learnable=True, **kwargs):
        super().__init__(**kwargs)
        self.scale_value = scale_value
        self.bias_value = bias_value
        self.bias_learnable = bias_learnable

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale", shape=(), initializer=tf.keras.initializers.Constant(self.scale_value)
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(),
            initializer=tf.keras.initializers.Constant(self.bias_value),
            trainable=self.bias_learnable,
        )

    def call(self, x):
        return self.scale * tf.nn.relu(x) ** 2 + self.bias

    def get_config(self):
        config = super().get_config()
        config.update(
            scale_value=self.scale_value, bias_value=self.bias_value, bias_learnable=self.bias_learnable
        )
        return config


CASES = [
    Case("Mish", BOTH, [{}], [[1, 8, 8, 4], [3, 5, 7, 2], [2, 6]], low=-4, high=4),
    Case("GELU", BOTH, [{}, {"approximate": False}], [[1, 8, 8, 4], [3, 5, 7, 2], [2, 6]], low=-4, high=4),
    Case("HardSwish", BOTH, [{}], [[1, 8, 8, 4], [3, 5, 7, 2], [1, 1, 1, 4]], low=-4, high=4),
    Case(
        "Swish",
        BOTH,
        [{}, {"beta": 1.5, "trainable_beta": True}, {"per_channel": True}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
        low=-4,
        high=4,
    ),
    Case(
        "ParametricReLU",
        BOTH,
        [{}, {"shared_axes": [1, 2]}, {"alpha_initializer": "ones", "shared_axes": [1]}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
    Case("SReLU", BOTH, [{}], [[1, 8, 8, 4], [3, 5, 7, 2], [2, 6]], low=-3, high=3),
    Case("Snake", BOTH, [{}, {"frequency": 2.0}], [[1, 8, 8, 4], [3, 5, 7, 2], [2, 9, 3]]),
    Case(
        "StarReLU",
        BOTH,
        [{}, {"scale_value": 1.5, "bias_value": 0.5, "bias_learnable": False}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
]
