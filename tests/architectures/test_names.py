"""What users say of an architecture."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.architectures import parse_request
from converter.errors import UsageError

SMALL = {"C": 3, "D": 10, "G": 64, "G0": 64, "x": 2}
GANS = {"C": 4, "D": 3, "G": 32, "G0": 32, "T": 10, "x": 4}


@pytest.mark.parametrize(
    ("name", "family", "parameters"),
    [
        ("rdn", "rdn", {}),
        ("RRDN", "rrdn", {}),
        ("rdn-C3-D10-G64-G064-x2", "rdn", SMALL),
        ("rdn-C3-D10-G64-G064-x2_PSNR_epoch134.hdf5", "rdn", SMALL),
        ("rdn-C3-D10-G64-G064-x2_div2k-e134.hdf5", "rdn", SMALL),
        ("rdn-C3-D10-G64-G064-x2-shuffle", "rdn", {**SMALL, "upscaling": "shuffle"}),
        ("rdn-C1-D6-G1-G02-x2-weights.hdf5", "rdn", {"C": 1, "D": 6, "G": 1, "G0": 2, "x": 2}),
        ("rrdn-C4-D3-G32-G032-T10-x4", "rrdn", GANS),
        ("rrdn-C4-D3-G32-G032-T10-x4-GANS", "rrdn", GANS),
        ("rrdn-C4-D3-G32-G032-T10-x4_best-val_loss_epoch049.hdf5", "rrdn", GANS),
    ],
)
def test_idealos_names(name: str, family: str, parameters: dict[str, Any]) -> None:
    request = parse_request(name)
    assert request.family == family
    assert dict(request.given) == parameters


@pytest.mark.parametrize(
    ("arch", "arguments", "words"),
    [
        ("edsr", {}, "rdn-C6-D20-G64-G064-x2"),
        ("", {}, "Known are"),
        ("rdnx", {}, "Known are"),
        ("rdn-C3-Q7-x2", {}, "Known are"),
        ("rdn-C3-D10-G64-G064-T10-x2", {}, "no parameter T"),
        ("rdn-C3-C4", {}, "3 and 4"),
        ("rdn-C0", {}, "from 1 to"),
        ("rdn-C9999999999", {}, "from 1 to"),
        ("rdn-C9000-D9000-G1-G01-x2", {}, "convolutions"),
        ("rdn-x2", {"x": 3}, "2 and 3"),
        ("rdn", {"beta": 0.2}, "upscaling"),
        ("rrdn", {"upscaling": "ups"}, "beta"),
        (None, {"colour": 1}, "kernel_size"),
        (None, {"beta": 1, "upscaling": "ups"}, "rdn has"),
        ("rdn", {"upscaling": "bicubic"}, "ups or shuffle"),
        ("rdn", {"c_dim": "three"}, "number"),
        ("rdn", {"c_dim": 1.5}, "whole number"),
        ("rdn", {"c_dim": True}, "number"),
        ("rdn", {"c_dim": None}, "number"),
        ("rrdn", {"beta": "nan"}, "number"),
        ("rrdn", {"beta": [1]}, "number"),
    ],
)
def test_nonsense_is_refused_with_what_is_known(arch: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_request(arch, arguments)
    assert words in f"{caught.value.where} {caught.value.why} {caught.value.fix}"
    assert caught.value.exit_code == 2


def test_parameters_alone_tell_the_family_where_only_one_has_them() -> None:
    assert parse_request(None, {"upscaling": "ups"}).family == "rdn"
    assert parse_request(None, {"T": "3"}).family == "rrdn"
    assert parse_request(None, {"c_dim": 1}).family is None
    assert parse_request(None, {"beta": "1e-1"}).given == {"beta": 0.1}


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2))
def test_anything_is_read_or_refused(arch: str, arguments: dict[str, str]) -> None:
    for text in (arch, f"rdn-{arch}", f"rrdn-C{arch}"):
        try:
            parse_request(text, arguments)
        except UsageError as error:
            assert error.fix
