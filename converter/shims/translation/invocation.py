"""A call of something, with its arguments translated on demand."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from converter.shims.translation.javascript import Js, literal
from converter.shims.translation.scope import Scope
from converter.shims.translation.values import Mapped, Sequence, Value, is_none


@dataclass(frozen=True)
class Call:
    """A call whose arguments are translated on demand."""

    scope: Scope
    node: ast.Call
    path: str

    def positional(self) -> list[Value]:
        """The positional arguments; ``*items`` only of a list whose items are known."""
        found: list[Value] = []
        for each in self.node.args:
            if isinstance(each, ast.Starred):
                value = self.scope.evaluate(each.value)
                if not isinstance(value, Sequence) or value.items is None:
                    raise self.scope.fail(each, "how many arguments these are is not known")
                found += value.items
            else:
                found.append(self.scope.evaluate(each))
        return found

    def keywords(self) -> dict[str, Value]:
        """The keyword arguments; ``**options`` only of a dictionary whose keys are known."""
        found: dict[str, Value] = {}
        for each in self.node.keywords:
            if each.arg is not None:
                found[each.arg] = self.scope.evaluate(each.value)
                continue
            value = self.scope.evaluate(each.value)
            if not isinstance(value, Mapped):
                raise self.scope.fail(each.value, "which arguments these are is not known")
            found |= value.entries
        return found


def given_none(value: Value | None) -> bool:
    """Whether an argument is left out or ``None``."""
    return value is None or is_none(value) is True


def quoted(text: str) -> Js:
    """A JavaScript string."""
    return literal(text)
