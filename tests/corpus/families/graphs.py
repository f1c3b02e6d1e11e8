"""Graphs that the engine of TensorFlow.js puts together, orders, counts or names in ways of its own."""

# Builders stand above what they call.
# ruff: noqa: PLW0108
from __future__ import annotations

import random

from tests.corpus.cases import KERAS_3, Family

VECTOR, LINE, IMAGE = (6,), (5, 4), (8, 6, 3)

graphs = Family("graphs", __file__)
graphs.models(
    {
        "order_of_models": lambda k: _crossed(
            k, *(k.chain(VECTOR, k.layers.Dense(6, "tanh")) for _ in "abc")
        ),
        "order_with_two_inputs": lambda k: _crossed_pairs(k),
        "order_in_nested": lambda k: k.of(VECTOR, lambda x: k.layers.Dense(3)(_crossed(k, *_dense(k, 3))(x))),
        "order_in_time_distributed": lambda k: k.chain(
            LINE, k.layers.TimeDistributed(_crossed(k, *_dense(k, 3, 4), size=4))
        ),
        "order_of_recurrent": lambda k: k.of(LINE, lambda x: _cross(k, x, *_recurrent(k))),
        "order_of_lowered": lambda k: k.of(
            IMAGE,
            lambda x: _cross(
                k,
                x,
                *(k.layers.Conv2D(6, 3, padding="same", groups=3) for _ in "ab"),
                k.layers.Conv2D(3, 1),
                first=k.layers.Conv2D(6, 1),
            ),
        ),
        **{f"order_random_{seed}": lambda k, seed=seed: _random_graph(k, seed) for seed in range(12)},
    }
)
graphs.models(
    {
        "weight_names_in_time_distributed": lambda k: k.chain(
            LINE,
            (
                k.layers.Dense(4, name="same"),
                k.layers.TimeDistributed(k.chain((4,), k.layers.Dense(3, name="same")), name="other"),
            ),
        ),
        "weight_names_of_two_time_distributed": lambda k: k.chain(
            LINE,
            tuple(k.layers.TimeDistributed(k.chain((4,), k.layers.Dense(4, name="same"))) for _ in "ab"),
        ),
        "weight_names_of_recurrent": lambda k: k.of(
            LINE,
            lambda x: k.layers.Add()(
                [
                    k.chain(LINE, k.layers.Bidirectional(k.layers.LSTM(3, name="same"), name="both"))(x)
                    for _ in "ab"
                ]
            ),
        ),
        "weight_names_with_slash": lambda k: k.of(
            LINE,
            lambda x: k.layers.Add()([k.chain(LINE, k.layers.GRU(3, name="same"))(x) for _ in "ab"]),
        ),
        **{
            f"name_of_object_{name}": lambda k, name=name: k.of(
                VECTOR, lambda x: k.layers.Dense(3, name=name)(k.layers.Dense(4)(x))
            )
            for name in ("toString", "valueOf", "hasOwnProperty")
        },
    }
)
graphs.models(
    {
        "names_odd_in_wrappers": lambda k: k.chain(
            LINE,
            (
                k.layers.Bidirectional(
                    k.layers.LSTM(3, return_sequences=True, name="my lstm"), name="two ways"
                ),
                k.layers.TimeDistributed(k.layers.Dense(4, name="a b"), name="each step"),
                k.layers.TimeDistributed(
                    k.chain((4,), (k.layers.Dense(3, name="c|d"), k.layers.BatchNormalization(name="é")))
                ),
            ),
        ),
        "names_odd_in_nested": lambda k: k.of(
            VECTOR,
            lambda x: k.model(
                y := k.input(6, name="ein Bild"), k.layers.Dense(4, name="_d")(y), name="inneres Ü"
            )(x),
        ),
        "names_alike_once_mended": lambda k: k.of(
            VECTOR,
            lambda x: k.layers.Dense(3, name="a_b")(
                k.layers.Dense(3, name="a|b")(k.layers.Dense(4, name="a b")(x))
            ),
        ),
        "name_of_input_and_output": lambda k: k.model(
            x := k.input(6, name="my input"),
            [k.layers.Dense(3, name="my output")(x), k.layers.Dense(2, name="2nd:out")(x)],
        ),
        "name_of_sequential_odd": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR, name="das Bild"), k.layers.Dense(3, name="é"), name="ein Modell"
        ),
    },
    keras=KERAS_3,
)
graphs.models(
    {
        "twice_in_dot_and_later": lambda k: k.of(
            LINE,
            lambda x: k.layers.Flatten()(
                k.layers.Concatenate()([k.layers.Dot((2, 2))([y := k.layers.Dense(4)(x), y]), y])
            ),
        ),
        "twice_in_two_layers": lambda k: k.of(VECTOR, lambda x: _twice_in_two(k, x)),
        "twice_in_nested_and_later": lambda k: _twice_into_model(k),
        "twice_inside_nested": lambda k: k.of(
            VECTOR, lambda x: k.layers.Dense(3)(k.of(VECTOR, lambda y: _twice_in_two(k, y))(x))
        ),
        "twice_in_time_distributed": lambda k: k.chain(
            LINE, k.layers.TimeDistributed(k.of((4,), lambda y: _twice_in_two(k, y)))
        ),
        "twice_in_attention_and_later": lambda k: k.of(
            LINE,
            lambda x: k.layers.Add()([y := k.layers.Dense(4)(x), k.layers.MultiHeadAttention(2, 3)(y, y)]),
        ),
        "outputs_of_nested_twice": lambda k: _nested_twice(k),
        "output_is_input_twice": lambda k: k.of(VECTOR, lambda x: [x, k.layers.Dense(2)(x), x]),
        "output_is_input_alone": lambda k: k.of(VECTOR, lambda x: [x]),
        "output_is_input_of_nested": lambda k: _nested_through(k),
        "outputs_and_uses": lambda k: k.of(
            VECTOR, lambda x: [y := k.layers.Dense(4)(x), z := k.layers.Dense(4)(y), k.layers.Add()([y, z])]
        ),
    }
)
graphs.models(
    {
        "unused_input": lambda k: _unused(k),
        "unused_input_of_nested": lambda k: _unused_nested(k),
        "unused_output_of_nested": lambda k: k.of(VECTOR, lambda x: k.layers.Dense(2)(_two_outputs(k)(x)[1])),
        "nested_several_several_times": lambda k: _several_times(k),
        "nested_output_is_model_output": lambda k: k.of(VECTOR, lambda x: _two_outputs(k)(x)),
        "nested_outputs_in_other_order": lambda k: k.of(VECTOR, lambda x: list(_two_outputs(k)(x))[::-1]),
        "nested_pair_swapped": lambda k: k.of_two(VECTOR, VECTOR, lambda a, b: _minus(k)([b, a])),
        "nested_dictionary_of_outputs": lambda k: k.of(
            VECTOR, lambda x: k.layers.Dense(2)(_dictionary_of_outputs(k)(x)["b"])
        ),
        "nested_unbuilt_sequential": lambda k: k.of(
            VECTOR, lambda x: k.layers.Dense(2)(k.sequential(k.layers.Dense(4), k.layers.Dense(3))(x))
        ),
        "nested_unbuilt_sequential_twice": lambda k: k.of(VECTOR, lambda x: _unbuilt_twice(k, x)),
        "nested_unbuilt_sequential_lowered": lambda k: k.of(
            LINE, lambda x: k.sequential(k.layers.Conv1D(4, 2, padding="causal"), k.layers.GRU(3))(x)
        ),
        "nested_unbuilt_sequential_in_sequential": lambda k: k.sequential(
            k.layers.InputLayer(VECTOR), k.sequential(k.layers.Dense(4), k.layers.Dense(3)), k.layers.Dense(2)
        ),
        "very_deep_chain": lambda k: k.chain((3,), tuple(k.layers.Activation("tanh") for _ in range(400))),
        "deep_chain_of_sums": lambda k: k.of((3,), lambda x: _sums(k, x, 400)),
        "deep_nesting": lambda k: _deep(k, 12),
    }
)
graphs.models(
    {
        "graph_time_distributed_model": lambda k: k.chain(
            LINE, k.layers.TimeDistributed(k.chain((4,), (k.layers.Dense(3, "relu"), k.layers.Dense(2))))
        ),
        "time_distributed_model_lowered": lambda k: k.chain(
            LINE,
            k.layers.TimeDistributed(
                k.chain((4,), (k.layers.Dense(3), k.layers.LeakyReLU(0.1), k.layers.UnitNormalization()))
            ),
        ),
        "time_distributed_sequential_lowered": lambda k: k.chain(
            LINE,
            k.layers.TimeDistributed(
                k.sequential(
                    k.layers.Dense(4), k.layers.ELU(0.5), k.layers.UnitNormalization(), k.layers.Dense(2)
                )
            ),
        ),
        "time_distributed_recurrent_model": lambda k: k.chain(
            (3, *LINE), k.layers.TimeDistributed(k.chain(LINE, (k.layers.GRU(3), k.layers.Dense(2))))
        ),
        "time_distributed_images": lambda k: k.chain(
            (3, *IMAGE),
            k.layers.TimeDistributed(
                k.chain(
                    IMAGE,
                    (
                        k.layers.Conv2D(6, 3, groups=3),
                        k.layers.BatchNormalization(),
                        k.layers.ReLU(negative_slope=0.1),
                        k.layers.UpSampling2D(interpolation="bilinear"),
                        k.layers.GlobalAveragePooling2D(),
                    ),
                )
            ),
        ),
        "time_distributed_attention": lambda k: k.chain(
            (3, *LINE),
            k.layers.TimeDistributed(k.of(LINE, lambda x: k.layers.MultiHeadAttention(2, 3)(x, x))),
        ),
        "time_distributed_model_in_model": lambda k: k.chain(
            LINE,
            k.layers.TimeDistributed(
                k.of((4,), lambda x: k.layers.Dense(2)(k.chain((4,), k.layers.UnitNormalization())(x)))
            ),
        ),
        "time_distributed_several_steps": lambda k: k.chain(
            LINE, k.layers.TimeDistributed(k.layers.UnitNormalization())
        ),
        "graph_time_distributed_twice": lambda k: k.chain(
            (3, *LINE),
            k.layers.TimeDistributed(
                k.layers.TimeDistributed(k.chain((4,), (k.layers.Dense(3), k.layers.ELU(0.5))))
            ),
        ),
    }
)
graphs.models(
    # Keras itself cannot load the archive, which has the weights once.
    {"time_distributed_shared_model": lambda k: _distributed_twice(k)},
    formats=("h5",),
)
graphs.models(
    {
        f"crop_{label}_concatenate": lambda k, build=build: k.of((None, None, 3), build_of(k, build))
        for label, build in {
            "once": lambda k, x: k.layers.Concatenate()(
                [k.layers.Cropping2D(1)(x), k.layers.Conv2D(2, 3)(x)]
            ),
            "deeper": lambda k, x: k.layers.Concatenate()(
                [
                    k.layers.Conv2D(2, 3, padding="same")(k.layers.Cropping2D(((1, 2), (2, 1)))(x)),
                    k.layers.AveragePooling2D(4, 1)(x),
                ]
            ),
            "of_both": lambda k, x: k.layers.Concatenate()(
                [k.layers.Cropping2D(2)(x), k.layers.Cropping2D(1)(k.layers.Conv2D(2, 3)(x))]
            ),
            "then_added": lambda k, x: k.layers.Add()([k.layers.Cropping2D(1)(x), k.layers.Conv2D(3, 3)(x)]),
        }.items()
    }
)
graphs.models(
    {
        f"input_of_{dtype}": lambda k, dtype=dtype: _typed(k, dtype)
        for dtype in ("int64", "uint8", "int8", "int16", "float16", "float64", "bool", "int32", "uint16")
    }
)
graphs.models(
    {
        "embedding_of_int64": lambda k: k.of((4,), lambda x: k.layers.Embedding(9, 3)(x), dtype="int64"),
        "sequential_input_dtype": lambda k: k.sequential(
            k.layers.InputLayer((4,), dtype="int64"), k.layers.Embedding(9, 3), k.layers.Dense(2)
        ),
        "nested_integer_input": lambda k: k.of(
            (4,), lambda x: k.chain((4,), k.layers.Embedding(9, 3), dtype="int64")(x), dtype="int64"
        ),
        "fixed_batch_of_nested": lambda k: k.of(
            VECTOR, lambda x: k.chain(VECTOR, k.layers.Dense(3), batch=2)(x), batch=2
        ),
    }
)
graphs.models(
    {
        "embedding_first": lambda k: k.sequential(
            k.layers.Embedding(9, 3, input_shape=(4,)), k.layers.Dense(2)
        ),
    },
    values="ints",
)
for stateful in ("SimpleRNN", "LSTM", "GRU"):
    graphs.models(
        {
            f"stateful_{stateful}": lambda k, name=stateful: k.chain(
                LINE,
                (getattr(k.layers, name)(3, stateful=True, return_sequences=True), k.layers.Dense(2)),
                batch=2,
            ),
        }
    )


