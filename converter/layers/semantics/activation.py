"""Activation functions, wherever one may stand: as a layer, in a layer, or as an object in a layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from converter.layers.configuration import axes, brief
from converter.layers.rule import RuleError
from converter.layers.semantics.doubt import Check, Doubt, Entry, Site, Value
from converter.layers.semantics.value import (
    BASE,
    INTEGERS,
    INTEGERS_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    off,
    variable,
)

FUNCTIONS = frozenset(
    {
        *("elu", "selu", "relu", "relu6", "linear", "sigmoid", "hard_sigmoid", "softplus", "softsign"),
        *("tanh", "softmax", "log_softmax", "gelu", "mish", "swish"),
    }
)
"""The functions that TensorFlow.js has; each computes what Keras 2 does under this name."""

_COMPOSE = "Use one that it has, or compose it of layers that it has, and save the model again."
_OTHERS = {
    "silu": "Rename it to 'swish', which is the same function.",
    "exponential": "TensorFlow.js has no layer that computes an exponential: leave it to the caller.",
    "leaky_relu": "Put a LeakyReLU layer behind this one instead (alpha 0.2 is what TensorFlow uses).",
}
_SAME_BY_DEFAULT: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "ReLU": lambda config: config.get("max_value") is None,
    "LeakyReLU": lambda config: abs(float(config.get("alpha", 0.3)) - 0.3) < 1e-6,
    "ThresholdedReLU": lambda config: config.get("theta", 1) == 1,
    "ELU": lambda config: config.get("alpha", 1) == 1,
}
"""Objects that survive being read by TensorFlow.js and written again as no more than a class name."""


def function(key: str) -> Check:
    """A check of the activation under ``key``, a name or a layer as an object."""

    def check(site: Site) -> Iterator[Doubt]:
        value = site.config.get(key)
        if isinstance(value, Mapping):
            yield from _object(site, key, value)
        elif isinstance(value, str) and value not in FUNCTIONS:
            site.refuse_value(key, "TensorFlow.js knows no such activation", _OTHERS.get(value, _COMPOSE))
        elif value is not None and not isinstance(value, str):
            site.refuse_value(key, "TensorFlow.js takes a name or a layer", _COMPOSE)

    return check


def _object(site: Site, key: str, value: Mapping[str, Any]) -> Iterator[Doubt]:
    class_name, config = value.get("class_name"), value.get("config")
    if (
        not isinstance(class_name, str)
        or class_name not in {*_SAME_BY_DEFAULT, "Softmax"}
        or not isinstance(config, Mapping)
    ):
        site.refuse_value(
            key,
            f"TensorFlow.js makes no activation of the object {brief(class_name)}",
            "Give a name, or put a layer behind this one, and save the model again.",
        )
    if "Bidirectional" in site.inside and not (
        class_name in _SAME_BY_DEFAULT and _SAME_BY_DEFAULT[class_name](config)
    ):
        site.refuse_value(
            key,
            "TensorFlow.js copies the layer inside a Bidirectional and loses the options of this object",
            "Use an activation that has a name, or two recurrent layers, one of which goes backwards.",
        )
    from converter.layers.semantics.check import check_site

    # The rank of what an activation is given follows from more than the input; only flat ones are certain.
    yield from check_site(
        replace(site, class_name=class_name, config=config, inputs=(), key=f"{site.key}{key}.config.")
    )


def _softmax(site: Site) -> Iterator[Doubt]:
    try:
        axis = axes(site.config, "axis")
    except RuleError:
        site.refuse_value("axis", "TensorFlow.js would take axis 1", "Set the axis, and save it again.")
    rank = None if site.shape is None else len(site.shape)
    if len(axis) == 1 and axis[0] != -1 and (rank is None or axis[0] != rank - 1):
        site.refuse_value(
            "axis",
            "TensorFlow.js computes the softmax over the last axis, or over several, alone",
            "Put a Permute before and behind it, and save the model again.",
        )
    yield from ()


def _shared(site: Site) -> Iterator[Doubt]:
    try:
        shared = axes(site.config, "shared_axes", ()) if site.config.get("shared_axes") != [] else ()
    except RuleError:
        return
    shape = site.shape
    if shape is None:
        return
    # Keras lets Python count from the end, and TensorFlow.js sets a property that nothing reads.
    if any(axis < 1 and (axis - 1) % (len(shape) - 1) + 1 not in shared for axis in shared):
        site.refuse_value(
            "shared_axes",
            "TensorFlow.js ignores negative axes",
            "Count the axes from 1 behind the batch, and save the model again.",
        )
    alpha = [1 if axis in shared else size for axis, size in enumerate(shape)][1:]
    while alpha and alpha[0] == 1:
        alpha.pop(0)
    if alpha and tuple(alpha) != shape[len(shape) - len(alpha) :]:
        yield site.doubt(
            f"its shared_axes {brief(list(shared))} leave slopes for a leading axis and not for those behind "
            "it, and the wasm backend then takes the slopes of other places.",
            "Use another backend than wasm, or share the leading axes only.",
        )


ENTRIES = {
    "Activation": Entry(
        {**BASE, "activation": Value(lambda _: True)}, needs=("activation",), checks=(function("activation"),)
    ),
    "ReLU": Entry(
        {
            **BASE,
            "max_value": NUMBER_OR_NULL,
            "negative_slope": off(
                "TensorFlow.js ignores it and gives 0 for all negative values",
                "Use a LeakyReLU (where max_value is null and threshold 0), and save the model again.",
            ),
            "threshold": off(
                "TensorFlow.js ignores it and takes 0",
                "Use a ThresholdedReLU (where max_value is null and negative_slope 0), and save again.",
            ),
        }
    ),
    "LeakyReLU": Entry({**BASE, "alpha": NUMBER}),
    "ThresholdedReLU": Entry({**BASE, "theta": NUMBER}),
    "ELU": Entry(
        {
            **BASE,
            "alpha": Value(
                lambda value: value is None or value == 1,
                "TensorFlow.js refuses to load any alpha but 1",
                "Train it with alpha 1, or compose it of layers that TensorFlow.js has.",
            ),
        }
    ),
    "PReLU": Entry({**BASE, **variable("alpha"), "shared_axes": INTEGERS_OR_NULL}, checks=(_shared,)),
    "Softmax": Entry({**BASE, "axis": INTEGERS}, needs=("axis",), checks=(_softmax,)),
}
