"""Channels to space and back, spelt in the ways that repositories spell it."""

import keras
import tensorflow as tf
from case import BOTH, KERAS, Case
from keras import ops
from tensorflow.keras import backend as K
from tensorflow.keras import layers


class PixelShuffle(tf.keras.layers.Layer):
    def __init__(self, scale: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return tf.nn.depth_to_space(x, self.scale)

    def get_config(self):
        config = super().get_config()
        config.update({"scale": self.scale})
        return config


class SubpixelPermute(layers.Layer):
    """Pixel shuffle by the backend's reshape and permute."""

    def __init__(self, r, **kwargs):
        self.r = r
        super(SubpixelPermute, self).__init__(**kwargs)

    def call(self, inputs):
        r = self.r
        _, h, w, c = K.int_shape(inputs)
        oc = c // (r * r)
        out = K.reshape(inputs, (-1, h, w, r, r, oc))
        out = K.permute_dimensions(out, (0, 1, 3, 2, 4, 5))
        out = K.reshape(out, (-1, h * r, w * r, oc))
        return out

    def compute_output_shape(self, input_shape):
        n, h, w, c = input_shape
        return (n, h * self.r, w * self.r, c // self.r**2)

    def get_config(self):
        config = super(SubpixelPermute, self).get_config()
        config.update({"r": self.r})
        return config


@keras.saving.register_keras_serializable(package="corpus", name="SubpixelOps")
class SubpixelOps(keras.layers.Layer):
    """Pixel shuffle in keras.ops, in PyTorch's order of channels."""

    def __init__(self, upscale_factor, **kwargs):
        super().__init__(**kwargs)
        self.upscale_factor = upscale_factor

    def call(self, x):
        b, h, w, c = ops.shape(x)
        r = self.upscale_factor
        x = ops.reshape(x, (-1, h, w, c // (r * r), r, r))
        x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
        return ops.reshape(x, (-1, h * r, w * r, c // (r * r)))

    def compute_output_shape(self, input_shape):
        r = self.upscale_factor
        return (
            input_shape[0],
            input_shape[1] * r if input_shape[1] is not None else None,
            input_shape[2] * r if input_shape[2] is not None else None,
            input_shape[3] // (r**2),
        )


class SubPixelConv2D(layers.Conv2D):
    """A convolution whose filters become pixels: a subclass of Keras' own layer."""

    def __init__(self, filters, kernel_size=3, scale=2, padding="same", **kwargs):
        super().__init__(filters * scale**2, kernel_size, padding=padding, **kwargs)
        self.scale = scale
        self.out_filters = filters

    def call(self, inputs):
        return tf.nn.depth_to_space(super().call(inputs), self.scale)

    def compute_output_shape(self, input_shape):
        shape = super().compute_output_shape(input_shape)
        h, w = [None if d is None else d * self.scale for d in shape[1:3]]
        return (shape[0], h, w, self.out_filters)

    def get_config(self):
        config = super().get_config()
        config["filters"] = self.out_filters
        config["scale"] = self.scale
        return config


class SubpixelTo(layers.Layer):
    """Pixel shuffle whose factor follows, in build, from the channels that shall be left."""

    def __init__(self, out_channels=3, **kwargs):
        super().__init__(**kwargs)
        self.out_channels = out_channels

    def build(self, input_shape):
        self.r = int((input_shape[-1] // self.out_channels) ** 0.5)
        assert self.r**2 * self.out_channels == input_shape[-1]
        super().build(input_shape)

    def call(self, x):
        rows = [tf.concat(tf.split(row, self.r, axis=-1), axis=2) for row in tf.split(x, self.r, axis=-1)]
        return tf.concat(rows, axis=1)

    def get_config(self):
        config = super().get_config()
        config.update({"out_channels": self.out_channels})
        return config


class UpsampleSubpixel(layers.Layer):
    """A convolution, a shuffle and an activation in one, doubled for a factor of four."""

    def __init__(self, channels, scale=2, activation="prelu", **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.scale = scale
        self.activation = activation
        if scale in (2, 3):
            self.convs = [layers.Conv2D(channels * scale * scale, 3, padding="same")]
            self.factor = scale
        elif scale == 4:
            self.convs = [layers.Conv2D(channels * 4, 3, padding="same") for _ in range(2)]
            self.factor = 2
        else:
            raise ValueError("Scale must be 2, 3 or 4.")
        if activation == "prelu":
            self.acts = [layers.PReLU(shared_axes=[1, 2]) for _ in self.convs]
        else:
            self.acts = [layers.Activation(activation) for _ in self.convs]

    def call(self, x):
        for conv, act in zip(self.convs, self.acts):
            x = act(tf.nn.depth_to_space(conv(x), block_size=self.factor))
        return x

    def get_config(self):
        config = super().get_config()
        config.update({"channels": self.channels, "scale": self.scale, "activation": self.activation})
        return config


class PixelUnshuffle(layers.Layer):
    """Space to channels in PyTorch's order, for any size."""

    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        r = self.factor
        shape = tf.shape(x)
        n, h, w = shape[0], shape[1], shape[2]
        c = x.shape[-1]
        x = tf.reshape(x, tf.stack([n, h // r, r, w // r, r, c]))
        x = tf.transpose(x, [0, 1, 3, 5, 2, 4])
        x = tf.reshape(x, tf.stack([n, h // r, w // r, c * r * r]))
        return x

    def get_config(self):
        config = super().get_config()
        config.update({"factor": self.factor})
        return config


class SpaceToDepth(layers.Layer):
    """YOLO's passthrough."""

    def __init__(self, block_size=2, **kwargs):
        super().__init__(**kwargs)
        self.block_size = block_size

    def call(self, inputs):
        return tf.nn.space_to_depth(inputs, self.block_size)

    def compute_output_shape(self, input_shape):
        if input_shape[1]:
            return (
                input_shape[0],
                input_shape[1] // self.block_size,
                input_shape[2] // self.block_size,
                self.block_size**2 * input_shape[-1],
            )
        return (input_shape[0], None, None, self.block_size**2 * input_shape[-1])

    def get_config(self):
        return dict(**super().get_config(), block_size=self.block_size)


class ChannelShuffle(layers.Layer):
    """The channels of grouped convolutions, mixed."""

    def __init__(self, groups=2, **kwargs):
        super().__init__(**kwargs)
        self.groups = groups

    def build(self, input_shape):
        self.channels = input_shape[-1]
        self.per_group = self.channels // self.groups
        super().build(input_shape)

    def call(self, x):
        height, width = tf.shape(x)[1], tf.shape(x)[2]
        x = tf.reshape(x, [-1, height, width, self.groups, self.per_group])
        x = tf.transpose(x, [0, 1, 2, 4, 3])
        return tf.reshape(x, [-1, height, width, self.channels])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update({"groups": self.groups})
        return config


class ChannelSplitUnit(layers.Layer):
    """A ShuffleNet unit: half of the channels pass, half are convolved, and then all are shuffled."""

    def __init__(self, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def build(self, input_shape):
        half = input_shape[-1] // 2
        self.half = half
        self.branch = [
            layers.Conv2D(half, 1, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Conv2D(half, 1, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
        self.shuffle = ChannelShuffle(2)
        super().build(input_shape)

    def call(self, x, training=None):
        left, right = x[..., : self.half], x[..., self.half :]
        for layer in self.branch:
            if isinstance(layer, layers.BatchNormalization):
                right = layer(right, training=training)
            else:
                right = layer(right)
        return self.shuffle(tf.concat([left, right], axis=3))

    def get_config(self):
        config = super().get_config()
        config.update({"stride": self.stride})
        return config


CASES = [
    Case(
        "PixelShuffle",
        BOTH,
        [{}, {"scale": 3}],
        [[1, 8, 8, 36], [3, 5, 7, 36], [1, 1, 1, 36], [1, 64, 64, 36]],
    ),
    Case("SubpixelPermute", BOTH, [{"r": 2}, {"r": 3}], [[1, 8, 8, 36], [3, 5, 7, 36], [1, 1, 1, 36]]),
    Case(
        "SubpixelOps", KERAS, [{"upscale_factor": 2}, {"upscale_factor": 3}], [[1, 8, 8, 36], [3, 5, 7, 36]]
    ),
    Case(
        "SubPixelConv2D",
        BOTH,
        [{"filters": 3}, {"filters": 2, "kernel_size": 5, "scale": 3, "activation": "relu"}],
        [[1, 8, 8, 4], [3, 5, 7, 2]],
    ),
    Case("SubpixelTo", BOTH, [{}, {"out_channels": 12}], [[1, 8, 8, 12], [3, 5, 7, 48]]),
    Case(
        "UpsampleSubpixel",
        BOTH,
        [{"channels": 4}, {"channels": 2, "scale": 3, "activation": "relu"}, {"channels": 2, "scale": 4}],
        [[1, 6, 6, 4], [3, 5, 3, 2]],
    ),
    Case("PixelUnshuffle", BOTH, [{}, {"factor": 3}], [[1, 12, 12, 3], [3, 6, 18, 2], [1, 6, 6, 1]]),
    Case("SpaceToDepth", BOTH, [{}, {"block_size": 4}], [[1, 8, 8, 3], [3, 4, 12, 2], [1, 64, 64, 3]]),
    Case("ChannelShuffle", BOTH, [{}, {"groups": 4}], [[1, 8, 8, 8], [3, 5, 7, 12]]),
    Case("ChannelSplitUnit", BOTH, [{}], [[1, 6, 6, 8], [3, 5, 7, 4]]),
]
