"""How the original that was read can be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from converter.model import Model
from converter.sources.python_file import PythonFile

Kind = Literal["file", "restated", "built", "artifact", "saved_model"]


@dataclass(frozen=True)
class Saved:
    """What to run of a SavedModel.

    Attributes:
        signature: its name; None takes ``serving_default``, or the only one.
        supported: the operations that TensorFlow.js has, which alone are run.
    """

    signature: str | None
    supported: frozenset[str]


@dataclass(frozen=True, eq=False)
class Original:
    """The original of a model, for whoever runs it.

    Attributes:
        kind: ``file``: Keras loads it; ``restated``: no Keras does, so that our own description of
            it, printed in the words of Keras 2, is run in its place; ``built``: the user's own Python
            builds it; ``artifact``: it is a TensorFlow.js model; ``saved_model``: TensorFlow runs a
            signature of it.
        path: the file or folder; of a built one the ``.h5`` that its weights were exported to.
        model: what the reader made of it.
        layers: the Python files that hold its custom layers.
        builder: the user's Python, as ``MODULE:NAME``, with the arguments that it is called with.
        generation: the major version of the Keras that a builder used; a file tells it itself.
        described_as: what was restated, for people: ``rdn-C3-D10-G64-G064-x2``.
        architecture: the file with the topology that Keras 3 wrote, where ``path`` holds its weights alone.
        saved: what to run of a SavedModel.
    """

    kind: Kind
    path: Path
    model: Model
    layers: tuple[PythonFile, ...] = ()
    builder: tuple[str, Mapping[str, Any]] | None = None
    generation: int | None = None
    described_as: str | None = None
    architecture: Path | None = None
    saved: Saved | None = None

    @property
    def keras(self) -> int:
        """The major version of the Keras that made it: 1, 2 or 3."""
        if self.generation is not None:
            return self.generation
        return next((n for n in (1, 3) if self.model.keras_version.startswith(f"{n}.")), 2)
