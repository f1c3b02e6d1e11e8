"""What a model asks of its inputs and promises of its outputs: shapes, types and the range of values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from converter.errors import UsageError
from converter.model import Layer, Model, Shape

IMAGE_CHANNELS = {1, 3, 4}
DEFAULT_RANGE = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Input:
    """One input tensor.

    Attributes:
        name: the name of its layer.
        shape: with the batch dimension; None where it is free.
        dtype: as the layer declares it.
        vocabulary: how many different integers an embedding behind it takes, if there is one.
    """

    name: str
    shape: Shape
    dtype: str
    vocabulary: int | None = None

    @property
    def is_image(self) -> bool:
        """Whether pictures can go in: batch, height, width, and 1, 3 or 4 channels."""
        return len(self.shape) == 4 and self.shape[3] in IMAGE_CHANNELS and self.vocabulary is None


@dataclass(frozen=True, eq=False)
class Contract:
    """What goes in; ``range_assumed`` tells whether anybody said so.

    Attributes:
        inputs: in the model's order.
        input_range: the smallest and the largest value that the model was trained on.
    """

    inputs: tuple[Input, ...]
    input_range: tuple[float, float]
    range_assumed: bool

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def contract_of(model: Model, input_range: tuple[float, float] | None) -> Contract:
    """The contract of a model.

    Raises:
        UsageError: when the range is empty.
    """
    if input_range is not None and not input_range[0] < input_range[1]:
        low, high = input_range
        raise UsageError("input-range", "--input-range", f"{low:g},{high:g} is no range.", "Give LOW,HIGH.")
    return Contract(
        inputs=tuple(_inputs(model)),
        input_range=input_range or DEFAULT_RANGE,
        range_assumed=input_range is None,
    )


def _inputs(model: Model) -> list[Input]:
    if model.kind == "sequential":
        first = model.layers[0]
        if first.model is not None:
            return _inputs(first.model)
        followers = model.layers[1:2] if first.class_name == "InputLayer" else (first,)
        return [_input(first, followers, model)]
    by_name = {layer.name: layer for layer in model.layers}
    return [
        _input(
            by_name[ref.layer],
            tuple(
                layer
                for layer in model.layers
                if any(ref.layer == source.layer for call in layer.calls for source in call.inputs)
            ),
            model,
        )
        for ref in model.inputs
    ]


def _input(layer: Layer, followers: tuple[Layer, ...], model: Model) -> Input:
    shape = layer.config.get("batch_input_shape") or model.config.get("build_input_shape") or ()
    vocabularies = [f.config.get("input_dim") for f in followers if f.class_name == "Embedding"]
    sizes = [size for size in vocabularies if isinstance(size, int)]
    return Input(
        layer.name, tuple(shape), str(layer.config.get("dtype") or "float32"), min(sizes, default=None)
    )
