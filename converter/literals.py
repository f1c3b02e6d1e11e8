"""Values typed on a command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from converter.errors import UsageError


def parse_value(text: str) -> Any:
    """JSON where the text is JSON, else the text itself: ``2``, ``[1, 2]``, ``true``, ``shuffle``."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def parse_arguments(pairs: Sequence[str]) -> dict[str, Any]:
    """``KEY=VALUE`` pairs; dots in a key lead into nested objects: ``arch_params.C=3``.

    Raises:
        UsageError: when one is no pair, or a key is said twice.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        *path, last = key.split(".")
        holder = found
        for part in path:
            holder = holder.setdefault(part, {})
            if not isinstance(holder, dict):
                break
        if (
            not sign
            or not all(part.isidentifier() for part in (*path, last))
            or not isinstance(holder, dict)
            or last in holder
        ):
            raise UsageError(
                "model-arg",
                f"--model-arg {pair}",
                "this is no KEY=VALUE, or says a key twice.",
                "Give KEY=VALUE.",
            )
        holder[last] = parse_value(value)
    return found
