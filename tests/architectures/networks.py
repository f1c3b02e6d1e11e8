"""idealo's networks as the shapes of their convolutions, followed channel by channel."""

# ruff: noqa: N803 (the parameters have the names that idealo gives them)

from __future__ import annotations

import random
from typing import Any

Kernels = dict[str, tuple[int, int, int, int]]


def rdn(C: int, D: int, G: int, G0: int, x: int, c_dim: int, kernel_size: int, upscaling: str) -> Kernels:
    found: Kernels = {}

    def convolve(name: str, channels: int, filters: int, size: int = kernel_size) -> int:
        found[name] = (size, size, channels, filters)
        return filters

    tensor = convolve("F_0", convolve("F_m1", 3, G0), G0)
    joined = 0
    for block in range(D):
        dense = tensor
        for number in range(C):
            dense += convolve(f"F_{block + 1}_{number + 1}", dense, G)
        tensor = convolve(f"LFF_{block + 1}", dense, G0, 1)
        joined += tensor
    tensor = convolve("GFF_2", convolve("GFF_1", joined, G0, 1), G0)
    tensor = convolve("UPN2", convolve("UPN1", tensor, 64, 5), 32, 3)
    tensor = convolve("UPN3", tensor, c_dim * x**2, 3)
    convolve("SR", tensor if upscaling == "ups" else tensor // x**2, c_dim)
    return found


def rrdn(C: int, D: int, G: int, G0: int, T: int, x: int, c_dim: int, kernel_size: int) -> Kernels:
    found: Kernels = {}

    def convolve(name: str, channels: int, filters: int, size: int = kernel_size) -> int:
        found[name] = (size, size, channels, filters)
        return filters

    tensor = convolve("Pre_blocks_conv", 3, G0)
    for outer in range(T):
        for block in range(D):
            dense = tensor
            for number in range(C):
                dense += convolve(f"F_{outer + 1}_{block + 1}_{number + 1}", dense, G)
            tensor = convolve(f"LFF_{outer + 1}_{block + 1}", dense, G0, 3)
    tensor = convolve("post_blocks_conv", tensor, G0, 3)
    tensor = convolve("PreShuffle", tensor, c_dim * x**2, 3)
    convolve("SR", tensor // x**2, c_dim)
    return found


def draw(seed: int) -> tuple[str, dict[str, Any]]:
    """A family and its parameters."""
    rng = random.Random(seed)
    parameters: dict[str, Any] = {
        "C": rng.randint(1, 6),
        "D": rng.randint(1, 5),
        "G": rng.choice([1, 2, 3, 4, 7, 8]),
        "G0": rng.choice([1, 2, 3, 4, 5, 8]),
        "x": rng.choice([2, 3, 4, 8]),
        "c_dim": rng.choice([1, 3, 3, 4]),
        "kernel_size": rng.choice([1, 3, 3, 3, 5, 7]),
    }
    if seed % 2:
        return "rrdn", {**parameters, "T": rng.randint(1, 5)}
    upscaling = rng.choice(["ups", "shuffle"])
    if upscaling == "ups" and rng.random() < 0.2:
        parameters["x"] = 1
    return "rdn", {**parameters, "upscaling": upscaling}


def kernels(family: str, parameters: dict[str, Any]) -> Kernels:
    return rdn(**parameters) if family == "rdn" else rrdn(**parameters)


def describe(family: str, parameters: dict[str, Any]) -> str:
    keys = ("C", "D", "G", "G0", "x") if family == "rdn" else ("C", "D", "G", "G0", "T", "x")
    parts = ["-".join([family, *(f"{key}{parameters[key]}" for key in keys)])]
    parts.append(f"upscaling {parameters['upscaling']}" if family == "rdn" else "beta 0.2")
    parts += [f"{key} {parameters[key]}" for key in ("c_dim", "kernel_size") if parameters[key] != 3]
    return ", ".join(parts)
