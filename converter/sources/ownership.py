"""Weights given to the layers they belong to, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from converter.errors import SourceError
from converter.layers import embedded
from converter.layers.configuration import brief
from converter.model import Layer, Model, Weight

MAX_PARTS = 64
"""The most slashes in a name that are believed."""


def order_of(weights: Iterable[Weight]) -> tuple[str, ...]:
    """The names of the weights, each once.

    Raises:
        SourceError: when one cannot be printed.
    """
    found: dict[str, None] = {}
    for weight in weights:
        if not weight.name.isprintable():
            raise SourceError(
                "weight-name",
                f"weight {brief(weight.name)}",
                "its name holds characters that cannot be printed.",
                "Save the model from Keras again, with model.save().",
            )
        found[weight.name] = None
    return tuple(found)


def distribute(model: Model, weights: Iterable[Weight], where: str) -> Model:
    """Gives each weight to the layer whose name, or the name of a layer inside it, begins its own.

    Raises:
        SourceError: when no layer's does.
    """
    owners = {
        prefix: layer.name
        for layer in model.layers
        for prefix in (layer.name, *(inner.name for inner in _inside(layer)))
    }
    shares: dict[str, list[Weight]] = {layer.name: [] for layer in model.layers}
    for weight in weights:
        shares[_owner(weight.name, owners, where)].append(weight)
    return replace(model, layers=tuple(give(layer, shares[layer.name]) for layer in model.layers))


def _inside(layer: Layer) -> Iterator[Layer]:
    """The layers of a nested model, or of one inside a wrapper."""
    spec = layer.config.get("layer")
    model = layer.model
    if model is None and isinstance(spec, Mapping) and spec.get("class_name") in embedded.CLASSES:
        model = embedded.read(spec["class_name"], spec.get("config"))
    return iter(()) if model is None else model.walk()


def give(layer: Layer, weights: Sequence[Weight]) -> Layer:
    """The layer with its weights; those of a nested model go to the layers inside."""
    if layer.model is None:
        return replace(layer, weights=tuple(weights))
    return replace(layer, model=distribute(layer.model, weights, layer.name))


def _owner(name: str, owners: dict[str, str], where: str) -> str:
    """The longest of the prefixes, since layer names may hold slashes themselves."""
    parts = name.split("/", MAX_PARTS)
    for length in range(len(parts) - 1, 0, -1):
        owner = owners.get("/".join(parts[:length]))
        if owner is not None:
            return owner
    raise SourceError(
        "weight-without-layer",
        f"weight {brief(name)}",
        f"no layer of '{where}' has this weight.",
        "Save the model from Keras again, with model.save().",
    )
