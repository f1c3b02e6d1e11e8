"""Operations on tensors outside of any layer (``x + y``, ``keras.ops.exp(x)``), as Keras 3 saves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from converter.layers.configuration import brief
from converter.layers.operation import OPERATION
from converter.layers.operation_shapes.base import MOST_OUTPUTS
from converter.sources.keras2 import bad_topology
from converter.sources.keras3_calls import Entry, Ref, tensors_in

Tensors = Mapping[Ref, Mapping[str, Any]]
"""The ``shape`` and the ``dtype`` of tensors, as the file has them."""


def tensors(entries: Iterable[Entry]) -> Tensors:
    """What is known of all tensors that something is called on."""
    return {
        ref: told
        for entry in entries
        for node in entry.spec["inbound_nodes"]
        for ref, told in tensors_in(node)
    }


def layer(entry: Entry, known: Tensors, ends: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """An operation as a layer of the class ``Operation``.

    Args:
        entry: an operation.
        known: what ``tensors`` found.
        ends: the outputs of the model.
    """
    args, kwargs = entry.calls[0].template if entry.calls else ((), {})
    inputs = entry.calls[0].inputs if entry.calls else ()
    used = [ref.output for ref in known if ref.layer == entry.name]
    used += [int(output) for name, _, output in ends if name == entry.name]
    count = max(used, default=0) + 1
    if count > MOST_OUTPUTS:
        raise bad_topology(f"operation {brief(entry.name)}", f"it has {brief(count)} outputs.")
    config = {
        "name": entry.name,
        "operation": entry.class_name,
        "settings": {key: value for key, value in entry.config.items() if key != "name"},
        "args": args,
        "kwargs": kwargs,
        "dtypes": [known.get(ref, {}).get("dtype") for ref in inputs],
        "shapes": [known.get(Ref(entry.name, 0, index), {}).get("shape") for index in range(count)],
    }
    return {"class_name": OPERATION, "config": config}
