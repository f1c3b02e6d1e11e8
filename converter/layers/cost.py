"""What layers compute: multiply-accumulates, and what else is counted as a floating-point operation.

A multiply-accumulate counts as two operations, as in TensorFlow's profiler
(``tensorflow/python/profiler/internal/flops_registry.py``); an addition, a comparison or one value of a
function such as ``exp`` counts as one, and a softmax as five for each value, as it does there. What only
moves values counts nothing. All figures are of inference and for one example.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from converter.layers.configuration import flag
from converter.layers.rule import RuleError, Shapes
from converter.model import Config


class Cost(NamedTuple):
    """What a call computes for one example.

    Attributes:
        macs: multiply-accumulates.
        others: all other operations.
    """

    macs: int = 0
    others: int = 0

    @property
    def flops(self) -> int:
        """Floating-point operations."""
        return 2 * self.macs + self.others

    def plus(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(self.macs + other.macs, self.others + other.others)

    def times(self, count: int) -> Cost:
        """This, so many times."""
        return Cost(self.macs * count, self.others * count)


Sizes = tuple[int, ...]
CostRule = Callable[[Config, list[Sizes], list[Sizes]], "Cost | None"]
"""From the configuration and all sizes of the inputs and of the outputs, the batch being 1."""


def cost_of(
    class_name: str, config: Config, inputs: Shapes, outputs: Shapes | None, rules: Mapping[str, CostRule]
) -> Cost | None:
    """What one call of a layer computes for one example.

    Args:
        class_name: of the layer.
        config: of the layer.
        inputs: the shapes that it is called on.
        outputs: the shapes that it makes.
        rules: ``cost_table.RULES``, perhaps with more classes.

    Returns:
        ``None`` where the class or a size is not known.
    """
    if class_name in FREE or class_name.startswith("Random"):
        return Cost()
    rule = rules.get(class_name)
    given, made = _known(inputs), _known(outputs)
    if rule is None or given is None or made is None:
        return None
    try:
        return rule(config, given, made)
    except (RuleError, LookupError, ZeroDivisionError):
        return None


def _known(shapes: Shapes | None) -> list[Sizes] | None:
    """The sizes for one example; ``None`` where one is unknown."""
    found: list[Sizes] = []
    for shape in shapes or ():
        sizes = tuple(size for size in (shape or ())[1:] if size is not None)
        if shape is None or len(sizes) < len(shape) - 1:
            return None
        found.append((1, *sizes))
    return None if shapes is None else found


def each_value(count: int) -> CostRule:
    """The same number of operations for each value of the output."""
    return lambda _config, _inputs, outputs: Cost(others=count * math.prod(outputs[0]))


def each_input(count: int) -> CostRule:
    """The same number of operations for each value of the input."""
    return lambda _config, inputs, _outputs: Cost(others=count * math.prod(inputs[0]))


SOFTMAX = 5
"""Operations for each value: the largest, the difference, exp, the sum, the quotient."""


def activation(function: Any, values: int) -> int:
    """What an activation computes; one that is given as a layer counts like a function."""
    if function in (None, "linear"):
        return 0
    return values * (SOFTMAX if function in ("softmax", "log_softmax") else 1)


def finished(config: Config, macs: int, values: int, *, bias: bool = True) -> Cost:
    """What stands behind the products: the bias and the activation."""
    biased = flag(config, "use_bias", default=bias)
    return Cost(macs, (values if biased else 0) + activation(config.get("activation"), values))


FREE = frozenset(
    {
        *(
            "InputLayer",
            "Dropout",
            "AlphaDropout",
            "GaussianDropout",
            "GaussianNoise",
            "ActivityRegularization",
        ),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Identity", "Masking", "Embedding"),
        *("Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate", "CenterCrop"),
        *("Cropping1D", "Cropping2D", "Cropping3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
        *("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "IntegerLookup", "StringLookup"),
    }
)
"""Layers that compute nothing at inference, as all that draw at random: they move values, or look them up."""
