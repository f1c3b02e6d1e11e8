"""Recurrent layers, their cells and their wrappers."""

# L is what everybody calls keras.layers, and builders stand above what they call.
# ruff: noqa: N803, PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_2, KERAS_3, Family

LINE = (5, 4)

plain = Family("recurrent", __file__)
for kind in ("SimpleRNN", "GRU", "LSTM"):
    label = {"SimpleRNN": "simple_rnn"}.get(kind, kind.lower())
    plain.layers(
        LINE,
        {
            label: lambda L, kind=kind: getattr(L, kind)(3),
            f"{label}_sequences": lambda L, kind=kind: getattr(L, kind)(3, return_sequences=True),
            f"{label}_backwards": lambda L, kind=kind: getattr(L, kind)(
                3, return_sequences=True, go_backwards=True
            ),
            f"{label}_without_bias": lambda L, kind=kind: getattr(L, kind)(3, use_bias=False),
            f"{label}_unrolled": lambda L, kind=kind: getattr(L, kind)(3, unroll=True),
            f"{label}_stacked": lambda L, kind=kind: (
                getattr(L, kind)(3, return_sequences=True),
                getattr(L, kind)(2),
            ),
        },
    )
    plain.layers(
        (None, 4), {f"{label}_free": lambda L, kind=kind: getattr(L, kind)(3, return_sequences=True)}
    )
    plain.layers(
        LINE, {f"{label}_stateful": lambda L, kind=kind: getattr(L, kind)(3, stateful=True)}, batch=2
    )
    plain.models(
        {
            f"{label}_state": lambda k, kind=kind: k.of(
                LINE, lambda x: getattr(k.layers, kind)(3, return_state=True)(x)
            ),
            f"{label}_sequences_and_state": lambda k, kind=kind: k.of(
                LINE, lambda x: getattr(k.layers, kind)(3, return_state=True, return_sequences=True)(x)
            ),
            f"{label}_initial_state": lambda k, kind=kind: _initial(k, kind),
            f"{label}_encoder_decoder": lambda k, kind=kind: _encoder_decoder(k, kind),
        }
    )
plain.layers(
    LINE,
    {
        "gru_reset_before": lambda L: L.GRU(3, reset_after=False),
        "gru_reset_before_sequences": lambda L: L.GRU(3, reset_after=False, return_sequences=True),
        "gru_reset_before_backwards": lambda L: L.GRU(3, reset_after=False, go_backwards=True),
        "gru_dropout": lambda L: L.GRU(3, dropout=0.2, recurrent_dropout=0.3),
        "lstm_dropout": lambda L: L.LSTM(3, dropout=0.2, recurrent_dropout=0.3),
        "lstm_without_forget_bias": lambda L: L.LSTM(3, unit_forget_bias=False),
    },
)
plain.layers(
    LINE,
    {
        "lstm_time_major": lambda L: L.LSTM(3, time_major=True, return_sequences=True),
        "lstm_implementation_1": lambda L: L.LSTM(3, implementation=1),
    },
    keras=KERAS_2,
)


def _states(kind):
    return 2 if kind == "LSTM" else 1


def _initial(k, kind):
    inputs = k.inputs(LINE, *[(3,)] * _states(kind))
    layer = getattr(k.layers, kind)(3, return_sequences=True)
    return k.model(inputs, layer(inputs[0], initial_state=inputs[1:]))


def _encoder_decoder(k, kind):
    first, second = k.inputs(LINE, (3, 4))
    _, *states = getattr(k.layers, kind)(3, return_state=True)(first)
    decoded = getattr(k.layers, kind)(3, return_sequences=True)(second, initial_state=states)
    return k.model([first, second], k.layers.Dense(2)(decoded))


cells = Family("recurrent cells", __file__)
cells.layers(
    LINE,
    {
        "rnn_of_simple_cell": lambda L: L.RNN(L.SimpleRNNCell(3)),
        "rnn_of_lstm_cell": lambda L: L.RNN(L.LSTMCell(3), return_sequences=True),
        "rnn_of_gru_cell": lambda L: L.RNN(L.GRUCell(3)),
        "rnn_of_gru_cell_reset_before": lambda L: L.RNN(L.GRUCell(3, reset_after=False)),
        "rnn_of_cells": lambda L: L.RNN([L.LSTMCell(3), L.LSTMCell(2)], return_sequences=True),
        "rnn_of_mixed_cells": lambda L: L.RNN([L.SimpleRNNCell(3), L.LSTMCell(2)]),
        "rnn_of_stacked_cells": lambda L: L.RNN(L.StackedRNNCells([L.GRUCell(3), L.GRUCell(2)])),
        "rnn_backwards": lambda L: L.RNN(L.SimpleRNNCell(3), go_backwards=True, return_sequences=True),
    },
)
cells.models(
    {
        "rnn_of_lstm_cell_state": lambda k: k.of(
            LINE, lambda x: k.layers.RNN(k.layers.LSTMCell(3), return_state=True)(x)
        ),
        "rnn_of_cells_state": lambda k: k.of(
            LINE,
            lambda x: k.layers.RNN([k.layers.SimpleRNNCell(3), k.layers.SimpleRNNCell(2)], return_state=True)(
                x
            ),
        ),
    }
)

