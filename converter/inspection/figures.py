"""The figures of a model: shapes, parameters, operations, receptive fields and sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from converter.errors import SourceError, UnsupportedError
from converter.inspection import masking
from converter.layers import RULES, Inferred, cost_table, field_table
from converter.layers.cost import Cost, cost_of
from converter.layers.cost_table import is_elementwise
from converter.layers.graph import Inference, is_nested
from converter.layers.grid import broadcast
from converter.layers.operation import OPERATION
from converter.layers.receptive_field import Field, receptive_field
from converter.layers.rule import Shapes, outputs_of
from converter.model import Config, Layer, Model, Shape, Weight
from converter.passes.base import map_layers
from converter.passes.class_names import RenameClasses
from converter.quantization.affine import DTYPES, encode
from converter.shims import library_rules
from converter.shims.providers import plain_name
from converter.shims.shim import LIBRARY, Shim

ASSUMED = 256
"""What operations are counted for where a size is left open: places along an axis, steps of a sequence."""

_PLACES = {2: "input step", 3: "input step", 4: "input pixel", 5: "input voxel"}
_CUSTOM = "(custom)"


def _operation(config: Config, inputs: Shapes) -> Shapes | None:
    """The shapes that the file tells, or that follow where each value is computed alone."""
    told = outputs_of(RULES[OPERATION], config, inputs)
    known = [shape for shape in inputs if shape is not None]
    if told != (None,) or not is_elementwise(config) or not known or len(known) < len(inputs):
        return told
    return (reduce(broadcast, known),)


_SHAPES = {**library_rules.SHAPES, **RULES, OPERATION: RULES[OPERATION]._replace(outputs=_operation)}
_COSTS = {**library_rules.COSTS, **cost_table.RULES}
_FIELDS = {**library_rules.FIELDS, **field_table.RULES}


def plainly(model: Model, shims: Mapping[str, Shim]) -> Model:
    """The model with the library's own names for its classes; other custom classes are all one."""

    def one(layer: Layer) -> Layer:
        if is_nested(layer):
            return layer
        name = plain_name(layer.class_name)
        shim = shims.get(name)
        if shim is not None and shim.origin == LIBRARY:
            class_name, config = library_rules.plainly(name, layer.config)
            return replace(layer, class_name=class_name, config=config)
        known = layer.class_name in RULES and shim is None
        return layer if known else replace(layer, class_name=_CUSTOM)

    return map_layers(RenameClasses()(model).model, one)


def shapes(model: Model) -> Inferred:
    """The shapes in a model of ``plainly``.

    Raises:
        SourceError: where they contradict each other.
    """
    return Inference(_SHAPES).model(model)


@dataclass(frozen=True, eq=False)
class Costs:
    """What a model computes for one example.

    Attributes:
        inputs: the shapes that this was counted for, with sizes in place of open ones; empty where it
            could not be counted.
        layers: by path; ``None`` where it is not known.
        places: how many places, or steps, the open sizes of the first input make; 1 without such sizes.
    """

    inputs: Shapes
    layers: dict[str, Cost | None]
    places: int

    @property
    def per(self) -> str:
        """What a place of the first input is called; empty where its sizes are fixed."""
        rank = len(self.inputs[0] or ()) if self.places > 1 else 0
        return _PLACES.get(rank, "input place") if rank else ""

    def record(self) -> dict[str, Any]:
        """As JSON; sums are those of the layers that are known."""
        known = [cost for cost in self.layers.values() if cost is not None]
        total = Cost()
        for cost in known:
            total = total.plus(cost)
        return {
            "inputs": [None if shape is None else [1, *shape[1:]] for shape in self.inputs],
            "macs": total.macs,
            "flops": total.flops,
            "places": self.places,
            "per": self.per,
            "flops_per_place": total.flops / self.places if self.per else None,
            "unknown": sorted(path for path, cost in self.layers.items() if cost is None),
        }


def costs(model: Model, inferred: Inferred) -> Costs:
    """The operations of every layer of a model of ``plainly``, over all its calls."""
    declared = inferred.inputs
    given = tuple(map(_assumed, declared))
    if given != declared:
        try:
            inferred = Inference(_SHAPES).model(model, given)
        except SourceError:  # the assumed sizes do not fit this model
            given = ()
    open_sizes = (declared[0] or ())[1:].count(None) if given else 0
    # Masks that a layer makes are not counted either.
    found: dict[str, Cost | None] = dict.fromkeys(masking.plumbing(model), Cost())
    free = frozenset(found)
    for path, cost in _costs(model, inferred, ""):
        if path in free:
            continue
        before = found.get(path, Cost())
        found[path] = None if cost is None or before is None else before.plus(cost)
    return Costs(given, found, ASSUMED**open_sizes)


def _assumed(shape: Shape | None) -> Shape | None:
    if shape is None:
        return None
    return (shape[0], *(ASSUMED if size is None else size for size in shape[1:]))


def _costs(model: Model, inferred: Inferred, path: str) -> Iterator[tuple[str, Cost | None]]:
    for layer in model.layers:
        for call in inferred.layers[layer.name]:
            if call.inner is not None and layer.model is not None:
                yield from _costs(layer.model, call.inner, f"{path}{layer.name}/")
            else:
                own = cost_of(layer.class_name, layer.config, call.inputs, call.outputs, _COSTS)
                yield f"{path}{layer.name}", own


def fields(model: Model, inferred: Inferred) -> list[dict[str, Any]]:
    """The receptive field of each output in each input that has places, as JSON.

    ``size`` and ``stride`` have an entry for each spatial axis; they are ``null`` where the output sees
    the whole input.
    """
    names = [ref.layer for ref in model.inputs] or [model.layers[0].name if model.layers else ""]
    outputs = [ref.layer for ref in model.outputs] or [model.layers[-1].name if model.layers else ""]
    found = []
    for number, shape in enumerate(inferred.inputs):
        if shape is None or len(shape) < 3:
            continue
        for output, field in zip(outputs, receptive_field(model, inferred, number, _FIELDS), strict=False):
            if not isinstance(field, bool):
                found.append({"input": names[number], "output": output, **_field(field)})
    return found


def _field(field: Field) -> dict[str, Any]:
    if field is None:
        return {"size": None, "stride": None}
    return {"size": [reach.size for reach in field], "stride": [float(reach.stride) for reach in field]}


def sizes(weights: list[Weight]) -> dict[str, int]:
    """The bytes of the weights as ``--quantize`` would store them, by its argument."""
    found: dict[str, int] = dict.fromkeys(DTYPES, 0)
    for weight in weights:
        try:
            plain = encode(weight, "none")
        except UnsupportedError:  # nothing can hold it, which stands among the problems
            continue
        for dtype in DTYPES:
            quantized = dtype != "none" and plain.stored_as == "float32"
            found[dtype] += weight.size * np.dtype(dtype).itemsize if quantized else plain.nbytes
    return found


def parameters(layer: Layer) -> int:
    """The number of values in the weights of a layer and of those inside it."""
    own = sum(math.prod(weight.shape) for weight in layer.weights)
    return own + (sum(map(parameters, layer.model.layers)) if layer.model is not None else 0)
