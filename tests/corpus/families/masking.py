"""Masks, from the layers that make them through all that pass them on or use them."""

# L is what everybody calls keras.layers, and builders stand above what they call.
# ruff: noqa: N803, PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

LINE = (6, 4)

masking = Family("masking", __file__, values="padded")
masking.layers(
    LINE,
    {
        "masking": lambda L: L.Masking(),
        "masking_then_dense": lambda L: (L.Masking(), L.Dense(3)),
        "masking_then_simple_rnn": lambda L: (L.Masking(), L.SimpleRNN(3)),
        "masking_then_lstm": lambda L: (L.Masking(), L.LSTM(3)),
        "masking_then_lstm_sequences": lambda L: (L.Masking(), L.LSTM(3, return_sequences=True)),
        "masking_then_gru": lambda L: (L.Masking(), L.GRU(3)),
        "masking_then_gru_reset_before": lambda L: (L.Masking(), L.GRU(3, reset_after=False)),
        "masking_then_backwards": lambda L: (L.Masking(), L.LSTM(3, go_backwards=True)),
        "masking_then_bidirectional": lambda L: (L.Masking(), L.Bidirectional(L.LSTM(3))),
        "masking_then_bidirectional_sequences": lambda L: (
            L.Masking(),
            L.Bidirectional(L.LSTM(3, return_sequences=True)),
        ),
        "masking_then_bidirectional_gru": lambda L: (L.Masking(), L.Bidirectional(L.GRU(3))),
        "masking_then_pooling": lambda L: (L.Masking(), L.GlobalAveragePooling1D()),
        "masking_then_max": lambda L: (L.Masking(), L.GlobalMaxPooling1D()),
        "masking_then_flatten": lambda L: (L.Masking(), L.Dense(3), L.Flatten(), L.Dense(2)),
        "masking_then_conv": lambda L: (L.Masking(), L.Conv1D(3, 2)),
        "masking_lost_before_softmax": lambda L: (L.Masking(), L.LSTM(3), L.Dense(4), L.Softmax()),
        "masking_then_activation": lambda L: (L.Masking(), L.Activation("softmax")),
        "masking_then_batch_norm": lambda L: (L.Masking(), L.BatchNormalization()),
        "masking_then_layer_norm": lambda L: (L.Masking(), L.LayerNormalization(), L.LSTM(3)),
        "masking_through_dropout": lambda L: (L.Masking(), L.Dropout(0.2), L.Dense(3), L.LSTM(3)),
        "masking_through_stacked": lambda L: (
            L.Masking(),
            L.LSTM(3, return_sequences=True),
            L.LSTM(3, return_sequences=True),
            L.LSTM(2),
        ),
        "masking_through_time_distributed": lambda L: (
            L.Masking(),
            L.TimeDistributed(L.Dense(3)),
            L.LSTM(2),
        ),
        "masking_lost_by_reshape": lambda L: (L.Masking(), L.Reshape((4, 6)), L.LSTM(3)),
        "masking_lost_by_lstm": lambda L: (L.Masking(), L.LSTM(3), L.RepeatVector(6), L.LSTM(2)),
        "masking_zero_output": lambda L: (
            L.Masking(),
            L.LSTM(3, return_sequences=True, zero_output_for_mask=True),
        ),
        "masking_zero_output_gru": lambda L: (
            L.Masking(),
            L.GRU(3, return_sequences=True, zero_output_for_mask=True),
        ),
        "masking_then_cells": lambda L: (L.Masking(), L.RNN([L.LSTMCell(3), L.LSTMCell(2)])),
        "masking_then_stateful_unroll": lambda L: (L.Masking(), L.LSTM(3, unroll=True)),
    },
)
masking.layers(
    (4, 5, 4, 2),
    {"masking_then_conv_lstm": lambda L: (L.TimeDistributed(L.Masking()), L.ConvLSTM2D(2, 2))},
    keras=KERAS_3,
    values="normal",
)
masking.layers(
    LINE, {"masking_value": lambda L: (L.Masking(mask_value=-1.0), L.LSTM(3))}, values="signed_ints"
)
masking.models(
    {
        "masking_of_two_added": lambda k: _two(k, k.layers.Add(), k.layers.LSTM(2)),
        "masking_of_two_concatenated": lambda k: _two(k, k.layers.Concatenate(), k.layers.LSTM(2)),
        "masking_of_one_concatenated": lambda k: k.of_two(
            LINE,
            LINE,
            lambda a, b: k.layers.LSTM(2)(k.layers.Concatenate()([k.layers.Masking()(a), b])),
        ),
        "masking_in_nested_model": lambda k: _nested(k),
        "masking_and_state": lambda k: k.of(
            LINE, lambda x: k.layers.LSTM(3, return_state=True)(k.layers.Masking()(x))
        ),
        "masking_by_hand": lambda k: _by_hand(k),
        "masking_used_twice": lambda k: _twice(k),
    }
)

