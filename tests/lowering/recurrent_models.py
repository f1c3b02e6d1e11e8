"""Recurrent models without masks, for either Keras; each builder is given the module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Builder = Callable[[Any], Any]
Maker = Callable[[Any], Any]
"""Makes a layer, given ``keras.layers``."""
PLAIN: dict[str, Builder] = {}
"""Builders for both Kerases, by name."""
OF_KERAS_2: dict[str, Builder] = {}
OF_KERAS_3: dict[str, Builder] = {}


def over(
    name: str, layer: Callable[[Any], Any], shape: tuple[int | None, ...] = (5, 3), **options: Any
) -> Builder:
    """A model of one input and one layer."""

    def build(keras: Any) -> Any:
        x = keras.Input(shape, **options)
        return keras.Model(x, layer(keras.layers)(x), name=name)

    return build


def layer(kind: str, **options: Any) -> Maker:
    """Makes a recurrent layer."""
    return lambda layers: getattr(layers, kind)(4, **options)


def bidirectional(make: Maker, other: Maker | None = None, **options: Any) -> Maker:
    """Makes a layer in both directions, backwards another one if there is one."""

    def made(layers: Any) -> Any:
        own = {} if other is None else {"backward_layer": other(layers)}
        return layers.Bidirectional(make(layers), **own, **options)

    return made


def distributed(make: Maker) -> Maker:
    """Makes a layer for each step."""
    return lambda layers: layers.TimeDistributed(make(layers))


def cells(*kinds: str, **options: Any) -> Maker:
    """Makes a layer of cells."""

    def made(layers: Any) -> Any:
        found = [getattr(layers, f"{kind}Cell")(4 - place) for place, kind in enumerate(kinds)]
        return layers.RNN(found if len(found) > 1 else found[0], **options)

    return made


def _plain(name: str, make: Maker, **options: Any) -> None:
    PLAIN[name] = over(name, make, **options)


def _each_kind() -> None:
    for kind in ("SimpleRNN", "GRU", "LSTM"):
        low = kind.lower()
        whole = layer(kind, return_sequences=True)
        _plain(low, layer(kind))
        _plain(f"{low}_sequences", whole, shape=(None, 3))
        _plain(f"{low}_states", layer(kind, return_state=True, return_sequences=True))
        _plain(f"{low}_backwards", layer(kind, go_backwards=True, return_sequences=True))
        _plain(f"{low}_no_bias", layer(kind, use_bias=False))
        _plain(f"{low}_hard", layer(kind, activation="hard_sigmoid", return_sequences=True))
        _plain(f"{low}_relu", layer(kind, activation="relu"))
        _plain(f"{low}_none", layer(kind, activation=None))
        _plain(f"{low}_unroll", layer(kind, unroll=True, return_sequences=True))
        _plain(f"{low}_exponential", layer(kind, activation="exponential"), shape=(1, 3))
        _plain(f"{low}_dropout", layer(kind, dropout=0.3, recurrent_dropout=0.2))
        _plain(f"bidirectional_{low}", bidirectional(whole))
        for mode in ("sum", "mul", "ave", None):
            _plain(f"bidirectional_{low}_{mode}", bidirectional(whole, merge_mode=mode))
        _plain(f"bidirectional_{low}_states", bidirectional(layer(kind, return_state=True)))
        other = layer(kind, return_sequences=True, activation="sigmoid", go_backwards=True)
        _plain(f"bidirectional_{low}_other", bidirectional(whole, other))
        _plain(f"time_distributed_{low}", distributed(layer(kind)), shape=(2, 5, 3))
        both = distributed(bidirectional(layer(kind)))
        _plain(f"time_distributed_bidirectional_{low}", both, shape=(None, 5, 3))
        _plain(f"rnn_{low}", cells(kind))
        _plain(f"rnns_{low}", cells(kind, kind, return_sequences=True, return_state=True))
        _plain(f"bidirectional_rnn_{low}", bidirectional(cells(kind)))
        _plain(f"stateful_{low}", layer(kind, stateful=True), batch_size=2)
        PLAIN[f"{low}_initial"] = _initial(kind)
        PLAIN[f"bidirectional_{low}_initial"] = _initial(kind, both=True)
        PLAIN[f"encoder_{low}"] = _encoder(kind)


def _initial(kind: str, *, both: bool = False) -> Builder:
    def build(keras: Any) -> Any:
        layers = keras.layers
        count = (2 if kind == "LSTM" else 1) * (2 if both else 1)
        x, *states = keras.Input((5, 3)), *(keras.Input((4,)) for _ in range(count))
        layer = getattr(layers, kind)(4, return_sequences=True)
        layer = layers.Bidirectional(layer) if both else layer
        return keras.Model([x, *states], layer(x, initial_state=states))

    return build


def _encoder(kind: str) -> Builder:
    def build(keras: Any) -> Any:
        layer = getattr(keras.layers, kind)
        x, y = keras.Input((5, 3)), keras.Input((None, 2))
        _, *states = layer(4, return_state=True)(x)
        return keras.Model(
            [x, y], keras.layers.Dense(2)(layer(4, return_sequences=True)(y, initial_state=states))
        )

    return build


ACTIVATIONS = (
    *("elu", "gelu", "hard_sigmoid", "linear", "log_softmax", "mish", "relu6", "selu", "silu", "softmax"),
    *("softplus", "softsign", "leaky_relu"),
)
NEW_ACTIVATIONS = (
    *("celu", "hard_shrink", "hard_tanh", "log_sigmoid", "soft_shrink", "sparse_plus", "sparse_sigmoid"),
    *("sparsemax", "squareplus", "tanh_shrink", "hard_silu"),
)


def _activated(name: str) -> Builder:
    def build(keras: Any) -> Any:
        layers, x = keras.layers, keras.Input((4, 3))
        outputs = [
            layers.LSTM(3, activation=name)(x),
            layers.GRU(3, recurrent_activation=name)(x),
            layers.SimpleRNN(3, activation=name)(x),
            layers.GRU(3, activation=name, reset_after=False)(x),
        ]
        return keras.Model(x, outputs)

    return build


for name in ACTIVATIONS:
    PLAIN[f"activated_{name}"] = _activated(name)
for name in NEW_ACTIVATIONS:
    OF_KERAS_3[f"activated_{name}"] = _activated(name)


def film(space: int, **options: Any) -> Maker:
    """Makes a convolutional LSTM."""
    return lambda layers: getattr(layers, f"ConvLSTM{space}D")(3, 2, **options)


def _films() -> None:
    for space in (1, 2, 3):
        shape, name = (3, *(6, 5, 4)[:space], 2), f"film{space}"
        whole = film(space, return_sequences=True)
        same = film(space, padding="same", return_sequences=True, return_state=True)
        strided = film(space, strides=2, go_backwards=True, return_sequences=True)
        hard = film(space, recurrent_activation="hard_sigmoid", activation="relu")
        _plain(name, film(space), shape=shape)
        _plain(f"{name}_same", same, shape=shape)
        _plain(f"{name}_strides", strided, shape=shape)
        _plain(f"{name}_dilated", film(space, dilation_rate=2, use_bias=False), shape=shape)
        _plain(f"{name}_hard", hard, shape=shape)
        _plain(f"bidirectional_{name}", bidirectional(whole), shape=shape)


_each_kind()
_films()
PLAIN["gru_before"] = over(
    "gru_before", lambda layers: layers.GRU(4, reset_after=False, return_sequences=True)
)
PLAIN["activation_layer"] = over(
    "activation_layer", lambda layers: layers.SimpleRNN(4, activation=layers.LeakyReLU())
)
OF_KERAS_2["time_major"] = over(
    "time_major", lambda layers: layers.LSTM(4, time_major=True, return_sequences=True)
)
OF_KERAS_2["hard_before"] = over(
    "hard_before", lambda layers: layers.GRU(4, recurrent_activation="hard_sigmoid")
)


def _sequential(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((6, 3)), layers.GRU(4, return_sequences=True), layers.LSTM(3), layers.Dense(2)]
    )


def _nested(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((6, 3)), layers.GRU(4, name="own"), layers.Dense(3)], name="inner")
    a, b = keras.Input((6, 3)), keras.Input((6, 3))
    return keras.Model([a, b], layers.Add()([inner(a), inner(b)]))


def _twice(keras: Any) -> Any:
    x, h = keras.Input((5, 3)), keras.Input((3,))
    return keras.Model([x, h], keras.layers.Bidirectional(keras.layers.SimpleRNN(3))(x, initial_state=[h, h]))


def _encoder_within(keras: Any) -> Any:
    """States into a model, where TensorFlow.js would hand them on."""
    layers = keras.layers
    x, h = keras.Input((5, 3)), keras.Input((4,))
    y = layers.SimpleRNN(4, return_sequences=True)(x, initial_state=[h])
    inner = keras.Model([x, h], layers.SimpleRNN(3)(y), name="inner")
    a, b = keras.Input((5, 3)), keras.Input((4,))
    return keras.Model([a, b], inner([a, b]))


def _rows(keras: Any) -> Any:
    """A model with a recurrent layer for each step."""
    layers = keras.layers
    inner = keras.Sequential([keras.Input((5, 3)), layers.GRU(4), layers.Dense(2)])
    x = keras.Input((4, 5, 3))
    return keras.Model(x, layers.LSTM(3)(layers.TimeDistributed(inner)(x)))


PLAIN["same_states"] = _twice
PLAIN["encoder_within"] = _encoder_within
PLAIN["rows"] = _rows
PLAIN["sequential"] = _sequential
PLAIN["nested"] = _nested


def _cuda(kind: str, *, both: bool = False) -> Builder:
    """A layer for CUDA devices, and the plain one into which Keras reads its weights."""

    def build(keras: Any) -> Any:
        from tensorflow.compat.v1.keras import layers as old

        found = []
        for make in (
            getattr(old, f"CuDNN{kind}")(4, return_sequences=True, name="own"),
            getattr(keras.layers, kind)(4, return_sequences=True, name="own"),
        ):
            x = keras.Input((6, 3))
            layer = keras.layers.Bidirectional(make, name="both") if both else make
            found.append(keras.Model(x, layer(x)))
        return tuple(found)

    return build


OF_KERAS_2["cuda_lstm"] = _cuda("LSTM")
OF_KERAS_2["cuda_gru"] = _cuda("GRU")
OF_KERAS_2["cuda_bidirectional"] = _cuda("GRU", both=True)
