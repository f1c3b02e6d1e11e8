"""The classes of operations: one for each, with just the functions that it needs."""

from __future__ import annotations

import re
from functools import cache

from converter.javascript import package_folder
from converter.layers.operation_table import ROWS

PREFIX = "Keras"
"""Set before the name of an operation: some are called as layers are."""

_ROW = re.compile(r"^  ([A-Z]\w*): (.*?),\n(?=^  [A-Z]\w*: |^  //|^};)", re.MULTILINE | re.DOTALL)
_FUNCTION = re.compile(r"^/\*\*(?:(?!\*/).)*\*/\nexport (function (\w+)\(.*?^})$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\n *//[^\n]*|/\*\* @type .*? \*/ ?")


def names() -> frozenset[str]:
    """The names of the classes."""
    return frozenset(PREFIX + name for name in ROWS if name != "Resize")


def javascript(class_name: str) -> str:
    """What defines a class, the functions that it calls before it.

    Args:
        class_name: such as ``KerasExp``.
    """
    rows, functions = _sources()
    compute = rows[class_name.removeprefix(PREFIX)]
    needed: dict[str, str] = {}
    pending = [compute, functions["operationLayer"]]
    while pending:
        text = pending.pop()
        for name, body in functions.items():
            if name not in needed and re.search(rf"(?<![\w.])(?:\.\.\.)?{name}\(", text):
                needed[name] = body
                pending.append(body)
    ordered = [body for name, body in functions.items() if name in needed]
    definition = (
        f"export function define{class_name}(tf) {{\n"
        f"  return operationLayer(tf, '{class_name}', {compute});\n}}"
    )
    return "\n\n".join([*ordered, functions["operationLayer"], definition])


@cache
def _sources() -> tuple[dict[str, str], dict[str, str]]:
    """The functions of the operations, and the helpers, as the files have them."""
    rows: dict[str, str] = {}
    functions: dict[str, str] = {}
    for path in sorted((package_folder() / "operations").glob("*.js")):
        text = path.read_text("utf-8")
        rows |= {name: _COMMENT.sub("", body) for name, body in _ROW.findall(text)}
        functions |= {name: body for body, name in _FUNCTION.findall(text)}
    return rows, functions
