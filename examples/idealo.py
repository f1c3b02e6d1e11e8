"""idealo's trained networks and their code, fetched once from the registries, checked, and cached.

``python examples/idealo.py`` prints where the trained RDN lies. The npm package is MIT, idealo's code
Apache-2.0.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import h5py
import platformdirs

from converter.parity.runtimes import find_node
from converter.sources import tfjs

CACHE = Path(platformdirs.user_cache_dir("upconvert", appauthor=False))
PACKAGE = "@upscalerjs/models@0.9.0"
CODE = "ISR==2.2.0"
MODEL = "image-super-resolution-psnr-small.h5"
RDN = {
    MODEL: "4ea33850fd8e9f2dd39ef53105a69b98b02705570c76993fafdfdcac5c88b48b",
    "model.json": "97facf69628d70cc485538c92a52db8780942649c6f09bbc3ecfd630f353314a",
    "group1-shard1of1.bin": "a0beb3311570b4ba8615b2b7f570b31ea086dbd162a1829ca9cbd25f859a86bb",
}
RRDN = {
    "model.json": "a6d9f10eb1f9409725f039dc114987266fd69b224a9c0f211a8bf35ffe9f2546",
    "group1-shard1of1.bin": "9c83e573a328beaa031239da5f4cecd271647b9d9e48b51cd969fd19fe82800e",
}
WHEEL = {"ISR-2.2.0-py3-none-any.whl": "1cdca1c8b3dbe172f928d23b19e41ddbbd1a68b0bf28bf7907fb6a9a55a55cbf"}


def fetch() -> Path:
    """The folder of the RDN: the Keras file, and beside it what was published of it for TensorFlow.js.

    Raises:
        SystemExit: when it cannot be fetched, or a file is not the expected one.
    """
    return _from_npm("idealo-rdn", "package/models/psnr-small-quant-uint8", RDN)


def model() -> Path:
    """The Keras file of the RDN."""
    return fetch() / MODEL


def rrdn() -> Path:
    """The folder of the RRDN ``gans`` as it was published for TensorFlow.js, quantized to uint8.

    Raises:
        SystemExit: as ``fetch`` does.
    """
    return _from_npm("idealo-gans", "package/models/idealo/gans", RRDN)


def write_rrdn_weights(folder: Path) -> Path:
    """The RRDN as idealo gives its networks away: its weights alone, under the name of idealo's own file.

    The values are those of the published uint8 model, as floats: idealo's own file is in no registry.
    """
    layers = tfjs.read(rrdn(), served=("MultiplyBeta", "PixelShuffle")).layers
    path = folder / "rrdn-C4-D3-G32-G032-T10-x4_epoch299.hdf5"
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", "2.2.4-tf"
        file.attrs.create("layer_names", [layer.name for layer in layers], dtype=text)
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{weight.name}:0" for weight in layer.weights]
            group.attrs.create("weight_names", names, (len(names),), text)
            for name, weight in zip(names, layer.weights, strict=True):
                group.create_dataset(name, data=weight.array())
    return path


def code() -> Path:
    """The folder of idealo's own Python, for ``sys.path``; what it needs to train is left out.

    Raises:
        SystemExit: as ``fetch`` does.
    """
    folder = CACHE / "idealo-isr"
    (name,) = WHEEL
    if not _complete(folder, WHEEL):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", CODE, "-d", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"pip could not fetch {CODE}: {done.stderr.strip()[-300:]}")
    _check(folder, WHEEL)
    unpacked = folder / "code"
    if not unpacked.is_dir():
        with tempfile.TemporaryDirectory(dir=folder) as scratch, zipfile.ZipFile(folder / name) as wheel:
            wheel.extractall(scratch)
            (Path(scratch) / "code").mkdir()
            (Path(scratch) / "ISR").rename(Path(scratch) / "code" / "ISR")
            with contextlib.suppress(OSError):  # another process was first
                (Path(scratch) / "code").rename(unpacked)
    return unpacked


def _from_npm(name: str, inside: str, files: Mapping[str, str]) -> Path:
    folder = CACHE / name
    if not _complete(folder, files):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            _unpack(_download(Path(scratch)), inside, files, folder)
    return _check(folder, files)


def _complete(folder: Path, files: Mapping[str, str]) -> bool:
    return all((folder / name).is_file() for name in files)


def _check(folder: Path, files: Mapping[str, str]) -> Path:
    for name, expected in files.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            sys.exit(f"{folder / name} is not the expected file: remove it and try again.")
    return folder


def _download(scratch: Path) -> Path:
    node = find_node()
    if node is None:
        sys.exit("Node is needed to fetch the model: pip install 'upconvert[verify]'")
    done = subprocess.run(
        [*node.npm, "pack", PACKAGE], cwd=scratch, capture_output=True, text=True, check=False
    )
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or not archives:
        sys.exit(f"npm could not fetch {PACKAGE}: {done.stderr.strip()}")
    return archives[0]


def _unpack(archive: Path, inside: str, files: Mapping[str, str], folder: Path) -> None:
    """Takes the wanted files one by one, under names of our own."""
    with tarfile.open(archive) as packed:
        for name in files:
            member = packed.extractfile(f"{inside}/{name}")
            if member is None:
                sys.exit(f"{PACKAGE} holds no {inside}/{name}.")
            temporary = folder / f"{name}.{os.getpid()}.part"
            temporary.write_bytes(member.read())
            temporary.replace(folder / name)


if __name__ == "__main__":
    print(model())
