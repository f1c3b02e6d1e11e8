"""``upconvert export``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def export(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A TensorFlow.js layers model.")],
    out: Annotated[
        str, typer.Argument(metavar="FILE", help="The file to write: .keras (Keras 3) or .h5 (Keras 2).")
    ],
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    input_range: options.InputRange = None,
    verify: options.Verify = None,
    backend: options.Backend = "wasm",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands there.")] = False,
    json: options.Json = False,
) -> None:
    """Write a TensorFlow.js model as a Keras file, and prove that Keras computes the same with it.

    Example: upconvert export model/ model.keras
    """
    arguments = {
        "artifact": artifact,
        "out": out,
        "input_range": input_range,
        "verify": verify,
        "backend": backend,
        "force": force,
        **options.source_options(None, None, None, None, layers_from, layers_js, None),
    }
    run("export", arguments, "show_export", as_json=json)
