"""The typed model that crosses between the rooms: readers make it, passes rewrite it, writers print it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
else:
    Array = np.ndarray
Shape = tuple[int | None, ...]
Config = Mapping[str, Any]

CHUNK_BYTES = 1 << 20
"""How much of a weight is held at once when it is streamed, in bytes."""


@dataclass(frozen=True, eq=False)
class Weight:
    """One stored array, read only when asked for.

    Attributes:
        name: as TensorFlow.js addresses it: ``layer/variable``, without Keras's ``:0``.
        shape: the declared shape; the reader has checked it against the stored bytes.
        dtype: the stored dtype.
        load: ``load(start, stop)`` yields the elements ``start:stop`` of the array in C order,
            as a one-dimensional array.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[int, int], Array] = field(repr=False)

    @classmethod
    def of(cls, name: str, array: Array) -> Weight:
        """A weight that is already in memory."""
        flat = np.ascontiguousarray(array).reshape(-1)
        return cls(name, array.shape, array.dtype, lambda start, stop: flat[start:stop])

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def array(self) -> Array:
        """The whole array, in its shape."""
        return self.load(0, self.size).reshape(self.shape)

    def chunks(self) -> Iterator[Array]:
        """The elements in C order, at most ``CHUNK_BYTES`` at a time."""
        step = max(1, CHUNK_BYTES // max(1, self.dtype.itemsize))
        for start in range(0, self.size, step):
            yield self.load(start, min(start + step, self.size))


class TensorRef(NamedTuple):
    """Output number ``output`` of the call number ``node`` of a layer."""

    layer: str
    node: int
    output: int


@dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer: the tensors it is given and the keyword arguments beside them."""

    inputs: tuple[TensorRef, ...]
    kwargs: Config = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer, with a ``Call`` for each time it is used (a shared layer has several).

    An ``InputLayer`` and the layers of a sequential model have no calls. A nested model is a layer
    whose ``model`` is set; its weights belong to the layers inside.
    """

    name: str
    class_name: str
    config: Config
    calls: tuple[Call, ...] = ()
    weights: tuple[Weight, ...] = ()
    model: Model | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """A graph of layers, free of any Keras dialect.

    Attributes:
        name: the model's own name.
        class_name: as the source spells it: ``Sequential``, ``Model``, ``Functional`` …
        kind: a sequential model calls its layers one after the other.
        layers: in the order of the source.
        inputs: the input tensors; empty in a sequential model.
        outputs: the output tensors; empty in a sequential model.
        keras_version: the Keras that wrote the source, such as ``2.3.1``.
        backend: the backend that Keras ran on.
        config: what else the source says of the model itself.
        training_config: optimizer, loss and metrics of a compiled model.
        weight_order: the names of all weights in the order of the source, so that the same source
            always gives the same bytes.
    """

    name: str
    class_name: str
    kind: Literal["sequential", "functional"]
    layers: tuple[Layer, ...]
    inputs: tuple[TensorRef, ...] = ()
    outputs: tuple[TensorRef, ...] = ()
    keras_version: str = ""
    backend: str = "tensorflow"
    config: Config = field(default_factory=dict)
    training_config: Config | None = None
    weight_order: tuple[str, ...] = ()

    def walk(self) -> Iterator[Layer]:
        """Every layer, those of nested models behind the layer that holds them."""
        for layer in self.layers:
            yield layer
            if layer.model is not None:
                yield from layer.model.walk()

    def weights(self) -> list[Weight]:
        """Every weight, in ``weight_order``; weights that it does not name come last."""
        rank = {name: position for position, name in enumerate(self.weight_order)}
        found = [weight for layer in self.walk() for weight in layer.weights]
        return sorted(found, key=lambda weight: rank.get(weight.name, len(rank)))
