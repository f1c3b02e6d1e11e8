"""SavedModels of TensorFlow: graphs that are run by nobody before every operation in them is known.

What is here runs in this process; ``reading`` and ``session`` run in a child, where TensorFlow is.
https://www.tensorflow.org/guide/saved_model
"""

from __future__ import annotations

from pathlib import Path

from converter.errors import SourceError

GRAPH = "saved_model.pb"
VARIABLES = "variables"


def is_saved_model(path: Path) -> bool:
    """Whether a path is the folder of a SavedModel."""
    try:
        return (path / GRAPH).is_file()
    except (OSError, ValueError):  # a path that no system takes is a ValueError
        return False


def files(folder: Path) -> list[Path]:
    """Every file that is read of a SavedModel, in a fixed order.

    Raises:
        SourceError: when one of them cannot be read.
    """
    try:
        inside = sorted(path for path in (folder / VARIABLES).glob("variables.*") if path.is_file())
        for path in (folder / GRAPH, *inside):
            with path.open("rb"):
                pass
    except OSError as error:
        raise SourceError(
            "source-unreadable",
            str(error.filename or folder),
            f"it cannot be opened: {error.strerror}.",
            "Check the path and whether you may read it.",
        ) from error
    return [folder / GRAPH, *inside]
