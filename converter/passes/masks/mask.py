"""Masks as expressions: what each is computed from, so that two can be compared and any can be made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from converter.layers.semantics.graph import Tensor

Kind = Literal["unequal", "given", "every", "some", "joined", "reduced", "unknown"]


@dataclass(frozen=True, eq=False)
class Mask:
    """One mask; the same object wherever the same is computed.

    Attributes:
        kind: ``unequal`` to a value, element by element, or for ``last`` anywhere along the last axis;
            ``given`` as a tensor; ``every`` or ``some`` of several masks; ``joined`` as the tensors
            are that they belong to; ``reduced`` to batch and steps; ``unknown``.
        tensors: what it is computed from.
        masks: those it is computed from, ``None`` where a tensor has none.
        settings: ``value`` and ``last``, or ``axis`` and ``every``.
    """

    kind: Kind
    tensors: tuple[Tensor, ...] = ()
    masks: tuple[Mask | None, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()

    def parts(self) -> Iterator[Mask]:
        """This mask and all that it is computed from, each once."""
        pending: list[Mask] = [self]
        seen: set[Mask] = set()
        while pending:
            mask = pending.pop()
            if mask not in seen:
                seen.add(mask)
                yield mask
                pending += [each for each in mask.masks if each is not None]

    @property
    def is_known(self) -> bool:
        """Whether all that it is computed from is known."""
        return all(mask.kind != "unknown" for mask in self.parts())


class Masks:
    """Makes masks, each once."""

    def __init__(self) -> None:
        self._made: dict[Any, Mask] = {}

    def make(
        self,
        kind: Kind,
        tensors: tuple[Tensor, ...] = (),
        masks: tuple[Mask | None, ...] = (),
        **settings: Any,
    ) -> Mask:
        """The mask of this description."""
        key = (kind, tensors, masks, tuple(sorted(settings.items())))
        if key not in self._made:
            self._made[key] = Mask(kind, tensors, masks, key[3])
        return self._made[key]

    def several(self, kind: Kind, masks: list[Mask]) -> Mask:
        """``every`` or ``some`` of the masks, in which one alone is itself."""
        found = tuple(dict.fromkeys(masks))
        return found[0] if len(found) == 1 else self.make(kind, (), found)
