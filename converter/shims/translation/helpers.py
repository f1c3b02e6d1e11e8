"""The small JavaScript functions that translated classes bring along, each only where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_TEXT = (Path(__file__).parent / "helpers.js").read_text(encoding="utf-8")
_PARTS = re.findall(r"(?ms)^(/\*\*(?:(?!\*/).)*\*/\nfunction (\w+)\(.*?^\}\n)", _TEXT)
HELPERS: dict[str, str] = {name: text.rstrip() for text, name in _PARTS}
"""The text of each function, its comment included, by name."""


def needed(names: Iterable[str]) -> list[str]:
    """The functions named and those that they call, in the order of the file."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        body = HELPERS[name].partition("*/")[2]
        pending += [other for other in HELPERS if re.search(rf"(?<![.\w]){other}(?=[(,])", body)]
    return [name for name in HELPERS if name in found]


def needs_tf(name: str) -> bool:
    """Whether a function, or one that it calls, uses TensorFlow.js, which only ``define…(tf)`` is given."""
    return any(re.search(r"\btf\b", HELPERS[each].partition("*/")[2]) for each in needed([name]))
