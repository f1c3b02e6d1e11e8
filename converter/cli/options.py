"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Quantize = Annotated[
    list[str] | None,
    typer.Option(
        "--quantize",
        metavar="TYPE[:PATTERN]",
        help="Store weights as none, float16, uint16 or uint8; with a pattern, those weights only "
        "(--quantize uint8:'*/kernel'). Repeatable.",
    ),
]
InputRange = Annotated[
    str | None,
    typer.Option(
        "--input-range", metavar="LOW,HIGH", help="The values the model was trained on; 0,1 if not said."
    ),
]
MinPsnr = Annotated[
    float | None,
    typer.Option(
        "--min-psnr", metavar="DB", help="Fail when the quantized model is worse than this; 30 if not said."
    ),
]
Verify = Annotated[
    bool | None,
    typer.Option("--verify/--no-verify", help="Prove it by running both; on where [verify] is installed."),
]
Backend = Annotated[
    str, typer.Option("--backend", metavar="wasm|cpu", help="The TensorFlow.js backend that proves it.")
]
ShardSize = Annotated[int, typer.Option("--shard-size", metavar="BYTES", help="Size of a weight file.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an artifact that stands at OUT.")]
NoOptimize = Annotated[
    bool,
    typer.Option("--no-optimize", help="Keep what only training needs; change no more than loading demands."),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the report as JSON on stdout, and nothing else there.")
]
