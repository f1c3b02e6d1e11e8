"""Functions found again in the text of their files: those of the standard library, every one."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from types import FunctionType, ModuleType

import pytest

from converter.errors import UnsupportedError
from converter.sources.python_child import lambdas


def functions(module: ModuleType) -> Iterator[FunctionType]:
    for held in vars(module).values():
        for each in [held, *(vars(held).values() if isinstance(held, type) else ())]:
            if isinstance(each, FunctionType) and each.__code__.co_filename == module.__file__:
                yield each


@pytest.mark.parametrize(
    "name", ["json.decoder", "dataclasses", "fractions", "statistics", "tarfile", "functools"]
)
def test_every_function_of_a_module(name: str) -> None:
    module = importlib.import_module(name)
    found = list(functions(module))
    assert found
    for function in found:
        node = lambdas.find(function, "layer 'x'").node
        assert isinstance(node, ast.FunctionDef)
        assert node.name == function.__code__.co_name


def test_lambdas_by_what_they_compute() -> None:
    pairs = [(lambda x: x + 1, lambda x: x + 1.0), (lambda x, y=2: x, lambda x: lambda z: z + x)]
    texts = [ast.unparse(lambdas.find(each, "").node) for pair in pairs for each in pair]
    assert texts == ["lambda x: x + 1", "lambda x: x + 1.0", "lambda x, y=2: x", "lambda x: lambda z: z + x"]


def on_one_line(by): return lambda x, f=lambda y: y: f(x) * by  # fmt: skip


def test_a_function_on_the_line_of_the_one_around_it() -> None:
    made = on_one_line(2)
    assert ast.unparse(lambdas.find(made, "").node) == "lambda x, f=lambda y: y: f(x) * by"
    assert ast.unparse(lambdas.find(made.__defaults__[0], "").node) == "lambda y: y"
    assert lambdas.find(on_one_line, "").node.name == "on_one_line"


def test_a_function_without_source() -> None:
    made: dict[str, FunctionType] = {}
    exec("def made(): pass", made)
    with pytest.raises(UnsupportedError, match="layer 'x'"):
        lambdas.find(made["made"], "layer 'x'")
