"""The models themselves, one module a family of layers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from tests.corpus.cases import Family


def all_families() -> Iterator[Family]:
    """Every ``Family`` of every module here, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        yield from (each for each in vars(loaded).values() if isinstance(each, Family))
