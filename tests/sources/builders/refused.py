"""Builders that capture what no configuration holds, or that fail."""
# ruff: noqa: PLW0108 - written as people write it

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import Lambda

COUNT = 0
calls = []


def _touch(what):
    with Path("touches").open("a") as file:
        file.write(f"{what}\n")


class Source:
    def __init__(self):
        self.count, self.items, self.inner = 1, [1.0, 2.0], np.random.default_rng(0)

    @property
    def scale(self):
        _touch("property")
        return 2.0

    def next_scale(self):
        self.count += 1
        return self.count


class Dynamic:
    def __getattr__(self, name):
        _touch("getattr")
        return 2.0


source, dynamic = Source(), Dynamic()


def _through(function):
    x = keras.Input((4,))
    return keras.Model(x, Lambda(function, output_shape=(4,), name="through")(x))


def tensor():
    value = tf.constant(2.0)
    return _through(lambda x: x * value)


def variable():
    value = tf.Variable(2.0)
    return _through(lambda x: x * value)


def a_list():
    return _through(lambda x: x * source.items)


def a_dict():
    table = {0: 1.0}
    return _through(lambda x: x * len(table))


def an_object():
    return _through(lambda x: x * isinstance(source, object))


def a_layer():
    dense = layers.Dense(4)
    return _through(lambda x: dense(x))


def changing():
    return _through(lambda x: x * source.next_scale())


def storing():
    def store(x):
        calls.append(1)
        return x

    return _through(store)


def storing_item():
    table = {}

    def store(x):
        table["x"] = 1
        return x

    return _through(store)


def rebinding():
    def count(x):
        global COUNT  # noqa: PLW0603
        COUNT += 1
        return x * COUNT

    return _through(count)


def random():
    return _through(lambda x: x * np.random.uniform())  # noqa: NPY002


def rng():
    return _through(lambda x: x * source.inner.uniform())


def printing():
    def show(x):
        print("seen")
        return x

    return _through(show)


def a_property():
    return _through(lambda x: x * source.scale)


def a_dynamic_attribute():
    return _through(lambda x: x * dynamic.scale)


def varied_arguments():
    def any_arguments(x, *args):
        return x

    return _through(any_arguments)


def not_finite():
    top = float("inf")
    return _through(lambda x: tf.minimum(x, top))


def vast():
    number = 2**60 + 1
    return _through(lambda x: x * (number % 10))


def vast_array():
    numbers = np.array([2**60 + 1])
    return _through(lambda x: x * (numbers % 10))


def large():
    table = np.zeros((300, 300))
    return _through(lambda x: x + table[0, 0])


def without_source():
    made = {}
    exec("def made(x):\n    return x * 2", made)
    return _through(made["made"])


def callable_object():
    class Twice:
        __name__ = "twice"

        def __call__(self, x):
            return x * 2

    return _through(Twice())


class Forgetful(layers.Layer):
    def __init__(self, amount, function=len, **kwargs):
        super().__init__(**kwargs)
        self.total = amount + 1

    def call(self, inputs):
        return inputs * self.total


def forgetful():
    x = keras.Input((4,))
    return keras.Model(x, Forgetful(2, function=max)(x))


class Holding(layers.Layer):
    def __init__(self, value, **kwargs):
        super().__init__(**kwargs)
        self.value = value

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), "value": self.value}


def _holding(value):
    x = keras.Input((4,))
    return keras.Model(x, Holding(value, name="held")(x))


def vast_setting():
    return _holding(2**70)


def not_a_number():
    return _holding({"low": [0.0, float("nan")]})


def unknown_operation():
    from keras import ops

    x = keras.Input((4, 4))
    return keras.Model(x, ops.matmul(x, x))


def coloured():
    raise ValueError("\x1b[31mred\x1b[0m\x1b]0;title\x07 and \x9bplain")


def activation():
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2, activation=lambda t: t * 2, name="odd")(x))


def hard_sigmoid():
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2, activation="hard_sigmoid", name="hard")(x))


def called_with_more():
    x = keras.Input((3, 4))
    return keras.Model(x, layers.MultiHeadAttention(1, 2, name="attention")(x, x))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def nested_subclass():
    x = keras.Input((4,))
    return keras.Model(x, Subclassed()(x))


def unbuilt():
    return keras.Sequential([layers.Dense(2)])


def failing(depth=3):
    return {}["x"] if depth == 0 else failing(depth - 1)


def endless():
    return endless()


def leaving():
    sys.exit(3)


def nothing():
    print("to the output")


def a_pair():
    return (1, keras.Input((2,)))


def needy():
    import no_such_module_anywhere  # noqa: F401


number = 3
