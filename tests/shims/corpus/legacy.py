"""Layers in the words of Keras 2, which Keras 3 no longer takes."""

import tensorflow as tf
from case import TF_KERAS, Case
from tensorflow.keras import backend as K
from tensorflow.keras import initializers
from tensorflow.keras.layers import Layer
from tensorflow.python.keras.utils import conv_utils


class Subpixel(Layer):
    """Pixel shuffle of the first Keras repositories: every cell by transposition and concatenation."""

    def __init__(self, r, data_format=None, **kwargs):
        self.r = r
        self.data_format = conv_utils.normalize_data_format(data_format)
        super(Subpixel, self).__init__(**kwargs)

    def _phase_shift(self, I):
        r = self.r
        bsize, a, b, c = I.get_shape().as_list()
        bsize = K.shape(I)[0]
        X = K.reshape(I, [bsize, a, b, int(c / (r * r)), r, r])
        X = K.permute_dimensions(X, (0, 1, 2, 5, 4, 3))
        X = [X[:, i, :, :, :, :] for i in range(a)]
        X = K.concatenate(X, 2)
        X = [X[:, i, :, :, :] for i in range(b)]
        X = K.concatenate(X, 2)
        return X

    def call(self, inputs):
        return self._phase_shift(inputs)

    def compute_output_shape(self, input_shape):
        n, h, w, c = input_shape
        return (n, self.r * h, self.r * w, c // (self.r**2))

    def get_config(self):
        config = super(Subpixel, self).get_config()
        config.update({"r": self.r, "data_format": self.data_format})
        return config


class Scale(Layer):
    """Caffe's Scale: a learned factor and a learned term for each channel."""

    def __init__(self, weights=None, axis=-1, momentum=0.9, beta_init="zero", gamma_init="one", **kwargs):
        self.momentum = momentum
        self.axis = axis
        self.beta_init = initializers.get(beta_init)
        self.gamma_init = initializers.get(gamma_init)
        self.initial_weights = weights
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        shape = (int(input_shape[self.axis]),)
        self.gamma = self.add_weight("{}_gamma".format(self.name), shape=shape, initializer=self.gamma_init)
        self.beta = self.add_weight("{}_beta".format(self.name), shape=shape, initializer=self.beta_init)
        self.built = True

    def call(self, x, mask=None):
        input_shape = K.int_shape(x)
        broadcast_shape = [1] * len(input_shape)
        broadcast_shape[self.axis] = input_shape[self.axis]
        return K.reshape(self.gamma, broadcast_shape) * x + K.reshape(self.beta, broadcast_shape)

    def get_config(self):
        config = {"momentum": self.momentum, "axis": self.axis}
        base_config = super(Scale, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


class SpectralDense(Layer):
    """A dense matrix over its greatest singular value, estimated with a stored vector."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", shape=[int(input_shape[-1]), self.units])
        self.u = self.add_weight("u", shape=[1, self.units], initializer="ones", trainable=False)

    def call(self, inputs):
        v = tf.math.l2_normalize(tf.matmul(self.u, self.kernel, transpose_b=True))
        u = tf.math.l2_normalize(tf.matmul(v, self.kernel))
        sigma = tf.matmul(tf.matmul(v, self.kernel), u, transpose_b=True)
        return tf.matmul(inputs, self.kernel / sigma)

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


class BatchDotAttention(Layer):
    """Attention of one sequence over another, by the backend's batch_dot."""

    def __init__(self, scaled=True, **kwargs):
        super().__init__(**kwargs)
        self.scaled = scaled

    def call(self, inputs):
        query, key, value = inputs
        scores = K.batch_dot(query, key, axes=[2, 2])
        if self.scaled:
            scores = scores / K.sqrt(K.cast(K.shape(key)[-1], K.floatx()))
        return K.batch_dot(K.softmax(scores), value)

    def compute_output_shape(self, input_shape):
        return input_shape[0][:-1] + input_shape[2][-1:]

    def get_config(self):
        config = super().get_config()
        config.update({"scaled": self.scaled})
        return config


class ResizeImages(Layer):
    """The backend's resize_images."""

    def __init__(self, factor=2, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.interpolation = interpolation

    def call(self, x):
        return K.resize_images(x, self.factor, self.factor, K.image_data_format(), self.interpolation)

    def get_config(self):
        config = super().get_config()
        config.update({"factor": self.factor, "interpolation": self.interpolation})
        return config


class LocalResponse(Layer):
    """Local response normalization by a padded square and a running sum."""

    def __init__(self, n=5, alpha=1e-4, beta=0.75, k=2, **kwargs):
        super().__init__(**kwargs)
        self.n, self.alpha, self.beta, self.k = n, alpha, beta, k

    def call(self, x):
        half = self.n // 2
        squared = K.square(x)
        extra = K.spatial_2d_padding(K.permute_dimensions(squared, (0, 1, 3, 2)), ((0, 0), (half, half)))
        channels = K.int_shape(x)[-1]
        scale = self.k
        for i in range(self.n):
            scale += self.alpha * extra[:, :, i : i + channels, :]
        return x / K.permute_dimensions(scale**self.beta, (0, 1, 3, 2))

    def get_config(self):
        config = super().get_config()
        config.update({"n": self.n, "alpha": self.alpha, "beta": self.beta, "k": self.k})
        return config


CASES = [
    Case(
        "Subpixel",
        TF_KERAS,
        [{"r": 2}, {"r": 3, "data_format": "channels_last"}],
        [[1, 4, 4, 36], [3, 5, 3, 36]],
    ),
    Case("Scale", TF_KERAS, [{}, {"axis": 1}], [[1, 8, 8, 4], [3, 5, 7, 2]]),
    Case("SpectralDense", TF_KERAS, [{"units": 4}], [[1, 8], [3, 6]]),
    Case(
        "BatchDotAttention",
        TF_KERAS,
        [{}, {"scaled": False}],
        [[[1, 5, 8], [1, 6, 8], [1, 6, 3]], [[3, 2, 4], [3, 7, 4], [3, 7, 4]]],
    ),
    Case(
        "ResizeImages",
        TF_KERAS,
        [{}, {"factor": 3, "interpolation": "bilinear"}],
        [[1, 8, 8, 3], [3, 5, 7, 2]],
    ),
    Case(
        "LocalResponse",
        TF_KERAS,
        [{}, {"n": 3, "alpha": 0.1, "beta": 0.5, "k": 1}],
        [[1, 8, 8, 4], [3, 5, 7, 6]],
    ),
]
