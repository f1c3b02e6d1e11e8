"""Operators and functions of ``keras.ops``, which Keras 3 records as layers."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

import numpy as np

from tests.corpus.cases import KERAS_3, Family

LINE, IMAGE = (4, 5), (4, 3, 2)

operators = Family("operators", __file__, keras=KERAS_3)
operators.models(
    {
        "plus": lambda k: k.of_two(LINE, LINE, lambda a, b: a + b),
        "minus": lambda k: k.of_two(LINE, LINE, lambda a, b: a - b),
        "times": lambda k: k.of_two(LINE, LINE, lambda a, b: a * b),
        "plus_broadcast": lambda k: k.of_two(LINE, (1, 5), lambda a, b: a + b),
        "plus_ranks": lambda k: k.of_two(LINE, (4, 1), lambda a, b: a + b),
        "plus_number": lambda k: k.of(LINE, lambda x: x + 1.5),
        "number_minus": lambda k: k.of(LINE, lambda x: 2 - x),
        "minus_number": lambda k: k.of(LINE, lambda x: x - 2),
        "times_number": lambda k: k.of(LINE, lambda x: -0.5 * x),
        "divided_by_number": lambda k: k.of(LINE, lambda x: x / 3),
        "negative": lambda k: k.of(LINE, lambda x: -x),
        "squared": lambda k: k.of(LINE, lambda x: x**2),
        "cubed": lambda k: k.of(LINE, lambda x: x**3),
        "absolute": lambda k: k.of(LINE, abs),
        "array_plus": lambda k: k.of(LINE, lambda x: x + np.arange(5, dtype="float32")),
        "array_times": lambda k: k.of(
            LINE, lambda x: x * np.linspace(-1, 1, 20, dtype="float32").reshape(4, 5)
        ),
        "matrix_product": lambda k: k.of_two((4, 5), (5, 3), lambda a, b: a @ b),
        "getitem": lambda k: k.of(LINE, lambda x: x[:, 1]),
        "getitem_slice": lambda k: k.of(LINE, lambda x: x[:, 1:3]),
        "getitem_step": lambda k: k.of(LINE, lambda x: x[:, ::2, 1:]),
        "getitem_backwards": lambda k: k.of(LINE, lambda x: x[:, ::-1]),
        "getitem_ellipsis": lambda k: k.of(IMAGE, lambda x: x[..., 0]),
        "getitem_new_axis": lambda k: k.of(LINE, lambda x: x[:, None, :, -1]),
        "getitem_last": lambda k: k.of(LINE, lambda x: x[:, -1, :]),
        "greater_than": lambda k: k.of(LINE, lambda x: k.ops.cast(x > 0.1, "float32")),
        "residual_by_operators": lambda k: k.of(LINE, lambda x: k.layers.Dense(5)(x) + x * 0.5),
        "gate": lambda k: k.of(
            LINE, lambda x: k.layers.Dense(5, activation="sigmoid")(x) * k.layers.Dense(5)(x)
        ),
    },
)
operators.models(
    {
        "divided": lambda k: k.of_two(LINE, LINE, lambda a, b: a / b),
        "number_divided": lambda k: k.of(LINE, lambda x: 1 / x),
        "power": lambda k: k.of_two(LINE, LINE, lambda a, b: a**b),
        "power_fraction": lambda k: k.of(LINE, lambda x: x**0.5),
        "number_to_the_power": lambda k: k.of(LINE, lambda x: 2.0**x),
        "floor_divided": lambda k: k.of(LINE, lambda x: x // 0.7),
        "modulo": lambda k: k.of(LINE, lambda x: x % 0.7),
    },
    values="positive",
)

elements = Family("operations on elements", __file__, keras=KERAS_3)
elements.models(
    {
        f"ops_{name}": lambda k, name=name: k.of(LINE, getattr(k.ops, name))
        for name in (
            *("abs", "ceil", "cos", "cosh", "exp", "expm1", "floor", "negative", "relu", "relu6", "round"),
            *("sigmoid", "sign", "silu", "sin", "sinh", "softplus", "softsign", "square", "tan", "tanh"),
            *("elu", "selu", "gelu", "leaky_relu", "hard_sigmoid", "hard_silu", "log_sigmoid", "erf"),
            *("softmax", "log_softmax", "arctan", "arcsinh", "squareplus", "celu", "exp2"),
        )
    }
)
elements.models(
    {
        f"ops_{name}": lambda k, name=name: k.of(LINE, getattr(k.ops, name))
        for name in ("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "cbrt")
    },
    values="positive",
)
elements.models(
    {
        "ops_clip": lambda k: k.of(LINE, lambda x: k.ops.clip(x, -0.5, 0.8)),
        "ops_maximum_number": lambda k: k.of(LINE, lambda x: k.ops.maximum(x, 0.2)),
        "ops_minimum_number": lambda k: k.of(LINE, lambda x: k.ops.minimum(x, 0.2)),
        "ops_power_3": lambda k: k.of(LINE, lambda x: k.ops.power(x, 3)),
        "ops_softmax_axis_1": lambda k: k.of(LINE, lambda x: k.ops.softmax(x, axis=1)),
        "ops_leaky_relu_slope": lambda k: k.of(LINE, lambda x: k.ops.leaky_relu(x, 0.1)),
        "ops_gelu_exact": lambda k: k.of(LINE, lambda x: k.ops.gelu(x, approximate=False)),
        "ops_isnan": lambda k: k.of(LINE, lambda x: k.ops.where(k.ops.isnan(x), 0.0, x)),
        "ops_cast_to_int": lambda k: k.of(LINE, lambda x: k.ops.cast(k.ops.cast(x * 4, "int32"), "float32")),
        "ops_where": lambda k: k.of_two(LINE, LINE, lambda a, b: k.ops.where(a > b, a, b * 2)),
        "ops_where_number": lambda k: k.of(LINE, lambda x: k.ops.where(x > 0, x, -0.1)),
        "ops_logical": lambda k: k.of(
            LINE, lambda x: k.ops.cast(k.ops.logical_and(x > -0.5, k.ops.logical_not(x > 0.5)), "float32")
        ),
        "ops_equal": lambda k: k.of(LINE, lambda x: k.ops.cast(k.ops.equal(k.ops.sign(x), 1.0), "float32")),
    }
)
elements.models(
    {
        f"ops_{name}": lambda k, name=name: k.of_two(LINE, LINE, getattr(k.ops, name))
        for name in ("add", "subtract", "multiply", "maximum", "minimum", "arctan2")
    }
)
elements.models(
    {
        f"ops_{name}": lambda k, name=name: k.of_two(LINE, LINE, getattr(k.ops, name))
        for name in ("divide", "power", "mod", "floor_divide", "true_divide", "hypot", "logaddexp")
    },
    values="positive",
)

reductions = Family("operations that reduce", __file__, keras=KERAS_3)
reductions.models(
    {
        **{
            f"ops_{name}_axis_1": lambda k, name=name: k.of(LINE, lambda x: getattr(k.ops, name)(x, axis=1))
            for name in ("sum", "mean", "max", "min", "prod", "var", "std", "logsumexp", "argmax", "argmin")
        },
        **{
            f"ops_{name}_keepdims": lambda k, name=name: k.of(
                IMAGE, lambda x: getattr(k.ops, name)(x, axis=[1, 2], keepdims=True)
            )
            for name in ("sum", "mean", "max", "min")
        },
        "ops_mean_last": lambda k: k.of(LINE, lambda x: k.ops.mean(x, axis=-1)),
        "ops_sum_minus_2": lambda k: k.of(LINE, lambda x: k.ops.sum(x, axis=-2, keepdims=True)),
        "ops_norm": lambda k: k.of(LINE, lambda x: k.ops.norm(x, axis=-1)),
        "ops_normalize": lambda k: k.of(LINE, lambda x: k.ops.normalize(x, axis=-1)),
        "ops_cumsum": lambda k: k.of(LINE, lambda x: k.ops.cumsum(x, axis=1)),
        "ops_cumprod": lambda k: k.of(LINE, lambda x: k.ops.cumprod(x, axis=1)),
        "ops_any": lambda k: k.of(LINE, lambda x: k.ops.cast(k.ops.any(x > 1, axis=-1), "float32")),
        "ops_all": lambda k: k.of(LINE, lambda x: k.ops.cast(k.ops.all(x > -1, axis=-1), "float32")),
        "ops_top_k": lambda k: k.of(LINE, lambda x: k.ops.top_k(x, 2)[0]),
        "ops_sort": lambda k: k.of(LINE, lambda x: k.ops.sort(x, axis=-1)),
    }
)

shapes = Family("operations on shapes", __file__, keras=KERAS_3)
shapes.models(
    {
        "ops_reshape": lambda k: k.of(LINE, lambda x: k.ops.reshape(x, (-1, 20))),
        "ops_reshape_batch": lambda k: k.of(LINE, lambda x: k.ops.reshape(x, (-1, 2, 10))),
        "ops_transpose": lambda k: k.of(LINE, lambda x: k.ops.transpose(x, (0, 2, 1))),
        "ops_swapaxes": lambda k: k.of(LINE, lambda x: k.ops.swapaxes(x, 1, 2)),
        "ops_moveaxis": lambda k: k.of(IMAGE, lambda x: k.ops.moveaxis(x, 1, -1)),
        "ops_expand_dims": lambda k: k.of(LINE, lambda x: k.ops.expand_dims(x, 1)),
        "ops_expand_dims_last": lambda k: k.of(LINE, lambda x: k.ops.expand_dims(x, -1)),
        "ops_squeeze": lambda k: k.of((4, 1, 5), lambda x: k.ops.squeeze(x, 2)),
        "ops_concatenate": lambda k: k.of_two(LINE, (2, 5), lambda a, b: k.ops.concatenate([a, b], axis=1)),
        "ops_stack": lambda k: k.of_two(LINE, LINE, lambda a, b: k.ops.stack([a, b], axis=1)),
        "ops_split": lambda k: k.of(LINE, lambda x: k.ops.split(x, 2, axis=1)[1]),
        "ops_split_both": lambda k: k.of(LINE, lambda x: _joined(k, k.ops.split(x, [1, 3], axis=1))),
        "ops_unstack": lambda k: k.of(LINE, lambda x: k.ops.unstack(x, axis=1)[2]),
        "ops_tile": lambda k: k.of(LINE, lambda x: k.ops.tile(x, (1, 2, 1))),
        "ops_repeat": lambda k: k.of(LINE, lambda x: k.ops.repeat(x, 2, axis=1)),
        "ops_flip": lambda k: k.of(LINE, lambda x: k.ops.flip(x, axis=1)),
        "ops_roll": lambda k: k.of(LINE, lambda x: k.ops.roll(x, 1, axis=1)),
        "ops_pad": lambda k: k.of(LINE, lambda x: k.ops.pad(x, [[0, 0], [1, 2], [0, 1]])),
        "ops_pad_value": lambda k: k.of(
            LINE, lambda x: k.ops.pad(x, [[0, 0], [1, 2], [0, 1]], constant_values=2.0)
        ),
        "ops_pad_reflect": lambda k: k.of(
            LINE, lambda x: k.ops.pad(x, [[0, 0], [1, 1], [2, 2]], mode="reflect")
        ),
        "ops_broadcast_to": lambda k: k.of((1, 5), lambda x: k.ops.broadcast_to(x, (2, 4, 5)) * 1.0, batch=2),
        "ops_slice": lambda k: k.of(LINE, lambda x: k.ops.slice(x, (0, 1, 2), (2, 2, 3)), batch=2),
        "ops_take": lambda k: k.of(LINE, lambda x: k.ops.take(x, [2, 0, 2], axis=1)),
        "ops_take_along_axis": lambda k: k.of(
            LINE, lambda x: k.ops.take_along_axis(x, k.ops.argsort(x, axis=-1), axis=-1)
        ),
        "ops_one_hot": lambda k: k.of((4,), lambda x: k.ops.one_hot(x, 5), "int32"),
        "ops_tril": lambda k: k.of((4, 4), k.ops.tril),
        "ops_triu": lambda k: k.of((4, 4), lambda x: k.ops.triu(x, 1)),
        "ops_zeros_like": lambda k: k.of(LINE, lambda x: x + k.ops.ones_like(x)),
    }
)

products = Family("operations that multiply", __file__, keras=KERAS_3)
products.models(
    {
        "ops_matmul": lambda k: k.of_two((4, 5), (5, 3), k.ops.matmul),
        "ops_matmul_rank_4": lambda k: k.of_two((2, 4, 5), (2, 5, 3), k.ops.matmul),
        "ops_matmul_constant": lambda k: k.of(
            LINE, lambda x: k.ops.matmul(x, np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3))
        ),
        "ops_einsum": lambda k: k.of_two((4, 5), (3, 5), lambda a, b: k.ops.einsum("bij,bkj->bik", a, b)),
        "ops_einsum_heads": lambda k: k.of_two(
            (4, 2, 3), (5, 2, 3), lambda a, b: k.ops.einsum("bqhd,bkhd->bhqk", a, b)
        ),
        "ops_dot_product_attention": lambda k: k.of_two(
            (4, 2, 3), (4, 2, 3), lambda a, b: k.ops.dot_product_attention(a, b, b)
        ),
        "ops_average_pool": lambda k: k.of((6, 4, 3), lambda x: k.ops.average_pool(x, 2, 2)),
        "ops_max_pool": lambda k: k.of((6, 4, 3), lambda x: k.ops.max_pool(x, 3, 2, padding="same")),
        "ops_image_resize": lambda k: k.of((6, 4, 3), lambda x: k.ops.image.resize(x, (9, 8))),
        "ops_image_resize_nearest": lambda k: k.of(
            (6, 4, 3), lambda x: k.ops.image.resize(x, (3, 8), interpolation="nearest")
        ),
        "ops_depth_to_space": lambda k: k.of((2, 3, 8), lambda x: k.ops.depth_to_space(x, 2)),
        "ops_space_to_depth": lambda k: k.of((4, 6, 2), lambda x: k.ops.space_to_depth(x, 2)),
        "ops_layer_normalization": lambda k: k.of(
            LINE,
            lambda x: k.ops.layer_normalization(
                x, np.ones(5, "float32") * 1.5, np.ones(5, "float32") * 0.3, epsilon=1e-3
            ),
        ),
        "ops_rms_normalization": lambda k: k.of(LINE, lambda x: k.ops.rms_normalization(x, axis=-1)),
    }
)

composed = Family("operations composed", __file__, keras=KERAS_3)
composed.models(
    {
        "softmax_by_hand": lambda k: k.of(LINE, lambda x: _softmax(k, x)),
        "attention_by_hand": lambda k: k.of(LINE, lambda x: _attention(k, x)),
        "gaussian_by_hand": lambda k: k.of(LINE, lambda x: k.ops.exp(-k.ops.square(x) / 2) / 2.5),
        "standardized_by_hand": lambda k: k.of(LINE, lambda x: _standardized(k, x)),
        "tokens_from_patches": lambda k: _vision(k),
        "swish_gate_by_hand": lambda k: k.of(LINE, lambda x: x * k.ops.sigmoid(1.7 * x)),
        "mask_by_hand": lambda k: k.of(
            LINE, lambda x: x * k.ops.cast(k.ops.any(x > 0, axis=-1, keepdims=True), "float32")
        ),
        "variational": lambda k: k.of(LINE, lambda x: _variational(k, x)),
    }
)


def _joined(k, parts):
    return k.layers.Concatenate(axis=1)([parts[2], parts[0]])


def _softmax(k, x):
    powers = k.ops.exp(x - k.ops.max(x, axis=-1, keepdims=True))
    return powers / k.ops.sum(powers, axis=-1, keepdims=True)


def _attention(k, x):
    query, key, value = (k.layers.Dense(3)(x) for _ in range(3))
    scores = k.ops.matmul(query, k.ops.transpose(key, (0, 2, 1))) / 3**0.5
    return k.ops.matmul(k.ops.softmax(scores, axis=-1), value)


def _standardized(k, x):
    mean = k.ops.mean(x, axis=-1, keepdims=True)
    return (x - mean) / k.ops.sqrt(k.ops.var(x, axis=-1, keepdims=True) + 1e-5)


def _vision(k):
    x = k.input(6, 6, 3)
    patches = k.layers.Conv2D(4, 3, strides=3)(x)
    tokens = k.ops.reshape(patches, (-1, 4, 4)) + np.linspace(-1, 1, 16, dtype="float32").reshape(1, 4, 4)
    tokens = tokens + k.layers.MultiHeadAttention(2, 2)(tokens, tokens)
    return k.model(x, k.layers.Dense(3)(k.ops.mean(tokens, axis=1)))


def _variational(k, x):
    mean, log_variance = k.layers.Dense(3)(x), k.layers.Dense(3)(x)
    return k.ops.concatenate([mean, k.ops.exp(0.5 * log_variance)], axis=-1)
