"""Layers written for Keras 3 in keras.ops alone, with little ceremony: no get_config, few names."""

import keras
from case import KERAS, Case
from keras import ops
from keras.layers import Conv2D, DepthwiseConv2D, Layer
from keras.saving import register_keras_serializable


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


@register_keras_serializable(package="modern")
class ResizeBy(Layer):
    """keras.ops.image.resize by a factor."""

    def __init__(self, scale=2, interpolation="bilinear", **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.interpolation = interpolation

    def call(self, inputs):
        height, width = ops.shape(inputs)[1:3]
        size = (height * self.scale, width * self.scale)
        return ops.image.resize(inputs, size, interpolation=self.interpolation)


@register_keras_serializable(package="modern")
class RepeatUpsample(Layer):
    """ops.repeat along both axes, the factors of the configuration."""

    def __init__(self, factors, **kwargs):
        super().__init__(**kwargs)
        self.factors = _pair(factors)

    def call(self, x):
        for axis, factor in enumerate(self.factors, start=1):
            x = ops.repeat(x, factor, axis=axis)
        return x

    def get_config(self):
        config = super().get_config()
        config.update({"factors": self.factors})
        return config


class PadOps(Layer):
    """ops.pad in a mode of the configuration."""

    def __init__(self, pad=1, mode="reflect", **kwargs):
        super().__init__(**kwargs)
        self.pad = _pair(pad)
        self.mode = mode

    def call(self, x):
        ph, pw = self.pad
        return ops.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)), mode=self.mode)


class LargeKernelAttention(Layer):
    """A large kernel in three parts, multiplied onto its input."""

    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.conv0 = DepthwiseConv2D(5, padding="same")
        self.conv_spatial = DepthwiseConv2D(5, padding="same", dilation_rate=3)
        self.conv1 = Conv2D(dim, 1)

    def build(self, input_shape):
        for conv in (self.conv0, self.conv_spatial, self.conv1):
            conv.build(input_shape)

    def call(self, x):
        return x * self.conv1(self.conv_spatial(self.conv0(x)))


class TransposedAttention(Layer):
    """Restormer's attention: channels attend to channels, with a learned temperature for each head."""

    def __init__(self, num_heads=2, bias=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.bias = bias

    def build(self, input_shape):
        dim = input_shape[-1]
        self.temperature = self.add_weight(
            shape=(self.num_heads, 1, 1), initializer="ones", name="temperature"
        )
        self.qkv = Conv2D(dim * 3, 1, use_bias=self.bias)
        self.qkv_dwconv = DepthwiseConv2D(3, padding="same", use_bias=self.bias)
        self.project_out = Conv2D(dim, 1, use_bias=self.bias)

    def _heads(self, x):
        b, h, w, c = ops.shape(x)
        x = ops.reshape(x, (b, h * w, self.num_heads, c // self.num_heads))
        return ops.transpose(x, (0, 2, 3, 1))

    def call(self, x):
        b, h, w, c = ops.shape(x)
        q, k, v = ops.split(self.qkv_dwconv(self.qkv(x)), 3, axis=-1)
        q, k, v = self._heads(q), self._heads(k), self._heads(v)
        q = ops.normalize(q, axis=-1)
        k = ops.normalize(k, axis=-1)
        attn = (q @ ops.swapaxes(k, -2, -1)) * self.temperature
        out = ops.softmax(attn, axis=-1) @ v
        out = ops.reshape(ops.transpose(out, (0, 3, 1, 2)), (b, h, w, c))
        return self.project_out(out)


class SimAM(Layer):
    """Attention without weights: an energy of every pixel against its channel."""

    def __init__(self, e_lambda=1e-4, activation=ops.sigmoid, **kwargs):
        super().__init__(**kwargs)
        self.e_lambda = e_lambda
        self.activation = activation

    def call(self, x):
        _, h, w, _ = x.shape
        n = w * h - 1
        d = ops.square(x - ops.mean(x, axis=[1, 2], keepdims=True))
        energy = d / (4 * (ops.sum(d, axis=[1, 2], keepdims=True) / n + self.e_lambda)) + 0.5
        return x * self.activation(energy)

    def get_config(self):
        return {**super().get_config(), "e_lambda": self.e_lambda}


class GeM(Layer):
    """Generalised mean pooling with a learned power."""

    def __init__(self, p=3.0, eps=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.init_p = p
        self.eps = eps

    def build(self, input_shape):
        self.p = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(self.init_p), name="p")

    def call(self, x):
        p = ops.abs(self.p) + 1.0
        return ops.power(ops.mean(ops.power(ops.maximum(x, self.eps), p), axis=(1, 2)), 1.0 / p)

    def get_config(self):
        return {"p": self.init_p, "eps": self.eps, **super().get_config()}


class TopKChannels(Layer):
    """The largest values of each pixel, in order."""

    def __init__(self, k=2, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def call(self, x):
        values, _ = ops.top_k(x, self.k)
        return values


class Lowpass(Layer):
    """Means of blocks, spread again, and what is left over: two outputs."""

    def __init__(self, size: int = 2, *, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.size = size

    def call(self, x):
        low = ops.average_pool(x, self.size, strides=self.size, padding="valid")
        spread = ops.repeat(ops.repeat(low, self.size, axis=1), self.size, axis=2)
        return low, x - spread

    def get_config(self):
        return {**super().get_config(), "size": self.size}


class CumulativeMean(Layer):
    """The mean of all steps so far."""

    def call(self, x):
        n = ops.arange(1, ops.shape(x)[1] + 1, dtype="float32")
        return ops.cumsum(x, axis=1) / n[None, :, None]

    def compute_output_shape(self, input_shape):
        return input_shape


CASES = [
    Case(
        "ResizeBy",
        KERAS,
        [{}, {"scale": 3, "interpolation": "nearest"}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 4]],
    ),
    Case("RepeatUpsample", KERAS, [{"factors": 2}, {"factors": [1, 3]}], [[1, 8, 8, 3], [3, 5, 7, 2]]),
    Case(
        "PadOps",
        KERAS,
        [{}, {"pad": [2, 1], "mode": "symmetric"}, {"mode": "constant"}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case("LargeKernelAttention", KERAS, [{"dim": 4}], [[1, 8, 8, 4], [3, 5, 7, 4]]),
    Case("TransposedAttention", KERAS, [{}, {"num_heads": 4, "bias": True}], [[1, 8, 8, 8], [3, 5, 7, 4]]),
    Case("SimAM", KERAS, [{}, {"e_lambda": 0.1}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case("GeM", KERAS, [{}, {"p": 2.0, "eps": 0.001}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case("TopKChannels", KERAS, [{}, {"k": 4}], [[1, 8, 8, 4], [3, 5, 7, 5]]),
    Case("Lowpass", KERAS, [{}, {"size": 4}], [[1, 8, 8, 4], [3, 4, 12, 2]]),
    Case("CumulativeMean", KERAS, [{}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
]
