"""The generated module: one ``keras.layers.Layer`` for every distinct function that captures something."""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from converter.sources.python_child import live, naming
from converter.sources.python_child.importing import Imports
from converter.sources.python_child.rewrite import Holder

FILE = "captured_layers.py"
OWN_NAME = "ThisClass_"
"""Stands for a class's own name inside it until that is known."""
HEADER = '"""Layers whose configurations hold what the functions of the model captured."""'


@dataclass
class Use:
    """The layers that have one class and one set of captured values."""

    class_name: str
    origin: str
    values: Mapping[str, Any]
    layers: list[str]


@dataclass
class _Class:
    name: str
    base: str
    text: str
    origins: dict[str, None] = field(default_factory=dict)


class Module:
    """The generated module while it grows.

    Args:
        keras: the Keras of the model.
    """

    def __init__(self, keras: ModuleType) -> None:
        self.keras = keras
        self.imports = Imports()
        path = keras.__name__ if live.generation(keras) == 2 else "keras"
        self.alias = self.imports.module(path, "keras")
        self.uses: list[Use] = []
        self._reserved = naming.built_in(keras)
        self.taken = set(self._reserved)
        self._classes: dict[str, _Class] = {}

    def holder(self) -> Holder:
        """An empty holder for one class."""
        return Holder(self.imports, naming.layer_attributes(self.keras))

    def add(
        self,
        holder: Holder,
        methods: Iterable[ast.FunctionDef],
        wanted: str,
        layer: str,
        origin: str,
        otherwise: str = "Lambda",
    ) -> tuple[str, dict[str, Any]]:
        """A class for a function, or the one that there is; its name and the layer's configuration.

        Args:
            holder: what the function captured.
            methods: ``call``, and what else the class has of its own.
            wanted: how to call the class.
            layer: the layer that is replaced.
            origin: file and line of the function.
            otherwise: what to add to a class name that Keras or TensorFlow.js has taken.
        """
        parts = [*map(ast.unparse, [*methods, *holder.methods.values()])]
        if holder.parameters:
            parts = [_constructor(holder), *parts, _get_config(holder)]
        return self.add_class("\n\n".join(parts), wanted, otherwise, layer, origin, holder.parameters)

    def add_class(
        self,
        body: str,
        wanted: str,
        otherwise: str,
        layer: str,
        origin: str,
        values: Mapping[str, Any],
        base: str = "Layer",
    ) -> tuple[str, dict[str, Any]]:
        """As ``add``, with the text of the class's body (without indent) and its base among the layers."""
        key = f"{base}: {body}"
        if key not in self._classes:
            wanted = f"{wanted}{otherwise}" if wanted in self._reserved else wanted
            name = naming.unique(wanted, self.taken)
            self.taken.add(name)
            self._classes[key] = _Class(name, base, body.replace(OWN_NAME, name))
        found = self._classes[key]
        found.origins[origin] = None
        config = {key: jsonable(value) for key, value in values.items()}
        self._record(found.name, origin, config, layer)
        return found.name, config

    def _record(self, name: str, origin: str, config: Mapping[str, Any], layer: str) -> None:
        # 1 and 1.0 and True are equal, but not the same.
        key = (name, origin, json.dumps(config, sort_keys=True))
        for use in self.uses:
            if (use.class_name, use.origin, json.dumps(use.values, sort_keys=True)) == key:
                if layer not in use.layers:
                    use.layers.append(layer)
                return
        self.uses.append(Use(name, origin, config, [layer]))

    def write(self, folder: Path) -> Path | None:
        """Writes the module into ``folder``; None when there is nothing to write."""
        if not self._classes:
            return None
        classes = [
            f"# from {', '.join(each.origins)}\nclass {each.name}({self.alias}.layers.{each.base}):\n"
            + textwrap.indent(each.text, "    ")
            for each in self._classes.values()
        ]
        text = "\n\n\n".join([HEADER + "\n\n" + "\n".join(self.imports.lines), *classes])
        (folder / FILE).write_text(text + "\n", encoding="utf-8")
        return folder / FILE


def jsonable(value: Any) -> Any:
    """A captured value as JSON has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [jsonable(each) for each in value] if isinstance(value, tuple) else value


def restored(name: str, value: Any, imports: Imports) -> str:
    """An expression that makes of a configuration's value what was captured."""
    if isinstance(value, np.ndarray):
        return f"{imports.module('numpy', 'np')}.array({name}, dtype={value.dtype.name!r})"
    return f"tuple({name})" if isinstance(value, tuple) else name


def stored(name: str, value: Any) -> str:
    """An expression for the configuration's value of an attribute."""
    return f"self.{name}.tolist()" if isinstance(value, np.ndarray) else f"self.{name}"


def _constructor(holder: Holder) -> str:
    parameters = "".join(f"{name}, " for name in holder.parameters)
    lines = [f"def __init__(self, {parameters}**kwargs):", "    super().__init__(**kwargs)"]
    for name, value in holder.parameters.items():
        lines.append(f"    self.{name} = {restored(name, value, holder.imports)}")
    return "\n".join(lines)


def _get_config(holder: Holder) -> str:
    items = "".join(f", {name!r}: {stored(name, value)}" for name, value in holder.parameters.items())
    return f"def get_config(self):\n    return {{**super().get_config(){items}}}"
