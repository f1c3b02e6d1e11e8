"""What matters in training alone: initializers, regularizers, constraints, optimizers."""

# L is what everybody calls keras.layers, and builders stand above what they call.
# ruff: noqa: N803, PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_2, KERAS_3, Family

VECTOR, IMAGE = (6,), (5, 4, 3)

starts = Family("initializers", __file__)
starts.layers(
    VECTOR,
    {
        f"initializer_{name}": lambda L, name=name: L.Dense(
            4, kernel_initializer=name, bias_initializer="ones"
        )
        for name in (
            *("glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "lecun_normal"),
            *("lecun_uniform", "orthogonal", "random_normal", "random_uniform", "truncated_normal"),
            *("variance_scaling", "zeros"),
        )
    },
)
starts.models(
    {
        "initializer_object": lambda k: k.chain(
            VECTOR, k.layers.Dense(4, kernel_initializer=k.keras.initializers.VarianceScaling(2.0, "fan_out"))
        ),
        "initializer_constant": lambda k: k.chain(
            VECTOR, k.layers.Dense(4, kernel_initializer=k.keras.initializers.Constant(0.3))
        ),
        "initializer_identity": lambda k: k.chain(
            VECTOR, k.layers.Dense(6, kernel_initializer=k.keras.initializers.Identity(0.5))
        ),
    }
)

costs = Family("regularizers", __file__)
costs.models(
    {
        f"regularizer_{name.lower()}": lambda k, name=name: k.chain(
            IMAGE,
            (
                k.layers.Conv2D(
                    3,
                    2,
                    kernel_regularizer=getattr(k.keras.regularizers, name)(0.01),
                    bias_regularizer=getattr(k.keras.regularizers, name)(0.02),
                ),
            ),
        )
        for name in ("L1", "L2", "L1L2")
    }
)
costs.layers(
    VECTOR,
    {
        "regularizer_names": lambda L: L.Dense(4, kernel_regularizer="l1", activity_regularizer="l2"),
        "regularizer_prelu": lambda L: L.PReLU(alpha_regularizer="l2"),
        "regularizer_batch_norm": lambda L: L.BatchNormalization(gamma_regularizer="l2"),
    },
)
costs.models(
    {
        "regularizer_orthogonal": lambda k: k.chain(
            VECTOR, k.layers.Dense(4, kernel_regularizer=k.keras.regularizers.OrthogonalRegularizer(0.1))
        )
    }
)
costs.layers(
    (5, 4), {"regularizer_lstm": lambda L: L.LSTM(3, recurrent_regularizer="l1", kernel_regularizer="l2")}
)

limits = Family("constraints", __file__)
limits.models(
    {
        f"constraint_{label}": lambda k, name=name, arguments=arguments: k.chain(
            VECTOR,
            k.layers.Dense(
                4, kernel_constraint=getattr(k.keras.constraints, name)(*arguments), bias_constraint="non_neg"
            ),
        )
        for label, name, arguments in (
            ("max_norm", "MaxNorm", (0.5,)),
            ("min_max_norm", "MinMaxNorm", (0.1, 0.4)),
            ("non_neg", "NonNeg", ()),
            ("unit_norm", "UnitNorm", ()),
        )
    }
)
limits.layers(
    IMAGE,
    {
        "constraint_conv": lambda L: L.Conv2D(3, 2, kernel_constraint="unit_norm"),
        "constraint_depthwise": lambda L: L.DepthwiseConv2D(2, depthwise_constraint="non_neg"),
        "constraint_batch_norm": lambda L: L.BatchNormalization(beta_constraint="non_neg"),
        "constraint_separable": lambda L: L.SeparableConv2D(3, 2, pointwise_constraint="non_neg"),
    },
)
limits.layers((5, 4), {"constraint_lstm": lambda L: L.LSTM(3, recurrent_constraint="non_neg")})
limits.layers(
    (6,),
    {"constraint_embedding": lambda L: L.Embedding(5, 3, embeddings_constraint="unit_norm")},
    dtype="int32",
)

compiled = Family("compiled", __file__)
compiled.models(
    {
        **{
            f"compiled_{name}": lambda k, name=name: _compiled(k, name)
            for name in ("sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "ftrl", "adamw")
        },
        "compiled_objects": lambda k: _compiled(
            k,
            k.keras.optimizers.Adam(k.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
            loss=k.keras.losses.Huber(0.7),
            metrics=[k.keras.metrics.MeanAbsoluteError()],
        ),
        "compiled_fitted": lambda k: _fitted(k),
        "compiled_frozen": lambda k: _frozen(k),
    }
)
compiled.models({"compiled_lion": lambda k: _compiled(k, k.keras.optimizers.Lion(0.1))})
compiled.models({"compiled_lamb": lambda k: _compiled(k, k.keras.optimizers.Lamb(0.1))}, keras=KERAS_3)
compiled.models(
    {"compiled_legacy": lambda k: _compiled(k, k.keras.optimizers.legacy.Adam(0.1))}, keras=KERAS_2
)


def _compiled(k, optimizer, loss="mse", metrics=()):
    model = k.chain(VECTOR, (k.layers.Dense(5, "relu"), k.layers.BatchNormalization(), k.layers.Dense(2)))
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


def _fitted(k):
    model = _compiled(k, "adam", metrics=["mae"])
    inputs = k.tf.random.stateless_normal((8, 6), seed=(1, 2))
    model.fit(inputs, k.tf.reduce_sum(inputs, axis=-1, keepdims=True) * [[1.0, 2.0]], epochs=1, verbose=0)
    return model


def _frozen(k):
    model = _compiled(k, "adam")
    model.layers[1].trainable = False
    model.compile("sgd", "mse")
    return model
