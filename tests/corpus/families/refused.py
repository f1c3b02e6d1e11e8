"""What no conversion can do: code, strings, and classes that nobody has given."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

from tests.corpus.cases import KERAS_3, Family

VECTOR = (6,)

code = Family("code", __file__)
code.layers(
    VECTOR,
    {
        "lambda": lambda L: (L.Lambda(lambda x: x * 2 + 1), L.Dense(2)),
    },
    refused="a Lambda holds bytecode, which only the Python that wrote it can run",
)
code.models(
    {"own_layer": lambda k: k.chain(VECTOR, (_own_layer(k)(), k.layers.Dense(2)))},
    refused="a class of the user's own, whose code is not in the file",
)
code.layers(
    (1,),
    {"text_vectorization": lambda L: L.TextVectorization(vocabulary=["a", "b"], output_sequence_length=3)},
    dtype="string",
    values="words",
    refused="TensorFlow.js splits no strings",
)


def _own_layer(k):
    @k.keras.utils.register_keras_serializable("corpus")
    class Doubled(k.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    return Doubled


strange = Family("operations impossible", __file__, keras=KERAS_3)
strange.models(
    {
        "ops_svd": lambda k: k.of((3, 3), lambda x: k.ops.svd(x)[1]),
        "ops_fft": lambda k: k.of(VECTOR, lambda x: k.ops.fft((x, x * 0.5))[0]),
    },
    refused="TensorFlow.js has no kernel for it on wasm",
)
