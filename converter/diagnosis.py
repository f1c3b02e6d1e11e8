"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from converter import report as reports
from converter.graph import official
from converter.progress import Progress, silent
from converter.report import Report

CORE = ("numpy", "h5py", "typer", "rich")
VERIFY = ("tensorflow", "scikit-image", "pillow", "platformdirs")
INSTALL_VERIFY = "pip install 'upconvert[verify]'"


def doctor(*, progress: Progress = silent) -> Report:
    """Looks at every part that a command may need; ``ready`` tells which commands can run."""
    progress("looking around")
    parts = [_part("Python", platform.python_version(), "convert")]
    parts += [_part(name, _version(name), "convert", "pip install upconvert") for name in CORE]
    parts += [_part(name, _version(name), "verify", INSTALL_VERIFY) for name in VERIFY]
    parts += _javascript()
    parts.append(
        _part(
            "tf_keras",
            _version("tf_keras"),
            "optional",
            "pip install --no-deps tf_keras (Keras 2 as the original)",
        )
    )
    parts.append(_part(official.PACKAGE, _official(), "graph", f"{official.INSTALL} (--format graph)"))
    ready = {
        need: all(part["version"] for part in parts if part["for"] in {need, "convert"})
        for need in ("convert", "verify")
    }
    ready["graph"] = ready["convert"] and not official.missing()
    return reports.new(
        "doctor", platform=platform.platform(), python=sys.executable, parts=parts, ready=ready
    )


def _official() -> str | None:
    """The version of the official converter, if it is the one that graph models are made by."""
    found = official.installed()
    return found if found == official.VERSION else None


def _javascript() -> list[dict[str, Any]]:
    """Node, and TensorFlow.js where it has been installed already; a proof installs it on first use."""
    from converter.parity.runtimes import MINIMUM_NODE, find_node, installed_package

    node = find_node()
    fix = f"{INSTALL_VERIFY}, or install Node {MINIMUM_NODE} or newer"
    parts = [_part("Node", node.version if node else None, "verify", fix)]
    if _version("platformdirs"):
        there = installed_package().is_dir()
        parts.append(
            _part(
                "TensorFlow.js",
                "installed" if there else None,
                "optional",
                "the first proof installs it by npm",
            )
        )
    return parts


def _part(name: str, found: str | None, need: str, fix: str = "") -> dict[str, Any]:
    return {"name": name, "version": found, "for": need, "fix": None if found else fix}


def _version(distribution: str) -> str | None:
    names = ("tensorflow", "tensorflow-cpu") if distribution == "tensorflow" else (distribution,)
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
