"""Finds what ``MODULE:NAME`` means, and makes a Keras model of it."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from converter.children import allow_current_folder
from converter.errors import ConverterError, SourceError, UnsupportedError, UsageError
from converter.sources.python_child import lines, live
from converter.sources.python_child.lines import NOT_THE_USERS
from converter.sources.python_child.terminal import plain_text

MAX_MESSAGE = 300
NO_MODEL_FIX = "Name a function that returns a Keras model, a class whose instance has .model, or a model."


def find(target: str) -> tuple[Any, list[str]]:
    """The object that ``MODULE:NAME`` names, and warnings about how it was reached.

    Args:
        target: ``package.module:Name``, ``module:factory.build`` or ``file.py:build``.

    Raises:
        UsageError: when there is no such module or name.
        SourceError: when importing it fails.
    """
    module_name, _, name = target.rpartition(":")
    warnings: list[str] = []
    if module_name.endswith(".py"):
        module_name = _make_importable(Path(module_name))
    else:
        allow_current_folder()
    with errors_of_the_user(f"importing '{module_name}'"):
        found: Any = _import(module_name, warnings)
    path = module_name
    for part in name.split("."):
        if not hasattr(found, part):
            near = _near(part, [each for each in dir(found) if not each.startswith("_")])
            raise UsageError("model", "--model", f"'{path}' has no '{part}'{near}.", "Check the name.")
        found = getattr(found, part)
        path = f"{path}.{part}"
    return found, warnings


def model_of(target: str, found: Any, arguments: Mapping[str, Any]) -> Any:
    """The Keras model that a builder, a class or a model itself gives.

    Raises:
        UsageError: when the arguments do not fit the builder.
        SourceError: when the builder fails, or gives no model.
    """
    if live.keras_of(found) is not None:
        if arguments:
            raise UsageError("model-arg", "--model-arg", f"'{target}' is a model and takes none.", "Drop it.")
        return found
    if not callable(found):
        raise SourceError("no-model", target, f"this is {_kind(found)}, and builds no model.", NO_MODEL_FIX)
    _check_arguments(target, found, arguments)
    with errors_of_the_user(f"calling '{target}'"), lines.noted():
        built = found(**arguments)
        if live.keras_of(built) is None and built is not None:
            built = getattr(built, "model", built)
    if live.keras_of(built) is None:
        raise SourceError("no-model", target, f"it gave {_kind(built)} and no Keras model.", NO_MODEL_FIX)
    return built


def check_graph(target: str, model: Any) -> None:
    """Refuses a model that computes by code of its own, or has no shape yet.

    Raises:
        UnsupportedError: ``subclassed-model`` or ``unbuilt-model``.
    """
    if live.has_own_call(model) or not (live.is_functional(model) or live.is_sequential(model)):
        raise UnsupportedError(
            "subclassed-model",
            f"{target}, model '{model.name}' ({type(model).__name__})",
            "its class computes by Python code of its own, and has no graph of layers.",
            "Build it from its layers: x = keras.Input(…), then keras.Model(x, layers(x)).",
        )
    if live.is_sequential(model) and not model.built:
        raise UnsupportedError(
            "unbuilt-model",
            f"{target}, model '{model.name}'",
            "this Sequential model does not know the shape of its input.",
            "Begin it with keras.Input(shape=…), or call model.build(…) in the builder.",
        )


@contextmanager
def errors_of_the_user(doing: str) -> Iterator[None]:
    """Whatever the user's code raises becomes one sentence with its file and line.

    Raises:
        SourceError: ``missing-module`` or ``builder-failed``.
    """
    try:
        yield
    except ConverterError:
        raise
    except ModuleNotFoundError as error:
        raise SourceError(
            "missing-module",
            _position(error) or doing,
            f"the Python module '{error.name}' is not installed, and {doing} needs it.",
            f"Install it beside this program (pip install {(error.name or 'it').split('.')[0]}).",
        ) from error
    except SystemExit as error:
        raise _failed(error, doing, f"it ended the program by sys.exit({error.code!r})") from error
    except BaseException as error:
        said = f"{type(error).__name__}: {message(error)}".rstrip(": ")
        raise _failed(error, doing, said) from error


def message(error: BaseException) -> str:
    """The first line of an error that says something."""
    said = [line.strip() for line in plain_text(str(error)).splitlines() if line.strip()]
    # What Keras puts before everybody else's words.
    telling = [line for line in said if not line.startswith("Exception encountered when")]
    return next(iter(telling or said), "")[:MAX_MESSAGE].rstrip(".")


def _failed(error: BaseException, doing: str, said: str) -> SourceError:
    fix = "Correct the builder, or the --model-arg that it was given."
    return SourceError("builder-failed", _position(error) or doing, f"{doing} failed: {said}.", fix)


def _position(error: BaseException) -> str:
    """File, line and function of the user's code in which the error arose, as far as there is any."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}:{error.lineno}"
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        top = str(frame.f_globals.get("__name__", "")).split(".", 1)[0]
        if top not in NOT_THE_USERS:
            code = frame.f_code
            found = f"{Path(code.co_filename).name}:{line}, in {code.co_name}"
    return found


