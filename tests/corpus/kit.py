"""One Keras as the builders of the corpus see it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any


class Kit:
    """Keras 3 or Keras 2 with a few helpers.

    Args:
        major: 3 for ``keras``, 2 for ``tf_keras``.

    Attributes:
        keras: the module.
        layers: ``keras.layers``.
        low: whether the model is built as it is saved; otherwise it is the reference in float32.
        lowered: whether some layer asked for a policy of its own.
    """

    def __init__(self, major: int) -> None:
        self.major = major
        self.keras: Any = importlib.import_module("keras" if major == 3 else "tf_keras")
        self.layers = self.keras.layers
        self.low = True
        self.lowered = False

    @property
    def ops(self) -> Any:
        """``keras.ops``, which only Keras 3 has."""
        return self.keras.ops

    @property
    def tf(self) -> Any:
        """TensorFlow, whose functions Keras 2 records as layers."""
        return importlib.import_module("tensorflow")

    def policy(self, name: str) -> str:
        """The dtype policy of a layer in the saved model, float32 in the reference."""
        self.lowered = True
        return name if self.low else "float32"

    def input(self, *shape: int | None, dtype: str | None = None, name: str | None = None) -> Any:
        """A symbolic input."""
        return self.keras.Input(shape, dtype=dtype, name=name)

    def inputs(self, *shapes: Sequence[int | None]) -> list[Any]:
        """Symbolic inputs of float32."""
        return [self.input(*shape) for shape in shapes]

    def model(self, inputs: Any, outputs: Any, **options: Any) -> Any:
        """A functional model."""
        return self.keras.Model(inputs, outputs, **options)

    def sequential(self, *layers: Any, **options: Any) -> Any:
        """A sequential model."""
        return self.keras.Sequential(list(layers), **options)

    def chain(
        self, shape: Sequence[int | None], layers: Any, dtype: str | None = None, batch: int | None = None
    ) -> Any:
        """A functional model of layers in a row."""
        inputs = outputs = self.keras.Input(tuple(shape), dtype=dtype, batch_size=batch)
        for layer in layers if isinstance(layers, tuple) else (layers,):
            outputs = layer(outputs)
        return self.model(inputs, outputs)

    def of(
        self,
        shape: Sequence[int | None],
        function: Any,
        dtype: str | None = None,
        batch: int | None = None,
    ) -> Any:
        """A functional model of what a function makes of one input."""
        inputs = self.keras.Input(tuple(shape), dtype=dtype, batch_size=batch)
        return self.model(inputs, function(inputs))

    def of_two(self, first: Sequence[int | None], second: Sequence[int | None], function: Any) -> Any:
        """A functional model of what a function makes of two inputs."""
        inputs = self.inputs(first, second)
        return self.model(inputs, function(*inputs))
