"""What makes a custom layer run in TensorFlow.js: its class as JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

LIBRARY = "the layer library"
"""The origin of the classes that ``custom_layers_js`` holds."""


@dataclass(frozen=True, eq=False)
class Shim:
    """The JavaScript of one layer class.

    Attributes:
        class_name: the name under which TensorFlow.js finds the class.
        javascript: ``export function define<ClassName>(tf) { return class …; }``, behind the helper
            functions that it needs; it imports nothing.
        declaration: the TypeScript interface of its configuration, ``export interface <ClassName>Config``.
        origin: where it comes from, for people: ``the layer library``, ``translated from layers.py:12``.
        positional_weights: whether its weights are named ``w0``, ``w1`` … in Keras's order, rather
            than by the names that ``add_weight`` was given.
        isolated: whether the text must stand in a scope of its own, since people wrote it.
    """

    class_name: str
    javascript: str
    declaration: str
    origin: str
    positional_weights: bool = False
    isolated: bool = False
