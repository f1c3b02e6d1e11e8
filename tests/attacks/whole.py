"""Whether an artifact is all there."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import converter


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def check_whole(out: Path) -> dict[str, bytes]:
    """Every file is the one that ``integrity.json`` speaks of, and the model loads; its files."""
    found = contents(out)
    integrity = json.loads(found["integrity.json"])
    assert integrity.keys() | {"integrity.json"} == found.keys()
    for name, value in integrity.items():
        assert value == f"sha384-{base64.b64encode(hashlib.sha384(found[name]).digest()).decode()}", name
    for weight in converter.load(out).weights():
        weight.array()
    return found


def beside(out: Path) -> list[str]:
    """What a killed run left."""
    return [path.name for path in out.parent.glob(f".{out.name}.upconvert-*")]
