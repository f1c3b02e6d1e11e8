"""The classes of the layer library in Python, for Keras 2 and Keras 3 on TensorFlow.

They are written from the definitions, with TensorFlow's own ops, and take the configurations that
``converter.shims.library`` finds fitting. What is proven against them is ``custom_layers_js/layers``.
"""

# mypy: allow-subclassing-any

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, ClassVar

from converter.shims.library import ALIASES, spellings


def originals(keras: Any) -> dict[str, type]:
    """The Python class of each name of the library; none is registered with Keras.

    Args:
        keras: the module ``tf_keras``, or ``keras`` 3 with the TensorFlow backend.
    """
    base = _configured(keras)
    classes: dict[str, type] = {"GroupNormalization": keras.layers.GroupNormalization}
    for maker in (_shapes, _functions, _normalization, _attentions):
        classes |= {made.__name__: made for made in maker(base)}
    return classes | {alias: type(alias, (classes[name],), {}) for alias, name in ALIASES.items()}


def _configured(keras: Any) -> type:
    """A layer that keeps the keys of its configuration in ``given`` and gives them back as they came."""

    class Configured(keras.layers.Layer):
        keys: ClassVar[tuple[str, ...]] = ()

        def __init__(self, **kwargs: Any) -> None:
            given = {key: kwargs.pop(key) for key in self.keys if key in kwargs}
            super().__init__(**kwargs)
            self.given = MappingProxyType(given)  # Keras wraps a plain dict, and then cannot store it

        def first(self, *keys: str) -> Any:
            """What is given under the first of the keys that there is."""
            return next((self.given[key] for key in keys if key in self.given), None)

        def weight(self, name: str, shape: tuple[int, ...]) -> Any:
            kinds = {"gamma": "ones", "kernel": "glorot_uniform"}
            initializer = kinds.get(name.rpartition("_")[2], "zeros")
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), **self.given}

    return Configured


def _shapes(base: Any) -> tuple[type, ...]:
    """Layers that move pixels: https://www.tensorflow.org/api_docs/python/tf/nn/depth_to_space and so on."""
    import tensorflow as tf

    class PixelShuffle(base):
        keys = (*spellings("PixelShuffle")[0], "data_format")

        def call(self, x: Any) -> Any:
            scale = self.first(*self.keys[:-1]) or int(re.findall(r"(\d)x$", type(self).__name__)[0])
            return x if scale == 1 else tf.nn.depth_to_space(x, scale)

    class SpaceToDepth(base):
        keys = (*spellings("SpaceToDepth")[0], "data_format")

        def call(self, x: Any) -> Any:
            block = self.first(*self.keys[:-1])
            return x if block == 1 else tf.nn.space_to_depth(x, block)

    class ReflectionPadding2D(base):
        keys = ("padding", "data_format")

        def call(self, x: Any) -> Any:
            padding = self.first("padding")
            sides = [padding, padding] if isinstance(padding, int) else padding
            pairs = [[side, side] if isinstance(side, int) else list(side) for side in sides]
            mode = "SYMMETRIC" if type(self).__name__.startswith("Symmetric") else "REFLECT"
            return tf.pad(x, [[0, 0], *pairs, [0, 0]], mode)

    return PixelShuffle, SpaceToDepth, ReflectionPadding2D


def _functions(base: Any) -> tuple[type, ...]:
    """Functions of each number alone."""
    import tensorflow as tf

    class Clip(base):
        keys = tuple(key for bound in spellings("Clip") for key in bound)

        def call(self, x: Any) -> Any:
            low, high = (self.first(*bound) for bound in spellings("Clip"))
            x = x if high is None else tf.minimum(x, high)
            return x if low is None else tf.maximum(x, low)

    class GELU(base):
        keys = ("approximate",)

        def call(self, x: Any) -> Any:
            return tf.nn.gelu(x, self.first("approximate"))

    class Mish(base):
        def call(self, x: Any) -> Any:
            return x * tf.tanh(tf.math.softplus(x))

    class MultiplyBeta(base):
        keys = ("beta",)

        def call(self, x: Any) -> Any:
            return x * self.first("beta")

    class Scale(base):
        keys = spellings("Scale")[0]

        def call(self, x: Any) -> Any:
            return x * tf.constant(self.first(*self.keys), x.dtype)

    class Swish(base):
        keys = ("beta",)

        def call(self, x: Any) -> Any:
            return x * tf.sigmoid(self.given.get("beta", 1) * x)

    return Clip, GELU, Mish, MultiplyBeta, Scale, Swish


