"""``upconvert shims``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def shims(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The model, as convert takes it.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write.")],
    arch: options.Arch = None,
    arch_json: options.ArchJson = None,
    model: options.Model = None,
    model_arg: options.ModelArg = None,
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    lambdas: options.Lambdas = None,
    skeleton: Annotated[
        bool,
        typer.Option(
            "--skeleton",
            help="Write OUT as a file for --layers-js instead: what cannot be translated is to be finished "
            "by hand in it.",
        ),
    ] = False,
    verify: options.Verify = None,
    backend: options.Backend = "wasm",
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Write only the JavaScript of a model's custom layers, each proven beside its Python.

    Example: upconvert shims model.h5 out/ --layers-from layers.py
    """
    proof = {} if skeleton else {"verify": verify, "backend": backend}
    arguments = {
        "source": source,
        "out": out,
        "force": force,
        **proof,
        **options.source_options(arch, arch_json, model, model_arg, layers_from, layers_js, lambdas),
    }
    command = "skeleton" if skeleton else "shims"
    run(command, arguments, f"show_{command}", as_json=json)
