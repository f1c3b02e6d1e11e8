"""The cells of recurrent layers: what each computes, and whether TensorFlow.js's own cells do as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from converter.layers.activations import HARD_SIGMOID
from converter.layers.configuration import brief, flag, integer, integers, listed
from converter.layers.semantics.activation import FUNCTIONS
from converter.model import Array, Config, Weight
from converter.passes.lowering.base import Site, derived

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4, "ConvLSTM": 4}
STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2, "ConvLSTM": 2}
_SPACE = {"ConvLSTM1D": 1, "ConvLSTM2D": 2, "ConvLSTM3D": 3}

_OTHERS = frozenset(
    {
        *("celu", "exponential", "hard_shrink", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid"),
        *("soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink"),
        HARD_SIGMOID,
    }
)
"""The activations of Keras that TensorFlow.js lacks and ``KerasRNN`` has."""

_OBJECTS = {
    "ELU": ("elu", ("alpha",)),
    "LeakyReLU": ("leaky_relu", ("alpha",)),
    "ReLU": ("relu", ("max_value", "negative_slope", "threshold")),
    "ThresholdedReLU": ("thresholded_relu", ("theta",)),
    "Softmax": ("softmax", ()),
}
"""Layers that may stand as an activation, and which of their options ``KerasRNN`` reads."""

_ALONG_CHANNELS = frozenset({"softmax", "log_softmax", "sparsemax"})
_NARROWING = np.float32(5) / np.float32(6)
"""``relu6(x + 3) / 6`` is ``clip(0.2 y + 0.5, 0, 1)`` of ``y = 5/6 x``."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell.

    Attributes:
        kind: a key of ``GATES``.
        config: as Keras has it.
        space: the dimensions of a convolutional cell's kernel, 0 for others.
    """

    kind: str
    config: Config
    space: int = 0

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its weights in Keras's order."""
        found = ("kernel", "recurrent_kernel", "bias")
        return found if flag(self.config, "use_bias", default=True) else found[:2]


class Native(NamedTuple):
    """How a cell of TensorFlow.js computes what Keras's does.

    Attributes:
        config: what differs from Keras's configuration.
        scale: one factor for each gate, by which the columns of all weights are multiplied.
    """

    config: Mapping[str, Any]
    scale: tuple[float, ...] | None


def cells_of(class_name: str, config: Config) -> tuple[Cell, ...] | None:
    """The cells of a recurrent layer, the first first; ``None`` if one is not Keras's own."""
    if class_name in GATES:
        return (Cell(class_name, config),)
    if class_name in _SPACE:
        return (Cell("ConvLSTM", config, _SPACE[class_name]),)
    return _held(config.get("cell")) if class_name == "RNN" else None


def _held(spec: Any) -> tuple[Cell, ...] | None:
    """What a stack of cells, a list of them or one cell holds."""
    several = listed(spec)
    if several is not None:
        found = [_held(each) for each in several]
        return None if None in found else tuple(cell for cells in found for cell in cells or ())
    class_name = spec.get("class_name") if isinstance(spec, Mapping) else None
    config = spec.get("config") if isinstance(spec, Mapping) else None
    if not isinstance(class_name, str) or not isinstance(config, Mapping):
        return None
    if class_name == "StackedRNNCells":
        # TensorFlow.js alone can keep the states the other way round.
        return None if config.get("reverse_state_order") else _held(config.get("cells") or ())
    kind = class_name.removesuffix("Cell")
    return (Cell(kind, config),) if kind in GATES and kind != class_name else None


def native(cell: Cell) -> Native | None:
    """How TensorFlow.js's own cell computes the same, ``None`` if it does not."""
    gates = ["activation"] if cell.kind == "SimpleRNN" else ["recurrent_activation"] * 2 + ["activation"]
    if cell.kind in {"LSTM", "ConvLSTM"}:
        gates.append("recurrent_activation")
    if cell.kind == "GRU" and flag(cell.config, "reset_after", default=False):
        return None
    found: dict[str, Any] = {}
    narrowed = set()
    for key in dict.fromkeys(gates):
        value = cell.config.get(key, "")
        name = {None: "linear", "silu": "swish"}.get(value, value) if _is_word(value) else value
        if name == HARD_SIGMOID and not (key == "activation" and len(gates) == 4):
            name = "hard_sigmoid"
            narrowed.add(key)
        elif name not in FUNCTIONS if isinstance(name, str) else True:
            return None
        if name != value:
            found[key] = name
    scale = tuple(float(_NARROWING) if key in narrowed else 1.0 for key in gates)
    return Native(found, scale if narrowed else None)


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, str)


def scaled(weight: Weight, scale: tuple[float, ...]) -> Weight:
    """A weight whose last axis holds the gates side by side, each gate multiplied by its factor."""
    factors = np.repeat(np.asarray(scale, np.float32), weight.shape[-1] // len(scale))

    def make(array: Array) -> Array:
        return np.asarray(array * factors)

    return derived(weight, weight.shape, make)


def described(site: Site, cell: Cell) -> dict[str, Any]:
    """A cell as ``KerasRNN`` reads it.

    Raises:
        UnsupportedError: ``layer-lowering`` for an activation that is not Keras's own.
    """
    config = cell.config
    first = config.get("data_format") == "channels_first"
    found = {
        "kind": cell.kind,
        "units": integer(config, "filters" if cell.space else "units"),
        "use_bias": flag(config, "use_bias", default=True),
        "activation": _activation(site, config, "activation", channels_first=first),
    }
    if cell.kind != "SimpleRNN":
        found["recurrent_activation"] = _activation(
            site, config, "recurrent_activation", channels_first=first
        )
    if cell.kind == "GRU":
        found["reset_after"] = flag(config, "reset_after", default=False)
    if cell.space:
        found |= {
            "kernel_size": list(integers(config, "kernel_size", cell.space)),
            "strides": list(integers(config, "strides", cell.space, 1)),
            "dilation_rate": list(integers(config, "dilation_rate", cell.space, 1)),
            "padding": config.get("padding") or "valid",
        }
    return found


def _activation(site: Site, config: Config, key: str, *, channels_first: bool) -> Any:
    value = config.get(key, "")
    if value is None:
        return "linear"
    name = value
    if isinstance(value, Mapping):
        name, options = _OBJECTS.get(str(value.get("class_name")), ("", ()))
        given = value.get("config")
        held = given if isinstance(given, Mapping) else {}
        if name == "softmax" and held.get("axis", -1) not in (-1, [-1]):
            name = ""
        kept = {option: held[option] for option in options if held.get(option) is not None}
        if name == "leaky_relu":
            kept.setdefault("alpha", 0.3)
        value = {"name": name, **kept}
    elif value == "silu":
        name = value = "swish"
    if name not in FUNCTIONS | _OTHERS | {"thresholded_relu"} or (channels_first and name in _ALONG_CHANNELS):
        site.refuse(
            f"its {key.replace('_', ' ')} is {brief(config.get(key))}, which is not known to work in a "
            "recurrent layer.",
            "Use an activation of Keras's own that has a name, and save the model again.",
        )
    return value
