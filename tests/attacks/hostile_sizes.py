"""Declared sizes: they cost nothing to write and everything to believe."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import h5py
import numpy as np
from attack import KERNEL, Family, copy, edited
from h5py import h5d, h5p, h5s, h5t, h5z

SIZES = Family()
UNKNOWN_FILTER = 32015
"""Zstandard, which needs a plug-in."""


def remade(folder: Path, *arguments: object, **properties: object) -> Path:
    """The first weight replaced by a dataset of these properties."""
    with edited(folder) as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, *arguments, **properties)
    return folder / "model.h5"


@SIZES.attack("h5-size")
def contiguous_without_storage(folder: Path) -> Path:
    """Nothing but a fill value is stored."""
    return remade(folder, (7, 9), "<f4")


@SIZES.attack("h5-size")
def chunked_without_storage(folder: Path) -> Path:
    return remade(folder, (7, 9), "<f4", chunks=(7, 9))


@SIZES.attack("h5-size")
def chunked_2_to_the_40(folder: Path) -> Path:
    return remade(folder, (2**40,), "<f4", chunks=(1024,))


@SIZES.attack("h5-size")
def contiguous_2_to_the_62(folder: Path) -> Path:
    return remade(folder, (2**31, 2**29), "<f4")


@SIZES.attack("h5-size")
def compressed_2_to_the_40(folder: Path) -> Path:
    """One chunk is stored, of a billion."""
    with edited(folder) as file:
        del file[KERNEL]
        dataset = file.create_dataset(KERNEL, (2**40,), "<f4", chunks=(1024,), compression="gzip")
        dataset[:1024] = 0
    return folder / "model.h5"


@SIZES.attack("h5-size")
def element_of_a_gibibyte(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        kind = h5t.create(h5t.OPAQUE, 2**30)
        h5d.create(file["model_weights/dense/dense"].id, b"kernel:0", kind, h5s.create_simple((7, 9)))
    return folder / "model.h5"


def bomb(folder: Path, rows: int) -> Path:
    """A chunk of zeros that deflate shrank a thousandfold."""
    with edited(folder) as file:
        del file[KERNEL]
        dataset = file.create_dataset(KERNEL, (rows, 2**18), "<f4", chunks=(rows, 2**18), compression="gzip")
        packer = zlib.compressobj(9)
        row = bytes(2**20)
        packed = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
        dataset.id.write_direct_chunk((0, 0), packed)
    return folder / "model.h5"


@SIZES.attack("weight-shape")
def bomb_of_64_mebibytes(folder: Path) -> Path:
    """No lie, only a large weight; but it fits no layer, and is not inflated to find that out."""
    return bomb(folder, 64)


@SIZES.attack("h5-corrupt", memory=450_000_000)
def bomb_that_fits_its_layer(folder: Path) -> Path:
    """128 MiB in 128 KiB, for a layer that asks for it: more than there is memory for."""
    bomb(folder, 128)
    with h5py.File(folder / "model.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        first, second = config["config"]["layers"][:2]
        first["config"]["batch_input_shape"] = [None, 128]
        second["config"] |= {"units": 2**18, "use_bias": False}
        config["config"]["layers"] = [first, second]
        file.attrs["model_config"] = json.dumps(config)
        file["model_weights/dense"].attrs["weight_names"] = np.array(["dense/kernel:0"], "S14")
        file["model_weights/dense_1"].attrs["weight_names"] = np.array([], "S1")
    return folder / "model.h5"


@SIZES.attack("h5-size")
def chunk_larger_than_it_says(folder: Path) -> Path:
    """A chunk of 252 bytes whose deflate stream holds 64 MiB."""
    with edited(folder) as file:
        del file[KERNEL]
        dataset = file.create_dataset(KERNEL, (7, 9), "<f4", chunks=(7, 9), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 26)))
    return folder / "model.h5"


@SIZES.attack("h5-corrupt")
def chunk_that_is_no_deflate_stream(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        dataset = file.create_dataset(KERNEL, (7, 9), "<f4", chunks=(7, 9), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), bytes(100))
    return folder / "model.h5"


@SIZES.attack("h5-filter")
def unknown_filter(folder: Path) -> Path:
    with edited(folder) as file:
        del file[KERNEL]
        properties = h5p.create(h5p.DATASET_CREATE)
        properties.set_chunk((7, 9))
        properties.set_filter(UNKNOWN_FILTER, h5z.FLAG_OPTIONAL, (1,))
        group = file["model_weights/dense/dense"].id
        h5d.create(group, b"kernel:0", h5t.IEEE_F32LE, h5s.create_simple((7, 9)), properties)
    return folder / "model.h5"


@SIZES.attack("")
def compressed(folder: Path) -> Path:
    """What ``h5repack`` makes of a model: honest, and read."""
    return remade(folder, data=np.ones((7, 9), "<f4"), chunks=(3, 4), compression="gzip", shuffle=True)


@SIZES.attack("h5-corrupt")
def list_without_end(folder: Path) -> Path:
    """A list of names whose length says nothing of its bytes: one space, a billion times nothing."""
    with edited(folder) as file:
        del file["model_weights/dense"].attrs["weight_names"]
        space = h5s.create_simple((2, 8000))
        h5py.h5a.create(file["model_weights/dense"].id, b"weight_names", h5t.C_S1, space)
    return folder / "model.h5"


@SIZES.attack("h5-corrupt")
def attribute_larger_than_the_file(folder: Path) -> Path:
    """The size of the attribute's text is forged in the file's own bytes."""
    with edited(folder) as file:
        del file.attrs["model_config"]
        file.attrs.create("model_config", b"x" * 1000, dtype="S61234")
    data = (folder / "model.h5").read_bytes()
    size = (61234).to_bytes(4, "little")
    assert data.count(size) == 1
    (folder / "model.h5").write_bytes(data.replace(size, (2**31 - 1).to_bytes(4, "little")))
    return folder / "model.h5"


@SIZES.attack("h5-corrupt")
def weight_behind_the_end(folder: Path) -> Path:
    """The address of a weight points behind the end of the file."""
    path = copy(folder)
    with h5py.File(path) as file:
        offset = file[KERNEL].id.get_offset()
        size = len(path.read_bytes())
    data = path.read_bytes()
    address = offset.to_bytes(8, "little")
    assert data.count(address) == 1
    path.write_bytes(data.replace(address, (size - 8).to_bytes(8, "little")))
    return path
