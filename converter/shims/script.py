"""The ``custom_layers.js`` of an artifact: the classes that its model needs, and no others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from converter.shims.shim import Shim

SCRIPT = "custom_layers.js"
TYPES = "custom_layers.d.ts"

_STATEMENT = re.compile(r"(?=^(?:/\*\*|(?:export )?(?:async )?(?:function|const|class)\b))", re.MULTILINE)
_MADE_BY = " * Written by upconvert: "
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|class) (\w+)", re.MULTILINE)

_HEAD = """\
/**
 * The custom layers of the model beside this file, for TensorFlow.js.
 *
 *     import * as tf from '@tensorflow/tfjs';
 *     import { register } from './custom_layers.js';
 *
 *     register(tf);
 *     const model = await tf.loadLayersModel('model.json');
 *
 * Written by upconvert: %s
 */
"""

_TAIL = """\
const DEFINITIONS = [
%s
];

/** @type {WeakMap<object, Record<string, any>>} */
const made = new WeakMap();

/**
 * The layer classes by name, made once for each TensorFlow.js.
 * @param {any} tf the package `@tensorflow/tfjs`
 * @returns {Record<string, any>}
 */
export function layers(tf) {
  let classes = made.get(tf.layers.Layer);
  if (classes === undefined) {
    classes = Object.fromEntries(DEFINITIONS.map((define) => {
      const layer = define(tf);
      return [layer.className, layer];
    }));
    made.set(tf.layers.Layer, classes);
  }
  return classes;
}

/**
 * Tells TensorFlow.js the layers by their class names; it does no harm to call it twice.
 * @param {any} tf the package `@tensorflow/tfjs`
 */
export function register(tf) {
  for (const layer of Object.values(layers(tf))) tf.serialization.registerClass(layer);
}
"""

_TYPES = """\
/** The custom layers of the model beside this file, for TensorFlow.js. */

%s
/** The package `@tensorflow/tfjs`, or what holds its `layers` and `serialization`. */
export interface TensorFlow {
  layers: object;
  serialization: object;
}

/** The layer classes by name, made once for each TensorFlow.js. */
export function layers(tf: TensorFlow): {
%s
};

/** Tells TensorFlow.js the layers by their class names; it does no harm to call it twice. */
export function register(tf: TensorFlow): void;
"""


def script(shims: Sequence[Shim]) -> str:
    """An ES module that exports ``layers(tf)`` and ``register(tf)`` for the classes of the shims.

    Helper functions that several classes bring along are written once.
    """
    parts: list[str] = []
    names: dict[str, str] = {}
    enclosed: dict[str, list[str]] = {}
    for shim in shims:
        own = {} if shim.isolated else {_name(text): text for text in _statements(shim.javascript)}
        if shim.isolated or any(names.get(name, text) != text for name, text in own.items()):
            enclosed.setdefault(shim.javascript, []).append(f"define{shim.class_name}")
            continue
        parts += [text for name, text in own.items() if name not in names]
        names |= own
    parts += [_enclosed(text, definitions) for text, definitions in enclosed.items()]
    origins = ", ".join(f"{shim.class_name}: {shim.origin}" for shim in shims).replace("*/", "* /")
    listed = "\n".join(f"  define{shim.class_name}," for shim in shims)
    return "\n".join([_HEAD % f"{origins}.", *(part + "\n" for part in parts), _TAIL % listed])


def definitions(text: str) -> str | None:
    """The part of a script of ours that defines the classes; None of another file."""
    head, mark, _ = text.partition(_TAIL.partition("\n")[0])
    return head.partition("*/\n")[2] if mark and _MADE_BY in text else None


def types(shims: Sequence[Shim]) -> str:
    """The TypeScript declarations of ``script``."""
    declarations = "\n".join(dict.fromkeys(shim.declaration.strip() + "\n" for shim in shims))
    classes = "\n".join(
        f"  {shim.class_name}: {{ new(config?: {shim.class_name}Config): object; className: string }};"
        for shim in shims
    )
    return _TYPES % (declarations, classes)


def _statements(javascript: str) -> list[str]:
    """The statements at the top level, each with the comment before it."""
    found: list[str] = []
    comment = ""
    for text in _STATEMENT.split(javascript.strip()):
        if text.startswith("/**") and not _NAME.search(text):
            comment += text
            continue
        if text.strip():
            found.append((comment + text).strip())
        comment = ""
    return found


def _name(statement: str) -> str:
    found = _NAME.search(statement)
    return found.group(1) if found else statement


def _enclosed(text: str, definitions: Sequence[str]) -> str:
    """A file in a scope of its own, where its helper functions would clash with those of others."""
    body = _EXPORT.sub("", text.strip())
    found = ", ".join(definitions)
    return f"export const {{ {found} }} = (() => {{\n{body}\n\nreturn {{ {found} }};\n}})();"
