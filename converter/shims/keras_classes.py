"""Keras's own classes that TensorFlow.js lacks, and what lowerings make of others: JavaScript by hand.

Each stands in a file of its name in ``custom_layers_js/keras``; those of operations are made of the
functions in ``custom_layers_js/operations``. Their configurations are written by the
lowerings, which have looked at every key.
"""

from __future__ import annotations

from functools import cache

from converter.javascript import package_folder
from converter.shims import operations
from converter.shims.shim import LIBRARY, Shim


@cache
def names() -> frozenset[str]:
    """The names of the classes."""
    files = (path.stem for path in (package_folder() / "keras").glob("*.js"))
    return frozenset(files) | operations.names()


@cache
def shim(class_name: str) -> Shim:
    """The JavaScript of one of them."""
    if class_name in operations.names():
        javascript = operations.javascript(class_name)
    else:
        javascript = (package_folder() / "keras" / f"{class_name}.js").read_text("utf-8")
    return Shim(
        class_name,
        javascript,
        f"export interface {class_name}Config {{\n  [key: string]: unknown;\n}}\n",
        LIBRARY,
    )
