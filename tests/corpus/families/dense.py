"""Dense, Embedding, EinsumDense, and layers that do nothing at inference."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

from tests.corpus.cases import KERAS_2, KERAS_3, Family

VECTOR, LINE, IMAGE = (6,), (5, 4), (4, 3, 5)

dense = Family("dense", __file__)
dense.layers(
    VECTOR,
    {
        "dense": lambda L: L.Dense(4),
        "dense_without_bias": lambda L: L.Dense(4, use_bias=False),
        "dense_two": lambda L: (L.Dense(8, "relu"), L.Dense(3, "softmax")),
        "dense_relu_object": lambda L: L.Dense(4, activation=L.ReLU(0.5)),
        "dense_leaky_relu_object": lambda L: L.Dense(4, activation=L.LeakyReLU(0.1)),
        "dense_one_unit": lambda L: L.Dense(1, "sigmoid"),
    },
)
dense.layers(LINE, {"dense_rank_3": lambda L: L.Dense(3, "tanh")})
dense.layers(IMAGE, {"dense_rank_4": lambda L: L.Dense(3, "elu")})
dense.layers((None, 4), {"dense_free_length": lambda L: L.Dense(3)})

embedding = Family("embedding", __file__)
embedding.layers(
    (6,),
    {
        "embedding": lambda L: L.Embedding(5, 3),
        "embedding_mask_zero": lambda L: L.Embedding(5, 3, mask_zero=True),
        "embedding_flatten": lambda L: (L.Embedding(5, 3), L.Flatten(), L.Dense(2)),
    },
    dtype="int32",
)
embedding.layers((6,), {"embedding_float_input": lambda L: L.Embedding(5, 3)}, values="ints")
embedding.layers((3, 4), {"embedding_rank_2": lambda L: L.Embedding(5, 3)}, dtype="int32")
embedding.layers((None,), {"embedding_free_length": lambda L: L.Embedding(5, 3)}, dtype="int32")
embedding.layers(
    (6,),
    {"embedding_input_length": lambda L: (L.Embedding(5, 3, input_length=6), L.Flatten())},
    dtype="int32",
    keras=KERAS_2,
)
embedding.models(
    {
        "reversible_embedding": lambda k: k.of((6,), k.layers.ReversibleEmbedding(5, 3), "int32"),
        "reversible_embedding_both_ways": lambda k: _both_ways(k, tie_weights=True),
        "reversible_embedding_untied": lambda k: _both_ways(k, tie_weights=False),
        "reversible_embedding_soft_cap": lambda k: _both_ways(k, tie_weights=True, logit_soft_cap=1.5),
    },
    keras=KERAS_3,
)


def _both_ways(k, **options):
    layer = k.layers.ReversibleEmbedding(5, 3, **options)
    inputs = k.input(6, dtype="int32")
    return k.model(inputs, layer(k.layers.Dense(3)(layer(inputs)), reverse=True))


einsum = Family("einsum dense", __file__)
einsum.layers(
    LINE,
    {
        "einsum_dense": lambda L: L.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d"),
        "einsum_dense_heads": lambda L: L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3)),
        "einsum_dense_heads_bias": lambda L: L.EinsumDense(
            "abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de", activation="relu"
        ),
        "einsum_dense_ellipsis": lambda L: L.EinsumDense(
            "...x,xy->...y", output_shape=(5, 3), bias_axes="y", activation="tanh"
        ),
        "einsum_dense_over_steps": lambda L: L.EinsumDense("abc,bd->adc", output_shape=(3, 4), bias_axes="d"),
        "einsum_dense_both_axes": lambda L: L.EinsumDense("abc,bcd->ad", output_shape=3, bias_axes="d"),
        "einsum_dense_per_step": lambda L: L.EinsumDense("abc,bcd->abd", output_shape=(5, 3), bias_axes="bd"),
    },
)
einsum.layers(
    VECTOR, {"einsum_dense_plain": lambda L: L.EinsumDense("ab,bc->ac", output_shape=3, bias_axes="c")}
)
einsum.layers(IMAGE, {"einsum_dense_rank_4": lambda L: L.EinsumDense("abcd,cde->abe", output_shape=(4, 3))})

idle = Family("idle at inference", __file__)
idle.layers(
    LINE,
    {
        "dropout": lambda L: (L.Dense(3), L.Dropout(0.5)),
        "dropout_noise_shape": lambda L: (L.Dense(3), L.Dropout(0.5, noise_shape=(None, 1, 3))),
        "gaussian_noise": lambda L: (L.Dense(3), L.GaussianNoise(0.3)),
        "gaussian_dropout": lambda L: (L.GaussianDropout(0.3), L.Dense(3)),
        "alpha_dropout": lambda L: (L.Dense(3, "selu"), L.AlphaDropout(0.3)),
        "spatial_dropout_1d": lambda L: (L.SpatialDropout1D(0.3), L.Dense(3)),
        "activity_regularization": lambda L: (L.ActivityRegularization(0.1, 0.2), L.Dense(3)),
        "identity": lambda L: (L.Identity(), L.Dense(3)),
        "identity_alone": lambda L: L.Identity(),
    },
)
idle.layers(
    IMAGE,
    {"spatial_dropout_2d": lambda L: (L.SpatialDropout2D(0.3, data_format="channels_last"), L.Dense(3))},
)
idle.layers(
    (3, *IMAGE),
    {"spatial_dropout_3d": lambda L: (L.SpatialDropout3D(0.3, data_format="channels_last"), L.Dense(3))},
)
