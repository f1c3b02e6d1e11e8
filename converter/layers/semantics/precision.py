"""Types of numbers that Keras computes in, and TensorFlow.js does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.layers.configuration import brief
from converter.layers.semantics.doubt import EVERYWHERE, Doubt, Site

_EXACT = frozenset({"float32", "float64", "int32", "int64", "bool", "string", "uint8", "int8", "int16"})


def low_precision(site: Site) -> Iterator[Doubt]:
    """A doubt for a layer that Keras computes with half precision."""
    name = _name(site.config.get("dtype"))
    if name is not None and name not in _EXACT and site.class_name != "InputLayer":
        yield site.doubt(
            f"Keras computes it as {brief(name)}, and TensorFlow.js with float32, which is more exact.",
            "Nothing, unless the outputs must agree to more than three digits.",
            EVERYWHERE,
        )


def _name(dtype: Any) -> str | None:
    """The type's name, also inside a policy."""
    if isinstance(dtype, Mapping):
        config = dtype.get("config")
        dtype = config.get("name") if isinstance(config, Mapping) else None
    return dtype if isinstance(dtype, str) else None
