"""Attention: multi-head, grouped, dot-product and additive."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

QUERY, VALUE = (4, 6), (5, 6)

heads = Family("multi-head attention", __file__)
heads.models(
    {
        "mha_self": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3)),
        "mha_one_head": lambda k: _self(k, k.layers.MultiHeadAttention(1, 4)),
        "mha_without_bias": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3, use_bias=False)),
        "mha_value_dim": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3, value_dim=5)),
        "mha_output_shape": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3, output_shape=7)),
        "mha_dropout": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3, dropout=0.5)),
        "mha_causal": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3), use_causal_mask=True),
        "mha_cross": lambda k: _cross(k, k.layers.MultiHeadAttention(2, 3)),
        "mha_key_and_value": lambda k: _three(k, k.layers.MultiHeadAttention(2, 3)),
        "mha_scores": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3), return_attention_scores=True),
        "mha_free": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3), shape=(None, 6)),
        "mha_attention_axes": lambda k: _self(
            k, k.layers.MultiHeadAttention(2, 3, attention_axes=(2,)), shape=(3, 4, 6)
        ),
        "mha_attention_axes_both": lambda k: _self(
            k, k.layers.MultiHeadAttention(2, 3, attention_axes=(1, 2)), shape=(3, 2, 6)
        ),
        "mha_attention_mask": lambda k: _with_mask(k, k.layers.MultiHeadAttention(2, 3)),
        "mha_transformer": lambda k: _transformer(k),
    }
)
heads.models(
    {
        "mha_masked": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3), before=k.layers.Masking()),
    },
    values="padded",
)
heads.models(
    {"mha_embedding_mask": lambda k: _embedded(k, k.layers.MultiHeadAttention(2, 3))}, values="padded_ints"
)
heads.models(
    {"mha_flash": lambda k: _self(k, k.layers.MultiHeadAttention(2, 3, flash_attention=False))}, keras=KERAS_3
)

grouped = Family("grouped-query attention", __file__, keras=KERAS_3)
grouped.models(
    {
        "gqa_self": lambda k: _self(k, k.layers.GroupQueryAttention(3, 4, 2)),
        "gqa_without_bias": lambda k: _self(k, k.layers.GroupQueryAttention(3, 4, 1, use_bias=False)),
        "gqa_causal": lambda k: _self(k, k.layers.GroupQueryAttention(3, 2, 2), use_causal_mask=True),
        "gqa_cross": lambda k: _cross(k, k.layers.GroupQueryAttention(3, 4, 2)),
    }
)

scored = Family("attention", __file__)
scored.models(
    {
        "attention": lambda k: _list(k, k.layers.Attention()),
        "attention_scale": lambda k: _list(k, k.layers.Attention(use_scale=True)),
        "attention_concat": lambda k: _list(k, k.layers.Attention(score_mode="concat")),
        "attention_concat_scale": lambda k: _list(k, k.layers.Attention(score_mode="concat", use_scale=True)),
        "attention_dropout": lambda k: _list(k, k.layers.Attention(dropout=0.4)),
        "attention_causal": lambda k: _list(k, k.layers.Attention(), use_causal_mask=True),
        "attention_scores": lambda k: _list(k, k.layers.Attention(), return_attention_scores=True),
        "attention_three": lambda k: _list_of_three(k, k.layers.Attention()),
        "attention_self": lambda k: k.of(QUERY, lambda x: k.layers.Attention()([x, x])),
        "additive_attention": lambda k: _list(k, k.layers.AdditiveAttention()),
        "additive_attention_without_scale": lambda k: _list(k, k.layers.AdditiveAttention(use_scale=False)),
        "additive_attention_three": lambda k: _list_of_three(k, k.layers.AdditiveAttention(), VALUE),
        "additive_attention_causal": lambda k: _list(k, k.layers.AdditiveAttention(), use_causal_mask=True),
        "attention_explicit_masks": lambda k: _explicit(k, k.layers.Attention()),
        "attention_after_lstm": lambda k: k.of(
            QUERY,
            lambda x: k.layers.GlobalAveragePooling1D()(
                k.layers.Attention()([k.layers.LSTM(3, return_sequences=True)(x)] * 2)
            ),
        ),
    }
)
scored.models(
    {
        "attention_masked": lambda k: _masked(k, k.layers.Attention()),
        "additive_attention_masked": lambda k: _masked(k, k.layers.AdditiveAttention()),
    },
    values="padded",
)


def _self(k, layer, shape=QUERY, before=None, **options):
    def call(x):
        x = x if before is None else before(x)
        return layer(x, x, **options)

    return k.of(shape, call)


def _cross(k, layer):
    return k.of_two(QUERY, VALUE, layer)


def _three(k, layer):
    query, value, key = k.inputs(QUERY, VALUE, (5, 3))
    return k.model([query, value, key], layer(query, value, key=key))


def _with_mask(k, layer):
    query, value, mask = k.input(*QUERY), k.input(*VALUE), k.input(4, 5, dtype="bool")
    return k.model([query, value, mask], layer(query, value, attention_mask=mask))


def _embedded(k, layer):
    tokens = k.input(5, dtype="int32")
    x = k.layers.Embedding(5, 6, mask_zero=True)(tokens)
    return k.model(tokens, k.layers.Dense(2)(layer(x, x)))


def _transformer(k):
    x = k.input(4, 6)
    attended = k.layers.MultiHeadAttention(2, 3, dropout=0.1)(x, x)
    y = k.layers.LayerNormalization(epsilon=1e-6)(k.layers.Add()([x, k.layers.Dropout(0.1)(attended)]))
    z = k.layers.Dense(6)(k.layers.Dense(9, activation="gelu")(y))
    return k.model(x, k.layers.LayerNormalization(epsilon=1e-6)(k.layers.Add()([y, z])))


def _list(k, layer, **options):
    return k.of_two(QUERY, VALUE, lambda a, b: layer([a, b], **options))


def _list_of_three(k, layer, value=(5, 3)):
    inputs = k.inputs(QUERY, value, VALUE)
    return k.model(inputs, layer(inputs))


def _explicit(k, layer):
    query, value = k.input(*QUERY), k.input(*VALUE)
    first, second = k.input(4, dtype="bool"), k.input(5, dtype="bool")
    return k.model([query, value, first, second], layer([query, value], mask=[first, second]))


def _masked(k, layer):
    return k.of_two(QUERY, VALUE, lambda a, b: layer([k.layers.Masking()(a), k.layers.Masking()(b)]))
