"""What Keras computes with whole numbers is refused where TensorFlow.js computes otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import converter
from converter.errors import UnsupportedError

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning"),
    # Keras's own, as it looks at the weights that it makes.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def of_keras_2(dtype: str, build: Any, path: Path) -> Path:
    import tensorflow as tf
    import tf_keras

    x = tf_keras.Input((6, 2), dtype=dtype)
    tf_keras.Model(x, build(tf, tf_keras.layers, x)).save(path)
    return path


def of_keras_3(dtype: str, build: Any, path: Path) -> Path:
    import keras

    x = keras.Input((6, 2), dtype=dtype)
    keras.Model(x, build(keras.ops, keras.layers, x)).save(path)
    return path


REFUSED_2 = {
    "wrapping": ("uint8", lambda t, k, x: t.cast(x - 128, t.float32)),
    "wrapping_product": ("int16", lambda t, k, x: x * 30000),
    "wrapping_sum": ("uint8", lambda t, k, x: k.Add()([x, k.Reshape((6, 2))(x)])),
    "mean": ("int32", lambda t, k, x: t.reduce_mean(x, 1)),
    "mean_of_a_cast": ("float32", lambda t, k, x: t.reduce_mean(t.cast(x * 5, t.int32), 1)),
    "average_pooling": ("int32", lambda t, k, x: k.GlobalAveragePooling1D()(x)),
}
REFUSED_3 = {
    "wrapping": ("uint8", lambda o, k, x: o.cast(x - 128, "float32")),
    "wrapping_sum": ("uint8", lambda o, k, x: k.Add()([x, x])),
    "clipped": ("int32", lambda o, k, x: k.ReLU(3)(x)),
    "normalized": ("int32", lambda o, k, x: k.BatchNormalization()(x)),
    "bent": ("int32", lambda o, k, x: k.Activation("tanh")(x)),
}
CONVERTED_3 = {
    "embedded": ("int32", lambda o, k, x: k.Embedding(9, 3)(x)),
    "scaled": ("uint8", lambda o, k, x: k.ReLU()(k.Rescaling(1 / 255)(x))),
    "averaged": ("int32", lambda o, k, x: k.GlobalAveragePooling1D()(x)),
    "cast": ("uint8", lambda o, k, x: o.cast(x, "float32") - 128),
}


@pytest.mark.parametrize("name", REFUSED_2)
def test_of_keras_2(name: str, tmp_path: Path) -> None:
    path = of_keras_2(*REFUSED_2[name], tmp_path / "model.h5")
    with pytest.raises(UnsupportedError, match=r"whole numbers|wrap around"):
        converter.convert(path, tmp_path / "out", verify=False)


@pytest.mark.parametrize("name", REFUSED_3)
def test_of_keras_3(name: str, tmp_path: Path) -> None:
    path = of_keras_3(*REFUSED_3[name], tmp_path / "model.keras")
    with pytest.raises(UnsupportedError, match=r"whole numbers|wrap around"):
        converter.convert(path, tmp_path / "out", verify=False)


@pytest.mark.parametrize("name", CONVERTED_3)
def test_what_makes_fractions_of_them_converts(name: str, tmp_path: Path) -> None:
    converter.convert(
        of_keras_3(*CONVERTED_3[name], tmp_path / "model.keras"), tmp_path / "out", verify=False
    )
