"""Since when TensorFlow.js computes what custom classes call."""

from __future__ import annotations

import re

from converter.javascript import package_folder
from converter.shims import operations

FIRST_LOOKED_AT = "1.0.0"
"""The oldest release whose functions were tried."""

SINCE = {
    "tf.avgPool3d": "1.2.8",
    "tf.bitwiseAnd": "4.5.0",
    "tf.broadcastTo": "1.4.0",
    "tf.conv1d": "1.2.1",
    "tf.conv3d": "1.3.0",
    "tf.cumprod": "3.15.0",
    "tf.diag": "1.2.8",
    "tf.divNoNan": "1.3.2",
    "tf.einsum": "3.4.0",
    "tf.image.resizeBilinear": "2.8.0",
    "tf.image.resizeNearestNeighbor": "2.8.0",
    "tf.isFinite": "1.0.3",
    "tf.isInf": "1.0.3",
    "tf.isNaN": "1.0.3",
    "tf.linalg.bandPart": "1.4.0",
    "tf.maxPool3d": "1.2.8",
    "tf.meshgrid": "3.4.0",
    "tf.mirrorPad": "2.7.0",
    "tf.relu6": "1.2.10",
    "tf.tensorScatterUpdate": "4.3.0",
}
"""The first release that has a function and computes with it what the newest does.

Measured: some fifty releases of ``@tensorflow/tfjs`` between 1.0.0 and 4.22.0 were loaded in Node, and called
on the cpu. Older ones have ``tf.conv1d`` without dilation and ``tf.conv3d`` for other axes only, and
predict nothing from inputs of five axes; when resizing, they ignore that pixels have centres. Where they make
floating-point numbers of whole ones (``tf.abs`` before 3.10.0, ``tf.neg`` before 2.8.0), values are the same.
"""

SPREADING = {"tf.matMul": "2.7.0", "tf.where": "3.4.0"}
"""The first release that repeats arguments of such a function where their shapes differ.

What the layer library and the operations hand to these has one shape already.
"""


def since(javascript: str) -> str:
    """The first release in which all the functions that a text calls compute what the newest does."""
    table = SINCE if _is_ours(javascript) else SINCE | SPREADING
    called = re.findall(r"\btf\.(?:image\.|linalg\.)?\w+", javascript)
    versions = [table[name] for name in called if name in table] + [FIRST_LOOKED_AT]
    return max(versions, key=lambda version: [int(part) for part in version.split(".")])


def _is_ours(javascript: str) -> bool:
    """Whether a class is one of the layer library or an operation, as it stands there."""
    defined = re.search(r"^export function define(\w+)\(tf\)", javascript, re.MULTILINE)
    if defined is None:
        return False
    name = defined[1]
    if name in operations.names():
        return javascript == operations.javascript(name)
    files = (package_folder() / folder / f"{name}.js" for folder in ("keras", "layers"))
    return any(path.is_file() and path.read_text("utf-8") == javascript for path in files)
