"""The masks that a file hands to layers: by name among the arguments, computed by operations before."""

from __future__ import annotations

from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.operation import OPERATION
from converter.layers.semantics.graph import Node, Tensor
from converter.passes.masks.mask import Mask
from converter.passes.masks.rules import Rules

_SAME = frozenset({"ConvertToTensor", "Copy"})

Meaning = tuple[str, Any]
"""What an operation on masks gives: a ``mask``, one ``spread`` over a tensor, several ``joined`` …"""


class Written:
    """Reads the arithmetic on masks that Keras 3 writes into its graphs.

    Args:
        rules: what makes masks.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._meaning: dict[Tensor, Meaning] = {}

    def mask(self, tensor: Tensor) -> Mask:
        """The mask that a tensor is."""
        kind, value = self._meaning.get(tensor, ("", None))
        if kind == "mask" and isinstance(value, Mask):
            return value
        return self._rules.masks.make("given", (tensor,))

    def learn(self, node: Node, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        """Takes note of an operation; those before it must be known."""
        if node.layer.class_name != OPERATION:
            return
        found = self._read(node.layer.config, inputs)
        if found is not None:
            self._meaning[output] = found

    def _read(self, config: Any, inputs: tuple[Tensor, ...]) -> Meaning | None:
        name, settings = config.get("operation"), config.get("settings") or {}
        args = listed(config.get("args")) or []
        if config.get("kwargs"):
            return None
        known = [self._meaning.get(each, ("", None)) for each in inputs]
        kinds = [kind for kind, _ in known]
        axis = whole(settings.get("axis")) if settings.get("axis") is not None else None
        if name == "NotEqual" and len(inputs) == 1 and len(args) == 2 and args[0] == {"tensor": 0}:
            return "mask", self._rules.unequal(inputs[0], args[1], last=False)
        if name in _SAME and kinds == ["mask"]:
            return known[0]
        if name == "LogicalOr" and kinds == ["mask", "mask"]:
            return "mask", self._rules.masks.several("some", [value for _, value in known])
        if name == "ExpandDims" and kinds == ["mask"] and axis == -1:
            return "expanded", known[0][1]
        if name in {"ZerosLike", "OnesLike"} and len(inputs) == 1:
            return name, inputs[0]
        if name == "LogicalOr" and kinds == ["expanded", "ZerosLike"]:
            return "spread", (known[1][1], known[0][1])
        if name == "Concatenate" and set(kinds) <= {"spread", "OnesLike"} and "spread" in kinds:
            parts = [value if kind == "spread" else (value, None) for kind, value in known]
            return "joined", (parts, -1 if axis is None else axis)
        if name == "Any" and axis == -1 and not settings.get("keepdims") and len(kinds) == 1:
            return self._any(known[0])
        return None

    def _any(self, known: Meaning) -> Meaning | None:
        kind, value = known
        if kind == "joined":
            parts, axis = value
            tensors, masks = zip(*parts, strict=True)
            return "mask", self._rules.joined(tensors, masks, axis)
        if kind == "mask" and value.kind == "unequal" and not dict(value.settings)["last"]:
            return "mask", self._rules.unequal(value.tensors[0], dict(value.settings)["value"], last=True)
        return None
