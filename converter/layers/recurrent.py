"""Recurrent layers and their cells."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from converter.layers.configuration import choice, fault, flag, integer, integers, listed, mapping
from converter.layers.grid import Size, channels_first, grid, size_at, windows
from converter.layers.rule import Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config, Shape


class _Unit(NamedTuple):
    """How many gates a kind of cell has, and how many states."""

    gates: int
    states: int


_UNITS = {"SimpleRNN": _Unit(1, 1), "GRU": _Unit(3, 1), "LSTM": _Unit(4, 2)}


class _Cell(NamedTuple):
    """What a cell makes of inputs of a given width: its output, its states, its weights."""

    output: int
    states: tuple[int, ...]
    weights: WeightSpecs


def _cell(kind: str, config: Config, width: Size) -> _Cell:
    gates, states = _UNITS[kind]
    units = integer(config, "units")
    weights = [
        WeightSpec("kernel", (width, gates * units)),
        WeightSpec("recurrent_kernel", (units, gates * units)),
    ]
    if flag(config, "use_bias", default=True):
        twofold = kind == "GRU" and flag(config, "reset_after", default=False)
        weights.append(WeightSpec("bias", (2, gates * units) if twofold else (gates * units,)))
    return _Cell(units, (units,) * states, tuple(weights))


def _stack(config: Config, width: Size) -> _Cell | None:
    cells = listed(config.get("cells"))
    if not cells:
        raise fault(config, "cells", "a list of cells")
    states: list[int] = []
    weights: list[WeightSpec] = []
    output = 0
    for position, spec in enumerate(cells):
        cell = _nested({"cells": spec}, "cells", width)
        if cell is None:
            return None
        states += cell.states
        weights += (each._replace(name=f"RNNCell_{position}/{each.name}") for each in cell.weights)
        width = output = cell.output
    return _Cell(output, tuple(states), tuple(weights))


def _nested(config: Config, key: str, width: Size) -> _Cell | None:
    """The cell that a configuration holds; ``None`` if it is not one of Keras's own."""
    if isinstance(config.get(key), (list, tuple)):
        return _stack({"cells": config[key]}, width)
    spec = mapping(config, key)
    name = spec.get("class_name")
    if name == "StackedRNNCells":
        return _stack(mapping(spec, "config"), width)
    if isinstance(name, str) and name.endswith("Cell") and name[:-4] in _UNITS:
        return _cell(name[:-4], mapping(spec, "config"), width)
    return None


def _find(kind: str, config: Config, width: Size) -> _Cell | None:
    return _nested(config, "cell", width) if kind == "RNN" else _cell(kind, config, width)


def _unroll(kind: str, config: Config, inputs: Shapes) -> Shapes | None:
    cell = _find(kind, config, None)
    shape = inputs[0] or (None, None, None)
    batch, steps = shape[:2]
    if flag(config, "time_major", default=False):
        batch, steps = steps, batch
    if cell is None:
        return None
    output: Shape = (batch, cell.output)
    if flag(config, "return_sequences", default=False):
        output = (*shape[:2], cell.output)
    states = cell.states if flag(config, "return_state", default=False) else ()
    return (output, *((batch, state) for state in states))


def _weights(kind: str, config: Config, inputs: Shapes) -> WeightSpecs | None:
    cell = _find(kind, config, size_at(inputs[0], -1))
    return None if cell is None else cell.weights


def _layer(kind: str) -> Rule:
    # A cell of the user's own may take steps of any shape.
    rank = None if kind == "RNN" else 3
    return Rule(partial(_unroll, kind), partial(_weights, kind), most=None, rank=rank, least_rank=3)


def _step(kind: str, config: Config, inputs: Shapes) -> Shapes:
    cell = _cell(kind, config, None)
    batch = size_at(inputs[0], 0)
    return tuple((batch, size) for size in (cell.output, *cell.states))


def _step_weights(kind: str, config: Config, inputs: Shapes) -> WeightSpecs:
    return _cell(kind, config, size_at(inputs[0], -1)).weights


def _stack_step(config: Config, inputs: Shapes) -> Shapes | None:
    cell = _stack(config, None)
    batch = size_at(inputs[0], 0)
    return None if cell is None else tuple((batch, size) for size in (cell.output, *cell.states))


def _stack_weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
    cell = _stack(config, size_at(inputs[0], -1))
    return None if cell is None else cell.weights


def _frame(config: Config, frame: Shape) -> Shape:
    """One step's output of a convolutional cell."""
    at = grid(config, frame, 2)
    padding = choice(config, "padding", ("valid", "same"), "valid")
    kernel = integers(config, "kernel_size", 2)
    strides = integers(config, "strides", 2, 1)
    dilation = integers(config, "dilation_rate", 2, 1)
    space = tuple(
        windows(size, width, stride, padding, rate)
        for size, width, stride, rate in zip(at.space, kernel, strides, dilation, strict=True)
    )
    return at.shape(space, integer(config, "filters"))


def _film(config: Config, inputs: Shapes) -> Shapes:
    shape = inputs[0] or (None,) * 5
    frame = _frame(config, (shape[0], *shape[2:]))
    output = (*shape[:2], *frame[1:]) if flag(config, "return_sequences", default=False) else frame
    return (output, frame, frame) if flag(config, "return_state", default=False) else (output,)


def _film_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    kernel = integers(config, "kernel_size", 2)
    channels = size_at(inputs[0], -3 if channels_first(config) else -1)
    weights = (
        WeightSpec("kernel", (*kernel, channels, 4 * filters)),
        WeightSpec("recurrent_kernel", (*kernel, filters, 4 * filters)),
    )
    if not flag(config, "use_bias", default=True):
        return weights
    return (*weights, WeightSpec("bias", (4 * filters,)))


def _film_step(config: Config, inputs: Shapes) -> Shapes:
    frame = _frame(config, inputs[0] or (None,) * 4)
    return (frame, frame, frame)


RULES = (
    {kind: _layer(kind) for kind in ("GRU", "LSTM", "RNN", "SimpleRNN")}
    | {
        f"{kind}Cell": Rule(partial(_step, kind), partial(_step_weights, kind), most=None, least_rank=2)
        for kind in _UNITS
    }
    | {
        "StackedRNNCells": Rule(_stack_step, _stack_weights, most=None, least_rank=2),
        "ConvLSTM2D": Rule(_film, _film_weights, most=None, rank=5),
        "ConvLSTM2DCell": Rule(_film_step, _film_weights, most=None, rank=4),
    }
)
