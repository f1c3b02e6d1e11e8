"""Layers that some architectures of ``keras.applications`` bring along.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/applications/convnext.py (``LayerScale``) and
``inception_resnet_v2.py`` (``CustomScaleLayer``).
"""

from __future__ import annotations

from converter.layers.semantics.value import INERT, NUMBER
from converter.passes.lowering.base import Lowered, Lowering, Site

_WHY = "it is a layer of one architecture, which TensorFlow.js does not know"


def _scaled(site: Site) -> Lowered | None:
    """Each channel times a number of its own."""
    gamma = site.weight("variable")
    if gamma is None:
        return None
    part = site.part()
    scale = [float(each) for each in gamma.array()]
    return part.done(part.add("Rescaling", part.inputs[0], {"scale": scale, "offset": 0.0}), why=_WHY)


def _added(site: Site) -> Lowered | None:
    """The first input, and the second times a number."""
    if len(site.inputs) != 2:
        return None
    part = site.part()
    one, other = part.inputs
    scaled = part.add("Rescaling", other, {"scale": site.config.get("scale"), "offset": 0.0})
    return part.done(part.add("Add", [one, scaled]), why=_WHY)


LOWERINGS: dict[str, Lowering] = {
    "CustomScaleLayer": Lowering(_added, {"scale": NUMBER}),
    "LayerScale": Lowering(_scaled, {"init_values": INERT, "projection_dim": INERT}),
}
"""By class name."""
