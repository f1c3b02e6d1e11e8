"""``upconvert inspect``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run
from converter.errors import UnsupportedError


def inspect(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A model, as convert takes it, or a graph model.")
    ],
    arch: options.Arch = None,
    arch_json: options.ArchJson = None,
    model: options.Model = None,
    model_arg: options.ModelArg = None,
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    lambdas: options.Lambdas = None,
    no_custom_layers: Annotated[
        bool, typer.Option("--no-custom-layers", help="Judge as convert --no-custom-layers would.")
    ] = False,
    signature: Annotated[
        str | None,
        typer.Option(
            "--signature", metavar="NAME", help="The signature of a SavedModel; serving_default if not said."
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Tell what is in a model and whether TensorFlow.js can run it; nothing is written.

    Example: upconvert inspect rdn.h5
    """
    arguments = {
        "source": source,
        "custom_layers": not no_custom_layers,
        "signature": signature,
        **options.source_options(arch, arch_json, model, model_arg, layers_from, layers_js, lambdas),
    }
    report = run("inspect", arguments, "show_inspection", as_json=json)
    if report["convertible"] is False:
        raise typer.Exit(UnsupportedError.exit_code)
