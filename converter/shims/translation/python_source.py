"""A Python file as its syntax tree; it is never imported or run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from converter.errors import SourceError, UnsupportedError

_LAYER_BASES = ("keras.layers.", "keras.Layer", "keras.Model", "keras.models.Model")
_PREFIXES = {
    "tensorflow.keras.": "keras.",
    "tensorflow.python.keras.": "keras.",
    "tensorflow.compat.v2.": "tf.",
    "tf_keras.": "keras.",
    "keras.api.": "keras.",
    "keras.src.": "keras.",
    "keras.engine.topology.": "keras.layers.",
    "keras.engine.base_layer.": "keras.layers.",
    "keras.engine.": "keras.layers.",
    "keras.layers.core.": "keras.layers.",
    "keras.layers.convolutional.": "keras.layers.",
    "keras.layers.normalization.": "keras.layers.",
    "numpy.": "np.",
    "tensorflow.": "tf.",
    "tf.compat.v2.": "tf.",
    "tf.keras.": "keras.",
    "tf.math.": "tf.math.",
}


@dataclass(frozen=True)
class PythonModule:
    """One Python file.

    Attributes:
        text: the source.
        filename: as it stands in messages.
        tree: the syntax tree of the source.
        constants: values of global names that are known from elsewhere; they go before what the file says.
    """

    text: str
    filename: str
    tree: ast.Module = field(repr=False)
    constants: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, filename: str, constants: Mapping[str, Any] | None = None) -> PythonModule:
        """Read a Python file.

        Raises:
            SourceError: ``python-syntax``, with line and column, if it is no Python.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes and the like are the author's affair
                tree = ast.parse(text, filename)
        except SyntaxError as error:
            place = f"{filename}:{error.lineno or 1}:{error.offset or 1}"
            raise SourceError(
                "python-syntax",
                place,
                f"this is no Python that can be read: {error.msg}.",
                "Correct the file, or name the right one.",
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise SourceError(
                "python-syntax", filename, "this is no Python that can be read.", "Name the right file."
            ) from None
        return cls(text, filename, tree, dict(constants or {}))

    @cached_property
    def imports(self) -> dict[str, str]:
        """The full name of what each imported name stands for."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = canonical(
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                for alias in node.names:
                    found[alias.asname or alias.name] = canonical(f"{node.module}.{alias.name}")
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes at the top of the file; of two with one name the last."""
        return {node.name: node for node in self._statements if isinstance(node, ast.ClassDef)}

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions at the top of the file."""
        return {node.name: node for node in self._statements if isinstance(node, ast.FunctionDef)}

    @cached_property
    def assignments(self) -> dict[str, ast.expr]:
        """The value of each global name that is set once."""
        found: dict[str, ast.expr | None] = {}
        for node in self._statements:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = None if target.id in found else node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = None if node.target.id in found else node.value
            found |= dict.fromkeys(_changed(node))
        return {name: value for name, value in found.items() if value is not None}

    @cached_property
    def _statements(self) -> list[ast.stmt]:
        """The statements at the top, those under ``if`` and ``try`` included."""
        found: list[ast.stmt] = []
        pending: list[ast.stmt] = list(reversed(self.tree.body))
        while pending:
            node = pending.pop()
            found.append(node)
            if isinstance(node, (ast.If, ast.Try)):
                pending += reversed(node.body)
        return found

    def qualified(self, node: ast.expr) -> str | None:
        """The full name of ``tf.nn.relu`` and the like; ``None`` if it is no imported name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports:
            return None
        return canonical(".".join([self.imports[node.id], *reversed(parts)]))

    def bases(self, name: str) -> list[str]:
        """The class and those of this file that it derives from, the nearest first."""
        chain: list[str] = []
        while name in self.classes and name not in chain:
            chain.append(name)
            own = [base.id for base in self.classes[name].bases if isinstance(base, ast.Name)]
            name = next((base for base in own if base in self.classes), "")
        return chain

    def library_bases(self, name: str) -> list[str]:
        """The full names of the library classes that the class derives from."""
        return [
            path
            for each in self.bases(name)
            for base in self.classes[each].bases
            if (path := self.qualified(base)) is not None
        ]

    def line(self, node: ast.AST) -> int:
        """The line of a node, from 1."""
        return int(getattr(node, "lineno", 1))

    def place(self, node: ast.AST) -> str:
        """``file:line:column``, the last two from 1."""
        return f"{self.filename}:{self.line(node)}:{getattr(node, 'col_offset', 0) + 1}"

    def source(self, node: ast.AST) -> str:
        """The text of a node on one line, cut where it is long."""
        text = " ".join((ast.get_source_segment(self.text, node) or ast.unparse(node)).split())
        return text if len(text) <= 100 else text[:99] + "…"

    def missing(self, name: str) -> UnsupportedError:
        """The error for a class that is not there."""
        known = ", ".join(layer_classes(self)) or "none"
        return UnsupportedError(
            "shim-untranslatable",
            self.filename,
            f"it has no layer class {name!r}; it has {known}.",
            "Name the file that has the class, by --layers-from, or write it by hand for --layers-js.",
        )


def _changed(node: ast.stmt) -> set[str]:
    """The global names whose value a statement may change behind their assignment."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    owners: set[str] = set()
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
    ):
        owners |= {each.id for each in ast.walk(node.value.func) if isinstance(each, ast.Name)}
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.For, ast.While, ast.With)):
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        for target in targets:
            if not isinstance(target, ast.Name):
                stored = [
                    each
                    for each in ast.walk(target)
                    if isinstance(each, (ast.Subscript, ast.Attribute, ast.Name))
                ]
                owners |= {each.id for each in stored if isinstance(each, ast.Name)}
    for each in ast.walk(node):
        if isinstance(each, ast.Global):
            owners |= set(each.names)
    return owners


def canonical(path: str) -> str:
    """One spelling for the names that TensorFlow and Keras have for one thing."""
    changed = True
    path += "."
    while changed:
        changed = False
        for prefix, short in _PREFIXES.items():
            if prefix != short and path.startswith(prefix):
                path, changed = short + path[len(prefix) :], True
                break
    return path.removesuffix(".")


def layer_classes(module: PythonModule) -> list[str]:
    """The classes of the file that derive, directly or not, from a Keras layer, in its order."""
    return [
        name
        for name in module.classes
        if any(path.startswith(_LAYER_BASES) for path in module.library_bases(name))
    ]
