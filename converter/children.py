"""Processes of our own Python, which import nothing from the folder that the user is in."""

from __future__ import annotations

import sys
from pathlib import Path

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "KERAS_BACKEND": "tensorflow",
}
"""What Keras is told by its environment: few words, the CPU alone, and sums in one fixed order."""

_START = (
    "import runpy, sys; "
    "sys.path[:] = [place for place in sys.path if place]; "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module as ``python -m`` does.

    That would put the current folder before everything else: a ``numpy.py`` that lies there would run.
    """
    return [sys.executable, "-c", _START, module, *arguments]


def allow_current_folder() -> None:
    """Puts the current folder first on the path, as Python does: for modules that the user named."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
