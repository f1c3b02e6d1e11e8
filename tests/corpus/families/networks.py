"""Small networks of the kinds that people train."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

from tests.corpus.cases import Family

VECTOR, IMAGE = (6,), (8, 6, 3)

networks = Family("networks", __file__)
networks.models(
    {
        "residual": lambda k: _residual(k),
        "dense_connections": lambda k: _dense_connections(k),
        "inception": lambda k: _inception(k),
        "squeeze_and_excite": lambda k: _squeeze_and_excite(k),
        "u_net": lambda k: _u_net(k),
        "deep_chain": lambda k: k.chain(VECTOR, tuple(k.layers.Dense(6, "tanh") for _ in range(60))),
        "deep_residual": lambda k: _deep_residual(k),
        "wide": lambda k: k.of(
            VECTOR, lambda x: k.layers.Concatenate()([k.layers.Dense(2)(x) for _ in range(30)])
        ),
        "text_classifier": lambda k: k.chain(
            (6,),
            (
                k.layers.Embedding(5, 4),
                k.layers.Conv1D(3, 2, activation="relu"),
                k.layers.GlobalMaxPooling1D(),
                k.layers.Dense(1, activation="sigmoid"),
            ),
            "int32",
        ),
        "digit_classifier": lambda k: k.sequential(
            k.layers.InputLayer((10, 10, 1)),
            k.layers.Conv2D(4, 3, activation="relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Dropout(0.2),
            k.layers.Flatten(),
            k.layers.Dense(4, activation="softmax"),
        ),
        "autoencoder": lambda k: _autoencoder(k),
        "generator": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR),
            k.layers.Dense(24),
            k.layers.BatchNormalization(),
            k.layers.LeakyReLU(0.2),
            k.layers.Reshape((2, 3, 4)),
            k.layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
        ),
    }
)


def _residual(k):
    def call(x):
        y = k.layers.Conv2D(4, 3, padding="same")(x)
        for _ in range(2):
            z = k.layers.ReLU()(k.layers.BatchNormalization()(k.layers.Conv2D(4, 3, padding="same")(y)))
            y = k.layers.Add()([y, z])
        return k.layers.Dense(2)(k.layers.GlobalAveragePooling2D()(y))

    return k.of(IMAGE, call)


def _dense_connections(k):
    def call(x):
        for _ in range(3):
            x = k.layers.Concatenate()([x, k.layers.Conv2D(2, 3, padding="same", activation="relu")(x)])
        return k.layers.GlobalMaxPooling2D()(x)

    return k.of(IMAGE, call)


def _inception(k):
    def call(x):
        return k.layers.Concatenate()(
            [
                k.layers.Conv2D(2, 1)(x),
                k.layers.Conv2D(2, 3, padding="same")(x),
                k.layers.Conv2D(2, 5, padding="same")(x),
                k.layers.MaxPooling2D(3, strides=1, padding="same")(x),
            ]
        )

    return k.of(IMAGE, call)


def _squeeze_and_excite(k):
    def call(x):
        y = k.layers.Conv2D(4, 3, padding="same")(x)
        scale = k.layers.Dense(4, "sigmoid")(k.layers.Dense(2, "relu")(k.layers.GlobalAveragePooling2D()(y)))
        return k.layers.Multiply()([y, k.layers.Reshape((1, 1, 4))(scale)])

    return k.of(IMAGE, call)


def _u_net(k):
    def call(x):
        a = k.layers.Conv2D(3, 3, padding="same", activation="relu")(x)
        b = k.layers.Conv2D(4, 3, padding="same", activation="relu")(k.layers.MaxPooling2D(2)(a))
        up = k.layers.Conv2DTranspose(3, 2, strides=2)(b)
        return k.layers.Conv2D(1, 1, activation="sigmoid")(k.layers.Concatenate()([a, up]))

    return k.of(IMAGE, call)


def _deep_residual(k):
    def call(x):
        for _ in range(25):
            x = k.layers.Add()([x, k.layers.Dense(6, "tanh")(x)])
        return x

    return k.of(VECTOR, call)


def _autoencoder(k):
    encoder = k.chain(VECTOR, (k.layers.Dense(4, "relu"), k.layers.Dense(2)))
    decoder = k.chain((2,), (k.layers.Dense(4, "relu"), k.layers.Dense(6, "sigmoid")))
    return k.of(VECTOR, lambda x: decoder(encoder(x)))
