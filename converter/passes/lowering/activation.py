"""Activation functions that TensorFlow.js lacks, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from converter.layers.activations import ACTIVATION, CUSTOM, HARD_SIGMOID
from converter.layers.configuration import axes
from converter.layers.rule import RuleError
from converter.layers.semantics.activation import FUNCTIONS
from converter.model import Layer, Weight
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, derived

HOLDERS = (
    *("Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose"),
    *("SeparableConv2D", "DepthwiseConv2D"),
)
"""Layers of TensorFlow.js that apply an activation to what they give."""

_WHY = "TensorFlow.js has no such activation"
_HELD = f"{ACTIVATION}/"
_RENAMED = {"silu": "swish", "celu": "elu"}
"""The same functions under the names that TensorFlow.js has; celu is elu where its alpha is 1."""


def split(site: Site) -> Lowered | None:
    """A layer whose activation TensorFlow.js lacks: without it, and the activation behind it."""
    activation = site.config.get("activation")
    if isinstance(activation, Mapping):
        class_name, config = activation.get("class_name"), activation.get("config")
        if not isinstance(class_name, str) or not isinstance(config, Mapping) or class_name not in LOWERINGS:
            return None
        layer = Layer(site.layer.name, class_name, config)
        if (
            class_name != "PReLU"
            and LOWERINGS[class_name].lower(replace(site, layer=layer, inputs=(None,), kwargs={})) is None
        ):
            return None
    elif isinstance(activation, str) and activation not in FUNCTIONS and activation in KNOWN:
        class_name, config = "Activation", {"activation": activation}
    else:
        return None
    part = site.part()
    linear = {**site.config, "activation": "linear"}
    held = {name: each for name, each in site.weights().items() if not name.startswith(_HELD)}
    x = part.add(site.layer.class_name, part.inputs, linear, weights=held)
    options = {key: value for key, value in config.items() if key not in {"name", "dtype", "trainable"}}
    own = {name.removeprefix(_HELD): each for name, each in site.weights().items() if name not in held}
    return part.done(part.add(class_name, x, options, weights=own), why=_WHY)


def with_activations(lowerings: Mapping[str, Lowering]) -> dict[str, Lowering]:
    """The table with ``split`` behind the lowerings of all layers that have an activation."""

    def chained(first: Lowering) -> Lowering:
        def lower(site: Site) -> Lowered | None:
            found = first.lower(site)
            return split(site) if found is None else found

        return replace(first, lower=lower)

    none = Lowering(lambda _: None)
    return {**lowerings, **{name: chained(lowerings.get(name, none)) for name in HOLDERS}}


def _activation(site: Site) -> Lowered | None:
    value = site.config.get("activation")
    if isinstance(value, Mapping):
        return _object(site, value)
    if not isinstance(value, str) or value in FUNCTIONS or value not in KNOWN:
        return None
    part = site.part()
    x = part.inputs[0]
    if value in _RENAMED:
        return part.done(part.add("Activation", x, {"activation": _RENAMED[value]}), why=_WHY)
    if value in COMPOSED and (value in CHAINS or not site.custom_layers):
        return part.done(COMPOSED[value](part, x), why=_WHY)
    if not site.custom_layers:
        site.refuse(
            f"its activation {value} takes a custom layer in TensorFlow.js, which --no-custom-layers rules "
            "out.",
            "Leave out --no-custom-layers, or use another activation.",
        )
    return part.done(part.add("KerasActivation", x, {"activation": value}), why=_WHY)


def _object(site: Site, value: Mapping[str, Any]) -> Lowered | None:
    """A layer that stands as the function of an Activation layer."""
    class_name, config = value.get("class_name"), value.get("config")
    if not isinstance(class_name, str) or class_name not in LOWERINGS or not isinstance(config, Mapping):
        return None
    part = site.part()
    options = {key: item for key, item in config.items() if key not in {"name", "dtype", "trainable"}}
    return part.done(part.add(class_name, part.inputs[0], options), why="a layer stands as its function")


def _scaled(part: Part, x: Tensor, scale: float, offset: float = 0.0) -> Tensor:
    return part.add("Rescaling", x, {"scale": scale, "offset": offset})


def _hard_sigmoid(part: Part, x: Tensor) -> Tensor:
    # TensorFlow.js has that of Keras 2, 0.2 x + 0.5 between 0 and 1.
    return part.add("Activation", _scaled(part, x, 5 / 6), {"activation": "hard_sigmoid"})


def _log_sigmoid(part: Part, x: Tensor) -> Tensor:
    soft = part.add("Activation", _scaled(part, x, -1.0), {"activation": "softplus"})
    return _scaled(part, soft, -1.0)


def _sparse_sigmoid(part: Part, x: Tensor) -> Tensor:
    return part.add("Activation", _scaled(part, x, 2.5), {"activation": "hard_sigmoid"})


def _leaky_relu(part: Part, x: Tensor) -> Tensor:
    return part.add("LeakyReLU", x, {"alpha": 0.2})


def _hard_silu(part: Part, x: Tensor) -> Tensor:
    return part.add("Multiply", (x, _hard_sigmoid(part, x)))


def _hard_tanh(part: Part, x: Tensor) -> Tensor:
    return _scaled(part, part.add("ReLU", _scaled(part, x, 1.0, 1.0), {"max_value": 2.0}), 1.0, -1.0)


def _tanh_shrink(part: Part, x: Tensor) -> Tensor:
    return part.add("Add", (x, _scaled(part, part.add("Activation", x, {"activation": "tanh"}), -1.0)))


def _relu(part: Part, x: Tensor) -> Tensor:
    return part.add("Activation", x, {"activation": "relu"})


def _soft_shrink(part: Part, x: Tensor) -> Tensor:
    above, below = (_relu(part, _scaled(part, x, sign, -0.5)) for sign in (1.0, -1.0))
    return part.add("Add", (above, _scaled(part, below, -1.0)))


def _hard_shrink(part: Part, x: Tensor) -> Tensor:
    above = part.add("ThresholdedReLU", x, {"theta": 0.5})
    below = part.add("ThresholdedReLU", _scaled(part, x, -1.0), {"theta": 0.5})
    return part.add("Add", (above, _scaled(part, below, -1.0)))


def _sparse_plus(part: Part, x: Tensor) -> Tensor:
    bent = part.add("ReLU", _scaled(part, x, 1.0, 1.0), {"max_value": 2.0})
    square = part.add("Multiply", (bent, part.add("Activation", bent, {"activation": "linear"})))
    return part.add("Add", (_scaled(part, square, 0.25), _relu(part, _scaled(part, x, 1.0, -1.0))))


CHAINS: dict[str, Callable[[Part, Tensor], Tensor]] = {
    HARD_SIGMOID: _hard_sigmoid,
    "leaky_relu": _leaky_relu,
    "log_sigmoid": _log_sigmoid,
    "sparse_sigmoid": _sparse_sigmoid,
}
"""What built-in layers compute about as fast as a custom one."""

COMPOSED: dict[str, Callable[[Part, Tensor], Tensor]] = {
    **CHAINS,
    "hard_shrink": _hard_shrink,
    "hard_silu": _hard_silu,
    "hard_tanh": _hard_tanh,
    "soft_shrink": _soft_shrink,
    "sparse_plus": _sparse_plus,
    "tanh_shrink": _tanh_shrink,
}
"""What built-in layers compute at all."""

KNOWN = frozenset({*CUSTOM, *COMPOSED, *_RENAMED})
"""The functions of Keras that TensorFlow.js lacks."""


def _relu_layer(site: Site) -> Lowered | None:
    largest = site.config.get("max_value")
    slope, threshold = (site.config.get(key) or 0.0 for key in ("negative_slope", "threshold"))
    if not all(isinstance(each, (int, float)) for each in (slope, threshold, largest or 0.0)):
        return None
    if not slope and not threshold:
        return None
    part = site.part()
    x = part.inputs[0]
    why = "TensorFlow.js ignores negative_slope and threshold"
    if largest is None and not threshold:
        return part.done(part.add("LeakyReLU", x, {"alpha": slope}), why=why)
    if largest is None and not slope:
        return part.done(part.add("ThresholdedReLU", x, {"theta": threshold}), why=why)
    if site.custom_layers:
        options = {"max_value": largest, "negative_slope": slope, "threshold": threshold}
        return part.done(part.add("KerasActivation", x, {"activation": "relu", **options}), why=why)
    above = part.add("ThresholdedReLU", x, {"theta": threshold}) if threshold else x
    if largest is not None or not threshold:
        above = part.add("ReLU", above, {"max_value": largest})
    if slope:
        below = _relu(part, _scaled(part, x, -1.0, threshold))
        above = part.add("Add", (above, _scaled(part, below, -slope)))
    return part.done(above, why=why)


def _elu_layer(site: Site) -> Lowered | None:
    alpha = site.config.get("alpha", 1.0)
    if alpha is None or alpha == 1 or not isinstance(alpha, (int, float)):
        return None
    part = site.part()
    x = part.inputs[0]
    why = "TensorFlow.js refuses to load any alpha but 1"
    if site.custom_layers:
        return part.done(
            part.add("KerasActivation", x, {"activation": "elu", "alpha": float(alpha)}), why=why
        )
    below = _scaled(part, _relu(part, _scaled(part, x, -1.0)), -1.0)
    bent = _scaled(part, part.add("Activation", below, {"activation": "elu"}), float(alpha))
    return part.done(part.add("Add", (_relu(part, x), bent)), why=why)


def _softmax_layer(site: Site) -> Lowered | None:
    try:
        axis = axes(site.config, "axis", (-1,))
    except RuleError:
        return None
    names = site.kwargs.get("tensors")
    part = site.part()
    rank = site.rank()
    if isinstance(names, list) and "mask" in names:
        if not site.custom_layers:
            site.refuse("it is given a mask, which takes a custom layer.", "Leave out --no-custom-layers.")
        x = part.add("KerasMaskedSoftmax", part.inputs, {"axis": list(axis)})
        return part.done(x, why="TensorFlow.js takes no mask as an input")
    x = part.inputs[0]
    last = axis == (-1,) or (rank is not None and axis == (rank - 1,))
    if last and names == ["inputs"]:
        return part.done(
            part.add("Activation", x, {"activation": "softmax"}),
            why="the Softmax layer of TensorFlow.js reads masks that others had",
        )
    if last and isinstance(site.config.get("axis"), int):
        return None
    if last:
        return part.done(part.add("Softmax", x, {"axis": -1}), why="its axis is a list or missing")
    if len(axis) > 1:
        return part.done(part.add("Softmax", x, site.config), why="") if names else None
    if rank is None:
        return None
    at = axis[0] % rank
    why = "TensorFlow.js computes the softmax over the last axis, or over several, alone"
    if at == 0:
        site.refuse("it is a softmax over the batch.", "Compute it outside of the model.")
    order = [each for each in range(1, rank) if each != at] + [at]
    back = [order.index(each) + 1 for each in range(1, rank)]
    x = part.add("Activation", part.add("Permute", x, {"dims": order}), {"activation": "softmax"})
    return part.done(part.add("Permute", x, {"dims": back}), why=why)


def _prelu_layer(site: Site) -> Lowered | None:
    """Slopes shared along axes, all of them written out where TensorFlow.js would mix them up."""
    weight, sizes = site.weight("alpha"), site.static()
    if weight is None or site.shape is None or site.config.get("shared_axes") in (None, []):
        return None
    try:
        shared = {(axis - 1) % (len(site.shape) - 1) for axis in axes(site.config, "shared_axes")}
    except RuleError:
        return None
    if shared == set(range(len(shared))) and all(axis >= 1 for axis in axes(site.config, "shared_axes")):
        return None  # the leading axes, which is right
    behind = range(len(shared))
    if sizes is None or shared == set(behind):
        return _shared_in_front(site, shared)
    part = site.part()
    options = {key: value for key, value in site.config.items() if key != "shared_axes"}
    full = _spread(weight, sizes)
    x = part.add("PReLU", part.inputs[0], {**options, "shared_axes": None}, weights={"alpha": full})
    return part.done(x, why="the wasm backend takes the slopes of other places where they are shared")


def _shared_in_front(site: Site, shared: set[int]) -> Lowered | None:
    part = site.part()
    positive = sorted(axis + 1 for axis in shared)
    if positive == site.config.get("shared_axes"):
        return None
    config = {**site.config, "shared_axes": positive}
    x = part.add("PReLU", part.inputs[0], config, weights=site.weights())
    return part.done(x, why="TensorFlow.js ignores negative axes")


def _spread(weight: Weight, sizes: tuple[int, ...]) -> Weight:
    return derived(weight, sizes, lambda array: np.broadcast_to(array, sizes))


LOWERINGS: dict[str, Lowering] = {
    "Activation": Lowering(_activation),
    "ELU": Lowering(_elu_layer),
    "PReLU": Lowering(_prelu_layer),
    "ReLU": Lowering(_relu_layer),
    "Softmax": Lowering(_softmax_layer, arguments=frozenset({"tensors"})),
}
"""By class name."""
