"""The body of ``computeOutputShape``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.shims.translation.blocks import Assign, Do, For, If, declare, render, simplify
from converter.shims.translation.configuration import flat
from converter.shims.translation.functions import run_body
from converter.shims.translation.inputs import call_scope
from converter.shims.translation.tensors import traces

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.inputs import Inputs
    from converter.shims.translation.scope import Unit


def shape_rule(unit: Unit, found: tuple[ast.FunctionDef, str], inputs: Inputs) -> str:
    """The body of ``computeOutputShape``."""
    scope = run_body(lambda: call_scope(unit, found, inputs, "shape"), found[0].body)
    names = inputs.names(scope)
    head = inputs.opening(scope, "shape")
    block = simplify([*head, *scope.block], traces, ["inputShape"])
    _on_returns(block, lambda text: text)
    texts = _texts(block)
    if _is_passing(texts, names, inputs):
        return "    return inputShape;"
    if re.search(r"[-+*/%(]", " ".join(texts).replace("length - ", "")):
        scope.helper("sizes")
        scope.helper("nulls")
        block = _with_sizes(block, "sizes(inputShape)")
        _on_returns(block, lambda text: f"nulls({text})")
    return render(declare(block, ["inputShape"]), 4)


def _is_passing(texts: list[str], names: list[str], inputs: Inputs) -> bool:
    if inputs.count is not None or len(texts) > 2:
        return False
    return texts[-1] == "return inputShape" or (
        len(texts) == 2 and texts[-1] in {f"return {name}" for name in names}
    )


def _with_sizes(block: Block, text: str) -> Block:
    """Read the shapes with ``NaN`` for what is open."""
    used = sum(len(re.findall(r"\binputShape\b", each)) for each in _texts(block))
    replacement = text if used == 1 else "input"
    for each in flat(block):
        attribute = {Assign: "value", Do: "text", If: "test", For: "header"}.get(type(each))
        if attribute is not None:
            setattr(each, attribute, re.sub(r"\binputShape\b", replacement, getattr(each, attribute)))
    return block if used == 1 else [Assign(["input"], text), *block]


def _texts(block: Block) -> list[str]:
    found = []
    for each in flat(block):
        if isinstance(each, Assign):
            found.append(each.value)
        elif isinstance(each, Do):
            found.append(each.text)
        elif isinstance(each, If):
            found.append(each.test)
        elif isinstance(each, For):
            found.append(each.header)
    return found


def _on_returns(block: Block, change: Callable[[str], str]) -> None:
    for each in flat(block):
        if isinstance(each, Do) and each.text.startswith("return "):
            each.text = "return " + change(each.text.removeprefix("return "))
