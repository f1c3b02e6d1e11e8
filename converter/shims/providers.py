"""Who provides the JavaScript of a model's custom layers: the user, a translation, or the library."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from converter.errors import UnsupportedError, UsageError
from converter.layers import TFJS_LAYERS, unsupported
from converter.model import Layer, Model, Weight
from converter.passes.base import map_layers
from converter.shims.script import definitions
from converter.shims.shim import LIBRARY, Shim
from converter.shims.translation.javascript import camel

if TYPE_CHECKING:
    from converter.shims.translation.python_source import PythonModule

_TELL = (
    "Give the Python that builds the model by --model MODULE:NAME, which knows the values, or add a "
    "get_config and save the model again."
)
_DEFINITION = re.compile(r"^export function define(\w+)\(|^export const \{ ([^}]*) \} = ", re.MULTILINE)


@dataclass(frozen=True)
class Providers:
    """What may stand for custom classes, the first that has a class first.

    Attributes:
        javascript: files of the user's own, by the class that each defines.
        python: modules whose classes are translated.
        origins: where the functions stand that classes in generated modules were made of.
    """

    javascript: Mapping[str, Path]
    python: tuple[PythonModule, ...]
    origins: Mapping[str, str]

    @classmethod
    def of(cls, python: Sequence[Path], javascript: Sequence[Path], origins: Mapping[str, str]) -> Providers:
        """Reads the files; nothing in them runs.

        Raises:
            UsageError: when a file cannot be read, or a JavaScript file defines no class.
            UnsupportedError: when a Python file has a syntax error.
        """
        defined: dict[str, Path] = {}
        for path in javascript:
            for name in _definitions(path):
                if name in defined:
                    raise _defined_twice(name, defined[name].name, path.name)
                defined[name] = path
        if not python:
            return cls(defined, (), origins)
        from converter.shims.translation.python_source import PythonModule

        return cls(defined, tuple(PythonModule.parse(_text(path), path.name) for path in python), origins)

    @property
    def is_library_alone(self) -> bool:
        """Whether the user brings no class."""
        return not self.javascript and not self.python

    def own(self) -> set[str]:
        """The names of the classes that the user brings."""
        return {*self.javascript, *(name for module in self.python for name in _classes(module))}

    def served(self) -> Container[str]:
        """The names of all classes that are provided."""
        return _Served(self)

    def shims(self, model: Model, keras: int = 2) -> dict[str, Shim]:
        """The JavaScript of each custom class of the model that somebody provides, by plain name.

        Args:
            model: any model.
            keras: the major version of the Keras that made it, which decides the order of weights.

        Raises:
            UnsupportedError: when a class cannot be translated, or a configuration does not fit.
        """
        found: dict[str, Shim] = {}
        for class_name, names in unsupported(model).items():
            plain = plain_name(class_name)
            layers = [each for each in model.walk() if each.name in names]
            inside = next((each for each in layers if each.class_name != class_name), None)
            if inside is not None and plain in self.served() and not _is_keras(plain):
                raise UnsupportedError(
                    "custom-wrapped",
                    f"layer '{inside.name}'",
                    f"it is a {inside.class_name} around the custom class {plain}, which is not converted.",
                    f"Build the model with {plain} itself in place of the wrapper.",
                )
            if inside is not None and not _is_keras(plain):
                continue
            shim = self._find(plain, layers, keras)
            if shim is None:
                continue
            twin = next((name for name, other in found.items() if other.class_name == shim.class_name), None)
            if twin is not None:
                raise UnsupportedError(
                    "custom-name",
                    f"layer '{layers[0].name}'",
                    f"TensorFlow.js does not tell the class names {plain} and {twin} apart.",
                    "Rename one of the classes in Python and save the model again.",
                )
            found[plain] = shim
        return found

    def unused(self, shims: Mapping[str, Shim]) -> list[str]:
        """A sentence for each file of the user's that provides none of the classes."""
        of_python = {module.filename: set(_classes(module)) & set(shims) for module in self.python}
        of_javascript: dict[str, set[str]] = {path.name: set() for path in self.javascript.values()}
        for name, path in self.javascript.items():
            of_javascript[path.name] |= {name} & names_of(shims)
        return [
            f"{option} {name}: the model has no layer of its classes."
            for option, found in (("--layers-from", of_python), ("--layers-js", of_javascript))
            for name, used in found.items()
            if not used and not self.origins
        ]

    def by_hand(self, model: Model) -> dict[str, str]:
        """JavaScript to finish by hand, of each custom class of the model whose Python is at hand."""
        from converter.shims.translation.skeleton import finish_by_hand

        plain = dict.fromkeys(plain_name(class_name) for class_name in unsupported(model))
        return {
            class_name: finish_by_hand(module, class_name)
            for class_name in plain
            for module in self.python
            if class_name in _classes(module)
        }

    def _find(self, class_name: str, layers: Sequence[Layer], keras: int) -> Shim | None:
        registered = camel(class_name)
        if registered in TFJS_LAYERS:
            raise UnsupportedError(
                "custom-name",
                f"layer '{layers[0].name}'",
                f"its custom class is named {class_name} and would replace the one of TensorFlow.js.",
                "Rename the class in Python and save the model again.",
            )
        if registered in self.javascript:
            return _written(registered, self.javascript[registered])
        holders = [module for module in self.python if class_name in _classes(module)]
        if len(holders) > 1:
            raise _defined_twice(class_name, *(module.filename for module in holders))
        if holders:
            return self._translated(holders[0], class_name, layers, keras)
        return _from_library(class_name, layers)

    def _translated(self, module: PythonModule, class_name: str, layers: Sequence[Layer], keras: int) -> Shim:
        from converter.shims.translation.translate import translate

        origin = self.origins.get(class_name)
        try:
            translation = translate(module, class_name, keras)
        except UnsupportedError as error:
            if origin is None:
                raise
            # The line in the generated module would mean nothing to the user.
            raise UnsupportedError(error.code, origin, error.why, error.fix) from None
        keys = (*translation.required, *translation.optional)
        if len({camel(key) for key in keys}) < len(keys):
            raise UnsupportedError(
                "custom-config",
                f"class {class_name}",
                f"TensorFlow.js does not tell all of its keys apart: {', '.join(keys)}.",
                "Rename one of them in Python.",
            )
        for layer in layers:
            lacking = [key for key in translation.required if key not in layer.config]
            if lacking:
                named = ", ".join(map(repr, lacking))
                why = f"its configuration lacks {named}, which {class_name} is made with"
                raise UnsupportedError(
                    "custom-config",
                    f"layer '{layer.name}'",
                    f"{why}: the class has no get_config that returns it.",
                    _TELL,
                )
        shim = translation.shim
        return shim if origin is None else replace(shim, origin=f"translated from {origin}")


