"""Since when TensorFlow.js knows the layers and activations that a model names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

FIRST_LOOKED_AT = "1.0.0"
"""The oldest release that was looked at."""

LAYERS = {
    "AlphaDropout": "1.0.2",
    "AveragePooling3D": "1.3.0",
    "CategoryEncoding": "4.0.0",
    "CenterCrop": "4.1.0",
    "Conv3D": "1.3.0",
    "Conv3DTranspose": "3.4.0",
    "ConvLSTM2D": "2.4.0",
    "ConvLSTM2DCell": "2.4.0",
    "Functional": "2.4.0",
    "GaussianDropout": "1.0.2",
    "GaussianNoise": "1.0.2",
    "LayerNormalization": "1.3.0",
    "Masking": "1.1.0",
    "MaxPooling3D": "1.3.0",
    "RandomWidth": "4.4.0",
    "Rescaling": "3.21.0",
    "Resizing": "4.0.0",
    "SpatialDropout1D": "1.3.2",
}
"""The first release that registers a class, where that is not the oldest.

Measured: of each release of ``@tensorflow/tfjs`` that a bisection between 1.0.0 and 4.22.0 asked for, Node
loaded ``dist/tf.min.js`` and listed ``tf.serialization.SerializationMap.getMap().classNameMap``. Whether an
older release computes the same with every key of a configuration was not looked at; but before 1.3.0, a model
predicts nothing from inputs of five axes, so that layers for these are said to be since then.
"""

ACTIVATIONS = {"gelu": "4.19.0", "log_softmax": "1.2.1", "mish": "3.5.0", "swish": "2.5.0"}
"""The same for activations, by Keras's names."""

BACKENDS = {"wasm": "1.7.0", "webgpu": "4.6.0"}
"""The first release that a backend's package appeared with, but for alpha versions; the others are as old as
TensorFlow.js.
"""


def newest(versions: Iterable[str]) -> str:
    """The newest of some releases; the oldest that was looked at where there is none."""
    return max([FIRST_LOOKED_AT, *versions], key=lambda version: [int(part) for part in version.split(".")])


def since(class_name: str, config: Mapping[str, Any]) -> str:
    """The first release that knows a layer's class, its activations, and those of the layers inside it."""
    return newest(_versions(class_name, config))


def backend_since(backend: str, version: str) -> str:
    """The first release that runs a model on a backend.

    Args:
        backend: such as ``wasm``.
        version: the first release that knows all of the model.
    """
    return newest([version, BACKENDS.get(backend, FIRST_LOOKED_AT)])


def _versions(class_name: str, config: Mapping[str, Any]) -> Iterator[str]:
    yield LAYERS.get(class_name, FIRST_LOOKED_AT)
    pending: list[Any] = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        if not isinstance(value, Mapping):
            continue
        held = value.get("class_name")
        if isinstance(held, str):
            yield LAYERS.get(held, FIRST_LOOKED_AT)
        for key, item in value.items():
            if isinstance(item, str) and key.endswith("activation"):
                yield ACTIVATIONS.get(item, FIRST_LOOKED_AT)
        pending += value.values()
