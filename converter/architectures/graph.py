"""The few kinds of layers that the networks consist of, in the dialect of Keras 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.architectures.network import INPUT_CHANNELS, Kernel

_ZEROS = {"class_name": "Zeros", "config": {}}


class Graph:
    """A functional model, written layer by layer; every method returns the name of the layer it adds.

    Args:
        convolutions: the kernels by layer name.
    """

    def __init__(self, convolutions: Mapping[str, Kernel]) -> None:
        self._convolutions = convolutions
        self._layers: list[dict[str, Any]] = []
        self._counts: dict[str, int] = {}

    def input(self, name: str) -> str:
        """Pictures of any size."""
        shape = [None, None, None, INPUT_CHANNELS]
        return self._add("InputLayer", name, [], {"batch_input_shape": shape, "sparse": False})

    def convolution(self, name: str, source: str, padding: str = "same") -> str:
        """A convolution with a bias and without an activation."""
        kernel = self._convolutions[name]
        config = {
            "filters": kernel[3],
            "kernel_size": list(kernel[:2]),
            "strides": [1, 1],
            "padding": padding,
            "data_format": "channels_last",
            "dilation_rate": [1, 1],
            "activation": "linear",
            "use_bias": True,
            "kernel_initializer": _ZEROS,
            "bias_initializer": _ZEROS,
        }
        return self._add("Conv2D", name, [source], config)

    def activation(self, name: str, source: str, function: str = "relu") -> str:
        """An activation of its own."""
        return self._add("Activation", name, [source], {"activation": function})

    def concatenation(self, name: str, sources: list[str]) -> str:
        """The channels of all sources side by side."""
        if len(sources) == 1:
            # TensorFlow.js wants two at least, and nothing is nothing.
            return self.activation(name, sources[0], "linear")
        return self._add("Concatenate", name, sources, {"axis": 3})

    def addition(self, name: str, sources: list[str]) -> str:
        """The sum of the sources."""
        return self._add("Add", name, sources, {})

    def repetition(self, name: str, source: str, factor: int) -> str:
        """Every pixel ``factor`` times in both directions."""
        config = {"size": [factor, factor], "data_format": "channels_last", "interpolation": "nearest"}
        return self._add("UpSampling2D", name, [source], config)

    def pixel_shuffle(self, name: str, source: str, scale: int) -> str:
        """Channels become pixels: ``tf.nn.depth_to_space`` with blocks of ``scale``."""
        return self._add("PixelShuffle", name, [source], {"scale": scale})

    def multiply_beta(self, source: str, beta: float) -> str:
        """The source times a constant, named as Keras numbers layers that are given no name."""
        count = self._counts["multiply_beta"] = self._counts.get("multiply_beta", -1) + 1
        name = f"multiply_beta_{count}" if count else "multiply_beta"
        return self._add("MultiplyBeta", name, [source], {"beta": beta})

    def model(self, source: str, output: str) -> dict[str, Any]:
        """The whole model; idealo calls every one of its models ``generator``."""
        config = {
            "name": "generator",
            "layers": self._layers,
            "input_layers": [[source, 0, 0]],
            "output_layers": [[output, 0, 0]],
        }
        return {"class_name": "Model", "config": config}

    def _add(self, class_name: str, name: str, sources: list[str], config: dict[str, Any]) -> str:
        own = {"name": name, "dtype": "float32", **config}
        if class_name != "InputLayer":
            own["trainable"] = True
        calls = [[[source, 0, 0, {}] for source in sources]] if sources else []
        layer = {"class_name": class_name, "config": own, "name": name, "inbound_nodes": calls}
        self._layers.append(layer)
        return name
