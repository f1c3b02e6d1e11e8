"""Which network some weights belong to, told from names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from converter.architectures.names import Request
from converter.architectures.network import Kernel, Network


class Proposals(NamedTuple):
    """What weights may belong to.

    Attributes:
        fitting: the networks that they fit exactly; several where the shapes leave a choice.
        nearest: where none fits, the one that they come closest to, if they resemble any.
        by_order: whether the order of the layers was used, rather than their names.
    """

    fitting: list[Network]
    nearest: Network | None
    by_order: bool


def propose(kernels: Mapping[str, Kernel], request: Request, *, named: bool, additions: int = 0) -> Proposals:
    """The networks that have these convolutions, of those that were asked for.

    Args:
        kernels: every convolution by layer name, in the order of the layers.
        request: what was asked for; its parameters go before those that are inferred.
        named: whether the names are those of the layers. Names that are not idealo's mean another
            network, however alike the shapes are, unless the family was asked for.
        additions: how many layers of class ``Add`` there are; 0 where that is not known.
    """
    nearest: list[Network] = []
    for family in request.families():
        network = request.network(family, family.by_name(kernels))
        if network is None:
            continue
        wanted = network.convolutions()
        if wanted == kernels:
            return Proposals([network], None, by_order=False)
        if wanted.keys() & kernels.keys():
            nearest.append(network)
    shapes = list(kernels.values())
    fitting: list[Network] = []
    for family in request.families() if not named or request.family else []:
        guesses = [request.network(family, guess) for guess in family.by_order(shapes)]
        known = [network for network in guesses if network is not None]
        fitting += [
            network
            for network in dict.fromkeys(known)
            if network.fits(shapes) and additions in {0, network.additions}
        ]
        alike = sorted(known, key=lambda network: not network.fits(shapes))
        nearest += [network for network in alike[:1] if request.family or network.fits(shapes)]
    if not fitting and request.family and not nearest:
        network = request.network(request.families()[0], None)
        nearest += [] if network is None else [network]
    return Proposals(fitting, nearest[0] if nearest and not fitting else None, by_order=True)
