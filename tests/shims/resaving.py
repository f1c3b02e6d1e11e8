"""Whether a model that a page loads and saves keeps the configuration of its custom layers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from converter.parity.runtimes import ensure_package, find_node

SCRIPT = Path(__file__).with_suffix(".mjs")


def resaved(jobs: list[tuple[Path, Path]], folder: Path) -> list[dict[str, Any] | str]:
    """For each model and its script the configuration of its layer when saved twice, or an error."""
    node = find_node()
    assert node is not None
    listed = folder / "jobs.json"
    listed.write_text(
        json.dumps([{"model": str(model / "model.json"), "script": str(script)} for model, script in jobs])
    )
    command = [node.program, str(SCRIPT), str(ensure_package(node, print)), str(listed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def lost(arguments: dict[str, Any], before: dict[str, Any], after: dict[str, Any] | str) -> str | None:
    """What a configuration has lost of what the constructor was given."""
    if isinstance(after, str):
        return f"it cannot be loaded and saved again: {after}"
    for key in arguments:
        if key in before and _plain(before[key]) != _plain(after.get(key)):
            return f"saved again, its {key} is {after.get(key)!r} and no longer {before[key]!r}"
    return None


def _plain(value: Any) -> Any:
    """A value without the case and the underscores that TensorFlow.js changes; of objects only the class."""
    if isinstance(value, str):
        return value.replace("_", "").lower()
    if isinstance(value, dict):
        return _plain(value.get("class_name"))
    return [_plain(each) for each in value] if isinstance(value, list) else value
