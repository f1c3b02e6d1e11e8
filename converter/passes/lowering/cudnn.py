"""Recurrent layers of Keras 2 for CUDA devices: the plain layers with weights that lie otherwise.

https://github.com/keras-team/tf-keras/blob/v2.16.0/tf_keras/src/saving/legacy/hdf5_format.py
(``_convert_rnn_weights``)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from converter.layers.semantics.value import FLAG, INERT, INTEGER, variable
from converter.model import Array, Config, Weight
from converter.passes.lowering.base import Lowered, Lowering, Site, derived

_GATES = {"CuDNNGRU": 3, "CuDNNLSTM": 4}
_WHY = "TensorFlow.js runs on no CUDA device"
_KEYS = {
    **variable("kernel", "recurrent", "bias"),
    "units": INTEGER,
    "unit_forget_bias": INERT,
    **dict.fromkeys(("return_sequences", "return_state", "go_backwards", "stateful", "time_major"), FLAG),
}


def is_cudnn(class_name: str) -> bool:
    """Whether a class is one of these."""
    return class_name in _GATES


def plain(class_name: str, config: Config, weights: Sequence[Weight]) -> tuple[str, Config, list[Weight]]:
    """The plain layer that computes the same: its class, its configuration and its weights."""
    gates = _GATES[class_name]
    kernel, recurrent, bias = weights

    def kernels(array: Array) -> Array:
        parts = np.hsplit(array, gates)
        return np.hstack([part.T.reshape(part.shape, order="F") for part in parts])

    def recurrents(array: Array) -> Array:
        return np.hstack([part.T for part in np.hsplit(array, gates)])

    half = bias.shape[0] // 2
    if class_name == "CuDNNGRU":
        biases = derived(bias, (2, half), lambda array: array.reshape(2, half))
    else:
        biases = derived(bias, (half,), lambda array: array[:half] + array[half:])
    settings: dict[str, Any] = {
        **{key: value for key, value in config.items() if key != "name"},
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "use_bias": True,
        **({"reset_after": True} if class_name == "CuDNNGRU" else {}),
    }
    found = [derived(kernel, kernel.shape, kernels), derived(recurrent, recurrent.shape, recurrents), biases]
    return class_name.removeprefix("CuDNN"), settings, found


def _lower(site: Site) -> Lowered:
    class_name, config, weights = plain(site.layer.class_name, site.config, site.layer.weights)
    part = site.part()
    outputs = part.add_several(
        class_name,
        part.inputs,
        config,
        weights=dict(zip(("kernel", "recurrent_kernel", "bias"), weights, strict=True)),
        kwargs=site.kwargs,
    )
    return part.done(*outputs, why=_WHY)


def both(site: Site) -> Lowered | None:
    """A ``Bidirectional`` over these as one over plain layers; ``None`` where it holds none of them."""
    specs = {key: site.config.get(key) for key in ("layer", "backward_layer")}
    held = {
        key: spec
        for key, spec in specs.items()
        if isinstance(spec, Mapping) and is_cudnn(str(spec.get("class_name")))
    }
    if "layer" not in held or len(site.layer.weights) != 6:
        return None
    changed: dict[str, Any] = {}
    weights: list[Weight] = []
    for number, key in enumerate(specs):
        spec = held.get(key, held["layer"])
        own = site.layer.weights[3 * number : 3 * number + 3]
        class_name, config, found = plain(spec["class_name"], spec["config"], own)
        weights += found
        if key in held:
            named = {"name": spec["config"].get("name"), **config}
            changed[key] = {"class_name": class_name, "config": named}
    part = site.part()
    outputs = part.add_several(
        "Bidirectional",
        part.inputs,
        {**site.config, **changed},
        weights=dict(zip(site.weights(), weights, strict=True)),
        kwargs=site.kwargs,
    )
    return part.done(*outputs, why=_WHY)


LOWERINGS: dict[str, Lowering] = dict.fromkeys(
    _GATES, Lowering(_lower, _KEYS, arguments=frozenset({"tensors"}))
)
"""By class name."""
