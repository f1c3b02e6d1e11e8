"""The user's lines on which the calls of a model's graph were made: operations have no other place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from converter.sources.python_child import live

NODES = ("keras.src.ops.node", "tf_keras.src.engine.node")
"""The modules of Keras 3 and 2 whose ``Node`` is one call of a layer or operation."""

NOT_THE_USERS = frozenset({*live.LIBRARIES, "converter", "numpy", "absl", "h5py", *sys.stdlib_module_names})
NOTED = "_line_of_the_user"


@contextmanager
def noted() -> Iterator[None]:
    """While it lasts, every call of a layer or operation notes where the user's code made it."""
    loaded: list[Any] = [sys.modules.get(name) for name in NODES]
    found = [module.Node for module in loaded if hasattr(module, "Node")]
    before = [kind.__init__ for kind in found]
    try:
        for kind, original in zip(found, before, strict=True):
            kind.__init__ = _noting(original)
        yield
    finally:
        for kind, original in zip(found, before, strict=True):
            kind.__init__ = original


def of(operation: Any) -> str:
    """``build.py:12`` for the first call of a layer or operation; empty where nothing was noted."""
    noted_lines = (getattr(node, NOTED, "") for node in getattr(operation, "_inbound_nodes", ()))
    return next(filter(None, noted_lines), "")


def place(operation: Any) -> str:
    """The layer for an error, after its line: ``build.py:12, layer 'split'``."""
    return ", ".join(filter(None, (of(operation), f"layer '{operation.name}'")))


def _noting(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        setattr(self, NOTED, _line())

    return init


def _line() -> str:
    frame = sys._getframe(1)  # noqa: SLF001 - the module inspect goes the same way, and reads every file
    while frame is not None:
        top = str(frame.f_globals.get("__name__", "")).split(".", 1)[0]
        if top not in NOT_THE_USERS:
            return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
