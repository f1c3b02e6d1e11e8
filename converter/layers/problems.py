"""The errors about a model's configuration and shapes, in words for people."""

from __future__ import annotations

from converter.errors import SourceError
from converter.layers.configuration import brief
from converter.layers.rule import RuleError
from converter.model import Layer, TensorRef


def where(layer: Layer, path: str) -> str:
    """How messages name a layer: ``layer 'inner/conv' (Conv2D)``."""
    return f"layer {brief(path + layer.name)} ({brief(layer.class_name)[1:-1]})"


def refusal(layer: Layer, path: str, error: RuleError) -> SourceError:
    """What the user is told of a rule's error."""
    if error.key:
        return malformed(where(layer, path), error)
    return contradiction(where(layer, path), error.why)


def malformed(here: str, error: RuleError) -> SourceError:
    """A configuration that Keras would not write."""
    return SourceError(
        "layer-config",
        here,
        f"its configuration {error.why}.",
        "Keras does not write this: the file is damaged or was edited. Save the model from Keras again.",
    )


def contradiction(here: str, why: str) -> SourceError:
    """Shapes or references that do not fit each other."""
    return SourceError(
        "shape-contradiction",
        here,
        f"{why}: model_config lies about shapes.",
        "No such model can have run: the file is damaged or was edited. Save the model from Keras again.",
    )


def dangling(ref: TensorRef) -> RuleError:
    """A reference to a tensor that nothing makes."""
    tensor = f"output {ref.output} of call {ref.node} of the layer {brief(ref.layer)}"
    return RuleError(f"it uses {tensor}, which does not exist")


def twice(layer: Layer, path: str) -> SourceError:
    """A name that does not tell two layers apart."""
    return contradiction(where(layer, path), "two layers of one model have this name")
