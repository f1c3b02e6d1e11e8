"""Metadata of the user's own in a model.json, as the official converter takes it: a JSON file by key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from converter.errors import UsageError

KEY = "userDefinedMetadata"
"""Where TensorFlow.js gives it to a page: ``model.getUserDefinedMetadata()``."""


def read_metadata(options: Sequence[str]) -> dict[str, Any]:
    """The values by their keys.

    Args:
        options: ``KEY:FILE.json`` each.

    Raises:
        UsageError: when an option names no key, or its file is no JSON.
    """
    found: dict[str, Any] = {}
    for text in options:
        key, colon, name = text.partition(":")
        if not colon or not key or not name:
            raise _usage(
                text, "this is no KEY:FILE.", "Give a key and a JSON file, such as labels:labels.json."
            )
        if key in found:
            raise _usage(text, f"the key {key!r} is given twice.", "Give each key once.")
        found[key] = _read(text, Path(name))
    return found


def merged(extras: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What a model.json says beside its model, with metadata; what it says under other keys stays."""
    if not metadata:
        return dict(extras)
    old = extras.get(KEY)
    return {**extras, KEY: {**(old if isinstance(old, Mapping) else {}), **metadata}}


def _read(text: str, path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise _usage(text, f"the file cannot be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise _usage(text, f"the file is no JSON: {error}.", "Give a file of JSON.") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _usage(text: str, why: str, fix: str) -> UsageError:
    return UsageError("metadata", f"--metadata {text}", why, fix)
