"""Inputs, dense layers, embeddings, and layers that do nothing at inference."""

from __future__ import annotations

from converter.layers.configuration import declared_shape, fault, flag, integer, listed
from converter.layers.grid import agree, size_at
from converter.layers.rule import Rule, RuleError, Shapes, WeightSpec, WeightSpecs, on_known
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


RULES = {
    name: Rule() for name in ("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Masking")
} | {
    "InputLayer": Rule(_input, fewest=0, most=0),
    "Dense": Rule(on_known(_dense), _dense_weights, least_rank=2),
    "Embedding": Rule(on_known(_embed), _embeddings),
    "SpatialDropout1D": Rule(rank=3),
}
