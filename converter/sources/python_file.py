"""Python files of the user's own that hold layers, found without running anything."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from converter.errors import UsageError


@dataclass(frozen=True)
class PythonFile:
    """A file, and the module name under which it is imported; None imports it by its path."""

    path: Path
    module: str | None = None

    @classmethod
    def find(cls, text: str) -> PythonFile:
        """The file behind ``FILE.py`` or ``MODULE``, as ``--layers-from`` takes them.

        No package is imported on the way: a package's own ``__init__`` is code too.

        Raises:
            UsageError: when there is none.
        """
        if text.endswith(".py") or "/" in text:
            path = Path(text)
            if path.is_file():
                return cls(path.resolve())
            raise UsageError(
                "layers-from", f"--layers-from {text}", "there is no such file.", "Check the path."
            )
        spec = _spec(text)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            raise UsageError(
                "layers-from",
                f"--layers-from {text}",
                "there is no Python module of this name with a source file.",
                "Give the path of the .py file, or run where the module can be imported.",
            )
        return cls(Path(spec.origin).resolve(), text)


def _spec(module: str) -> ModuleSpec | None:
    places: list[str] | None = [str(Path.cwd()), *sys.path]
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:count]), places)
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
    return spec
