"""Layers that transform signals into their frequencies."""

from __future__ import annotations

from converter.layers.semantics.value import DATA_FORMAT, FLAG, INERT, INTEGER, INTEGER_OR_NULL, one_of
from converter.layers.spectra import MODES, said
from converter.passes.lowering.base import Lowered, Lowering, Site


def _spectrogram(site: Site) -> Lowered:
    if not site.custom_layers:
        site.refuse("it takes a custom layer.", "Leave out --no-custom-layers.")
    part = site.part()
    x = part.add("KerasSpectrogram", part.inputs[0], said(site.config), weights=site.weights())
    return part.done(x, why="TensorFlow.js has no layer that transforms signals into frequencies")


LOWERINGS: dict[str, Lowering] = {
    "STFTSpectrogram": Lowering(
        _spectrogram,
        {
            "mode": one_of(*MODES),
            "frame_length": INTEGER,
            "frame_step": INTEGER_OR_NULL,
            "fft_length": INTEGER_OR_NULL,
            "padding": one_of("valid", "same"),
            "expand_dims": FLAG,
            "data_format": DATA_FORMAT,
            # They are in the kernels.
            **dict.fromkeys(("window", "periodic", "scaling"), INERT),
        },
    ),
}
"""By class name."""
