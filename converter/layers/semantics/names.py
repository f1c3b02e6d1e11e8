"""Names of layers and of weights, as far as TensorFlow.js takes them and finds by them."""

from __future__ import annotations

import re
from collections.abc import Container

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.layers.infer import weight_specs
from converter.layers.rule import Shapes
from converter.layers.semantics.doubt import Site
from converter.model import Layer, Model

_VALID = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._/]*")
"""https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/common.ts (tensorNameRegex)"""

_OBJECT = frozenset(
    {
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
        *("toLocaleString", "toString", "valueOf"),
    }
)
"""What every object in JavaScript has, so that TensorFlow.js takes these for layers that it knows."""

_WRAPPERS = frozenset({"TimeDistributed"})


def is_name(name: str) -> bool:
    """Whether TensorFlow.js can call a layer so."""
    return _VALID.fullmatch(name) is not None and name not in _OBJECT


def finds(name: str, wanted: Container[str]) -> bool:
    """Whether TensorFlow.js takes a stored weight for one that it looks for."""
    # It tolerates one path element too many before the last.
    path, _, last = name.rpartition("/")
    return name in wanted or f"{path.rpartition('/')[0]}/{last}" in wanted


def check_unique(model: Model) -> None:
    """Refuses weights that TensorFlow.js could not tell apart.

    Raises:
        UnsupportedError: ``duplicate-weight``.
    """
    found: set[str] = set()
    for weight in model.weights():
        if weight.name in found:
            raise UnsupportedError(
                "duplicate-weight",
                weight.name,
                "two weights have this name, and TensorFlow.js finds weights by name.",
                "Give the layers names of their own (nested models included) and save the model again.",
            )
        found.add(weight.name)


def check_names(site: Site, layer: Layer, inputs: Shapes | None) -> None:
    """Refuses names that TensorFlow.js does not take, and weights that it would look for elsewhere.

    Args:
        site: the layer.
        layer: the same.
        inputs: the shapes that it is called on, if it is.

    Raises:
        UnsupportedError: ``layer-semantics``.
    """
    if not is_name(layer.name):
        site.refuse(
            "TensorFlow.js takes letters, digits and - . _ / in a name, a letter or digit first, and no "
            "name that all objects of JavaScript have.",
            "Rename the layer, and save the model again.",
        )
    if inputs is None or not layer.weights or layer.class_name in _WRAPPERS:
        return
    specs = weight_specs(layer, inputs)
    if specs is None:
        return
    wanted = {f"{layer.name}/{spec.name}" for spec in specs}
    for weight in layer.weights:
        if not finds(weight.name, wanted):
            site.refuse(
                f"its weight {brief(weight.name)} is none of those that TensorFlow.js looks for "
                f"({', '.join(map(brief, sorted(wanted)[:4]))}).",
                "Use one recurrent layer for each cell or direction, and save the model again.",
            )
