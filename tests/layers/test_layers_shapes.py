"""What a whole model's shapes are, and which contradictions are refused."""

from __future__ import annotations

from typing import Any

import pytest

from converter.errors import SourceError
from converter.layers import RULES, infer, output_shapes, weight_specs
from converter.layers.graph import Inference
from converter.model import Call, Layer, Model, Shape, TensorRef

T = TensorRef


def entry(name: str, *shape: int | None) -> Layer:
    return Layer(name, "InputLayer", {"batch_input_shape": [None, *shape]})


def layer(name: str, class_name: str, *inputs: TensorRef | str, **config: Any) -> Layer:
    """A layer called once, on the given tensors or on the first outputs of the named layers."""
    refs = tuple(T(ref, 0, 0) if isinstance(ref, str) else ref for ref in inputs)
    return Layer(name, class_name, config, (Call(refs),) if refs else ())


def graph(*layers: Layer, outputs: tuple[TensorRef | str, ...] = ()) -> Model:
    """A functional model; without outputs, the last layer's."""
    made = tuple(T(ref, 0, 0) if isinstance(ref, str) else ref for ref in outputs or (layers[-1].name,))
    inputs = tuple(T(each.name, 0, 0) for each in layers if each.class_name == "InputLayer")
    return Model("m", "Functional", "functional", layers, inputs, made)


def chain(*layers: Layer, **config: Any) -> Model:
    return Model("s", "Sequential", "sequential", layers, config=config)


def refused(
    model: Model, code: str = "shape-contradiction", inputs: tuple[Shape | None, ...] | None = None
) -> str:
    """The message with which a model is refused."""
    with pytest.raises(SourceError) as caught:
        infer(model, inputs)
    assert caught.value.code == code
    return str(caught.value)


def test_layers_may_come_in_any_order() -> None:
    model = graph(
        layer("b", "Dense", "a", units=2), layer("a", "Dense", "x", units=3), entry("x", 5), outputs=("b",)
    )
    found = infer(model)
    assert found.outputs == ((None, 2),)
    assert found.layers["b"][0].inputs == ((None, 3),)


def test_a_shared_layer_has_an_entry_for_each_call() -> None:
    pool = Layer("p", "MaxPooling1D", {}, (Call((T("x", 0, 0),)), Call((T("p", 0, 0),))))
    found = infer(graph(entry("x", 8, 3), pool, outputs=(T("p", 1, 0),)))
    assert [call.outputs for call in found.layers["p"]] == [((None, 4, 3),), ((None, 2, 3),)]
    assert found.outputs == ((None, 2, 3),)


def test_a_shared_layer_may_stand_before_and_behind_another() -> None:
    dense = Layer("d", "Dense", {"units": 4}, (Call((T("x", 0, 0),)), Call((T("a", 0, 0),))))
    found = infer(
        graph(entry("x", 4), dense, layer("a", "Activation", T("d", 0, 0)), outputs=(T("d", 1, 0),))
    )
    assert found.outputs == ((None, 4),)


@pytest.mark.parametrize("first", [0, 1])
def test_references_to_a_nested_model_start_at_0_or_at_1(first: int) -> None:
    inner = graph(entry("i", None, 3), layer("pool", "MaxPooling1D", "i"))
    nested = Layer("n", "Functional", {}, (Call((T("x", 0, 0),)), Call((T("n", first, 0),))), model=inner)
    found = infer(graph(entry("x", 8, 3), nested, outputs=(T("n", first + 1, 0),)))
    assert [call.outputs for call in found.layers["n"]] == [((None, 4, 3),), ((None, 2, 3),)]
    inside = found.layers["n"][1].inner
    assert inside is not None
    assert inside.layers["pool"][0].inputs == ((None, 4, 3),)


def test_a_nested_model_has_the_sizes_that_it_is_not_given() -> None:
    inner = graph(entry("i", 6, 3), layer("f", "Flatten", "i"))
    nested = Layer("n", "Model", {}, (Call((T("x", 0, 0),)),), model=inner)
    assert infer(graph(entry("x", None, 3), nested, outputs=(T("n", 1, 0),))).outputs == ((None, 18),)


def test_keras_squeezes_what_a_nested_model_is_called_on() -> None:
    inner = graph(entry("i", 6), layer("d", "Dense", "i", units=2))
    nested = Layer("n", "Model", {}, (Call((T("x", 0, 0),)),), model=inner)
    assert infer(graph(entry("x", 6, 1), nested, outputs=(T("n", 1, 0),))).outputs == ((None, 2),)


