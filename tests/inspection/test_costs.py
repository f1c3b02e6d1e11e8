"""What operations and the classes of the layer library compute, against the layers that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.inspection.figures import costs, plainly, shapes
from converter.layers import cost_table
from converter.layers.cost import Cost
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.reading import Reading
from converter.shims import library_rules
from converter.shims.providers import Providers
from converter.sources.original import Original

Sizes = tuple[int, ...]


def keras(class_name: str, config: dict[str, Any], inputs: list[Sizes], output: Sizes) -> Cost | None:
    return cost_table.RULES[class_name](config, inputs, [output])


def library(class_name: str, config: dict[str, Any], inputs: list[Sizes], output: Sizes) -> Cost | None:
    return library_rules.COSTS[class_name](config, inputs, [output])


def einsum(subscripts: str, *inputs: Sizes, output: Sizes) -> Cost | None:
    args = [{"tensor": place} for place in range(len(inputs))]
    config = {
        "operation": "Einsum",
        "settings": {"subscripts": subscripts},
        "args": args,
        "kwargs": {},
    }
    return keras("Operation", config, list(inputs), output)


def test_einsum_multiplies_once_for_each_value_of_all_axes() -> None:
    assert einsum("bij,bjk->bik", (1, 2, 3), (1, 3, 5), output=(1, 2, 5)) == Cost(2 * 3 * 5)
    assert einsum("...ij,jk->...ik", (1, 7, 2, 3), (3, 5), output=(1, 7, 2, 5)) == Cost(7 * 2 * 3 * 5)
    assert einsum("b...,b...->b", (1, 4, 3), (1, 1, 3), output=(1,)) == Cost(12)
    assert einsum("bij->bi", (1, 2, 3), output=(1, 2)) == Cost(others=6)
    assert einsum("bij->bji", (1, 2, 3), output=(1, 3, 2)) == Cost()
    assert einsum("bi,bi,bi->b", (1, 2), (1, 2), (1, 2), output=(1,)) is None


def test_scales_of_keras_applications() -> None:
    assert keras("LayerScale", {}, [(1, 4, 3)], (1, 4, 3)) == Cost(others=12)
    assert keras("CustomScaleLayer", {}, [(1, 4, 3)] * 2, (1, 4, 3)) == Cost(others=24)


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_cells_of_the_library(kind: str) -> None:
    cell = {"units": 6, "use_bias": True, "reset_after": True}
    shapes = [(1, 5, 4)], (1, 6)
    own = library("KerasRNN", {"cells": [{"kind": kind, **cell}]}, *shapes)
    assert own == keras(kind, cell, *shapes)
    assert own is not None
    assert own.macs == 5 * {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}[kind] * 6 * (4 + 6)
    assert library("KerasRNN", {"cells": [{"kind": kind, **cell}], "time_major": True}, *shapes) is None


def test_stacked_and_convolutional_cells_of_the_library() -> None:
    cells = [{"kind": "LSTM", "units": 6}, {"kind": "GRU", "units": 2}]
    made = library("KerasRNN", {"cells": cells}, [(1, 5, 4)], (1, 2))
    assert made is not None
    assert made.macs == 5 * (4 * 6 * (4 + 6) + 3 * 2 * (6 + 2))
    film = {"kernel_size": [3, 3], "use_bias": True}
    shapes = [(1, 5, 2, 8, 8)], (1, 4, 6, 6)
    config = {"cells": [{"kind": "ConvLSTM", "units": 4, **film}], "channels_first": True}
    assert library("KerasRNN", config, *shapes) == keras(
        "ConvLSTM2D", {"filters": 4, "data_format": "channels_first", **film}, *shapes
    )


def test_attention_of_the_library_reads_no_masks() -> None:
    roles = ["query", "value", "value_mask"]
    query, value, mask = (1, 5, 8), (1, 7, 6), (1, 7)
    for name, mode in (("Attention", "dot"), ("AdditiveAttention", "additive")):
        config = {"mode": mode, "use_scale": True, "tensors": roles}
        own = library("KerasAttention", config, [query, value, mask], (1, 5, 6))
        assert own == keras(name, {"use_scale": True}, [query, value], (1, 5, 6))
    heads = {"heads": 2, "key_heads": 2, "key_dim": 3, "value_dim": 4, "use_bias": True, "tensors": roles}
    said = {"num_heads": 2, "key_dim": 3, "value_dim": 4}
    own = library("KerasMultiHeadAttention", heads, [query, value, mask], query)
    assert own == keras("MultiHeadAttention", said, [query, value], query)
    own = library("KerasMultiHeadAttention", {**heads, "heads": 4, "value_dim": 3}, [query, value], query)
    said = {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3}
    assert own == keras("GroupedQueryAttention", said, [query, value], query)


@pytest.mark.parametrize(
    ("own", "name", "config", "given", "made"),
    [
        ("KerasDilatedDepthwise", "DepthwiseConv2D", {"kernel_size": [3, 3]}, (1, 8, 8, 2), (1, 6, 6, 2)),
        (
            "KerasGroupedConv",
            "Conv1D",
            {"kernel_size": [3], "groups": 2, "filters": 6},
            (1, 8, 4),
            (1, 6, 6),
        ),
        ("KerasLocallyConnected", "LocallyConnected1D", {"kernel_size": [3]}, (1, 8, 4), (1, 6, 6)),
        ("KerasPooling", "MaxPooling2D", {"pool_size": [2, 3]}, (1, 8, 9, 4), (1, 4, 3, 4)),
        ("KerasPooling", "AdaptiveMaxPooling1D", {"output_size": [3]}, (1, 8, 4), (1, 3, 4)),
        ("KerasMaskedAverage", "GlobalAveragePooling1D", {}, (1, 8, 4), (1, 4)),
        ("KerasMaskedSoftmax", "Softmax", {}, (1, 8, 4), (1, 8, 4)),
        (
            "KerasResizing",
            "UpSampling2D",
            {"interpolation": "bicubic"},
            (1, 8, 9, 4),
            (1, 16, 18, 4),
        ),
    ],
)
def test_layers_of_the_library(
    own: str, name: str, config: dict[str, Any], given: Sizes, made: Sizes
) -> None:
    assert library(own, config, [given], made) == keras(name, config, [given], made)


def test_einsum_layers_of_the_library() -> None:
    config = {"input": [0, 1, 2], "kernel": [2, 3], "output": [0, 1, 3], "kernel_shape": [5, 6]}
    own = library("KerasEinsumDense", {**config, "bias_shape": [6]}, [(1, 4, 5)], (1, 4, 6))
    said = {"equation": "abc,cd->abd", "bias_axes": "d"}
    assert own == keras("EinsumDense", said, [(1, 4, 5)], (1, 4, 6)) == Cost(4 * 5 * 6, 4 * 6)


def test_operations_in_an_artifact_are_counted() -> None:
    said = {"operation": "Sqrt", "settings": {}, "args": [{"tensor": 0}], "kwargs": {}}
    common = {"name": "root", "dtypes": ["float32"], "shapes": [[None, 8]]}
    operation = Layer("root", "Operation", {**common, **said}, (Call((TensorRef("x", 0, 0),)),))
    entry = Layer("x", "InputLayer", {"name": "x", "batch_input_shape": [None, 8]})
    kernel = Weight.of("d/kernel", np.ones((8, 2), np.float32))
    dense = {"name": "d", "units": 2, "use_bias": False}
    model = Model(
        "m",
        "Functional",
        "functional",
        (entry, operation, Layer("d", "Dense", dense, (Call((TensorRef("root", 0, 0),)),), (kernel,))),
        (TensorRef("x", 0, 0),),
        (TensorRef("d", 0, 0),),
    )
    reading = Reading(model, Original("file", Path(), model), (), Providers.of([], [], {}))
    written = reading.mend().model
    assert [each.class_name for each in written.layers] == ["InputLayer", "KerasSqrt", "Dense"]
    found = []
    for each in (plainly(model, {}), plainly(written, reading.shims(written))):
        inferred = shapes(each)
        assert inferred.outputs == ((None, 2),)
        found.append(costs(each, inferred).record())
    assert found[0] == found[1]
    assert found[0]["flops"] == 8 + 2 * 16
    assert found[0]["unknown"] == []
