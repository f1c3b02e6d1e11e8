"""Weights and computation in fewer bits, and weights added beside others.

The expected outputs are what the model computes in float32 with the weights that it stores: that is what an
artifact computes. What Keras itself gives in low precision is off from it by its own rounding.
"""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

import numpy as np

from tests.corpus.cases import KERAS_3, Family

VECTOR, IMAGE, LINE = (6,), (5, 4, 3), (5, 4)

policies = Family("dtype policies", __file__)
for policy in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16"):
    policies.models(
        {
            f"{policy}_dense": lambda k: k.chain(
                VECTOR, (k.layers.Dense(5, "relu"), k.layers.Dense(3, "softmax"))
            ),
            f"{policy}_conv": lambda k: k.chain(
                IMAGE,
                (k.layers.Conv2D(4, 2), k.layers.BatchNormalization(), k.layers.ReLU(), k.layers.Flatten()),
            ),
            f"{policy}_recurrent": lambda k: k.chain(
                LINE, (k.layers.LSTM(3, recurrent_initializer="zeros"), k.layers.Dense(2))
            ),
        },
        policy=policy,
    )
policies.models(
    {
        "mixed_float16_attention": lambda k: k.of(LINE, lambda x: k.layers.MultiHeadAttention(2, 3)(x, x)),
        "mixed_float16_last_in_float32": lambda k: k.chain(
            VECTOR,
            (k.layers.Dense(5, "relu"), k.layers.Dense(3), k.layers.Activation("softmax", dtype="float32")),
        ),
    },
    policy="mixed_float16",
)
policies.models(
    {
        "one_layer_in_float16": lambda k: k.chain(
            VECTOR,
            (k.layers.Dense(5, dtype=k.policy("float16")), k.layers.Dense(3, dtype=k.policy("float32"))),
        ),
        "one_layer_mixed": lambda k: k.chain(
            VECTOR, (k.layers.Dense(5, dtype=k.policy("mixed_float16")), k.layers.Dense(3))
        ),
        "one_layer_in_bfloat16": lambda k: k.chain(
            VECTOR, (k.layers.Dense(5), k.layers.Dense(3, dtype=k.policy("mixed_bfloat16")))
        ),
        "input_in_float16": lambda k: k.chain(VECTOR, k.layers.Dense(5), dtype=k.policy("float16")),
        "input_in_float64": lambda k: k.chain(VECTOR, k.layers.Dense(5), dtype=k.policy("float64")),
        "layer_in_float64": lambda k: k.chain(VECTOR, k.layers.Dense(5, dtype=k.policy("float64"))),
    }
)

quantized = Family("quantized", __file__, keras=KERAS_3)


def _quantize(mode):
    return lambda _, model: model.quantize(mode)


def _dequantized(build):
    """The model in float32 whose kernels are those that the quantized one stands for."""

    def reference(k, model):
        twin = build(k)
        for layer, quantized_layer in zip(twin.layers[1:], model.layers[1:], strict=True):
            layer.set_weights(_plain_weights(layer, quantized_layer))
        return twin

    return reference


def _plain_weights(layer, quantized_layer):
    values = {weight.name: np.asarray(weight).astype("float32") for weight in quantized_layer.weights}
    if quantized_layer.quantization_mode == "float8":
        import ml_dtypes

        # The sums run over the kernel in 8 bits, its scale is still 1, and the bias is added in bfloat16.
        values["kernel"] = values["kernel"].astype(ml_dtypes.float8_e4m3fn).astype("float32")
        values["bias"] = values["bias"].astype(ml_dtypes.bfloat16).astype("float32")
        return [values[weight.name] for weight in layer.weights]
    for name in ("kernel", "embeddings"):
        scale = values.pop(f"{name}_scale", None)
        if scale is not None:
            values[name] = values[name] / (scale[:, None] if name == "embeddings" else scale)
    return [values[weight.name].reshape(weight.shape) for weight in layer.weights]


INT8 = {
    "int8_dense": lambda k: k.chain(VECTOR, (k.layers.Dense(5, "relu"), k.layers.Dense(3))),
    "int8_embedding": lambda k: k.chain((4,), (k.layers.Embedding(5, 3), k.layers.Dense(2)), "int32"),
    "int8_dense_rank_3": lambda k: k.chain(LINE, (k.layers.Dense(5), k.layers.LayerNormalization())),
    "int8_einsum": lambda k: k.chain(
        LINE, k.layers.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d")
    ),
}
for label, build in INT8.items():
    quantized.models({label: build}, weights=_quantize("int8"), reference=_dequantized(build))
FLOAT8 = {"float8_dense": lambda k: k.chain(VECTOR, (k.layers.Dense(5, "relu"), k.layers.Dense(3)))}
for label, build in FLOAT8.items():
    quantized.models({label: build}, weights=_quantize("float8"), reference=_dequantized(build))

low_rank = Family("low-rank adaptation", __file__, keras=KERAS_3)


def _adapted(shape, make, dtype=None, **options):
    def build(k):
        layer = make(k.layers)
        model = k.chain(shape, (layer,), dtype)
        layer.enable_lora(2, **options)
        return model

    return build


low_rank.models(
    {
        "lora_dense": _adapted(VECTOR, lambda L: L.Dense(4)),
        "lora_dense_alpha": _adapted(VECTOR, lambda L: L.Dense(4), lora_alpha=3),
        "lora_embedding": _adapted((4,), lambda L: L.Embedding(5, 3), "int32"),
        "lora_einsum": _adapted(
            LINE, lambda L: L.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d")
        ),
        "lora_conv": _adapted(IMAGE, lambda L: L.Conv2D(3, 2)),
    }
)
