"""Virtual environments as users have them: built, weighed, and searched for the files of a cold start."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from measure import ENVIRONMENT

REPOSITORY = Path(__file__).resolve().parent.parent

INSTALLERS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")
"""What an environment begins with; the official converter needs setuptools, which is not held against it."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    root: Path

    def program(self, name: str) -> Path:
        """A program in it."""
        return self.root / "bin" / name

    def ask(self, code: str) -> str:
        """What its interpreter prints."""
        command = [str(self.program("python")), "-c", code]
        done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def versions(self, *names: str) -> dict[str, str]:
        """The versions of its Python and of some packages in it."""
        code = f"""
import json, platform
from importlib.metadata import version
print(json.dumps({{"python": platform.python_version(), **{{name: version(name) for name in {names!r}}}}}))
"""
        found: dict[str, str] = json.loads(self.ask(code))
        return found

    def files(self) -> list[Path]:
        """Its own files, and the interpreter and standard library that it stands on."""
        executable = Path(self.ask("import os, sys; print(os.path.realpath(sys.executable))"))
        library = Path(self.ask("import sysconfig; print(sysconfig.get_path('stdlib'))"))
        standard = (path for path in _files(library) if "site-packages" not in path.parts)
        shared = executable.parent.parent.glob("lib/libpython*.so*")
        return [executable, *standard, *shared, *_files(self.root)]

    def nbytes(self) -> int:
        """The sizes of its installed packages, without what it began with."""
        (packages,) = self.root.glob("lib/python*/site-packages")
        files = (path for path in _files(packages) if not _top(path, packages).startswith(INSTALLERS))
        return sum(path.stat().st_size for path in files)

    def packages(self) -> int:
        """How many packages are installed in it, without what it began with."""
        found = [path.name for path in self.root.glob("lib/python*/site-packages/*.dist-info")]
        return sum(not name.startswith(INSTALLERS) for name in found)


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def _top(path: Path, root: Path) -> str:
    return path.relative_to(root).parts[0]


def build(root: Path, requirements: Sequence[str]) -> tuple[Environment, float]:
    """A fresh environment, and the seconds that pip took to fill it, with nothing from its cache."""
    subprocess.run([sys.executable, "-m", "venv", root], env=ENVIRONMENT, check=True)
    environment = Environment(root)
    started = time.perf_counter()
    command = [str(environment.program("pip")), "install", "-qq", "--no-cache-dir", *requirements]
    subprocess.run(command, env=ENVIRONMENT, check=True)
    return environment, time.perf_counter() - started


def official_requirements() -> list[str]:
    """The official converter and the pins that make it import, as the extra ``graph`` has them."""
    split = [line.partition(";") for line in requires("upconvert") or ()]
    return [requirement.strip() for requirement, _, marker in split if "graph" in marker]
