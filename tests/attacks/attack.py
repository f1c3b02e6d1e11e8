"""What an attack is, and the golden files that attacks are made from."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py

GOLDEN = Path(__file__).parent.parent / "golden"
KERNEL = "model_weights/dense/dense/kernel:0"
"""The first weight of the golden file that most attacks begin with: float32, 7 by 9."""

Make = Callable[[Path], Path]


class Attack(NamedTuple):
    """A hostile source and what must come of it.

    Attributes:
        name: for people.
        make: makes the source in an empty folder.
        code: of the error; empty where the file is odd but converts.
        exit_code: of the command.
        options: of the conversion.
    """

    name: str
    make: Make
    code: str
    exit_code: int
    options: dict[str, Any]


class Family(list[Attack]):
    """Attacks of one kind, added by decorating what makes them."""

    def attack(self, code: str, exit_code: int = 3, **options: Any) -> Callable[[Make], Make]:
        def add(make: Make) -> Make:
            self.append(Attack(make.__name__, make, code, exit_code, options))
            return make

        return add


def copy(folder: Path, golden: str = "sequential_dense") -> Path:
    """A golden file of one's own."""
    return Path(shutil.copy(GOLDEN / f"{golden}.h5", folder / "model.h5"))


@contextlib.contextmanager
def edited(folder: Path, golden: str = "sequential_dense") -> Iterator[h5py.File]:
    """A golden file opened for changes."""
    with h5py.File(copy(folder, golden), "r+") as file:
        yield file


def reconfigured(
    folder: Path, change: Callable[[dict[str, Any]], Any], golden: str = "sequential_dense"
) -> Path:
    """A golden file whose ``model_config`` was changed; ``change`` may also return another one."""
    with edited(folder, golden) as file:
        config = json.loads(file.attrs["model_config"])
        changed = change(config)
        text = changed if isinstance(changed, (str, bytes)) else json.dumps(changed or config)
        file.attrs["model_config"] = text
    return folder / "model.h5"
