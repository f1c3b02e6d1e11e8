"""What a graph model is made from, and what goes into it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter.contract import Contract
from converter.errors import UnsupportedError, UsageError
from converter.graph import official
from converter.graph.classes import check_loadable
from converter.graph.making import GraphModel
from converter.model import Model
from converter.reading import Reader, Reading
from converter.shims.providers import Providers
from converter.sources import saved_model
from converter.sources.original import Original, Saved

BYTE_RANGE = (0.0, 255.0)
LAYERS_ONLY = {"layers_js": "--layers-js"}


def read_source(
    path: Path, package: Path, signature: str | None, stack: ExitStack, options: Mapping[str, Any]
) -> Reading:
    """What is to be converted; nothing of it has run, but what the user named.

    Args:
        path: of a SavedModel, or as ``Reader.read`` takes it.
        package: the folder of the official converter.
        signature: of a SavedModel.
        stack: keeps what was unpacked.
        options: as ``SourceOptions`` names them.

    Raises:
        ConverterError: as readers do, and where a graph model cannot be made of it.
    """
    useless = [name for key, name in LAYERS_ONLY.items() if options.get(key)]
    if useless:
        raise UsageError("format", useless[0], "a graph model has no layers in JavaScript.", "Leave it out.")
    if saved_model.is_saved_model(path):
        if any(options.values()):
            raise UsageError(
                "architecture", str(path), "a SavedModel tells all of itself.", "Name the folder alone."
            )
        original = Original(
            "saved_model",
            path,
            Model(path.name, "SavedModel", "functional", ()),
            saved=Saved(signature, official.supported(package)),
        )
        files = tuple(saved_model.files(path))
        return Reading(original.model, original, files, Providers.of([], [], {}))
    if signature is not None:
        raise UsageError(
            "signature", f"--signature {signature}", "only a SavedModel has signatures.", "Leave it out."
        )
    reading = stack.enter_context(Reader(**options)).read(path)
    if reading.original.kind == "artifact":
        raise UsageError(
            "format",
            str(path),
            "it is a TensorFlow.js model already.",
            "Name the model that it was made from.",
        )
    check_loadable(reading.model, reading.providers.served())
    return reading


def contract_of_graph(graph: GraphModel, said: Contract) -> Contract:
    """What goes into a SavedModel, which tells nothing of the values.

    Args:
        graph: what was made of it.
        said: the range that was said, or assumed.

    Raises:
        UnsupportedError: when it takes text.
    """
    for each in graph.inputs:
        if each.dtype == "string":
            raise UnsupportedError(
                "graph-inputs", f"input {each.name}", "it takes text.", "Do that before the model."
            )
    whole = said.range_assumed and any(each.is_image and each.dtype == "uint8" for each in graph.inputs)
    return replace(said, inputs=graph.inputs, input_range=BYTE_RANGE if whole else said.input_range)
