"""What each layer class computes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

from converter.layers import cost_sequences, operation_table
from converter.layers.configuration import axes, choice, flag, integer, integers
from converter.layers.cost import (
    SOFTMAX,
    Cost,
    CostRule,
    Sizes,
    activation,
    cost_of,
    each_input,
    each_value,
    finished,
)
from converter.layers.grid import grid
from converter.layers.operation import OPERATION, bound
from converter.model import Config


def _conv(dimensions: int) -> CostRule:
    def rule(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        channels = grid(config, inputs[0], dimensions).channels or 0
        values = math.prod(outputs[0])
        taps = math.prod(integers(config, "kernel_size", dimensions))
        return finished(config, values * taps * channels // integer(config, "groups", 1), values)

    return rule


def _transpose(dimensions: int) -> CostRule:
    def rule(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        taps = math.prod(integers(config, "kernel_size", dimensions))
        macs = math.prod(inputs[0]) * taps * integer(config, "filters")
        return finished(config, macs, math.prod(outputs[0]))

    return rule


def _depthwise(dimensions: int) -> CostRule:
    def rule(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        values = math.prod(outputs[0])
        return finished(config, values * math.prod(integers(config, "kernel_size", dimensions)), values)

    return rule


def _separable(dimensions: int) -> CostRule:
    def rule(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        channels = grid(config, inputs[0], dimensions).channels or 0
        middle = channels * integer(config, "depth_multiplier", 1)
        places = math.prod(outputs[0]) // integer(config, "filters")
        taps = math.prod(integers(config, "kernel_size", dimensions))
        return finished(
            config, places * middle * taps + math.prod(outputs[0]) * middle, math.prod(outputs[0])
        )

    return rule


def _dense(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    values = math.prod(outputs[0])
    return finished(config, values * inputs[0][-1], values)


def _einsum_dense(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    equation = config.get("equation")
    if not isinstance(equation, str):
        return None
    values = math.prod(outputs[0])
    macs = _einsum(equation.split("->")[0].split(",")[0], inputs[0], equation.split("->")[-1], outputs[0])
    return Cost(
        macs, (values if config.get("bias_axes") else 0) + activation(config.get("activation"), values)
    )


def _einsum(given: str, sizes: Sizes, made: str, results: Sizes) -> int:
    """Products of an einsum: a value of the output for each value of what is summed over."""
    letters = given.replace(".", "")
    known = dict(zip(reversed(letters), reversed(sizes), strict=False))
    if "..." in given and not given.startswith("..."):
        known = dict(zip(letters, sizes, strict=False))
    summed = [size for letter, size in known.items() if letter not in made]
    return math.prod(results) * math.prod(summed)


def products(terms: Sequence[Sequence[Hashable]], inputs: Sequence[Sizes]) -> int:
    """Products of an einsum of one or two terms that name each axis: one for each value of all axes."""
    known: dict[Hashable, int] = {}
    for term, sizes in zip(terms, inputs, strict=False):
        for axis, size in zip(term, sizes, strict=False):
            known[axis] = max(size, known.get(axis, 1))
    return math.prod(known.values())


def _einsum_of_tensors(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    """Of two tensors; of more it depends on which are multiplied first."""
    subscripts = bound(config).get("subscripts")
    if not isinstance(subscripts, str):
        return None
    terms = subscripts.replace(" ", "").partition("->")[0].split(",")
    if len(terms) != len(inputs) or len(terms) > 2:
        return None
    count = products([_named(*pair) for pair in zip(terms, inputs, strict=True)], inputs)
    if len(terms) == 2:
        return Cost(count)
    return Cost(others=count if count > math.prod(outputs[0]) else 0)


def _named(term: str, sizes: Sizes) -> list[Hashable]:
    """A name for each axis; those that an ellipsis stands for are counted from the last."""
    front, _, back = term.partition("...")
    return [*front, *range(len(front) + len(back) - len(sizes), 0), *back]


def _pool(dimensions: int) -> CostRule:
    def rule(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
        return Cost(others=math.prod(outputs[0]) * math.prod(integers(config, "pool_size", dimensions, 2)))

    return rule


_TAPS = {"nearest": 0, "bilinear": 4, "bicubic": 16, "lanczos3": 36, "lanczos5": 100}


def _resize(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    default = "bilinear" if "height" in config else "nearest"
    return Cost(_TAPS[choice(config, "interpolation", tuple(_TAPS), default)] * math.prod(outputs[0]))


def _merge(_config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    return Cost(others=(len(inputs) - 1) * math.prod(outputs[0]))


def _average(_config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    return Cost(others=len(inputs) * math.prod(outputs[0]))


def _dot(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    axis = axes(config, "axes")[0]
    normalized = 3 * sum(map(math.prod, inputs)) if config.get("normalize") else 0
    return Cost(math.prod(outputs[0]) * inputs[0][axis], normalized)


def normalization(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    """Mean, deviation, variance and quotient, then gamma and beta."""
    affine = flag(config, "scale", default=True) + flag(config, "center", default=True)
    return Cost(others=(5 + affine) * math.prod(outputs[0]))


def _rescaling(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    return Cost(others=(1 if config.get("offset", 0) == 0 else 2) * math.prod(outputs[0]))


def _activation(config: Config, _inputs: list[Sizes], outputs: list[Sizes]) -> Cost:
    return Cost(others=activation(config.get("activation"), math.prod(outputs[0])))


def _inner(config: Config) -> tuple[str, Config] | None:
    spec = config.get("layer")
    name = spec.get("class_name") if isinstance(spec, Mapping) else None
    inner = spec.get("config") if isinstance(spec, Mapping) else None
    return (name, inner) if isinstance(name, str) and isinstance(inner, Mapping) else None


def _time_distributed(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    inner = _inner(config)
    if inner is None:
        return None
    given, made = ([(1, *each[2:]) for each in sizes] for sizes in (inputs, outputs))
    one = cost_of(*inner, tuple(given), tuple(made), RULES)
    return None if one is None else one.times(inputs[0][1])


def _wrapped(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    inner = _inner(config)
    return None if inner is None else cost_of(*inner, tuple(inputs), tuple(outputs), RULES)


def _bidirectional(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    inner = _inner(config)
    one = None if inner is None else cost_of(*inner, tuple(inputs[:1]), tuple(outputs), RULES)
    merged = math.prod(outputs[0]) if config.get("merge_mode") in ("sum", "mul", "ave") else 0
    return None if one is None else one.times(2).plus(Cost(others=merged))


_MOVES = frozenset(
    {
        *("append", "arange", "array", "broadcastto", "cast", "concat", "concatenate"),
        *("converttotensor", "copy", "depthtospace", "diag", "diagonal", "expanddims", "eye", "flip"),
        *("fliplr", "flipud", "full", "getitem", "identity", "moveaxis", "ones", "oneslike", "pad"),
        *("ravel", "repeat", "reshape", "roll", "rot90", "shape", "slice", "spacetodepth", "split"),
        *("squeeze", "stack", "stopgradient", "swapaxes", "take", "takealongaxis", "tile", "transpose"),
        *("tril", "triu", "unstack", "zeros", "zeroslike"),
    }
)
_PRODUCTS = frozenset({"matmul", "dot", "batchdot"})
_UNCOUNTED = frozenset({"conv", "depthwiseconv", "separableconv", "dotproductattention", "tensordot"})
_ROWS = {name.lower(): row for name, row in operation_table.ROWS.items()}


def operation_name(config: Config) -> str:
    """What an operation is called, without its module and in lower case."""
    name = config.get("operation")
    return name.rpartition(".")[2].replace("_", "").lower() if isinstance(name, str) else ""


def is_elementwise(config: Config) -> bool:
    """Whether an operation computes each value from those at the same place."""
    row = _ROWS.get(operation_name(config))
    return row is not None and row.shape == "broadcast" and not _ALONG & {*row.made_with, *row.called_on}


_ALONG = frozenset({"axis", "k", "mean", "scale", "shift"})
"""Parameters of operations that have the shape of their input, and yet mix its values."""


def _operation(config: Config, inputs: list[Sizes], outputs: list[Sizes]) -> Cost | None:
    name = operation_name(config)
    if name in _MOVES:
        return Cost()
    if name in _PRODUCTS:
        return Cost(math.prod(outputs[0]) * inputs[0][-1])
    if name == "einsum":
        return _einsum_of_tensors(config, inputs, outputs)
    if name in _UNCOUNTED:
        return None
    row = _ROWS.get(name)
    values = math.prod(inputs[0] if row is not None and row.shape == "reduced" else outputs[0])
    return Cost(others=values * (SOFTMAX if name in {"softmax", "logsoftmax"} else 1))


RULES: dict[str, CostRule] = {
    **{f"Conv{n}D": _conv(n) for n in (1, 2, 3)},
    **{f"LocallyConnected{n}D": _conv(n) for n in (1, 2)},
    **{f"Conv{n}DTranspose": _transpose(n) for n in (1, 2, 3)},
    **{f"DepthwiseConv{n}D": _depthwise(n) for n in (1, 2)},
    **{f"SeparableConv{n}D": _separable(n) for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _pool(n) for kind in ("Average", "Max") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": each_input(1) for kind in ("Average", "Max") for n in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{n}D": each_input(1) for kind in ("Average", "Max") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _resize for n in (1, 2, 3)},
    "Resizing": _resize,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Activation": _activation,
    **dict.fromkeys(("ReLU", "LeakyReLU", "ELU", "ThresholdedReLU"), each_value(1)),
    "PReLU": each_value(2),
    "Softmax": each_value(SOFTMAX),
    # Both as a scale and an offset, which is what their statistics amount to at inference.
    **dict.fromkeys(("BatchNormalization", "SyncBatchNormalization", "Normalization"), each_value(2)),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization"), normalization),
    "RMSNormalization": each_value(4),
    "UnitNormalization": each_value(3),
    "Rescaling": _rescaling,
    "LayerScale": each_value(1),
    # It scales the first of its inputs and adds the second.
    "CustomScaleLayer": each_value(2),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Maximum", "Minimum"), _merge),
    "Average": _average,
    "Dot": _dot,
    **cost_sequences.RULES,
    "TimeDistributed": _time_distributed,
    "Bidirectional": _bidirectional,
    "SpectralNormalization": _wrapped,
    OPERATION: _operation,
}
"""What a call computes, by class name."""
