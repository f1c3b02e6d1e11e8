"""The README tells the truth: its commands exist, its links lead somewhere, its figures were measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import upconvert

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = ["convert", "inspect", "verify", "quantize", "patch", "shims", "export", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_told(command: str) -> None:
    assert re.search(rf"`(upconvert )?{command}\b", README)


def test_options_exist() -> None:
    told = set(re.findall(r"(?<![-|\w])(--[a-z][a-z-]+)", README))
    known = " ".join(upconvert(command, "--help", COLUMNS="200").out for command in COMMANDS)
    assert told
    assert {option for option in told if option not in known} == set()


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(((?!http)[^)]+)\)", README) + re.findall(
        r"`((?:examples|benchmarks|tests|notebooks)/[^`]*)`", README
    )
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_figures_are_those_of_the_benchmark() -> None:
    measured = (ROOT / "benchmarks" / "results.md").read_text()
    start, end = "<!-- benchmarks/results.md -->", "<!-- end -->"
    assert README.split(start)[1].split(end)[0].strip() in measured
