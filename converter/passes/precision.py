"""Layers that Keras computes with half precision or quantized, computed in float32."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.layers.precision import FULL, HALF, INTEGERS, is_low, policy_name
from converter.model import Config, Model
from converter.passes.base import Change, Pass, PassResult, map_configs

INPUT = "InputLayer"


class ComputeInFloat32(Pass):
    """Inputs get a dtype that TensorFlow.js has, and layers float32, the one that it computes in.

    Keeps the function of the model but for the rounding of numbers of 16 bits or fewer, which is left out.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites the dtypes of layers, those inside wrappers as well."""
        found: dict[tuple[str, str, str], list[str]] = {}

        def one(class_name: str, config: Config, where: str) -> tuple[str, Config]:
            name = policy_name(config.get("dtype"))
            kind = None if name is None else _kind(class_name, name)
            if name is None or kind is None:
                return class_name, config
            dtype, why = kind
            found.setdefault((name, dtype, why), []).append(where)
            return class_name, {**config, "dtype": dtype}

        rewritten = map_configs(model, one)
        changes = tuple(
            Change(f"{name} → {dtype}", _once(where), why) for (name, dtype, why), where in found.items()
        )
        return PassResult(rewritten if changes else model, changes)


def _kind(class_name: str, name: str) -> tuple[str, str] | None:
    """The dtype in place of one of another name, and why; None where it may stay."""
    if class_name == INPUT and name in HALF | FULL | INTEGERS:
        dtype = "int32" if name in INTEGERS else "float32"
        why = "TensorFlow.js takes its inputs as float32 and int32, and these hold the same values"
        return None if name == dtype else (dtype, why)
    if is_low(name):
        return "float32", "TensorFlow.js computes in float32, which is more exact"
    return (
        ("float32", "TensorFlow.js computes in float32, which is less exact") if name == "float64" else None
    )


def _once(names: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, names)))