both_ways = Family("bidirectional", __file__)
both_ways.layers(
    LINE,
    {
        **{
            f"bidirectional_{kind.lower()}_{mode}": lambda L, kind=kind, mode=mode: L.Bidirectional(
                getattr(L, kind)(3, return_sequences=True), merge_mode=mode
            )
            for kind, modes in (
                ("LSTM", ("concat", "sum", "mul", "ave")),
                ("GRU", ("concat", "sum")),
                ("SimpleRNN", ("concat", "ave")),
            )
            for mode in modes
        },
        "bidirectional_lstm_last": lambda L: L.Bidirectional(L.LSTM(3)),
        "bidirectional_gru_last": lambda L: L.Bidirectional(L.GRU(3)),
        "bidirectional_gru_reset_before": lambda L: L.Bidirectional(L.GRU(3, reset_after=False)),
        "bidirectional_backward_layer": lambda L: L.Bidirectional(
            L.LSTM(3), backward_layer=L.LSTM(3, activation="relu", go_backwards=True)
        ),
        "bidirectional_backward_layer_other": lambda L: L.Bidirectional(
            L.LSTM(3, return_sequences=True),
            backward_layer=L.GRU(2, go_backwards=True, return_sequences=True),
        ),
        "bidirectional_stacked": lambda L: (
            L.Bidirectional(L.LSTM(3, return_sequences=True)),
            L.Bidirectional(L.LSTM(2)),
            L.Dense(2),
        ),
        "bidirectional_of_cells": lambda L: L.Bidirectional(L.RNN(L.LSTMCell(3), return_sequences=True)),
    },
)
both_ways.layers(
    LINE,
    {"bidirectional_of_backwards": lambda L: L.Bidirectional(L.LSTM(3, go_backwards=True))},
    keras=KERAS_2,
)
both_ways.models(
    {
        "bidirectional_none": lambda k: k.of(
            LINE, lambda x: k.layers.Bidirectional(k.layers.LSTM(3), merge_mode=None)(x)
        ),
        "bidirectional_state": lambda k: k.of(
            LINE, lambda x: k.layers.Bidirectional(k.layers.LSTM(3, return_state=True))(x)
        ),
        "bidirectional_gru_state": lambda k: k.of(
            LINE,
            lambda x: k.layers.Bidirectional(k.layers.GRU(3, return_state=True, return_sequences=True))(x),
        ),
        "bidirectional_initial_state": lambda k: _both_initial(k),
    }
)


def _both_initial(k):
    inputs = k.inputs(LINE, (3,), (3,), (3,), (3,))
    return k.model(inputs, k.layers.Bidirectional(k.layers.LSTM(3))(inputs[0], initial_state=inputs[1:]))


convolving = Family("conv lstm", __file__)
for rank, shape in {1: (3, 6, 2), 2: (3, 5, 4, 2), 3: (2, 3, 4, 3, 2)}.items():
    cls = f"ConvLSTM{rank}D"
    convolving.layers(
        shape,
        {
            f"conv_lstm_{rank}d": lambda L, cls=cls: getattr(L, cls)(2, 2),
            f"conv_lstm_{rank}d_sequences": lambda L, cls=cls: getattr(L, cls)(
                2, 3, padding="same", return_sequences=True
            ),
        },
    )
convolving.layers(
    (3, 6, 5, 2),
    {
        "conv_lstm_2d_strides": lambda L: L.ConvLSTM2D(2, 3, strides=2, padding="same"),
        "conv_lstm_2d_dilation": lambda L: L.ConvLSTM2D(2, 2, dilation_rate=2, return_sequences=True),
        "conv_lstm_2d_backwards": lambda L: L.ConvLSTM2D(2, 2, go_backwards=True, use_bias=False),
        "conv_lstm_2d_activations": lambda L: L.ConvLSTM2D(
            2, 2, activation="relu", recurrent_activation="sigmoid"
        ),
    },
)
convolving.models(
    {
        "conv_lstm_2d_state": lambda k: k.of(
            (3, 5, 4, 2), lambda x: k.layers.ConvLSTM2D(2, 2, padding="same", return_state=True)(x)
        ),
    }
)

distributed = Family("time distributed", __file__)
distributed.layers(
    LINE,
    {
        "time_distributed_dense": lambda L: L.TimeDistributed(L.Dense(3, activation="relu")),
        "time_distributed_norm": lambda L: L.TimeDistributed(L.BatchNormalization()),
        "time_distributed_activation": lambda L: L.TimeDistributed(L.Activation("softmax")),
        "time_distributed_dropout": lambda L: (L.TimeDistributed(L.Dropout(0.3)), L.Dense(2)),
    },
)
distributed.layers(
    (3, 5, 4, 2),
    {
        "time_distributed_conv": lambda L: L.TimeDistributed(L.Conv2D(3, 2)),
        "time_distributed_flatten": lambda L: (L.TimeDistributed(L.Flatten()), L.LSTM(2)),
        "time_distributed_pooling": lambda L: L.TimeDistributed(L.GlobalAveragePooling2D()),
        "time_distributed_max": lambda L: L.TimeDistributed(L.MaxPooling2D(2)),
        "time_distributed_twice": lambda L: L.TimeDistributed(L.TimeDistributed(L.Dense(3))),
    },
)
distributed.layers((3, 5, 4), {"time_distributed_lstm": lambda L: L.TimeDistributed(L.LSTM(3))})
distributed.layers((3, 5, 4), {"time_distributed_gru": lambda L: L.TimeDistributed(L.GRU(3))})
distributed.models(
    {
        "time_distributed_model": lambda k: k.chain(
            (3, 5),
            k.layers.TimeDistributed(k.chain((5,), (k.layers.Dense(4, "relu"), k.layers.Dense(2)))),
        ),
        "time_distributed_sequential": lambda k: k.chain(
            (3, 6, 2),
            k.layers.TimeDistributed(
                k.sequential(
                    k.layers.InputLayer((6, 2)), k.layers.Conv1D(3, 2), k.layers.GlobalMaxPooling1D()
                )
            ),
        ),
    }
)
distributed.layers(
    (3, 6, 4, 2),
    {"time_distributed_group_norm": lambda L: L.TimeDistributed(L.GroupNormalization(2))},
    keras=KERAS_3,
)
