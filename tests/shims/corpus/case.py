"""One layer of the corpus: how it is made, what it is given, and what must become of it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, NamedTuple

KERAS = ("keras",)
TF_KERAS = ("tf_keras",)
BOTH = ("keras", "tf_keras")
NAMES = {"KERAS": KERAS, "TF_KERAS": TF_KERAS, "BOTH": BOTH}


class Case(NamedTuple):
    """A layer class of a module of the corpus.

    Attributes:
        name: the class.
        keras: the Keras flavours on which the module runs: ``keras`` is version 3.
        configs: what the constructor is given, once for each layer to be made.
        shapes: what a layer is called with, batch included; several inputs are a list of shapes.
        expect: ``translate`` or ``refuse``, or ``either`` where only a wrong translation would be a fault.
        low: lower end of the range of the inputs.
        high: upper end of the range of the inputs.
    """

    name: str
    keras: tuple[str, ...]
    configs: list[dict[str, Any]]
    shapes: list[list[Any]]
    expect: str = "translate"
    low: float = -1.0
    high: float = 1.0


def cases(module: Path) -> list[Case]:
    """The records of a module's ``CASES``, read from its text: nothing is imported or run."""
    for statement in ast.parse(module.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "CASES":
            assert isinstance(statement.value, ast.List)
            return [_case(record) for record in statement.value.elts]
    raise AssertionError(f"{module} has no CASES")


def _case(record: ast.expr) -> Case:
    assert isinstance(record, ast.Call)
    return Case(
        *[_value(each) for each in record.args],
        **{keyword.arg: _value(keyword.value) for keyword in record.keywords if keyword.arg},
    )


def _value(expression: ast.expr) -> Any:
    return NAMES[expression.id] if isinstance(expression, ast.Name) else ast.literal_eval(expression)
