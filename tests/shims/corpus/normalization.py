"""Normalization layers that Keras does not have, or did not have for long."""

import keras
import tensorflow as tf
from case import KERAS, Case
from keras import initializers, ops
from keras import layers as kl
from keras.layers import Layer


@keras.saving.register_keras_serializable(package="corpus")
class InstanceNorm(Layer):
    """Instance normalization with optional scale and shift."""

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale

    def build(self, input_shape):
        dim = input_shape[self.axis]
        if dim is None:
            raise ValueError("Axis " + str(self.axis) + " of the input must have a defined dimension.")
        if self.scale:
            self.gamma = self.add_weight(shape=(dim,), name="gamma", initializer=initializers.Ones())
        else:
            self.gamma = None
        if self.center:
            self.beta = self.add_weight(shape=(dim,), name="beta", initializer=initializers.Zeros())
        else:
            self.beta = None

    def call(self, inputs):
        mean = ops.mean(inputs, axis=(1, 2), keepdims=True)
        variance = ops.var(inputs, axis=(1, 2), keepdims=True)
        normed = (inputs - mean) / ops.sqrt(variance + self.epsilon)
        if self.gamma is not None:
            normed = normed * self.gamma
        if self.beta is not None:
            normed += self.beta
        return normed

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = {"axis": self.axis, "epsilon": self.epsilon, "center": self.center, "scale": self.scale}
        base_config = super().get_config()
        return dict(list(base_config.items()) + list(config.items()))


class GroupNorm(Layer):
    """Group normalization by reshaping, for any height and width."""

    def __init__(self, groups=32, eps=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.groups = groups
        self.eps = eps

    def build(self, input_shape):
        c = input_shape[-1]
        if c % self.groups != 0:
            raise ValueError(f"{c} channels do not divide into {self.groups} groups")
        self.gamma = self.add_weight(name="gamma", shape=(1, 1, 1, c), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(1, 1, 1, c), initializer="zeros")

    def call(self, x):
        n, h, w, c = ops.shape(x)
        y = ops.reshape(x, (n, h, w, self.groups, c // self.groups))
        mean, var = ops.moments(y, axes=[1, 2, 4], keepdims=True)
        y = (y - mean) * ops.rsqrt(var + self.eps)
        return ops.reshape(y, (n, h, w, c)) * self.gamma + self.beta

    def get_config(self):
        config = super().get_config()
        config.update({"groups": self.groups, "eps": self.eps})
        return config


class PixelNorm(Layer):
    """Pixel-wise feature vector normalization of the progressive GAN."""

    def __init__(self, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, x):
        return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + self.epsilon)


class RMSNorm(Layer):
    """Root mean square normalization over the last axis."""

    def __init__(self, eps: float = 1e-6, **kwargs) -> None:
        super().__init__(**kwargs)
        self.eps = eps

    def build(self, input_shape) -> None:
        self.weight = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="weight")
        super().build(input_shape)

    def _norm(self, x):
        return x * ops.rsqrt(ops.mean(ops.power(x, 2), axis=-1, keepdims=True) + self.eps)

    def call(self, x):
        dtype = x.dtype
        out = self._norm(ops.cast(x, "float32"))
        return ops.cast(out, dtype) * self.weight

    def get_config(self):
        return super().get_config() | {"eps": self.eps}


class LayerNorm2d(Layer):
    """Layer normalization over the channels alone, with bias if wanted."""

    def __init__(self, *, bias=True, eps=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.use_bias = bias
        self.eps = eps

    def build(self, input_shape):
        shape = input_shape[-1:]
        self.g = self.add_weight(shape=shape, initializer="ones", name="g")
        if self.use_bias:
            self.b = self.add_weight(shape=shape, initializer="zeros", name="b")

    def call(self, x):
        mean, var = tf.nn.moments(x, axes=[-1], keepdims=True)
        x = (x - mean) / tf.sqrt(var + self.eps)
        x = x * self.g
        return x + self.b if self.use_bias else x

    def get_config(self):
        config = super().get_config()
        config["bias"] = self.use_bias
        config["eps"] = self.eps
        return config


class AdaIN(Layer):
    """Adaptive instance normalization: the content takes the style's mean and deviation."""

    def __init__(self, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def get_statistics(self, x):
        mean, variance = tf.nn.moments(x, axes=[1, 2], keepdims=True)
        return mean, tf.sqrt(variance + self.epsilon)

    def call(self, inputs):
        content, style = inputs
        content_mean, content_std = self.get_statistics(content)
        style_mean, style_std = self.get_statistics(style)
        return style_std * (content - content_mean) / content_std + style_mean

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon})
        return config


class FilterResponseNorm(kl.Layer):
    """Filter response normalization with its thresholded linear unit."""

    def __init__(self, epsilon=1e-6, learned_epsilon=False, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.learned_epsilon = learned_epsilon

    def build(self, input_shape):
        shape = [1] * (len(input_shape) - 1) + [input_shape[-1]]
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")
        self.tau = self.add_weight(name="tau", shape=shape, initializer="zeros")
        if self.learned_epsilon:
            self.eps_l = self.add_weight(
                name="eps_l", shape=(1,), initializer=initializers.Constant(1e-4), trainable=True
            )
        self.spatial = list(range(1, len(input_shape) - 1))

    def call(self, x):
        nu2 = tf.reduce_mean(tf.square(x), axis=self.spatial, keepdims=True)
        eps = self.epsilon
        if self.learned_epsilon:
            eps = eps + tf.abs(self.eps_l)
        x = x * tf.math.rsqrt(nu2 + eps)
        return tf.maximum(self.gamma * x + self.beta, self.tau)

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon, "learned_epsilon": self.learned_epsilon})
        return config


