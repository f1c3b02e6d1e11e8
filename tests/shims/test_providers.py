"""Who provides a class: the user's JavaScript before the user's Python before the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from converter.errors import UnsupportedError, UsageError
from converter.model import Layer, Model, Weight
from converter.shims.providers import Providers, adopt

PYTHON = """
import keras


class Scale(keras.layers.Layer):
    def __init__(self, scale, a_1=0, a1=0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return x * self.scale
"""
SCRIPT = "export function defineScale(tf) { return class Scale extends tf.layers.Layer {}; }\n"


def model(class_name: str = "Scale", *, weights: int = 0, **config: object) -> Model:
    layer = Layer(
        "scaled",
        class_name,
        {"name": "scaled", **config},
        weights=tuple(Weight.of(f"scaled/part_{index}/own", np.zeros(2)) for index in range(weights)),
    )
    return Model("m", "Sequential", "sequential", (layer,))


def providers(folder: Path, python: list[str] = (), javascript: list[str] = ()) -> Providers:
    paths = []
    for suffix, texts in (("py", python), ("js", javascript)):
        for index, text in enumerate(texts):
            path = folder / f"file_{index}.{suffix}"
            path.write_text(text)
            paths.append(path)
    return Providers.of(
        [path for path in paths if path.suffix == ".py"], [path for path in paths if path.suffix == ".js"], {}
    )


def test_the_library_comes_last(tmp_path: Path) -> None:
    plain = PYTHON.replace(", a_1=0, a1=0", "")
    found = [
        providers(tmp_path, *given).shims(model(scale=2))["Scale"].origin
        for given in ((), ([plain],), ([plain], [SCRIPT]))
    ]
    assert found == ["the layer library", "translated from file_0.py:5", "taken from file_0.js"]


def test_a_class_that_two_files_define_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"file_0.py and file_1.py"):
        providers(tmp_path, [PYTHON, PYTHON]).shims(model(scale=2))
    with pytest.raises(UsageError, match=r"file_0.js and file_1.js"):
        providers(tmp_path, [], [SCRIPT, SCRIPT])


def test_keys_that_become_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="a_1, a1"):
        providers(tmp_path, [PYTHON]).shims(model(scale=2))


def test_a_layer_with_weights_is_not_the_librarys(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="has weights"):
        providers(tmp_path).shims(model(scale=2, weights=1))


def test_a_class_of_nobody_is_left(tmp_path: Path) -> None:
    assert providers(tmp_path).shims(model("Quantum")) == {}


@pytest.mark.parametrize(
    ("positional", "names"), [(True, ["scaled/w0", "scaled/w1"]), (False, ["scaled/own"] * 2)]
)
def test_weights_are_named_as_their_class_names_them(positional: bool, names: list[str]) -> None:
    from converter.shims.shim import Shim

    shim = Shim("Scale", "", "", "a test", positional_weights=positional)
    adopted = adopt(model("Mine>Scale", weights=2), {"Scale": shim})
    assert [weight.name for weight in adopted.layers[0].weights] == names
    assert adopted.layers[0].class_name == "Scale"
