"""Blocks of later networks, with scaled residuals, gates and perceptrons."""

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import layers


class LayerScale(layers.Layer):
    """A learned scale for each channel, small at first."""

    def __init__(self, init_values=1e-5, projection_dim=None, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        self.gamma = self.add_weight(
            name="gamma",
            shape=(self.projection_dim or input_shape[-1],),
            initializer=tf.keras.initializers.Constant(self.init_values),
            trainable=True,
        )

    def call(self, x):
        return x * self.gamma

    def get_config(self):
        config = super().get_config()
        config.update({"init_values": self.init_values, "projection_dim": self.projection_dim})
        return config


class StochasticDepth(layers.Layer):
    """Drops whole residual branches while training; leaves them alone afterwards."""

    def __init__(self, drop_path_rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.drop_path_rate = drop_path_rate

    def call(self, x, training=None):
        if training:
            keep_prob = 1 - self.drop_path_rate
            shape = (tf.shape(x)[0],) + (1,) * (len(x.shape) - 1)
            random_tensor = keep_prob + tf.random.uniform(shape, 0, 1)
            random_tensor = tf.floor(random_tensor)
            return (x / keep_prob) * random_tensor
        return x

    def get_config(self):
        config = super().get_config()
        config.update({"drop_path_rate": self.drop_path_rate})
        return config


class ConvNeXtBlock(layers.Layer):
    """A large depthwise convolution, a two-layer perceptron, a scaled and sometimes dropped residual."""

    def __init__(self, dim, drop_path=0.0, layer_scale_init_value=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.drop_path_rate = drop_path
        self.layer_scale_init_value = layer_scale_init_value
        self.dwconv = layers.DepthwiseConv2D(kernel_size=7, padding="same", name="dwconv")
        self.norm = layers.LayerNormalization(epsilon=1e-6, name="norm")
        self.pwconv1 = layers.Dense(4 * dim, name="pwconv1")
        self.pwconv2 = layers.Dense(dim, name="pwconv2")
        self.drop_path = StochasticDepth(drop_path) if drop_path > 0.0 else layers.Activation("linear")

    def build(self, input_shape):
        if self.layer_scale_init_value > 0:
            self.gamma = self.add_weight(
                name="layer_scale_gamma",
                shape=(self.dim,),
                initializer=tf.keras.initializers.Constant(self.layer_scale_init_value),
            )
        else:
            self.gamma = None
        super().build(input_shape)

    def call(self, inputs):
        x = self.dwconv(inputs)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = tf.nn.gelu(x)
        x = self.pwconv2(x)
        if self.gamma is not None:
            x = self.gamma * x
        return inputs + self.drop_path(x)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "dim": self.dim,
                "drop_path": self.drop_path_rate,
                "layer_scale_init_value": self.layer_scale_init_value,
            }
        )
        return config


def simple_gate(x):
    a, b = tf.split(x, 2, axis=-1)
    return a * b


class NAFBlock(layers.Layer):
    """NAFNet's block: gates in place of activations, both branches scaled by learned numbers."""

    def __init__(self, factor=2, drop_out_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.drop_out_rate = drop_out_rate

    def build(self, input_shape):
        c = input_shape[-1]
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.conv1 = layers.Conv2D(c * self.factor, 1)
        self.conv2 = layers.DepthwiseConv2D(3, padding="same")
        self.sca = layers.Conv2D(c * self.factor // 2, 1)
        self.conv3 = layers.Conv2D(c, 1)
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)
        self.conv4 = layers.Conv2D(c * self.factor, 1)
        self.conv5 = layers.Conv2D(c, 1)
        self.dropout = layers.Dropout(self.drop_out_rate)
        self.beta = self.add_weight(name="beta", shape=(1, 1, 1, c), initializer="zeros")
        self.gamma = self.add_weight(name="gamma", shape=(1, 1, 1, c), initializer="zeros")

    def call(self, inputs, training=None):
        x = simple_gate(self.conv2(self.conv1(self.norm1(inputs))))
        x = x * self.sca(tf.reduce_mean(x, [1, 2], keepdims=True))
        x = self.dropout(self.conv3(x), training=training)
        y = inputs + x * self.beta
        x = self.conv5(simple_gate(self.conv4(self.norm2(y))))
        return y + self.dropout(x, training=training) * self.gamma

    def get_config(self):
        config = super().get_config()
        config.update({"factor": self.factor, "drop_out_rate": self.drop_out_rate})
        return config


class FeedForward(layers.Layer):
    """A transformer's perceptron in one Sequential, with residual and normalization."""

    def __init__(self, dim, hidden_units=(16, 8), rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.hidden_units = list(hidden_units)
        self.rate = rate
        self.net = tf.keras.Sequential(name="ffn")
        for units in self.hidden_units:
            self.net.add(layers.Dense(units, activation=tf.nn.gelu))
            self.net.add(layers.Dropout(rate))
        self.net.add(layers.Dense(dim))
        self.layernorm = layers.LayerNormalization(epsilon=1e-6)

    def call(self, x):
        return self.layernorm(x + self.net(x))

    def get_config(self):
        config = super().get_config()
        config.update({"dim": self.dim, "hidden_units": self.hidden_units, "rate": self.rate})
        return config


class InceptionBlock(layers.Layer):
    """Parallel branches kept in a dictionary."""

    def __init__(self, filters=4, kernels=(1, 3, 5), **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernels = kernels
        self.branches = {
            f"k{k}": layers.Conv2D(filters, k, padding="same", activation="relu") for k in kernels
        }

    def call(self, x):
        return layers.concatenate([branch(x) for branch in self.branches.values()])

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1]) + (self.filters * len(self.kernels),)

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "kernels": self.kernels})
        return config


CASES = [
    Case(
        "LayerScale", BOTH, [{}, {"init_values": 0.1, "projection_dim": 4}], [[1, 8, 8, 4], [3, 7, 4], [1, 4]]
    ),
    Case("StochasticDepth", BOTH, [{}, {"drop_path_rate": 0.5}], [[1, 8, 8, 4], [3, 7, 2]]),
    Case(
        "ConvNeXtBlock",
        BOTH,
        [{"dim": 4}, {"dim": 4, "drop_path": 0.2, "layer_scale_init_value": 0}],
        [[1, 8, 8, 4], [3, 5, 7, 4]],
    ),
    Case("NAFBlock", BOTH, [{}, {"factor": 4, "drop_out_rate": 0.2}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case(
        "FeedForward",
        BOTH,
        [{"dim": 6}, {"dim": 6, "hidden_units": [4], "rate": 0.0}],
        [[1, 9, 6], [3, 5, 6]],
    ),
    Case("InceptionBlock", BOTH, [{}, {"filters": 2, "kernels": [3, 7]}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
]
