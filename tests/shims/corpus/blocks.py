"""Blocks of restoration networks: layers that are made of layers."""

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras import layers


class CALayer(layers.Layer):
    """Channel attention of RCAN, by convolutions."""

    def __init__(self, channel, reduction=16, **kwargs):
        super().__init__(**kwargs)
        self.channel = channel
        self.reduction = reduction
        self.avg_pool = layers.GlobalAveragePooling2D(keepdims=True)
        self.conv_du = [
            layers.Conv2D(channel // reduction, 1, padding="same", activation="relu"),
            layers.Conv2D(channel, 1, padding="same", activation="sigmoid"),
        ]

    def call(self, x):
        y = self.avg_pool(x)
        for layer in self.conv_du:
            y = layer(y)
        return x * y

    def get_config(self):
        config = super().get_config()
        config.update({"channel": self.channel, "reduction": self.reduction})
        return config


class RCAB(layers.Layer):
    """Residual channel attention block, its body a list."""

    def __init__(self, n_feat, kernel_size=3, reduction=4, bn=False, res_scale=1, **kwargs):
        super().__init__(**kwargs)
        self.n_feat = n_feat
        self.kernel_size = kernel_size
        self.reduction = reduction
        self.bn = bn
        self.res_scale = res_scale
        modules_body = []
        for i in range(2):
            modules_body.append(layers.Conv2D(n_feat, kernel_size, padding="same"))
            if bn:
                modules_body.append(layers.BatchNormalization())
            if i == 0:
                modules_body.append(layers.ReLU())
        modules_body.append(CALayer(n_feat, reduction))
        self.body = modules_body

    def call(self, x):
        res = x
        for module in self.body:
            res = module(res)
        return res * self.res_scale + x

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "n_feat": self.n_feat,
                "kernel_size": self.kernel_size,
                "reduction": self.reduction,
                "bn": self.bn,
                "res_scale": self.res_scale,
            }
        )
        return config


class ResidualGroup(layers.Layer):
    """Several of those blocks, a convolution and a skip."""

    def __init__(self, n_feat, n_resblocks=2, **kwargs):
        super().__init__(**kwargs)
        self.n_feat = n_feat
        self.n_resblocks = n_resblocks
        self.blocks = [RCAB(n_feat, 3, reduction=2, name=f"rcab_{i}") for i in range(n_resblocks)]
        self.tail = layers.Conv2D(n_feat, 3, padding="same", name="tail")

    def call(self, inputs):
        x = inputs
        for block in self.blocks:
            x = block(x)
        return layers.add([self.tail(x), inputs])

    def get_config(self):
        return {**super().get_config(), "n_feat": self.n_feat, "n_resblocks": self.n_resblocks}


