"""Every operation of ``keras.ops`` that is converted computes in TensorFlow.js what it computes in Keras."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

import converter
from converter.errors import UnsupportedError
from converter.layers.operation_table import REFUSED, ROWS
from converter.parity.runtimes import NodeRunner
from converter.shims import operations
from tests.lowering.comparing import compare, few
from tests.lowering.operation_cases import CASES, build, values

pytestmark = [
    pytest.mark.runtime,
    # Keras's own, as it builds some of the models.
    pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning"),
]


@pytest.mark.parametrize("name", few(CASES))
def test_an_operation(name: str, runners: tuple[NodeRunner, ...], tmp_path: Path) -> None:
    inputs = values()
    model = build(CASES[name], inputs)
    given = model([inputs[key] for key in inputs], training=False)
    wanted = [np.asarray(each) for each in (given if isinstance(given, list | tuple) else [given])]
    path = tmp_path / ("model.keras" if len(name) % 2 else "model.h5")
    model.save(path)
    converter.convert(path, tmp_path / "out", verify=False)
    compare(runners, tmp_path / "out", list(inputs.values()), wanted)


def test_every_operation_of_keras_is_known() -> None:
    from keras.src.ops.operation import Operation

    found = {
        name
        for module in ("core", "image", "linalg", "math", "nn", "numpy")
        for name, value in vars(importlib.import_module(f"keras.src.ops.{module}")).items()
        if isinstance(value, type) and issubclass(value, Operation) and value is not Operation
    }
    assert found - ROWS.keys() - REFUSED.keys() == set()
    assert ROWS.keys() & REFUSED.keys() == set()


def test_every_operation_has_its_javascript() -> None:
    for name in ROWS.keys() - {"Resize"}:
        text = operations.javascript(f"Keras{name}")
        assert f"export function defineKeras{name}(tf)" in text
        assert "@type" not in text.rpartition("export function")[2]


def test_a_refused_operation_is_named(tmp_path: Path) -> None:
    import keras

    x = keras.Input((3, 3))
    path = tmp_path / "model.keras"
    keras.Model(x, keras.ops.inv(x)).save(path)
    with pytest.raises(UnsupportedError, match=r"'Inv' cannot be converted: .*decomposition"):
        converter.convert(path, tmp_path / "out", verify=False)
    assert not (tmp_path / "out").exists()


LIMITS = {
    "einsum": lambda o, x: o.einsum("bii->b", x),
    "quantile": lambda o, x: o.quantile(x, 0.1, axis=-1, method="lower"),
    "norm": lambda o, x: o.norm(x, ord=2, axis=(1, 2)),
    "cross": lambda o, x: o.cross(x[:, :2, :2], x[:, 2:, :2]),
    "rot90": lambda o, x: o.rot90(x[:, :2], k=2, axes=(1, 2)),
    "top_k": lambda o, x: o.top_k(x, 2, sorted=False)[0],
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_javascript_does_otherwise_is_refused(name: str, tmp_path: Path) -> None:
    import keras

    x = keras.Input((4, 4))
    path = tmp_path / "model.keras"
    keras.Model(x, LIMITS[name](keras.ops, x)).save(path)
    with pytest.raises(UnsupportedError, match="the operation"):
        converter.convert(path, tmp_path / "out", verify=False)
