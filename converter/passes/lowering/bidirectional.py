"""``Bidirectional``: two recurrent layers and what merges them, where TensorFlow.js's own would be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.layers.configuration import flag
from converter.layers.semantics.recurrent import mirrors
from converter.model import Config, Weight
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor
from converter.passes.lowering.cells import cells_of, native
from converter.passes.lowering.cudnn import both
from converter.passes.lowering.recurrent import (
    WHY,
    Given,
    add_rnn,
    check_all_keys,
    check_call,
    given,
    native_form,
)

_MERGES = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average"}
_NATIVE = frozenset({"SimpleRNN", "GRU", "LSTM"})


def _lower(site: Site) -> Lowered | None:
    forward = site.config.get("layer")
    if not isinstance(forward, Mapping) or not isinstance(forward.get("config"), Mapping):
        return None
    cuda = both(site)
    if cuda is not None:
        return cuda
    backward = _backward(site.config)
    sides = [(str(spec.get("class_name")), spec["config"]) for spec in (forward, backward)]
    found = [cells_of(*side) for side in sides]
    if None in found:
        return None  # a cell or a layer of the user's own
    part = site.part()
    call = given(site, part)
    cells = [cell for each in found for cell in each or ()]
    check_call(site, forward["config"], cells, call)
    own = site.config.get("backward_layer")
    is_native = (
        not (call.explicit or call.states)
        and sides[0][0] in _NATIVE
        and not flag(sides[0][1], "time_major", default=False)
        and (own is None or mirrors(forward, own))
        and all(native(cell) is not None for cell in cells)
    )
    if is_native:
        return _as_native(site, part, sides)
    if not site.custom_layers:
        return None
    return _as_two(site, part, sides, call)


def _backward(config: Config) -> Mapping[str, Any]:
    """The layer that runs backwards: its own, or the mirror of the other."""
    own = config.get("backward_layer")
    if isinstance(own, Mapping) and isinstance(own.get("config"), Mapping):
        return own
    spec: Mapping[str, Any] = config["layer"]
    inner = spec["config"]
    return {**spec, "config": {**inner, "go_backwards": not inner.get("go_backwards")}}


def _halves(
    weights: tuple[Weight, ...], sides: list[tuple[str, Config]]
) -> tuple[tuple[Weight, ...], tuple[Weight, ...]]:
    count = sum(len(cell.variables) for cell in cells_of(*sides[0]) or ())
    return weights[:count], weights[count:]


def _as_native(site: Site, part: Part, sides: list[tuple[str, Config]]) -> Lowered | None:
    """The layer itself in TensorFlow.js's words; ``None`` without a change."""
    halves = _halves(site.layer.weights, sides)
    forms = [native_form(*side, half) for side, half in zip(sides, halves, strict=True)]
    if forms[0][0] == sides[0][1]:
        return None
    config = dict(site.config)
    for key, (changed, _) in zip(("layer", "backward_layer"), forms, strict=True):
        if config.get(key) is not None:
            config[key] = {**config[key], "config": changed}
    weights = [weight for _, half in forms for weight in half]
    outputs = part.add_several(
        site.layer.class_name,
        part.inputs,
        config,
        weights=dict(zip(site.weights(), weights, strict=True)),
    )
    return part.done(*outputs, why="TensorFlow.js lacks the activation, which it has in another scale")


def _as_two(site: Site, part: Part, sides: list[tuple[str, Config]], call: Given) -> Lowered:
    """Two layers that run on their own, and a layer that merges what they give."""
    half = len(call.states) // 2
    states = (call.states[:half], call.states[half:])
    # TF-Keras and Keras 3 set this for both, whatever the layers say:
    # https://github.com/keras-team/keras/blob/v3.8.0/keras/src/layers/rnn/bidirectional.py
    zeroes = flag(sides[0][1], "return_sequences", default=False)
    outputs: list[tuple[Tensor, ...]] = []
    for number, (side, weights) in enumerate(zip(sides, _halves(site.layer.weights, sides), strict=True)):
        check_all_keys(replace(site, layer=replace(site.layer, class_name=side[0], config=side[1])))
        own = replace(call, states=states[number])
        outputs.append(
            add_rnn(
                site,
                part,
                *side,
                weights,
                own,
                zero_output_for_mask=zeroes,
                reverse_output=number == 1,
            )
        )
    (one, *first), (other, *second) = outputs
    mode = site.config.get("merge_mode", "concat")
    if mode is None:
        return part.done(one, other, *first, *second, why=WHY)
    if mode not in _MERGES:
        site.refuse(f"its merge_mode is {mode!r}.", f"Use one of {', '.join(_MERGES)}.")
    config = {"axis": -1} if mode == "concat" else {}
    return part.done(part.add(_MERGES[mode], (one, other), config), *first, *second, why=WHY)


LOWERINGS: dict[str, Lowering] = {"Bidirectional": Lowering(_lower, arguments=frozenset({"tensors"}))}
"""By class name."""
