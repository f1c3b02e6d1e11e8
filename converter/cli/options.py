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
SplitWeights = Annotated[
    bool,
    typer.Option("--split-weights-by-layer", help="Give each layer weight files of its own."),
]
Metadata = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata",
        metavar="KEY:FILE",
        help="Put the JSON in FILE under KEY of the userDefinedMetadata in model.json. Repeatable.",
    ),
]
Arch = Annotated[
    str | None,
    typer.Option(
        "--arch",
        metavar="NAME",
        help="The architecture of a file that holds weights alone: rdn, rrdn, or a full name such as "
        "rdn-C6-D20-G64-G064-x2. Recognised by itself if not said.",
    ),
]
ArchJson = Annotated[
    str | None,
    typer.Option("--arch-json", metavar="FILE", help="Its architecture, as model.to_json() wrote it."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODULE:NAME",
        help="The Python that builds the model (a callable, or a class with .model); this code runs. "
        "SOURCE gives the weights, or is - where the builder brings them.",
    ),
]
ModelArg = Annotated[
    list[str] | None,
    typer.Option(
        "--model-arg", metavar="KEY=VALUE", help="An argument of the architecture or the builder. Repeatable."
    ),
]
LayersFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--layers-from",
        metavar="FILE.py|MODULE",
        help="The Python of custom layers, to be translated; a proof runs this code. Repeatable.",
    ),
]
LayersJs = Annotated[
    list[str] | None,
    typer.Option(
        "--layers-js",
        metavar="FILE.js",
        help="The JavaScript of custom layers, written by hand; a proof runs this code. Repeatable.",
    ),
]
Lambdas = Annotated[
    list[str] | None,
    typer.Option(
        "--lambda",
        metavar="LAYER=CLASS:KEY=VALUE,…",
        help="A known layer in place of Lambda layers, whose own code is never run. Repeatable.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an artifact that stands at OUT.")]
NoOptimize = Annotated[
    bool,
    typer.Option("--no-optimize", help="Keep what only training needs; change no more than loading demands."),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the report as JSON on stdout, and nothing else there.")
]


def source_options(
    arch: str | None,
    arch_json: str | None,
    model: str | None,
    model_arg: list[str] | None,
    layers_from: list[str] | None,
    layers_js: list[str] | None,
    lambdas: list[str] | None,
) -> dict[str, object]:
    """What was said of the source, as ``SourceOptions`` names it; nothing that was not said."""
    said = {
        "arch": arch,
        "arch_json": arch_json,
        "model": model,
        "model_args": model_arg,
        "layers_from": layers_from,
        "layers_js": layers_js,
        "lambdas": lambdas,
    }
    return {key: value for key, value in said.items() if value}
