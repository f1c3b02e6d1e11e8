"""Functions of TensorFlow in models of Keras 2 compute in TensorFlow.js what they compute there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import converter
from converter.errors import UnsupportedError
from converter.layers.operation_table import ROWS
from converter.parity.runtimes import NodeRunner
from converter.sources.keras2_operations import FUNCTIONS
from tests.lowering.comparing import compare, few

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning"),
]

# ``x`` and ``y`` are [batch, 6, 4], ``v`` a picture of 8 channels.
CASES: dict[str, Callable[[Any, Any, Any, Any, Any], Any]] = {
    "add": lambda t, k, x, y, v: x + 1.0,
    "subtract_from": lambda t, k, x, y, v: 1.0 - x,
    "multiply": lambda t, k, x, y, v: x * y,
    "divide": lambda t, k, x, y, v: x / 3,
    "inverse": lambda t, k, x, y, v: 2 / (t.abs(x) + 1),
    "negative": lambda t, k, x, y, v: -x,
    "power": lambda t, k, x, y, v: x**2,
    "slice": lambda t, k, x, y, v: x[:, 1:3],
    "backwards": lambda t, k, x, y, v: x[:, ::-2],
    "new_axis": lambda t, k, x, y, v: x[:, None],
    "last": lambda t, k, x, y, v: x[:, -1],
    "concat": lambda t, k, x, y, v: t.concat([x, y], -1),
    "relu": lambda t, k, x, y, v: t.nn.relu(x),
    "mean": lambda t, k, x, y, v: t.reduce_mean(x, axis=[1, 2], keepdims=True),
    "reshape": lambda t, k, x, y, v: k.layers.Dense(2)(t.reshape(x, (-1, 24))),
    "transpose": lambda t, k, x, y, v: t.transpose(x, (0, 2, 1)),
    "depth_to_space": lambda t, k, x, y, v: k.layers.Conv2D(2, 3)(t.nn.depth_to_space(v, 2)),
    "space_to_depth": lambda t, k, x, y, v: t.nn.space_to_depth(v, 2),
    "resize": lambda t, k, x, y, v: t.image.resize(v, (8, 6)),
    "resize_nearest": lambda t, k, x, y, v: t.image.resize(v, (8, 8), method="nearest"),
    "max_pool": lambda t, k, x, y, v: t.nn.max_pool2d(v, 2, 2, "SAME"),
    "avg_pool": lambda t, k, x, y, v: t.nn.avg_pool2d(v, [2, 2], [1, 1], "VALID"),
    "clip": lambda t, k, x, y, v: t.clip_by_value(x, 0, 1),
    "cast": lambda t, k, x, y, v: t.cast(x * 3, t.int32),
    "stack": lambda t, k, x, y, v: t.stack([x, y], axis=1),
    "split": lambda t, k, x, y, v: t.split(x, 2, axis=-1),
    "split_sizes": lambda t, k, x, y, v: t.split(x, [1, 3], axis=-1)[1],
    "unstack": lambda t, k, x, y, v: t.unstack(x, axis=1)[2],
    "pad": lambda t, k, x, y, v: t.pad(x, [[0, 0], [1, 1], [0, 0]]),
    "pad_reflect": lambda t, k, x, y, v: t.pad(v, [[0, 0], [1, 1], [2, 1], [0, 0]], "REFLECT"),
    "where": lambda t, k, x, y, v: t.where(x > 0, x, y),
    "matmul": lambda t, k, x, y, v: t.matmul(x, y, transpose_b=True),
    "expand_dims": lambda t, k, x, y, v: t.expand_dims(x, 1),
    "maximum": lambda t, k, x, y, v: t.maximum(x, 0.0),
    "exp": lambda t, k, x, y, v: t.exp(x),
    "sqrt": lambda t, k, x, y, v: t.sqrt(t.abs(x)),
    "backend_sum": lambda t, k, x, y, v: k.backend.sum(x, axis=1),
    "backend_clip": lambda t, k, x, y, v: k.backend.clip(x, 0, 1),
    "greater": lambda t, k, x, y, v: x > y,
    "swish": lambda t, k, x, y, v: t.nn.swish(x),
    "gelu": lambda t, k, x, y, v: t.nn.gelu(x),
    "leaky_relu": lambda t, k, x, y, v: t.nn.leaky_relu(x),
    "softmax": lambda t, k, x, y, v: t.nn.softmax(x),
    "tile": lambda t, k, x, y, v: t.tile(x, [1, 2, 1]),
    "gather": lambda t, k, x, y, v: t.gather(x, [0, 2], axis=1),
    "one_hot": lambda t, k, x, y, v: t.one_hot(t.cast(x * 2, t.int32), 3),
    "argmax": lambda t, k, x, y, v: t.argmax(x, 1),
    "cumsum": lambda t, k, x, y, v: t.cumsum(x, 1),
    "constant": lambda t, k, x, y, v: x + t.constant([1.0, 2, 3, 4]),
    "add_n": lambda t, k, x, y, v: t.add_n([x, y, x * 2]),
    "norm": lambda t, k, x, y, v: t.norm(x, axis=-1),
    "l2_normalize": lambda t, k, x, y, v: t.nn.l2_normalize(x, -1),
    "std": lambda t, k, x, y, v: t.math.reduce_std(x, axis=1),
    "squared_difference": lambda t, k, x, y, v: t.math.squared_difference(x, y),
    "slice_box": lambda t, k, x, y, v: t.slice(x, [0, 1, 2], [-1, 2, 2]),
    "strided": lambda t, k, x, y, v: t.strided_slice(x, [0, 5, 0], [9, 1, 4], [1, -2, 3]),
    "strided_masks": lambda t, k, x, y, v: t.strided_slice(
        x, [0, 2, 1], [0, 0, 3], begin_mask=1, end_mask=3, shrink_axis_mask=4
    ),
    "top_k": lambda t, k, x, y, v: t.math.top_k(x, 2)[0],
    "sort": lambda t, k, x, y, v: t.sort(x, axis=1),
    "batch_and_rest": lambda t, k, x, y, v: t.reshape(x, (t.shape(x)[0], -1, 2)),
    "batch_alone": lambda t, k, x, y, v: t.reshape(x, (t.shape(x)[0], t.shape(x)[1] * 2, x.shape[2] // 2)),
    "stacked_sizes": lambda t, k, x, y, v: t.reshape(x, t.stack([t.shape(x)[0], t.shape(x)[-1], 6])),
    "resize_like": lambda t, k, x, y, v: t.image.resize(k.layers.Conv2D(2, 3)(v), t.shape(v)[1:3]),
    "max_pool_of_four": lambda t, k, x, y, v: t.nn.max_pool2d(v, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
    "avg_pool_of_four": lambda t, k, x, y, v: t.nn.avg_pool2d(v, [1, 2, 2, 1], 2, "SAME"),
    "atan2": lambda t, k, x, y, v: t.atan2(x, y),
    "resize_twice": lambda t, k, x, y, v: t.image.resize(v, t.shape(v)[1:3] * 2),
    "root_of_size": lambda t, k, x, y, v: x / t.sqrt(t.cast(t.shape(x)[-1], t.float32)),
    "unstacked_sizes": lambda t, k, x, y, v: t.reshape(x, [t.unstack(t.shape(x))[0], 24]),
    "broadcast": lambda t, k, x, y, v: x * t.reduce_mean(y, axis=1, keepdims=True),
}


@pytest.mark.parametrize("name", few(CASES))
def test_a_function(name: str, runners: tuple[NodeRunner, ...], tmp_path: Path) -> None:
    import tensorflow as tf
    import tf_keras

    rng = np.random.default_rng(5)
    inputs = [rng.normal(size=(2, *shape)).astype(np.float32) for shape in ((6, 4), (6, 4), (4, 4, 8))]
    symbolic = [tf_keras.Input(array.shape[1:]) for array in inputs]
    model = tf_keras.Model(symbolic, CASES[name](tf, tf_keras, *symbolic))
    path = tmp_path / ("model.keras" if len(name) % 2 else "model.h5")
    model.save(path)
    given = model(inputs)
    wanted = [np.asarray(each) for each in (given if isinstance(given, list | tuple) else [given])]
    converter.convert(path, tmp_path / "out", verify=False)
    compare(runners, tmp_path / "out", inputs, wanted)


def test_every_function_is_an_operation_that_is_known() -> None:
    for name, function in FUNCTIONS.items():
        row = ROWS[function.operation]
        known = {each.lstrip("*") for each in (*row.called_on, *row.made_with)} | {"order", "data_format"}
        assert {*function.parameters.values(), *function.settings} <= known, name


def test_any_other_function_is_refused_before_keras_sees_it(tmp_path: Path) -> None:
    import tensorflow as tf
    import tf_keras

    x = tf_keras.Input((3,))
    path = tmp_path / "model.h5"
    tf_keras.Model(x, tf.strings.length(tf.strings.as_string(x))).save(path)
    with pytest.raises(UnsupportedError, match="function of TensorFlow"):
        converter.convert(path, tmp_path / "out", verify=False)


def test_a_size_that_only_a_run_can_tell_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf
    import tf_keras

    one, other = tf_keras.Input((None, None, 2)), tf_keras.Input((None, None, 3))
    path = tmp_path / "model.h5"
    tf_keras.Model([one, other], tf.image.resize(one, tf.shape(other)[1:3])).save(path)
    with pytest.raises(UnsupportedError, match="known only when the model runs"):
        converter.convert(path, tmp_path / "out", verify=False)
