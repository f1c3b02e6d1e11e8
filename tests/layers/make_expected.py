"""Writes expected.json: what the real tf_keras makes of some 200 layers and a few graphs.

Run it with an interpreter that has TensorFlow 2.19 and tf_keras 2.19:

    python tests/layers/make_expected.py
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tf_keras as keras
from tf_keras.src.saving.legacy.saved_model import json_utils

L = keras.layers
OUT = Path(__file__).with_name("expected.json")
NOISE = ("_initializer", "_regularizer", "_constraint")
DROPPED = {
    "dtype",
    "registered_name",
    "module",
    "build_config",
    "function",
    "activity_regularizer",
    "sparse",
    "ragged",
}

IMAGE = (None, 11, 9, 4)
FREE = (None, None, None, 4)
FIRST = (None, 4, 11, 9)
FILM = (None, 5, 10, 8, 3)
STEPS = (None, 7, 5)
VIDEO = (None, 8, 9, 10, 4)


class Cases(list[tuple[Any, list[tuple[int | None, ...]]]]):
    """Layers, and the shapes that they are called on."""

    def __call__(self, layer: Any, *shapes: tuple[int | None, ...]) -> None:
        """Add one."""
        self.append((layer, list(shapes)))


def simple_layers(case: Cases) -> None:
    """Dense layers and activations."""
    for shape in ((None, 6), (3, 6), (None, 4, 6), (None, None, 2, 6)):
        case(L.Dense(5), shape)
    case(L.Dense(5, use_bias=False, activation="relu"), (None, 6))
    case(L.Dense(5, activation=L.LeakyReLU(0.1)), (None, 6))
    case(L.Dense(5, trainable=False), (None, 6))
    for layer in (
        L.Activation("relu"),
        L.ReLU(6.0),
        L.LeakyReLU(),
        L.ELU(),
        L.ThresholdedReLU(),
        L.Softmax(),
        L.Dropout(0.3),
        L.GaussianNoise(0.1),
        L.GaussianDropout(0.1),
        L.AlphaDropout(0.1),
        L.Masking(),
    ):
        case(layer, STEPS)
    case(L.SpatialDropout1D(0.2), STEPS)
    case(L.PReLU(), (None, 6))
    case(L.PReLU(), (None, 4, 6))
    case(L.PReLU(shared_axes=[1]), (None, 4, 6))
    case(L.PReLU(shared_axes=[1, 2]), FREE)
    case(L.PReLU(shared_axes=1), (None, None, 6))


def convolutions(case: Cases) -> None:
    """Convolutions."""
    for options in (
        {},
        {"padding": "same"},
        {"strides": 2},
        {"strides": (2, 3), "padding": "same"},
        {"dilation_rate": 2},
        {"dilation_rate": (2, 1), "padding": "same"},
        {"use_bias": False},
        {"groups": 2},
        {"activation": "relu", "kernel_size": (1, 5)},
        {"kernel_size": 1},
    ):
        case(L.Conv2D(6, **{"kernel_size": 3, **options}), IMAGE)
    case(L.Conv2D(6, 3), FREE)
    case(L.Conv2D(6, (3, 2), strides=2, padding="same"), FREE)
    case(L.Conv2D(6, (3, 2), data_format="channels_first", strides=2), FIRST)
    case(L.Conv2D(6, (3, 2)), (None, 2, 11, 9, 4))
    for options in (
        {},
        {"padding": "same"},
        {"padding": "causal", "dilation_rate": 2},
        {"strides": 3},
        {"strides": 3, "padding": "causal"},
        {"groups": 5, "filters": 10},
        {"use_bias": False},
    ):
        case(L.Conv1D(**{"filters": 6, "kernel_size": 3, **options}), STEPS)
    case(L.Conv1D(6, 3), (None, None, 5))
    case(L.Conv1D(6, 3, data_format="channels_first"), STEPS)
    case(L.Conv1D(6, 3), (None, 2, 7, 5))
    for options in ({}, {"padding": "same", "strides": 2}, {"dilation_rate": (1, 2, 2)}, {"use_bias": False}):
        case(L.Conv3D(6, (2, 3, 3), **options), VIDEO)
    case(L.Conv3D(6, 3), (None, None, None, None, 4))
    for padding, strides, extra in itertools.product(("valid", "same"), (1, 2, (3, 2)), (None, 0)):
        case(L.Conv2DTranspose(6, 3, strides=strides, padding=padding, output_padding=extra), IMAGE)
    case(L.Conv2DTranspose(6, (2, 4), strides=4, output_padding=(1, 3)), IMAGE)
    case(L.Conv2DTranspose(6, 4, strides=2, padding="same", use_bias=False), FREE)
    case(L.Conv2DTranspose(6, 3, dilation_rate=2), IMAGE)
    case(L.Conv2DTranspose(6, 2, strides=3), IMAGE)
    case(L.Conv2DTranspose(6, 3, strides=2, data_format="channels_first"), FIRST)
    for padding, strides in itertools.product(("valid", "same"), (1, 2)):
        case(L.Conv3DTranspose(6, 3, strides=strides, padding=padding), VIDEO)
    case(L.Conv3DTranspose(6, 3, strides=2, padding="same", output_padding=1), VIDEO)
    for options in (
        {},
        {"padding": "same", "strides": 2},
        {"depth_multiplier": 3},
        {"dilation_rate": 2},
        {"use_bias": False},
        {"data_format": "channels_first"},
    ):
        case(L.DepthwiseConv2D(3, **options), FIRST if "data_format" in options else IMAGE)
        case(L.SeparableConv2D(6, 3, **options), FIRST if "data_format" in options else IMAGE)
    case(L.DepthwiseConv2D((2, 3)), FREE)
    case(L.SeparableConv2D(6, (2, 3)), FREE)


def pooling(case: Cases) -> None:
    """Pooling."""
    for kind in (L.MaxPooling2D, L.AveragePooling2D):
        for options in (
            {},
            {"pool_size": 3},
            {"pool_size": (3, 2), "strides": 1},
            {"strides": (1, 3), "padding": "same"},
            {"padding": "same"},
        ):
            case(kind(**options), IMAGE)
        case(kind(), FREE)
        case(kind(data_format="channels_first"), FIRST)
    for kind in (L.MaxPooling1D, L.AveragePooling1D):
        case(kind(), STEPS)
        case(kind(3, strides=1, padding="same"), STEPS)
        case(kind(3, data_format="channels_first"), STEPS)
    for kind in (L.MaxPooling3D, L.AveragePooling3D):
        case(kind(), VIDEO)
        case(kind((1, 2, 3), strides=2, padding="same"), VIDEO)
    for kind in (L.GlobalMaxPooling1D, L.GlobalAveragePooling1D):
        for options in ({}, {"keepdims": True}, {"data_format": "channels_first"}):
            case(kind(**options), STEPS)
    for kind in (L.GlobalMaxPooling2D, L.GlobalAveragePooling2D):
        for options in ({}, {"keepdims": True}, {"data_format": "channels_first", "keepdims": True}):
            case(kind(**options), IMAGE)
        case(kind(), FREE)


def reshaping(case: Cases) -> None:
    """Reshaping."""
    for shape in ((None, 3, 4), (None, 6), (None, None, 4), (2, 3, 4), (None,)):
        case(L.Flatten(), shape)
    case(L.Flatten(data_format="channels_first"), FIRST)
    for target, shape in (
        ((4, 3), (None, 12)),
        ((-1, 3), (None, 12)),
        ((2, -1, 2), (None, 4, 6)),
        ((-1, 4), (None, None, 4)),
        ((12,), (None, 3, 4)),
        ((), (None, 1)),
    ):
        case(L.Reshape(target), shape)
    case(L.Permute((2, 1)), STEPS)
    case(L.Permute((3, 1, 2)), FREE)
    case(L.RepeatVector(3), (None, 6))
    for cropping in (1, (1, 2), ((1, 0), (2, 3))):
        case(L.Cropping2D(cropping), IMAGE)
        case(L.ZeroPadding2D(cropping), IMAGE)
    for kind in (L.Cropping2D, L.ZeroPadding2D, L.UpSampling2D):
        case(kind(), FREE)
        case(kind(data_format="channels_first"), FIRST)
    case(L.UpSampling2D(3), IMAGE)
    case(L.UpSampling2D((2, 3), interpolation="bilinear"), IMAGE)


def normalization(case: Cases) -> None:
    """Normalization."""
    for options in ({}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"axis": 1}):
        case(L.BatchNormalization(**options), IMAGE)
        case(L.LayerNormalization(**options), IMAGE)
    case(L.BatchNormalization(), (None, 6))
    case(L.BatchNormalization(axis=[1, 3]), IMAGE)
    case(L.BatchNormalization(trainable=False), FREE)
    case(L.BatchNormalization(), VIDEO)
    case(L.LayerNormalization(axis=[1, 2]), IMAGE)
    case(L.LayerNormalization(axis=[-1, 1]), IMAGE)
    case(L.LayerNormalization(), FREE)


def merging(case: Cases) -> None:
    """Merging."""
    for kind in (L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum):
        case(kind(), (None, 6), (None, 6))
    case(L.Add(), (None, 6), (None, 6), (None, 6))
    case(L.Add(), (None, 4, 6), (None, 1, 6))
    case(L.Add(), (None, 4, 1), (None, 1, 6))
    case(L.Add(), FREE, (None, 8, None, 4))
    case(L.Add(), FREE, (None, 1, 1, 4))
    case(L.Multiply(), (None, 4, 6), (None, 6))
    case(L.Multiply(), (3, 6), (None, 6))
    case(L.Concatenate(), (None, 6), (None, 3))
    case(L.Concatenate(), FREE, FREE, (None, 8, None, 2))
    case(L.Concatenate(axis=1), (None, 4, 6), (None, 2, 6))
    case(L.Concatenate(axis=1), (None, None, 6), (None, 2, 6))
    case(L.Concatenate(axis=-2), (None, 4, 6), (None, 2, 6))
    for axes, one, other in (
        (1, (None, 6), (None, 6)),
        (-1, (None, 6), (None, 6)),
        (2, (None, 4, 6), (None, 5, 6)),
        (1, (None, 4, 6), (None, 4, 5)),
        ((2, 1), (None, 4, 6), (None, 6, 5)),
        ((-1, -2), (None, 4, 6), (None, 6, 5)),
        ((1, 1), (None, 6), (None, 6, 5)),
        ((3, 2), (None, 2, 4, 6), (None, 3, 6)),
    ):
        case(L.Dot(axes), one, other)
    case(L.Dot((2, 1), normalize=True), (None, 4, 6), (None, 6))


def embedding_and_preprocessing(case: Cases) -> None:
    """Embedding and preprocessing."""
    case(L.Embedding(10, 4), (None, 7))
    case(L.Embedding(10, 4, input_length=7), (None, 7))
    case(L.Embedding(10, 4, mask_zero=True), (None, None))
    case(L.Embedding(10, 4), (None, 3, 7))
    case(L.Embedding(10, 4), (None,))
    case(L.Rescaling(1 / 255), IMAGE)
    case(L.Rescaling([1.0, 2.0, 3.0], offset=[0.0, 1.0, 2.0]), (None, 4, 1))
    case(L.Resizing(5, 6), IMAGE)
    case(L.Resizing(5, 6, interpolation="nearest"), FREE)
    case(L.Resizing(5, 6, crop_to_aspect_ratio=True), IMAGE)
    case(L.CenterCrop(5, 6), IMAGE)
    case(L.RandomWidth(0.2), IMAGE)
    for mode, shape in itertools.product(("one_hot", "multi_hot", "count"), ((None, 1), (None,), (None, 5))):
        if (mode, shape) != ("one_hot", (None, 5)):
            case(L.CategoryEncoding(6, output_mode=mode), shape)


def recurrent_layers(case: Cases) -> None:
    """Recurrent layers."""
    for kind in (L.SimpleRNN, L.LSTM, L.GRU):
        for options in (
            {},
            {"return_sequences": True},
            {"return_state": True},
            {"return_sequences": True, "return_state": True, "go_backwards": True},
            {"use_bias": False},
            {"dropout": 0.1, "recurrent_dropout": 0.1},
        ):
            case(kind(3, **options), STEPS)
    case(L.GRU(3, reset_after=False), STEPS)
    case(L.LSTM(3, return_sequences=True), (None, None, 5))
    case(L.LSTM(3, stateful=True), (2, 7, 5))
    case(L.LSTM(3, return_sequences=True, time_major=True), (7, None, 5))
    case(L.RNN(L.LSTMCell(3)), STEPS)
    case(L.RNN(L.GRUCell(3), return_sequences=True, return_state=True), STEPS)
    case(L.RNN([L.LSTMCell(3), L.SimpleRNNCell(4, use_bias=False), L.GRUCell(2)], return_state=True), STEPS)
    case(L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2, reset_after=False)])), STEPS)
    for options in (
        {},
        {"return_sequences": True},
        {"return_state": True},
        {"padding": "same", "return_sequences": True},
        {"strides": 2},
        {"dilation_rate": 2},
        {"use_bias": False},
    ):
        case(L.ConvLSTM2D(2, 3, **options), FILM)
    case(L.ConvLSTM2D(2, (3, 2), data_format="channels_first", return_state=True), (None, 5, 3, 10, 8))


def wrappers(case: Cases) -> None:
    """Wrappers."""
    case(L.TimeDistributed(L.Dense(5)), (None, 4, 6))
    case(L.TimeDistributed(L.Conv2D(2, 3)), FILM)
    case(L.TimeDistributed(L.BatchNormalization()), (None, 4, 6))
    case(L.TimeDistributed(L.Flatten()), FILM)
    case(L.TimeDistributed(L.Dense(5)), (None, None, 6))
    case(L.TimeDistributed(L.LSTM(5)), (None, 4, 7, 6))
    case(L.TimeDistributed(L.TimeDistributed(L.Dense(5))), (None, 4, 7, 6))
    for mode in ("concat", "sum", "mul", "ave", None):
        case(L.Bidirectional(L.LSTM(3), merge_mode=mode), STEPS)
    case(L.Bidirectional(L.GRU(3, return_sequences=True)), STEPS)
    case(L.Bidirectional(L.LSTM(3, return_state=True)), STEPS)
    case(L.Bidirectional(L.GRU(3, return_state=True), merge_mode=None), STEPS)
    case(L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3, go_backwards=True, use_bias=False)), STEPS)
    case(L.Bidirectional(L.RNN(L.LSTMCell(3), return_sequences=True)), STEPS)
    case(L.Bidirectional(L.ConvLSTM2D(2, 3)), FILM)
    case(L.TimeDistributed(L.Bidirectional(L.LSTM(3))), (None, 4, 7, 6))
    case(L.TimeDistributed(cnn()), FILM)
    frozen = cnn()
    frozen.layers[0].trainable = False
    case(L.TimeDistributed(frozen), FILM)
    frozen = L.TimeDistributed(cnn())
    frozen.trainable = False
    case(frozen, FILM)
    x = keras.Input((6,))
    y = L.Dense(3)(x)
    case(
        L.TimeDistributed(keras.Model(x, L.Concatenate()([y, L.BatchNormalization()(L.Dense(3)(x))]))),
        (None, 4, 6),
    )


def cases() -> Cases:
    """Every layer with every option that changes a shape."""
    found = Cases()
    for family in (
        simple_layers,
        convolutions,
        pooling,
        reshaping,
        normalization,
        merging,
        embedding_and_preprocessing,
        recurrent_layers,
        wrappers,
    ):
        family(found)
    return found


def cnn() -> Any:
    """A small model, to be put into a wrapper."""
    return keras.Sequential([L.Conv2D(2, 3), L.BatchNormalization(), L.Flatten(), L.Dense(3)])


def flat_graphs() -> dict[str, Any]:
    """Models of layers alone."""
    found: dict[str, Any] = {}
    found["sequential"] = keras.Sequential(
        [L.Conv2D(4, 3, input_shape=(8, 8, 3)), L.MaxPooling2D(), L.Flatten(), L.Dense(2)]
    )
    late = keras.Sequential([L.Dense(3), L.Dense(2)])
    late.build((None, 7))
    found["built late"] = late

    x = keras.Input((None, None, 3))
    y = L.Conv2D(8, 3, padding="same")(x)
    z = L.BatchNormalization()(L.Conv2D(8, 3, padding="same")(L.ReLU()(y)))
    found["residual"] = keras.Model(x, L.Add()([y, z]))

    x = keras.Input((16, 16, 3))
    a = L.Conv2D(4, 3, padding="same")(x)
    b = L.Conv2D(8, 3, padding="same")(L.MaxPooling2D()(a))
    c = L.Concatenate()([a, L.Conv2DTranspose(4, 2, strides=2)(b)])
    found["u-net"] = keras.Model(x, L.Conv2D(1, 1)(c))

    one, other = keras.Input((6,)), keras.Input((6,))
    shared = L.Dense(3)
    found["shared layer"] = keras.Model([one, other], L.Dot(1)([shared(one), shared(other)]))

    x = keras.Input((9,))
    shared = L.Dense(4)
    keras.Model(x, shared(x))
    y = keras.Input((9,))
    found["called outside as well"] = keras.Model(y, shared(y))

    words = keras.Input((None,))
    embedded = L.Embedding(20, 4)(words)
    encoded, h, c = L.LSTM(5, return_state=True)(embedded)
    answer = keras.Input((None, 4))
    decoded = L.LSTM(5, return_sequences=True)(answer, initial_state=[h, c])
    found["encoder and decoder"] = keras.Model(
        [words, answer], [L.TimeDistributed(L.Dense(3))(decoded), encoded]
    )

    x = keras.Input((4,))
    h, c = keras.Input((3,)), keras.Input((3,))
    y, states = L.LSTMCell(3)(x, [h, c])
    found["cell as a layer"] = keras.Model([x, h, c], [y, *states])

    x = keras.Input((8, 8, 3))
    y = L.Lambda(lambda t: t * 2)(L.Conv2D(4, 3)(x))
    found["unknown layer"] = keras.Model(x, L.Conv2D(4, 1)(y))

    x = keras.Input((6,))
    y = L.Dense(6)(x)
    found["operators"] = keras.Model(x, L.Dense(2)(tf.nn.relu(y + x)))
    return found


def nested_graphs() -> dict[str, Any]:
    """Models that hold models."""
    found: dict[str, Any] = {}
    x = keras.Input((9,))
    inner = keras.Model(x, L.BatchNormalization()(L.Dense(4)(x)))
    tail = keras.Sequential([L.Dense(3, input_shape=(4,)), L.Dense(4)])
    eager = keras.Sequential([L.Dense(4)])
    x = keras.Input((9,))
    y = tail(inner(x))
    found["nested"] = keras.Model(x, [y, eager(y)])

    x = keras.Input((9,))
    inner = keras.Model(x, [L.Dense(4)(x), L.Dense(5)(x)])
    one, other = keras.Input((9,)), keras.Input((9,))
    a, b = inner(one), inner(other)
    found["nested, shared, two outputs"] = keras.Model([one, other], L.Concatenate()([*a, *b[::-1]]))

    x = keras.Input((4,))
    block = keras.Sequential([L.Dense(4)])
    found["nested, called on itself"] = keras.Model(x, block(block(block(x))))

    deepest = keras.Sequential([L.Conv2D(2, 3, input_shape=(8, 8, 3)), L.Flatten()])
    found["nested in nested"] = keras.Sequential([keras.Sequential([deepest, L.Dense(3)]), L.Dense(2)])

    x = keras.Input((None, None, 3))
    inner = keras.Model(x, L.Conv2D(2, 3)(x))
    x = keras.Input((8, 8, 3))
    found["nested, open sizes"] = keras.Model(x, L.Dense(2)(L.Flatten()(inner(x))))
    return found


def clean(value: Any) -> Any:
    """The configuration without what says nothing about shapes."""
    if isinstance(value, dict):
        return {
            key: clean(item)
            for key, item in value.items()
            if key not in DROPPED and not key.endswith(NOISE) and (key, item) != ("trainable", True)
        }
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def as_json(value: Any) -> Any:
    """The value as an .h5 file would hold it."""
    return json.loads(json.dumps(value, default=json_utils.get_json_type))


def sizes(shape: Any) -> list[int | None]:
    """A shape as a list."""
    return tf.TensorShape(shape).as_list()


def weights(layer: Any) -> list[list[Any]]:
    """Name and shape of each weight, in the order in which an .h5 file has them."""
    stored = layer.trainable_weights + layer.non_trainable_weights
    return [[v.name.split(":")[0].rpartition("/")[2], sizes(v.shape)] for v in stored]


def record_case(layer: Any, shapes: list[tuple[int | None, ...]]) -> dict[str, Any]:
    """What Keras makes of one layer."""
    inputs = [keras.Input(batch_shape=shape) for shape in shapes]
    outputs = tf.nest.flatten(layer(inputs if len(inputs) > 1 else inputs[0]))
    return {
        "class_name": type(layer).__name__,
        "config": clean(as_json(layer.get_config())),
        "inputs": shapes,
        "outputs": [sizes(output.shape) for output in outputs],
        "weights": weights(layer),
    }


def record_graph(model: Any) -> dict[str, Any]:
    """What Keras makes of one model: the shapes of its calls, and the weights of the layers at all depths."""
    calls: dict[str, list[Any]] = {}
    for layer in model.layers:
        kept = [
            node
            for index, node in enumerate(layer._inbound_nodes)
            if f"{layer.name}_ib-{index}" in model._network_nodes
        ]
        calls[layer.name] = [[sizes(x.shape) for x in tf.nest.flatten(node.outputs)] for node in kept]
    return {
        "class_name": type(model).__name__,
        "config": clean(as_json(model.get_config())),
        "calls": calls,
        "weights": dict(leaves(model)),
        "outputs": [sizes(x.shape) for x in model.outputs],
    }


def leaves(model: Any, path: str = "") -> list[tuple[str, list[list[Any]]]]:
    """The weights of each layer that is no model."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += leaves(layer, f"{path}{layer.name}/")
        else:
            found.append((path + layer.name, weights(layer)))
    return found


def lines(records: list[str]) -> str:
    """One record a line, so that changes are easy to see."""
    return ",\n".join(records)


def main() -> None:
    """Write the file."""
    made = [json.dumps(record_case(layer, shapes), separators=(",", ":")) for layer, shapes in cases()]
    named = [
        f"{json.dumps(name)}:{json.dumps(record_graph(model), separators=(',', ':'))}"
        for name, model in (flat_graphs() | nested_graphs()).items()
    ]
    version = json.dumps(keras.__version__)
    OUT.write_text(f'{{"tf_keras":{version},"cases":[\n{lines(made)}\n],"graphs":{{\n{lines(named)}\n}}}}\n')
    sys.stdout.write(f"{len(made)} cases, {len(named)} graphs, {OUT.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
