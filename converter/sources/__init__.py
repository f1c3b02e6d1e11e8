"""Readers, one a file format; none of them ever runs code from the file."""

from __future__ import annotations

import stat
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from converter.errors import SourceError
from converter.model import Model

if TYPE_CHECKING:
    from converter.sources.lambdas import Replacement

Format = Literal["keras_h5", "keras_v3", "tfjs"]

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def detect(path: Path) -> Format:
    """The format of a file or folder, from what it holds and not from its name.

    Raises:
        SourceError: when it does not exist, cannot be opened or is of no known format.
    """
    where = str(path)
    try:
        if path.is_dir():
            if (path / "model.json").is_file():
                return "tfjs"
            if (path / "saved_model.pb").is_file():
                raise SourceError(
                    "source-saved-model",
                    where,
                    "this is a SavedModel, which holds operations in place of layers.",
                    "Convert it with --format graph.",
                )
            raise SourceError(
                "source-folder",
                where,
                "this is a folder without a model.json.",
                "Give a .keras or .h5 file, or the folder of a TensorFlow.js layers model.",
            )
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(
                "source-special",
                where,
                "this is a pipe or a device, and a model is read in many places of its file.",
                "Save it to a file first.",
            )
        with path.open("rb") as file:
            head = file.read(2048 + 8)
    except FileNotFoundError as error:
        raise SourceError("source-missing", where, "there is no such file.", "Check the path.") from error
    except (OSError, ValueError) as error:  # a path that no system takes is a ValueError
        reason = getattr(error, "strerror", None) or str(error)
        fix = "Check the path and whether you may read it."
        raise SourceError("source-unreadable", where, f"it cannot be opened: {reason}.", fix) from error
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:  # a zip archive, or one without members; HDF5 lies in it
        return "keras_v3"
    # A user block may stand before the signature, at 512, 1024, 2048 … bytes.
    if any(head[at : at + 8] == HDF5_SIGNATURE for at in (0, 512, 1024, 2048)):
        return "keras_h5"
    if head.lstrip()[:1] == b"{":
        return "tfjs"
    why = (
        "the file is empty."
        if not head
        else "this is no .keras archive, no HDF5 file and no TensorFlow.js model."
    )
    raise SourceError("source-format", where, why, "Give a file that model.save('model.keras') wrote.")


def load(path: Path, served: Container[str] = (), lambdas: Sequence[Replacement] = ()) -> Model:
    """The model in a file or folder of any known format that holds an architecture.

    Args:
        path: the file or folder.
        served: the custom classes that somebody provides.
        lambdas: known layers to put in the place of Lambda layers.

    Raises:
        ConverterError: as ``detect`` and the reader of the format do.
    """
    kind = detect(path)
    if kind == "tfjs":
        from converter.sources import tfjs

        return tfjs.read(path, served)
    if kind == "keras_v3":
        from converter.sources import keras_v3

        return keras_v3.read(path, served, lambdas)
    from converter.sources import keras_h5

    return keras_h5.read(path, served, lambdas)


def files(path: Path) -> list[Path]:
    """Every file that the source consists of, in a fixed order.

    Raises:
        ConverterError: as ``detect`` does, or when a model.json is broken.
    """
    if detect(path) == "tfjs":
        from converter.sources import tfjs

        return tfjs.files(path)
    return [path]
