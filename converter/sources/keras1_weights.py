"""The weights of Keras 1 as Keras 2 would store them, computed when they are asked for.

https://github.com/keras-team/keras/blob/2.2.5/keras/engine/saving.py (``preprocess_weights_for_loading``)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from converter.errors import SourceError
from converter.layers.rule import show
from converter.model import Array, Config, Weight

GATES = {
    "GRU": (0, 1, 2),  # z, r, h
    "LSTM": (0, 2, 1, 3),  # i, c, f, o in the file; i, f, c, o in Keras 2
}
"""The gates of a recurrent layer that stores them apart, in the order in which Keras 2 joins them."""

TRANSPOSED = {
    ("Conv2D", "th"): (2, 3, 1, 0),
    ("SeparableConv2D", "th"): (2, 3, 1, 0),
    ("Conv3D", "th"): (2, 3, 4, 1, 0),
    ("Conv2DTranspose", "tf"): (0, 1, 3, 2),
    ("Conv2DTranspose", "th"): (2, 3, 0, 1),
}
"""The axes of the stored kernel in the order of Keras 2, by class and ``dim_ordering``.

Keras 1 stores ``(out, in, rows, columns)`` for 'th' and ``(rows, columns, in, out)`` for 'tf'.
"""


def stored_count(class_name: str, config: Config, count: int) -> int:
    """How many arrays the file has for the ``count`` trained weights of a layer."""
    apart = class_name in GATES and config.get("consume_less") != "gpu"
    return count * len(GATES[class_name]) if apart else count


def restate(class_name: str, config: Config, names: Sequence[str], stored: Sequence[Weight]) -> list[Weight]:
    """The weights of one layer.

    Args:
        class_name: of Keras 2.
        config: of Keras 1.
        names: of the weights in Keras 2, ``layer/variable``.
        stored: as the file has them.

    Raises:
        SourceError: when a shape is not one that Keras 1 stores.
    """
    if class_name in GATES and len(stored) > len(names):
        kinds = len(names)
        return [
            _joined(name, [stored[gate * kinds + kind] for gate in GATES[class_name]])
            for kind, name in enumerate(names)
        ]
    weights = [replace(weight, name=name) for name, weight in zip(names, stored, strict=True)]
    if class_name == "Conv1D" and weights:
        weights[0] = _line(weights[0], config)
    axes = TRANSPOSED.get((class_name, str(config.get("dim_ordering"))))
    if axes is None:
        return weights
    return [_transposed(each, axes) if each.name.endswith("kernel") else each for each in weights]


def _line(kernel: Weight, config: Config) -> Weight:
    """``(length, 1, in, out)``, before Keras 1.2 ``(out, in, length, 1)``, as ``(length, in, out)``."""
    length, out = config.get("filter_length"), config.get("nb_filter")
    shape = kernel.shape
    if len(shape) == 4 and (shape[:2] != (length, 1) or shape[3] != out):
        kernel = _transposed(kernel, (2, 3, 1, 0))
    if len(kernel.shape) != 4 or kernel.shape[1] != 1:
        raise _misshapen(kernel)
    return replace(kernel, shape=(kernel.shape[0], *kernel.shape[2:]))


def _transposed(weight: Weight, axes: tuple[int, ...]) -> Weight:
    if len(weight.shape) != len(axes):
        raise _misshapen(weight)
    shape = tuple(weight.shape[axis] for axis in axes)
    return replace(weight, shape=shape, load=_Computed(lambda: weight.array().transpose(axes)).load)


def _joined(name: str, parts: Sequence[Weight]) -> Weight:
    first = parts[0]
    for part in parts:
        if not part.shape or part.shape[:-1] != first.shape[:-1] or part.dtype != first.dtype:
            raise _misshapen(part)
    shape = (*first.shape[:-1], sum(part.shape[-1] for part in parts))
    compute = _Computed(lambda: np.concatenate([part.array() for part in parts], axis=-1))
    return Weight(name, shape, first.dtype, compute.load)


def _misshapen(weight: Weight) -> SourceError:
    return SourceError(
        "weight-shape",
        weight.name,
        f"the weight is stored with shape {show(weight.shape)}, which Keras 1 does not do for its layer.",
        "Save the model again with model.save('model.h5').",
    )


class _Computed:
    """Computes an array on first use, and keeps it for as long as it is streamed."""

    def __init__(self, compute: Callable[[], Array]) -> None:
        self.compute = compute
        self.values: Array | None = None

    def load(self, start: int, stop: int) -> Array:
        """Elements ``start:stop`` in C order."""
        values = self.values
        if values is None:
            values = np.ascontiguousarray(self.compute()).reshape(-1)
        self.values = None if stop >= values.size else values
        return values[start:stop]
