"""What the tests share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from converter.parity.runtimes import NodeRunner, running

GOLDEN = Path(__file__).parent / "golden"
HASHES = json.loads((GOLDEN / "hashes.json").read_text())
GOLDEN_NAMES = sorted(HASHES["models"])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-models", action="store_true", help="run all models of the corpus, not a few")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "all_models: takes many minutes, and runs with --all-models alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all-models"):
        for item in items:
            if item.get_closest_marker("all_models"):
                item.add_marker(pytest.mark.skip(reason="needs --all-models"))


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)


def upconvert(*arguments: object, **environment: str) -> Ran:
    """Runs the command line as a user does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "converter", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def tensorflow_js() -> Iterator[NodeRunner]:
    """Real TensorFlow.js in Node, on wasm."""
    with running("wasm", print) as runner:
        yield runner


@pytest.fixture(scope="session")
def runners(tensorflow_js: NodeRunner) -> Iterator[tuple[NodeRunner, NodeRunner]]:
    """Real TensorFlow.js on wasm and on cpu."""
    with running("cpu", print) as cpu:
        yield tensorflow_js, cpu


@pytest.fixture(scope="session")
def idealo_rdn() -> Path:
    """The folder of idealo's trained RDN, the real file."""
    return _idealo().fetch()


@pytest.fixture(scope="session")
def idealo_rrdn() -> Path:
    """The folder of idealo's trained RRDN, as it was published for TensorFlow.js."""
    return _idealo().rrdn()


@pytest.fixture(scope="session")
def isr_code() -> Path:
    """The folder of idealo's own Python."""
    return _idealo().code()


def _idealo() -> Any:
    sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
    try:
        import idealo
    finally:
        sys.path.pop(0)
    return idealo


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the models with custom layers that ``shims/make_models.py`` saves with Keras 2."""
    folder = tmp_path_factory.mktemp("saved_models")
    script = Path(__file__).parent / "shims" / "make_models.py"
    subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, check=True)
    return folder
