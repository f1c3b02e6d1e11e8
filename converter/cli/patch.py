"""``upconvert patch``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def patch(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A TensorFlow.js layers model.")],
    no_optimize: options.NoOptimize = False,
    json: options.Json = False,
) -> None:
    """Mend the topology of an existing model.json in place; its weights stay as they are.

    Example: upconvert patch model/
    """
    run("patch", {"artifact": artifact, "optimize": not no_optimize}, "show_patch", as_json=json)
