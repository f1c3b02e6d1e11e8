"""What the user says of an architecture: a family, one of idealo's file names, single parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from converter.architectures.network import MOST_CONVOLUTIONS, Network, Parameters
from converter.architectures.rdn import UPSCALINGS, Rdn
from converter.architectures.rrdn import Rrdn
from converter.errors import UsageError
from converter.layers.configuration import brief

FAMILIES: dict[str, type[Network]] = {family.family: family for family in (Rdn, Rrdn)}

# G0 stands before G: 'G064' is a G0 of 64. What follows is the epoch, the loss, the extension …
_NAME = re.compile(r"(r?rdn)((?:-(?:G0|C|D|G|T|x)[0-9]+)*)(?:[_.].*|-[A-Za-z]{2}.*)?", re.IGNORECASE)
_PARAMETER = re.compile(r"-(G0|C|D|G|T|x)([0-9]+)")
_UPSCALING = re.compile(rf"-({'|'.join(UPSCALINGS)})(?![A-Za-z])")
_MOST = 10_000
"""The largest parameter that is believed."""


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        family: ``rdn``, ``rrdn``, or None for whichever it is.
        given: the parameters that must be so, by idealo's names.
    """

    family: str | None
    given: Mapping[str, Any]

    def families(self) -> list[type[Network]]:
        """The families that come into question."""
        return [FAMILIES[self.family]] if self.family else list(FAMILIES.values())

    def network(self, family: type[Network], inferred: Parameters | None) -> Network | None:
        """The member of a family that is asked for, the rest inferred; None if that is too little."""
        parameters = {**(inferred or {}), **self._of(family)}
        missing = {"C", "D", "G", "G0", "x", *family.in_name} - parameters.keys()
        if missing or any(parameters[key] < 1 for key in family.in_name):
            return None
        if family is Rrdn and parameters["x"] < 2:  # depth_to_space with blocks of 1 does not exist
            return None
        network = family(**parameters)
        return network if network.count <= MOST_CONVOLUTIONS else None

    def _of(self, family: type[Network]) -> Parameters:
        own = parameters_of(family)
        return {key: value for key, value in self.given.items() if key in own}


def parameters_of(family: type[Network]) -> tuple[str, ...]:
    """The names of the parameters that a family has."""
    last = ("upscaling",) if family is Rdn else ("beta",)
    return (*family.in_name, "c_dim", "kernel_size", *last)


def known_names() -> str:
    """What may be asked for, for people."""
    return "rdn, rrdn, or a full name such as rdn-C6-D20-G64-G064-x2 or rrdn-C4-D3-G32-G032-T10-x4"


def parse_request(arch: str | None, arguments: Mapping[str, Any] | None = None) -> Request:
    """What ``--arch`` and ``--model-arg`` ask for.

    Args:
        arch: a family, or idealo's name of a file of weights (``rdn-C3-D10-G64-G064-x2_PSNR_epoch134.hdf5``).
        arguments: parameters by name; text is read as the number that it spells.

    Raises:
        UsageError: when the name is not known, a parameter is not, or its value is impossible.
    """
    family, given = (None, {}) if arch is None else _parse_name(arch)
    for key, value in (arguments or {}).items():
        known = parameters_of(FAMILIES[family]) if family else _all_parameters()
        if key not in known:
            what = f"'{family}'" if family else "a known architecture"
            raise UsageError(
                "arch-argument",
                f"--model-arg {brief(key)}",
                f"this is no parameter of {what}.",
                f"The parameters are {', '.join(known)}.",
            )
        _settle(given, key, value)
    if family is None and given:
        fitting = [name for name, each in FAMILIES.items() if given.keys() <= set(parameters_of(each))]
        if not fitting:
            raise UsageError(
                "arch-argument",
                "--model-arg",
                f"no known architecture has all of the parameters {', '.join(given)}.",
                "; ".join(f"{name} has {', '.join(parameters_of(each))}" for name, each in FAMILIES.items()),
            )
        family = fitting[0] if len(fitting) == 1 else None
    request = Request(family, given)
    _check_size(request)
    return request


def _parse_name(arch: str) -> tuple[str, Parameters]:
    match = _NAME.fullmatch(arch.strip())
    if match is None or len(arch) > 500:
        raise UsageError(
            "arch-unknown",
            f"--arch {brief(arch)}",
            "no architecture of this name is known.",
            f"Known are {known_names()}; give any other by --arch-json FILE or --model MODULE:NAME.",
        )
    family = match.group(1).lower()
    given: Parameters = {}
    for key, digits in _PARAMETER.findall(match.group(2)):
        if key not in FAMILIES[family].in_name:
            raise UsageError(
                "arch-unknown",
                f"--arch {brief(arch)}",
                f"'{family}' has no parameter {key}.",
                f"Its names look like {'rdn-C6-D20-G64-G064-x2' if family == 'rdn' else known_names()}.",
            )
        _settle(given, key, digits)
    upscaling = _UPSCALING.search(arch)
    if upscaling and family == "rdn":
        given["upscaling"] = upscaling.group(1)
    return family, given


def _all_parameters() -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for family in FAMILIES.values() for key in parameters_of(family)))


def _value(key: str, value: object) -> Any:
    if key == "upscaling":
        if value in UPSCALINGS:
            return value
        _impossible(key, value, " or ".join(UPSCALINGS))
    if isinstance(value, str) and len(value) < 50:
        try:
            value = float(value)
        except ValueError:
            _impossible(key, value, "a number")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _impossible(key, value, "a number")
    if key == "beta":
        return float(value)
    if value != int(value) or not 1 <= value <= _MOST:
        _impossible(key, value, f"a whole number from 1 to {_MOST}")
    return int(value)


def _impossible(key: str, value: object, wanted: str) -> NoReturn:
    raise UsageError("arch-argument", key, f"it is {brief(value)}.", f"It must be {wanted}.")


def _settle(given: Parameters, key: str, value: object) -> None:
    found = _value(key, value)
    if given.setdefault(key, found) != found:
        why = f"it is said to be {given[key]} and {found}."
        raise UsageError("arch-argument", key, why, "Say it once.")


def _check_size(request: Request) -> None:
    """Refuses to lay out what was only mistyped."""
    blocks = [request.given.get(key, 1) for key in ("C", "D", "T")]
    if math.prod(blocks) > MOST_CONVOLUTIONS:
        raise UsageError(
            "arch-argument",
            "--arch",
            f"this would be a network of {math.prod(blocks):,} convolutions.",
            f"Known are {known_names()}.",
        )
