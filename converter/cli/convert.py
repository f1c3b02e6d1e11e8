"""``upconvert convert``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A Keras file (.h5, .hdf5, .keras), or a SavedModel for --format graph."
        ),
    ],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write.")],
    quantize: options.Quantize = None,
    arch: options.Arch = None,
    arch_json: options.ArchJson = None,
    model: options.Model = None,
    model_arg: options.ModelArg = None,
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    lambdas: options.Lambdas = None,
    input_range: options.InputRange = None,
    verify: options.Verify = None,
    min_psnr: options.MinPsnr = None,
    backend: options.Backend = "wasm",
    shard_size: options.ShardSize = 4 * 1024 * 1024,
    split_weights_by_layer: options.SplitWeights = False,
    metadata: options.Metadata = None,
    force: options.Force = False,
    no_optimize: options.NoOptimize = False,
    fold_scales: Annotated[
        bool, typer.Option("--fold-scales", help="Fold constant scales into the kernels before them.")
    ] = False,
    no_custom_layers: Annotated[
        bool,
        typer.Option(
            "--no-custom-layers", help="Use built-in layers only; a pixel shuffle is slower as one."
        ),
    ] = False,
    format: Annotated[  # noqa: A002 - what the user calls it
        str,
        typer.Option(
            "--format",
            metavar="layers|graph",
            help="graph: TensorFlow's own operations, made by the official converter, for what no layers "
            "model can hold.",
        ),
    ] = "layers",
    signature: Annotated[
        str | None,
        typer.Option(
            "--signature", metavar="NAME", help="The signature of a SavedModel; serving_default if not said."
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Convert a Keras model to TensorFlow.js, and prove that it computes the same.

    Example: convert rdn.h5 out/ --quantize uint8
    """
    arguments = {
        "source": source,
        "out": out,
        "quantize": quantize or [],
        "input_range": input_range,
        "verify": verify,
        "min_psnr": min_psnr,
        "backend": backend,
        "shard_size": shard_size,
        "split_weights_by_layer": split_weights_by_layer,
        "metadata": metadata or [],
        "force": force,
        "optimize": not no_optimize,
        "fold_scales": fold_scales,
        "custom_layers": not no_custom_layers,
        "format": format,
        "signature": signature,
        **options.source_options(arch, arch_json, model, model_arg, layers_from, layers_js, lambdas),
    }
    run("convert", arguments, "show_conversion", as_json=json)
