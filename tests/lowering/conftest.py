"""TensorFlow.js on both backends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from converter.parity.runtimes import NodeRunner, running


@pytest.fixture(scope="session")
def runners(tensorflow_js: NodeRunner) -> Iterator[tuple[NodeRunner, NodeRunner]]:
    """On wasm and on cpu."""
    with running("cpu", print) as cpu:
        yield tensorflow_js, cpu
