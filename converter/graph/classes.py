"""Which layer classes Keras may load in order to make a graph model."""

from __future__ import annotations

from collections.abc import Container

from converter.errors import UnsupportedError
from converter.layers import explain, unsupported
from converter.layers.registry import MISSING
from converter.layers.table import RULES
from converter.model import Model
from converter.sources.guard import OPERATIONS
from converter.sources.lambdas import LAMBDA_CLASSES

LOOKUPS = {"StringLookup", "IntegerLookup", "TextVectorization", "HashedCrossing", "Hashing"}
"""They keep a table beside the graph or take text, and can name a file to read."""

CODE = {*OPERATIONS, *LAMBDA_CLASSES, "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
"""They run what is not in the model: Python, or a graph from elsewhere."""


def check_loadable(model: Model, served: Container[str] = ()) -> None:
    """Refuses a model with a class that is neither Keras's own, and harmless, nor named by the user.

    Args:
        model: any model.
        served: the custom classes that somebody provides, by their names without a package.

    Raises:
        UnsupportedError: which names the class and its layers.
    """
    for name, layers in unsupported(model).items():
        plain = name.rpartition(">")[2]
        own = (name in MISSING or name in RULES) and name not in CODE | LOOKUPS
        if own or (plain in served and plain not in CODE):
            continue
        lookup = name in LOOKUPS
        raise UnsupportedError(
            "unsupported-layer",
            f"layer {', '.join(repr(each) for each in layers[:5])}",
            explain(name),
            "Do it before the model, and save the model without it."
            if lookup
            else "Name the Python that holds the class by --layers-from FILE.py, or export a SavedModel "
            "yourself: model.export(FOLDER).",
        )
