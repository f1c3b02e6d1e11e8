"""Layers that transform signals into their frequencies."""

from __future__ import annotations

from collections.abc import Mapping

from converter.layers.configuration import choice, flag, integer
from converter.layers.rule import Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def said(config: Config) -> Mapping[str, object]:
    """What the JavaScript layer has in its configuration, of a STFTSpectrogram of Keras.

    Raises:
        RuleError: when it is malformed.
    """
    length = integer(config, "frame_length", 256)
    size = integer(config, "fft_length", 1 << (length - 1).bit_length())
    return {
        "mode": choice(config, "mode", MODES, "log"),
        "length": length,
        "step": integer(config, "frame_step", max(1, length // 2)),
        "bins": size // 2 + 1,
        "padding": choice(config, "padding", ("valid", "same"), "valid"),
        "expand": flag(config, "expand_dims", default=False),
        "first": config.get("data_format") == "channels_first",
    }


def _weights(config: Config, _inputs: Shapes) -> WeightSpecs:
    own = said(config)
    length, bins = integer(own, "length"), integer(own, "bins")
    parts = {"real": ("real",), "imag": ("imag",)}.get(str(own["mode"]), ("real", "imag"))
    return tuple(WeightSpec(f"{part}_kernel", (length, 1, bins)) for part in parts)


def _outputs(config: Config, inputs: Shapes) -> Shapes:
    return _transformed(said(config), inputs)


def _transformed(config: Config, inputs: Shapes) -> Shapes:
    shape = inputs[0]
    if shape is None:
        return (None,)
    first = flag(config, "first", default=False)
    batch, channels, time = shape if first else (shape[0], shape[2], shape[1])
    span = 1 if config["padding"] == "same" else integer(config, "length")
    steps = None if time is None else -(-(time - span + 1) // integer(config, "step"))
    bins = integer(config, "bins") * (2 if config["mode"] == "stft" else 1)
    if flag(config, "expand", default=False):
        return ((batch, channels, steps, bins) if first else (batch, steps, bins, channels),)
    size = None if channels is None else channels * bins
    return ((batch, size, steps) if first else (batch, steps, size),)


RULES = {
    "KerasSpectrogram": Rule(_transformed, lambda *_: None, rank=3),
    "STFTSpectrogram": Rule(_outputs, _weights, rank=3),
}
