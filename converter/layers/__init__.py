"""What is known of each Keras layer, as data: who registers it, which shapes and weights it makes."""

from __future__ import annotations

from converter.layers.graph import CallShapes, Inferred
from converter.layers.infer import check_weights, infer, output_shapes, weight_specs
from converter.layers.registry import MISSING, TFJS_LAYERS, TFJS_VERSION, explain, suggest
from converter.layers.rule import Shapes, WeightSpec, WeightSpecs
from converter.layers.support import check_supported, unsupported
from converter.layers.table import RULES

__all__ = [
    "MISSING",
    "RULES",
    "TFJS_LAYERS",
    "TFJS_VERSION",
    "CallShapes",
    "Inferred",
    "Shapes",
    "WeightSpec",
    "WeightSpecs",
    "check_supported",
    "check_weights",
    "explain",
    "infer",
    "output_shapes",
    "suggest",
    "unsupported",
    "weight_specs",
]
