"""What a row of the operation tables says, and how it becomes JavaScript."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from converter.shims.translation.javascript import LOOSE, Js, call

if TYPE_CHECKING:
    from converter.shims.translation.invocation import Call
    from converter.shims.translation.values import Value


@dataclass(frozen=True)
class Parameter:
    """One parameter of the Python function.

    ``kind`` is one of

    * ``tensor``: a tensor, or what can be one; ``index``: the same as integers;
    * ``tensors``: a list of tensors;
    * ``number``, ``axis``, ``flag``, ``sizes``, ``word``, ``any``: configuration;
    * ``dtype``: a dtype;
    * ``fixed``: must have its default, as TensorFlow.js has nothing else;
    * ``ignored``: makes no difference.
    """

    name: str
    kind: str
    default: ast.expr | None


@dataclass(frozen=True)
class Op:
    """One row: a function of TensorFlow, Keras or NumPy and its counterpart.

    Attributes:
        names: its full names in Python.
        signature: its parameters in order, ``name: kind = default``.
        javascript: the counterpart, ``tf.sum(x, axis=null)``, with the defaults it has in JavaScript;
            a function without ``tf.`` is a helper.
        shape: the helper that gives the shape of the result, in the same notation, or the name of the
            parameter whose shape it has, or ``broadcast`` of all tensors.
        dtype: that of the result: a dtype, or the name of the parameter that has it.
        rank: how the number of axes changes; ``None`` where the parameters decide.
        scalar: what to write for numbers instead.
        kernels: the kernels that it runs, space-separated.
        backends: the backends that have them all.
    """

    names: str
    signature: str
    javascript: str
    shape: str
    dtype: str = ""
    rank: int | None = None
    scalar: str = ""
    kernels: str = ""
    backends: str = "cpu webgl wasm webgpu"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the Python function."""
        function = ast.parse(f"def f({self.signature}): pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        arguments = function.args.args
        missing: list[ast.expr | None] = [None] * (len(arguments) - len(function.args.defaults))
        defaults = missing + list(function.args.defaults)
        return tuple(
            Parameter(each.arg, ast.unparse(each.annotation) if each.annotation else "any", default)
            for each, default in zip(arguments, defaults, strict=True)
        )

    @property
    def function(self) -> str:
        """The JavaScript function."""
        return self.javascript.partition("(")[0]


@dataclass(frozen=True)
class Special:
    """An operation that a row cannot describe: a function that translates the call.

    Attributes:
        names: its full names in Python.
        translate: the function.
        uses: the functions of TensorFlow.js that it writes, for the test of the table.
        kernels: as in ``Op``.
        backends: as in ``Op``.
    """

    names: str
    translate: Callable[[Call], Value]
    uses: str = ""
    kernels: str = ""
    backends: str = "cpu webgl wasm webgpu"


_ARGUMENT = re.compile(r"\s*([^,=]+?)\s*(?:=\s*(.+?))?\s*(?:,|$)")


_CALLED = re.compile(r"(?<![\w.])([A-Za-z]\w*)(?=\()")


def fill(template: str, values: dict[str, Js], helper: Callable[[str], str]) -> Js:
    """``tf.sum(x, axis=null)`` with the values in place; trailing defaults are left out.

    Args:
        template: one call with defaults, or calls in each other without.
        values: the text for each parameter of the Python function.
        helper: takes note of a helper function.
    """
    name, _, rest = template.partition("(")
    if not rest:
        return values[name]
    for each in _CALLED.findall(template):
        helper(each)
    if "(" in rest:
        names = "|".join(values)
        pattern = re.compile(rf"(?<![\w.])(?:{names})(?!\w)")
        return Js(pattern.sub(lambda match: values[match[0]].at(LOOSE + 1), template))
    found: list[tuple[Js, bool]] = []
    for argument, default in _ARGUMENT.findall(rest[:-1]):
        js = (
            Js(f"...{values[argument[3:]].text}")
            if argument.startswith("...")
            else values.get(argument, Js(argument))
        )
        found.append((js, bool(default) and js.text == default))
    while found and found[-1][1]:
        found.pop()
    return call(name, *(js for js, _ in found))
