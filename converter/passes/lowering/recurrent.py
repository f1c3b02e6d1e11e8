"""Recurrent layers: where TensorFlow.js computes something else, ``KerasRNN`` stands for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from converter.layers.configuration import brief, flag, listed
from converter.layers.semantics.doubt import Value
from converter.layers.semantics.recurrent import ENTRIES
from converter.layers.semantics.value import FLAG, INERT, OBJECT
from converter.model import Config, Weight
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, check_keys, variable_of
from converter.passes.lowering.cells import STATES, Cell, cells_of, described, native, scaled
from converter.passes.lowering.spatial import numbers, refuse_far_windows

WHY = "TensorFlow.js computes something else or cannot load it"
"""Of a ``Bidirectional``."""

_MORE: dict[str, Value] = {"reset_after": FLAG, "time_major": FLAG, "seed": INERT, "num_constants": INERT}
_CLASSES = ("SimpleRNN", "GRU", "LSTM", "RNN", "SimpleRNNCell", "GRUCell", "LSTMCell")
_FILM = {**ENTRIES["ConvLSTM2D"].keys, **_MORE}
KEYS: dict[str, Mapping[str, Value]] = {
    **{name: {**ENTRIES[name].keys, **_MORE} for name in _CLASSES},
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _FILM),
    "StackedRNNCells": {"cells": OBJECT},
}
"""What is understood of each class, where it becomes a ``KerasRNN``."""


@dataclass(frozen=True)
class Given:
    """What a recurrent layer is called on.

    Attributes:
        sequences: the first tensor.
        states: the initial states.
        mask: of shape [batch, steps].
        explicit: whether the call says what each tensor is, so that nothing may be handed on by the way.
    """

    sequences: Tensor
    states: tuple[Tensor, ...]
    mask: Tensor | None
    explicit: bool


def given(site: Site, part: Part) -> Given:
    """The tensors of a call, told apart by ``tensors`` among its keyword arguments or by their order."""
    roles = site.kwargs.get("tensors")
    if not isinstance(roles, Sequence):
        return Given(part.inputs[0], part.inputs[1:], None, explicit=False)
    by_role = list(zip(roles, part.inputs, strict=True))
    mask = next((tensor for role, tensor in by_role if role == "mask"), None)
    states = tuple(tensor for role, tensor in by_role if role == "initial_state")
    return Given(part.inputs[0], states, mask, explicit=len(by_role) > 1)


def _lower(site: Site) -> Lowered | None:
    class_name, config = site.layer.class_name, site.config
    if class_name == "ConvLSTM3D":
        refuse_far_windows(site, 3)
    cells = cells_of(class_name, config)
    if cells is None:
        return None  # a cell of the user's own
    part = site.part()
    call = given(site, part)
    check_call(site, config, cells, call)
    obstacles = list(_obstacles(class_name, config, cells, call))
    if not obstacles:
        return _as_native(site, part, cells)
    if not site.custom_layers:
        return None
    check_all_keys(site)
    outputs = add_rnn(site, part, class_name, config, list(site.layer.weights), call)
    return part.done(*outputs, why="; ".join(obstacles))


def _obstacles(class_name: str, config: Config, cells: tuple[Cell, ...], call: Given) -> Iterator[str]:
    """Why TensorFlow.js's own layer does not compute the same; nothing where it does."""
    if class_name in {"ConvLSTM1D", "ConvLSTM3D"}:
        yield f"TensorFlow.js has no {class_name}"
    if flag(config, "time_major", default=False):
        yield "TensorFlow.js ignores time_major"
    if class_name == "ConvLSTM2D":
        if config.get("data_format") == "channels_first":
            yield "TensorFlow.js is not used for frames with the channels first"
        # Only KerasRNN pads for windows that end before the input.
        if max(numbers(config, "strides", 2)) > min(numbers(config, "kernel_size", 2)):
            yield "the wasm backend of TensorFlow.js is wrong where strides exceed the kernel"
    if len(cells) > 1 and (call.states or flag(config, "return_state", default=False)):
        yield "TensorFlow.js keeps the states of stacked cells in the reverse order"
    yield from dict.fromkeys(reason for cell in cells for reason in _lacking(cell))
    if call.mask is not None:
        yield "TensorFlow.js takes no mask as a tensor"
    elif call.explicit:
        yield "TensorFlow.js takes masks along with initial states"


def _lacking(cell: Cell) -> Iterator[str]:
    """What TensorFlow.js's own cell lacks."""
    if native(cell) is not None:
        return
    if cell.kind == "GRU" and flag(cell.config, "reset_after", default=False):
        yield "TensorFlow.js refuses to load a GRU with reset_after"
        cell = replace(cell, config={**cell.config, "reset_after": False})
    keys = ("activation", "recurrent_activation")
    for key, other in (keys, keys[::-1]):
        if native(replace(cell, config={**cell.config, other: "tanh"})) is None:
            yield f"TensorFlow.js lacks the {key.replace('_', ' ')} {brief(cell.config.get(key))}"