def build_of(k, build):
    return lambda x: build(k, x)


def _dense(k, count, units=6):
    return [k.layers.Dense(units, "tanh") for _ in range(count)]


def _recurrent(k):
    return [k.layers.LSTM(4, return_sequences=True) for _ in "abc"]


def _cross(k, x, a, c, d, first=None):
    """Calls that TensorFlow.js makes in another order than they were made."""
    c0 = c(x if first is None else first(x))
    d0 = d(c0)
    c1 = c(d0) if first is None else c(first(d0))
    a0, a1 = a(c1), a(d0) if first is None else a(first(d0))
    return k.layers.Concatenate()([a0, k.layers.Dense(2)(a1)])


def _crossed(k, a, c, d, size=6):
    return k.of((size,), lambda x: _cross(k, x, a, c, d))


def _crossed_pairs(k):
    c, d, e = _dense(k, 3)
    pair = k.of_two(VECTOR, VECTOR, lambda x, y: k.layers.Subtract()([x, y]))

    def call(x, y):
        c0 = c(x)
        d0 = d(c0)
        late = pair([c(d0), y])
        early = pair([y, d0])
        return k.layers.Concatenate()([e(late), k.layers.Dense(3)(e(early))])

    return k.of_two(VECTOR, VECTOR, call)


