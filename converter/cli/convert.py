"""``upconvert convert``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A Keras .h5 file.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write.")],
    quantize: options.Quantize = None,
    input_range: options.InputRange = None,
    verify: options.Verify = None,
    min_psnr: options.MinPsnr = None,
    backend: options.Backend = "wasm",
    shard_size: options.ShardSize = 4 * 1024 * 1024,
    force: options.Force = False,
    no_optimize: options.NoOptimize = False,
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
        "force": force,
        "optimize": not no_optimize,
    }
    run("convert", arguments, "show_conversion", as_json=json)
