"""Attention layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from converter.layers.attention import gated, projections
from converter.layers.configuration import brief, listed, whole
from converter.layers.semantics.value import (
    FLAG,
    INERT,
    INTEGER,
    INTEGER_OR_NULL,
    INTEGERS_OR_NULL,
    one_of,
    variable,
)
from converter.model import Weight
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor, derived

_WHY = "TensorFlow.js has no attention"
_PLACES = {
    "query_mask": "qmask",
    "value_mask": "vmask",
    "key_mask": "kmask",
    "attention_mask": "mask",
}
"""The masks by the names that the JavaScript has for them; no name of two words stays as it is there."""

_CUSTOM = "Leave out --no-custom-layers: no built-in layers compute the same."
_ARGUMENTS = frozenset({"tensors", "return_attention_scores", "use_causal_mask", "key_mask"})


def _roles(site: Site, least: Sequence[str] = ("query", "value")) -> list[str]:
    """What each input is."""
    given = site.kwargs.get("tensors")
    names = ["query", "value", "key"][: len(site.inputs)] if given is None else list(given)
    known = {"query", "value", "key", *_PLACES}
    if len(names) != len(site.inputs) or not set(least) <= set(names) or not set(names) <= known:
        site.refuse(
            f"it is called on {', '.join(map(str, names)) or 'nothing'}, which it does not take.",
            "Call it on a query, a value and masks of these.",
        )
    return [_PLACES.get(name, name) for name in names]


def _attention(site: Site) -> Lowered:
    config, roles = site.config, _roles(site)
    additive = site.layer.class_name == "AdditiveAttention"
    mode = "additive" if additive else config.get("score_mode") or "dot"
    causal = bool(site.kwargs.get("use_causal_mask") or config.get("causal"))
    scores = bool(site.kwargs.get("return_attention_scores"))
    scaled = config.get("use_scale", additive) not in (False, 0, None)
    part = site.part()
    if not site.custom_layers:
        return _composed(site, part, roles, mode, plain=not (causal or scores))
    options = {"mode": mode, "use_scale": scaled, "causal": causal, "scores": scores, "tensors": roles}
    # Some releases keep a scale that nothing uses.
    outputs = part.add_several("KerasAttention", part.inputs, options, weights=site.weights())
    return part.done(*outputs, why=_WHY)


def _composed(site: Site, part: Part, roles: list[str], mode: str, *, plain: bool) -> Lowered:
    if mode != "dot" or not plain or not set(roles) <= {"query", "value", "key"}:
        site.refuse("with these options it takes a custom layer.", _CUSTOM)
    given = dict(zip(roles, part.inputs, strict=True))
    scores = part.add("Dot", (given["query"], given.get("key", given["value"])), {"axes": [2, 2]})
    scale = site.weight("scale")
    if scale is not None:
        scores = part.add("Rescaling", scores, {"scale": float(scale.array()), "offset": 0.0})
    shares = part.add("Activation", scores, {"activation": "softmax"})
    return part.done(part.add("Dot", (shares, given["value"]), {"axes": [2, 1]}), why=_WHY)


def _heads(site: Site) -> Lowered:
    """MultiHeadAttention and GroupedQueryAttention."""
    config, roles = site.config, _roles(site)
    grouped = site.layer.class_name == "GroupedQueryAttention"
    heads = config["num_query_heads" if grouped else "num_heads"]
    key_dim = config["head_dim" if grouped else "key_dim"]
    causal, scores = (bool(site.kwargs.get(key)) for key in ("use_causal_mask", "return_attention_scores"))
    query = site.inputs[roles.index("query")]
    if query is None:
        site.refuse("the rank of its query is not known.", "Declare the input shape, and save it again.")
    rank = len(query)
    axes = tuple(axis % rank for axis in _list(site, "attention_axes") or range(1, rank - 1))
    sizes = _list(site, "output_shape") or None
    # Keras 3 fuses the plain case, and what then becomes of rows in which all is masked differs.
    fused = rank == 3 and not config.get("dropout") and not scores
    masking = "add" if site.keras == 2 else "fill" if fused else "zero"
    if config.get("softmax_robust_masking"):
        masking = "zero"
    options = {
        "heads": heads,
        "key_heads": config["num_key_value_heads"] if grouped else heads,
        "key_dim": key_dim,
        "value_dim": key_dim if grouped else config.get("value_dim") or key_dim,
        "use_bias": config.get("use_bias", True) is not False,
        "use_gate": gated(config),
        "output_sizes": sizes,
        "axes": list(axes),
        "window": config.get("sliding_window"),
        "causal": causal,
        "scores": scores,
        "masking": masking,
        "tensors": roles,
    }
    names = [name.replace("/", "_") for name in projections(config)]
    weights = dict(zip(names, site.layer.weights, strict=True))
    part = site.part()
    if not site.custom_layers:
        return _by_head(site, part, options, weights)
    return part.done(
        *part.add_several("KerasMultiHeadAttention", part.inputs, options, weights=weights), why=_WHY
    )


def _list(site: Site, key: str) -> list[int]:
    value = site.config.get(key)
    items = listed(value)
    if items is None:
        items = [] if value is None else [value]
    numbers = [number for item in items if (number := whole(item)) is not None]
    if len(numbers) < len(items):
        site.refuse(f"its {key} are {brief(value)}, and not whole numbers.", "Save the model again.")
    return numbers


def _by_head(site: Site, part: Part, options: dict[str, Any], weights: dict[str, Weight]) -> Lowered:
    """Each head in built-in layers: twice as slow, at least."""
    roles = options["tensors"]
    query = site.inputs[roles.index("query")] or ()
    special = any(options[key] for key in ("causal", "scores", "use_gate", "window"))
    if (
        special
        or len(query) != 3
        or len(options["output_sizes"] or [1]) != 1
        or len(roles) > 3
        or "mask" in roles
    ):
        site.refuse("with these options it takes a custom layer.", _CUSTOM)
    given = dict(zip(roles, part.inputs, strict=True))
    given.setdefault("key", given["value"])
    repeats = options["heads"] // options["key_heads"]

    def project(name: str, head: int, units: int) -> Tensor:
        kernel = weights[f"{name}_kernel"]
        held: dict[str, Weight] = {
            "kernel": derived(kernel, (kernel.shape[0], units), lambda array: array[:, head, :])
        }
        bias = weights.get(f"{name}_bias")
        if bias is not None:
            held["bias"] = derived(bias, (units,), lambda array: array[head])
        config = {"units": units, "use_bias": bias is not None, "activation": "linear"}
        return part.add("Dense", given[name], config, weights=held)

    made = []
    for head in range(options["heads"]):
        q = project("query", head, options["key_dim"])
        k = project("key", head // repeats, options["key_dim"])
        v = project("value", head // repeats, options["value_dim"])
        q = part.add("Rescaling", q, {"scale": options["key_dim"] ** -0.5, "offset": 0.0})
        shares = part.add("Activation", part.add("Dot", (q, k), {"axes": [2, 2]}), {"activation": "softmax"})
        made.append(part.add("Dot", (shares, v), {"axes": [2, 1]}))
    x = part.add("Concatenate", made, {"axis": -1}) if len(made) > 1 else made[0]
    kernel = weights["output_kernel"]
    size = options["heads"] * options["value_dim"]
    units = kernel.shape[-1]
    held = {"kernel": derived(kernel, (size, units), lambda array: array.reshape(size, units))}
    if "output_bias" in weights:
        held["bias"] = weights["output_bias"]
    config = {"units": units, "use_bias": "bias" in held, "activation": "linear"}
    return part.done(part.add("Dense", x, config, weights=held), why=_WHY)


_DENSE = dict.fromkeys(("dropout", "seed", "flash_attention"), INERT)
_HEADS = {
    **variable("kernel", "bias"),
    **_DENSE,
    "use_bias": FLAG,
    "use_gate": FLAG,
    "sliding_window": INTEGER_OR_NULL,
}

LOWERINGS: dict[str, Lowering] = {
    "AdditiveAttention": Lowering(
        _attention, {"use_scale": FLAG, "causal": FLAG, "dropout": INERT, "seed": INERT}, _ARGUMENTS
    ),
    "Attention": Lowering(
        _attention,
        {
            "use_scale": FLAG,
            "causal": FLAG,
            "score_mode": one_of(None, "dot", "concat"),
            "dropout": INERT,
            "seed": INERT,
        },
        _ARGUMENTS,
    ),
    "GroupedQueryAttention": Lowering(
        _heads,
        {**_HEADS, **dict.fromkeys(("head_dim", "num_query_heads", "num_key_value_heads"), INTEGER)},
        _ARGUMENTS,
    ),
    "MultiHeadAttention": Lowering(
        _heads,
        {
            **_HEADS,
            "num_heads": INTEGER,
            "key_dim": INTEGER,
            "value_dim": INTEGER_OR_NULL,
            "output_shape": INTEGERS_OR_NULL,
            "attention_axes": INTEGERS_OR_NULL,
            "softmax_robust_masking": FLAG,
            **dict.fromkeys(("query_shape", "key_shape", "value_shape"), INERT),
        },
        _ARGUMENTS,
    ),
}
"""By class name."""
