"""Odd names of layers and models, and names that come twice."""

from __future__ import annotations

from tests.corpus.cases import EITHER, KERAS_2, KERAS_3, Family

VECTOR, LINE = (6,), (5, 4)

names = Family("names", __file__)
# Keras 2 makes a name scope of each name, which may hold few characters.
for major, odd in (
    (
        EITHER,
        {
            "dots": "a.b.c",
            "dashes": "a-b_c",
            "digits_first": "1st_layer",
            "capitals": "MyDenseLayer",
            "long": "x" * 200,
            "keyword": "constructor",
            "forward": "forward_dense",
            "numbered": "dense_1",
        },
    ),
    (
        KERAS_3,
        {
            "unicode": "schicht_äöü_層",
            "space": "my layer",
            "pipe": "block|dense",
            "colon": "dense:0",
            "underscore": "_dense",
            "star": "dense*(1)",
        },
    ),
):
    names.models(
        {
            f"name_with_{label}": lambda k, name=name: k.of(
                VECTOR, lambda x: k.layers.Dense(3, name=f"{name}_last")(k.layers.Dense(4, name=name)(x))
            )
            for label, name in odd.items()
        },
        keras=major,
    )
names.models(
    {
        "name_of_input": lambda k: k.model(
            x := k.input(6, name="pixels of image"), k.layers.Dense(3, name="a b")(x)
        )
    },
    keras=KERAS_3,
)
names.models(
    {"name_with_slash": lambda k: k.chain(VECTOR, k.layers.Dense(4, name="block/dense"))}, keras=KERAS_2
)
names.models(
    {
        "name_of_model": lambda k: _renamed(
            k, "mein Modell/1 – äöü" if k.major == 2 else "mein Modell 1 – äöü"
        ),
        "names_repeated_in_nested": lambda k: _repeated(k, 1),
        "names_repeated_three_times": lambda k: _repeated(k, 3),
        "names_that_differ_in_case": lambda k: k.chain(
            VECTOR, (k.layers.Dense(4, name="Dense"), k.layers.Dense(3, name="dense"))
        ),
        "name_is_that_of_a_class": lambda k: k.chain(
            VECTOR, (k.layers.Dense(4, name="LSTM"), k.layers.Dense(3, name="Add"))
        ),
        "names_in_bidirectional": lambda k: k.chain(
            LINE, k.layers.Bidirectional(k.layers.LSTM(3, name="inner"), name="both")
        ),
        "names_in_time_distributed": lambda k: k.chain(
            LINE, k.layers.TimeDistributed(k.layers.Dense(3, name="inner"), name="each")
        ),
    }
)


def _renamed(k, name):
    inputs = k.input(*VECTOR)
    return k.model(inputs, k.layers.Dense(3)(inputs), name=name)


def _repeated(k, times):
    def call(x):
        for _ in range(times):
            inner = k.input(6)
            model = k.model(inner, k.layers.Dense(6, "tanh", name="same")(inner))
            x = model(x)
        return k.layers.Dense(2, name="same")(x)

    return k.of(VECTOR, call)
