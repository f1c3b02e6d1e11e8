"""Shapes through a whole model, and whether its weights are those that its configuration demands."""

from __future__ import annotations

from converter.errors import SourceError
from converter.layers.configuration import brief
from converter.layers.graph import Inference, Inferred, is_nested
from converter.layers.problems import refusal, where
from converter.layers.rule import RuleError, Shapes, WeightSpecs, outputs_of, show
from converter.layers.table import RULES
from converter.model import Layer, Model, Shape, Weight


def infer(model: Model, inputs: Shapes | None = None) -> Inferred:
    """The shapes at every call of every layer, batch dimension included.

    Args:
        model: any model; layers of a class that is not known give unknown shapes.
        inputs: what the model is called on; sizes left open come from the shapes it declares.

    Raises:
        SourceError: if a configuration is malformed (``layer-config``), the shapes contradict each
            other (``shape-contradiction``), or the graph is too deep or too large.
    """
    try:
        return Inference(RULES).model(model, inputs)
    except RecursionError:
        raise _too_deep(f"model {brief(model.name)}") from None


def check_weights(model: Model, inferred: Inferred | None = None) -> None:
    """Compare the stored weights of every layer, in their order, with what its configuration demands.

    Args:
        model: its layers hold their weights in the order in which Keras saves them.
        inferred: the result of ``infer(model)``, if it is at hand.

    Raises:
        SourceError: if a layer lacks a weight (``weights-missing``), has one too many
            (``weights-surplus``) or one of another shape (``weight-shape``), and as ``infer`` does.
    """
    inference = Inference(RULES)
    try:
        _check(inference, model, infer(model) if inferred is None else inferred, "", set())
    except RecursionError:
        raise _too_deep(f"model {brief(model.name)}") from None


def output_shapes(layer: Layer, inputs: Shapes) -> Shapes | None:
    """The shape of each output of one layer called on ``inputs``; ``None`` if nothing is known of it.

    Raises:
        SourceError: as ``infer`` does.
    """
    if is_nested(layer) and layer.model is not None:
        return infer(layer.model, inputs).outputs
    rule = RULES.get(layer.class_name)
    try:
        return None if rule is None else outputs_of(rule, layer.config, inputs)
    except RuleError as error:
        raise refusal(layer, "", error) from None
    except RecursionError:
        raise _too_deep(where(layer, "")) from None


def weight_specs(layer: Layer, inputs: Shapes | None = None) -> WeightSpecs | None:
    """The weights of one layer, in the order in which Keras saves them; ``None`` if nothing is known.

    Args:
        layer: any layer but a nested model, whose weights belong to the layers inside.
        inputs: what the layer is called on, if that is known; sizes that follow from it are ``None`` if not.

    Raises:
        SourceError: as ``infer`` does.
    """
    try:
        return Inference(RULES).weights(layer, inputs)
    except RecursionError:
        raise _too_deep(where(layer, "")) from None


def _check(inference: Inference, model: Model, inferred: Inferred, path: str, seen: set[int]) -> None:
    if id(inferred) in seen:
        return
    seen.add(id(inferred))
    for layer in model.layers:
        calls = inferred.layers[layer.name]
        if layer.model is not None:
            inside = f"{path}{layer.name}/"
            inner = [call.inner for call in calls if call.inner is not None]
            for shapes in inner or [inference.model(layer.model, None, inside)]:
                _check(inference, layer.model, shapes, inside, seen)
            continue
        # Every call must ask for the same weights; the first is the one that made them.
        for inputs in dict.fromkeys(call.inputs for call in calls) or (None,):
            specs = inference.weights(layer, inputs, path)
            if specs is not None:
                _compare(layer, path, specs)


def _compare(layer: Layer, path: str, specs: WeightSpecs) -> None:
    if len(layer.weights) != len(specs):
        raise _miscounted(where(layer, path), specs, layer.weights)
    for spec, weight in zip(specs, layer.weights, strict=True):
        if not _matches(spec.shape, weight.shape):
            raise SourceError(
                "weight-shape",
                where(layer, path),
                f"the weight {brief(weight.name)} is stored with shape {show(weight.shape)}, but as "
                f"{brief(spec.name)} it must have {show(spec.shape)}: "
                "weights and configuration do not belong together.",
                "If they come from two files, check that these are of the same model; "
                "else save the model from Keras again.",
            )


def _matches(demanded: Shape | None, stored: Shape) -> bool:
    if demanded is None:
        return True
    return len(demanded) == len(stored) and all(
        size is None or size == own for size, own in zip(demanded, stored, strict=True)
    )


def _miscounted(here: str, specs: WeightSpecs, weights: tuple[Weight, ...]) -> SourceError:
    """The error for too many or too few weights; their names only serve to say which."""
    counts = f"its configuration demands {len(specs)} weights and the file holds {len(weights)}"
    if len(weights) < len(specs):
        stored = {_last(weight.name) for weight in weights}
        lost = next((spec for spec in specs if _last(spec.name) not in stored), specs[len(weights)])
        return SourceError(
            "weights-missing",
            here,
            f"it lacks the weight {brief(lost.name)} of shape {show(lost.shape)}: {counts}.",
            "Save the whole model from Keras again, or give the weights that belong to it.",
        )
    wanted = {_last(spec.name) for spec in specs}
    spare = next((weight for weight in weights if _last(weight.name) not in wanted), weights[len(specs)])
    return SourceError(
        "weights-surplus",
        here,
        f"the weight {brief(spare.name)} of shape {show(spare.shape)} has no place in it: {counts}.",
        "The weights belong to another model, or it was edited: save the model from Keras again.",
    )


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _too_deep(here: str) -> SourceError:
    return SourceError(
        "graph-too-deep",
        here,
        "it holds models or layers within each other, more levels than can be followed.",
        "No real model does; the file is damaged or hostile.",
    )
