"""References to tensors, wherever a graph holds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from converter.model import Call, Model, TensorRef

Move = Callable[[TensorRef], TensorRef]
"""What a reference becomes."""


def moved_call(call: Call, move: Move) -> Call:
    """The call with other references; a mask among its arguments is one, too."""
    kwargs = {key: _moved(value, move) if key == "mask" else value for key, value in call.kwargs.items()}
    return Call(tuple(map(move, call.inputs)), kwargs)


def move_references(model: Model, move: Move) -> Model:
    """One graph with other references; those in models within it stay."""
    layers = tuple(
        replace(layer, calls=tuple(moved_call(call, move) for call in layer.calls)) for layer in model.layers
    )
    return replace(
        model,
        layers=layers,
        inputs=tuple(map(move, model.inputs)),
        outputs=tuple(map(move, model.outputs)),
    )


def _moved(value: Any, move: Move) -> Any:
    match value:
        case [str() as layer, int() as node, int() as output]:
            return list(move(TensorRef(layer, node, output)))
        case list():
            return [_moved(item, move) for item in value]
    return value
