"""Which backends of TensorFlow.js run the functions that custom layers call."""

from __future__ import annotations

import re

BACKENDS = ("cpu", "wasm", "webgl", "webgpu")

LACKING: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("complex", "einsum", "fft", "ifft", "imag", "irfft", "real", "rfft", "unsortedSegmentSum"), ("wasm",)
    ),
    "bitwiseAnd": ("webgpu",),
    "unique": ("webgpu",),
}
"""The functions whose kernels some backends lack.

Measured: the kernels in ``register_all_kernels.js`` of the four backends' packages, 4.22.0, against those of
the cpu; kernels of gradients and those that work on strings or draw are left out, as no layer calls them.
"""


def backends(javascript: str) -> tuple[str, ...]:
    """The backends that have a kernel for every function of TensorFlow.js that a text calls."""
    called = set(re.findall(r"\btf\.(?:[a-z]+\.)?(\w+)\s*\(", javascript))
    lacking = {backend for name in called for backend in LACKING.get(name, ())}
    return tuple(backend for backend in BACKENDS if backend not in lacking)
