"""Activations: as layers of their own, by name, and as ``activation=`` of other layers."""

# L is what everybody calls keras.layers, and builders stand above what they call.
# ruff: noqa: N803, PLW0108
from __future__ import annotations

from tests.corpus.cases import EITHER, KERAS_2, KERAS_3, Family

VECTOR, LINE, IMAGE = (6,), (5, 4), (4, 3, 5)

BOTH = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu", "sigmoid", "softmax"),
    *("softplus", "softsign", "tanh"),
)
OF_KERAS_2 = ("swish", "relu6", "leaky_relu", "log_softmax")
OF_KERAS_3 = (
    *("celu", "hard_shrink", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax"),
    *("relu6", "silu", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus"),
    "tanh_shrink",
)

named = Family("activation by name", __file__)
for major, names in ((EITHER, BOTH), (KERAS_2, OF_KERAS_2), (KERAS_3, OF_KERAS_3)):
    prefix = "tf_activation" if major is KERAS_2 else "activation"
    named.layers(
        LINE,
        {f"{prefix}_{name}": lambda L, name=name: L.Activation(name) for name in names},
        keras=major,
        values="wide",
    )
named.layers(LINE, {"activation_glu": lambda L: L.Activation("glu")}, keras=KERAS_3)
named.layers(
    VECTOR, {"activation_in_a_row": lambda L: (L.Dense(9), L.Activation("relu"), L.Activation("tanh"))}
)

inside = Family("activation inside", __file__)
for major, names in (
    (EITHER, ("exponential", "gelu", "hard_sigmoid", "mish", "softmax", "softplus")),
    (KERAS_3, ("hard_silu", "leaky_relu", "log_softmax", "silu", "squareplus", "hard_tanh")),
    (KERAS_2, ("swish",)),
):
    builders = {
        **{f"dense_{name}": lambda L, name=name: L.Dense(4, activation=name) for name in names},
        **{f"conv_1d_{name}": lambda L, name=name: L.Conv1D(4, 2, activation=name) for name in names[::2]},
    }
    inside.layers(LINE, builders, keras=major)
inside.layers(
    LINE,
    {
        "lstm_hard_sigmoid": lambda L: L.LSTM(3, recurrent_activation="hard_sigmoid"),
        "lstm_relu": lambda L: L.LSTM(3, activation="relu"),
        "lstm_gelu": lambda L: L.LSTM(3, activation="gelu", return_sequences=True),
        "gru_hard_sigmoid": lambda L: L.GRU(3, recurrent_activation="hard_sigmoid", reset_after=False),
        "simple_rnn_elu": lambda L: L.SimpleRNN(3, activation="elu"),
        "simple_rnn_softsign": lambda L: L.SimpleRNN(3, activation="softsign"),
    },
)
inside.layers(
    LINE,
    {
        "lstm_silu": lambda L: L.LSTM(3, activation="silu"),
        "lstm_hard_silu": lambda L: L.LSTM(3, activation="hard_silu", recurrent_activation="hard_sigmoid"),
        "gru_squareplus": lambda L: L.GRU(3, activation="squareplus"),
    },
    keras=KERAS_3,
)
inside.layers(
    IMAGE,
    {
        "conv_2d_hard_sigmoid": lambda L: L.Conv2D(3, 2, activation="hard_sigmoid"),
        "depthwise_gelu": lambda L: L.DepthwiseConv2D(2, activation="gelu"),
        "separable_elu": lambda L: L.SeparableConv2D(3, 2, activation="elu"),
        "conv_2d_softmax": lambda L: L.Conv2D(3, 2, activation="softmax"),
    },
)

alone = Family("activation layer", __file__, values="wide")
alone.layers(
    IMAGE,
    {
        "relu": lambda L: L.ReLU(),
        "relu_max_value": lambda L: L.ReLU(max_value=1.5),
        "relu_negative_slope": lambda L: L.ReLU(negative_slope=0.2),
        "relu_threshold": lambda L: L.ReLU(threshold=0.7),
        "relu_all_three": lambda L: L.ReLU(max_value=3.0, negative_slope=0.1, threshold=0.5),
        "relu_max_and_slope": lambda L: L.ReLU(max_value=2.0, negative_slope=0.3),
        "leaky_relu": lambda L: L.LeakyReLU(),
        "leaky_relu_slope": lambda L: L.LeakyReLU(0.05),
        "elu": lambda L: L.ELU(),
        "elu_alpha": lambda L: L.ELU(0.4),
        "elu_alpha_above_one": lambda L: L.ELU(1.7),
        "prelu": lambda L: L.PReLU(),
        "prelu_shared": lambda L: L.PReLU(shared_axes=[1, 2]),
        "prelu_shared_channels": lambda L: L.PReLU(shared_axes=[3]),
        "softmax": lambda L: L.Softmax(),
        "softmax_axis_1": lambda L: L.Softmax(axis=1),
        "softmax_axis_minus_2": lambda L: L.Softmax(axis=-2),
        "softmax_two_axes": lambda L: L.Softmax(axis=[1, 2]),
        "softmax_axes_from_the_end": lambda L: L.Softmax(axis=(-1, -2)),
    },
)
alone.layers(VECTOR, {"prelu_of_vectors": lambda L: L.PReLU(), "softmax_of_vectors": lambda L: L.Softmax()})
alone.layers((None, None, 4), {"prelu_of_free_sizes": lambda L: L.PReLU(shared_axes=[1, 2])})
alone.layers(
    IMAGE,
    {
        "thresholded_relu": lambda L: L.ThresholdedReLU(0.8),
        "thresholded_relu_default": lambda L: L.ThresholdedReLU(),
    },
    keras=KERAS_2,
)
alone.models(
    {
        "softmax_with_mask": lambda k: _masked_softmax(k),
        "activation_objects": lambda k: k.chain(
            (6,), (k.layers.Dense(5, activation=k.layers.PReLU()), k.layers.Dense(3))
        ),
    },
)


def _masked_softmax(k):
    scores, mask = k.input(4, 5), k.input(4, 5, dtype="bool")
    return k.model([scores, mask], k.layers.Softmax()(scores, mask=mask))
