"""Models with masks, for either Keras; each builder is given the module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recurrent_models import bidirectional, cells, layer

Builder = Callable[[Any], Any]
MASKED: dict[str, Builder] = {}
"""Builders for both Kerases, by name."""
OF_KERAS_2: dict[str, Builder] = {}
OF_KERAS_3: dict[str, Builder] = {}


def chain(*makers: Callable[[Any], Any], shape: tuple[int | None, ...] = (6, 3), **options: Any) -> Builder:
    """A functional model of layers one behind the other."""

    def build(keras: Any) -> Any:
        x = first = keras.Input(shape, **options)
        for make in makers:
            x = make(keras.layers)(x)
        return keras.Model(first, x)

    return build


def _masking(layers: Any) -> Any:
    return layers.Masking()


def _sequential(build: Builder) -> Builder:
    def made(keras: Any) -> Any:
        model = build(keras)
        return keras.Sequential(
            [keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype), *model.layers[1:]]
        )

    return made


def _embedded(keras: Any, size: int = 6) -> tuple[Any, Any]:
    x = keras.Input((size,), dtype="int32")
    return x, keras.layers.Embedding(7, 3, mask_zero=True)(x)


def _kinds() -> None:
    for kind in ("SimpleRNN", "GRU", "LSTM"):
        low = kind.lower()
        whole = layer(kind, return_sequences=True)
        unrolled = layer(kind, return_sequences=True, unroll=True)
        MASKED[low] = chain(_masking, layer(kind))
        MASKED[f"{low}_twice"] = chain(_masking, whole, layer(kind))
        zeroed = layer(kind, return_sequences=True, zero_output_for_mask=True)
        MASKED[f"{low}_zero"] = chain(_masking, zeroed)
        MASKED[f"{low}_states"] = chain(_masking, layer(kind, return_sequences=True, return_state=True))
        MASKED[f"{low}_backwards"] = chain(_masking, layer(kind, return_sequences=True, go_backwards=True))
        MASKED[f"{low}_unroll"] = chain(_masking, unrolled)
        MASKED[f"bidirectional_{low}"] = chain(_masking, bidirectional(whole))
        MASKED[f"bidirectional_{low}_unroll"] = chain(_masking, bidirectional(unrolled))
        MASKED[f"bidirectional_{low}_last"] = chain(_masking, bidirectional(layer(kind), merge_mode="mul"))
        MASKED[f"bidirectional_{low}_apart"] = chain(_masking, bidirectional(whole, merge_mode=None))
        MASKED[f"initial_{low}"] = _initial(kind)
        MASKED[f"rnn_{low}"] = chain(_masking, cells(kind, kind))


def _initial(kind: str) -> Builder:
    def build(keras: Any) -> Any:
        x, *states = keras.Input((6, 3)), *(keras.Input((4,)) for _ in range(2 if kind == "LSTM" else 1))
        y = getattr(keras.layers, kind)(4, return_sequences=True)(
            keras.layers.Masking()(x), initial_state=states
        )
        return keras.Model([x, *states], keras.layers.LSTM(2)(y))

    return build


_kinds()
LSTM = lambda layers: layers.LSTM(4)  # noqa: E731
MASKED["sequential"] = _sequential(MASKED["gru_twice"])
MASKED["embedding"] = chain(
    lambda layers: layers.Embedding(7, 3, mask_zero=True), LSTM, shape=(6,), dtype="int32"
)
MASKED["embedding_sequential"] = _sequential(MASKED["embedding"])
MASKED["gap"] = chain(_masking, lambda layers: layers.GlobalAveragePooling1D())
MASKED["gap_sequential"] = _sequential(MASKED["gap"])
MASKED["value"] = chain(lambda layers: layers.Masking(mask_value=1.5), LSTM)
MASKED["leak"] = chain(_masking, LSTM, lambda layers: layers.RepeatVector(3), LSTM)
MASKED["reshape"] = chain(_masking, lambda layers: layers.Reshape((3, 6)), LSTM)
MASKED["dense"] = chain(
    _masking,
    lambda layers: layers.Dense(5, activation="relu"),
    lambda layers: layers.Dropout(0.2),
    lambda layers: layers.LayerNormalization(),
    LSTM,
)
MASKED["conv"] = chain(_masking, lambda layers: layers.Conv1D(4, 3, padding="same"), LSTM)
MASKED["time_distributed"] = chain(_masking, lambda layers: layers.TimeDistributed(layers.Dense(3)), LSTM)
MASKED["time_distributed_lstm"] = chain(
    _masking, lambda layers: layers.TimeDistributed(layers.LSTM(3)), shape=(4, 5, 2)
)
MASKED["time_distributed_gru_lstm"] = chain(
    _masking,
    lambda layers: layers.TimeDistributed(layers.GRU(3, return_sequences=True)),
    shape=(4, 5, 2),
)
MASKED["attention"] = chain(_masking, lambda layers: lambda x: layers.Attention()([x, x]))
MASKED["film"] = chain(lambda layers: layers.ConvLSTM1D(3, 2, return_sequences=True), shape=(4, 5, 2))


def _film(keras: Any) -> Any:
    x, mask = keras.Input((4, 5, 5, 2)), keras.Input((4,), dtype="bool")
    layer = keras.layers.ConvLSTM2D(3, 2, return_sequences=True)
    return keras.Model([x, mask], layer(x, mask=mask))


def _given(keras: Any) -> Any:
    x, mask = keras.Input((6, 3)), keras.Input((6,), dtype="bool")
    return keras.Model([x, mask], keras.layers.LSTM(4, return_sequences=True)(x, mask=mask))


def _added(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    z = layers.Add()([layers.Masking()(x), layers.Masking()(y)])
    return keras.Model([x, y], layers.LSTM(4)(z))


def _half_added(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    return keras.Model([x, y], layers.GRU(4)(layers.Multiply()([layers.Masking()(x), y])))


def _joined(axis: int) -> Builder:
    def build(keras: Any) -> Any:
        layers = keras.layers
        x, y = keras.Input((6, 3)), keras.Input((6, 3))
        z = layers.Concatenate(axis=axis)([layers.Masking()(x), layers.Masking()(y)])
        return keras.Model([x, y], layers.LSTM(4)(z))

    return build


def _half_joined(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    return keras.Model([x, y], layers.LSTM(4)(layers.Concatenate()([layers.Masking()(x), y])))


def _shared(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    layer = layers.GRU(4)
    return keras.Model([x, y], layers.Add()([layer(layers.Masking()(x)), layer(y)]))


def _into(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((6, 3)), layers.LSTM(4), layers.Dense(2)], name="inner")
    x = keras.Input((6, 3))
    return keras.Model(x, inner(layers.Masking()(x)))


def _out_of(keras: Any) -> Any:
    layers = keras.layers
    a, b = _embedded(keras)
    inner = keras.Model(a, b, name="inner")
    x, y = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    outputs = [layers.LSTM(4)(inner(x)), layers.GRU(3)(inner(y))]
    return keras.Model([x, y], outputs)


def _heads(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    a, b = layers.Masking()(x), layers.Masking()(y)
    z = layers.MultiHeadAttention(2, 2)(a, b)
    return keras.Model([x, y], layers.LSTM(3)(layers.Add()([z, a])))


def _softmax(keras: Any) -> Any:
    x, mask = keras.Input((6,)), keras.Input((6,), dtype="bool")
    return keras.Model([x, mask], keras.layers.Softmax()(x, mask))


def _arithmetic(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((6, 3))
    return keras.Model(x, layers.LSTM(4)(layers.Masking()(x) * 2.0))


def _of_another(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    masked = layers.Masking()(y)
    return keras.Model([x, y], [layers.LSTM(3)(x, mask=masked._keras_mask), masked])


def _added_embeddings(keras: Any) -> Any:
    layers = keras.layers
    x, y = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    embed = layers.Embedding(7, 4, mask_zero=True)
    return keras.Model([x, y], layers.LSTM(3)(layers.Add()([embed(x), embed(y)])))


def _through(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((6, 3)), layers.Dense(3)])
    x = keras.Input((6, 3))
    return keras.Model(x, layers.LSTM(3)(inner(layers.Masking()(x))))


def _deep(keras: Any) -> Any:
    layers = keras.layers
    inmost = keras.Sequential([keras.Input((6, 3)), layers.Masking(), layers.Dense(3)], name="inmost")
    x = keras.Input((6, 3))
    middle = keras.Model(x, layers.GRU(4, return_sequences=True)(inmost(x)), name="middle")
    x, y = keras.Input((6, 3)), keras.Input((6, 3))
    z = layers.Concatenate(axis=1)([middle(x), middle(y)])
    return keras.Model([x, y], layers.LSTM(2)(z))


def _rows(keras: Any) -> Any:
    """Sentences of words: masks inside of what runs over the steps."""
    layers = keras.layers
    x, y = _embedded(keras, 5)
    inner = keras.Model(x, layers.LSTM(4)(y))
    x = keras.Input((4, 5), dtype="int32")
    return keras.Model(x, layers.LSTM(3)(layers.TimeDistributed(inner)(x)))


def _rows_gru(keras: Any) -> Any:
    layers = keras.layers
    x, y = _embedded(keras, 5)
    inner = keras.Model(x, layers.Bidirectional(layers.GRU(4))(y))
    x = keras.Input((4, 5), dtype="int32")
    return keras.Model(x, layers.GRU(3)(layers.TimeDistributed(inner)(x)))


MASKED |= {
    "rows": _rows,
    "rows_gru": _rows_gru,
    "added_embeddings": _added_embeddings,
    "through": _through,
    "deep": _deep,
    "film_given": _film,
    "given": _given,
    "added": _added,
    "half_added": _half_added,
    "joined": _joined(1),
    "joined_last": _joined(-1),
    "half_joined": _half_joined,
    "shared": _shared,
    "into": _into,
    "out_of": _out_of,
    "heads": _heads,
    "softmax": _softmax,
    "arithmetic": _arithmetic,
}
OF_KERAS_3["of_another"] = _of_another  # Keras 2 cannot save a mask that is handed to a layer
