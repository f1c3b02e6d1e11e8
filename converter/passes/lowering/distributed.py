"""``TimeDistributed`` over what TensorFlow.js cannot run step by step: all steps as one batch."""

from __future__ import annotations

from collections.abc import Mapping

from converter.layers.configuration import flag
from converter.layers.embedded import CLASSES
from converter.model import Config, Shape
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor
from converter.passes.lowering.cells import cells_of, native
from converter.passes.lowering.recurrent import given


def _lower(site: Site) -> Lowered | None:
    spec = site.config.get("layer")
    class_name = spec.get("class_name") if isinstance(spec, Mapping) else None
    config = spec.get("config") if isinstance(spec, Mapping) else None
    if not isinstance(class_name, str) or not isinstance(config, Mapping) or not site.custom_layers:
        return None
    part = site.part()
    call = given(site, part)
    if call.mask is None and not _is_recurrent(class_name, config):
        return None
    if class_name in CLASSES:
        site.refuse(
            "its input is masked, and it hands the mask of each step to the model inside.",
            "Mask within the model that runs over the steps, and save the model again.",
        )
    if flag(config, "stateful", default=False):
        site.refuse(
            "the layer inside this TimeDistributed keeps its states from step to step.",
            "Take stateful out, and save the model again.",
        )
    x = together(part, call.sequences)
    inputs, roles = [x], ["inputs"]
    if call.mask is not None:
        inputs.append(together(part, call.mask))
        roles.append("mask")
    weights = site.weights()
    y = part.add(
        class_name,
        inputs,
        {key: value for key, value in config.items() if key != "name"},
        weights=weights,
        kwargs={"tensors": roles} if len(roles) > 1 else {},
    )
    output = apart(part, y, call.sequences)
    return part.done(output, why="TensorFlow.js cannot run the layer inside step by step")


def _is_recurrent(class_name: str, config: Config) -> bool:
    """Whether this is a layer that becomes several or has a cell that TensorFlow.js lacks."""
    if class_name == "Bidirectional":
        return True
    cells = cells_of(class_name, config)
    return cells is not None and not all(map(native, cells))


def together(part: Part, x: Tensor) -> Tensor:
    """All steps as one batch."""
    shape: Shape | None = None if x.shape is None else (None, *x.shape[2:])
    return part.add("KerasSteps", x, {"apart": False}, shape=shape)


def apart(part: Part, x: Tensor, like: Tensor) -> Tensor:
    """What ``together`` gave, in the steps of ``like`` again."""
    known = x.shape is not None and like.shape is not None
    shape = (*like.shape[:2], *x.shape[1:]) if known and like.shape and x.shape else None
    return part.add("KerasSteps", (x, like), {"apart": True}, shape=shape)


LOWERINGS: dict[str, Lowering] = {"TimeDistributed": Lowering(_lower, arguments=frozenset({"tensors"}))}
"""By class name."""