@dataclass(frozen=True)
class _Served:
    providers: Providers

    def __contains__(self, name: object) -> bool:
        from converter.shims import library

        return (
            (isinstance(name, str) and camel(name) in self.providers.javascript)
            or any(name in _classes(module) for module in self.providers.python)
            or name in library.names()
        )


def plain_name(class_name: str) -> str:
    """A class name without the package that Keras registers it under, such as ``Custom>``."""
    return class_name.rpartition(">")[2]


def names_of(shims: Mapping[str, Shim]) -> set[str]:
    """The names under which TensorFlow.js finds the classes."""
    return {shim.class_name for shim in shims.values()}


def adopt(model: Model, shims: Mapping[str, Shim]) -> Model:
    """The model with its custom layers and their weights named as their JavaScript classes name them."""
    if not shims:
        return model
    renamed: dict[str, str] = {}

    def one(layer: Layer) -> Layer:
        shim = shims.get(plain_name(layer.class_name))
        if shim is None or layer.model is not None:
            return layer
        weights = tuple(_named(layer, shim, index) for index in range(len(layer.weights)))
        renamed.update(zip((w.name for w in layer.weights), (w.name for w in weights), strict=True))
        return replace(layer, class_name=shim.class_name, weights=weights)

    adopted = map_layers(model, one)
    return replace(adopted, weight_order=tuple(renamed.get(name, name) for name in model.weight_order))


def _named(layer: Layer, shim: Shim, index: int) -> Weight:
    weight = layer.weights[index]
    own = f"w{index}" if shim.positional_weights else weight.name.rpartition("/")[2]
    return replace(weight, name=f"{layer.name}/{own}")


def _defined_twice(class_name: str, *files: str) -> UsageError:
    return UsageError(
        "layers-twice",
        " and ".join(files),
        f"each defines a class {class_name}.",
        "Name only the file whose class it is.",
    )


def _definitions(path: Path) -> list[str]:
    found = [
        name.removeprefix("define")
        for one, several in _DEFINITION.findall(_text(path))
        for name in (one, *several.split(", "))
        if name
    ]
    if not found:
        raise UsageError(
            "layers-js",
            f"--layers-js {path}",
            "it defines no layer.",
            "Export a function define<ClassName>(tf) for each class, which returns the class.",
        )
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "layers-file", str(path), f"it cannot be read: {error}.", "Check the path."
        ) from error


def _written(class_name: str, path: Path) -> Shim:
    text = _text(path)
    ours = definitions(text)
    return Shim(
        class_name,
        text if ours is None else ours,
        f"export interface {class_name}Config {{\n  [key: string]: unknown;\n}}",
        f"taken from {path.name}",
        isolated=ours is None,
    )


def _classes(module: PythonModule) -> list[str]:
    from converter.shims.translation.python_source import layer_classes

    return layer_classes(module)


def taken_by_name(shims: Iterable[Shim]) -> list[str]:
    """A sentence where classes were taken to be the library's because of their names alone."""
    found = [shim.class_name for shim in shims if shim.origin == LIBRARY]
    names = [name for name in found if not _is_keras(name)]
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    what = f"{', '.join(names)} {verb} taken to be what the layer library has under this name"
    return [f"{what}; to compare with Python of your own: --layers-from FILE.py."]


def _is_keras(class_name: str) -> bool:
    from converter.shims import keras_classes

    return class_name in keras_classes.names()


def _from_library(class_name: str, layers: Sequence[Layer]) -> Shim | None:
    from converter.shims import keras_classes, library

    if class_name in keras_classes.names():
        return keras_classes.shim(class_name)
    if class_name not in library.names():
        return None
    for layer in layers:
        doubt = library.why_not(class_name, layer.config, len(layer.weights))
        if doubt is not None:
            raise UnsupportedError(
                "custom-config",
                f"layer '{layer.name}'",
                f"the library's {class_name} may be another one: {doubt}.",
                "Name the Python that holds the class: --layers-from FILE.py.",
            )
    return library.find(class_name, layers[0].config, len(layers[0].weights))
