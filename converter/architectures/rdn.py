"""idealo's Residual Dense Network.

Zhang et al. 2018, https://arxiv.org/abs/1802.08797; as built by
https://github.com/idealo/image-super-resolution/blob/v2.2.0/ISR/models/rdn.py, whose convolutions have
had the same names since the project was published in 2018.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from converter.architectures.graph import Graph
from converter.architectures.network import INPUT_CHANNELS, Kernel, Network, Parameters, ends

UPSCALINGS = ("ups", "shuffle")

_DENSE = re.compile(r"F_([0-9]{1,4})_([0-9]{1,4})")
_AROUND = 8
"""The convolutions that stand in no block."""


@dataclass(frozen=True, kw_only=True)
class Rdn(Network):
    """A Residual Dense Network.

    Attributes:
        upscaling: ``ups`` repeats pixels, ``shuffle`` makes pixels of channels.
    """

    upscaling: str = "ups"

    family: ClassVar[str] = "rdn"
    in_name: ClassVar[tuple[str, ...]] = ("C", "D", "G", "G0", "x")

    @property
    def details(self) -> str:
        """How it enlarges."""
        return f"upscaling {self.upscaling}"

    @property
    def count(self) -> int:
        """How many convolutions there are."""
        return self.D * (self.C + 1) + _AROUND

    @property
    def additions(self) -> int:
        """How many layers of class ``Add`` there are."""
        return self.D + 1

    def convolutions(self) -> dict[str, Kernel]:
        """The kernel of every convolution by layer name, in the order of the layers."""
        k, inner, grown = self.kernel_size, self.G0, self.c_dim * self.x**2
        found: dict[str, Kernel] = {"F_m1": (k, k, INPUT_CHANNELS, inner), "F_0": (k, k, inner, inner)}
        for d in range(1, self.D + 1):
            for c in range(1, self.C + 1):
                found[f"F_{d}_{c}"] = (k, k, inner + (c - 1) * self.G, self.G)
            found[f"LFF_{d}"] = (1, 1, inner + self.C * self.G, inner)
        found["GFF_1"] = (1, 1, self.D * inner, inner)
        found["GFF_2"] = (k, k, inner, inner)
        found["UPN1"] = (5, 5, inner, 64)
        found["UPN2"] = (3, 3, 64, 32)
        found["UPN3"] = (3, 3, 32, grown)
        found["SR"] = (k, k, grown if self.upscaling == "ups" else self.c_dim, self.c_dim)
        return found

    def topology(self) -> dict[str, Any]:
        """The network in the dialect of Keras 2."""
        graph = Graph(self.convolutions())
        source = graph.input("LR")
        first = graph.convolution("F_m1", source)
        tensor = graph.convolution("F_0", first)
        blocks = []
        for d in range(1, self.D + 1):
            dense = tensor
            for c in range(1, self.C + 1):
                grown = graph.activation(f"F_{d}_{c}_Relu", graph.convolution(f"F_{d}_{c}", dense))
                dense = graph.concatenation(f"RDB_Concat_{d}_{c}", [dense, grown])
            fused = graph.convolution(f"LFF_{d}", dense, "valid")
            tensor = graph.addition(f"LRL_{d}", [fused, tensor])
            blocks.append(tensor)
        tensor = graph.convolution("GFF_1", graph.concatenation("LRLs_Concat", blocks))
        tensor = graph.addition("FDF", [graph.convolution("GFF_2", tensor), first])
        for name in ("UPN1", "UPN2"):
            tensor = graph.activation(f"{name}_Relu", graph.convolution(name, tensor))
        tensor = graph.convolution("UPN3", tensor)
        if self.upscaling == "ups":
            tensor = graph.repetition("UPsample", tensor, self.x)
        else:
            tensor = graph.pixel_shuffle("PixelShuffle", tensor, self.x)
        return graph.model(source, graph.convolution("SR", tensor))

    @classmethod
    def by_name(cls, kernels: Mapping[str, Kernel]) -> Parameters | None:
        """C and D from the names, the rest from both ends."""
        blocks = [tuple(map(int, match.groups())) for match in map(_DENSE.fullmatch, kernels) if match]
        found = ends(*(kernels.get(name, ()) for name in ("F_m1", "F_1_1", "UPN3", "SR")))
        if not blocks or found is None:
            return None
        most = dict(zip("DC", map(max, zip(*blocks, strict=True)), strict=True))
        return {**found, **most, "upscaling": _upscaling(found, kernels["SR"])}

    @classmethod
    def by_order(cls, kernels: Sequence[Kernel]) -> list[Parameters]:
        """D from what GFF_1 joins, C from the number of convolutions."""
        if len(kernels) < _AROUND + 2:
            return []
        found = ends(kernels[0], kernels[2], kernels[-2], kernels[-1])
        joined = kernels[-6]
        if found is None or len(joined) != 4 or joined[2] < found["G0"]:
            return []
        blocks = joined[2] // found["G0"]
        inside = (len(kernels) - _AROUND) // blocks - 1
        if inside < 1:
            return []
        return [{**found, "D": blocks, "C": inside, "upscaling": _upscaling(found, kernels[-1])}]


def _upscaling(found: Parameters, last: Kernel) -> str:
    """``SR`` sees all channels of ``UPN3`` behind repeated pixels, and ``c_dim`` behind shuffled ones."""
    return "shuffle" if found["x"] > 1 and last[2] == found["c_dim"] else "ups"
