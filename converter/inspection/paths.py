"""Naming every layer of a model, those in nested models included."""

from __future__ import annotations

from collections.abc import Iterator

from converter.layers.configuration import brief
from converter.model import Layer, Model


def walk(model: Model, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Every layer with its path, ``outer/inner``; the layers of a nested model behind it."""
    for layer in model.layers:
        yield f"{path}{layer.name}", layer
        if layer.model is not None:
            yield from walk(layer.model, f"{path}{layer.name}/")


class Places:
    """Finds the layers that an error or a doubt is about, which name them in words."""

    def __init__(self, model: Model) -> None:
        self._found: dict[str, list[str]] = {}
        for path, layer in walk(model):
            for words in {f"layer {brief(path)}", f"layer {brief(layer.name)}", f"layer '{layer.name}'"}:
                self._found.setdefault(words, []).append(path)
            for weight in layer.weights:
                self._found.setdefault(weight.name, []).append(path)

    def __call__(self, where: str) -> list[str]:
        """The paths of the layers that ``where`` names, perhaps several of the same name."""
        return self._found.get(where, [])
