"""Runs ``make_models.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from converter.children import QUIET


def make(folder: Path, *names: str) -> Path:
    """The folder, with these models in it."""
    script = Path(__file__).with_name("make_models.py")
    command = [sys.executable, str(script), str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **QUIET})
    assert done.returncode == 0, done.stderr
    return folder
