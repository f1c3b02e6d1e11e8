"""Models with scales and pixel shuffles, saved by Keras 2 with what it computes: ``originals.py FOLDER``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers as kl

BUILDERS: dict[str, Callable[[], keras.Model]] = {}


class MultiplyBeta(kl.Layer):
    def __init__(self, beta=0.2, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta

    def call(self, x):
        return x * self.beta

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}


class PixelShuffle(kl.Layer):
    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return tf.nn.depth_to_space(x, self.scale)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


def model(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    BUILDERS[build.__name__] = build
    return build


def beta(x, value=0.2):
    return MultiplyBeta(value)(x)


@model
def residual_in_residual() -> keras.Model:
    """The RRDN in small: scales behind convolutions and behind a sum, a pixel shuffle at the end."""
    x = keras.Input((None, None, 3))
    first = y = kl.Conv2D(6, 3, padding="same")(x)
    for block in range(2):
        grown = kl.Conv2D(6, 3, padding="same", activation="relu")(y)
        y = kl.Add(name=f"LRL_{block}")(
            [y, beta(kl.Conv2D(6, 3, padding="same", name=f"LFF_{block}")(grown))]
        )
    y = kl.Add()([first, beta(y)])
    y = PixelShuffle(4)(kl.Conv2D(48, 3, padding="same")(y))
    return keras.Model(x, kl.Conv2D(3, 3, padding="same")(y))


def behind(shape: tuple[int, ...], layer: kl.Layer, channels: int) -> keras.Model:
    x = keras.Input(shape)
    random = np.random.default_rng(channels)
    scale = random.uniform(0.1, 2, channels) * random.choice([-1, 1], channels)
    y = kl.Rescaling(scale.tolist(), random.normal(size=channels).tolist())(layer(x))
    return keras.Model(x, kl.LeakyReLU(0.5)(y))


LINEAR = {
    "conv1d": lambda: behind((9, 3), kl.Conv1D(5, 3, padding="same"), 5),
    "conv2d": lambda: behind((7, 6, 3), kl.Conv2D(5, 3, strides=2, padding="same"), 5),
    "conv3d": lambda: behind((4, 5, 6, 2), kl.Conv3D(3, 2), 3),
    "conv2d_transpose": lambda: behind((4, 5, 3), kl.Conv2DTranspose(5, 3, 2, "same"), 5),
    "conv3d_transpose": lambda: behind((2, 3, 4, 2), kl.Conv3DTranspose(3, 2, 2), 3),
    "dense": lambda: behind((6, 3), kl.Dense(5), 5),
    "depthwise": lambda: behind((7, 6, 3), kl.DepthwiseConv2D(3, depth_multiplier=2), 6),
    "separable": lambda: behind((7, 6, 3), kl.SeparableConv2D(5, 3, depth_multiplier=2), 5),
}
BUILDERS.update(LINEAR)


@model
def behind_relu() -> keras.Model:
    x = keras.Input((6, 6, 3))
    return keras.Model(x, kl.Softmax()(beta(kl.Conv2D(4, 3, activation="relu")(x), 0.3)))


@model
def in_nested_models() -> keras.Model:
    """A sequential model that ends with a scale, in a functional one that is called twice."""
    block = keras.Sequential([keras.Input((8, 8, 4)), kl.Conv2D(4, 3, padding="same"), MultiplyBeta(0.5)])
    a = keras.Input((8, 8, 4))
    inner = keras.Model(a, kl.Add()([a, beta(beta(kl.Conv2D(4, 1)(block(a)), 3.0), -2.0)]), name="inner")
    x = keras.Input((8, 8, 4))
    return keras.Model(x, kl.ReLU()(inner(inner(x))))


@model
def shuffles() -> keras.Model:
    """Each order of channels there is, and two shuffles in a row."""
    x = keras.Input((None, None, 72))
    return keras.Model(x, [PixelShuffle(2)(x), PixelShuffle(2)(PixelShuffle(3)(x)), PixelShuffle(6)(x)])


def main(folder: Path) -> None:
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    for seed, (name, build) in enumerate(BUILDERS.items()):
        keras.backend.clear_session()
        random = np.random.default_rng(seed)
        built = build()
        built.set_weights([random.normal(0, 0.3, w.shape).astype("float32") for w in built.get_weights()])
        shape = [2, *(size or 5 + axis for axis, size in enumerate(built.input_shape[1:]))]
        x = random.normal(size=shape).astype("float32")
        outputs = built(x)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        built.save(folder / f"{name}.h5")
        np.savez(folder / f"{name}.npz", x, *(np.asarray(output) for output in outputs))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
