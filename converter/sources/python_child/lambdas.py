"""Finds the source text of a live function: the node of the file's syntax tree that it was compiled from.

``inspect.getsource`` gives lines, which tell neither where a lambda begins nor which of two is meant.
Here every function that begins on the right line is compiled again, and the one that gives the same
instructions is it; two that give the same are interchangeable.
"""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from converter.errors import UnsupportedError

Function: TypeAlias = ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Source:
    """Where a function or class stands.

    Attributes:
        node: its syntax.
        tree: the whole file's.
        file: the file.
        owner: the class around a function, which mangles ``__names``.
    """

    node: Any
    tree: ast.Module
    file: Path
    owner: str = ""

    @property
    def position(self) -> str:
        """``rdn.py:98``."""
        return f"{self.file.name}:{self.node.lineno}"


def parse(file: str, names: Mapping[str, Any]) -> ast.Module | None:
    """The syntax tree of a file, or None when there is none to be had.

    Args:
        file: its path, which may lead into a zip file.
        names: the globals of the module, whose loader knows such files.
    """
    return _parse(file, tuple(linecache.getlines(file, dict(names))))


@functools.lru_cache(maxsize=64)
def _parse(file: str, lines: tuple[str, ...]) -> ast.Module | None:
    try:
        return ast.parse("".join(lines), file) if lines else None
    except SyntaxError:
        return None


def find(function: FunctionType, where: str) -> Source:
    """The source of a function.

    Raises:
        UnsupportedError: when its file is not there, or was changed since it was imported.
    """
    code = function.__code__
    tree = parse(code.co_filename, function.__globals__)
    wanted = _fingerprint(code)
    for node, owner in _functions(tree) if tree is not None else ():
        if code.co_name == _name(node) and code.co_firstlineno in _first_lines(node):
            compiled = _compile(node, owner, code, _imports(tree))
            if compiled is not None and _fingerprint(compiled) == wanted:
                return Source(node, tree or ast.Module([], []), Path(code.co_filename), owner)
    raise UnsupportedError(
        "capture",
        f"{Path(code.co_filename).name}:{code.co_firstlineno}, {where}",
        f"the source text of the function '{function.__name__}' is not to be found there.",
        "Keep it in a .py file, as it was when it was imported, and do not make it by exec.",
    )


def _functions(tree: ast.AST, owner: str = "") -> Iterator[tuple[Function, str]]:
    """Every function of a file, with the name of the class around it (which mangles ``__names``)."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Function):
            yield child, owner
        yield from _functions(child, child.name if isinstance(child, ast.ClassDef) else owner)


def _name(node: Function) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _first_lines(node: Function) -> set[int]:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return {node.lineno, *(each.lineno for each in decorators[:1])}


def _imports(tree: ast.AST | None) -> list[ast.stmt]:
    """The imports of the module itself: calls through imported names compile to other instructions."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(tree) if tree else ():
        if isinstance(child, ast.Import | ast.ImportFrom):
            found.append(child)
        elif not isinstance(child, Function | ast.ClassDef):
            found += _imports(child)
    return found


def _compile(node: Function, owner: str, code: CodeType, imports: list[ast.stmt]) -> CodeType | None:
    """The code of the function alone, put where its free names are those of a function around it."""
    inside: ast.stmt = ast.Expr(node) if isinstance(node, ast.Lambda) else node
    inside = ast.copy_location(inside, node)
    free = [name for name in code.co_freevars if name != "__class__"]
    # The names of the cells are mangled already, where they need be.
    made = owner or code.co_name
    body: list[ast.stmt] = [ast.ClassDef(owner, [], [], [inside], []) if owner else inside]
    if made not in free and made.isidentifier():
        body.insert(0, ast.Global([made]))  # or what refers to itself would be made to by a cell
    around = ast.FunctionDef("around", _parameters([ast.arg(name) for name in free]), body, [])
    for each in ast.walk(around):
        if isinstance(each, _PLACED) and not hasattr(each, "lineno"):
            ast.copy_location(each, node)
    try:
        compiled = compile(ast.Module([*imports, around], []), "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    # Never deeper: what stands inside of the node is another function, though on the same line.
    for name in ("around", *([owner] if owner else []), _name(node)):
        inner = [each for each in compiled.co_consts if isinstance(each, CodeType) and each.co_name == name]
        if not inner:
            return None
        compiled = inner[-1]  # those of its decorators and defaults come before
    return compiled


def _parameters(names: list[ast.arg]) -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[])


_PLACED = (ast.expr, ast.stmt, ast.arg)


def _fingerprint(code: CodeType) -> tuple[Any, ...]:
    """What the instructions are, wherever they stand."""
    constants = tuple(
        _fingerprint(each) if isinstance(each, CodeType) else (type(each).__name__, repr(each))
        for each in code.co_consts
    )
    return (
        code.co_code,
        constants,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount),
    )
