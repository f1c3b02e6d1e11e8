"""What files are mutated: golden ones, and the same as other writers lay them out."""

from __future__ import annotations

import atexit
import functools
import tempfile
import zipfile
from pathlib import Path

import h5py
from attack import GOLDEN


@functools.cache
def base(name: str) -> Path:
    """A file by name; those of Keras 1 are named ``keras1/…``."""
    if name.startswith("keras1/"):
        with zipfile.ZipFile(GOLDEN / "keras1" / "models.zip") as archive:
            return Path(archive.extract(f"{name.removeprefix('keras1/')}.h5", folder()))
    remake = {"chunked": chunked, "latest": latest}.get(name)
    return GOLDEN / f"{name}.h5" if remake is None else remake(folder() / f"{name}.h5")


@functools.cache
def folder() -> Path:
    """For as long as the tests run."""
    made = tempfile.TemporaryDirectory()
    atexit.register(made.cleanup)
    return Path(made.name)


def chunked(path: Path) -> Path:
    """As ``h5repack`` with compression: the weights lie in chunks, found by a tree."""
    with h5py.File(GOLDEN / "sequential_dense.h5") as old, h5py.File(path, "w") as new:
        new.attrs.update(old.attrs)

        def take(name: str, node: h5py.Group | h5py.Dataset) -> None:
            if isinstance(node, h5py.Dataset):
                new.create_dataset(
                    name, data=node[()], chunks=True, compression="gzip", shuffle=True, fletcher32=True
                )
            else:
                new.create_group(name).attrs.update(node.attrs)

        old.visititems(take)
    return path


def latest(path: Path) -> Path:
    """In the newest version of the format, which has other structures, with checksums."""
    with (
        h5py.File(GOLDEN / "nested_functional.h5") as old,
        h5py.File(path, "w", libver="latest") as new,
    ):
        new.attrs.update(old.attrs)
        old.copy("model_weights", new)
    return path
