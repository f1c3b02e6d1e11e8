"""Artifacts run in TensorFlow.js, and held against what Keras gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.parity.runtimes import NodeRunner

TOLERANCE = 1e-4
"""Relative to outputs larger than 1."""


FEW = 5
"""Of so many cases, one runs in the fast form of the tests."""


def few(names: Iterable[str]) -> list[Any]:
    """The cases for ``parametrize``, most of them for ``--all-models`` alone."""
    return [
        name if index % FEW == 0 else pytest.param(name, marks=pytest.mark.all_models)
        for index, name in enumerate(names)
    ]


def compare(runners: Sequence[NodeRunner], folder: Path, inputs: list[Any], wanted: Sequence[Any]) -> None:
    """Asserts that the artifact in a folder gives the wanted outputs on every backend."""
    script = folder / "custom_layers.js"
    for runner in runners:
        found = runner.run(folder, inputs, script if script.is_file() else None)
        for own, theirs in zip(found, wanted, strict=True):
            assert own.shape == theirs.shape
            scale = max(1.0, float(np.max(np.abs(np.where(np.isfinite(theirs), theirs, 0)), initial=0)))
            np.testing.assert_allclose(own, theirs.astype(own.dtype), rtol=0, atol=TOLERANCE * scale)
