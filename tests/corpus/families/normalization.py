"""Normalization by statistics of the training data, of the layer's input, or by given numbers."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

import numpy as np

from tests.corpus.cases import KERAS_2, KERAS_3, Family

VECTOR, LINE, IMAGE, CUBE = (6,), (5, 6), (4, 3, 6), (3, 2, 4, 6)

batch = Family("batch normalization", __file__)
batch.layers(VECTOR, {"batch_norm": lambda L: L.BatchNormalization()})
batch.layers(LINE, {"batch_norm_rank_3": lambda L: L.BatchNormalization(epsilon=0.1)})
batch.layers(
    IMAGE,
    {
        "batch_norm_rank_4": lambda L: L.BatchNormalization(),
        "batch_norm_axis_1": lambda L: L.BatchNormalization(axis=1),
        "batch_norm_axis_2": lambda L: L.BatchNormalization(axis=2),
        "batch_norm_axis_minus_3": lambda L: L.BatchNormalization(axis=-3),
        "batch_norm_without_scale": lambda L: L.BatchNormalization(scale=False),
        "batch_norm_without_center": lambda L: L.BatchNormalization(center=False),
        "batch_norm_without_both": lambda L: L.BatchNormalization(scale=False, center=False),
        "batch_norm_after_conv": lambda L: (L.Conv2D(4, 2), L.BatchNormalization(), L.ReLU()),
        "batch_norm_untrained": lambda L: (L.BatchNormalization(trainable=False), L.Dense(2)),
    },
)
batch.layers(CUBE, {"batch_norm_rank_5": lambda L: L.BatchNormalization()})
batch.layers(CUBE, {"batch_norm_rank_5_axis_1": lambda L: L.BatchNormalization(axis=1)})
batch.layers((None, None, 3), {"batch_norm_free": lambda L: L.BatchNormalization()})
batch.layers(LINE, {"batch_norm_axis_1_rank_3": lambda L: L.BatchNormalization(axis=1)})
batch.layers(IMAGE, {"batch_norm_renorm": lambda L: L.BatchNormalization(renorm=True)}, keras=KERAS_2)
batch.layers(IMAGE, {"batch_norm_list": lambda L: L.BatchNormalization(axis=[3])}, keras=KERAS_2)
batch.layers(IMAGE, {"batch_norm_synchronized": lambda L: L.BatchNormalization(synchronized=True)})

own = Family("normalization", __file__)
own.layers(
    VECTOR, {"layer_norm": lambda L: L.LayerNormalization(), "unit_norm": lambda L: L.UnitNormalization()}
)
own.layers(
    LINE,
    {
        "layer_norm_rank_3": lambda L: L.LayerNormalization(epsilon=1e-6),
        "layer_norm_axis_1": lambda L: L.LayerNormalization(axis=1),
        "layer_norm_without_scale": lambda L: L.LayerNormalization(scale=False),
        "layer_norm_without_both": lambda L: L.LayerNormalization(scale=False, center=False),
        "unit_norm_axis_1": lambda L: L.UnitNormalization(axis=1),
    },
)
own.layers((None, 6), {"layer_norm_free": lambda L: L.LayerNormalization()})
own.layers(
    IMAGE,
    {
        "layer_norm_rank_4": lambda L: L.LayerNormalization(),
        "layer_norm_two_axes": lambda L: L.LayerNormalization(axis=[2, 3]),
        "layer_norm_three_axes": lambda L: L.LayerNormalization(axis=(1, 2, 3)),
        "layer_norm_axes_apart": lambda L: L.LayerNormalization(axis=[-1, -3]),
        "group_norm": lambda L: L.GroupNormalization(3),
        "group_norm_all": lambda L: L.GroupNormalization(-1),
        "group_norm_one": lambda L: L.GroupNormalization(1, epsilon=1e-5),
        "group_norm_without_both": lambda L: L.GroupNormalization(2, scale=False, center=False),
        "group_norm_axis_1": lambda L: L.GroupNormalization(2, axis=1),
        "unit_norm_two_axes": lambda L: L.UnitNormalization(axis=[1, 3]),
    },
)
own.layers(LINE, {"group_norm_rank_3": lambda L: L.GroupNormalization(2)})
own.layers((None, None, 6), {"group_norm_free": lambda L: L.GroupNormalization(2)})
own.layers(CUBE, {"layer_norm_rank_5": lambda L: L.LayerNormalization()})
own.layers(CUBE, {"group_norm_rank_5": lambda L: L.GroupNormalization(3)})
own.layers(
    LINE,
    {
        "layer_norm_rms_scaling": lambda L: L.LayerNormalization(rms_scaling=True),
        "rms_norm": lambda L: L.RMSNormalization(),
        "rms_norm_epsilon": lambda L: L.RMSNormalization(epsilon=0.1),
        "rms_norm_two_axes": lambda L: L.RMSNormalization(axis=[1, 2]),
    },
    keras=KERAS_3,
)
own.layers(VECTOR, {"rms_norm_of_vectors": lambda L: L.RMSNormalization()}, keras=KERAS_3)

spectral = Family("spectral normalization", __file__)
spectral.layers(LINE, {"spectral_dense": lambda L: L.SpectralNormalization(L.Dense(3))})
spectral.layers(
    IMAGE, {"spectral_conv": lambda L: L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=2)}
)
spectral.layers(
    (6,),
    {"spectral_embedding": lambda L: L.SpectralNormalization(L.Embedding(5, 3))},
    dtype="int32",
    keras=KERAS_2,
)
spectral.layers(
    (6,),
    {"spectral_embedding_rounded": lambda L: L.SpectralNormalization(L.Embedding(5, 3))},
    dtype="int32",
    keras=KERAS_3,
    constant=True,
    refused="Keras 3 makes integers of the vectors, since the tokens are integers",
)


def _adapted(**options):
    def build(k):
        layer = k.layers.Normalization(**options)
        layer.adapt(np.random.default_rng(1).normal(3, 2, (40, 4, 3, 6)).astype("float32"))
        return k.chain(IMAGE, layer)

    return build


given = Family("normalization by numbers", __file__)
given.models(
    {
        "normalization_adapted": _adapted(),
        "normalization_adapted_axis_1": _adapted(axis=1),
        "normalization_adapted_axes": _adapted(axis=(1, 3)),
        "normalization_adapted_one": _adapted(axis=None),
        "normalization_adapted_inverted": _adapted(invert=True),
    },
)
given.layers(
    IMAGE,
    {
        "normalization_numbers": lambda L: L.Normalization(axis=None, mean=2.0, variance=4.0),
        "normalization_arrays": lambda L: L.Normalization(
            mean=[1.0, 2, 3, 4, 5, 6], variance=[1.0, 4, 9, 2, 3, 0.5]
        ),
        "normalization_inverted": lambda L: L.Normalization(axis=None, mean=2.0, variance=4.0, invert=True),
        "normalization_no_variance": lambda L: L.Normalization(axis=None, mean=2.0, variance=0.0),
        "rescaling": lambda L: L.Rescaling(1 / 127.5, offset=-1),
        "rescaling_arrays": lambda L: L.Rescaling(
            scale=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], offset=[1.0, 0, -1, 2, 3, 4]
        ),
    },
)
given.layers(VECTOR, {"rescaling_of_vectors": lambda L: (L.Rescaling(2.0), L.Dense(3))})
given.layers(IMAGE, {"rescaling_of_integers": lambda L: L.Rescaling(1 / 255)}, dtype="uint8", values="image")
