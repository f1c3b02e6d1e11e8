"""The imports of the generated module: libraries under the names that the user's own code gives them."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from converter.sources.python_child.captures import LIBRARIES, Scope
from converter.sources.python_child.lambdas import Source


class Imports:
    """What the generated module imports; ``lines`` are its statements."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._lines: dict[str, str] = {}

    @property
    def lines(self) -> list[str]:
        """The import statements, sorted."""
        return sorted(set(self._lines.values()))

    def module(self, path: str, name: str) -> str:
        """Imports a module by its path; the name that it got."""
        return self._add(name, importlib.import_module(path), f"import {path}")

    def as_in(self, source: Source, scope: Scope, name: str, value: Any) -> str | None:
        """Imports what a name of the user's file stands for, as the file does; the name that it got.

        None when no import is known that gives the very same object.
        """
        package = str(scope.function.__globals__.get("__package__") or "")
        for path, attribute in _bindings(source.tree, name, package):
            if _load(path, attribute) is value:
                line = f"from {path} import {attribute}" if attribute else f"import {path}"
                return self._add(name, value, line)
        path = value.__name__ if isinstance(value, ModuleType) else str(value.__module__)
        attribute = "" if isinstance(value, ModuleType) else value.__name__
        if _load(path, attribute) is not value:
            return None
        return self._add(name, value, f"from {path} import {attribute}" if attribute else f"import {path}")

    def _add(self, name: str, value: Any, line: str) -> str:
        alias, number = name, 2
        while alias in self._values and self._values[alias] is not value:
            alias, number = f"{name}_{number}", number + 1
        self._values[alias] = value
        self._lines.setdefault(alias, line if line.rsplit(maxsplit=1)[-1] == alias else f"{line} as {alias}")
        return alias


def public_path(value: Any) -> str | None:
    """The dotted path under which a library offers a function: ``tensorflow.nn.depth_to_space``."""
    exported = getattr(value, "_api_export_path", None) or ()
    for path in (exported,) if isinstance(exported, str) else exported:
        return _existing(str(path))
    try:
        from tensorflow.python.util.tf_export import get_canonical_name_for_symbol
    except ImportError:
        return None
    for api, root in (("tensorflow", "tensorflow"), ("keras", "tf_keras")):
        try:
            found = get_canonical_name_for_symbol(value, api_name=api)
        except (AttributeError, TypeError):
            continue
        if found and not found.startswith("__"):
            return _existing(f"{root}.{found.removeprefix('keras.')}")
    return None


def _existing(path: str) -> str | None:
    """The path where it leads to something in a library, from its root on."""
    root, *rest = path.split(".")
    found: Any = _load(root, "") if root in LIBRARIES else None
    for name in rest:
        found = getattr(found, name, None)
    return None if found is None else path


def _bindings(tree: ast.Module, name: str, package: str) -> Iterator[tuple[str, str]]:
    """Each import in the file that binds a name: the module, and the attribute where there is one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.split(".")[0]) == name:
                    yield (alias.name if alias.asname else name), ""
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if node.level else []
            parts = parts[: len(parts) - node.level + 1] if node.level else parts
            path = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield path, alias.name


def _load(path: str, attribute: str) -> Any:
    try:
        found: Any = importlib.import_module(path)
        return getattr(found, attribute) if attribute else found
    except (ImportError, AttributeError, ValueError):
        return None
