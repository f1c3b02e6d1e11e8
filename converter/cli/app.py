"""The command group."""

from __future__ import annotations

import typer

from converter.cli.convert import convert
from converter.cli.doctor import doctor
from converter.cli.export import export
from converter.cli.inspect import inspect
from converter.cli.patch import patch
from converter.cli.quantize import quantize
from converter.cli.shims import shims
from converter.cli.verify import verify
from converter.version import VERSION

app = typer.Typer(
    name="upconvert",
    help="Trained Keras models become proven TensorFlow.js models.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Trained Keras models become proven TensorFlow.js models."""


for command in (convert, inspect, verify, quantize, patch, export, shims, doctor):
    app.command()(command)
