"""Artifacts to export: models that only TensorFlow.js has, with random weights."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from converter.artifact.writer import write_model
from converter.layers import infer, weight_specs
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.quantization.affine import encode

HARD = "hard_sigmoid"
CELL = {"units": 3, "activation": "tanh", "recurrent_activation": HARD}


def spec(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": class_name.lower(), **config}}


SEQUENTIAL: dict[str, tuple[list[int | None], list[dict[str, Any]]]] = {
    "hard_dense": ([4], [spec("Dense", units=3, activation="hardSigmoid")]),
    "hard_layer": ([4], [spec("Activation", activation=HARD), spec("Dense", units=3, activation="swish")]),
    "hard_conv": ([6, 6, 2], [spec("Conv2D", filters=3, kernel_size=[2, 2], activation=HARD)]),
    "hard_depthwise": (
        [6, 6, 2],
        [spec("DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=2, activation=HARD)],
    ),
    "hard_separable": ([6, 6, 2], [spec("SeparableConv2D", filters=3, kernel_size=[3, 3], activation=HARD)]),
    "hard_lstm": ([5, 4], [spec("LSTM", **CELL)]),
    "unsaid_gru": ([5, 4], [spec("GRU", units=3, activation="tanh")]),
    "unsaid_softmax": ([4], [spec("Softmax", axis=None)]),
    "hard_steps": ([5, 4], [spec("TimeDistributed", layer=spec("Dense", units=3, activation=HARD))]),
    "hard_both": ([5, 4], [spec("Bidirectional", layer=spec("LSTM", **CELL), merge_mode="concat")]),
    "backwards_both": (
        [5, 4],
        [spec("Bidirectional", layer=spec("GRU", **CELL, go_backwards=True), merge_mode="sum")],
    ),
    "hard_cell": ([5, 4], [spec("RNN", cell=spec("LSTMCell", **CELL))]),
    "steps_of_model": (
        [5, 4],
        [
            spec(
                "TimeDistributed",
                layer={
                    "class_name": "Sequential",
                    "config": {
                        "name": "inside",
                        "layers": [
                            {
                                "class_name": "Dense",
                                "config": {"name": "d", "units": 6, "batch_input_shape": [None, 4]},
                            },
                            spec("BatchNormalization", name="n", axis=1),
                            spec("Dense", name="e", units=2),
                        ],
                    },
                },
            )
        ],
    ),
    "axes": ([4, 3], [spec("LayerNormalization", axis=[2, 1])]),
    "thresholded": ([4], [spec("ThresholdedReLU", theta=0.4)]),
    "leaky": ([4], [spec("LeakyReLU", alpha=0.1)]),
    "batch_norm": ([4, 4, 3], [spec("BatchNormalization", axis=[3], trainable=False)]),
}
"""Input shape and layers, in the words of a model.json."""

RANDOM_GRAPHS = 8


def sequential(name: str) -> Model:
    """One of ``SEQUENTIAL``, without an input layer of its own."""
    shape, specs = SEQUENTIAL[name]
    rng = np.random.default_rng(len(name))
    layers = [Layer(each["config"]["name"], each["class_name"], each["config"]) for each in specs]
    first = {**layers[0].config, "batch_input_shape": [None, *shape], "dtype": "float32"}
    layers[0] = Layer(layers[0].name, layers[0].class_name, first)
    return _filled(Model("model", "Sequential", "sequential", tuple(layers)), rng)


def graph(seed: int) -> Model:
    """A random graph of layers that are alike, some shared, some in a nested model."""
    chance = random.Random(seed)
    inputs = [_layer(f"in_{index}", "InputLayer", {"batch_input_shape": [None, 4]}) for index in range(2)]
    tensors = [TensorRef(layer.name, 0, 0) for layer in inputs]
    layers = list(inputs)
    for index in range(chance.randint(6, 12)):
        kind = chance.choice(["Dense", "Dense", "BatchNormalization", "Add", "Model"])
        name = f"{kind.lower()}_{index}"
        if kind == "Add":
            layers.append(_layer(name, kind, {}, [chance.sample(tensors, 2)]))
            tensors.append(TensorRef(name, 0, 0))
        elif kind == "Model":
            inside = _nested(f"inner_{index}")
            layers.append(Layer(inside.name, "Model", {}, (Call((chance.choice(tensors),)),), model=inside))
            tensors.append(TensorRef(inside.name, 1, 0))
        else:
            config = {"units": 4, "activation": "tanh"} if kind == "Dense" else {"axis": [1]}
            calls = [[chance.choice(tensors)] for _ in range(chance.choice([1, 1, 2]))]
            layers.append(_layer(name, kind, config, calls))
            tensors += [TensorRef(name, call, 0) for call in range(len(calls))]
    used = {ref for layer in layers for call in layer.calls for ref in call.inputs}
    # TensorFlow.js takes no weights of layers that lead nowhere.
    outputs = tuple(ref for ref in tensors if ref not in used)
    ends = tuple(TensorRef(layer.name, 0, 0) for layer in inputs)
    order = [*layers[:2], *sorted(layers[2:], key=lambda layer: layer.name[::-1])]
    model = Model("graph", "Model", "functional", tuple(order), ends, outputs)
    return _filled(model, np.random.default_rng(seed))


def _nested(name: str) -> Model:
    one, two = _layer(f"{name}_x", "InputLayer", {"batch_input_shape": [None, 4]}), f"{name}_y"
    norm = _layer(f"{name}_n", "BatchNormalization", {"axis": [1]}, [[TensorRef(one.name, 0, 0)]])
    dense = _layer(two, "Dense", {"units": 4}, [[TensorRef(norm.name, 0, 0)]])
    return Model(
        name,
        "Model",
        "functional",
        (one, norm, dense),
        (TensorRef(one.name, 0, 0),),
        (TensorRef(two, 0, 0),),
    )


def _layer(name: str, class_name: str, config: dict[str, Any], calls: list[list[TensorRef]] = []) -> Layer:  # noqa: B006
    if class_name == "InputLayer":
        config = {**config, "dtype": "float32", "sparse": False}
    return Layer(name, class_name, {"name": name, **config}, tuple(Call(tuple(refs)) for refs in calls))


def _filled(model: Model, rng: np.random.Generator) -> Model:
    from dataclasses import replace

    inferred = infer(model)
    layers = []
    for layer in model.layers:
        calls = inferred.layers[layer.name]
        if layer.model is not None:
            layers.append(replace(layer, model=_filled(layer.model, rng)))
            continue
        specs = (weight_specs(layer, calls[0].inputs) if calls else None) or ()
        # A model inside a wrapper names its weights itself.
        scope = "" if "inside" in str(layer.config) else f"{layer.name}/"
        weights = tuple(_weight(f"{scope}{each.name}", each.shape, rng) for each in specs)
        layers.append(replace(layer, weights=weights))
    return replace(model, layers=tuple(layers))


def _weight(name: str, shape: tuple[int | None, ...] | None, rng: np.random.Generator) -> Weight:
    assert shape is not None
    assert None not in shape, shape
    return Weight.of(name, rng.uniform(0.05, 0.7, shape).astype("float32"))


def write(model: Model, folder: Path) -> Path:
    """Writes a model as an artifact."""
    folder.mkdir(parents=True)
    write_model(model, [encode(weight, "none") for weight in model.weights()], folder)
    return folder
