"""Which mask comes out of each layer of Keras, and which layers compute with one.

https://github.com/keras-team/keras/blob/v3.8.0/keras/src/layers/layer.py (``__call__``, ``compute_mask``)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from converter.layers import MISSING, TFJS_LAYERS
from converter.layers.configuration import listed, whole
from converter.layers.embedded import CLASSES
from converter.layers.operation import OPERATION
from converter.layers.semantics.graph import Tensor
from converter.layers.semantics.masks import returns_sequences
from converter.model import Config
from converter.passes.masks.mask import Mask, Masks

RECURRENT = frozenset(
    {"ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "RNN", "SimpleRNN", "Bidirectional"}
)
HEADS = frozenset({"MultiHeadAttention", "GroupedQueryAttention"})
ATTENTION = frozenset({"AdditiveAttention", "Attention"})
READERS = RECURRENT | HEADS | ATTENTION | {"GlobalAveragePooling1D", "Softmax", "TimeDistributed"}
"""Layers that compute something else under a mask."""

_MERGES = frozenset({"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"})
_PASSING = {
    *("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"),
    *("ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Dense"),
    *("BatchNormalization", "GroupNormalization", "LayerNormalization", "UnitNormalization"),
    *("SyncBatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2"),
}
_PASSING_3 = _PASSING | {"Identity", "Normalization", "Rescaling"}


def is_keras(class_name: str) -> bool:
    """Whether what a layer does to masks is known."""
    known = {OPERATION, "CustomScaleLayer", "GroupedQueryAttention", "KerasSteps", "LayerScale"}
    return class_name in TFJS_LAYERS | known | (MISSING.keys() - {"Lambda"})


def makes_mask(class_name: str, config: Config) -> bool:
    """Whether a layer makes a mask of its input."""
    return class_name == "Masking" or (
        class_name in {"Embedding", "ReversibleEmbedding"} and bool(config.get("mask_zero"))
    )


def reads_mask(class_name: str, config: Config) -> bool:
    """Whether a layer computes something else under a mask."""
    if class_name == "TimeDistributed":
        return any(inner in READERS - {"TimeDistributed"} for inner, _ in _within(config.get("layer")))
    return class_name in READERS


def _within(spec: object) -> Iterator[tuple[str, Config]]:
    """Class and configuration of a layer, and of all that are inside where it is a model or a wrapper."""
    pending = [spec]
    while pending:
        spec = pending.pop()
        config = spec.get("config") if isinstance(spec, Mapping) else None
        if not isinstance(spec, Mapping):
            continue
        inner = config if isinstance(config, Mapping) else {}
        yield str(spec.get("class_name")), inner
        if spec.get("class_name") in CLASSES:
            pending += listed(inner.get("layers") if isinstance(config, Mapping) else config) or ()
        elif spec.get("class_name") == "TimeDistributed":
            pending.append(inner.get("layer"))


class Rules:
    """The rules of one generation of Keras.

    Args:
        keras: 2 or 3.
        masks: makes the masks.
    """

    def __init__(self, keras: int, masks: Masks) -> None:
        self.keras = keras
        self.masks = masks

    def made(self, class_name: str, config: Config, x: Tensor) -> Mask:
        """The mask that a layer for which ``makes_mask`` holds makes of its input."""
        if class_name == "Masking":
            value = config.get("mask_value", 0.0)
            return self.unequal(x, value, last=True)
        return self.unequal(x, 0, last=False)

    def unequal(self, x: Tensor, value: Any, *, last: bool) -> Mask:
        """Where a tensor is another than a value."""
        number = float(value) if isinstance(value, (bool, int, float)) else None
        if number is None:
            return self.masks.make("unknown", (x,))
        return self.masks.make("unequal", (x,), (), value=number, last=last)

    def outputs(
        self, class_name: str, config: Config, inputs: Sequence[Tensor], masks: Sequence[Mask | None]
    ) -> list[Mask | None]:
        """The mask of each output; the last one stands for all that follow.

        Args:
            class_name: of the layer.
            config: of the layer.
            inputs: what it is called on.
            masks: those of the inputs, or those that it was handed.
        """
        first = masks[0] if masks else None
        if makes_mask(class_name, config):
            return [self.made(class_name, config, inputs[0])]
        if class_name in RECURRENT:
            kept = first if returns_sequences(class_name, config) else None
            apart = class_name == "Bidirectional" and config.get("merge_mode", "") is None
            return [kept, kept, None] if apart else [kept, None]
        if class_name in _MERGES:
            return [self._merged(masks)]
        if class_name == "Concatenate":
            return [self._joined(config, inputs, masks)]
        if class_name == "TimeDistributed":
            return [self._distributed(config, inputs, first)]
        if class_name == "KerasSteps":
            return [self._apart(inputs, masks) if config.get("apart") else None]
        if class_name == "SpectralNormalization":
            # It calls the layer inside, whose output keeps the mask.
            spec = config.get("layer")
            inner = spec if isinstance(spec, Mapping) else {}
            return self.outputs(str(inner.get("class_name")), inner.get("config") or {}, inputs, masks)
        if class_name in (_PASSING_3 if self.keras == 3 else _PASSING) | HEADS | ATTENTION:
            return [first, None] if class_name in HEADS | ATTENTION else [first]
        if not is_keras(class_name) and any(mask is not None for mask in masks):
            return [self.masks.make("unknown", tuple(inputs))]
        return [None]

    def _merged(self, masks: Sequence[Mask | None]) -> Mask | None:
        found = [mask for mask in masks if mask is not None]
        if not found or (self.keras == 3 and len(found) < len(masks)):
            return None
        return self.masks.several("some" if self.keras == 3 else "every", found)

    def _joined(self, config: Config, inputs: Sequence[Tensor], masks: Sequence[Mask | None]) -> Mask | None:
        if all(mask is None for mask in masks):
            return None
        axis = whole(config.get("axis", -1))
        return self.joined(inputs, masks, -1 if axis is None else axis)

    def joined(self, inputs: Sequence[Tensor], masks: Sequence[Mask | None], axis: int) -> Mask:
        """The mask of several tensors side by side."""
        return self.masks.make("joined", tuple(inputs), tuple(masks), axis=axis, every=self.keras == 2)

    def _apart(self, inputs: Sequence[Tensor], masks: Sequence[Mask | None]) -> Mask | None:
        """The mask of what stood in a ``TimeDistributed``: Keras 3 keeps the wrapper's own."""
        if self.keras == 3 or masks[0] is None:
            return masks[-1]
        return self.masks.make("unknown", tuple(inputs))

    def _distributed(self, config: Config, inputs: Sequence[Tensor], mask: Mask | None) -> Mask | None:
        spec = config.get("layer")
        class_name = str(spec.get("class_name")) if isinstance(spec, Mapping) else ""
        held = spec.get("config") if isinstance(spec, Mapping) else None
        inner: Config = held if isinstance(held, Mapping) else {}
        if self.keras == 3:
            return mask
        if makes_mask(class_name, inner):
            return self.made(class_name, inner, inputs[0])
        if mask is None:
            return None
        if class_name in CLASSES:
            inside = list(_within(spec))
            if any(makes_mask(*each) or each[0] == "Concatenate" for each in inside):
                return self.masks.make("unknown", tuple(inputs), (mask,))
            # Layers in it keep its part for each step, or lose it, and then the wrapper has its own.
            return mask
        passed = self.outputs(class_name, inner, inputs, [mask])[0]
        return mask if passed is mask else self.masks.make("reduced", (), (mask,))