def _random_graph(k, seed):
    """A dozen calls of five shared layers and models, each on tensors that are there."""
    dice = random.Random(seed)
    shared = [
        *_dense(k, 3),
        k.chain(VECTOR, k.layers.Dense(6, "tanh")),
        k.sequential(k.layers.InputLayer(VECTOR), k.layers.Dense(6, "tanh")),
        k.layers.Add(),
        k.of_two(VECTOR, VECTOR, lambda a, b: k.layers.Subtract()([a, k.layers.Dense(6)(b)])),
    ]

    def call(x, y):
        made = [x, y]
        for _ in range(14):
            layer = dice.choice(shared)
            if layer in shared[-2:]:
                made.append(layer([dice.choice(made), dice.choice(made)]))
            else:
                made.append(layer(dice.choice(made)))
        dice.shuffle(made)
        return [*made[:3], k.layers.Concatenate()(made[3:])]

    return k.of_two(VECTOR, VECTOR, call)


def _twice_in_two(k, x):
    y = k.layers.Dense(4)(x)
    z = k.layers.Multiply()([y, y])
    w = k.layers.Concatenate()([y, z, y])
    return k.layers.Concatenate()([w, k.layers.Dense(2)(y), k.layers.Dense(3)(z)])


def _minus(k):
    return k.of_two(VECTOR, VECTOR, lambda a, b: k.layers.Subtract()([a, k.layers.Dense(6)(b)]))


