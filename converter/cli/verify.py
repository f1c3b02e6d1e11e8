"""``upconvert verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run
from converter.errors import ParityError


def verify(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The original, as convert takes it.")],
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A TensorFlow.js layers model.")],
    arch: options.Arch = None,
    arch_json: options.ArchJson = None,
    model: options.Model = None,
    model_arg: options.ModelArg = None,
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    lambdas: options.Lambdas = None,
    input_range: options.InputRange = None,
    min_psnr: options.MinPsnr = None,
    backend: options.Backend = "wasm",
    images: Annotated[
        str | None,
        typer.Option("--images", metavar="DIR", help="Pictures to judge by, in place of the built-in."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Prove that a TensorFlow.js model computes what the original computes.

    Example: upconvert verify rdn.h5 out/
    """
    arguments = {
        "source": source,
        "artifact": artifact,
        "input_range": input_range,
        "min_psnr": min_psnr,
        "backend": backend,
        "images": images,
        **options.source_options(arch, arch_json, model, model_arg, layers_from, layers_js, lambdas),
    }
    report = run("verify", arguments, "show_proof", as_json=json)
    if not report["parity"]["passed"]:
        raise typer.Exit(ParityError.exit_code)
