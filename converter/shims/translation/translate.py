"""Translates a Python layer class to JavaScript, from its syntax tree."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.errors import UnsupportedError
from converter.shims.shim import Shim
from converter.shims.translation import (
    builtin_functions,
    calls,
    expressions,
    literals,
    logic,
    names,
    subscripts,
    utilities,
)
from converter.shims.translation.classes import LayerClass, translate_class
from converter.shims.translation.helpers import HELPERS, needed, needs_tf
from converter.shims.translation.javascript import camel
from converter.shims.translation.ops.releases import FIRST_LOOKED_AT, since
from converter.shims.translation.scope import Unit, UntranslatableError

if TYPE_CHECKING:
    from converter.shims.translation.configuration import Key
    from converter.shims.translation.python_source import PythonModule


TRANSLATORS = (builtin_functions, calls, expressions, literals, logic, names, subscripts, utilities)
"""The modules that register how kinds of expressions, and which functions, are translated."""
_FIX = (
    "Write the class in JavaScript and give it by --layers-js ('upconvert shims SOURCE FILE.js --skeleton' "
    "begins it), or rewrite this place with operations that TensorFlow.js has."
)


@dataclass(frozen=True, eq=False)
class Translation:
    """A class as JavaScript, and what it asks of a configuration.

    Attributes:
        shim: the JavaScript.
        required: the keys that must be in the configuration.
        optional: the keys that have a default.
        helpers: the runtime helpers that came along, by name.
        since: the first release of TensorFlow.js that has what it calls, of the releases looked at.
    """

    shim: Shim
    required: tuple[str, ...]
    optional: tuple[str, ...]
    helpers: tuple[str, ...] = ()
    since: str = FIRST_LOOKED_AT


def translate(module: PythonModule, class_name: str, keras: int = 3) -> Translation:
    """Translate one layer class of a file.

    Args:
        module: the file.
        class_name: a class in it that derives from a layer of Keras.
        keras: the major version of Keras that wrote the weights, which decides their order.

    Raises:
        UnsupportedError: ``shim-untranslatable``, which names file, line, column and expression.
    """
    if class_name not in module.classes:
        raise module.missing(class_name)
    unit = Unit(module, class_name, keras)
    try:
        made = translate_class(unit)
    except UntranslatableError as error:
        raise refusal(module, class_name, error) from None
    except (RecursionError, AssertionError, LookupError, AttributeError, TypeError, ValueError):
        # Python that is no working layer leads here too: nothing of it was checked before.
        raise UnsupportedError(
            "shim-untranslatable",
            module.place(module.classes[class_name]),
            f"{class_name} cannot be followed: it does something that no translation is made for.",
            _FIX,
        ) from None
    return _assemble(module, made)


def refusal(module: PythonModule, class_name: str, error: UntranslatableError) -> UnsupportedError:
    """The error for a place that cannot be translated."""
    return UnsupportedError(
        "shim-untranslatable",
        module.place(error.node),
        f"'{module.source(error.node)}' in {class_name} cannot be translated to JavaScript: {error.why}.",
        _FIX,
    )


def _assemble(module: PythonModule, made: LayerClass) -> Translation:
    unit = made.unit
    name = unit.class_name
    registered = camel(name)  # TensorFlow.js rewrites the names in a model.json in this way
    brought = needed(unit.helpers)
    # What does not need ``tf`` stands outside, where the classes of an artifact share it.
    shared = [HELPERS[each] for each in brought if not needs_tf(each)]
    parts = [HELPERS[each] for each in brought if needs_tf(each)]
    parts += [f"const {each} = {text};" for each, text in unit.globals.items()]
    parts += [each.text for each in unit.functions.values() if each is not None]
    parts += [each.text for each in unit.inner.values() if isinstance(each, LayerClass)]
    parts.append(f"{_comment(module, name)}return {made.text};")
    body = "\n\n".join(_indented(part) for part in parts)
    line = module.line(module.classes[name])
    definition = f"export function define{registered}(tf) {{\n{body}\n}}\n"
    shim = Shim(
        class_name=registered,
        javascript="\n\n".join([*shared, definition]),
        declaration=_declaration(registered, made.keys),
        origin=f"translated from {module.filename}:{line}",
        positional_weights=made.positional,
    )
    return Translation(
        shim,
        tuple(key.name for key in made.keys if key.default is None),
        tuple(key.name for key in made.keys if key.default is not None),
        tuple(needed(unit.helpers)),
        since(shim.javascript),
    )


def skeleton(module: PythonModule, class_name: str) -> str:
    """The class as JavaScript to finish by hand: the Python stands in comments where it was not translated.

    Raises:
        UnsupportedError: ``shim-untranslatable`` if the file has no such class.
    """
    from converter.shims.translation.skeleton import finish_by_hand

    return finish_by_hand(module, class_name)


def _comment(module: PythonModule, name: str) -> str:
    text = ast.get_docstring(module.classes[name])
    if not text:
        return ""
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "\n".join(f" * {line}".rstrip() for line in lines) + "\n */\n"


def _indented(text: str) -> str:
    return re.sub(r"(?m)^(?=.)", "  ", text)


def _declaration(name: str, keys: list[Key]) -> str:
    kinds = {"int": "number", "float": "number", "number": "number", "bool": "boolean", "str": "string"}
    lines = [f"export interface {name}Config {{"]
    for key in keys:
        kind = kinds.get(key.value.type, "unknown")
        mark = "" if key.default is None else "?"
        lines.append(f"  {camel(key.name)}{mark}: {kind};")
    lines += ["  name?: string;", "  trainable?: boolean;", "}", ""]
    return "\n".join(lines)
