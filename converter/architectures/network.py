"""What the networks have in common: parameters, the convolutions that follow from them, the topology."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

Kernel = tuple[int, ...]
"""The shape of a convolution's kernel: ``(height, width, in, out)``."""

Parameters = dict[str, Any]

MOST_CONVOLUTIONS = 20_000
"""The largest network that is laid out; idealo's largest has 148 convolutions."""

INPUT_CHANNELS = 3
"""idealo's networks take three channels whatever ``c_dim`` says: that is of the output alone."""


@dataclass(frozen=True, kw_only=True)
class Network(ABC):
    """One member of a family of super-resolution networks, by idealo's names of its parameters.

    Attributes:
        C: convolutions in a dense block.
        D: dense blocks (RRDN: in each residual block).
        G: channels that each convolution of a dense block adds.
        G0: channels between the blocks.
        x: the factor by which pictures grow.
        c_dim: channels of the output.
        kernel_size: height and width of the main convolutions.

    https://github.com/idealo/image-super-resolution/tree/v2.2.0/ISR/models
    """

    C: int
    D: int
    G: int
    G0: int
    x: int
    c_dim: int = 3
    kernel_size: int = 3

    family: ClassVar[str]
    in_name: ClassVar[tuple[str, ...]]
    """The parameters that idealo's file names hold, in their order."""

    @property
    def name(self) -> str:
        """As idealo names its files: ``rdn-C6-D20-G64-G064-x2``."""
        return "-".join([self.family, *(f"{key}{getattr(self, key)}" for key in self.in_name)])

    @property
    def description(self) -> str:
        """The name, and the parameters that it leaves out, for people."""
        unusual = {
            f"{key} {getattr(self, key)}" for key in ("c_dim", "kernel_size") if getattr(self, key) != 3
        }
        return ", ".join([self.name, self.details, *sorted(unusual)])

    @property
    @abstractmethod
    def details(self) -> str:
        """The parameter that only this family has."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many convolutions there are."""

    @property
    @abstractmethod
    def additions(self) -> int:
        """How many layers of class ``Add`` there are."""

    @abstractmethod
    def convolutions(self) -> dict[str, Kernel]:
        """The kernel of every convolution by layer name, in the order of the layers; each has a bias."""

    @abstractmethod
    def topology(self) -> dict[str, Any]:
        """``{"class_name": …, "config": …}`` in the dialect of Keras 2, free of code."""

    @classmethod
    @abstractmethod
    def by_name(cls, kernels: Mapping[str, Kernel]) -> Parameters | None:
        """The parameters that idealo's layer names and the kernels tell; None when these are not idealo's."""

    @classmethod
    @abstractmethod
    def by_order(cls, kernels: Sequence[Kernel]) -> list[Parameters]:
        """The parameters that the kernels tell by their order; several where that leaves a choice."""

    def fits(self, kernels: Sequence[Kernel]) -> bool:
        """Whether the kernels, in the order of the layers, are those of this network."""
        return self.count == len(kernels) and list(self.convolutions().values()) == list(kernels)


def ends(first: Kernel, growth: Kernel, enlarged: Kernel, last: Kernel) -> Parameters | None:
    """What the convolutions at both ends tell in every family; None when they tell nonsense.

    Args:
        first: of the first convolution.
        growth: of the first one in a dense block.
        enlarged: of the one that makes the channels which become pixels.
        last: of the one that makes the picture.
    """
    if any(len(kernel) != 4 or min(kernel) < 1 for kernel in (first, growth, enlarged, last)):
        return None
    return {
        "G": growth[3],
        "G0": first[3],
        "x": max(1, math.isqrt(enlarged[3] // last[3])),
        "c_dim": last[3],
        "kernel_size": first[0],
    }
