"""A model that the user's own Python builds: ``--model MODULE:NAME``.

The builder runs in a process of its own, with whatever Keras it imports. What comes back is data: the
model as a Keras 2 ``.h5`` without any code in it, and the Python files that hold the classes of its
custom layers. Functions that the model captured (``Lambda(lambda x: x * self.beta)``) are classes by
then, with the captured values in their configuration.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter import children, errors
from converter.errors import SourceError, UsageError
from converter.literals import parse_arguments
from converter.model import Model
from converter.sources import keras_h5, keras_v3
from converter.sources.python_child.terminal import plain_text

if TYPE_CHECKING:
    from typing_extensions import Self

RESULT = "result.json"
LOG = "log.txt"
TARGET = re.compile(r"(?P<module>.+\.py|[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(\.[^\W\d]\w*)*)")
FORM = "Write it as package.module:Name or file.py:name."


@dataclass(frozen=True)
class PythonBuilder:
    """What the user named to build the model.

    Attributes:
        target: ``MODULE:NAME``, a callable, a class whose instance has ``.model``, or a model.
        arguments: what it is called with.
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, target: str, arguments: Sequence[str]) -> Self:
        """The builder that the command line names.

        Args:
            target: ``package.module:Name`` or ``file.py:name``.
            arguments: each ``K=V``: V is read as JSON if it is JSON, else it is text; dots in K lead
                into nested arguments (``arch_params.C=3``).

        Raises:
            UsageError: when one of them is of another form, or two contradict each other.
        """
        if not TARGET.fullmatch(target):
            raise UsageError("model", "--model", f"'{target}' names no builder.", FORM)
        return cls(target, parse_arguments(arguments))


@dataclass(frozen=True)
class Captured:
    """A function of the model that is a layer class now.

    Attributes:
        layers: the names of the layers that it computes.
        class_name: of the class that was generated.
        values: what it captured, by the key of the configuration.
        origin: where the function stands: ``rdn.py:98``.
    """

    layers: tuple[str, ...]
    class_name: str
    values: Mapping[str, Any]
    origin: str


@dataclass(frozen=True, eq=False)
class PythonModel:
    """What the builder made.

    Attributes:
        model: the model, its arrays still in ``exported``.
        folder: where everything lies.
        exported: the file, free of code: an archive of Keras 3, or a ``.h5`` in the words of Keras 2.
        layers: the Python files that hold classes of its layers: the generated one, then the user's.
        captured: what became a class.
        warnings: what the user should know.
        keras: the generation of Keras that built it, 2 or 3.
        keras_version: the release of Keras that built it: ``3.15.1``. ``model.keras_version`` is that of the
            format in which ``exported`` is written.
    """

    model: Model
    folder: Path
    exported: Path
    layers: tuple[Path, ...]
    captured: tuple[Captured, ...]
    warnings: tuple[str, ...]
    keras: int
    keras_version: str


def build(builder: PythonBuilder, weights: Path | None, folder: Path) -> PythonModel:
    """Runs the builder in a process of its own.

    Args:
        builder: what to call.
        weights: a file of weights for the model; None when the builder brings its own.
        folder: an empty folder, which must outlive the model.

    Raises:
        UsageError: when there is no such builder, or it takes other arguments.
        SourceError: when the builder fails, gives no model, or the weights do not fit it.
        UnsupportedError: when the model cannot be written down, above all when a function captures what
            no configuration can hold.
    """
    if weights is not None and not weights.is_file():
        where, why = str(weights), "there is no such file." if not weights.exists() else "this is no file."
        raise SourceError("source-missing", where, why, "Check the path, or give '-' to load no weights.")
    job = folder / "job.json"
    given = None if weights is None else str(weights.resolve())
    job.write_text(json.dumps({"target": builder.target, "arguments": builder.arguments, "weights": given}))
    with (folder / LOG).open("wb") as log:
        code = subprocess.run(
            children.command("converter.sources.python_child.build", str(job.resolve())),
            env={**os.environ, **children.QUIET},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        ).returncode
    if not (folder / RESULT).exists():
        raise _ended(builder.target, folder / LOG, code)
    result = json.loads((folder / RESULT).read_text())
    if "bug" in result:
        raise RuntimeError(result["bug"])
    if "error" in result:
        found = result["error"]
        raise getattr(errors, found.pop("kind"))(**found)
    exported = folder / result["exported"]
    captured = (Captured(**{**use, "layers": tuple(use["layers"])}) for use in result["captured"])
    return PythonModel(
        model=keras_v3.read(exported) if exported.suffix == ".keras" else keras_h5.read(exported),
        folder=folder,
        exported=exported,
        layers=tuple(map(Path, result["layers"])),
        captured=tuple(captured),
        warnings=tuple(result["warnings"]),
        keras=result["keras"],
        keras_version=result["keras_version"],
    )


def _ended(target: str, log: Path, code: int) -> SourceError:
    said = plain_text(log.read_text(errors="replace")).strip().splitlines()
    last = said[-1].strip()[:300].rstrip(".") if said else ""
    if "No module named" in last and any(name in last for name in ("tensorflow", "keras")):
        why, fix = f"building it needs Keras: {last}.", "Get it: pip install 'upconvert[verify]'"
        return SourceError("missing-module", target, why, fix)
    words = f"; its last words: {last}." if last else ", without a word."
    why = f"the process that built it ended {_manner(code)} before it gave a model{words}"
    return SourceError("builder-failed", target, why, "Run the builder by itself and see what it does.")


def _manner(code: int) -> str:
    """How a process ended, by what ``subprocess`` gives: below zero by a signal."""
    if code >= 0:
        return f"with the exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by the signal {-code}"
