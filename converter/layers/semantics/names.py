"""Names of layers and of weights, as far as TensorFlow.js takes them and finds by them."""

from __future__ import annotations

import re

from converter.layers.configuration import brief
from converter.layers.infer import weight_specs
from converter.layers.rule import Shapes
from converter.layers.semantics.doubt import Site
from converter.model import Layer

_VALID = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._/]*")
"""https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/common.ts (tensorNameRegex)"""

_WRAPPERS = frozenset({"TimeDistributed"})


def check_names(site: Site, layer: Layer, inputs: Shapes | None) -> None:
    """Refuses names that TensorFlow.js does not take, and weights that it would look for elsewhere.

    Args:
        site: the layer.
        layer: the same.
        inputs: the shapes that it is called on, if it is.

    Raises:
        UnsupportedError: ``layer-semantics``.
    """
    if not _VALID.fullmatch(layer.name):
        site.refuse(
            "TensorFlow.js takes letters, digits and - . _ / in a name, and a letter or digit first.",
            "Rename the layer, and save the model again.",
        )
    if inputs is None or not layer.weights or layer.class_name in _WRAPPERS:
        return
    specs = weight_specs(layer, inputs)
    if specs is None:
        return
    wanted = {f"{layer.name}/{spec.name}" for spec in specs}
    for weight in layer.weights:
        if weight.name not in wanted and _shortened(weight.name) not in wanted:
            site.refuse(
                f"its weight {brief(weight.name)} is none of those that TensorFlow.js looks for "
                f"({', '.join(map(brief, sorted(wanted)[:4]))}).",
                "Use one recurrent layer for each cell or direction, and save the model again.",
            )


def _shortened(name: str) -> str:
    """TensorFlow.js tolerates one path element too many before the last."""
    path, _, last = name.rpartition("/")
    return f"{path.rpartition('/')[0]}/{last}"