def _make_importable(path: Path) -> str:
    """Puts the folder of a file on the path, or that of the package it is in; its name as a module."""
    if not path.is_file():
        near = _near(path.name, [each.name for each in path.absolute().parent.glob("*.py")])
        raise UsageError("model", "--model", f"there is no file '{path}'{near}.", "Check the path.")
    root, name = path.resolve().parent, path.stem
    while (root / "__init__.py").is_file():
        root, name = root.parent, f"{root.name}.{name}"
    sys.path.insert(0, str(root))
    return name


def _import(name: str, warnings: list[str]) -> ModuleType:
    parts = name.split(".")
    for depth in range(1, len(parts)):
        _import_parent(".".join(parts[:depth]), warnings)
    _check_exists(name)
    return importlib.import_module(name)


def _import_parent(name: str, warnings: list[str]) -> None:
    """Imports a package, or stands in an empty one where its ``__init__`` wants what is not installed."""
    _check_exists(name)
    before = set(sys.modules)
    try:
        importlib.import_module(name)
    except ImportError as error:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            raise
        for each in set(sys.modules) - before:
            if each.startswith(f"{name}."):
                del sys.modules[each]
        package = importlib.util.module_from_spec(spec)
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules[name] = package
        lacking = f"'{error.name}' is not installed" if isinstance(error, ModuleNotFoundError) else str(error)
        warnings.append(f"The package '{name}' was not run, only the module asked for: {lacking}.")


def _check_exists(name: str) -> None:
    if name in sys.modules:
        return
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is not None:
        return
    parent, _, last = name.rpartition(".")
    where = list(getattr(sys.modules.get(parent), "__path__", ())) if parent else None
    near = _near(last, [module.name for module in pkgutil.iter_modules(where)])
    fix = "Check the name, and that it lies in this folder or is installed."
    raise UsageError("model", "--model", f"there is no Python module '{name}'{near}.", fix)


def _near(name: str, names: list[str]) -> str:
    found = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    return f"; near it: {', '.join(found)}" if found else ""


def _check_arguments(target: str, found: Any, arguments: Mapping[str, Any]) -> None:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(**arguments)
    except TypeError as error:
        takes = ", ".join(map(str, signature.parameters)) or "no arguments"
        raise UsageError(
            "model-arg",
            "--model-arg",
            f"'{target}' cannot be called so: {error}.",
            f"It takes {takes}.",
        ) from error


def _kind(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, list | tuple):
        inside = ", ".join(type(each).__name__ for each in value[:4])
        return f"a {type(value).__name__} of {inside or 'nothing'}"
    if isinstance(value, ModuleType):
        return f"the module '{value.__name__}'"
    return f"an object of the class {type(value).__name__}"
