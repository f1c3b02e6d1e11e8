"""Models of Keras 3 that TensorFlow.js could only run wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REFUSED: dict[str, tuple[Callable[[Any], Any], str, str]] = {}
"""By name: what builds it, the code of the error and words in it."""

IN_ARCHIVES_ALONE = {"lambda_layer"}
"""What Keras cannot save as ``.h5``, or what another error meets first there."""


def refused(code: str, words: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def add(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
        REFUSED[build.__name__] = build, code, words
        return build

    return add


@refused("keras3-configuration", "it may be left out")
def optional_input(keras: Any) -> Any:
    i = keras.Input((5,), optional=True)
    return keras.Model(i, keras.layers.Dense(3)(i))


@refused("lambda", "this Lambda layer holds Python bytecode")
def lambda_layer(keras: Any) -> Any:
    return keras.Sequential([keras.Input((5,)), keras.layers.Lambda(lambda x: x * 2)])


@refused("keras3-object", "its kernel initializer is an object of the class 'Mine'")
def initializer_of_the_users_own(keras: Any) -> Any:
    class Mine(keras.initializers.Initializer):
        __module__ = "keras.initializers"

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return keras.ops.ones(shape, dtype)

        def get_config(self) -> dict[str, Any]:
            return {}

    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, kernel_initializer=Mine())])
