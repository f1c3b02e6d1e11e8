"""Layers of several inputs, and gates."""

import keras
from case import KERAS, Case
from keras import layers, ops


class CrossFade(keras.layers.Layer):
    """The progressive GAN's fade from one input to another; a fixed share, or one that training moved."""

    def __init__(self, alpha=0.0, trainable_alpha=False, **kwargs):
        super().__init__(**kwargs)
        self.initial = alpha
        self.trainable_alpha = trainable_alpha
        self.alpha = self.add_weight(
            name="alpha",
            shape=(),
            initializer=keras.initializers.Constant(alpha),
            trainable=trainable_alpha,
        )

    def call(self, inputs):
        assert len(inputs) == 2
        return ((1.0 - self.alpha) * inputs[0]) + (self.alpha * inputs[1])

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        config = super().get_config()
        config.update({"alpha": self.initial, "trainable_alpha": self.trainable_alpha})
        return config


class WeightedSum(layers.Layer):
    """BiFPN's fast normalised fusion of any number of inputs."""

    def __init__(self, epsilon=1e-4, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        num_in = len(input_shape)
        self.w = self.add_weight(
            name="fusion",
            shape=(num_in,),
            initializer=keras.initializers.Constant(1 / num_in),
            trainable=True,
        )

    def call(self, inputs):
        w = keras.activations.relu(self.w)
        x = sum([w[i] * inputs[i] for i in range(len(inputs))])
        return x / (ops.sum(w) + self.epsilon)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon})
        return config


class SelectiveFusion(layers.Layer):
    """Selective kernels: a softmax over the inputs for each channel."""

    def __init__(self, reduction=4, **kwargs):
        super().__init__(**kwargs)
        self.reduction = reduction

    def build(self, input_shape):
        self.n = len(input_shape)
        self.c = input_shape[0][-1]
        self.down = layers.Dense(max(self.c // self.reduction, 4), activation="relu", use_bias=False)
        self.up = layers.Dense(self.c * self.n, use_bias=False)

    def call(self, inputs):
        stacked = ops.stack(inputs, axis=1)
        u = ops.mean(ops.sum(stacked, axis=1), axis=(1, 2))
        a = ops.reshape(self.up(self.down(u)), (-1, self.n, 1, 1, self.c))
        a = ops.softmax(a, axis=1)
        return ops.sum(stacked * a, axis=1)

    def compute_output_shape(self, input_shapes):
        return tuple(input_shapes[0])

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}


class AttentionGate(layers.Layer):
    """Attention U-Net's gate: the coarse signal opens the skip."""

    def __init__(self, inter_channels, **kwargs):
        super().__init__(**kwargs)
        self.inter_channels = inter_channels
        self.theta = layers.Conv2D(inter_channels, 2, strides=2, padding="same", use_bias=False)
        self.phi = layers.Conv2D(inter_channels, 1)
        self.psi = layers.Conv2D(1, 1, activation="sigmoid")
        self.up = layers.UpSampling2D(2, interpolation="bilinear")

    def build(self, input_shape):
        skip, gate = input_shape
        self.theta.build(skip)
        self.phi.build(gate)
        self.psi.build((*gate[:-1], self.inter_channels))
        self.built = True

    def call(self, inputs):
        skip, gate = inputs
        f = ops.relu(self.theta(skip) + self.phi(gate))
        return skip * self.up(self.psi(f))

    def get_config(self):
        config = super().get_config()
        config.update({"inter_channels": self.inter_channels})
        return config


class FiLM(layers.Layer):
    """Feature-wise linear modulation by a second input."""

    def __init__(self, identity_init=True, **kwargs):
        super().__init__(**kwargs)
        self.identity_init = identity_init

    def build(self, input_shape):
        channels = input_shape[0][-1]
        self.project = layers.Dense(channels * 2)
        self.project.build(input_shape[1])

    def call(self, inputs):
        x, condition = inputs
        gamma, beta = ops.split(self.project(condition), 2, axis=-1)
        gamma = ops.expand_dims(ops.expand_dims(gamma, 1), 1)
        beta = ops.expand_dims(ops.expand_dims(beta, 1), 1)
        if self.identity_init:
            gamma = gamma + 1
        return x * gamma + beta

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        config = super().get_config()
        config["identity_init"] = self.identity_init
        return config


class Reparameterize(layers.Layer):
    """A variational code: drawn while training, its mean afterwards."""

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        mean, log_var = inputs
        if not training:
            return mean
        epsilon = keras.random.normal(shape=ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * epsilon

    def compute_output_shape(self, input_shape):
        return input_shape[0]


CASES = [
    Case(
        "CrossFade",
        KERAS,
        [{}, {"alpha": 0.3, "trainable_alpha": True}],
        [[[1, 8, 8, 3], [1, 8, 8, 3]], [[3, 5, 7, 2], [3, 5, 7, 2]]],
    ),
    Case(
        "WeightedSum",
        KERAS,
        [{}, {"epsilon": 0.1}],
        [[[1, 8, 8, 3], [1, 8, 8, 3]], [[3, 5, 7, 2], [3, 5, 7, 2], [3, 5, 7, 2]]],
    ),
    Case(
        "SelectiveFusion",
        KERAS,
        [{}, {"reduction": 1}],
        [[[1, 8, 8, 8], [1, 8, 8, 8]], [[3, 5, 7, 6], [3, 5, 7, 6], [3, 5, 7, 6]]],
    ),
    Case(
        "AttentionGate",
        KERAS,
        [{"inter_channels": 4}],
        [[[1, 8, 8, 3], [1, 4, 4, 6]], [[3, 6, 10, 2], [3, 3, 5, 4]]],
    ),
    Case("FiLM", KERAS, [{}, {"identity_init": False}], [[[1, 8, 8, 3], [1, 6]], [[3, 5, 7, 2], [3, 4]]]),
    Case("Reparameterize", KERAS, [{}, {"seed": 7}], [[[1, 8], [1, 8]], [[3, 5, 6], [3, 5, 6]]]),
]
