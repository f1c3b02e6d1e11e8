"""Finding the user's Python without running any of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.errors import UsageError
from converter.sources.python_file import PythonFile


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose files all leave a trace when they run."""
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    (tmp_path / "pack" / "inner").mkdir(parents=True)
    for file in ("pack/__init__.py", "pack/inner/__init__.py", "pack/inner/layers.py", "alone.py"):
        (tmp_path / file).write_text(trap)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_file_is_found_by_its_path(package: Path) -> None:
    assert PythonFile.find(str(package / "alone.py")) == PythonFile(package / "alone.py")


@pytest.mark.parametrize(
    ("module", "file"),
    [("pack.inner.layers", "pack/inner/layers.py"), ("pack", "pack/__init__.py"), ("alone", "alone.py")],
)
def test_a_module_is_found_without_running_its_packages(module: str, file: str, package: Path) -> None:
    assert PythonFile.find(module) == PythonFile(package / file, module)
    assert not (package / "ran").exists()


@pytest.mark.parametrize("text", ["nowhere.py", "no.such.module", "pack.other", "sys", "", "...", "a/b"])
def test_what_is_not_there_is_refused(text: str, package: Path) -> None:
    with pytest.raises(UsageError, match="--layers-from"):
        PythonFile.find(text)
    assert not (package / "ran").exists()
