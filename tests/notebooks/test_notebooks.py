"""Every notebook runs, checks its own claims, and is shipped with outputs that are fit to be seen."""

import re

import nbformat
import pytest
from execute import NOTEBOOKS, execute

LARGEST = 600_000
MACHINE_PATH = re.compile(r"(?:/(?:home|root|tmp|Users|usr|opt|var)/|[A-Z]:\\)\S+")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """What a cell printed or showed as text."""
    return "".join(output.get("text") or output["data"].get("text/plain", "") for output in cell.outputs)


def check_outputs(cells):
    for cell in cells:
        assert all(output.get("name") != "stderr" for output in cell.outputs), cell.source
        assert "arning" not in printed(cell)
        assert not MACHINE_PATH.search(printed(cell))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize(
    "path",
    [
        # Proves the large RRDN twice: more than a minute.
        pytest.param(path, id=path.stem, marks=[pytest.mark.all_models] if "custom-layers" in path.stem else [])
        for path in NOTEBOOKS
    ],
)
@pytest.mark.runtime
def test_notebook_runs_and_its_claims_hold(path):
    cells = code_cells(execute(path))
    check_outputs(cells)
    # Every claim is an assertion: had one failed, the run would have.
    assert "assert" in cells[-1].source


@each_notebook
def test_shipped_outputs(path):
    cells = code_cells(nbformat.read(path, as_version=4))
    assert path.stat().st_size < LARGEST
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("image/jpeg" in output.get("data", {}) for cell in cells for output in cell.outputs)
    check_outputs(cells)
