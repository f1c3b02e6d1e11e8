"""Sources that are no model at all."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
from attack import GOLDEN, Family, copy, edited

FILES = Family()


@FILES.attack("source-missing")
def missing_file(folder: Path) -> Path:
    return folder / "model.h5"


@FILES.attack("source-missing")
def broken_symlink(folder: Path) -> Path:
    (folder / "model.h5").symlink_to(folder / "nowhere")
    return folder / "model.h5"


@FILES.attack("source-unreadable")
def symlink_to_itself(folder: Path) -> Path:
    (folder / "model.h5").symlink_to(folder / "model.h5")
    return folder / "model.h5"


@FILES.attack("source-unreadable")
def name_too_long(folder: Path) -> Path:
    return folder / ("x" * 5000)


@FILES.attack("source-unreadable")
def name_with_nul(folder: Path) -> Path:
    return folder / "a\0b"


@FILES.attack("source-unreadable")
def file_as_folder(folder: Path) -> Path:
    return copy(folder) / "model.h5"


@FILES.attack("source-folder")
def empty_folder(folder: Path) -> Path:
    (folder / "model.h5").mkdir()
    return folder / "model.h5"


@FILES.attack("source-folder")
def folder_of_models(folder: Path) -> Path:
    copy(folder)
    return folder


@FILES.attack("source-special")
def named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "model.h5")
    return folder / "model.h5"


@FILES.attack("source-special")
def endless_device(_folder: Path) -> Path:
    return Path("/dev/zero")


@FILES.attack("source-format")
def empty_file(folder: Path) -> Path:
    (folder / "model.h5").touch()
    return folder / "model.h5"


@FILES.attack("source-format")
def text_file(folder: Path) -> Path:
    (folder / "model.h5").write_text("import keras\n" * 100)
    return folder / "model.h5"


@FILES.attack("source-format")
def web_page(folder: Path) -> Path:
    """What a download gives when it needed a login."""
    (folder / "model.h5").write_text("<!doctype html><title>Sign in</title>")
    return folder / "model.h5"


@FILES.attack("source-format")
def git_lfs_pointer(folder: Path) -> Path:
    (folder / "model.h5").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    return folder / "model.h5"


@FILES.attack("source-format")
def one_byte(folder: Path) -> Path:
    (folder / "model.h5").write_bytes(b"\x89")
    return folder / "model.h5"


@FILES.attack("h5-unreadable")
def signature_alone(folder: Path) -> Path:
    (folder / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    return folder / "model.h5"


@FILES.attack("h5-unreadable")
def signature_and_zeros(folder: Path) -> Path:
    (folder / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(4096))
    return folder / "model.h5"


@FILES.attack("h5-truncated")
def half_a_file(folder: Path) -> Path:
    data = copy(folder).read_bytes()
    (folder / "model.h5").write_bytes(data[: len(data) // 2])
    return folder / "model.h5"


@FILES.attack("h5-not-keras")
def empty_hdf5(folder: Path) -> Path:
    h5py.File(folder / "model.h5", "w").close()
    return folder / "model.h5"


@FILES.attack("weights-only")
def weights_only(folder: Path) -> Path:
    """What ``save_weights`` writes."""
    with edited(folder) as file, h5py.File(folder / "weights.h5", "w") as weights:
        for name in file["model_weights"]:
            file.copy(f"model_weights/{name}", weights)
        weights.attrs.update(file["model_weights"].attrs)
    return folder / "weights.h5"


@FILES.attack("topology")
def keras_3(folder: Path) -> Path:
    """The words of Keras 2 in a file that says it is of Keras 3."""
    with edited(folder, "shared_layer") as file:
        file.attrs["keras_version"] = "3.4.1"
    return folder / "model.h5"


@FILES.attack("")
def user_block(folder: Path) -> Path:
    """Odd, but HDF5: 512 bytes of one's own before the signature."""
    with (
        h5py.File(folder / "model.h5", "w", userblock_size=512) as file,
        h5py.File(GOLDEN / "sequential_dense.h5") as golden,
    ):
        for name in golden:
            golden.copy(name, file)
        file.attrs.update(golden.attrs)
    return folder / "model.h5"
