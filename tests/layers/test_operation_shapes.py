"""The shapes of operations that no file tells are those that Keras gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.layers.operation import OPERATION, output_shapes
from converter.reading import Reader
from tests.lowering.comparing import few
from tests.lowering.operation_cases import CASES, build, values

pytestmark = [
    pytest.mark.runtime,
    # Keras's own, as it builds some of the models.
    pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning"),
]


@pytest.mark.parametrize("name", few(CASES))
def test_a_shape_that_is_not_told(name: str, tmp_path: Path) -> None:
    import keras
    from keras import tree

    inputs = values()
    model = build(CASES[name], inputs)
    model.save(tmp_path / "model.keras")
    with Reader() as reader:
        layers = reader.read(tmp_path / "model.keras").model.layers
    made = {operation.name: operation for operation in model.operations}
    for layer in (each for each in layers if each.class_name == OPERATION):
        operation = made[layer.name]
        given, gives = (tree.flatten(each) for each in (operation.input, operation.output))
        arrays = keras.Model(model.inputs, [*given, *gives])(list(inputs.values()))
        real = [tuple(array.shape) for array in arrays]
        before, after = real[: len(given)], real[len(given) :]
        untold = {**layer.config, "shapes": [None] * len(layer.config["shapes"])}
        assert list(output_shapes(untold, tuple(before)))[: len(after)] == after
        for_any_batch = output_shapes(untold, tuple(each.shape for each in given))
        for own, theirs, truth in zip(for_any_batch, gives, after, strict=False):
            assert own is not None
            assert all(size in {None, real} for size, real in zip(own, truth, strict=True))
            assert own.count(None) <= max(1, theirs.shape.count(None))
