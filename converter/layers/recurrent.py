"""Recurrent layers and their cells."""

from __future__ import annotations

from collections.abc import Mapping
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
_OWN_UNITS = {**_UNITS, "ConvLSTM": _Unit(4, 2)}


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


def _cuda(kind: str) -> Rule:
    """The layer of Keras 2 for CUDA devices, which keeps two biases one behind the other."""

    def weights(config: Config, inputs: Shapes) -> WeightSpecs:
        *kernels, _ = _cell(kind, config, size_at(inputs[0], -1)).weights
        return (*kernels, WeightSpec("bias", (2 * _UNITS[kind].gates * integer(config, "units"),)))

    return Rule(partial(_unroll, kind), weights, most=None, rank=3)


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


def _frame(space: int, config: Config, frame: Shape) -> Shape:
    """One step's output of a convolutional cell."""
    at = grid(config, frame, space)
    padding = choice(config, "padding", ("valid", "same"), "valid")
    kernel = integers(config, "kernel_size", space)
    strides = integers(config, "strides", space, 1)
    dilation = integers(config, "dilation_rate", space, 1)
    sizes = tuple(
        windows(size, width, stride, padding, rate)
        for size, width, stride, rate in zip(at.space, kernel, strides, dilation, strict=True)
    )
    return at.shape(sizes, integer(config, "filters"))


def _film(space: int, config: Config, inputs: Shapes) -> Shapes:
    shape = inputs[0] or (None,) * (space + 3)
    frame = _frame(space, config, (shape[0], *shape[2:]))
    output = (*shape[:2], *frame[1:]) if flag(config, "return_sequences", default=False) else frame
    return (output, frame, frame) if flag(config, "return_state", default=False) else (output,)


def _film_weights(space: int, config: Config, inputs: Shapes) -> WeightSpecs:
    filters = integer(config, "filters")
    kernel = integers(config, "kernel_size", space)
    channels = size_at(inputs[0], -1 - space if channels_first(config) else -1)
    weights = (
        WeightSpec("kernel", (*kernel, channels, 4 * filters)),
        WeightSpec("recurrent_kernel", (*kernel, filters, 4 * filters)),
    )
    if not flag(config, "use_bias", default=True):
        return weights
    return (*weights, WeightSpec("bias", (4 * filters,)))


def _film_step(config: Config, inputs: Shapes) -> Shapes:
    frame = _frame(2, config, inputs[0] or (None,) * 4)
    return (frame, frame, frame)


def _film_rule(space: int) -> Rule:
    return Rule(partial(_film, space), partial(_film_weights, space), most=None, rank=space + 3)


def _own(config: Config, inputs: Shapes) -> Shapes | None:
    """The layer that stands for any of these: its cells say their ``kind``."""
    shape = inputs[0]
    if shape is None:
        return None
    batch, steps = shape[:2]
    if flag(config, "time_major", default=False):
        batch, steps = steps, batch
    order = "channels_first" if flag(config, "channels_first", default=False) else "channels_last"
    frame: Shape = (batch, *shape[2:])
    states: list[Shape] = []
    for cell in _own_cells(config):
        kind, units = str(cell.get("kind")), integer(cell, "units")
        if kind == "ConvLSTM":
            frame = _frame(len(shape) - 3, {**cell, "filters": units, "data_format": order}, frame)
        else:
            frame = (batch, units)
        states += [frame] * _OWN_UNITS[kind].states
    output = (*shape[:2], *frame[1:]) if flag(config, "return_sequences", default=False) else frame
    return (output, *states) if flag(config, "return_state", default=False) else (output,)


def _own_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    channels = size_at(inputs[0], 2 if flag(config, "channels_first", default=False) else -1)
    found: list[WeightSpec] = []
    for number, cell in enumerate(_own_cells(config)):
        kind, units = str(cell.get("kind")), integer(cell, "units")
        width = _OWN_UNITS[kind].gates * units
        space = len(listed(cell.get("kernel_size")) or ())
        kernel = integers(cell, "kernel_size", space) if space else ()
        weights = [
            WeightSpec("kernel", (*kernel, channels, width)),
            WeightSpec("recurrent_kernel", (*kernel, units, width)),
        ]
        if flag(cell, "use_bias", default=True):
            twofold = flag(cell, "reset_after", default=False)
            weights.append(WeightSpec("bias", (2, width) if twofold else (width,)))
        found += (each._replace(name=f"cell{number}_{each.name}") if number else each for each in weights)
        channels = units
    return tuple(found)


def _own_cells(config: Config) -> list[Config]:
    cells = listed(config.get("cells"))
    known = [isinstance(cell, Mapping) and cell.get("kind") in tuple(_OWN_UNITS) for cell in cells or ()]
    if not cells or not all(known):
        raise fault(config, "cells", "a list of cells")
    return list(cells)


RULES = (
    {kind: _layer(kind) for kind in ("GRU", "LSTM", "RNN", "SimpleRNN")}
    | {f"CuDNN{kind}": _cuda(kind) for kind in ("GRU", "LSTM")}
    | {
        f"{kind}Cell": Rule(partial(_step, kind), partial(_step_weights, kind), most=None, least_rank=2)
        for kind in _UNITS
    }
    | {
        "StackedRNNCells": Rule(_stack_step, _stack_weights, most=None, least_rank=2),
        **{f"ConvLSTM{space}D": _film_rule(space) for space in (1, 2, 3)},
        "ConvLSTM2DCell": Rule(_film_step, partial(_film_weights, 2), most=None, rank=4),
        "KerasRNN": Rule(_own, _own_weights, most=None, least_rank=3),
    }
)
