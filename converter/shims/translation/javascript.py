"""JavaScript expressions as text that knows how tightly it binds, and the breaking of long lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WIDTH = 100
"""How long a line of JavaScript may be, in characters."""

PRIMARY, UNARY, POWER, PRODUCT, SUM, RELATION, EQUALITY, AND, OR, CONDITION, LOOSE = (
    20, 15, 14, 13, 12, 10, 9, 5, 4, 3, 1,
)  # fmt: skip
_LEVELS = {
    "**": POWER,
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("<", "<=", ">", ">=", "in", "instanceof"), RELATION),
    **dict.fromkeys(("===", "!==", "==", "!="), EQUALITY),
    "&&": AND,
    "||": OR,
}
_NAME = re.compile(r"[A-Za-z_$][\w$]*\Z")
_PATH = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*\Z")
RESERVED = frozenset(
    [
        "arguments",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
        "Array",
        "Math",
        "Number",
        "Object",
        "Set",
        "config",
        "kwargs",
        "tf",
    ]
)
"""Names that no local variable gets."""


@dataclass(frozen=True)
class Js:
    """An expression and the level of its outermost operator."""

    text: str
    level: int = PRIMARY

    def __str__(self) -> str:
        return self.text

    def at(self, level: int) -> str:
        """The text, in parentheses where it binds less tightly than ``level``."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def is_path(self) -> bool:
        """Whether it is a name or a chain of members, cheap and safe to write twice."""
        return bool(_PATH.match(self.text))


NULL = Js("null")


def literal(value: object) -> Js:
    """A Python number, string, boolean, ``None``, or a list of such."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return Js("true" if value else "false")
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, str):
        return Js(_quoted(value))
    if isinstance(value, (list, tuple)):
        return array([literal(item) for item in value])
    raise TypeError(f"no JavaScript literal for {type(value).__name__}")


def _number(value: float) -> Js:
    if isinstance(value, float):
        if math.isnan(value):
            return Js("NaN")
        if math.isinf(value):
            return Js("Infinity") if value > 0 else Js("-Infinity", UNARY)
        if value.is_integer() and abs(value) < 1e16:
            value = int(value)
    text = re.sub(r"e([+-])0*(\d)", lambda match: "e" + match[1].replace("+", "") + match[2], repr(value))
    return Js(text, UNARY if text.startswith("-") else PRIMARY)


def _quoted(text: str) -> str:
    inner = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def binary(operator: str, left: Js, right: Js) -> Js:
    """``left operator right``; all are left-associative but ``**``, whose left side must be primary."""
    level = _LEVELS[operator]
    if operator == "**":
        return Js(f"{left.at(PRIMARY)} ** {right.at(POWER)}", level)
    return Js(f"{left.at(level)} {operator} {right.at(level + 1)}", level)


def unary(operator: str, operand: Js) -> Js:
    """``!x`` or ``-x``."""
    inner = operand.at(UNARY)
    return Js(f"{operator}({inner})" if inner.startswith(operator) else f"{operator}{inner}", UNARY)


def call(function: str, *arguments: Js) -> Js:
    """A call; trailing arguments are given as they are."""
    return Js(f"{function}({', '.join(each.at(LOOSE + 1) for each in arguments)})")


def member(owner: Js, name: str) -> Js:
    """``owner.name``."""
    return Js(f"{owner.at(PRIMARY)}.{name}")


def index(owner: Js, position: Js) -> Js:
    """``owner[position]``."""
    return Js(f"{owner.at(PRIMARY)}[{position.text}]")


def array(items: Iterable[Js]) -> Js:
    """``[a, b]``."""
    return Js(f"[{', '.join(item.at(LOOSE + 1) for item in items)}]")


def spread(items: Js) -> Js:
    """``...items``, for the inside of an array."""
    return Js(f"...{items.at(CONDITION)}", LOOSE + 1)


def record(entries: Mapping[str, Js]) -> Js:
    """``{ key: value }``, short where both are the same name."""
    if not entries:
        return Js("{}")
    parts = [key if value.text == key else f"{key}: {value.at(LOOSE + 1)}" for key, value in entries.items()]
    return Js("{ " + ", ".join(parts) + " }")


def condition(test: Js, then: Js, otherwise: Js) -> Js:
    """``test ? then : otherwise``."""
    return Js(f"{test.at(OR)} ? {then.at(CONDITION + 1)} : {otherwise.at(CONDITION)}", CONDITION)


def arrow(parameters: str, body: Js) -> Js:
    """``(a, b) => body``."""
    text = f"({body.text})" if body.text.startswith("{") else body.text
    return Js(f"({parameters}) => {text}", LOOSE + 1)


def camel(name: str) -> str:
    """A Python name as JavaScript spells it; leading underscores stay.

    The same rule as that of TensorFlow.js for the keys of configurations.
    """
    if len(name) <= 1:
        return name
    lead = len(name) - len(name.lstrip("_"))
    if name.isupper():
        return name
    return name[:lead] + re.sub(r"_+(\w|$)", lambda match: match[1].upper(), name[lead:])


def is_name(text: str) -> bool:
    """Whether the text is one identifier."""
    return bool(_NAME.match(text))


def wrap(text: str, indent: int, width: int = WIDTH) -> str:
    """One statement, its brackets broken over lines where it is too long for one.

    Args:
        text: the statement on one line.
        indent: how far it is indented, in characters; the first line is indented as well.
        width: the length of line to stay under, in characters.
    """
    lead = " " * indent
    if indent + len(text) <= width:
        return lead + text
    opened = _last_group(text)
    if opened is None:
        return lead + text
    start, end = opened
    items = _split(text[start + 1 : end])
    if len(items) == 1 and text[start] != "{":
        inner = wrap(items[0], indent + 2, width)
        return f"{lead}{text[: start + 1]}\n{inner}\n{lead}{text[end:]}"
    lines = [wrap(item, indent + 2, width - 1) + "," for item in items]
    return "\n".join([lead + text[: start + 1], *lines, lead + text[end:]])


def _last_group(text: str) -> tuple[int, int] | None:
    """The widest bracket group that stands in no other; of equal ones the last."""
    groups = [(start, end) for start, end, depth in _groups(text) if depth == 0 and end - start > 20]
    return max(groups, key=lambda group: group[1] - group[0], default=None)


def _groups(text: str) -> Iterable[tuple[int, int, int]]:
    stack: list[int] = []
    for position, character in _code(text):
        if character in "([{":
            stack.append(position)
        elif character in ")]}" and stack:
            start = stack.pop()
            yield start, position, len(stack)


def _split(text: str) -> list[str]:
    items, start, depth = [], 0, 0
    for position, character in _code(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            items.append(text[start:position].strip())
            start = position + 1
    last = text[start:].strip()
    return [*items, last] if last else items


def _code(text: str) -> Iterable[tuple[int, str]]:
    """The characters outside of quotes."""
    quote, position = "", 0
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'`":
            quote = character
        else:
            yield position, character
        position += 1
