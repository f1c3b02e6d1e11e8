"""Every operation of ``keras.ops`` that is converted, in a model each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

TABLE = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.0, 0.125]], np.float32)

# ``x`` and ``y`` are [batch, 6, 4], ``p`` positive, ``i`` whole numbers from 0 to 3, ``v`` a picture.
Case = Callable[[Any, dict[str, Any]], Any]
UNARY = (
    *("abs", "absolute", "negative", "square", "exp", "exp2", "expm1", "sin", "cos", "tan", "arctan", "sinh"),
    *("cosh", "tanh", "arcsinh", "deg2rad", "rad2deg", "floor", "ceil", "trunc", "sign", "signbit", "copy"),
    *("real", "conj", "isnan", "isinf", "isfinite", "cbrt", "fliplr", "flipud", "logical_not", "erf"),
    *("sort", "argsort", "cumsum", "cumprod", "ravel", "mean", "sum", "prod", "max", "min", "var", "std"),
    *("median", "argmax", "argmin", "logsumexp", "all", "any", "count_nonzero", "ptp", "sinc", "nan_to_num"),
    *("relu", "relu6", "selu", "sigmoid", "silu", "softplus", "softsign", "elu", "celu", "gelu", "glu"),
    *("log_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink"),
    *("sparse_plus", "sparse_sigmoid", "squareplus", "leaky_relu", "softmax", "log_softmax", "round"),
    *("zeros_like", "ones_like", "isposinf", "isneginf", "amax", "amin", "normalize", "fabs"),
    *("nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nanvar", "nanstd", "nancumsum", "nancumprod"),
    *("nanargmax", "nanargmin", "diff", "trapezoid", "conjugate", "imag", "isreal", "empty_like", "size"),
)
POSITIVE = ("sqrt", "rsqrt", "log", "log2", "log10", "log1p", "reciprocal")
BINARY = (
    *("add", "subtract", "multiply", "maximum", "minimum", "arctan2", "logaddexp", "logaddexp2", "hypot"),
    *("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "heaviside", "fmax", "fmin"),
    *("logical_and", "logical_or", "logical_xor", "isclose", "outer", "vdot"),
)
DIVIDING = ("divide", "true_divide", "floor_divide", "mod", "fmod", "divide_no_nan")


def kernel(*shape: int) -> Any:
    return np.random.default_rng(math.prod(shape)).normal(size=shape).astype(np.float32) / 2


def cdist(o: Any, t: dict[str, Any]) -> Any:
    return o.cdist(t["x"], t["y"]) if hasattr(o, "cdist") else o.norm(t["x"], axis=-1)


OTHERS: dict[str, Case] = {
    "arcsin": lambda o, t: o.arcsin(o.tanh(t["x"])),
    "arccos": lambda o, t: o.arccos(o.tanh(t["x"])),
    "arctanh": lambda o, t: o.arctanh(o.tanh(t["x"])),
    "arccosh": lambda o, t: o.arccosh(t["p"] + 1.0),
    "erfc": lambda o, t: o.erfc(t["x"]),
    "power": lambda o, t: o.power(t["p"], t["x"]),
    "power_2": lambda _, t: t["x"] ** 2,
    "power_of": lambda _, t: 2.0 ** t["x"],
    "power_half": lambda _, t: t["p"] ** 0.5,
    "ldexp": lambda o, t: o.ldexp(t["p"][:, :5, 0], t["i"]),
    "add_number": lambda _, t: t["x"] + 0.3,
    "radd": lambda _, t: 2 + t["x"],
    "rsub": lambda _, t: 1 - t["x"],
    "scaled": lambda _, t: t["x"] * 0.2,
    "negated": lambda _, t: -t["x"],
    "halved": lambda _, t: t["x"] / 2,
    "thirds": lambda _, t: t["x"] / 3,
    "inverse": lambda _, t: 1 / t["p"],
    "twice": lambda _, t: t["x"] + t["x"],
    "whole_plus_fraction": lambda _, t: t["i"] + 0.5,
    "whole_plus_whole": lambda _, t: t["i"] * 2 + 1,
    "whole_halved": lambda _, t: t["i"] / 2,
    "whole_floored": lambda _, t: (t["i"] - 2) // 2,
    "whole_floored_large": lambda _, t: (t["i"] * 33333331 - 50000001) // 7,
    "whole_modulo": lambda _, t: (t["i"] - 2) % 3,
    "broadcast": lambda o, t: t["x"] * o.mean(t["y"], axis=1, keepdims=True),
    "constant_table": lambda _, t: t["x"][:, :4, :2] * TABLE,
    "clip": lambda o, t: o.clip(t["x"], -0.3, 0.6),
    "clip_upper": lambda o, t: o.minimum(t["x"], 0.5),
    "round_2": lambda o, t: o.round(t["x"], 2),
    "where": lambda o, t: o.where(t["x"] > 0, t["y"], 0.5),
    "where_broadcast": lambda o, t: o.where(o.mean(t["x"], axis=-1, keepdims=True) > 0, t["y"], t["x"]),
    "select": lambda o, t: o.select([t["x"] > 0.5, t["x"] < -0.5], [t["y"], t["x"]], 0.25),
    "threshold": lambda o, t: o.threshold(t["x"], 0.2, -1.0),
    "cast_int": lambda o, t: o.cast(t["x"] * 10, "int32"),
    "cast_bool": lambda o, t: o.cast(t["i"], "bool"),
    "sum_axes": lambda o, t: o.sum(t["x"], axis=(1, 2), keepdims=True),
    "sum_of_whole": lambda o, t: o.sum(t["i"], axis=1),
    "mean_of_whole": lambda o, t: o.mean(t["i"], axis=-1),
    "mean_axis": lambda o, t: o.mean(t["x"], axis=1),
    "max_keepdims": lambda o, t: o.max(t["x"], axis=-1, keepdims=True),
    "max_initial": lambda o, t: o.max(t["x"], axis=-1, initial=1.0),
    "var_axis": lambda o, t: o.var(t["x"], axis=(1, 2)),
    "moments": lambda o, t: list(o.moments(t["x"], axes=[1])),
    "argmax_axis": lambda o, t: o.argmax(t["x"], axis=1),
    "argmax_keepdims": lambda o, t: o.argmax(t["x"], axis=-1, keepdims=True),
    "average": lambda o, t: o.average(t["x"], axis=1, weights=np.arange(1.0, 7.0, dtype=np.float32)),
    "cumsum_axis": lambda o, t: o.cumsum(t["x"], axis=1),
    "sort_axis": lambda o, t: o.sort(t["x"], axis=1),
    "top_k": lambda o, t: list(o.top_k(t["x"], 2)),
    "quantile": lambda o, t: o.quantile(t["x"], 0.3, axis=1),
    "softmax_of_all": lambda o, t: o.softmax(t["x"], axis=None),
    "log_softmax_of_all": lambda o, t: o.log_softmax(t["x"], axis=None),
    "sort_all": lambda o, t: o.sort(t["x"], axis=None),
    "argsort_all": lambda o, t: o.argsort(t["x"], axis=None),
    "take_along_all": lambda o, t: o.take_along_axis(t["x"], np.array([1, 2]), axis=None),
    "take_along_broadcast": lambda o, t: o.take_along_axis(t["x"], np.array([[[0, 1]]]), axis=2),
    "matmul_batches": lambda o, t: o.matmul(
        o.reshape(t["v"], (-1, 2, 12, 6)), o.reshape(t["x"], (-1, 1, 6, 4))
    ),
    "matmul_repeated": lambda o, t: o.matmul(o.reshape(t["v"], (-1, 1, 6, 24)), kernel(3, 24, 2)),
    "conv_far_apart": lambda o, t: o.conv(t["v"], kernel(2, 2, 3, 5), strides=3, padding="same"),
    "conv_1d_far_apart": lambda o, t: o.conv(t["x"], kernel(2, 4, 2), strides=4, padding="same"),
    "depthwise_far_apart": lambda o, t: o.depthwise_conv(
        t["v"], kernel(1, 1, 3, 2), strides=3, padding="same"
    ),
    "multi_hot_pictures": lambda o, t: o.multi_hot(o.cast(t["p"], "int32"), 6),
    "relu6_of_whole": lambda o, t: o.relu6(t["i"] * 3 - 2),
    "tril_infinite": lambda o, t: o.tril(t["x"] / 0.0),
    "squeeze_all": lambda o, t: o.squeeze(o.reshape(t["x"], (2, 1, 24, 1))),
    "quantiles": lambda o, t: o.quantile(t["x"], [0.25, 0.5], axis=(1, 2), keepdims=True),
    "percentile": lambda o, t: o.percentile(t["x"], 30, axis=-1, method="lower"),
    "norm_1": lambda o, t: o.norm(t["x"], ord=1, axis=-1),
    "norm_3": lambda o, t: o.norm(t["x"], ord=3, axis=-1, keepdims=True),
    "norm_inf": lambda o, t: o.norm(t["x"], ord=math.inf, axis=-1),
    "norm_matrix": lambda o, t: o.norm(t["x"], ord=1, axis=(1, 2)),
    "normalize_1": lambda o, t: o.normalize(t["x"], axis=1, order=1),
    "diff_2": lambda o, t: o.diff(t["x"], n=2, axis=1),
    "nans": lambda o, t: o.nanmean(o.where(t["x"] > 0, o.log(t["x"]), o.log(t["x"])), axis=-1),
    "nan_to_num_3": lambda o, t: o.nan_to_num(t["x"] / o.relu(t["x"]), nan=0.5, posinf=2.0, neginf=-2.0),
    "reshape": lambda o, t: o.reshape(t["x"], (-1, 8, 3)),
    "reshape_batch": lambda o, t: o.reshape(t["x"], (-1, 4)),
    "reshape_open": lambda o, t: o.reshape(t["x"], (-1, 3, 4, 2)),
    "transpose": lambda o, t: o.transpose(t["x"], (0, 2, 1)),
    "transpose_all": lambda o, t: o.transpose(t["x"]),
    "swapaxes": lambda o, t: o.swapaxes(t["v"], 1, -1),
    "moveaxis": lambda o, t: o.moveaxis(t["v"], (1, 3), (2, 1)),
    "expand_dims": lambda o, t: o.expand_dims(t["x"], 1),
    "expand_dims_last": lambda o, t: o.expand_dims(t["x"], -1),
    "squeeze": lambda o, t: o.squeeze(o.expand_dims(t["x"], 1), 1),
    "broadcast_to": lambda o, t: o.broadcast_to(t["x"][:1, :, :1], (2, 6, 4)),
    "flip": lambda o, t: o.flip(t["x"], axis=1),
    "rot90": lambda o, t: o.rot90(t["v"], k=1, axes=(1, 2)),
    "rot270": lambda o, t: o.rot90(t["v"], k=3, axes=(1, 2)),
    "roll": lambda o, t: o.roll(t["x"], 2, axis=1),
    "roll_flat": lambda o, t: o.roll(t["x"], -3),
    "repeat": lambda o, t: o.repeat(t["x"], 2, axis=1),
    "repeat_each": lambda o, t: o.repeat(t["x"], [1, 0, 2, 1], axis=2),
    "tile": lambda o, t: o.tile(t["x"], (1, 2, 3)),
    "pad": lambda o, t: o.pad(t["x"], ((0, 0), (1, 2), (0, 1)), constant_values=1.5),
    "pad_reflect": lambda o, t: o.pad(t["x"], ((0, 0), (2, 1), (1, 1)), mode="reflect"),
    "pad_symmetric": lambda o, t: o.pad(t["x"], ((0, 0), (2, 1), (1, 1)), mode="symmetric"),
    "item": lambda _, t: t["x"][:, 1:5:2, ::-1],
    "item_last": lambda _, t: t["x"][..., -1],
    "item_new_axis": lambda _, t: t["x"][:, None, 2],
    "item_backwards": lambda _, t: t["x"][:, 4:1:-2],
    "slice": lambda o, t: o.slice(t["x"], (0, 1, 1), (2, 3, 2)),
    "slice_update": lambda o, t: o.slice_update(t["x"], (0, 1, 1), t["y"][:, :2, :2]),
    "take": lambda o, t: o.take(t["x"], [2, 0, -1], axis=1),
    "take_by": lambda o, t: o.take(o.convert_to_tensor(TABLE), t["i"], axis=0),
    "take_along_axis": lambda o, t: o.take_along_axis(t["x"], o.argsort(t["y"], axis=1), axis=1),
    "concatenate": lambda o, t: o.concatenate([t["x"], t["y"]], axis=-1),
    "concatenate_batch": lambda o, t: o.concatenate([t["x"], t["y"]], axis=0),
    "concatenate_twice": lambda o, t: o.concatenate([t["x"], t["x"]], axis=1),
    "append": lambda o, t: o.append(t["x"], t["y"], axis=1),
    "stack": lambda o, t: o.stack([t["x"], t["y"]], axis=1),
    "stack_last": lambda o, t: o.stack([t["x"], t["y"]], axis=-1),
    "vstack": lambda o, t: o.vstack([t["x"], t["y"]]),
    "hstack": lambda o, t: o.hstack([t["x"], t["y"]]),
    "dstack": lambda o, t: o.dstack([t["x"], t["y"]]),
    "split": lambda o, t: o.split(t["x"], 2, axis=-1),
    "split_at": lambda o, t: o.split(t["x"], [1, 4], axis=1),
    "array_split": lambda o, t: o.array_split(t["x"], 4, axis=1),
    "unstack": lambda o, t: o.unstack(t["x"], axis=2),
    "hsplit": lambda o, t: o.hsplit(t["x"], 2),
    "vsplit": lambda o, t: o.vsplit(t["x"], 2),
    "dsplit": lambda o, t: o.dsplit(t["x"], 2),
    "meshgrid": lambda o, t: o.meshgrid(t["x"][0, :, 0], t["x"][0, 0]),
    "meshgrid_ij": lambda o, t: o.meshgrid(t["x"][0, :, 0], t["x"][0, 0], indexing="ij"),
    "diagonal": lambda o, t: o.diagonal(t["x"], offset=1, axis1=1, axis2=2),
    "trace": lambda o, t: o.trace(t["x"], axis1=1, axis2=2),
    "diag": lambda o, t: o.diag(t["x"][0, 0], k=1),
    "diag_of": lambda o, t: o.diag(t["x"][0], k=-1),
    "diagflat": lambda o, t: o.diagflat(t["x"][0], k=0),
    "tril": lambda o, t: o.tril(t["x"], k=1),
    "triu": lambda o, t: o.triu(t["x"], k=-1),
    "one_hot": lambda o, t: o.one_hot(t["i"], 4),
    "one_hot_first": lambda o, t: o.one_hot(t["i"], 4, axis=1),
    "multi_hot": lambda o, t: o.multi_hot(t["i"], 4),
    "full_like": lambda o, t: o.full_like(t["x"], 0.7),
    "vander": lambda o, t: o.vander(t["x"][0, 0], N=3),
    "digitize": lambda o, t: o.digitize(t["x"], np.array([-0.5, 0.0, 0.75], np.float32)),
    "matmul": lambda o, t: o.matmul(t["x"], o.transpose(t["y"], (0, 2, 1))),
    "matmul_constant": lambda o, t: o.matmul(t["x"], TABLE),
    "matmul_vector": lambda o, t: o.matmul(t["x"], TABLE[:, 0]),
    "dot": lambda o, t: o.dot(t["x"], TABLE),
    "inner": lambda o, t: o.inner(t["x"][0], t["y"][0]),
    "kron": lambda o, t: o.kron(t["x"][0], o.convert_to_tensor(TABLE)),
    "cross": lambda o, t: o.cross(t["v"], t["v"][:, ::-1]),
    "tensordot": lambda o, t: o.tensordot(t["x"], t["y"], axes=[[1], [1]]),
    "einsum": lambda o, t: o.einsum("bij,bkj->bik", t["x"], t["y"]),
    "einsum_outer": lambda o, t: o.einsum("bij,bkl->bikjl", t["x"], t["y"]),
    "einsum_ellipsis": lambda o, t: o.einsum("...ij,jk->...ik", t["x"], TABLE),
    "einsum_one": lambda o, t: o.einsum("bij->bj", t["x"]),
    "einsum_sum": lambda o, t: o.einsum("bij,bkj->i", t["x"], t["y"]),
    "einsum_three": lambda o, t: o.einsum("bij,jk,bik->bi", t["x"], TABLE, t["y"][..., :2]),
    "einsum_implicit": lambda o, t: o.einsum("bij,jk", t["x"], TABLE),
    "leaky_relu_slope": lambda o, t: o.leaky_relu(t["x"], 0.3),
    "elu_alpha": lambda o, t: o.elu(t["x"], 0.5),
    "celu_alpha": lambda o, t: o.celu(t["x"], 0.5),
    "gelu_exact": lambda o, t: o.gelu(t["x"], approximate=False),
    "softmax_axis": lambda o, t: o.softmax(t["x"], axis=1),
    "glu_axis": lambda o, t: o.glu(t["x"], axis=1),
    "max_pool": lambda o, t: o.max_pool(t["v"], 2, padding="same"),
    "average_pool": lambda o, t: o.average_pool(t["x"], 2, 1, padding="same"),
    "max_pool_1d": lambda o, t: o.max_pool(t["x"], 3, 2),
    "conv": lambda o, t: o.conv(t["v"], kernel(3, 3, 3, 5), strides=2, padding="same"),
    "conv_1d": lambda o, t: o.conv(t["x"], kernel(3, 4, 2), padding="valid", dilation_rate=2),
    "depthwise_conv": lambda o, t: o.depthwise_conv(t["v"], kernel(3, 3, 3, 2), padding="same"),
    "depthwise_conv_1d": lambda o, t: o.depthwise_conv(t["x"], kernel(3, 4, 2), strides=2),
    "separable_conv": lambda o, t: o.separable_conv(t["v"], kernel(3, 3, 3, 2), kernel(1, 1, 6, 4)),
    "depth_to_space": lambda o, t: o.depth_to_space(o.concatenate([t["v"]] * 4, -1), 2),
    "space_to_depth": lambda o, t: o.space_to_depth(t["v"], 2),
    "batch_normalization": lambda o, t: o.batch_normalization(
        t["x"], TABLE[:, 0], TABLE[:, 1] + 2, -1, offset=TABLE[:, 0], scale=TABLE[:, 1]
    ),
    "layer_normalization": lambda o, t: o.layer_normalization(t["x"], TABLE[:, 0], TABLE[:, 1]),
    "rms_normalization": lambda o, t: o.rms_normalization(t["x"], TABLE[:, 0]),
    "binary_crossentropy": lambda o, t: o.binary_crossentropy(o.sigmoid(t["x"]), o.sigmoid(t["y"])),
    "dot_product_attention": lambda o, t: o.dot_product_attention(t["v"], t["v"], t["v"], is_causal=True),
    "rgb_to_grayscale": lambda o, t: o.image.rgb_to_grayscale(t["v"]),
    "crop_images": lambda o, t: o.image.crop_images(t["v"], 1, 1, target_height=3, target_width=4),
    "pad_images": lambda o, t: o.image.pad_images(t["v"], 1, 2, target_height=9, target_width=12),
    "resize": lambda o, t: o.image.resize(t["v"], (4, 9)),
    "resize_nearest": lambda o, t: o.image.resize(t["v"], (4, 9), interpolation="nearest"),
    "resize_cubic": lambda o, t: o.image.resize(t["v"], (9, 5), interpolation="bicubic", antialias=True),
    "extract_patches": lambda o, t: o.image.extract_patches(t["v"], 2, 1, padding="same"),
    "psnr": lambda o, t: o.psnr(t["x"], t["y"], 1.0),
    "cdist": cdist,
    "stop_gradient": lambda o, t: o.stop_gradient(t["x"]) * 2.0,
    "bitwise_and": lambda o, t: o.bitwise_and(t["i"], t["i"] + 1),
    "full": lambda o, t: o.full((2, 3), 0.5) * t["x"][:, 0, :3],
    "chain": lambda o, t: o.exp(-o.square(t["x"] - t["y"])) / (1 + o.abs(t["x"])),
}


def cases() -> Iterator[tuple[str, Case]]:
    def one(name: str, own: str) -> Case:
        return lambda o, t: getattr(o, name)(t[own])

    def two(name: str, first: str, second: str) -> Case:
        return lambda o, t: getattr(o, name)(t[first], t[second])

    yield from ((name, one(name, "x")) for name in UNARY)
    yield from ((name, one(name, "p")) for name in POSITIVE)
    yield from ((name, two(name, "x", "y")) for name in BINARY)
    yield from ((name, two(name, "x", "p")) for name in DIVIDING)
    yield from OTHERS.items()


CASES = dict(cases())


def values() -> dict[str, np.ndarray]:
    """What the inputs are given."""
    rng = np.random.default_rng(4)
    return {
        "x": rng.normal(size=(2, 6, 4)).astype(np.float32),
        "y": rng.normal(size=(2, 6, 4)).astype(np.float32),
        "p": rng.uniform(0.2, 3, (2, 6, 4)).astype(np.float32),
        "i": rng.integers(0, 4, (2, 5)).astype(np.int32),
        "v": rng.normal(size=(2, 6, 8, 3)).astype(np.float32),
    }


def build(case: Case, inputs: dict[str, np.ndarray]) -> Any:
    """The model of a case."""
    import keras

    symbolic = {
        name: keras.Input(array.shape[1:], dtype=str(array.dtype), name=name)
        for name, array in inputs.items()
    }
    found = case(keras.ops, symbolic)
    return keras.Model(list(symbolic.values()), list(found) if isinstance(found, list | tuple) else [found])