class GlobalResponseNorm(Layer):
    """Global response normalization of the second ConvNeXt."""

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(1, 1, 1, input_shape[-1]), initializer="zeros", name="gamma")
        self.beta = self.add_weight(shape=(1, 1, 1, input_shape[-1]), initializer="zeros", name="beta")

    def call(self, x):
        gx = ops.norm(x, axis=(1, 2), keepdims=True)
        nx = gx / (ops.mean(gx, axis=-1, keepdims=True) + 1e-6)
        return self.gamma * (x * nx) + self.beta + x


class FrozenBatchNorm(Layer):
    """Batch normalization whose statistics never move; the moving ones come before the trained ones."""

    def __init__(self, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        c = (input_shape[-1],)
        self.mean = self.add_weight(name="moving_mean", shape=c, initializer="zeros", trainable=False)
        self.variance = self.add_weight(name="moving_variance", shape=c, initializer="ones", trainable=False)
        self.gamma = self.add_weight(name="gamma", shape=c, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=c, initializer="zeros")

    def call(self, x, training=False):
        if training:
            m, v = tf.nn.moments(x, [0, 1, 2])
        else:
            m, v = self.mean, self.variance
        return tf.nn.batch_normalization(x, m, v, self.beta, self.gamma, self.epsilon)

    def get_config(self):
        return {"epsilon": self.epsilon, **super().get_config()}


class L2Normalize(Layer):
    """Unit length along an axis, times a learned or a constant scale."""

    def __init__(self, axis=-1, scale=1.0, learn_scale=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.scale = scale
        self.learn_scale = learn_scale

    def build(self, input_shape):
        if self.learn_scale:
            self.alpha = self.add_weight(
                name="alpha",
                shape=(),
                initializer=initializers.Constant(self.scale),
            )
        else:
            self.alpha = self.scale

    def call(self, x):
        return tf.math.l2_normalize(x, axis=self.axis, epsilon=1e-10) * self.alpha

    def get_config(self):
        config = super().get_config()
        config.update({"axis": self.axis, "scale": self.scale, "learn_scale": self.learn_scale})
        return config


CASES = [
    Case(
        "InstanceNorm",
        KERAS,
        [{}, {"epsilon": 0.01, "scale": False}, {"center": False}, {"center": False, "scale": False}],
        [[1, 8, 8, 4], [3, 5, 7, 2], [1, 64, 64, 3]],
    ),
    Case("GroupNorm", KERAS, [{"groups": 2}, {"groups": 4, "eps": 0.001}], [[1, 8, 8, 8], [3, 5, 7, 4]]),
    Case("PixelNorm", KERAS, [{}, {"epsilon": 0.1}], [[1, 8, 8, 4], [3, 5, 7, 2], [2, 16], [1, 1, 1, 3]]),
    Case("RMSNorm", KERAS, [{}, {"eps": 0.01}], [[1, 8, 8, 4], [3, 7, 6], [2, 5]]),
    Case(
        "LayerNorm2d", KERAS, [{}, {"bias": False, "eps": 0.01}], [[1, 8, 8, 4], [3, 5, 7, 6], [1, 1, 1, 8]]
    ),
    Case(
        "AdaIN",
        KERAS,
        [{}, {"epsilon": 0.01}],
        [[[1, 8, 8, 4], [1, 6, 5, 4]], [[3, 5, 7, 2], [3, 5, 7, 2]]],
    ),
    Case(
        "FilterResponseNorm",
        KERAS,
        [{}, {"learned_epsilon": True, "epsilon": 0.001}],
        [[1, 8, 8, 4], [3, 5, 7, 2], [2, 6, 3]],
    ),
    Case("GlobalResponseNorm", KERAS, [{}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case("FrozenBatchNorm", KERAS, [{}, {"epsilon": 0.1}], [[1, 8, 8, 4], [3, 5, 7, 2], [1, 1, 1, 3]]),
    Case(
        "L2Normalize",
        KERAS,
        [{}, {"scale": 20.0}, {"learn_scale": True, "axis": 1}, {"axis": [1, 2]}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
]
