"""idealo's Residual in Residual Dense Network.

Wang et al. 2018, https://arxiv.org/abs/1809.00219; as built by
https://github.com/idealo/image-super-resolution/blob/v2.2.0/ISR/models/rrdn.py. Its convolutions have
always had the same names; what stood in Lambda layers stands in layers of its own since May 2021.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from converter.architectures.graph import Graph
from converter.architectures.network import INPUT_CHANNELS, Kernel, Network, Parameters, ends

BETA = 0.2
"""By how much residuals are multiplied unless idealo's code is told otherwise."""

_DENSE = re.compile(r"F_([0-9]{1,4})_([0-9]{1,4})_([0-9]{1,4})")
_AROUND = 4
"""The convolutions that stand in no block."""


@dataclass(frozen=True, kw_only=True)
class Rrdn(Network):
    """A Residual in Residual Dense Network.

    Attributes:
        T: residual blocks, each of D dense blocks.
        beta: by how much residuals are multiplied; the weights do not tell.
    """

    T: int
    beta: float = BETA

    family: ClassVar[str] = "rrdn"
    in_name: ClassVar[tuple[str, ...]] = ("C", "D", "G", "G0", "T", "x")

    @property
    def details(self) -> str:
        """What the weights do not tell."""
        return f"beta {self.beta:g}"

    @property
    def count(self) -> int:
        """How many convolutions there are."""
        return self.T * self.D * (self.C + 1) + _AROUND

    @property
    def additions(self) -> int:
        """How many layers of class ``Add`` there are."""
        return self.T * (self.D + 1) + 1

    def convolutions(self) -> dict[str, Kernel]:
        """The kernel of every convolution by layer name, in the order of the layers."""
        k, inner = self.kernel_size, self.G0
        found: dict[str, Kernel] = {"Pre_blocks_conv": (k, k, INPUT_CHANNELS, inner)}
        for t in range(1, self.T + 1):
            for d in range(1, self.D + 1):
                for c in range(1, self.C + 1):
                    found[f"F_{t}_{d}_{c}"] = (k, k, inner + (c - 1) * self.G, self.G)
                found[f"LFF_{t}_{d}"] = (3, 3, inner + self.C * self.G, inner)
        found["post_blocks_conv"] = (3, 3, inner, inner)
        found["PreShuffle"] = (3, 3, inner, self.c_dim * self.x**2)
        found["SR"] = (k, k, self.c_dim, self.c_dim)
        return found

    def topology(self) -> dict[str, Any]:
        """The network in the dialect of Keras 2."""
        graph = Graph(self.convolutions())
        source = graph.input("LR_input")
        first = tensor = graph.convolution("Pre_blocks_conv", source)
        for t in range(1, self.T + 1):
            before = tensor
            for d in range(1, self.D + 1):
                dense = tensor
                for c in range(1, self.C + 1):
                    own = f"{t}_{d}_{c}"
                    grown = graph.activation(f"F_{own}_Relu", graph.convolution(f"F_{own}", dense))
                    dense = graph.concatenation(f"RDB_Concat_{own}", [dense, grown])
                residual = graph.multiply_beta(graph.convolution(f"LFF_{t}_{d}", dense), self.beta)
                tensor = graph.addition(f"LRL_{t}_{d}", [tensor, residual])
            tensor = graph.addition(f"RRDB_{t}_out", [before, graph.multiply_beta(tensor, self.beta)])
        tensor = graph.addition("GRL", [graph.convolution("post_blocks_conv", tensor), first])
        tensor = graph.pixel_shuffle("PixelShuffle", graph.convolution("PreShuffle", tensor), self.x)
        return graph.model(source, graph.convolution("SR", tensor))

    @classmethod
    def by_name(cls, kernels: Mapping[str, Kernel]) -> Parameters | None:
        """C, D and T from the names, the rest from both ends."""
        blocks = [tuple(map(int, match.groups())) for match in map(_DENSE.fullmatch, kernels) if match]
        found = ends(*(kernels.get(name, ()) for name in ("Pre_blocks_conv", "F_1_1_1", "PreShuffle", "SR")))
        if not blocks or found is None:
            return None
        most = dict(zip("TDC", map(max, zip(*blocks, strict=True)), strict=True))
        return {**found, **most}

    @classmethod
    def by_order(cls, kernels: Sequence[Kernel]) -> list[Parameters]:
        """C from where the channels fall back to G0; of T and D they tell the product alone."""
        if len(kernels) < _AROUND + 2:
            return []
        found = ends(kernels[0], kernels[1], kernels[-2], kernels[-1])
        if found is None:
            return []
        later = [index for index, kernel in enumerate(kernels[2:], 2) if kernel[2:3] == (found["G0"],)]
        inside = later[0] - 2 if later else 0
        if inside < 1:
            return []
        blocks = (len(kernels) - _AROUND) // (inside + 1)
        splits = [count for count in range(1, blocks + 1) if blocks % count == 0]
        return [{**found, "C": inside, "T": count, "D": blocks // count} for count in splits]
