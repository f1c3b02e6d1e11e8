"""Stored weights against the configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.errors import SourceError
from converter.layers import check_weights, infer, weight_specs
from converter.model import Call, Layer, Model, TensorRef, Weight

CASES = json.loads(Path(__file__).with_name("expected.json").read_text("utf-8"))["cases"]


def weights(*shapes: tuple[int, ...], names: str = "kernel bias") -> tuple[Weight, ...]:
    return tuple(
        Weight.of(f"c/{name}", np.zeros(shape, np.float32))
        for shape, name in zip(shapes, names.split(), strict=True)
    )


def model(stored: tuple[Weight, ...], *, channels: int | None = 3, **config: Any) -> Model:
    settings = {"filters": 4, "kernel_size": [3, 3], **config}
    conv = Layer("c", "Conv2D", settings, (Call((TensorRef("x", 0, 0),)),), stored)
    entry = Layer("x", "InputLayer", {"batch_input_shape": [None, None, None, channels]})
    return Model("m", "Model", "functional", (entry, conv), (TensorRef("x", 0, 0),), (TensorRef("c", 0, 0),))


def refused(checked: Model) -> SourceError:
    with pytest.raises(SourceError) as caught:
        check_weights(checked)
    assert caught.value.exit_code == 3
    assert caught.value.fix
    return caught.value


GOOD = weights((3, 3, 3, 4), (4,))


def test_the_right_weights_pass_whatever_their_names() -> None:
    good = model(GOOD)
    check_weights(good)
    check_weights(good, infer(good))
    check_weights(model(weights((3, 3, 3, 4), (4,), names="variable variable_1")))
    check_weights(model(GOOD, channels=None))


def test_a_missing_weight() -> None:
    error = refused(model(GOOD[:1]))
    assert error.code == "weights-missing"
    assert error.where == "layer 'c' (Conv2D)"
    assert "'bias' of shape (4)" in error.why
    assert "'kernel' of shape (3, 3, 3, 4)" in refused(model(GOOD[1:])).why
    assert "demands 2 weights and the file holds 0" in refused(model(())).why


def test_a_weight_too_many() -> None:
    error = refused(model(GOOD, use_bias=False))
    assert error.code == "weights-surplus"
    assert "'c/bias' of shape (4)" in error.why
    spare = model(GOOD)
    spare = replace(spare, layers=(replace(spare.layers[0], weights=GOOD[:1]), spare.layers[1]))
    assert refused(spare).where == "layer 'x' (InputLayer)"


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((3, 3, 3, 5), (5,)), ("'c/kernel'", "(3, 3, 3, 5)", "(3, 3, 3, 4)")),
        (((3, 3, 3, 4), (5,)), ("'c/bias'", "(5)", "(4)")),
        (((3, 3, 4, 3), (4,)), ("(3, 3, 4, 3)", "(3, 3, 3, 4)")),
        (((9, 3, 4), (4,)), ("(9, 3, 4)",)),
    ],
)
def test_a_weight_of_another_shape(shapes: tuple[tuple[int, ...], ...], words: tuple[str, ...]) -> None:
    error = refused(model(weights(*shapes)))
    assert error.code == "weight-shape"
    for word in words:
        assert word in error.why


def test_known_sizes_count_where_others_are_unknown() -> None:
    check_weights(model(weights((3, 3, 8, 4), (4,)), channels=None))
    assert "(3, 3, ?, 4)" in refused(model(weights((3, 5, 8, 4), (4,)), channels=None)).why


def test_every_call_of_a_shared_layer_asks_for_the_same_weights() -> None:
    first = Layer("x", "InputLayer", {"batch_input_shape": [None, 6]})
    second = Layer("y", "InputLayer", {"batch_input_shape": [None, 5]})
    calls = tuple(Call((TensorRef(name, 0, 0),)) for name in "xy")
    dense = Layer("d", "Dense", {"units": 2, "use_bias": False}, calls, weights((6, 2), names="kernel"))
    shared = Model("m", "Model", "functional", (first, second, dense))
    assert "(5, 2)" in refused(shared).why


def test_layers_inside_a_nested_model_are_checked() -> None:
    dense = Layer("d", "Dense", {"units": 2, "batch_input_shape": [None, 6]}, weights=weights((6, 2), (3,)))
    inner = Model("n", "Sequential", "sequential", (dense,))
    outer = Model("s", "Sequential", "sequential", (Layer("n", "Sequential", {}, model=inner),))
    assert refused(outer).where == "layer 'n/d' (Dense)"
    never_called = Model("m", "Model", "functional", outer.layers)
    assert refused(never_called).where == "layer 'n/d' (Dense)"


def test_a_layer_that_is_never_called_is_checked() -> None:
    alone = Layer("d", "Dense", {"units": 2}, weights=weights((6, 3), (3,)))
    assert "(?, 2)" in refused(Model("m", "Model", "functional", (alone,))).why
    dot = Layer("d", "Dot", {"axes": 1}, weights=weights((6, 3), (3,)))
    assert refused(Model("m", "Model", "functional", (dot,))).code == "weights-surplus"


def test_layers_of_unknown_classes_may_hold_anything() -> None:
    check_weights(Model("m", "Sequential", "sequential", (Layer("u", "MultiplyBeta", {}, weights=GOOD),)))


@pytest.mark.parametrize("case", CASES, ids=[case["class_name"] for case in CASES])
def test_every_layer_notices_a_weight_lost_gained_or_changed(case: dict[str, Any]) -> None:
    layer = Layer("l", case["class_name"], case["config"])
    entries = [Layer(f"x{i}", "InputLayer", {"batch_input_shape": s}) for i, s in enumerate(case["inputs"])]
    stored = tuple(Weight.of(name, np.zeros(shape, np.float32)) for name, shape in case["weights"])
    call = Call(tuple(TensorRef(entry.name, 0, 0) for entry in entries))

    def with_weights(changed: tuple[Weight, ...]) -> Model:
        return Model("m", "Model", "functional", (*entries, replace(layer, calls=(call,), weights=changed)))

    check_weights(with_weights(stored))
    assert refused(with_weights((*stored, GOOD[0]))).code == "weights-surplus"
    for index, weight in enumerate(stored):
        assert refused(with_weights(stored[:index] + stored[index + 1 :])).code == "weights-missing"
        for axis in range(len(weight.shape)):
            shape = tuple(size + (place == axis) for place, size in enumerate(weight.shape))
            wrong = (*stored[:index], replace(weight, shape=shape), *stored[index + 1 :])
            assert refused(with_weights(wrong)).code == "weight-shape"


def test_weight_specs_say_what_is_trained() -> None:
    specs = weight_specs(Layer("b", "BatchNormalization", {"axis": -1, "scale": False}), ((None, 5),))
    assert specs is not None
    assert [(spec.name, spec.shape, spec.trainable) for spec in specs] == [
        ("beta", (5,), True),
        ("moving_mean", (5,), False),
        ("moving_variance", (5,), False),
    ]
