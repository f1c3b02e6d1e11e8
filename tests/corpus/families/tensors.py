"""Which tensors go in and out, in what order, and how often."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

VECTOR = (6,)

tensors = Family("inputs and outputs", __file__)
tensors.models(
    {
        "two_inputs": lambda k: k.of_two(
            VECTOR, (3,), lambda a, b: k.layers.Dense(2)(k.layers.Concatenate()([a, b]))
        ),
        "two_outputs": lambda k: k.of(VECTOR, lambda x: [k.layers.Dense(2)(x), k.layers.Dense(3)(x)]),
        "output_twice": lambda k: _output_twice(k),
        "output_is_inner": lambda k: _inner_output(k),
        "inputs_in_other_order": lambda k: _other_order(k),
        "input_unused_by_order": lambda k: _three_inputs(k),
        "input_is_output": lambda k: k.of(VECTOR, lambda x: [x, k.layers.Dense(2)(x)]),
        "list_of_one_output": lambda k: k.of(VECTOR, lambda x: [k.layers.Dense(2)(x)]),
        "same_tensor_twice": lambda k: k.of(VECTOR, lambda x: k.layers.Add()([x, x])),
        "same_tensor_twice_and_later": lambda k: _twice_and_later(k),
        "same_tensor_three_times": lambda k: k.of(VECTOR, lambda x: k.layers.Concatenate()([x, x, x])),
        "tensors_consumed_late": lambda k: _late(k),
        "fixed_batch": lambda k: k.chain(VECTOR, k.layers.Dense(3), batch=2),
        "integer_and_float_inputs": lambda k: _mixed_inputs(k),
        "dead_branch": lambda k: _dead_branch(k),
        "truncated_model": lambda k: _truncated(k),
        "dictionary_of_inputs": lambda k: _dictionary(k, outputs=False),
        "dictionary_of_outputs": lambda k: k.of(
            VECTOR, lambda x: {"second": k.layers.Dense(2)(x), "first": k.layers.Dense(3)(x)}
        ),
        "dictionary_both": lambda k: _dictionary(k, outputs=True),
    }
)
tensors.models(
    {
        "nested_lists_of_outputs": lambda k: k.of(
            VECTOR, lambda x: [k.layers.Dense(2)(x), [k.layers.Dense(3)(x), k.layers.Dense(1)(x)]]
        ),
        "model_called_on_dictionary": lambda k: _called_on_dictionary(k),
        "tuple_of_inputs": lambda k: _tuple(k),
    },
    keras=KERAS_3,
)


def _output_twice(k):
    x = k.input(*VECTOR)
    y = k.layers.Dense(3)(x)
    return k.model(x, [y, k.layers.Dense(2)(y), y])


def _inner_output(k):
    x = k.input(*VECTOR)
    y = k.layers.Dense(4, "relu")(x)
    return k.model(x, [k.layers.Dense(2)(y), y])


def _other_order(k):
    a, b = k.inputs((4,), (4,))
    return k.model([b, a], k.layers.Subtract()([a, b]))


def _three_inputs(k):
    a, b, c = k.inputs((4,), (3,), (2,))
    y = k.layers.Concatenate()([c, a])
    return k.model([c, b, a], k.layers.Concatenate()([k.layers.Dense(2)(y), b]))


def _twice_and_later(k):
    def call(x):
        y = k.layers.Multiply()([x, x])
        return k.layers.Add()([y, x])

    return k.of(VECTOR, call)


def _late(k):
    def call(x):
        early = k.layers.Dense(4)(x)
        y = early
        for _ in range(5):
            y = k.layers.Dense(4, "tanh")(y)
        return k.layers.Concatenate()([y, early, x])

    return k.of(VECTOR, call)


def _mixed_inputs(k):
    token, number = k.input(3, dtype="int32"), k.input(4)
    embedded = k.layers.Flatten()(k.layers.Embedding(5, 2)(token))
    return k.model([token, number], k.layers.Dense(3)(k.layers.Concatenate()([embedded, number])))


def _dead_branch(k):
    x = k.input(*VECTOR)
    y = k.layers.Dense(4)(x)
    k.layers.Dense(3)(y)
    return k.model(x, k.layers.Dense(2)(y))


def _truncated(k):
    whole = k.chain(VECTOR, (k.layers.Dense(5), k.layers.Dense(4, "relu"), k.layers.Dense(3)))
    return k.model(whole.inputs[0], whole.layers[2].output)


def _dictionary(k, *, outputs):
    second, first = k.input(4, name="second"), k.input(3, name="first")
    merged = k.layers.Concatenate()([k.layers.Dense(2)(first), second])
    result = {"z": k.layers.Dense(2)(merged), "a": merged} if outputs else k.layers.Dense(2)(merged)
    return k.model({"second": second, "first": first}, result)


def _called_on_dictionary(k):
    inner = _dictionary(k, outputs=True)
    a, b = k.inputs((4,), (3,))
    found = inner({"second": a, "first": b})
    return k.model([a, b], k.layers.Concatenate()([found["z"], found["a"]]))


def _tuple(k):
    a, b = k.inputs((4,), (4,))
    return k.model((a, b), (k.layers.Subtract()([a, b]), k.layers.Add()([a, b])))
