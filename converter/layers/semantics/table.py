"""What is known of each class that TensorFlow.js registers: one entry a class."""

from __future__ import annotations

from converter.layers.semantics import activation, grids, plain, recurrent
from converter.layers.semantics.doubt import Entry

ENTRIES: dict[str, Entry] = {
    **activation.ENTRIES,
    **grids.ENTRIES,
    **plain.ENTRIES,
    **recurrent.ENTRIES,
}
