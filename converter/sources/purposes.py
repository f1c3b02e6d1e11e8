"""Layers that take several tensors, each for a purpose of its own."""

from __future__ import annotations

from collections.abc import Iterable

_ATTENTION = ("query", "value", "key")
SEVERAL = {
    "AdditiveAttention": _ATTENTION,
    "Attention": _ATTENTION,
    "CategoryEncoding": ("inputs", "count_weights"),
    "GroupedQueryAttention": _ATTENTION,
    "MultiHeadAttention": _ATTENTION,
    "Softmax": ("inputs", "mask"),
}
"""What the purposes of the first arguments are called.

``kwargs["tensors"]`` of a call in a model says what each of its inputs is, in the order of ``sorted_by``.
"""

MASKS = ("query_mask", "value_mask", "key_mask", "attention_mask")
"""What may follow behind the first arguments of attention with heads."""

TAKE_LISTS = {"AdditiveAttention", "Attention"}
"""Layers whose first argument is a list of tensors, and whose mask is a list of their masks."""


def sorted_by(purposes: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names in the order of the purposes and masks; others behind them."""
    order = [*purposes, *MASKS]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))
