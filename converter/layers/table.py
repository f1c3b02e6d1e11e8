"""The rules of every layer class that TensorFlow.js registers."""

from __future__ import annotations

from converter.layers import (
    activations,
    attention,
    convolution,
    core,
    embedded,
    masks,
    merging,
    normalization,
    operation,
    pooling,
    preprocessing,
    recurrent,
    reshaping,
    spectra,
    wrappers,
)
from converter.layers.rule import Rule

_PLAIN: dict[str, Rule] = {
    **activations.RULES,
    **attention.RULES,
    **convolution.RULES,
    **core.RULES,
    **masks.RULES,
    **merging.RULES,
    **normalization.RULES,
    **operation.RULES,
    **pooling.RULES,
    **preprocessing.RULES,
    **recurrent.RULES,
    **reshaping.RULES,
    **spectra.RULES,
}
# Inside a model that sits in a wrapper, wrappers look no further than layers: see embedded.rules.
_INNER: dict[str, Rule] = dict(_PLAIN)
_INNER.update(wrappers.rules(_INNER))

RULES: dict[str, Rule] = {**_PLAIN, **embedded.rules(_INNER)}
"""The rules by class name; a class that is missing here is one about whose shapes nothing is known."""
RULES.update(wrappers.rules(RULES))
# How TensorFlow 1.13 spelt three classes; a pass renames them, but weights are checked before.
RULES.update(
    BatchNormalizationV1=RULES["BatchNormalization"],
    UnifiedGRU=RULES["GRU"],
    UnifiedLSTM=RULES["LSTM"],
)
