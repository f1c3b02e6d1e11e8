"""Padding and cropping."""

import tensorflow as tf
from case import BOTH, Case
from tensorflow.keras.layers import Conv2D, InputSpec, Layer


class ReflectionPadding2D(Layer):
    """Padding by reflection, by one number or one for each direction."""

    def __init__(self, padding=(1, 1), **kwargs):
        self.padding = tuple(padding)
        self.input_spec = [InputSpec(ndim=4)]
        super(ReflectionPadding2D, self).__init__(**kwargs)

    def compute_output_shape(self, s):
        if s[1] is None:
            return (None, None, None, s[3])
        return (s[0], s[1] + 2 * self.padding[0], s[2] + 2 * self.padding[1], s[3])

    def call(self, x, mask=None):
        w_pad, h_pad = self.padding[1], self.padding[0]
        return tf.pad(x, [[0, 0], [h_pad, h_pad], [w_pad, w_pad], [0, 0]], "REFLECT")

    def get_config(self):
        config = super().get_config()
        config.update({"padding": self.padding})
        return config


class PadByMode(Layer):
    """Padding in the mode and with the value of the configuration."""

    def __init__(self, paddings, mode="CONSTANT", value=0.0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(paddings, int):
            paddings = ((paddings, paddings), (paddings, paddings))
        self.paddings = paddings
        self.mode = mode.upper()
        self.value = value

    def call(self, x):
        (top, bottom), (left, right) = self.paddings
        paddings = tf.constant([[0, 0], [top, bottom], [left, right], [0, 0]])
        return tf.pad(x, paddings, mode=self.mode, constant_values=self.value)

    def get_config(self):
        config = super().get_config()
        config.update({"paddings": self.paddings, "mode": self.mode, "value": self.value})
        return config


class ReplicationPad2D(Layer):
    """Padding by the nearest pixel, one ring at a time."""

    def __init__(self, pad=1, **kwargs):
        super().__init__(**kwargs)
        self.pad = pad

    def call(self, x):
        for _ in range(self.pad):
            x = tf.concat([x[:, :1], x, x[:, -1:]], axis=1)
            x = tf.concat([x[:, :, 0:1, :], x, x[:, :, -1:, :]], axis=2)
        return x

    def get_config(self):
        config = super().get_config()
        config["pad"] = self.pad
        return config


class ReflectConv2D(Layer):
    """A valid convolution over a reflected border."""

    def __init__(self, filters, kernel_size=3, strides=1, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.activation = tf.keras.activations.get(activation)
        self.conv = Conv2D(filters, kernel_size, strides=strides, padding="valid")

    def call(self, inputs):
        p = self.kernel_size // 2
        x = tf.pad(inputs, [[0, 0], [p, p], [p, p], [0, 0]], mode="reflect")
        x = self.conv(x)
        if self.activation is not None:
            x = self.activation(x)
        return x

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "activation": tf.keras.activations.serialize(self.activation),
            }
        )
        return config


class CropBorder(Layer):
    """The picture without a border of ``border`` pixels; 0 leaves it alone."""

    def __init__(self, border=1, **kwargs):
        super().__init__(**kwargs)
        self.border = border

    def call(self, x):
        b = self.border
        return x if b == 0 else x[:, b:-b, b:-b, :]

    def compute_output_shape(self, input_shape):
        return tuple(
            dim - 2 * self.border if i in (1, 2) and dim is not None else dim
            for i, dim in enumerate(input_shape)
        )

    def get_config(self):
        config = super().get_config()
        config.update({"border": self.border})
        return config


class PadToMultiple(Layer):
    """Padding at the bottom and the right up to a multiple, whatever size comes in."""

    def __init__(self, multiple=8, mode="SYMMETRIC", **kwargs):
        super().__init__(**kwargs)
        self.multiple = multiple
        self.mode = mode

    def call(self, x):
        height, width = tf.shape(x)[1], tf.shape(x)[2]
        m = self.multiple
        pad_h = (m - height % m) % m
        pad_w = tf.math.floormod(m - tf.math.floormod(width, m), m)
        return tf.pad(x, [[0, 0], [0, pad_h], [0, pad_w], [0, 0]], mode=self.mode)

    def get_config(self):
        config = super().get_config()
        config.update({"multiple": self.multiple, "mode": self.mode})
        return config


class CropLike(Layer):
    """The middle of the first input, as large as the second, side by side with it (U-Net)."""

    def call(self, inputs):
        large, small = inputs
        dh = (tf.shape(large)[1] - tf.shape(small)[1]) // 2
        dw = (tf.shape(large)[2] - tf.shape(small)[2]) // 2
        height, width = tf.shape(small)[1], tf.shape(small)[2]
        cropped = large[:, dh : dh + height, dw : dw + width, :]
        return tf.concat([cropped, small], axis=-1)

    def compute_output_shape(self, shapes):
        large, small = shapes
        return (*small[:3], large[3] + small[3])


class CausalPad1D(Layer):
    """Zeros before the first step, for a dilated convolution over time."""

    def __init__(self, kernel_size=3, dilation=1, **kwargs):
        super().__init__(**kwargs)
        self.left_pad = dilation * (kernel_size - 1)
        self.kernel_size = kernel_size
        self.dilation = dilation

    def call(self, inputs):
        batch, channels = tf.shape(inputs)[0], inputs.shape[2]
        zeros = tf.zeros((batch, self.left_pad, channels), dtype=inputs.dtype)
        return tf.concat((zeros, inputs), 1)

    def get_config(self):
        config = super().get_config()
        config.update({"kernel_size": self.kernel_size, "dilation": self.dilation})
        return config


CASES = [
    Case(
        "ReflectionPadding2D",
        BOTH,
        [{}, {"padding": [2, 3]}, {"padding": [0, 1]}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 64, 64, 3]],
    ),
    Case(
        "PadByMode",
        BOTH,
        [
            {"paddings": 1},
            {"paddings": [[1, 2], [0, 3]], "mode": "reflect"},
            {"paddings": [[2, 1], [3, 1]], "mode": "symmetric"},
            {"paddings": 2, "value": -1.5},
        ],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case("ReplicationPad2D", BOTH, [{}, {"pad": 3}], [[1, 8, 8, 3], [3, 5, 7, 2], [1, 1, 1, 4]]),
    Case(
        "ReflectConv2D",
        BOTH,
        [{"filters": 4}, {"filters": 2, "kernel_size": 5, "strides": 2, "activation": "relu"}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case("CropBorder", BOTH, [{}, {"border": 0}, {"border": 2}], [[1, 8, 8, 3], [3, 5, 7, 2]]),
    Case(
        "PadToMultiple",
        BOTH,
        [{}, {"multiple": 4, "mode": "REFLECT"}, {"multiple": 5, "mode": "CONSTANT"}],
        [[1, 8, 8, 3], [3, 5, 7, 2], [1, 13, 9, 1]],
    ),
    Case("CropLike", BOTH, [{}], [[[1, 8, 8, 3], [1, 4, 4, 2]], [[3, 9, 7, 2], [3, 6, 7, 1]]]),
    Case("CausalPad1D", BOTH, [{}, {"kernel_size": 2, "dilation": 4}], [[1, 9, 8], [3, 5, 6], [2, 1, 4]]),
]
