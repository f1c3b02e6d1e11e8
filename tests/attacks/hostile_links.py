"""Files that point elsewhere: what lies there must be neither opened nor published as weights."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
from attack import KERNEL, Family, copy, edited

LINKS = Family()


def other(folder: Path) -> str:
    """Another model on the machine, whose weights would fit."""
    (folder / "elsewhere").mkdir()
    return str(copy(folder / "elsewhere"))


def pipe(folder: Path) -> str:
    """Whoever opens it hangs."""
    os.mkfifo(folder / "pipe")
    return str(folder / "pipe")


@LINKS.attack("h5-link")
def external_link_as_weight(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink(other(folder), KERNEL)
    return folder / "model.h5"


@LINKS.attack("h5-link")
def external_link_as_layer(folder: Path) -> Path:
    with edited(folder) as file:
        del file["model_weights/dense"]
        file["model_weights/dense"] = h5py.ExternalLink(other(folder), "model_weights/dense")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def external_link_as_all_weights(folder: Path) -> Path:
    with edited(folder) as file:
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink(other(folder), "model_weights")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def external_link_to_a_system_file(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink("/etc/passwd", "/")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def external_link_to_a_pipe(folder: Path) -> Path:
    with edited(folder) as file:
        del file["model_weights/dense"]
        file["model_weights/dense"] = h5py.ExternalLink(pipe(folder), "/")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def external_link_that_dangles(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink(str(folder / "nothing.h5"), "/")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def soft_link_as_weight(folder: Path) -> Path:
    with edited(folder) as file:
        file["kernel"] = file[KERNEL]
        del file[KERNEL]
        file[KERNEL] = h5py.SoftLink("/kernel")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def soft_link_as_layer(folder: Path) -> Path:
    with edited(folder) as file:
        file.move("model_weights/dense", "dense")
        file["model_weights/dense"] = h5py.SoftLink("/dense")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def soft_link_as_all_weights(folder: Path) -> Path:
    with edited(folder) as file:
        file.move("model_weights", "weights")
        file["model_weights"] = h5py.SoftLink("/weights")
    return folder / "model.h5"


@LINKS.attack("h5-link")
def soft_link_to_itself(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file[KERNEL] = h5py.SoftLink("/" + KERNEL)
    return folder / "model.h5"


def virtual(folder: Path, source: str, **kinds: object) -> Path:
    layout = h5py.VirtualLayout((7, 9), "<f4", **kinds)
    layout[:] = h5py.VirtualSource(source, KERNEL, (7, 9))
    with edited(folder) as file:
        del file[KERNEL]
        file.create_virtual_dataset(KERNEL, layout)
    return folder / "model.h5"


@LINKS.attack("h5-external")
def virtual_dataset(folder: Path) -> Path:
    return virtual(folder, other(folder))


@LINKS.attack("h5-external")
def virtual_dataset_of_the_file_itself(folder: Path) -> Path:
    return virtual(folder, ".")


@LINKS.attack("h5-external")
def virtual_dataset_of_a_pipe(folder: Path) -> Path:
    return virtual(folder, pipe(folder))


@LINKS.attack("h5-external")
def virtual_dataset_without_end(folder: Path) -> Path:
    """HDF5 opens the sources of one without limits as soon as it is asked for its size."""
    layout = h5py.VirtualLayout((7, 9), "<f4", maxshape=(None, 9))
    source = h5py.VirtualSource(pipe(folder), KERNEL, (7, 9), maxshape=(None, 9))
    unlimited = h5py.h5s.UNLIMITED
    layout[:unlimited, :] = source[:unlimited, :]
    with edited(folder) as file:
        del file[KERNEL]
        file.create_virtual_dataset(KERNEL, layout)
    return folder / "model.h5"


@LINKS.attack("h5-external")
def external_storage(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, (7, 9), "<f4", external=[("/etc/passwd", 0, 252)])
    return folder / "model.h5"


@LINKS.attack("h5-external")
def external_storage_beside_the_file(folder: Path) -> Path:
    np.zeros(63, "<f4").tofile(folder / "data.bin")
    with edited(folder) as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, (7, 9), "<f4", external=[("data.bin", 0, h5py.h5f.UNLIMITED)])
    return folder / "model.h5"


@LINKS.attack("h5-corrupt")
def group_in_itself(folder: Path) -> Path:
    """A hard link to the group that holds it: a tree without end."""
    with edited(folder) as file:
        file["model_weights/loop"] = file["model_weights"]
    return folder / "model.h5"


@LINKS.attack("h5-corrupt")
def groups_that_double(folder: Path) -> Path:
    """Each group is two links to the next: 50 groups, 2**50 paths."""
    with edited(folder) as file:
        outer = file.create_group("model_weights/doubles")
        for _ in range(50):
            inner = outer.create_group("left")
            outer["right"] = inner
            outer = inner
    return folder / "model.h5"


@LINKS.attack("h5-size")
def weights_that_share_their_bytes(folder: Path) -> Path:
    """A small file that would become a large artifact: many weights, one array of bytes."""
    with edited(folder) as file:
        block = file.create_dataset("model_weights/dense/dense/0", data=np.zeros(4096, "<f4"))
        for index in range(1, 64):
            file[f"model_weights/dense/dense/{index}"] = block
        names = [f"dense/{index}" for index in range(64)]
        file["model_weights/dense"].attrs["weight_names"] = np.array(names, "S16")
    return folder / "model.h5"
