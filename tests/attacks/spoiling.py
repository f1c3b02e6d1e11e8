"""JSON trees with something wrong in them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 5),
    st.sampled_from([2**31, -(2**63), 10**30, 10**4000, 0.5, 1e308, float("nan"), float("inf")]),
    st.sampled_from(
        ["", "\0", "\ud800", "\x1b[2J", "../..", "a/b", "dense", "Dense", "Sequential", "Functional"]
    ),
    st.sampled_from(
        [[], {}, [[]], [{}], [None], [["dense", 0, 0, {}]], {"class_name": "Lambda"}, {"config": {}}]
    ),
    st.text(max_size=4),
)
"""In place of any value."""


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(way for key, item in items for way in places(item, (*path, key)))]


def holder(tree: Any, way: tuple[Any, ...]) -> Any:
    for key in way[:-1]:
        tree = tree[key]
    return tree


@st.composite
def spoilt(draw: st.DrawFn, original: dict[str, Any]) -> dict[str, Any]:
    """A copy with one to three values dropped, replaced, doubled or exchanged."""
    tree = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 3))):
        ways = places(tree)[1:]
        if not ways:
            break
        way, other = draw(st.sampled_from(ways)), draw(st.sampled_from(ways))
        inside = holder(tree, way)
        match draw(st.sampled_from(["drop", "replace", "double", "exchange"])):
            case "drop":
                del inside[way[-1]]
            case "replace":
                inside[way[-1]] = copy.deepcopy(draw(ODD))
            case "double" if isinstance(inside, list):
                inside.append(copy.deepcopy(inside[way[-1]]))
            case _:
                inside[way[-1]] = copy.deepcopy(holder(tree, other)[other[-1]])
    return tree
