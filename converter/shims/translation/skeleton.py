"""A JavaScript class to finish by hand, for a Python class that cannot be translated whole."""

from __future__ import annotations

import ast

from converter.errors import UnsupportedError
from converter.shims.translation.blocks import render
from converter.shims.translation.configuration import Key, constructor
from converter.shims.translation.javascript import Js, camel, literal, record, wrap
from converter.shims.translation.python_source import PythonModule
from converter.shims.translation.scope import Unit, UntranslatableError, find
from converter.shims.translation.translate import translate


def finish_by_hand(module: PythonModule, class_name: str) -> str:
    """The class as JavaScript, with the Python in comments where it could not be translated.

    Args:
        module: the file.
        class_name: a class in it.

    Raises:
        UnsupportedError: ``shim-untranslatable`` if the file has no such class.
    """
    try:
        return translate(module, class_name).shim.javascript
    except UnsupportedError as refusal:
        if class_name not in module.classes:
            raise
        return _skeleton(module, class_name, refusal)


def _skeleton(module: PythonModule, class_name: str, refusal: UnsupportedError) -> str:
    unit = Unit(module, class_name)
    keys: list[Key] = []
    try:
        block, keys = constructor(unit)
        opening = render(block, 6)
    except UntranslatableError:
        opening = _python(unit, "__init__", 6)
    kept = {camel(key.name): Js(f"this.{unit.kept[key.name]}") for key in keys}
    config = record(kept).text.replace("{ ", "{ ...super.getConfig(), ", 1) if kept else "super.getConfig()"
    lines = [
        f"// {refusal.where}: {refusal.why}",
        f"export function define{camel(class_name)}(tf) {{",
        f"  return class {class_name} extends tf.layers.Layer {{",
        "    constructor(config) {",
        "      super(config);",
        opening,
        "    }",
        "",
        "    build(inputShape) {",
        _python(unit, "build", 6),
        "      super.build(inputShape);",
        "    }",
        "",
        "    call(inputs) {",
        "      return tf.tidy(() => {",
        _python(unit, "call", 8),
        "        throw new Error('call is not written yet');",
        "      });",
        "    }",
        "",
        "    computeOutputShape(inputShape) {",
        _python(unit, "compute_output_shape", 6),
        "      throw new Error('computeOutputShape is not written yet');",
        "    }",
        "",
        "    getConfig() {",
        wrap(f"return {config};", 6),
        "    }",
        "",
        f"    static className = {literal(camel(class_name)).text};",
        "  };",
        "}",
    ]
    return "\n".join(line for line in lines if line is not None) + "\n"


def _python(unit: Unit, name: str, indent: int) -> str:
    """A method as comments."""
    found = find(unit, name)
    lead = " " * indent
    if found is None:
        return f"{lead}// The Python class has no {name}."
    text = ast.get_source_segment(unit.module.text, found[0]) or ast.unparse(found[0])
    first, *rest = text.splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    body = [first, *("    " + line[margin:] for line in rest)]
    return "\n".join(f"{lead}// {line}".rstrip() for line in body)