def _twice_into_model(k):
    inner = _minus(k)

    def call(x):
        y = k.layers.Dense(6)(x)
        return k.layers.Add()([inner([y, y]), y])

    return k.of(VECTOR, call)


def _nested_twice(k):
    inner = k.of(VECTOR, lambda x: [y := k.layers.Dense(4)(x), y])

    def call(x):
        a, b = inner(x)
        return k.layers.Concatenate()([k.layers.Dense(2)(a), b])

    return k.of(VECTOR, call)


def _nested_through(k):
    inner = k.of(VECTOR, lambda x: [k.layers.Dense(4)(x), x])

    def call(x):
        a, b = inner(k.layers.Dense(6)(x))
        return k.layers.Concatenate()([k.layers.Dense(2)(a), b])

    return k.of(VECTOR, call)


def _unused(k):
    a, b = k.inputs(VECTOR, (3,))
    return k.model([a, b], k.layers.Dense(2)(a))


def _unused_nested(k):
    inner = _unused(k)
    return k.of_two(VECTOR, (3,), lambda a, b: k.layers.Concatenate()([inner([a, b]), b]))


def _two_outputs(k):
    return k.of(VECTOR, lambda x: [k.layers.Dense(2)(x), k.layers.Dense(3)(x)])


def _several_times(k):
    inner = k.of_two(
        VECTOR, (3,), lambda a, b: [k.layers.Dense(6)(a), k.layers.Dense(3)(k.layers.Concatenate()([a, b]))]
    )

    def call(a, b):
        c, d = inner([a, b])
        e, f = inner([c, d])
        return [k.layers.Concatenate()([d, e]), f]

    return k.of_two(VECTOR, (3,), call)