def test_a_model_can_be_asked_for_other_inputs() -> None:
    model = graph(entry("x", None, None, 3), layer("c", "Conv2D", "x", filters=4, kernel_size=3))
    assert infer(model).outputs == ((None, None, None, 4),)
    assert infer(model, ((1, 10, 12, 3),)).outputs == ((1, 8, 10, 4),)
    assert infer(model, (None,)).outputs == ((None, None, None, 4),)


@pytest.mark.parametrize(
    ("config", "first"),
    [
        ({}, {"batch_input_shape": [None, 7]}),
        ({"build_input_shape": [32, 7]}, {}),
        ({"build_input_shape": {"class_name": "TensorShape", "items": [None, 7]}}, {}),
    ],
)
def test_where_a_sequential_model_says_its_input(config: dict[str, Any], first: dict[str, Any]) -> None:
    found = infer(chain(Layer("a", "RepeatVector", {"n": 2, **first}), Layer("b", "Flatten", {}), **config))
    assert found.inputs == ((None, 7),)
    assert found.outputs == ((None, 14),)


def test_a_sequential_model_need_not_say_its_input() -> None:
    found = infer(chain(layer("a", "Dense", units=2), layer("b", "Conv2D", filters=3, kernel_size=1)))
    assert found.inputs == (None,)
    assert found.outputs == (None,)


def test_a_sequential_model_may_begin_with_a_model() -> None:
    inner = chain(Layer("d", "Dense", {"units": 2, "batch_input_shape": [None, 9]}))
    found = infer(chain(Layer("n", "Sequential", {}, model=inner), layer("e", "Dense", units=5)))
    assert found.inputs == ((None, 9),)
    assert found.outputs == ((None, 5),)


def test_unknown_layers_are_passed_over_in_silence() -> None:
    model = graph(
        entry("x", 8, 8, 3),
        layer("u", "PixelShuffle", "x", scale=2),
        layer("d", "Dense", T("u", 0, 1), units=2),
        layer("g", "GlobalMaxPooling2D", "u"),
        layer("a", "Add", "d", "d"),
        outputs=("a", "g"),
    )
    found = infer(model)
    assert found.layers["u"][0].outputs is None
    assert found.outputs == (None, (None, None))


def test_what_a_wrapper_does_with_a_class_nobody_knows() -> None:
    held = Layer("t", "TimeDistributed", {"layer": {"class_name": "Mystery", "config": {}}})
    assert output_shapes(held, ((None, 4, 6),)) is None
    assert weight_specs(held, ((None, 4, 6),)) is None
    held = Layer("b", "Bidirectional", {"layer": {"class_name": "Dense", "config": {"units": 3}}})
    assert output_shapes(held, ((None, 4, 6),)) is None
    held = Layer("r", "RNN", {"cell": {"class_name": "MinimalRNNCell", "config": {"units": 3}}})
    assert output_shapes(held, ((None, 4, 6),)) is None
    assert weight_specs(held) is None


def test_cells_stand_alone_as_well() -> None:
    lstm = {"class_name": "LSTMCell", "config": {"units": 3}}
    stack = Layer(
        "s", "StackedRNNCells", {"cells": [lstm, {"class_name": "GRUCell", "config": {"units": 2}}]}
    )
    assert output_shapes(stack, ((None, 5),)) == ((None, 2), (None, 3), (None, 3), (None, 2))
    specs = weight_specs(stack, ((None, 5),))
    assert specs is not None
    assert [spec.shape for spec in specs] == [(5, 12), (3, 12), (12,), (3, 6), (2, 6), (6,)]
    conv = Layer("c", "ConvLSTM2DCell", {"filters": 3, "kernel_size": 2})
    assert output_shapes(conv, ((None, 8, 8, 1),)) == ((None, 7, 7, 3),) * 3
    unknown = Layer("s", "StackedRNNCells", {"cells": [lstm, {"class_name": "Mystery", "config": {}}]})
    assert output_shapes(unknown, ((None, 5),)) is None
    assert weight_specs(unknown) is None