def _normalization(base: Any) -> tuple[type, ...]:
    """Instance normalization: https://arxiv.org/abs/1607.08022."""
    import tensorflow as tf

    training = [
        f"{w}_{kind}" for w in ("beta", "gamma") for kind in ("initializer", "regularizer", "constraint")
    ]

    class InstanceNormalization(base):
        keys = ("axis", "epsilon", "center", "scale", "groups", "epsilon_on", *training)

        def build(self, input_shape: Any) -> None:
            axis = self.given.get("axis", -1)
            self.shape_of_weights = [1] * len(input_shape)
            if axis is not None:
                self.shape_of_weights[axis] = input_shape[axis]
            self.others = [
                i for i in range(1, len(input_shape)) if axis is None or i != axis % len(input_shape)
            ]
            size = (max(self.shape_of_weights),)
            self.gamma = self.weight("gamma", size) if self.given.get("scale", True) else None
            self.beta = self.weight("beta", size) if self.given.get("center", True) else None

        def call(self, x: Any) -> Any:
            mean, variance = tf.nn.moments(x, self.others, keepdims=True)
            epsilon = self.given.get("epsilon", 1e-3)
            # Of the two that are widely used, TensorFlow Addons names groups and keras-contrib does not.
            contrib = "gamma_initializer" in self.given and "groups" not in self.given
            if self.given.get("epsilon_on", "deviation" if contrib else "variance") == "deviation":
                y = (x - mean) / (tf.sqrt(variance) + epsilon)
            else:
                y = (x - mean) / tf.sqrt(variance + epsilon)
            y = y if self.gamma is None else y * tf.reshape(self.gamma, self.shape_of_weights)
            return y if self.beta is None else y + tf.reshape(self.beta, self.shape_of_weights)

    return (InstanceNormalization,)


def _attentions(base: Any) -> tuple[type, ...]:
    """The two parts of CBAM, https://arxiv.org/abs/1807.06521, of which RCAN has one."""
    import tensorflow as tf

    class ChannelAttention(base):
        keys = (*spellings("ChannelAttention")[0], "pooling", "use_bias")

        def build(self, input_shape: Any) -> None:
            channels = input_shape[-1]
            units = max(1, channels // self.first(*self.keys[:-2]))
            self.bias = self.given.get("use_bias", True)
            self.squeeze = [self.weight("squeeze_kernel", (channels, units))]
            self.squeeze += [self.weight("squeeze_bias", (units,))] if self.bias else []
            self.excite = [self.weight("excite_kernel", (units, channels))]
            self.excite += [self.weight("excite_bias", (channels,))] if self.bias else []

        def call(self, x: Any) -> Any:
            axes = list(range(1, len(x.shape) - 1))

            def dense(y: Any, weights: Any) -> Any:
                y = tf.einsum("...i,ij->...j", y, weights[0])
                return y + weights[1] if self.bias else y

            def attended(pooled: Any) -> Any:
                return dense(tf.nn.relu(dense(pooled, self.squeeze)), self.excite)

            attention = attended(tf.reduce_mean(x, axes, keepdims=True))
            if self.given["pooling"] == "mean+max":
                attention += attended(tf.reduce_max(x, axes, keepdims=True))
            return x * tf.sigmoid(attention)

    class SpatialAttention(base):
        keys = ("kernel_size", "pooling", "use_bias")

        def build(self, input_shape: Any) -> None:
            del input_shape
            size = self.given["kernel_size"]
            self.kernel = self.weight("kernel", (size, size, 2, 1))
            self.bias = self.weight("bias", (1,)) if self.given.get("use_bias", True) else None

        def call(self, x: Any) -> Any:
            pooled = [tf.reduce_mean(x, -1, keepdims=True), tf.reduce_max(x, -1, keepdims=True)]
            ordered = pooled if self.given["pooling"] == "mean+max" else pooled[::-1]
            y = tf.nn.conv2d(tf.concat(ordered, -1), self.kernel, 1, "SAME")
            return x * tf.sigmoid(y if self.bias is None else y + self.bias)

    return ChannelAttention, SpatialAttention
