"""idealo's trained RDN, fetched once from the npm package that ships it (MIT), checked, and cached.

``python examples/idealo.py`` prints where it lies. Beside the Keras file stands the TensorFlow.js
model that was published of it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import platformdirs

from converter.parity.runtimes import find_node

PACKAGE = "@upscalerjs/models@0.9.0"
FOLDER = "package/models/psnr-small-quant-uint8"
MODEL = "image-super-resolution-psnr-small.h5"
FILES = {
    MODEL: "4ea33850fd8e9f2dd39ef53105a69b98b02705570c76993fafdfdcac5c88b48b",
    "model.json": "97facf69628d70cc485538c92a52db8780942649c6f09bbc3ecfd630f353314a",
    "group1-shard1of1.bin": "a0beb3311570b4ba8615b2b7f570b31ea086dbd162a1829ca9cbd25f859a86bb",
}


def fetch() -> Path:
    """The folder that holds the files, downloaded if need be.

    Raises:
        SystemExit: when npm cannot fetch the package, or a file in it is not the expected one.
    """
    folder = Path(platformdirs.user_cache_dir("upconvert", appauthor=False)) / "idealo-rdn"
    if not all((folder / name).is_file() for name in FILES):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            _unpack(_download(Path(scratch)), folder)
    for name, expected in FILES.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            sys.exit(f"{folder / name} is not the expected file: remove it and try again.")
    return folder


def model() -> Path:
    """The Keras file."""
    return fetch() / MODEL


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


def _unpack(archive: Path, folder: Path) -> None:
    """Takes the wanted files one by one, under names of our own."""
    with tarfile.open(archive) as packed:
        for name in FILES:
            member = packed.extractfile(f"{FOLDER}/{name}")
            if member is None:
                sys.exit(f"{PACKAGE} holds no {FOLDER}/{name}.")
            temporary = folder / f"{name}.part"
            temporary.write_bytes(member.read())
            temporary.replace(folder / name)


if __name__ == "__main__":
    print(model())
