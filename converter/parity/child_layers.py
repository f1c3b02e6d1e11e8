"""Custom layers in the child: imported, and run alone on random inputs with random weights."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from converter.children import allow_current_folder
from converter.model import Array
from converter.passes.class_names import TF_1_13_ALIASES

SEED = 20181221
MAX_MESSAGE = 300
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SIZES = ((1, (1, 1)), (3, (5, 7)), (1, (64, 64)))
"""Batch size, and height and width (or other free dimensions), of each run of a layer."""


def import_classes(files: list[list[str | None]]) -> dict[str, Any]:
    """The classes that the user's files define, by name."""
    found: dict[str, Any] = {}
    for index, (path, name) in enumerate(files):
        if name:
            allow_current_folder()
        module = importlib.import_module(name) if name else _import_file(Path(str(path)), index)
        found |= {
            key: value
            for key, value in vars(module).items()
            if inspect.isclass(value) and value.__module__ == module.__name__
        }
    return found


def _import_file(path: Path, index: int) -> Any:
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(f"upconvert_layers_{index}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def with_library(keras: Any, classes: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """The user's classes, and for the other wanted ones the originals of the layer library."""
    if all(name in classes for name in wanted):
        return classes
    from converter.shims.originals import originals

    found = {**originals(keras), **classes}
    lacking = [
        name
        for name in wanted
        if name not in found and name not in TF_1_13_ALIASES and not hasattr(keras.layers, name)
    ]
    if lacking:
        sys.exit(f"no Python of {', '.join(lacking)} is at hand; name it by --layers-from FILE.py")
    return found


def run_cases(
    keras: Any, model: Any, cases: list[dict[str, Any]], classes: dict[str, Any], folder: Path
) -> list[dict[str, Any]]:
    """Runs every case on every size; what was run, or what Keras said instead."""
    results: list[dict[str, Any]] = []
    rng = np.random.default_rng(SEED)
    for case in cases:
        for shapes, dtypes in _inputs(model, case):
            number = len(results)
            try:
                ran = _run(classes[case["class_name"]], case["config"], shapes, dtypes, rng)
                declared = {
                    label: _declared(keras, classes[case["class_name"]], case["config"], sizes, dtypes)
                    for label, sizes in (("free", _free(shapes)), ("said", [[None, *s[1:]] for s in shapes]))
                }
            except Exception as error:  # noqa: BLE001 - whatever the layer says of an input is a result
                results.append({"error": first_line(error)})
                continue
            names = {
                kind: [f"layer-{number}-{kind}-{index}.npy" for index in range(len(arrays))]
                for kind, arrays in ran.items()
                if kind != "weight_names"
            }
            for kind, paths in names.items():
                for path, array in zip(paths, ran[kind], strict=True):
                    np.save(folder / path, array)
            results.append(
                {**{k: case[k] for k in ("class_name", "config")}, **ran, **names, "declared": declared}
            )
    return results


def first_line(error: Exception) -> str:
    """What an error says, in one line: Keras 3 puts the essence behind a heading, before its arguments."""
    said = _COLOUR.sub("", str(error)).partition("Arguments received by")[0]
    return " ".join(said.split())[:MAX_MESSAGE] or type(error).__name__


def _inputs(model: Any, case: dict[str, Any]) -> Iterator[tuple[list[list[int]], list[str]]]:
    """The shapes and types of all inputs, for each run."""
    if case["layer"] is None:
        for shapes in case["shapes"]:
            yield shapes, ["float32"] * len(shapes)
        return
    tensors = _input_tensors(_find(model, case["layer"]))
    dtypes = [str(getattr(each.dtype, "name", each.dtype)) for each in tensors]
    seen = []
    for batch, sizes in SIZES:
        shapes = []
        for tensor in tensors:
            free = iter(sizes)
            rest = [size or next(free, 3) for size in tuple(tensor.shape)[1:]]
            shapes.append([batch, *rest])
        if shapes not in seen:
            seen.append(shapes)
            yield shapes, dtypes


def _find(model: Any, name: str) -> Any:
    """A layer by its name, in nested models as well."""
    pending = [model]
    while pending:
        holder = pending.pop()
        # Keras 3 lists operations on tensors beside the layers.
        for layer in getattr(holder, "operations", holder.layers):
            if layer.name == name:
                return layer
            if hasattr(layer, "layers"):
                pending.append(layer)
    raise ValueError(f"the original has no layer '{name}'")


def _input_tensors(layer: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(layer.input))


def _run(
    layer_class: Any, config: dict[str, Any], shapes: list[list[int]], dtypes: list[str], rng: Any
) -> dict[str, Any]:
    import tensorflow as tf

    layer = layer_class.from_config(config)
    inputs = [_values(rng, shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
    tensors = [tf.constant(array) for array in inputs]
    argument = tensors if len(tensors) > 1 else tensors[0]
    layer(argument)
    ordered = [*layer.trainable_weights, *layer.non_trainable_weights]
    trainable = {id(weight) for weight in layer.trainable_weights}
    weights = []
    for weight in ordered:
        shape = tuple(weight.shape)
        # A variance must be positive; whatever is learnt may be anything.
        low, high = (-0.5, 0.5) if id(weight) in trainable else (0.5, 1.5)
        array = rng.uniform(low, high, shape).astype(np.float32)
        weight.assign(array)
        weights.append(array)
    outputs = tf.nest.flatten(layer(argument))
    return {
        "inputs": inputs,
        "weights": weights,
        "weight_names": [weight.name for weight in ordered],
        "outputs": [np.asarray(output) for output in outputs],
    }


def _free(shapes: list[list[int]]) -> list[list[int | None]]:
    """The shapes of images with their sizes left free."""
    return [[None, None, None, s[3]] if len(s) == 4 else [None, *s[1:]] for s in shapes]


def _declared(
    keras: Any, layer_class: Any, config: dict[str, Any], shapes: list[list[int | None]], dtypes: list[str]
) -> list[list[int | None]] | None:
    """The output shapes that Keras tells beforehand; None where it needs sizes that are not said."""
    import tensorflow as tf

    try:
        inputs = [
            keras.Input(batch_shape=shape, dtype=dtype) for shape, dtype in zip(shapes, dtypes, strict=True)
        ]
        outputs = layer_class.from_config(config)(inputs if len(inputs) > 1 else inputs[0])
    except Exception:  # noqa: BLE001 - the user's own code may say anything
        return None
    return [list(output.shape) for output in tf.nest.flatten(outputs)]


def _values(rng: Any, shape: list[int], dtype: str) -> Array:
    if dtype.startswith("int"):
        return np.asarray(rng.integers(0, 4, shape), np.int32)
    if dtype == "bool":
        return np.asarray(rng.integers(0, 2, shape), np.bool_)
    return np.asarray(rng.normal(0, 1, shape), np.float32)
