"""Activations over groups of channels, and by name."""

import math

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import backend as K
from tensorflow.keras.layers import Layer


class GLU(Layer):
    """Gated linear unit: one half of the channels gates the other."""

    GATES = {"sigmoid": tf.nn.sigmoid, "tanh": tf.nn.tanh, "linear": tf.identity}

    def __init__(self, gate="sigmoid", axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.gate = gate
        self.axis = axis

    def call(self, inputs):
        values, gates = tf.split(inputs, num_or_size_splits=2, axis=self.axis)
        return values * self.GATES[self.gate](gates)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        shape[self.axis] = shape[self.axis] // 2
        return tuple(shape)

    def get_config(self):
        return {**super().get_config(), "gate": self.gate, "axis": self.axis}


class Maxout(Layer):
    """The greatest of each group of channels."""

    def __init__(self, num_units, **kwargs):
        super().__init__(**kwargs)
        self.num_units = num_units

    def call(self, inputs):
        shape = inputs.get_shape().as_list()
        channels = shape[-1]
        if channels % self.num_units:
            raise ValueError(
                f"number of features({channels}) is not a multiple of num_units({self.num_units})"
            )
        for i in range(len(shape)):
            if shape[i] is None:
                shape[i] = tf.shape(inputs)[i]
        shape[-1] = self.num_units
        shape += [channels // self.num_units]
        return tf.reduce_max(tf.reshape(inputs, shape), axis=-1)

    def get_config(self):
        config = super().get_config()
        config.update({"num_units": self.num_units})
        return config


class ActivationByName(Layer):
    """Any activation, by name or by a table of its own, with a gain that keeps the variance."""

    def __init__(self, name_of_activation="leaky_relu", alpha=0.2, **kwargs):
        super().__init__(**kwargs)
        self.name_of_activation = name_of_activation
        self.alpha = alpha

    def call(self, x):
        if self.name_of_activation == "leaky_relu":
            y = tf.nn.leaky_relu(x, alpha=self.alpha)
        elif self.name_of_activation in ["relu", "swish", "elu"]:
            y = tf.keras.activations.get(self.name_of_activation)(x)
        elif self.name_of_activation == "sin":
            y = tf.math.sin(x)
        else:
            raise ValueError("unknown activation {}".format(self.name_of_activation))
        gain = math.sqrt(2 / (1 + self.alpha**2))
        return y * gain

    def get_config(self):
        config = super().get_config()
        config.update({"name_of_activation": self.name_of_activation, "alpha": self.alpha})
        return config


class ConcatenatedReLU(Layer):
    """Both halves of the line, side by side."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    @tf.function
    def call(self, x):
        return tf.nn.relu(tf.concat([x, -x], axis=self.axis))

    def compute_output_shape(self, input_shape):
        output_shape = list(input_shape)
        output_shape[self.axis] *= 2
        return tuple(output_shape)

    def get_config(self):
        config = super().get_config()
        config["axis"] = self.axis
        return config


class Squareplus(Layer):
    """A smooth rectifier without exponentials, clipped at the top."""

    b: float = 4.0

    def __init__(self, max_value=None, **kwargs):
        super().__init__(**kwargs)
        self.max_value = max_value

    def call(self, x):
        y = (x + K.sqrt(K.square(x) + self.b)) / 2
        return y if self.max_value is None else K.clip(y, 0, self.max_value)

    def get_config(self):
        config = super().get_config()
        config.update({"max_value": self.max_value})
        return config


CASES = [
    Case(
        "GLU",
        BOTH,
        [{}, {"gate": "tanh"}, {"gate": "linear", "axis": 1}],
        [[1, 8, 8, 4], [3, 6, 7, 2]],
    ),
    Case("Maxout", BOTH, [{"num_units": 2}, {"num_units": 4}], [[1, 8, 8, 8], [3, 5, 7, 4], [2, 12]]),
    Case(
        "ActivationByName",
        BOTH,
        [{}, {"name_of_activation": "swish"}, {"name_of_activation": "sin", "alpha": 0}, {"alpha": 0.1}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
    Case("ConcatenatedReLU", BOTH, [{}, {"axis": 1}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case("Squareplus", BOTH, [{}, {"max_value": 1.5}], [[1, 8, 8, 4], [3, 5, 7, 2]], low=-5, high=5),
]
