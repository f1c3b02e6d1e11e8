"""Inputs, dense layers, embeddings, and layers that do nothing at inference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from converter.layers.configuration import axes, declared_shape, fault, flag, integer, listed, whole
from converter.layers.grid import agree, size_at
from converter.layers.rule import CALL, Rule, RuleError, Shapes, WeightSpec, WeightSpecs, on_known
from converter.model import Config, Shape


def _input(config: Config, _inputs: Shapes) -> Shapes:
    if "batch_input_shape" not in config:
        raise fault(config, "batch_input_shape", "a list of sizes")
    return (declared_shape(config),)


def _dense(config: Config, shape: Shape) -> Shape:
    return (*shape[:-1], integer(config, "units"))


def _dense_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    units = integer(config, "units")
    kernel = WeightSpec("kernel", (size_at(inputs[0], -1), units))
    return (kernel, WeightSpec("bias", (units,))) if flag(config, "use_bias", default=True) else (kernel,)


def _layer_scale(config: Config, shape: Shape) -> Shape:
    channels = integer(config, "projection_dim")
    return (*shape[:-1], channels if shape[-1] == 1 else shape[-1])


def _layer_scale_weights(config: Config, _inputs: Shapes) -> WeightSpecs:
    return (WeightSpec("variable", (integer(config, "projection_dim"),)),)


def _embed(config: Config, shape: Shape) -> Shape:
    sizes = shape[1:]
    lengths = config.get("input_length")
    if lengths is not None:
        # It is one number, or one for each dimension behind the batch, null where free.
        items = listed(lengths)
        each = [lengths] if items is None else list(items)
        if len(each) != len(sizes):
            raise fault(config, "input_length", f"{len(sizes)} sizes, one for each dimension of its input")
        known = [None if item is None else integer({"input_length": item}, "input_length") for item in each]
        try:
            sizes = tuple(map(agree, sizes, known))
        except RuleError as error:
            raise RuleError(f"input_length contradicts its input: {error.why}") from None
    return (shape[0], *sizes, integer(config, "output_dim"))


def _embeddings(config: Config, _inputs: Shapes) -> WeightSpecs:
    return (WeightSpec("embeddings", (integer(config, "input_dim"), integer(config, "output_dim"))),)


class Equation(NamedTuple):
    """The terms of the sum of an EinsumDense: each axis of each by a number, the same for the same axis."""

    input: tuple[int, ...]
    kernel: tuple[int, ...]
    output: tuple[int, ...]


def equation_of(config: Config, shape: Shape, kernel: tuple[int, ...] | None) -> Equation:
    """The equation of an EinsumDense for an input of a known rank.

    Raises:
        RuleError: when it cannot be.
    """
    text = config.get("equation")
    match = _EQUATION.fullmatch(text.replace(" ", "")) if isinstance(text, str) else None
    if match is None:
        raise fault(config, "equation", "of the form ab,bc->ac")
    terms = [list(term) for term in (match["input"], match["kernel"], match["output"])]
    # Keras takes an ellipsis for axes in front, or behind, of the input and of the output.
    free = len(shape) - sum(letter != "." for letter in match["input"])
    if free < 0 or (free and "..." not in match["input"]):
        raise fault(config, "equation", f"one for an input of {len(shape)} dimensions")
    found = []
    for term in terms:
        numbers: list[int] = []
        text = "".join(term)
        for letter in text.replace("...", "."):
            numbers += range(_ELLIPSIS, _ELLIPSIS + free) if letter == "." else [_LETTERS.index(letter)]
        if len(set(numbers)) < len(numbers):
            raise fault(config, "equation", "one that names each axis of a tensor once")
        found.append(tuple(numbers))
    equation = Equation(*found)
    if kernel is not None and len(equation.kernel) != len(kernel):
        raise fault(config, "equation", f"one for a kernel of {len(kernel)} dimensions")
    if not set(equation.output) <= {*equation.input, *equation.kernel}:
        raise fault(config, "equation", "one whose output has axes of the input or the kernel")
    if set(equation.kernel) - {*equation.input, *equation.output}:
        raise fault(config, "equation", "one whose kernel has axes of the input or the output")
    return equation


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ELLIPSIS = len(_LETTERS)
_TERM = r"[a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*"
_EQUATION = re.compile(rf"(?P<input>{_TERM}),(?P<kernel>[a-zA-Z]+)->(?P<output>{_TERM})")


def _einsum_sizes(config: Config, shape: Shape) -> dict[int, int | None]:
    """The size of each axis, by its number."""
    equation = equation_of(config, shape, None)
    items = listed(config.get("output_shape"))
    wanted: Shape = axes(config, "output_shape", ()) if items is None else tuple(map(whole, items))
    free = [letter for letter in equation.input if letter >= _ELLIPSIS]
    in_front = bool(free) and equation.output[:1] == tuple(free[:1])
    # What an ellipsis in front stands for is put before the sizes that are told, but for the batch.
    known = [shape[0], *(shape[1 : len(free)] if in_front else ()), *wanted]
    named = [letter for letter in equation.output if letter < _ELLIPSIS]
    start = len(free) if in_front else 0
    sizes = dict(zip(named, known[start : start + len(named)], strict=False))
    for letter, size in zip(equation.input, shape, strict=True):
        sizes[letter] = sizes.get(letter) if size is None else size
    return sizes


def _einsum(config: Config, shape: Shape) -> Shape:
    sizes = _einsum_sizes(config, shape)
    return tuple(sizes.get(letter) for letter in equation_of(config, shape, None).output)


def _einsum_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    bias = config.get("bias_axes")
    shape = inputs[0]
    if shape is None:
        names = ["kernel"] if not bias else ["kernel", "bias"]
        return tuple(WeightSpec(name, None) for name in names)
    sizes = _einsum_sizes(config, shape)
    equation = equation_of(config, shape, None)
    kernel = WeightSpec("kernel", tuple(sizes.get(letter) for letter in equation.kernel))
    # The shape of the bias has ones between its axes.
    return (kernel, WeightSpec("bias", None)) if bias else (kernel,)


def _einsum_custom(config: Config, shape: Shape) -> Shape:
    terms = [listed(config.get(key)) or () for key in ("input", "kernel", "output", "kernel_shape")]
    sizes = {**dict(zip(terms[1], terms[3], strict=True)), **dict(zip(terms[0], shape, strict=True))}
    return tuple(sizes[letter] for letter in terms[2])


def _reversible(config: Config, inputs: Shapes) -> Shapes:
    shape = inputs[0]
    call = config.get(CALL)
    if shape is None:
        return (None,)
    if isinstance(call, Mapping) and call.get("reverse"):
        return ((*shape[:-1], integer(config, "input_dim")),)
    return (_embed(config, shape),)


def _reversible_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    sizes = (integer(config, "output_dim"), integer(config, "input_dim"))
    tied = flag(config, "tie_weights", default=True)
    return _embeddings(config, inputs) + (() if tied else (WeightSpec("reverse_embeddings", sizes),))


RULES = {
    name: Rule() for name in ("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Masking")
} | {
    "InputLayer": Rule(_input, fewest=0, most=0),
    "CustomScaleLayer": Rule(fewest=2, most=2),
    "LayerScale": Rule(on_known(_layer_scale), _layer_scale_weights),
    "Dense": Rule(on_known(_dense), _dense_weights, least_rank=2),
    "Embedding": Rule(on_known(_embed), _embeddings),
    **{name: Rule() for name in ("ActivityRegularization", "Identity")},
    "EinsumDense": Rule(on_known(_einsum), _einsum_weights),
    "KerasEinsumDense": Rule(on_known(_einsum_custom), lambda *_: None),
    "ReversibleEmbedding": Rule(_reversible, _reversible_weights),
    "SpatialDropout1D": Rule(rank=3),
    "SpatialDropout2D": Rule(rank=4),
    "SpatialDropout3D": Rule(rank=5),
}
