"""``upconvert quantize``."""

from __future__ import annotations

from typing import Annotated

import typer

from converter.cli import options
from converter.cli.run import run


def quantize(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A TensorFlow.js layers model.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write.")],
    quantize: options.Quantize = None,
    layers_from: options.LayersFrom = None,
    layers_js: options.LayersJs = None,
    input_range: options.InputRange = None,
    verify: options.Verify = None,
    min_psnr: options.MinPsnr = None,
    backend: options.Backend = "wasm",
    shard_size: options.ShardSize = 4 * 1024 * 1024,
    split_weights_by_layer: options.SplitWeights = False,
    metadata: options.Metadata = None,
    force: options.Force = False,
    json: options.Json = False,
) -> None:
    """Store the weights of an existing TensorFlow.js model in other types.

    Example: upconvert quantize model/ small/ --quantize uint8
    """
    arguments = {
        "artifact": artifact,
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
        **options.source_options(None, None, None, None, layers_from, layers_js, None),
    }
    run("quantize", arguments, "show_conversion", as_json=json)
