"""The JavaScript that comes with this package: the runner and the layer library."""

from __future__ import annotations

from pathlib import Path


def package_folder() -> Path:
    """The JavaScript package as it came with this one: in the wheel, or beside it in a checkout."""
    inside = Path(__file__).parent / "custom_layers_js"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "custom_layers_js"