def _as_native(site: Site, part: Part, cells: tuple[Cell, ...]) -> Lowered | None:
    """The layer itself, its weights scaled where an activation asks for that; ``None`` without a change."""
    config, weights = native_form(site.layer.class_name, site.config, list(site.layer.weights))
    stored = [variable_of(weight.name, site.layer.name) for weight in site.layer.weights]
    names = stored
    if len(cells) > 1:
        # Files of Keras 2 name them after the cells.
        names = [f"RNNCell_{place}/{name}" for place, cell in enumerate(cells) for name in cell.variables]
    if config == site.config and names == stored:
        return None
    outputs = part.add_several(
        site.layer.class_name,
        part.inputs,
        config,
        weights=dict(zip(names, weights, strict=True)),
        shapes=(None,) * output_count(site.config, cells),
    )
    return part.done(*outputs, why="TensorFlow.js has it in other words")


def native_form(
    class_name: str, config: Config, weights: Sequence[Weight]
) -> tuple[dict[str, Any], list[Weight]]:
    """A layer all of whose cells TensorFlow.js has, in its words, and the weights for that."""
    found: list[Weight] = []
    rest = iter(weights)
    changes = []
    for cell in cells_of(class_name, config) or ():
        form = native(cell)
        own = islice(rest, len(cell.variables))
        if form is None or form.scale is None:
            found += own
        else:
            found += [scaled(weight, form.scale) for weight in own]
        changes.append({} if form is None else form.config)
    if class_name != "RNN":
        return {**config, **changes[0]}, found
    pending = iter(changes)
    return {**config, "cell": _changed(config.get("cell"), pending)}, found


def _changed(spec: Any, changes: Any) -> Any:
    """The cells with what is to be changed in each, in their order."""
    several = listed(spec)
    if several is not None:
        return [_changed(each, changes) for each in several]
    if spec["class_name"] == "StackedRNNCells":
        cells = _changed(spec["config"]["cells"], changes)
        return {**spec, "config": {**spec["config"], "cells": cells}}
    return {**spec, "config": {**spec["config"], **next(changes)}}


def add_rnn(
    site: Site,
    part: Part,
    class_name: str,
    config: Config,
    weights: Sequence[Weight],
    call: Given,
    **more: Any,
) -> tuple[Tensor, ...]:
    """A recurrent layer as a ``KerasRNN``; gives its outputs.

    Args:
        site: the layer, for messages.
        part: what it becomes a step of.
        class_name: of the recurrent layer, which may stand within the site's.
        config: of the recurrent layer.
        weights: its own, in Keras's order.
        call: what it is called on.
        more: further keys of ``KerasRNN``.
    """
    cells = cells_of(class_name, config) or ()
    flags = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major")
    settings = {
        "cells": [described(site, cell) for cell in cells],
        **{key: flag(config, key, default=False) for key in flags},
        "zero_output_for_mask": flag(config, "zero_output_for_mask", default=False),
        "channels_first": config.get("data_format") == "channels_first",
        "masked": call.mask is not None,
        **more,
    }
    names = [
        variable if number == 0 else f"cell{number}_{variable}"
        for number, cell in enumerate(cells)
        for variable in cell.variables
    ]
    inputs = [call.sequences, *call.states, *(() if call.mask is None else (call.mask,))]
    return part.add_several(
        "KerasRNN",
        inputs,
        settings,
        weights=dict(zip(names, weights, strict=True)),
        shapes=(None,) * output_count(config, cells),
    )


def output_count(config: Config, cells: Sequence[Cell]) -> int:
    """How many tensors a recurrent layer gives."""
    returned = flag(config, "return_state", default=False)
    return 1 + sum(STATES[cell.kind] for cell in cells) * returned


def check_call(site: Site, config: Config, cells: Sequence[Cell], call: Given) -> None:
    """Refuses what no recurrent layer here does.

    Raises:
        UnsupportedError: ``layer-lowering``.
    """
    dropout = [cell.config.get(key) for cell in cells for key in ("dropout", "recurrent_dropout")]
    if site.kwargs.get("training") and any(dropout):
        site.refuse(
            "it is called with training=True, and TensorFlow.js runs it for inference.",
            "Call it without training=True, and save the model again.",
        )
    if config.get("num_constants"):
        site.refuse(
            "it is given constants besides its states, which TensorFlow.js does not hand to its cell.",
            "Repeat the constants in the input of every step, and save the model again.",
        )
    if call.states and flag(config, "stateful", default=False):
        site.refuse(
            "it keeps its states from run to run and is given initial states as well.",
            "Do one of the two, and save the model again.",
        )


def check_all_keys(site: Site) -> None:
    """Refuses keys that are not understood, in the layer and in its cells.

    Raises:
        UnsupportedError: as ``check_keys`` does.
    """
    check_keys(site, KEYS[site.layer.class_name])
    for key in ("cell", "cells"):
        held = site.config.get(key)
        several = listed(held)
        for spec in [held] if several is None else several:
            if isinstance(spec, Mapping) and isinstance(spec.get("config"), Mapping):
                inner = replace(site.layer, class_name=str(spec.get("class_name")), config=spec["config"])
                check_all_keys(replace(site, layer=inner))


LOWERINGS: dict[str, Lowering] = {
    name: Lowering(_lower, arguments=frozenset({"tensors"}))
    for name in ("SimpleRNN", "GRU", "LSTM", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
}
"""By class name."""
