"""Dense layers between any axes, embeddings, and layers that do nothing at inference."""

from __future__ import annotations

import math
from typing import Any

from converter.layers.core import Equation, equation_of
from converter.layers.rule import RuleError
from converter.layers.semantics.doubt import Value
from converter.layers.semantics.value import (
    FLAG,
    INERT,
    INTEGER,
    INTEGERS_OR_NULL,
    NAME,
    NUMBER_OR_NULL,
    variable,
)
from converter.model import Shape, Weight
from converter.passes.lowering.base import Lowered, Lowering, Site, derived

_NOTHING = "it does nothing at inference, and TensorFlow.js does not know its name"
_CUSTOM = "Leave out --no-custom-layers: no built-in layers compute the same."


def identity(site: Site) -> Lowered:
    """A layer that does nothing at inference."""
    part = site.part()
    return part.done(part.add("Activation", part.inputs[0], {"activation": "linear"}), why=_NOTHING)


def _einsum(site: Site) -> Lowered:
    kernel, bias = site.weight("kernel"), site.weight("bias")
    if kernel is None or site.shape is None:
        site.refuse("it has no kernel, or an input of unknown rank.", "Declare the input shape.")
    try:
        equation = equation_of(site.config, site.shape, kernel.shape)
    except RuleError as error:
        site.refuse(f"its equation {error.why}.", "Name each axis by one letter, and save the model again.")
    activation = site.config.get("activation") or "linear"
    dense = _dense(site, equation, kernel, bias, activation)
    if dense is not None:
        return dense
    if not site.custom_layers:
        site.refuse("its equation takes a custom layer.", _CUSTOM)
    part = site.part()
    options: dict[str, Any] = {
        "input": list(equation.input),
        "kernel": list(equation.kernel),
        "output": list(equation.output),
        "kernel_shape": list(kernel.shape),
        "bias_shape": None if bias is None else list(bias.shape),
    }
    weights = {"kernel": kernel} | ({} if bias is None else {"bias": bias})
    x = part.add("KerasEinsumDense", part.inputs[0], options, weights=weights)
    if activation != "linear":
        x = part.add("Activation", x, {"activation": activation})
    return part.done(x, why=_EINSUM)


_EINSUM = "no released TensorFlow.js has it"


def _dense(
    site: Site, equation: Equation, kernel: Weight, bias: Weight | None, activation: Any
) -> Lowered | None:
    """As a Dense, where the last axes of the input become the last of the output; ``None`` elsewhere."""
    inner = [letter for letter in equation.kernel if letter in equation.input]
    outer = [letter for letter in equation.kernel if letter not in equation.input]
    kept = list(equation.input[: len(equation.input) - len(inner)])
    if (
        list(equation.kernel) != inner + outer
        or list(equation.input) != kept + inner
        or list(equation.output) != kept + outer
        or not inner
        or not outer
        or (bias is not None and _without_ones(bias.shape) != _without_ones(kernel.shape[len(inner) :]))
    ):
        return None
    shape: Shape = site.shape or ()
    rows, units = math.prod(kernel.shape[: len(inner)]), math.prod(kernel.shape[len(inner) :])
    before = shape[1 : len(kept)]
    if (len(inner) > 1 or len(outer) > 1) and sum(size is None for size in before) > 1:
        return None
    open_sizes = [-1 if size is None else size for size in before]
    part = site.part()
    x = part.inputs[0]
    if len(inner) > 1:
        x = part.add("Reshape", x, {"target_shape": [*open_sizes, rows]})
    weights = {"kernel": derived(kernel, (rows, units), lambda array: array)}
    if bias is not None:
        weights["bias"] = derived(bias, (units,), lambda array: array)
    fused = activation if len(outer) == 1 else "linear"
    config = {"units": units, "use_bias": bias is not None, "activation": fused}
    x = part.add("Dense", x, config, weights=weights)
    if len(outer) > 1:
        x = part.add("Reshape", x, {"target_shape": [*open_sizes, *kernel.shape[len(inner) :]]})
        if activation != "linear":
            x = part.add("Activation", x, {"activation": activation})
    return part.done(x, why=_EINSUM)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    while shape and shape[0] == 1:
        shape = shape[1:]
    return shape


def _reversible(site: Site) -> Lowered:
    """An Embedding that also goes back from vectors to scores of tokens."""
    config = site.config
    table = site.weight("embeddings")
    if table is None:
        site.refuse("it has no table.", "Save the model with its weights.")
    part = site.part()
    tokens, size = table.shape
    if not site.kwargs.get("reverse"):
        options = {"input_dim": tokens, "output_dim": size, "mask_zero": bool(config.get("mask_zero"))}
        x = part.add("Embedding", part.inputs[0], options, weights={"embeddings": table})
        return part.done(x, why="TensorFlow.js has Embedding alone")
    kernel = site.weight("reverse_embeddings") or derived(table, (size, tokens), lambda array: array.T)
    dense = {"units": tokens, "use_bias": False, "activation": "linear"}
    x = part.add("Dense", part.inputs[0], dense, weights={"kernel": kernel})
    cap = config.get("logit_soft_cap")
    if cap is not None:
        x = part.add("Rescaling", x, {"scale": 1.0 / cap, "offset": 0.0})
        x = part.add("Activation", x, {"activation": "tanh"})
        x = part.add("Rescaling", x, {"scale": float(cap), "offset": 0.0})
    return part.done(x, why="TensorFlow.js has Embedding alone")


LOWERINGS: dict[str, Lowering] = {
    "ActivityRegularization": Lowering(identity, {"l1": INERT, "l2": INERT}),
    "EinsumDense": Lowering(
        _einsum,
        {
            **variable("kernel", "bias"),
            "equation": NAME,
            "output_shape": INTEGERS_OR_NULL,
            "activation": Value(lambda _: True),
            "bias_axes": Value(lambda value: value is None or isinstance(value, str)),
            **dict.fromkeys(("lora_rank", "lora_alpha", "gptq_unpacked_column_size"), INERT),
        },
    ),
    "Identity": Lowering(identity, {}),
    "ReversibleEmbedding": Lowering(
        _reversible,
        {
            **variable("embeddings"),
            "input_dim": INTEGER,
            "output_dim": INTEGER,
            "tie_weights": FLAG,
            "mask_zero": FLAG,
            "logit_soft_cap": NUMBER_OR_NULL,
            "reverse_dtype": Value(lambda value: value in (None, "float32")),
            **dict.fromkeys(("sparse", "lora_rank", "lora_alpha"), INERT),
        },
        frozenset({"reverse"}),
    ),
    **dict.fromkeys(
        ("SpatialDropout2D", "SpatialDropout3D"),
        Lowering(
            identity,
            dict.fromkeys(("rate", "seed", "noise_shape", "data_format", "rng_type"), INERT),
        ),
    ),
}
"""By class name."""
