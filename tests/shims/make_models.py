"""Saves models with custom layers, as ``python make_models.py FOLDER``, with Keras 2."""

import os
import sys
from pathlib import Path

os.environ |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import own_layers
import tensorflow as tf
from tensorflow import keras

layers = keras.layers


@keras.saving.register_keras_serializable()
class PixelShuffle(layers.Layer):
    def __init__(self, scale=2, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        return tf.nn.depth_to_space(inputs, self.scale)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class MultiplyBeta(layers.Layer):
    def __init__(self, beta=0.2, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta

    def call(self, inputs):
        return inputs * self.beta

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}


@keras.saving.register_keras_serializable("Mine", "Dense")
class AnotherDense(layers.Layer):
    def call(self, inputs):
        return -inputs


def saved(name, *behind):
    """A convolution with 12 filters and what stands behind it."""
    inputs = outputs = layers.Input((None, None, 3), name="picture")
    for layer in (layers.Conv2D(12, 3, padding="same", name="features"), *behind):
        outputs = layer(outputs)
    keras.Model(inputs, outputs, name=name).save(folder / f"{name}.h5")


folder = Path(sys.argv[1])
keras.utils.set_random_seed(5)
scale, beta = 2, 0.4
saved("known", MultiplyBeta(0.3, name="beta"), PixelShuffle(2, name="shuffle"))
saved(
    "lambdas",
    layers.Lambda(lambda x: x * beta, name="scaled"),
    layers.Lambda(lambda x: tf.nn.depth_to_space(x, block_size=scale), name="PixelShuffle"),
)
gates = [
    own_layers.ChannelGate(name="gate"),
    own_layers.ChannelGate(ratio=2, strength=0.5, name="other_gate"),
]
saved("own", *gates)

saved("forgetful", own_layers.Forgetful(0.5, name="forgetful"))
saved("noisy", own_layers.Noisy(name="noisy"))
saved("underscore", own_layers.SE_Block(name="block"))
saved("clash", AnotherDense(name="clash"))
