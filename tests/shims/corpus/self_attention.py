"""Attention of every place to every other."""

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import layers


class SelfAttention2D(tf.keras.layers.Layer):
    """Self-attention of SAGAN: 1×1 convolutions, and a learned share that begins at zero."""

    def __init__(self, channels, reduction=8, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.reduction = reduction
        self.f = tf.keras.layers.Conv2D(max(channels // reduction, 1), 1, use_bias=False, name="f")
        self.g = tf.keras.layers.Conv2D(max(channels // reduction, 1), 1, use_bias=False, name="g")
        self.h = tf.keras.layers.Conv2D(channels, 1, use_bias=False, name="h")

    def build(self, input_shape):
        self.gamma = self.add_weight(name="gamma", shape=[1], initializer="zeros", trainable=True)
        super().build(input_shape)

    def hw_flatten(self, x):
        shape = tf.shape(x)
        return tf.reshape(x, [shape[0], shape[1] * shape[2], x.shape[-1]])

    def call(self, x):
        f = self.f(x)
        g = self.g(x)
        h = self.h(x)
        s = tf.matmul(self.hw_flatten(g), self.hw_flatten(f), transpose_b=True)
        beta = tf.nn.softmax(s)
        o = tf.matmul(beta, self.hw_flatten(h))
        o = tf.reshape(o, tf.shape(x))
        return self.gamma * o + x

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update({"channels": self.channels, "reduction": self.reduction})
        return config


class NonLocalBlock(tf.keras.layers.Layer):
    """Non-local block in the modes embedded Gaussian and dot product, with an optional pooled key."""

    def __init__(self, intermediate_dim=None, mode="embedded", pool=False, **kwargs):
        super().__init__(**kwargs)
        if mode not in ("embedded", "dot"):
            raise ValueError(f"mode must be 'embedded' or 'dot', not {mode!r}")
        self.intermediate_dim = intermediate_dim
        self.mode = mode
        self.pool = pool

    def build(self, input_shape):
        dim = self.intermediate_dim or input_shape[-1] // 2
        self.dim = dim
        self.theta = tf.keras.layers.Conv2D(dim, 1, use_bias=False)
        self.phi = tf.keras.layers.Conv2D(dim, 1, use_bias=False)
        self.g = tf.keras.layers.Conv2D(dim, 1, use_bias=False)
        self.out = tf.keras.layers.Conv2D(input_shape[-1], 1, use_bias=False)
        if self.pool:
            self.max_pool = tf.keras.layers.MaxPooling2D(2)
        super().build(input_shape)

    def call(self, inputs):
        batch = tf.shape(inputs)[0]
        theta = tf.reshape(self.theta(inputs), (batch, -1, self.dim))
        phi = self.phi(inputs)
        g = self.g(inputs)
        if self.pool:
            phi = self.max_pool(phi)
            g = self.max_pool(g)
        phi = tf.reshape(phi, (batch, -1, self.dim))
        g = tf.reshape(g, (batch, -1, self.dim))
        attention = tf.linalg.matmul(theta, phi, transpose_b=True)
        if self.mode == "dot":
            attention /= tf.cast(tf.shape(attention)[-1], attention.dtype)
        else:
            attention = tf.nn.softmax(attention, axis=-1)
        y = tf.matmul(attention, g)
        y = tf.reshape(y, (batch, tf.shape(inputs)[1], tf.shape(inputs)[2], self.dim))
        return inputs + self.out(y)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"intermediate_dim": self.intermediate_dim, "mode": self.mode, "pool": self.pool},
        )
        return config


class GlobalContext(layers.Layer):
    """Global context block: one attention map pools the picture, a bottleneck adds it to every pixel."""

    def __init__(self, ratio: float = 0.25, eps: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio
        self.eps = eps

    def build(self, input_shape):
        c = input_shape[-1]
        hidden = int(round(c * self.ratio))
        self.mask = layers.Conv2D(1, 1)
        self.down = layers.Dense(hidden)
        self.norm = layers.LayerNormalization(epsilon=self.eps)
        self.up = layers.Dense(c)
        self.built = True

    def call(self, x):
        shape = tf.shape(x)
        b, h, w = shape[0], shape[1], shape[2]
        c = x.shape[-1]
        weights = tf.nn.softmax(tf.reshape(self.mask(x), [b, h * w, 1]), axis=1)
        context = tf.reduce_sum(tf.reshape(x, [b, h * w, c]) * weights, axis=1)
        context = self.up(tf.nn.relu(self.norm(self.down(context))))
        return x + tf.reshape(context, [b, 1, 1, c])

    def get_config(self):
        base = super().get_config()
        return {**base, "ratio": self.ratio, "eps": self.eps}


class EinsumAttention(layers.Layer):
    """Multi-head attention over a sequence, its projections written with einsum and own kernels."""

    def __init__(self, num_heads, head_dim, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.head_dim = head_dim
        self.use_bias = use_bias
        self.scale = head_dim**-0.5

    def build(self, input_shape):
        d = input_shape[-1]
        n, k = self.num_heads, self.head_dim
        self.wq = self.add_weight(name="wq", shape=(d, n, k), initializer="glorot_uniform")
        self.wk = self.add_weight(name="wk", shape=(d, n, k), initializer="glorot_uniform")
        self.wv = self.add_weight(name="wv", shape=(d, n, k), initializer="glorot_uniform")
        self.wo = self.add_weight(name="wo", shape=(n, k, d), initializer="glorot_uniform")
        if self.use_bias:
            self.bo = self.add_weight(name="bo", shape=(d,), initializer="zeros")
        else:
            self.bo = None
        super().build(input_shape)

    def call(self, x):
        q = tf.einsum("btd,dnk->bntk", x, self.wq)
        k = tf.einsum("btd,dnk->bntk", x, self.wk)
        v = tf.einsum("btd,dnk->bntk", x, self.wv)
        logits = tf.einsum("bntk,bnsk->bnts", q * self.scale, k)
        weights = tf.nn.softmax(logits, axis=-1)
        out = tf.einsum("bnts,bnsk->bntk", weights, v)
        out = tf.einsum("bntk,nkd->btd", out, self.wo)
        if self.bo is not None:
            out = out + self.bo
        return out

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "head_dim": self.head_dim,
                "use_bias": self.use_bias,
            }
        )
        return config


class SoftArgmax(layers.Layer):
    """Expected coordinates of each channel's peak, in [-1, 1]."""

    def __init__(self, beta=10.0, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta

    def call(self, heatmaps):
        shape = tf.shape(heatmaps)
        batch, height, width = shape[0], shape[1], shape[2]
        channels = heatmaps.shape[-1]
        flat = tf.reshape(heatmaps, [batch, height * width, channels])
        probability = tf.nn.softmax(self.beta * flat, axis=1)
        probability = tf.reshape(probability, [batch, height, width, channels])
        xs = tf.linspace(-1.0, 1.0, width)
        ys = tf.linspace(-1.0, 1.0, height)
        expected_x = tf.reduce_sum(tf.reduce_sum(probability, axis=1) * xs[None, :, None], axis=1)
        expected_y = tf.reduce_sum(tf.reduce_sum(probability, axis=2) * ys[None, :, None], axis=1)
        return tf.stack([expected_x, expected_y], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1], 2)

    def get_config(self):
        config = super().get_config()
        config["beta"] = self.beta
        return config


class AttentionPooling(layers.Layer):
    """Weighted mean over time in the additive manner of early text models."""

    def __init__(self, units: int = 8, **kwargs):
        self.units = units
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight(name="att_weight", shape=(input_shape[-1], self.units), initializer="normal")
        self.b = self.add_weight(name="att_bias", shape=(self.units,), initializer="zeros")
        self.u = self.add_weight(name="att_u", shape=(self.units, 1), initializer="normal")
        super().build(input_shape)

    def call(self, x):
        score = tf.tanh(tf.tensordot(x, self.W, axes=1) + self.b)
        weights = tf.nn.softmax(tf.tensordot(score, self.u, axes=[[2], [0]]), axis=1)
        return tf.reduce_sum(x * weights, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]

    def get_config(self):
        cfg = super().get_config()
        cfg["units"] = self.units
        return cfg


CASES = [
    Case(
        "SelfAttention2D",
        BOTH,
        [{"channels": 8}, {"channels": 8, "reduction": 2}],
        [[1, 6, 6, 8], [3, 5, 7, 8], [1, 1, 1, 8]],
    ),
    Case(
        "NonLocalBlock",
        BOTH,
        [{}, {"mode": "dot", "intermediate_dim": 3}, {"pool": True}],
        [[1, 6, 6, 8], [3, 5, 7, 4]],
    ),
    Case(
        "GlobalContext", BOTH, [{}, {"ratio": 0.5, "eps": 1e-3}], [[1, 6, 6, 8], [3, 5, 7, 16], [1, 1, 1, 8]]
    ),
    Case(
        "EinsumAttention",
        BOTH,
        [{"num_heads": 2, "head_dim": 4}, {"num_heads": 3, "head_dim": 2, "use_bias": False}],
        [[1, 9, 8], [3, 5, 6], [2, 1, 4]],
    ),
    Case("SoftArgmax", BOTH, [{}, {"beta": 2.5}], [[1, 8, 8, 3], [3, 5, 7, 2], [1, 64, 64, 1]]),
    Case("AttentionPooling", BOTH, [{}, {"units": 3}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
]
