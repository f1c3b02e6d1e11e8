"""Types of numbers that Keras computes in: dtypes, and the policies that stand for them.

https://github.com/keras-team/keras/blob/v3.15.0/keras/src/dtype_policies/dtype_policy.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.model import Model

FULL = frozenset({"float32", "float64"})
HALF = frozenset({"float16", "bfloat16", "mixed_float16", "mixed_bfloat16"})
"""What Keras computes with half precision, whatever its weights are stored as."""

QUANTIZED = frozenset({"int8", "int4", "float8", "gptq", "awq"})
"""How Keras 3 quantizes: ``model.quantize("int8")`` makes policies such as ``int8_from_float32``."""

INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16"})
"""The integers whose values ``int32`` can hold; of 64 bits those that anyone feeds."""

_PLAIN = frozenset({"DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1"})
_OF_QUANTIZED = frozenset(
    {"QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy", "Int4DTypePolicy"}
    | {"GPTQDTypePolicy", "AWQDTypePolicy"}
)
_MAP = "DTypePolicyMap"
_AND = " and "


def policy_name(value: object) -> str | None:
    """The name of a dtype or of a policy: ``mixed_float16``, ``int8_from_float32``.

    A map of policies by layer has the names of all that are in it, ``float32 and int8_from_float32``. None
    stands for what is not set, or is no policy at all.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return None
    kind, config = value.get("class_name"), value.get("config")
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        return None
    if kind == _MAP:
        return _of_map(config)
    name = config.get("name")
    if kind in _OF_QUANTIZED and not isinstance(name, str):
        return f"{config.get('mode')}_from_{config.get('source_name') or 'float32'}"
    return name if kind in _PLAIN | _OF_QUANTIZED and isinstance(name, str) else kind


def _of_map(config: Mapping[str, Any]) -> str:
    held = config.get("policy_map")
    inside = held.values() if isinstance(held, Mapping) else ()
    # A policy without a name is Keras's own default.
    names = {name for value in (config.get("default_policy"), *inside) if (name := policy_name(value))}
    return _AND.join(sorted(names)) or "float32"


def is_float(name: str) -> bool:
    """Whether a name is that of policies by which layers compute with floats, or did before quantization."""
    return all(_source(part) in FULL | HALF for part in name.split(_AND))


def is_low(name: str) -> bool:
    """Whether Keras computes with less than 32 bits by a policy of this name."""
    return any(part not in FULL for part in name.split(_AND)) and is_float(name)


def is_quantized(name: str) -> bool:
    """Whether the kernels are quantized by a policy of this name."""
    return is_float(name) and any("_from_" in part for part in name.split(_AND))


def _source(name: str) -> str:
    """The policy before quantization."""
    mode, found, source = name.partition("_from_")
    return source if found and mode.partition("/")[0] in QUANTIZED else name


def low_precision(model: Model) -> dict[str, tuple[str, ...]]:
    """The policies by which Keras computes a model with less than 32 bits, each with its layers."""
    found: dict[str, dict[str, None]] = {}
    for layer in model.walk():
        for name in _names(layer.config):
            if layer.class_name != "InputLayer" and is_low(name):
                found.setdefault(name, {})[layer.name] = None
    return {name: tuple(found[name]) for name in sorted(found)}


_HOLDS_LAYERS = ("layer", "forward_layer", "backward_layer", "cell", "cells", "layers")
_MOST_DEEP = 64


def _names(config: object, depth: int = 0) -> Iterator[str]:
    """The policies of a layer and of the layers inside it."""
    if not isinstance(config, Mapping) or depth > _MOST_DEEP:
        return
    name = policy_name(config.get("dtype"))
    if name is not None:
        yield name
    for key in _HOLDS_LAYERS:
        held = config.get(key)
        for spec in held if isinstance(held, list) else [held]:
            if isinstance(spec, Mapping):
                yield from _names(spec.get("config"), depth + 1)
