"""Functions made in a loop that read the loop's variable when they run: all of them see its last value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType

from converter.sources.python_child.lambdas import Function, Source


class LateReads:
    """Notes the functions of layers while a model is written down."""

    def __init__(self) -> None:
        self._layers: dict[str, list[str]] = {}
        self._names: dict[str, list[str]] = {}

    def note(self, layer: str, function: FunctionType, source: Source) -> None:
        """A layer and its function."""
        names = sorted(_targets(source) & set(function.__code__.co_freevars))
        if names:
            self._layers.setdefault(source.position, []).append(layer)
            self._names[source.position] = names

    @property
    def warnings(self) -> Iterator[str]:
        """A sentence for each function that several layers share with their variables."""
        for position, layers in self._layers.items():
            if len(layers) > 1:
                name = self._names[position][0]
                yield (
                    f"{position}: the function reads '{name}' when it runs, after the loop: {len(layers)} "
                    f"layers from '{layers[0]}' on have the last value of it, as in Keras. "
                    f"A parameter '{name}={name}' keeps each value."
                )


def _targets(source: Source) -> set[str]:
    """The variables of the loops around a function, in the function around it."""
    names: set[str] = set()
    for each in _around(source.tree, source.node) or ():
        if isinstance(each, Function):
            names = set()
        elif isinstance(each, ast.For):
            names |= {inner.id for inner in ast.walk(each.target) if isinstance(inner, ast.Name)}
    return names


def _around(tree: ast.AST, node: ast.AST) -> list[ast.AST] | None:
    """What a node stands in, from the outermost on; None when it is not in the tree."""
    for child in ast.iter_child_nodes(tree):
        if child is node:
            return []
        inner = _around(child, node)
        if inner is not None:
            return [child, *inner]
    return None
