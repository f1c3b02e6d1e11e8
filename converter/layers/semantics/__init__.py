"""What TensorFlow.js computes with each layer's configuration, and where that is not what Keras computes."""

from __future__ import annotations

from converter.layers.semantics.check import Refusals, check_semantics
from converter.layers.semantics.doubt import Doubt
from converter.layers.semantics.table import ENTRIES

__all__ = ["ENTRIES", "Doubt", "Refusals", "check_semantics"]
