"""Attention layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from converter.layers.configuration import axes, flag, integer, listed
from converter.layers.rule import CALL, Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config, Shape

QUERY, VALUE = "query", "value"


def gated(config: Config) -> bool:
    """Whether what the heads give is multiplied by a gate."""
    return flag(config, "use_gate", default=False)


def projections(config: Config) -> list[str]:
    """The names of the weights of an attention with heads, in Keras's order."""
    parts = ["query", "key", *(["gate"] if gated(config) else []), "value", "output"]
    kinds = ["kernel", "bias"] if flag(config, "use_bias", default=True) else ["kernel"]
    return [f"{part}/{kind}" for part in parts for kind in kinds]


def _projected(
    config: Config, query: Shape | None, key: Shape | None, value: Shape | None, sizes: Sequence[int]
) -> WeightSpecs:
    """The weights of all projections, given the sizes of heads."""
    heads, key_heads, key_dim, value_dim = sizes

    def last(shape: Shape | None) -> int | None:
        return None if shape is None else shape[-1]

    output: Shape = (last(query),)
    if config.get("output_shape"):
        output = axes(config, "output_shape")
    shapes: dict[str, tuple[Shape, Shape]] = {
        "query": ((last(query),), (heads, key_dim)),
        "key": ((last(key),), (key_heads, key_dim)),
        "gate": ((last(query),), (heads, value_dim)),
        "value": ((last(value),), (key_heads, value_dim)),
        "output": ((heads, value_dim), output),
    }
    found = []
    for name in projections(config):
        part, _, kind = name.partition("/")
        before, behind = shapes[part]
        found.append(WeightSpec(name, (*before, *behind) if kind == "kernel" else behind))
    return tuple(found)


def _inputs(inputs: Shapes) -> tuple[Shape | None, Shape | None, Shape | None]:
    """Query, key and value; further inputs are masks."""
    query = inputs[0]
    value = inputs[1] if len(inputs) > 1 else query
    return query, None, value


def _many_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    heads, key_dim = integer(config, "num_heads"), integer(config, "key_dim")
    query, key, value = _inputs(inputs)
    return _projected(
        config, query, key, value, (heads, heads, key_dim, integer(config, "value_dim", key_dim))
    )


def _grouped_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    size = integer(config, "head_dim")
    query, key, value = _inputs(inputs)
    heads = (integer(config, "num_query_heads"), integer(config, "num_key_value_heads"))
    return _projected(config, query, key, value, (*heads, size, size))


def _arguments(config: Config) -> Config:
    found = config.get(CALL)
    return found if isinstance(found, Mapping) else {}


def _said(config: Config) -> Config:
    """What the JavaScript layers have in their configuration, of a layer and its call in Keras."""
    call = _arguments(config)
    return {
        "tensors": call.get("tensors") or (QUERY, VALUE, "key"),
        "scores": call.get("return_attention_scores"),
        "output_sizes": config.get("output_shape") or None,
        "axes": config.get("attention_axes"),
        "heads": config.get("num_heads", config.get("num_query_heads")),
    }


def _plain(config: Config, inputs: Shapes) -> Shapes | None:
    return _attended(_said(config), inputs)


def _many(config: Config, inputs: Shapes) -> Shapes | None:
    return _attended_in_heads(_said(config), inputs)


def _attention_weights(config: Config, _inputs: Shapes) -> WeightSpecs:
    found = []
    if flag(config, "use_scale", default=False):
        found.append(WeightSpec("scale", ()))
    if config.get("score_mode") == "concat":
        found.append(WeightSpec("concat_score_weight", ()))
    return tuple(found)


def _additive_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    query = inputs[0]
    if not flag(config, "use_scale", default=True):
        return ()
    return (WeightSpec("scale", (None if query is None else query[-1],)),)


def _given(config: Config, inputs: Shapes) -> dict[str, Shape | None]:
    names = listed(config.get("tensors")) or (QUERY, VALUE)
    return {str(name): shape for name, shape in zip(names, inputs, strict=False)}


def _attended(config: Config, inputs: Shapes) -> Shapes | None:
    given = _given(config, inputs)
    query, value = given.get(QUERY), given.get(VALUE)
    if query is None or value is None:
        return None
    output = (*query[:-1], value[-1])
    return (output, (*query[:-1], value[-2])) if config.get("scores") else (output,)


def _attended_in_heads(config: Config, inputs: Shapes) -> Shapes | None:
    given = _given(config, inputs)
    query, value = given.get(QUERY), given.get(VALUE)
    if query is None or value is None:
        return None
    sizes = listed(config.get("output_sizes"))
    output = (*query[:-1], *((query[-1],) if sizes is None else axes(config, "output_sizes")))
    if not config.get("scores"):
        return (output,)
    default = tuple(range(1, len(query) - 1))
    along = tuple(axis % len(query) for axis in axes(config, "axes", default))
    others = [query[axis] for axis in range(1, len(query) - 1) if axis not in along]
    places = [shape[axis] for shape in (query, value) for axis in along]
    return output, (query[0], *others, integer(config, "heads"), *places)


RULES = {
    "AdditiveAttention": Rule(_plain, _additive_weights, most=None),
    "Attention": Rule(_plain, _attention_weights, most=None),
    "GroupedQueryAttention": Rule(_many, _grouped_weights, most=None),
    "KerasAttention": Rule(_attended, lambda *_: None, most=None),
    "KerasMultiHeadAttention": Rule(_attended_in_heads, lambda *_: None, most=None),
    "MultiHeadAttention": Rule(_many, _many_weights, most=None),
}
