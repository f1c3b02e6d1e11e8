"""The first step of every command: from what the user names to a model, its original and its shims."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from converter.errors import UnsupportedError, UsageError
from converter.layers.precision import is_quantized, low_precision
from converter.literals import parse_arguments
from converter.model import Model
from converter.passes import pipeline
from converter.passes.base import PassResult
from converter.shims.providers import Providers, taken_by_name
from converter.shims.script import SCRIPT
from converter.shims.shim import LIBRARY, Shim
from converter.sources import detect, load
from converter.sources import files as source_files
from converter.sources.lambdas import Replacement
from converter.sources.original import Original
from converter.sources.python_file import PythonFile

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_SHOWN = 4
"""How many layers are named where many are alike."""

NO_FILE = "-"
"""What stands for SOURCE where the Python that builds the model brings its own weights."""


@dataclass(frozen=True)
class Reading:
    """What was read.

    Attributes:
        model: as the source has it.
        original: how it can be run.
        files: what it was read from.
        providers: who provides its custom layers.
        notes: what the user should know.
        architecture: what weights without an architecture were recognised as.
        captured: the variables that Lambdas and custom layers had captured, for the report.
    """

    model: Model
    original: Original
    files: tuple[Path, ...]
    providers: Providers
    notes: tuple[str, ...] = ()
    architecture: str | None = None
    captured: tuple[Mapping[str, Any], ...] = ()

    def shims(self, model: Model) -> dict[str, Shim]:
        """The JavaScript of each custom class of the model, by its name in the source.

        Args:
            model: what the passes made of ``self.model``.

        Raises:
            UnsupportedError: as ``Providers.shims`` does, and where an artifact brings JavaScript of its
                own that nobody named: what lies beside a model is code, and the library's may be another.
        """
        found = self.providers.shims(model, self.original.keras)
        path = self.original.path
        beside = (path if path.is_dir() else path.parent) / SCRIPT
        if self.original.kind != "artifact" or not beside.is_file():
            return found
        text = beside.read_text("utf-8", errors="replace")
        for shim in found.values():
            if shim.origin == LIBRARY and shim.javascript.strip() not in text:
                raise UnsupportedError(
                    "custom-layers-beside",
                    str(beside),
                    f"it brings a {shim.class_name} of its own, which may be another than the library's.",
                    f"Name it, as it is code and runs in proofs: --layers-js {beside}.",
                )
        return found

    def mend(
        self, *, optimize: bool = True, custom_layers: bool = True, fold_scales: bool = False
    ) -> PassResult:
        """The model after every pass; arguments as for ``pipeline.run``.

        Raises:
            ConverterError: as ``pipeline.run`` does.
        """
        return pipeline.run(
            self.model,
            optimize=optimize,
            custom_layers=custom_layers,
            fold_scales=fold_scales,
            of_keras=self.original.kind != "artifact",
            provided=self.providers.own(),
        )

    def on_precision(self) -> list[str]:
        """Sentences on layers that Keras computes with fewer bits than TensorFlow.js does."""
        if self.original.kind == "artifact":
            return []
        return [_on_policy(name, layers) for name, layers in low_precision(self.model).items()]

    def doubts(self, shims: Mapping[str, Shim]) -> list[str]:
        """Sentences where a file's classes were taken to be the library's by name, or a file has no use."""
        by_name = taken_by_name(shims.values()) if self.original.kind in {"file", "artifact"} else []
        return by_name + self.providers.unused(shims)


class SourceOptions(TypedDict, total=False):
    """What commands are told of their source beside its path.

    Attributes:
        arch: the architecture of a file that holds weights alone: ``rdn``, ``rrdn`` or a full name such as
            ``rdn-C6-D20-G64-G064-x2``. Of a file that holds one, say of Lambda layers, the weights are taken.
        arch_json: its architecture, in a file that ``model.to_json()`` wrote.
        model: the Python that builds it, ``MODULE:NAME``; this code is run.
        model_args: ``KEY=VALUE`` for the architecture or the builder.
        layers_from: ``FILE.py`` or ``MODULE`` with the Python of custom layers; a proof runs this code.
        layers_js: files with the JavaScript of custom layers; a proof runs this code.
        lambdas: ``LAYER=CLASS:KEY=VALUE,…``, known layers in place of Lambda layers.
    """

    arch: str | None
    arch_json: str | Path | None
    model: str | None
    model_args: Sequence[str]
    layers_from: Sequence[str]
    layers_js: Sequence[str | Path]
    lambdas: Sequence[str]


@dataclass
class Reader:
    """A context manager that reads one source; what it unpacked is removed when it is left.

    The arguments are those of ``SourceOptions``.
    """

    arch: str | None = None
    arch_json: str | Path | None = None
    model: str | None = None
    model_args: Sequence[str] = ()
    layers_from: Sequence[str] = ()
    layers_js: Sequence[str | Path] = ()
    lambdas: Sequence[str] = ()
    _stack: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    def __post_init__(self) -> None:
        given = {"--arch": self.arch, "--arch-json": self.arch_json, "--model": self.model}
        named = [name for name, value in given.items() if value is not None]
        if len(named) > 1:
            raise UsageError(
                "architecture", " and ".join(named), "they contradict each other.", "Give one of them."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self, path: Path) -> Reading:
        """The model behind a path.

        Raises:
            ConverterError: as the readers do.
        """
        files = [PythonFile.find(text) for text in self.layers_from]
        if self.model is not None:
            return self._built(path, self.model, files)
        if str(path) == NO_FILE:
            raise UsageError(
                "source", "SOURCE -", "no file is given.", "Name a file, or --model MODULE:NAME."
            )
        providers = self._providers(files)
        kind = detect(path)
        if kind == "keras_h5" and (self.arch or self.arch_json or _is_weights_only(path)):
            return self._weights_only(path, files, providers)
        if self.arch or self.arch_json:
            raise UsageError(
                "architecture",
                str(path),
                "an architecture is given, but this is no Keras file.",
                "Leave it out.",
            )
        replacements = [Replacement.parse(text) for text in self.lambdas]
        model = load(path, providers.served(), replacements)
        original = Original(
            "artifact" if kind == "tfjs" else "restated" if replacements or _is_keras1(model) else "file",
            path,
            model,
            tuple(files),
            described_as=f"Keras {model.keras_version}" if _is_keras1(model) else None,
        )
        notes = [
            f"'{each.pattern}' became {each.class_name} because --lambda says so: "
            "the Lambda's own code is never run, so that nothing was compared with it."
            for each in replacements
        ]
        return Reading(model, original, tuple(source_files(path)), providers, tuple(notes))

    def _weights_only(self, path: Path, files: list[PythonFile], providers: Providers) -> Reading:
        from converter.sources import weights_only

        built = weights_only.read(
            path,
            arch=self.arch,
            arch_json=None if self.arch_json is None else Path(self.arch_json),
            arguments=parse_arguments(self.model_args),
            served=providers.served(),
        )
        if built.of_keras3 and self.arch_json is not None:
            original = Original(
                "file", path, built.model, tuple(files), generation=3, architecture=Path(self.arch_json)
            )
        else:
            original = Original("restated", path, built.model, tuple(files), described_as=built.architecture)
        return Reading(built.model, original, (path,), providers, built.assumed, built.architecture)

    def _built(self, path: Path, target: str, files: list[PythonFile]) -> Reading:
        from converter.sources import python_model

        builder = python_model.PythonBuilder.parse(target, self.model_args)
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="upconvert-model-")))
        built = python_model.build(builder, None if str(path) == NO_FILE else path, folder)
        files = [*files, *map(PythonFile, built.layers)]
        model = replace(built.model, keras_version=built.keras_version)
        original = Original(
            "built",
            built.exported,
            model,
            tuple(files),
            builder=(builder.target, builder.arguments),
            generation=built.keras,
        )
        return Reading(
            model,
            original,
            (built.exported if str(path) == NO_FILE else path,),
            self._providers(files, {each.class_name: each.origin for each in built.captured}),
            built.warnings,
            captured=tuple(asdict(each) for each in built.captured),
        )

    def _providers(self, files: Sequence[PythonFile], origins: Mapping[str, str] | None = None) -> Providers:
        javascript = [Path(file) for file in self.layers_js]
        return Providers.of([file.path for file in files], javascript, origins or {})


def _on_policy(name: str, layers: Sequence[str]) -> str:
    shown = ", ".join(layers[:MOST_SHOWN]) + (" …" if len(layers) > MOST_SHOWN else "")
    count = "one layer" if len(layers) == 1 else f"{len(layers)} layers"
    text = f"Keras computes {count} ({shown}) in {name}, and TensorFlow.js in float32, which is more exact"
    if is_quantized(name):
        return f"{text}: it quantizes their inputs as well as their kernels, which are dequantized here."
    return f"{text}: outputs differ by what 16 bits round off, and do not overflow where those do."


def _is_weights_only(path: Path) -> bool:
    from converter.sources.weights_store import is_weights_only

    return is_weights_only(path)


def _is_keras1(model: Model) -> bool:
    return model.keras_version.startswith("1.")
