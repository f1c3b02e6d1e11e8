"""Blocks by configuration: normalization, activation, expansion, skip."""

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import layers


class _Squeeze(layers.Layer):
    def __init__(self, channels, ratio):
        super().__init__()
        self.pool = layers.GlobalAveragePooling2D()
        self.weigh = tf.keras.Sequential(
            [
                layers.Dense(channels // ratio, activation="relu"),
                layers.Dense(channels, activation="sigmoid"),
                layers.Reshape((1, 1, channels)),
            ]
        )

    def call(self, x):
        return layers.Multiply()([x, self.weigh(self.pool(x))])


class ConvBNAct(layers.Layer):
    """Convolution, normalization, activation, by configuration."""

    def __init__(
        self, filters, kernel_size, strides=1, groups=1, *, norm="batch", act="relu", alpha=0.1, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.groups = groups
        self.norm_name = norm
        self.act_name = act
        self.alpha = alpha
        self.conv = layers.Conv2D(
            filters, kernel_size, strides, padding="same", groups=groups, use_bias=norm is None
        )
        if norm == "batch":
            self.norm = layers.BatchNormalization(epsilon=1e-5, momentum=0.9)
        elif norm == "layer":
            self.norm = layers.LayerNormalization()
        else:
            self.norm = None
        self.act = {
            "relu": layers.ReLU(),
            "relu6": layers.ReLU(6.0),
            "leaky": layers.LeakyReLU(alpha),
            "none": layers.Activation("linear"),
        }[act]

    def call(self, x, training=False):
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x, training=training) if self.norm_name == "batch" else self.norm(x)
        return self.act(x)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "groups": self.groups,
                "norm": self.norm_name,
                "act": self.act_name,
                "alpha": self.alpha,
            }
        )
        return config


class LinearBottleneck(ConvBNAct):
    """The same without its activation: a subclass of a subclass."""

    def __init__(self, filters, kernel_size=1, **kwargs):
        kwargs.pop("act", None)
        super().__init__(filters, kernel_size, act="none", **kwargs)

    def call(self, x, training=False):
        y = super().call(x, training=training)
        if x.shape[-1] == self.filters and self.strides == 1:
            y = y + x
        return y


class InvertedResidual(layers.Layer):
    """MobileNet's block, its expansion and its skip by configuration."""

    def __init__(self, filters, expand_ratio=2, stride=1, se=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.expand_ratio = expand_ratio
        self.stride = stride
        self.se = se

    def build(self, input_shape):
        inp = input_shape[-1]
        hidden = int(round(inp * self.expand_ratio))
        self.use_res_connect = self.stride == 1 and inp == self.filters
        stack = []
        if self.expand_ratio != 1:
            stack += [layers.Conv2D(hidden, 1, use_bias=False), layers.BatchNormalization(), layers.ReLU(6.0)]
        stack += [
            layers.DepthwiseConv2D(3, strides=self.stride, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
        ]
        if self.se:
            stack.append(_Squeeze(hidden, 2))
        stack.extend([layers.Conv2D(self.filters, 1, use_bias=False), layers.BatchNormalization()])
        self.stack = tf.keras.Sequential(stack)
        super().build(input_shape)

    def call(self, x, training=None):
        out = self.stack(x, training=training)
        return tf.add(x, out) if self.use_res_connect else out

    def get_config(self):
        config = super().get_config()
        config.update(
            {"filters": self.filters, "expand_ratio": self.expand_ratio, "stride": self.stride, "se": self.se}
        )
        return config


CASES = [
    Case(
        "ConvBNAct",
        BOTH,
        [
            {"filters": 4, "kernel_size": 3},
            {"filters": 4, "kernel_size": 3, "strides": 2, "norm": "layer", "act": "leaky", "alpha": 0.3},
            {"filters": 2, "kernel_size": 1, "norm": None, "act": "relu6"},
        ],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
    Case(
        "LinearBottleneck",
        BOTH,
        [{"filters": 4}, {"filters": 6, "norm": None}, {"filters": 4, "strides": 2}],
        [[1, 8, 8, 4], [3, 5, 7, 6]],
    ),
    Case(
        "InvertedResidual",
        BOTH,
        [{"filters": 4}, {"filters": 6, "expand_ratio": 1, "stride": 2}, {"filters": 4, "se": True}],
        [[1, 8, 8, 4], [3, 5, 7, 6]],
    ),
]
