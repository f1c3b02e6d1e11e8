"""The process in which Keras makes the models of the corpus.

``python -m tests.corpus.generate MAJOR FOLDER`` reads the name of a case and formats from each line of stdin,
and answers with a line of JSON on stdout once the files stand in the folder: ``NAME.keras``, ``NAME.h5``, and
``NAME.npz`` with inputs and expected outputs.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.corpus.cases import Case, all_cases
from tests.corpus.kit import Kit
from tests.corpus.values import make_inputs, randomize


def main(major: int, folder: Path) -> None:
    """Answers until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is no answer
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    kit = Kit(major)
    cases = all_cases()
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    for line in sys.stdin:
        name, *formats = line.split()
        answer = make(cases[name], kit, folder, formats)
        (folder / f"{name}.json").write_text(json.dumps(answer))
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def make(case: Case, kit: Kit, folder: Path, formats: Sequence[str]) -> dict[str, Any]:
    """Writes the files of one case, and tells what Keras says against it.

    Args:
        case: what to build.
        kit: with which Keras.
        folder: where to.
        formats: those to save.

    Returns:
        ``name``; ``error``, what keeps it from being built or run; ``unsaved``, why by format.
    """
    answer: dict[str, Any] = {"name": case.name, "error": "", "unsaved": {}}
    try:
        model = _build(case, kit, low=True)
        inputs = make_inputs(case.name, model, case.values)
        outputs = run(_reference(case, kit, model), inputs)
        answer["error"] = _trouble(case, outputs)
        named = {f"in{index:02}": array for index, array in enumerate(inputs)}
        named |= {f"out{index:02}": array for index, array in enumerate(outputs)}
        np.savez(folder / f"{case.name}.npz", **named)
    except Exception as error:  # noqa: BLE001 - whatever Keras says is the answer
        answer["error"] = f"{type(error).__name__}: {error}"
        return answer
    for extension in formats:
        try:
            model.save(folder / f"{case.name}.{extension}")
        except Exception as error:  # noqa: BLE001 - likewise
            answer["unsaved"][extension] = f"{type(error).__name__}: {error}"
    return answer


def _build(case: Case, kit: Kit, *, low: bool) -> Any:
    kit.keras.backend.clear_session()
    kit.keras.utils.set_random_seed(1)
    kit.low, kit.lowered = low, False
    with _policy(kit, case.policy if low else ""):
        model = case.build(kit)
    if low:
        randomize(case.name, model)
        for layer in model.layers:
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()  # Normalization takes what it uses from the weights
        if case.weights is not None:
            case.weights(kit, model)
    return model


@contextlib.contextmanager
def _policy(kit: Kit, name: str) -> Iterator[None]:
    if not name:
        yield
        return
    room = kit.keras.mixed_precision if kit.major == 2 else kit.keras.config
    set_policy = room.set_global_policy if kit.major == 2 else room.set_dtype_policy
    set_policy(name)
    try:
        yield
    finally:
        set_policy("float32")


def _reference(case: Case, kit: Kit, model: Any) -> Any:
    """What computes the expected outputs: in float32, whatever the model itself computes in."""
    if case.reference is not None:
        return case.reference(kit, model)
    if not case.policy and not kit.lowered:
        return model
    stored = [np.asarray(weight).astype("float32") for weight in model.get_weights()]
    twin = _build(case, kit, low=False)
    twin.set_weights(stored)
    return twin


def run(model: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a model; compiled where TensorFlow's plain CPU kernels lack a layout."""
    import tensorflow as tf

    tensors = [tf.constant(array) for array in arrays]
    inputs = _arranged(model, tensors)
    try:
        outputs = model(inputs, training=False)
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        compiled = tf.function(lambda given: model(given, training=False), jit_compile=True)
        outputs = compiled(inputs)
    return [np.asarray(each) for each in tf.nest.flatten(outputs)]


def _arranged(model: Any, tensors: list[Any]) -> Any:
    """The inputs in the structure that the model was built with."""
    import tensorflow as tf

    struct = getattr(model, "_inputs_struct", None)
    if struct is None:
        struct = getattr(model, "_nested_inputs", None)
    if struct is None:
        return tensors if len(tensors) > 1 else tensors[0]
    return tf.nest.pack_sequence_as(struct, tensors)


def _trouble(case: Case, outputs: list[np.ndarray]) -> str:
    for array in outputs:
        if array.dtype.kind not in "fiub":
            return f"an output is of {array.dtype}"
        if not np.isfinite(array.astype("float64")).all():
            return "an output is not finite"
    if not case.constant and all(array.size and np.ptp(array.astype("float64")) == 0 for array in outputs):
        return "the outputs are the same everywhere"
    return ""


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
