"""What becomes of layers that are renamed, hand on masks, or stand in models that are taken apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.inspection.fates import Fate, fates
from converter.inspection.figures import costs, plainly, shapes
from converter.inspection.judging import judge
from converter.model import Call, Layer, Model, TensorRef, Weight
from converter.passes import pipeline
from converter.reading import Reading
from converter.shims.providers import Providers
from converter.sources.original import Original

GLOROT = {"class_name": "GlorotUniform", "config": {}}
WIDTH = 4


def layer(name: str, class_name: str, source: str = "", weights: Any = (), **config: Any) -> Layer:
    stored = tuple(Weight.of(f"{name}/{key}", np.ones(shape, np.float32)) for key, shape in weights)
    calls = (Call((TensorRef(source, 0, 0),)),) if source else ()
    return Layer(name, class_name, {"name": name, **config}, calls, stored)


def dense(name: str, source: str) -> Layer:
    weights = [("kernel", (WIDTH, WIDTH)), ("bias", (WIDTH,))]
    return layer(name, "Dense", source, weights, units=WIDTH, kernel_initializer=GLOROT)


def masked(name: str, source: str, class_name: str, mask: str) -> Layer:
    """A recurrent layer of Keras 3, which is handed its mask."""
    gates = {"LSTM": 4, "GRU": 3}[class_name] * WIDTH
    reset = {"reset_after": True} if class_name == "GRU" else {}
    bias = (2, gates) if reset else (gates,)
    weights = [("kernel", (WIDTH, gates)), ("recurrent_kernel", (WIDTH, gates)), ("bias", bias)]
    words = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    made = layer(name, class_name, source, weights, units=WIDTH, kernel_initializer=GLOROT, **words, **reset)
    call = Call((TensorRef(source, 0, 0),), {"mask": [mask, 0, 0]})
    return Layer(name, class_name, made.config, (call,), made.weights)


def words_and_mask(words: str) -> tuple[Layer, Layer]:
    """An embedding that makes a mask, and the operation by which Keras 3 makes it."""
    embedding = layer(
        "embedding",
        "Embedding",
        words,
        [("embeddings", (9, WIDTH))],
        input_dim=9,
        output_dim=WIDTH,
        mask_zero=True,
        embeddings_initializer=GLOROT,
    )
    said = {"operation": "NotEqual", "settings": {}, "args": [{"tensor": 0}, 0], "kwargs": {}}
    return embedding, layer("not_equal", "Operation", words, **said, dtypes=["int32"], shapes=[[None, None]])


def entry(name: str, *shape: int | None, dtype: str = "float32") -> Layer:
    return layer(name, "InputLayer", batch_input_shape=[None, *shape], dtype=dtype)


def graph(name: str, *layers: Layer) -> Model:
    ends = [(TensorRef(each.name, 0, 0),) for each in (layers[0], layers[-1])]
    # The first output of a model is counted behind its own.
    ends[1] = (TensorRef(layers[-1].name, int(layers[-1].model is not None), 0),)
    return Model(name, "Functional", "functional", layers, *ends, keras_version="3.8.0")


def nested(name: str, source: str, *layers: Layer, node: int = 0) -> Layer:
    inner = graph(name, *layers)
    return Layer(name, "Functional", {"name": name}, (Call((TensorRef(source, node, 0),)),), model=inner)


def become(model: Model) -> dict[str, Fate]:
    judged = judge(Reading(model, Original("file", Path(), model), (), Providers.of([], [], {})))
    assert judged.problems == []
    usual = pipeline.run(model, of_keras=False)
    return fates(model, usual.model, usual.changes, judged)


def test_renamed_layers_are_not_dropped() -> None:
    gru = layer(
        "g|u",
        "GRU",
        "x",
        [("kernel", (WIDTH, 12)), ("recurrent_kernel", (WIDTH, 12)), ("bias", (2, 12))],
        units=WIDTH,
        reset_after=True,
        activation="tanh",
        recurrent_activation="sigmoid",
    )
    found = become(graph("m", entry("x", 5, WIDTH), gru, dense("a|b", "g|u"), dense("c", "a|b")))
    name = "renamed: TensorFlow.js does not take this name"
    assert (found["a|b"].status, found["a|b"].why, found["a|b"].into) == ("rewritten", name, ("Dense",))
    assert found["c"].status == "native"
    assert (found["g|u"].status, found["g|u"].into) == ("shimmed", ("KerasRNN",))
    assert found["g|u"].why == f"{name}; TensorFlow.js refuses to load a GRU with reset_after"


def test_names_that_two_nested_models_share() -> None:
    one = nested("one", "x", entry("i", WIDTH), dense("d", "i"))
    two = nested("t|wo", "one", entry("j", WIDTH), dense("d", "j"), dense("e", "d"), node=1)
    found = become(graph("m", entry("x", WIDTH), one, two))
    assert found["one/d"].status == found["t|wo/e"].status == "native"
    assert found["t|wo/d"].status == "rewritten"
    assert found["t|wo/d"].why == "renamed: TensorFlow.js finds weights by name, and two layers have this one"


def test_operations_that_make_masks_are_no_branches() -> None:
    model = graph(
        "m",
        entry("words", None, dtype="int32"),
        *words_and_mask("words"),
        masked("lstm", "embedding", "LSTM", "not_equal"),
    )
    found = become(model)
    assert {name: fate.status for name, fate in found.items()} == {
        "words": "native",
        "embedding": "native",
        "not_equal": "dropped",
        "lstm": "native",
    }
    assert found["not_equal"].why.startswith("it only makes a mask")
    plain = plainly(model, {})
    assert costs(plain, shapes(plain)).record()["unknown"] == []


def test_the_reason_of_a_mask_is_no_initial_value() -> None:
    found = become(
        graph(
            "m",
            entry("words", None, dtype="int32"),
            *words_and_mask("words"),
            masked("gru", "embedding", "GRU", "not_equal"),
        )
    )
    assert found["embedding"].status == "rewritten"
    assert found["embedding"].why == "TensorFlow.js masks other steps than Keras here"
    assert found["gru"].why == (
        "TensorFlow.js masks other steps than Keras here; "
        "TensorFlow.js refuses to load a GRU with reset_after; TensorFlow.js takes no mask as a tensor"
    )


def test_layers_of_a_model_that_is_taken_apart() -> None:
    read = Call((TensorRef("inner", 1, 0),), {"mask": ["not_equal", 0, 0]})
    gru = masked("gru", "inner", "GRU", "not_equal")
    found = become(
        graph(
            "m",
            entry("words", None, dtype="int32"),
            words_and_mask("words")[1],
            nested("inner", "words", entry("i", None, dtype="int32"), words_and_mask("i")[0]),
            Layer("gru", "GRU", gru.config, (read,), gru.weights),
        )
    )
    assert found["inner/embedding"].status == "rewritten"
    assert found["gru"].status == "shimmed"


@pytest.mark.parametrize(
    ("class_name", "config", "why"),
    [
        ("GRU", {"reset_after": True}, "TensorFlow.js refuses to load a GRU with reset_after"),
        ("LSTM", {"recurrent_activation": "celu"}, "TensorFlow.js lacks the recurrent activation 'celu'"),
        (
            "LSTM",
            {"activation": "squareplus", "recurrent_activation": "celu"},
            "TensorFlow.js lacks the activation 'squareplus'; {} lacks the recurrent activation 'celu'",
        ),
        (
            "GRU",
            {"reset_after": True, "activation": "tanh_shrink"},
            "TensorFlow.js refuses to load a GRU with reset_after; {} lacks the activation 'tanh_shrink'",
        ),
    ],
)
def test_each_recurrent_layer_has_its_own_reasons(class_name: str, config: dict[str, Any], why: str) -> None:
    gates = {"LSTM": 4, "GRU": 3}[class_name] * WIDTH
    bias = (2, gates) if config.get("reset_after") else (gates,)
    weights = [("kernel", (WIDTH, gates)), ("recurrent_kernel", (WIDTH, gates)), ("bias", bias)]
    words = {"activation": "tanh", "recurrent_activation": "sigmoid", **config}
    made = layer("r", class_name, "x", weights, units=WIDTH, **words)
    found = become(graph("m", entry("x", 5, WIDTH), made))["r"]
    assert (found.status, found.why) == ("shimmed", why.format("TensorFlow.js"))
