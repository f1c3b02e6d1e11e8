"""Models within models, and layers that are called more than once."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

import numpy as np

from tests.corpus.cases import Family

VECTOR, LINE, IMAGE = (6,), (5, 4), (8, 6, 3)

nested = Family("nested and shared", __file__)
nested.models(
    {
        "sequential": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR), k.layers.Dense(4, "relu"), k.layers.Dense(2)
        ),
        "sequential_without_input": lambda k: _called(
            k, k.sequential(k.layers.Dense(4, "relu"), k.layers.Dense(2)), VECTOR
        ),
        "sequential_without_input_conv": lambda k: _called(
            k, k.sequential(k.layers.Conv2D(4, 3), k.layers.Flatten(), k.layers.Dense(2)), IMAGE
        ),
        "sequential_input_shape": lambda k: k.sequential(
            k.layers.Dense(4, input_shape=VECTOR), k.layers.Dense(2)
        ),
        "sequential_in_sequential": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR),
            k.sequential(k.layers.InputLayer(VECTOR), k.layers.Dense(4, "relu"), k.layers.Dense(3)),
            k.layers.Dense(2),
        ),
        "sequential_twice_nested": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR),
            k.sequential(
                k.layers.InputLayer(VECTOR),
                k.layers.Dense(4),
                k.sequential(k.layers.InputLayer((4,)), k.layers.Dense(3)),
            ),
        ),
        "functional_in_sequential": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR), k.chain(VECTOR, k.layers.Dense(4)), k.layers.Dense(2)
        ),
        "sequential_starts_with_model": lambda k: k.sequential(
            k.chain(VECTOR, k.layers.Dense(4)), k.layers.Dense(2)
        ),
        "sequential_in_functional": lambda k: k.of(
            VECTOR,
            lambda x: k.layers.Dense(2)(
                k.sequential(k.layers.InputLayer(VECTOR), k.layers.Dense(4, "relu"))(x)
            ),
        ),
        "functional_in_functional": lambda k: k.of(
            VECTOR, lambda x: k.layers.Dense(2)(k.chain(VECTOR, k.layers.Dense(4))(x))
        ),
        "functional_three_deep": lambda k: _three_deep(k),
        "model_used_twice": lambda k: _model_used_twice(k),
        "model_with_two_inputs_nested": lambda k: _nested_pair(k),
        "model_with_two_outputs_nested": lambda k: _nested_outputs(k),
        "shared_layer": lambda k: k.of_two(VECTOR, VECTOR, lambda a, b: _siamese(k, a, b)),
        "shared_layer_in_a_row": lambda k: _in_a_row(k),
        "shared_interleaved": lambda k: _interleaved(k),
        "shared_activation": lambda k: _shared_activation(k),
        "shared_in_nested": lambda k: _shared_in_nested(k),
        "siamese_model": lambda k: _siamese_model(k),
    }
)


def _called(k, model, shape):
    model(np.zeros((1, *shape), "float32"))
    return model


def _three_deep(k):
    inner = k.chain((4,), k.layers.Dense(3, "tanh"))
    middle = k.of((5,), lambda x: inner(k.layers.Dense(4)(x)))
    return k.of(VECTOR, lambda x: k.layers.Dense(2)(middle(k.layers.Dense(5)(x))))


def _model_used_twice(k):
    inner = k.chain(VECTOR, (k.layers.Dense(4, "relu"), k.layers.Dense(6)))
    return k.of(VECTOR, lambda x: k.layers.Add()([inner(x), inner(inner(x))]))


def _nested_pair(k):
    inner = k.of_two((4,), (4,), lambda a, b: k.layers.Subtract()([a, b]))
    return k.of(VECTOR, lambda x: inner([k.layers.Dense(4)(x), k.layers.Dense(4)(x)]))


def _nested_outputs(k):
    inner = k.of(VECTOR, lambda x: [k.layers.Dense(2)(x), k.layers.Dense(3)(x)])

    def call(x):
        first, second = inner(x)
        return k.layers.Concatenate()([second, first])

    return k.of(VECTOR, call)


def _siamese(k, a, b):
    shared = k.layers.Dense(4, "tanh")
    return k.layers.Dot(axes=1)([shared(a), shared(b)])


def _in_a_row(k):
    shared = k.layers.Dense(6, "tanh")
    return k.of(VECTOR, lambda x: shared(shared(shared(x))))


def _interleaved(k):
    a, c, d = (k.layers.Dense(6, "tanh") for _ in range(3))

    def call(x):
        c0 = c(x)
        d0 = d(c0)
        c1 = c(d0)
        a0, a1 = a(c1), a(d0)
        return k.layers.Concatenate()([a0, k.layers.Dense(2)(a1)])

    return k.of(VECTOR, call)


def _shared_activation(k):
    relu = k.layers.ReLU()
    return k.of(VECTOR, lambda x: relu(k.layers.Dense(4)(relu(k.layers.Dense(5)(x)))))


def _shared_in_nested(k):
    shared = k.layers.Dense(6, "tanh")
    inner = k.of(VECTOR, shared)
    return k.of(VECTOR, lambda x: k.layers.Add()([inner(x), k.layers.Dense(6)(inner(x))]))


def _siamese_model(k):
    tower = k.chain(LINE, (k.layers.Conv1D(3, 2, activation="relu"), k.layers.GlobalMaxPooling1D()))
    return k.of_two(LINE, LINE, lambda a, b: k.layers.Dot(axes=1, normalize=True)([tower(a), tower(b)]))
