"""Recurrent layers, their cells, and wrappers. What masks do to them is in ``execution``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from converter.layers.configuration import listed
from converter.layers.registry import TFJS_LAYERS
from converter.layers.semantics.activation import function
from converter.layers.semantics.doubt import Doubt, Entry, Site, Value
from converter.layers.semantics.grids import short_of_the_end
from converter.layers.semantics.value import (
    BASE,
    DATA_FORMAT,
    FLAG,
    INERT,
    INTEGER,
    INTEGERS,
    INTEGERS_OR_NULL,
    OBJECT,
    OBJECT_OR_NULL,
    PADDING,
    off,
    one_of,
    variable,
)

LAYERS = frozenset({"ConvLSTM2D", "GRU", "LSTM", "RNN", "SimpleRNN"})
"""The layers that go through steps, and read a mask while they do."""

_CELL: dict[str, Value] = {
    **BASE,
    **variable("kernel", "recurrent", "bias"),
    "units": INTEGER,
    "use_bias": FLAG,
    "activation": Value(lambda _: True),
    **dict.fromkeys(("dropout", "recurrent_dropout", "implementation"), INERT),
}
_GATED = {**_CELL, "recurrent_activation": Value(lambda _: True)}
_LSTM = {**_GATED, "unit_forget_bias": INERT}
_GRU = {
    **_GATED,
    "reset_after": off(
        "TensorFlow.js refuses to load it",
        "Leave out --no-custom-layers, or build the layer with reset_after=False and train it so: its "
        "weights cannot be carried over.",
    ),
}
_CONVOLUTIONAL = {
    **{key: value for key, value in _LSTM.items() if key != "units"},
    "filters": INTEGER,
    "kernel_size": INTEGERS,
    "strides": INTEGERS_OR_NULL,
    "dilation_rate": INTEGERS_OR_NULL,
    "padding": PADDING,
    "data_format": DATA_FORMAT,
}
_UNROLLED: dict[str, Value] = {
    **dict.fromkeys(("return_sequences", "return_state", "go_backwards", "stateful"), FLAG),
    # Keras always zeroes masked steps inside a Bidirectional; `execution` looks at both.
    **dict.fromkeys(("unroll", "zero_output_for_mask"), INERT),
    "time_major": off(
        "TensorFlow.js ignores it and takes the first dimension for the batch",
        "Put a Permute before and behind it, and save the model again.",
    ),
    "num_constants": off("TensorFlow.js refuses it", "Repeat the constants in the input of every step."),
}


def _step(site: Site) -> Iterator[Doubt]:
    if not site.key:
        site.refuse(
            "a cell stands alone in the graph, and TensorFlow.js declares wrong shapes for it.",
            "Wrap the cell in an RNN layer, and save the model again.",
        )
    yield from ()


def _tanh_for_null(site: Site) -> Iterator[Doubt]:
    if site.config.get("activation", "") is None:
        site.refuse_value("activation", "TensorFlow.js then takes tanh", "Write 'linear'.")
    yield from ()


def _cell(site: Site) -> Iterator[Doubt]:
    yield from inner(site, "cell")
    cells = stacked(site.config.get("cell"))
    if cells is None or len(cells) < 2 or _is_reversed(site.config.get("cell")):
        return
    if site.config.get("return_state") or len(site.inputs) > 1:
        site.refuse(
            "TensorFlow.js keeps the states of stacked cells in the reverse order.",
            "Use one recurrent layer for each cell, and save the model again.",
        )


def stacked(cell: Any) -> list[Any] | None:
    """The cells of a stack, ``None`` if it is none."""
    if isinstance(cell, Mapping) and cell.get("class_name") == "StackedRNNCells":
        config = cell.get("config")
        cell = config.get("cells") if isinstance(config, Mapping) else None
    items = listed(cell)
    return None if items is None else list(items)


def _is_reversed(cell: Any) -> bool:
    config = cell.get("config") if isinstance(cell, Mapping) else None
    return isinstance(config, Mapping) and bool(config.get("reverse_state_order"))


def _bidirectional(site: Site) -> Iterator[Doubt]:
    spec = site.config.get("layer")
    if isinstance(spec, Mapping) and spec.get("class_name") == "RNN":
        site.refuse(
            "it wraps an RNN with a cell of its own, and TensorFlow.js fails to copy that for the way back.",
            "Use LSTM, GRU or SimpleRNN instead of RNN with a cell, and save the model again.",
        )
    yield from inner(site, "layer")
    own = site.config.get("backward_layer")
    if own is not None and not mirrors(spec, own):
        site.refuse(
            "its backward_layer is not the mirror of its layer, and TensorFlow.js takes the mirror.",
            "Use two recurrent layers, one of which goes backwards, and merge them.",
        )


def mirrors(spec: Any, own: Any) -> bool:
    """Whether a backward layer is no more than the other one backwards."""
    if not (isinstance(spec, Mapping) and isinstance(own, Mapping)):
        return False
    one, other = spec.get("config"), own.get("config")
    if spec.get("class_name") != own.get("class_name") or not isinstance(one, Mapping):
        return False
    if not isinstance(other, Mapping) or bool(one.get("go_backwards")) == bool(other.get("go_backwards")):
        return False
    entry = ENTRIES.get(str(spec.get("class_name")))
    keys = {} if entry is None else entry.keys
    telling = [
        key for key in {*one, *other} - {"go_backwards", "name"} if key not in keys or not keys[key].inert
    ]
    return all(one.get(key) == other.get(key) for key in telling)


def _steps(site: Site) -> Iterator[Doubt]:
    yield from inner(site, "layer")


def inner(site: Site, key: str) -> Iterator[Doubt]:
    """The checks of the layer, or the layers, that a configuration holds; custom ones are passed by."""
    from converter.layers.semantics.check import check_site

    held = site.config.get(key)
    many = listed(held)
    inputs = site.inputs
    if site.class_name == "TimeDistributed":
        inputs = tuple(None if shape is None else (shape[0], *shape[2:]) for shape in inputs)
    elif key in {"cell", "cells"}:
        inputs = ()
    for position, spec in enumerate([held] if many is None else many):
        class_name, config = (
            (spec.get("class_name"), spec.get("config")) if isinstance(spec, Mapping) else (0, 0)
        )
        if not isinstance(class_name, str) or not isinstance(config, Mapping):
            continue
        if class_name in TFJS_LAYERS and class_name not in {"Model", "Functional", "Sequential"}:
            path = f"{site.key}{key}{'' if many is None else f'[{position}]'}.config."
            wrapped = replace(site, class_name=class_name, config=config, inputs=inputs, key=path)
            yield from check_site(replace(wrapped, inside=(*site.inside, site.class_name)))


def _cells(site: Site) -> Iterator[Doubt]:
    yield from _step(site)
    yield from inner(site, "cells")


_GATES = (function("activation"), function("recurrent_activation"))
_PLAIN = (function("activation"), _tanh_for_null)


def _film(site: Site) -> Iterator[Doubt]:
    if site.config.get("data_format") == "channels_first":
        yield site.doubt(
            "the wasm backend has no convolution with the channels first, and fails.",
            "Use another backend than wasm, or train the model with the channels last.",
        )


def _short_film(site: Site) -> Iterator[Doubt]:
    step = None if site.shape is None else (site.shape[0], *site.shape[2:])
    yield from short_of_the_end(2)(replace(site, inputs=(step,)))


ENTRIES = {
    "SimpleRNNCell": Entry(_CELL, checks=(_step, *_PLAIN)),
    "GRUCell": Entry(_GRU, ("recurrent_activation",), (_step, *_GATES)),
    "LSTMCell": Entry(_LSTM, ("recurrent_activation",), (_step, *_GATES)),
    "ConvLSTM2DCell": Entry(_CONVOLUTIONAL, ("recurrent_activation",), (_step, *_GATES)),
    "StackedRNNCells": Entry({**BASE, "cells": OBJECT, "reverse_state_order": FLAG}, checks=(_cells,)),
    "SimpleRNN": Entry({**_CELL, **_UNROLLED}, checks=_PLAIN),
    "GRU": Entry({**_GRU, **_UNROLLED}, ("recurrent_activation",), _GATES),
    "LSTM": Entry({**_LSTM, **_UNROLLED}, ("recurrent_activation",), _GATES),
    "ConvLSTM2D": Entry(
        {**_CONVOLUTIONAL, **_UNROLLED, "units": INERT},
        ("recurrent_activation",),
        (*_GATES, _film, _short_film),
    ),
    # TensorFlow.js writes the keys of the cell beside the cell, and does not read them.
    "RNN": Entry(
        {**dict.fromkeys({**_LSTM, **_GRU}, INERT), **BASE, **_UNROLLED, "cell": OBJECT}, checks=(_cell,)
    ),
    "TimeDistributed": Entry({**BASE, "layer": OBJECT}, checks=(_steps,)),
    "Bidirectional": Entry(
        {
            **BASE,
            "layer": OBJECT,
            "backward_layer": OBJECT_OR_NULL,
            "merge_mode": one_of(None, "sum", "mul", "ave", "concat"),
            "num_constants": _UNROLLED["num_constants"],
        },
        checks=(_bidirectional,),
    ),
}