tokens = Family("masking of tokens", __file__, values="padded_ints")
tokens.layers(
    (6,),
    {
        "tokens_then_lstm": lambda L: (L.Embedding(5, 3, mask_zero=True), L.LSTM(3)),
        "tokens_then_gru": lambda L: (L.Embedding(5, 3, mask_zero=True), L.GRU(3)),
        "tokens_then_bidirectional": lambda L: (
            L.Embedding(5, 3, mask_zero=True),
            L.Bidirectional(L.LSTM(3)),
            L.Dense(1, "sigmoid"),
        ),
        "tokens_then_pooling": lambda L: (L.Embedding(5, 3, mask_zero=True), L.GlobalAveragePooling1D()),
        "tokens_then_dense": lambda L: (L.Embedding(5, 3, mask_zero=True), L.Dense(4, "relu")),
        "tokens_then_conv": lambda L: (
            L.Embedding(5, 3, mask_zero=True),
            L.Conv1D(3, 2),
            L.GlobalMaxPooling1D(),
        ),
        "tokens_then_time_distributed": lambda L: (
            L.Embedding(5, 3, mask_zero=True),
            L.LSTM(3, return_sequences=True),
            L.TimeDistributed(L.Dense(4, activation="softmax")),
        ),
        "tokens_then_simple_rnn_and_dense": lambda L: (
            L.Embedding(5, 3, mask_zero=True),
            L.SimpleRNN(3, return_sequences=True),
            L.Dense(2),
        ),
    },
    dtype="int32",
)
tokens.models(
    {
        "tokens_sequential": lambda k: k.sequential(
            k.layers.InputLayer((6,)), k.layers.Embedding(5, 3, mask_zero=True), k.layers.LSTM(2)
        ),
        "tokens_encoder_decoder": lambda k: _translation(k),
    }
)


def _two(k, merge, after):
    return k.of_two(LINE, LINE, lambda a, b: after(merge([k.layers.Masking()(a), k.layers.Masking()(b)])))


def _nested(k):
    inner = k.chain(LINE, (k.layers.Dense(3), k.layers.LSTM(3, return_sequences=True)))
    return k.of(LINE, lambda x: k.layers.LSTM(2)(inner(k.layers.Masking()(x))))


def _by_hand(k):
    values, mask = k.input(*LINE), k.input(LINE[0], dtype="bool")
    return k.model([values, mask], k.layers.LSTM(3)(values, mask=mask))


def _twice(k):
    x = k.input(*LINE)
    masked = k.layers.Masking()(x)
    return k.model(x, [k.layers.LSTM(3)(masked), k.layers.Dense(2)(masked), k.layers.LSTM(2)(x)])


def _translation(k):
    source, target = k.input(6, dtype="int32"), k.input(4, dtype="int32")
    _, *states = k.layers.LSTM(3, return_state=True)(k.layers.Embedding(5, 3, mask_zero=True)(source))
    decoded = k.layers.LSTM(3, return_sequences=True)(
        k.layers.Embedding(5, 3, mask_zero=True)(target), initial_state=states
    )
    return k.model([source, target], k.layers.Dense(5, activation="softmax")(decoded))