def _dictionary_of_outputs(k):
    return k.of(VECTOR, lambda x: {"b": k.layers.Dense(2)(x), "a": k.layers.Dense(3)(x)})


def _unbuilt_twice(k, x):
    inner = k.sequential(k.layers.Dense(6, "tanh"), k.layers.Dense(6))
    return k.layers.Add()([inner(x), inner(inner(x))])


def _sums(k, x, count):
    for _ in range(count):
        x = k.layers.Add()([x, k.layers.Activation("tanh")(x)])
    return k.layers.Activation("tanh")(x)


def _deep(k, levels):
    model = k.chain(VECTOR, k.layers.Dense(6, "tanh"))
    for _ in range(levels):
        model = k.chain(VECTOR, (model, k.layers.Dense(6, "tanh")))
    return model


def _distributed_twice(k):
    inner = k.chain((4,), (k.layers.Dense(4), k.layers.ELU(0.5)))
    return k.of(LINE, lambda x: k.layers.TimeDistributed(inner)(k.layers.TimeDistributed(inner)(x)))


def _typed(k, dtype):
    x, y = k.input(4, dtype=dtype), k.input(3)
    given = (
        k.layers.Dense(3)(x)
        if dtype.startswith("float")
        else k.layers.Flatten()(k.layers.Embedding(300, 2)(x))
    )
    return k.model([x, y], k.layers.Dense(2)(k.layers.Concatenate()([given, y])))


graphs.models(
    {
        f"stateful_{name}_with_states": lambda k, name=name: k.of(
            LINE, lambda x: list(getattr(k.layers, name)(3, stateful=True, return_state=True)(x)), batch=2
        )
        for name in ("LSTM", "GRU", "SimpleRNN")
    },
    refused="TensorFlow.js runs a layer once for each of its outputs, and its states go on",
)
graphs.models(
    {
        "time_distributed_mask_inside": lambda k: k.chain(
            (3, 5),
            (
                k.layers.TimeDistributed(
                    k.chain((5,), (k.layers.Embedding(6, 4, mask_zero=True), k.layers.GRU(3)))
                ),
                k.layers.GRU(4),
            ),
        ),
        "time_distributed_lstm_mask_inside": lambda k: k.chain(
            (3, 5),
            (
                k.layers.TimeDistributed(
                    k.chain((5,), (k.layers.Embedding(6, 4, mask_zero=True), k.layers.LSTM(3)))
                ),
                k.layers.LSTM(4),
            ),
        ),
    },
    values="padded_ints",
)
graphs.models(
    {
        "time_distributed_lowered_behind_mask": lambda k: k.chain(
            LINE,
            (
                k.layers.Masking(),
                k.layers.TimeDistributed(k.chain((4,), (k.layers.Dense(3), k.layers.UnitNormalization()))),
                k.layers.GRU(4),
            ),
        ),
        "time_distributed_model_behind_mask": lambda k: k.chain(
            LINE,
            (
                k.layers.Masking(),
                k.layers.TimeDistributed(k.chain((4,), (k.layers.Dense(3), k.layers.Dense(3, "tanh")))),
                k.layers.LSTM(4),
            ),
        ),
    },
    values="padded",
)
