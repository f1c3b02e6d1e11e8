"""The demo as ``make demo`` runs it, in a folder of its own."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

ROOT = Path(__file__).parents[2]
TRUTH = data.astronaut()[250:442, 200:392]
BORDER = 4


def run_demo(out, *arguments):
    command = [sys.executable, "examples/demo.py", "--out", str(out), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def shown_psnr(sheet, box):
    """Of what the sheet really shows in ``box``, where each pixel of the picture covers two by two."""
    shown = np.asarray(sheet.crop(box), np.float64)[::2, ::2]
    gap = (shown - TRUTH)[BORDER:-BORDER, BORDER:-BORDER]
    return 10 * math.log10(255**2 / np.mean(gap**2))


@pytest.mark.runtime
def test_demo_converts_and_shows_a_better_picture_than_bicubic(tmp_path):
    done = run_demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(
        f"$ upconvert convert examples/rdn-small.h5 {tmp_path}/rdn-small --quantize uint8"
    )
    assert f"Before and after: {tmp_path}/before-after.png" in done.stdout
    parity = json.loads((tmp_path / "rdn-small" / "parity.json").read_text())
    assert parity["passed"]

    panels = json.loads((tmp_path / "before-after.json").read_text())
    with Image.open(tmp_path / "before-after.png") as sheet:
        assert sheet.size == (1248, 484)
        figures = [shown_psnr(sheet, panel["box"]) for panel in panels]
    assert figures == pytest.approx([panel["psnr"] for panel in panels])
    nearest, bicubic, model = figures
    assert model > bicubic > nearest


def test_demo_ends_as_the_command_ends(tmp_path):
    (tmp_path / "rdn-small").mkdir()
    (tmp_path / "rdn-small" / "thesis.txt").write_text("mine")
    done = run_demo(tmp_path)
    assert done.returncode == 2
    assert "thesis.txt" in done.stderr
    assert not (tmp_path / "before-after.png").exists()
