"""Operators and functions of TensorFlow, which Keras 2 records as layers."""

from __future__ import annotations

import numpy as np

from tests.corpus.cases import KERAS_2, Family

LINE, IMAGE = (4, 5), (4, 3, 2)

operators = Family("tf operators", __file__, keras=KERAS_2)
operators.models(
    {
        "tf_plus": lambda k: k.of_two(LINE, LINE, lambda a, b: a + b),
        "tf_minus": lambda k: k.of_two(LINE, LINE, lambda a, b: a - b),
        "tf_times": lambda k: k.of_two(LINE, LINE, lambda a, b: a * b),
        "tf_plus_broadcast": lambda k: k.of_two(LINE, (1, 5), lambda a, b: a + b),
        "tf_plus_number": lambda k: k.of(LINE, lambda x: x + 1.5),
        "tf_number_plus": lambda k: k.of(LINE, lambda x: 1.5 + x),
        "tf_number_minus": lambda k: k.of(LINE, lambda x: 2 - x),
        "tf_minus_number": lambda k: k.of(LINE, lambda x: x - 2),
        "tf_times_number": lambda k: k.of(LINE, lambda x: -0.5 * x),
        "tf_divided_by_number": lambda k: k.of(LINE, lambda x: x / 3),
        "tf_unary_minus": lambda k: k.of(LINE, lambda x: -x),
        "tf_squared": lambda k: k.of(LINE, lambda x: x**2),
        "tf_absolute": lambda k: k.of(LINE, abs),
        "tf_array_plus": lambda k: k.of(LINE, lambda x: x + np.arange(5, dtype="float32")),
        "tf_matrix_product": lambda k: k.of_two((4, 5), (5, 3), lambda a, b: a @ b),
        "tf_getitem": lambda k: k.of(LINE, lambda x: x[:, 1]),
        "tf_getitem_slice": lambda k: k.of(LINE, lambda x: x[:, 1:3]),
        "tf_getitem_step": lambda k: k.of(LINE, lambda x: x[:, ::2, 1:]),
        "tf_getitem_backwards": lambda k: k.of(LINE, lambda x: x[:, ::-1]),
        "tf_getitem_new_axis": lambda k: k.of(LINE, lambda x: x[:, None, :, -1]),
        "tf_getitem_last": lambda k: k.of(LINE, lambda x: x[:, -1, :]),
        "tf_greater_than": lambda k: k.of(LINE, lambda x: k.tf.cast(x > 0.1, "float32")),
        "tf_residual": lambda k: k.of(LINE, lambda x: k.layers.Dense(5)(x) + x * 0.5),
    }
)
operators.models(
    {
        "tf_divided": lambda k: k.of_two(LINE, LINE, lambda a, b: a / b),
        "tf_number_divided": lambda k: k.of(LINE, lambda x: 1 / x),
        "tf_power": lambda k: k.of_two(LINE, LINE, lambda a, b: a**b),
        "tf_floor_divided": lambda k: k.of(LINE, lambda x: x // 0.7),
        "tf_modulo": lambda k: k.of(LINE, lambda x: x % 0.7),
    },
    values="positive",
)

operators.models({"tf_getitem_ellipsis": lambda k: k.of(IMAGE, lambda x: x[..., 0])}, formats=("h5",))

elements = Family("tf functions on elements", __file__, keras=KERAS_2)
elements.models(
    {
        f"tf_{name.replace('.', '_')}": lambda k, name=name: k.of(LINE, _named(k, name))
        for name in (
            *("abs", "exp", "square", "tanh", "sigmoid", "sin", "cos", "floor", "math.ceil", "round", "sign"),
            *("nn.relu", "nn.relu6", "nn.leaky_relu", "nn.elu", "nn.selu", "nn.gelu", "nn.softmax"),
            *("nn.softplus", "nn.silu", "nn.log_softmax", "math.erf", "negative", "math.expm1"),
        )
    }
)
elements.models(
    {
        f"tf_{name.replace('.', '_')}": lambda k, name=name: k.of(LINE, _named(k, name))
        for name in ("sqrt", "math.log", "math.rsqrt", "math.reciprocal", "math.log1p")
    },
    values="positive",
)
elements.models(
    {
        "tf_clip_by_value": lambda k: k.of(LINE, lambda x: k.tf.clip_by_value(x, -0.5, 0.8)),
        "tf_maximum": lambda k: k.of_two(LINE, LINE, k.tf.maximum),
        "tf_maximum_number": lambda k: k.of(LINE, lambda x: k.tf.maximum(x, 0.2)),
        "tf_minimum": lambda k: k.of_two(LINE, LINE, k.tf.minimum),
        "tf_pow": lambda k: k.of(LINE, lambda x: k.tf.pow(x, 3.0)),
        "tf_where": lambda k: k.of_two(LINE, LINE, lambda a, b: k.tf.where(a > b, a, b * 2)),
        "tf_add": lambda k: k.of_two(LINE, LINE, k.tf.add),
        "tf_multiply": lambda k: k.of_two(LINE, LINE, k.tf.multiply),
        "tf_subtract": lambda k: k.of_two(LINE, LINE, k.tf.subtract),
        "tf_squared_difference": lambda k: k.of_two(LINE, LINE, k.tf.math.squared_difference),
        "tf_add_n": lambda k: k.of_two(LINE, LINE, lambda a, b: k.tf.add_n([a, b])),
        "tf_cast": lambda k: k.of(LINE, lambda x: k.tf.cast(k.tf.cast(x * 4, "int32"), "float32")),
        "tf_identity": lambda k: k.of(LINE, lambda x: k.tf.identity(x) * 2.0),
        "tf_stop_gradient": lambda k: k.of(LINE, lambda x: k.tf.stop_gradient(x) * 2.0),
    }
)
elements.models({"tf_math_divide": lambda k: k.of_two(LINE, LINE, k.tf.math.divide)}, values="positive")

others = Family("tf functions", __file__, keras=KERAS_2)
others.models(
    {
        **{
            f"tf_{name}": lambda k, name=name: k.of(LINE, lambda x: getattr(k.tf, name)(x, axis=1))
            for name in ("reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod")
        },
        "tf_reduce_mean_keepdims": lambda k: k.of(
            IMAGE, lambda x: k.tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        ),
        "tf_reduce_sum_last": lambda k: k.of(LINE, lambda x: k.tf.reduce_sum(x, -1)),
        "tf_reduce_std": lambda k: k.of(LINE, lambda x: k.tf.math.reduce_std(x, axis=-1)),
        "tf_argmax": lambda k: k.of(LINE, lambda x: k.tf.argmax(x, axis=-1)),
        "tf_reshape": lambda k: k.of(LINE, lambda x: k.tf.reshape(x, (-1, 20))),
        "tf_transpose": lambda k: k.of(LINE, lambda x: k.tf.transpose(x, (0, 2, 1))),
        "tf_expand_dims": lambda k: k.of(LINE, lambda x: k.tf.expand_dims(x, 1)),
        "tf_expand_dims_last": lambda k: k.of(LINE, lambda x: k.tf.expand_dims(x, axis=-1)),
        "tf_squeeze": lambda k: k.of((4, 1, 5), lambda x: k.tf.squeeze(x, axis=2)),
        "tf_concat": lambda k: k.of_two(LINE, (2, 5), lambda a, b: k.tf.concat([a, b], axis=1)),
        "tf_stack": lambda k: k.of_two(LINE, LINE, lambda a, b: k.tf.stack([a, b], axis=1)),
        "tf_split": lambda k: k.of(LINE, lambda x: k.tf.split(x, 2, axis=1)[1]),
        "tf_unstack": lambda k: k.of(LINE, lambda x: k.tf.unstack(x, axis=1)[2]),
        "tf_tile": lambda k: k.of(LINE, lambda x: k.tf.tile(x, (1, 2, 1))),
        "tf_reverse": lambda k: k.of(LINE, lambda x: k.tf.reverse(x, axis=[1])),
        "tf_roll": lambda k: k.of(LINE, lambda x: k.tf.roll(x, 1, axis=1)),
        "tf_pad": lambda k: k.of(LINE, lambda x: k.tf.pad(x, [[0, 0], [1, 2], [0, 1]])),
        "tf_pad_reflect": lambda k: k.of((5, 4, 2), lambda x: _reflected(k, x)),
        "tf_gather": lambda k: k.of(LINE, lambda x: k.tf.gather(x, [2, 0, 2], axis=1)),
        "tf_one_hot": lambda k: k.of((4,), lambda x: k.tf.one_hot(x, 5), "int32"),
        "tf_matmul": lambda k: k.of_two((4, 5), (5, 3), k.tf.matmul),
        "tf_matmul_transposed": lambda k: k.of_two(
            (4, 5), (3, 5), lambda a, b: k.tf.matmul(a, b, transpose_b=True)
        ),
        "tf_cumsum": lambda k: k.of(LINE, lambda x: k.tf.cumsum(x, axis=1)),
        "tf_depth_to_space": lambda k: k.of((2, 3, 8), lambda x: k.tf.nn.depth_to_space(x, 2)),
        "tf_space_to_depth": lambda k: k.of((4, 6, 2), lambda x: k.tf.nn.space_to_depth(x, 2)),
        "tf_image_resize": lambda k: k.of((6, 4, 3), lambda x: k.tf.image.resize(x, (9, 8))),
        "tf_image_resize_nearest": lambda k: k.of(
            (6, 4, 3), lambda x: k.tf.image.resize(x, (3, 8), method="nearest")
        ),
        "tf_avg_pool": lambda k: k.of((6, 4, 3), lambda x: k.tf.nn.avg_pool2d(x, 2, 2, "VALID")),
        "tf_max_pool": lambda k: k.of((6, 4, 3), lambda x: k.tf.nn.max_pool2d(x, 3, 2, "SAME")),
        "tf_l2_normalize": lambda k: k.of(LINE, lambda x: k.tf.math.l2_normalize(x, axis=-1)),
        "tf_strided_slice": lambda k: k.of(
            LINE, lambda x: k.tf.strided_slice(x, [0, 1, 0], [2, 3, 5]), batch=2
        ),
        "tf_slice": lambda k: k.of(LINE, lambda x: k.tf.slice(x, [0, 1, 2], [-1, 2, 3])),
        "tf_softmax_by_hand": lambda k: k.of(LINE, lambda x: _softmax(k, x)),
        "tf_attention_by_hand": lambda k: k.of(LINE, lambda x: _attention(k, x)),
    }
)

others.models(
    {"tf_einsum": lambda k: k.of_two((4, 5), (3, 5), lambda a, b: k.tf.einsum("bij,bkj->bik", a, b))},
    refused="Keras 2 saves the first of its operands alone",
)


def _named(k, name):
    found = k.tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _reflected(k, x):
    return k.layers.Conv2D(2, 3)(k.tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT"))


def _softmax(k, x):
    powers = k.tf.exp(x - k.tf.reduce_max(x, axis=-1, keepdims=True))
    return powers / k.tf.reduce_sum(powers, axis=-1, keepdims=True)


def _attention(k, x):
    query, key, value = (k.layers.Dense(3)(x) for _ in range(3))
    scores = k.tf.matmul(query, key, transpose_b=True) / 3**0.5
    return k.tf.matmul(k.tf.nn.softmax(scores, axis=-1), value)