class EDSRBlock(layers.Layer):
    """EDSR's residual block: no normalization, the branch scaled down."""

    def __init__(self, filters=8, scaling=0.1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.scaling = scaling

    def build(self, input_shape):
        self.conv1 = layers.Conv2D(self.filters, 3, padding="same", activation="relu")
        self.conv2 = layers.Conv2D(self.filters, 3, padding="same")
        self.add = layers.Add()
        super().build(input_shape)

    def call(self, x_in):
        x = self.conv1(x_in)
        x = self.conv2(x)
        if self.scaling:
            x = x * self.scaling
        return self.add([x_in, x])

    def get_config(self):
        cfg = super().get_config()
        cfg.update({"filters": self.filters, "scaling": self.scaling})
        return cfg


class ResidualDenseBlock(layers.Layer):
    """RDN's block: every convolution sees all before it; a 1×1 fuses them."""

    def __init__(self, growth=4, depth=3, **kwargs):
        super().__init__(**kwargs)
        self.growth = growth
        self.depth = depth

    def build(self, input_shape):
        for i in range(self.depth):
            setattr(
                self,
                f"conv{i}",
                layers.Conv2D(self.growth, 3, padding="same", activation="relu", name=f"conv{i}"),
            )
        self.fuse = layers.Conv2D(input_shape[-1], 1, name="fuse")
        super().build(input_shape)

    def call(self, x):
        features = [x]
        for i in range(self.depth):
            conv = getattr(self, f"conv{i}")
            features.append(conv(tf.concat(features, axis=-1)))
        return x + self.fuse(tf.concat(features, axis=-1))

    def get_config(self):
        config = super().get_config()
        config.update({"growth": self.growth, "depth": self.depth})
        return config


class DenseBlock5C(layers.Layer):
    """ESRGAN's dense block of five convolutions, written out."""

    def __init__(self, nf=8, gc=4, bias=True, res_beta=0.2, **kwargs):
        super().__init__(**kwargs)
        self.nf = nf
        self.gc = gc
        self.bias = bias
        self.res_beta = res_beta
        init = tf.keras.initializers.VarianceScaling(
            scale=0.1, mode="fan_in", distribution="truncated_normal"
        )
        conv = lambda filters: layers.Conv2D(
            filters, 3, padding="same", use_bias=bias, kernel_initializer=init
        )
        self.conv1 = conv(gc)
        self.conv2 = conv(gc)
        self.conv3 = conv(gc)
        self.conv4 = conv(gc)
        self.conv5 = conv(nf)
        self.lrelu = layers.LeakyReLU(0.2)

    def call(self, x):
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(tf.concat([x, x1], 3)))
        x3 = self.lrelu(self.conv3(tf.concat([x, x1, x2], 3)))
        x4 = self.lrelu(self.conv4(tf.concat([x, x1, x2, x3], 3)))
        x5 = self.conv5(tf.concat([x, x1, x2, x3, x4], 3))
        return x5 * self.res_beta + x

    def get_config(self):
        config = super().get_config()
        config.update({"nf": self.nf, "gc": self.gc, "bias": self.bias, "res_beta": self.res_beta})
        return config


class RRDB(layers.Layer):
    """Three of those in one residual, itself scaled (a layer of layers of layers)."""

    def __init__(self, nf=8, gc=4, res_beta=0.2, **kwargs):
        super().__init__(**kwargs)
        self.nf, self.gc, self.res_beta = nf, gc, res_beta
        self.rdb_1 = DenseBlock5C(nf, gc, res_beta=res_beta)
        self.rdb_2 = DenseBlock5C(nf, gc, res_beta=res_beta)
        self.rdb_3 = DenseBlock5C(nf, gc, res_beta=res_beta)

    def call(self, x, **kwargs):
        out = self.rdb_1(x)
        out = self.rdb_2(out)
        out = self.rdb_3(out)
        return out * self.res_beta + x

    def get_config(self):
        config = super().get_config()
        config.update({"nf": self.nf, "gc": self.gc, "res_beta": self.res_beta})
        return config


CASES = [
    Case(
        "CALayer",
        BOTH,
        [{"channel": 8, "reduction": 2}, {"channel": 8, "reduction": 8}],
        [[1, 8, 8, 8], [3, 5, 7, 8]],
    ),
    Case(
        "RCAB",
        BOTH,
        [{"n_feat": 8}, {"n_feat": 8, "kernel_size": 1, "reduction": 2, "bn": True, "res_scale": 0.5}],
        [[1, 8, 8, 8], [3, 5, 7, 8]],
    ),
    Case(
        "ResidualGroup", BOTH, [{"n_feat": 4}, {"n_feat": 4, "n_resblocks": 3}], [[1, 8, 8, 4], [3, 5, 7, 4]]
    ),
    Case("EDSRBlock", BOTH, [{}, {"scaling": None}], [[1, 8, 8, 8], [3, 5, 7, 8], [1, 64, 64, 8]]),
    Case("ResidualDenseBlock", BOTH, [{}, {"growth": 2, "depth": 5}], [[1, 8, 8, 4], [3, 5, 7, 3]]),
    Case("DenseBlock5C", BOTH, [{}, {"gc": 2, "bias": False, "res_beta": 0.5}], [[1, 8, 8, 8], [3, 5, 7, 8]]),
    Case("RRDB", BOTH, [{}, {"gc": 2, "res_beta": 0.5}], [[1, 8, 8, 8], [3, 5, 7, 8]]),
]