def test_cells_may_be_a_bare_list() -> None:
    cells = [{"class_name": "LSTMCell", "config": {"units": units}} for units in (3, 4)]
    rnn = Layer("r", "RNN", {"cell": cells, "return_sequences": True})
    assert output_shapes(rnn, ((None, 7, 5),)) == ((None, 7, 4),)


def test_renormalization_keeps_weights_for_training() -> None:
    specs = weight_specs(Layer("b", "BatchNormalization", {"renorm": True}), ((None, 5),))
    assert specs is not None
    assert [spec.name for spec in specs if not spec.trainable] == [
        *("moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev")
    ]


def test_a_layer_as_an_activation_has_weights_of_its_own() -> None:
    config = {"units": 3, "activation": {"class_name": "PReLU", "config": {}}}
    specs = weight_specs(Layer("d", "Dense", config), ((None, 4),))
    assert specs is not None
    assert [(spec.name, spec.shape) for spec in specs[-2:]] == [("bias", (3,)), ("activation/alpha", (3,))]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (
            [
                layer("a", "Dense", "x", units=3),
                layer("b", "Dense", "x", units=4),
                layer("c", "Add", "a", "b"),
            ],
            ["'c' (Add)", "(?, 3)", "(?, 4)"],
        ),
        (
            [layer("a", "Flatten", "y"), layer("c", "Concatenate", "x", "y", axis=-1)],
            ["'c' (Concatenate)", "rank"],
        ),
        ([layer("c", "Concatenate", "y", "z", axis=1)], ["'c' (Concatenate)", "along axis 2", "3 and 5"]),
        ([layer("c", "Dot", "x", "w", axes=1)], ["'c' (Dot)", "7 and 9"]),
        ([layer("c", "Multiply", "x", "w")], ["'c' (Multiply)", "7 and 9"]),
        ([layer("c", "Dot", "x", axes=1)], ["'c' (Dot)", "1 tensors"]),
        ([layer("c", "Dense", "x", "w", units=1)], ["'c' (Dense)", "2 tensors"]),
        ([layer("c", "Conv1D", "y", filters=2, kernel_size=9)], ["'c' (Conv1D)", "9 wide", "size 8"]),
        ([layer("c", "MaxPooling1D", "y", pool_size=[9])], ["'c' (MaxPooling1D)", "9 wide"]),
        (
            [layer("c", "Conv2D", "y", filters=2, kernel_size=3)],
            ["'c' (Conv2D)", "3 dimensions", "at least 4"],
        ),
        ([layer("c", "UpSampling2D", "y")], ["'c' (UpSampling2D)", "3 dimensions", "must have 4"]),
        ([layer("c", "Cropping2D", "i", cropping=4)], ["'c' (Cropping2D)", "size would be 0"]),
        ([layer("c", "Reshape", "x", target_shape=[2, 3])], ["'c' (Reshape)", "7 values", "(2, 3)"]),
        ([layer("c", "Reshape", "x", target_shape=[2, -1])], ["'c' (Reshape)", "7 values"]),
        ([layer("c", "Permute", "x", dims=[2, 1])], ["'c' (Permute)", "3 dimensions"]),
        ([layer("c", "Rescaling", "x", scale=[1, 2, 3])], ["'c' (Rescaling)", "scale", "7 and 3"]),
        (
            [layer("c", "Embedding", "x", input_dim=2, output_dim=2, input_length=9)],
            ["'c' (Embedding)", "7 and 9"],
        ),
        (
            [layer("c", "RepeatVector", "x", n=2**31 - 1), layer("d", "Flatten", "c")],
            ["'d' (Flatten)", "large"],
        ),
        ([layer("c", "Dense", "d", units=1), layer("d", "Dense", "c", units=1)], ["its own output"]),
        ([layer("c", "Dense", "c", units=1)], ["'c' (Dense)", "its own output"]),
        ([layer("c", "Dense", "nobody", units=1)], ["'c' (Dense)", "'nobody'", "does not exist"]),
        ([layer("c", "Dense", T("x", 1, 0), units=1)], ["'c' (Dense)", "call 1", "'x'"]),
        ([layer("c", "Dense", T("x", -1, 0), units=1)], ["'c' (Dense)", "call -1"]),
        ([layer("c", "Dense", T("x", 0, 1), units=1)], ["'c' (Dense)", "output 1"]),
        ([layer("x", "Dense", "w", units=1)], ["'x' (Dense)", "two layers"]),
    ],
)
def test_contradictions(layers: list[Layer], words: list[str]) -> None:
    inputs = [entry("x", 7), entry("w", 9), entry("y", 8, 3), entry("z", 8, 5), entry("i", 8, 8, 3)]
    message = refused(graph(*inputs, *layers))
    assert "model_config lies about shapes" in message
    for word in words:
        assert word in message


