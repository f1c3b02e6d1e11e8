"""``python layer_models.py FOLDER``: small models of Keras 3, one for each way of lowering a layer."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Build = Callable[[Any, Any], Any]
"""Takes ``keras.layers`` and the input; gives the output, or several."""

VECTOR, LINE, IMAGE, VOLUME = (6,), (5, 6), (4, 3, 6), (2, 3, 4, 6)


def _several(k: Any, x: Any) -> Any:
    heads = k.MultiHeadAttention(2, 3, use_gate=True, sliding_window=2)
    return heads(x, k.Dense(6)(x), use_causal_mask=True, return_attention_scores=True)


COMPOSED: dict[str, tuple[tuple[int, ...], Build]] = {
    **{
        f"activation_{name}": (LINE, lambda k, x, name=name: k.Activation(name)(x))
        for name in (
            *("celu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid"),
            *("soft_shrink", "sparse_plus", "sparse_sigmoid", "tanh_shrink"),
        )
    },
    "attention": (LINE, lambda k, x: k.Attention()([x, k.Dense(6)(x)])),
    "batch_axis_1": (IMAGE, lambda k, x: k.BatchNormalization(axis=1)(x)),
    "batch_rank_5": (VOLUME, lambda k, x: k.BatchNormalization()(x)),
    "concatenate": (IMAGE, lambda k, x: k.Concatenate(axis=-2)([x, k.Dense(6)(x)])),
    "dense_prelu": (LINE, lambda k, x: k.Dense(4, activation=k.PReLU())(x)),
    "dense_relu_slope": (LINE, lambda k, x: k.Dense(4, activation=k.ReLU(negative_slope=0.2))(x)),
    "dot_rank_4": (IMAGE, lambda k, x: k.Dot(axes=(2, 1))([x, k.Permute((2, 1, 3))(x)])),
    "einsum_heads": (LINE, lambda k, x: k.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de")(x)),
    "einsum_two": (IMAGE, lambda k, x: k.EinsumDense("abcd,cde->abe", (4, 3), activation="tanh")(x)),
    "elu": (LINE, lambda k, x: k.ELU(0.4)(x)),
    "flatten": (VECTOR, lambda k, x: k.Flatten()(x)),
    "group": (IMAGE, lambda k, x: k.GroupNormalization(3)(x)),
    "heads": (LINE, lambda k, x: k.MultiHeadAttention(2, 3, value_dim=4)(x, k.Dense(6)(x))),
    "heads_grouped": (LINE, lambda k, x: k.GroupQueryAttention(3, 4, 2)(x, k.Dense(6)(x))),
    "layer_rank_5": (VOLUME, lambda k, x: k.LayerNormalization(axis=(3, 4))(x)),
    "merge_one": (LINE, lambda k, x: k.Add()([x])),
    "normalization": (LINE, lambda k, x: k.Normalization(mean=[1.0] * 6, variance=[2.0] * 6)(x)),
    "normalization_far": (LINE, lambda k, x: k.Normalization(mean=[1e4] * 6, variance=[1e-4] * 6)(x)),
    "prelu": (IMAGE, lambda k, x: k.PReLU(shared_axes=[2, 3])(x)),
    "relu_all": (LINE, lambda k, x: k.ReLU(0.8, 0.3, 0.2)(x)),
    "relu_slope": (LINE, lambda k, x: k.ReLU(negative_slope=0.3)(x)),
    "relu_threshold": (LINE, lambda k, x: k.ReLU(threshold=0.3)(x)),
    "reshape_open": (IMAGE, lambda k, x: k.LSTM(3)(k.Reshape((6, -1))(x))),
    "reshape_open_channels": (VECTOR, lambda k, x: k.Dense(3)(k.Reshape((1, 1, -1))(x))),
    "rms": (LINE, lambda k, x: k.RMSNormalization()(x)),
    "softmax_axis": (IMAGE, lambda k, x: k.Softmax(axis=1)(x)),
    "spectral": (LINE, lambda k, x: k.SpectralNormalization(k.Dense(4))(x)),
    "subtract": (LINE, lambda k, x: k.Subtract()([x, k.Dense(6)(x)])),
    "unit": (LINE, lambda k, x: k.UnitNormalization()(x)),
}
"""What built-in layers compute, if they must."""

CUSTOM: dict[str, tuple[tuple[int, ...], Build]] = {
    **{
        f"activation_{name}": (LINE, lambda k, x, name=name: k.Activation(name)(x))
        for name in ("exponential", "glu", "sparsemax", "squareplus")
    },
    "additive": (LINE, lambda k, x: k.AdditiveAttention()([x, k.Dense(6)(x)])),
    "batch_axes": (IMAGE, lambda k, x: k.Dense(3)(k.RMSNormalization(axis=[1, 2, 3])(x))),
    "category": (VECTOR, lambda k, x: k.CategoryEncoding(4, "multi_hot")(k.Discretization([-0.5, 0.5])(x))),
    "einsum_steps": (LINE, lambda k, x: k.EinsumDense("abc,bd->adc", (3, 6), bias_axes="d")(x)),
    "hashing": (VECTOR, lambda k, x: k.Hashing(50)(k.Rescaling(1e6)(x))),
    "hashing_salt": (VECTOR, lambda k, x: k.Hashing(50, salt=[7, 9], mask_value=0)(k.Rescaling(1e3)(x))),
    "heads_causal": (LINE, _several),
    "layer_rms": (LINE, lambda k, x: k.LayerNormalization(rms_scaling=True)(x)),
    "lookup": (VECTOR, lambda k, x: k.IntegerLookup(vocabulary=[0, 2])(k.Discretization([-0.5, 0.5])(x))),
    "rms_axis": (VOLUME, lambda k, x: k.RMSNormalization(axis=[3, 4])(x)),
}
"""What takes a class in JavaScript."""


def main(folder: Path) -> None:
    """Saves each model with what it is given and what it gives."""
    import keras

    for index, (name, (shape, build)) in enumerate({**COMPOSED, **CUSTOM}.items()):
        keras.utils.set_random_seed(index)
        inputs = keras.Input(shape)
        model = keras.Model(inputs, build(keras.layers, inputs))
        rng = np.random.default_rng(index)
        for weight in model.weights:
            if "float" in str(weight.dtype):
                spread = rng.normal(0, 0.5, tuple(weight.shape))
                weight.assign(np.abs(spread) + 0.1 if "variance" in weight.name else spread)
        given = rng.normal(0, 1, (2, *shape)).astype("float32")
        outputs = model(given)
        arrays = outputs if isinstance(outputs, list | tuple) else [outputs]
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", given, *map(np.asarray, arrays))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
