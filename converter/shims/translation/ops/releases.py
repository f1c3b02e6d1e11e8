"""Since when TensorFlow.js has the functions that translated classes call."""

from __future__ import annotations

import re

FIRST_LOOKED_AT = "1.0.0"
"""The oldest release whose functions were listed, besides 2.0.0, 3.0.0, 3.10.0, 4.0.0, 4.10.0 and 4.22.0."""

SINCE = {
    "tf.broadcastTo": "2.0.0",
    "tf.cumprod": "4.0.0",
    "tf.divNoNan": "2.0.0",
    "tf.einsum": "3.10.0",
    "tf.image.resizeBilinear": "3.0.0",
    "tf.image.resizeNearestNeighbor": "3.0.0",
    "tf.isFinite": "2.0.0",
    "tf.isInf": "2.0.0",
    "tf.isNaN": "2.0.0",
    "tf.linalg.bandPart": "2.0.0",
    "tf.meshgrid": "3.10.0",
    "tf.mirrorPad": "3.0.0",
    "tf.relu6": "2.0.0",
    "tf.tensorScatterUpdate": "4.10.0",
}
"""The first of those releases that has a function, where it is not the oldest; resizing by the centres of
pixels is an argument that older ones ignore."""


def since(javascript: str) -> str:
    """The first release, of those looked at, that has all the functions that a text calls."""
    called = re.findall(r"\btf\.(?:image\.|linalg\.)?\w+", javascript)
    versions = [SINCE[name] for name in called if name in SINCE] + [FIRST_LOOKED_AT]
    return max(versions, key=lambda version: [int(part) for part in version.split(".")])