def test_contradictions_of_the_model_itself() -> None:
    assert "'gone'" in refused(graph(entry("x", 7), outputs=("gone",)))
    assert "output 3" in refused(graph(entry("x", 7), outputs=(T("x", 0, 3),)))
    assert "1 inputs" in refused(graph(entry("x", 7)), inputs=((None, 7), (None, 7)))
    inner = Layer("n", "Model", {}, (Call((T("x", 0, 0),) * 2),), model=graph(entry("i", 7)))
    assert "'n'" in refused(graph(entry("x", 7), inner, outputs=(T("n", 1, 0),)))


def test_a_layer_inside_a_nested_model_is_named_with_its_path() -> None:
    inner = graph(entry("i", None, 3), layer("c", "Conv1D", "i", filters=2, kernel_size=5))
    nested = Layer("n", "Model", {}, (Call((T("x", 0, 0),)),), model=inner)
    assert "layer 'n/c' (Conv1D)" in refused(graph(entry("x", 4, 3), nested, outputs=(T("n", 1, 0),)))
    held = {
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [{"class_name": "Flatten", "config": {}}]},
    }
    assert output_shapes(Layer("t", "TimeDistributed", {"layer": held}), ((None, 2, 3, 4),)) == (
        (None, 2, 12),
    )
    held["config"] = {"name": "s", "layers": [{"class_name": "Dense", "config": {"name": "d", "units": -1}}]}
    with pytest.raises(SourceError, match="'s/d'"):
        output_shapes(Layer("t", "TimeDistributed", {"layer": held}), ((None, 2, 3, 4),))


def test_contradictions_inside_a_wrapper() -> None:
    held = {"class_name": "Conv1D", "config": {"filters": 2, "kernel_size": 9}}
    with pytest.raises(SourceError, match="9 wide"):
        output_shapes(Layer("t", "TimeDistributed", {"layer": held}), ((None, 2, 3, 4),))
    rnn = {"class_name": "GRU", "config": {"units": "3"}}
    with pytest.raises(SourceError, match="gives units as '3'"):
        weight_specs(Layer("b", "Bidirectional", {"layer": rnn}), ((None, 2, 3),))


def test_groups_must_divide_the_channels() -> None:
    conv = Layer("c", "Conv2D", {"filters": 4, "kernel_size": 1, "groups": 2})
    with pytest.raises(SourceError, match="3 input channels cannot be split into 2 groups"):
        weight_specs(conv, ((None, 8, 8, 3),))


def test_models_within_models_without_end() -> None:
    model = graph(entry("x", 7), layer("d", "Dense", "x", units=7))
    for _ in range(2000):
        model = graph(
            entry("x", 7),
            Layer("n", "Model", {}, (Call((T("x", 0, 0),)),), model=model),
            outputs=(T("n", 1, 0),),
        )
    refused(model, "graph-too-deep")
    config: dict[str, Any] = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(2000):
        config = {"class_name": "TimeDistributed", "config": {"layer": config}}
    held = Layer("t", "TimeDistributed", {"layer": config})
    for ask in (output_shapes, weight_specs):
        with pytest.raises(SourceError, match="more levels"):
            ask(held, (None,))


def test_shared_models_that_multiply() -> None:
    """Each level calls the one below on two sizes: 2 to the power of 40 calls if nobody counted."""
    model = graph(entry("x", None, None, 1), layer("p", "Activation", "x"))
    for level in range(40):
        pad = layer("c", "ZeroPadding2D", T("n", 1, 0), padding=[[2**level % 1000003, 0], [0, 0]])
        calls = (Call((T("x", 0, 0),)), Call((T("c", 0, 0),)))
        nested = Layer("n", "Model", {}, calls, model=model)
        model = graph(entry("x", None, None, 1), nested, pad, outputs=(T("n", 2, 0),))
    with pytest.raises(SourceError, match="more than 2000 calls") as caught:
        Inference(RULES, budget=2000).model(model, ((None, 5, 5, 1),))
    assert caught.value.code == "graph-too-large"
