"""Keras 2 files of real architectures with random weights, the same every time.

``python benchmarks/models.py NAME FILE`` writes one. Weights are normal, scaled as He et al. initialize
them (https://arxiv.org/abs/1502.01852), and lie contiguous and uncompressed, as Keras saves them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

SEED = 20
KERAS_VERSION = "2.15.0"


class Builder:
    """A functional model, one layer after the other, written into an HDF5 file as Keras 2 writes it."""

    def __init__(self, file: h5py.File, name: str) -> None:
        self.file = file
        self.name = name
        self.layers: list[dict[str, Any]] = []
        self.random = np.random.default_rng(SEED)
        self.groups = file.create_group("model_weights")

    def layer(self, class_name: str, name: str, inputs: list[str], **config: Any) -> str:
        """Adds a layer, as yet without weights; returns its name."""
        return self._add(class_name, name, inputs, trainable=True, **config)

    def _add(self, class_name: str, name: str, inputs: list[str], **config: Any) -> str:
        nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        config = {"name": name, "dtype": "float32", **config}
        self.layers.append({"class_name": class_name, "config": config, "name": name, "inbound_nodes": nodes})
        self.groups.create_group(name).attrs["weight_names"] = []
        return name

    def store(self, layer: str, **weights: NDArray[np.float32]) -> None:
        """Writes the weights of a layer."""
        group = self.groups[layer]
        names = [f"{layer}/{name}:0" for name in weights]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, values in zip(names, weights.values(), strict=True):
            group.create_dataset(name, data=values)

    def kernel(self, *shape: int) -> NDArray[np.float32]:
        """A kernel whose last axis is the outputs."""
        values = self.random.standard_normal(shape, np.float32)
        values *= np.float32((2 / np.prod(shape[:-1])) ** 0.5)
        return values

    def vector(self, size: int, mean: float = 0.0) -> NDArray[np.float32]:
        """A bias or a statistic of a batch: small numbers about ``mean``."""
        values = self.random.standard_normal(size, np.float32)
        values *= np.float32(0.05)
        values += np.float32(mean)
        return values

    def input(self, size: int) -> str:
        """A square RGB picture."""
        shape = [None, size, size, 3]
        return self._add("InputLayer", "input_1", [], batch_input_shape=shape, sparse=False, ragged=False)

    def conv(
        self,
        name: str,
        source: str,
        channels: int,
        filters: int,
        size: int,
        strides: int = 1,
        act: str = "linear",
    ) -> str:
        """A convolution with bias."""
        self.layer(
            "Conv2D",
            name,
            [source],
            filters=filters,
            kernel_size=[size, size],
            strides=[strides, strides],
            padding="same",
            data_format="channels_last",
            dilation_rate=[1, 1],
            groups=1,
            activation=act,
            use_bias=True,
            **_initial(kernel="GlorotUniform", bias="Zeros"),
        )
        self.store(name, kernel=self.kernel(size, size, channels, filters), bias=self.vector(filters))
        return name

    def normalize(self, name: str, source: str, channels: int) -> str:
        """Batch normalization."""
        initial = _initial(beta="Zeros", gamma="Ones", moving_mean="Zeros", moving_variance="Ones")
        config = {"axis": [3], "momentum": 0.99, "epsilon": 1.001e-5, "center": True, "scale": True}
        self.layer("BatchNormalization", name, [source], **config, **initial)
        self.store(
            name,
            gamma=self.vector(channels, 1),
            beta=self.vector(channels),
            moving_mean=self.vector(channels),
            moving_variance=np.abs(self.vector(channels, 1)),
        )
        return name

    def dense(self, name: str, source: str, inputs: int, units: int, activation: str) -> str:
        """A fully connected layer."""
        initial = _initial(kernel="GlorotUniform", bias="Zeros")
        self.layer("Dense", name, [source], units=units, activation=activation, use_bias=True, **initial)
        self.store(name, kernel=self.kernel(inputs, units), bias=self.vector(units))
        return name

    def pool(self, name: str, source: str, size: int) -> str:
        """Max pooling that halves the picture."""
        config = {"pool_size": [size, size], "strides": [2, 2], "data_format": "channels_last"}
        return self.layer("MaxPooling2D", name, [source], padding="same", **config)

    def relu(self, name: str, source: str) -> str:
        """An activation as a layer of its own."""
        return self.layer("Activation", name, [source], activation="relu")

    def finish(self, output: str) -> None:
        """Writes the topology."""
        self.groups.create_group("top_level_model_weights").attrs["weight_names"] = []
        config = {
            "name": self.name,
            "trainable": True,
            "layers": self.layers,
            "input_layers": [[self.layers[0]["name"], 0, 0]],
            "output_layers": [[output, 0, 0]],
        }
        for attributes in (self.file.attrs, self.groups.attrs):
            attributes["keras_version"] = KERAS_VERSION
            attributes["backend"] = "tensorflow"
        self.file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config})
        self.groups.attrs["layer_names"] = [layer["name"].encode() for layer in self.layers]


def _initial(**kinds: str) -> dict[str, Any]:
    """What Keras notes of how each weight of a layer began."""
    return {
        f"{weight}_initializer": {
            "module": "keras.initializers",
            "class_name": kind,
            "config": {"seed": None} if kind == "GlorotUniform" else {},
            "registered_name": None,
        }
        for weight, kind in kinds.items()
    }


def resnet50(build: Builder) -> str:
    """ResNet-50 for ImageNet (https://arxiv.org/abs/1512.03385): 25.6 million parameters, 103 MB."""
    x = build.conv("conv1", build.input(224), 3, 64, 7, strides=2)
    x = build.relu("conv1_relu", build.normalize("conv1_bn", x, 64))
    x, channels = build.pool("pool1", x, 3), 64
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], start=2):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_block{block}"
            strides = 2 if block == 1 and stage > 2 else 1
            entry = shortcut = x
            x = build.conv(f"{name}_1_conv", x, channels, filters, 1, strides)
            x = build.relu(f"{name}_1_relu", build.normalize(f"{name}_1_bn", x, filters))
            x = build.conv(f"{name}_2_conv", x, filters, filters, 3)
            x = build.relu(f"{name}_2_relu", build.normalize(f"{name}_2_bn", x, filters))
            # Keras sorts layers by their distance from the output: the two branches alternate.
            if block == 1:
                shortcut = build.conv(f"{name}_0_conv", entry, channels, 4 * filters, 1, strides)
            x = build.conv(f"{name}_3_conv", x, filters, 4 * filters, 1)
            if block == 1:
                shortcut = build.normalize(f"{name}_0_bn", shortcut, 4 * filters)
            x = build.normalize(f"{name}_3_bn", x, 4 * filters)
            x = build.relu(f"{name}_out", build.layer("Add", f"{name}_add", [shortcut, x]))
            channels = 4 * filters
    x = build.layer("GlobalAveragePooling2D", "avg_pool", [x], data_format="channels_last", keepdims=False)
    return build.dense("predictions", x, channels, 1000, "softmax")


def wide_vgg16(build: Builder) -> str:
    """VGG-16 (https://arxiv.org/abs/1409.1556) with 8,192 units in its first dense layer: 1.03 GB."""
    x, channels = build.input(224), 3
    blocks = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
    for block, (filters, convolutions) in enumerate(blocks, start=1):
        for index in range(1, convolutions + 1):
            x = build.conv(f"block{block}_conv{index}", x, channels, filters, 3, act="relu")
            channels = filters
        x = build.pool(f"block{block}_pool", x, 2)
    x = build.layer("Flatten", "flatten", [x], data_format="channels_last")
    x = build.dense("fc1", x, 7 * 7 * channels, 8192, "relu")
    x = build.dense("fc2", x, 8192, 4096, "relu")
    return build.dense("predictions", x, 4096, 1000, "softmax")


MODELS: dict[str, Callable[[Builder], str]] = {"resnet50": resnet50, "wide-vgg16": wide_vgg16}


def write(name: str, path: Path) -> None:
    """Writes the model ``name`` of ``MODELS`` to ``path``."""
    with h5py.File(path, "w") as file:
        build = Builder(file, name.replace("-", "_"))
        build.finish(MODELS[name](build))


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
