"""The masks that Keras 3 writes into the graphs of models within wrappers, where ``passes.masks`` is not.

Keras 3 computes masks by operations that stand in the graph and hands them to layers as an argument.
TensorFlow.js computes them by itself as it goes, joins those of several tensors otherwise, and never lets
go of one.
"""

from __future__ import annotations

from collections.abc import Mapping

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.sources.keras3_calls import RECURRENT, Arguments, Entry, Ref

USERS = RECURRENT | {"Bidirectional"}
"""Layers that compute something else under a mask."""

_Key = tuple[str, int]


class Masks:
    """The masks in one functional model.

    Args:
        entries: its layers and operations by name.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._makers: dict[_Key, int] = {}
        for entry in entries.values():
            if _makes_mask(entry):
                for index in range(max(1, len(entry.calls))):
                    self._makers[entry.name, index] = 1 << len(self._makers)
        self._before: dict[_Key, int] = {}

    def check(self) -> None:
        """Compares the masks that layers are given with those that would reach them.

        Raises:
            UnsupportedError: when TensorFlow.js would use another one (``keras3-mask``).
        """
        for entry in self._entries.values():
            if entry.operation:
                continue
            for index, call in enumerate(entry.calls):
                reaching = self._reaching((entry.name, index)) if self._makers else 0
                for mask in call.masks:
                    if mask is not None and not self._maker(mask) & reaching:
                        raise _refused(entry, "its mask is not the one that comes with its input")
                if not call.masks and reaching and entry.class_name in USERS:
                    raise _refused(entry, "the mask of a layer before it ends before it")

    def _maker(self, ref: Ref) -> int:
        """Which call of an Embedding or Masking layer a mask is of: its bit; 0 for no single one."""
        call = self._operation(ref, "Any")
        if call is not None:
            entry = self._entries[ref.layer]
            if len(call.inputs) != 1 or entry.config.get("axis") not in {-1, None}:
                return 0
            ref = call.inputs[0]
        compared = self._operation(ref, "NotEqual")
        if compared is None or len(compared.inputs) != 1 or len(compared.constants) != 1:
            return 0
        found = 0
        wanted = "Masking" if call is not None else "Embedding"
        for (name, index), bit in self._makers.items():
            entry = self._entries[name]
            value = entry.config.get("mask_value", 0.0) if wanted == "Masking" else 0
            same = entry.calls and entry.calls[index].inputs == compared.inputs
            if entry.class_name == wanted and same and compared.constants[0] == value:
                found |= bit
        return found

    def _operation(self, ref: Ref, class_name: str) -> Arguments | None:
        entry = self._entries.get(ref.layer)
        if entry is None or not entry.operation or entry.class_name != class_name:
            return None
        return entry.calls[ref.node] if 0 <= ref.node < len(entry.calls) else None

    def _reaching(self, goal: _Key) -> int:
        """The makers of masks among everything that a call depends on, as bits."""
        pending, begun = [goal], set[_Key]()
        while pending:
            key = pending[-1]
            if key in self._before:
                pending.pop()
                continue
            sources = [(ref.layer, ref.node) for ref in self._call(key).inputs if ref.layer in self._entries]
            missing = [source for source in sources if source not in self._before and source not in begun]
            if missing and key not in begun:
                begun.add(key)
                pending += missing
                continue
            found = 0
            for source in sources:
                found |= self._makers.get(source, 0) | self._before.get(source, 0)
            self._before[key] = found
            pending.pop()
        return self._before[goal]

    def _call(self, key: _Key) -> Arguments:
        calls = self._entries[key[0]].calls
        return calls[key[1]] if 0 <= key[1] < len(calls) else Arguments(())


def _makes_mask(entry: Entry) -> bool:
    if entry.operation:
        return False
    # What stands inside a model counts as the model's own.
    pending = [(entry.class_name, entry.config)]
    while pending:
        class_name, config = pending.pop()
        if class_name == "Masking" or (class_name == "Embedding" and config.get("mask_zero")):
            return True
        layers = config.get("layers")
        pending += [
            (str(spec.get("class_name")), spec["config"])
            for spec in (layers if isinstance(layers, list) else ())
            if isinstance(spec, Mapping) and isinstance(spec.get("config"), Mapping)
        ]
    return False


def _refused(entry: Entry, why: str) -> UnsupportedError:
    return UnsupportedError(
        "keras3-mask",
        f"layer {brief(entry.name)}",
        f"{why}, and TensorFlow.js, which passes masks on by itself, would use another one.",
        "Mask right before the layer (Masking, or mask_zero of an Embedding), or do without masks.",
    )
