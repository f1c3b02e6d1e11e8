"""How ``tf.loadLayersModel`` puts a graph together, which decides what its references mean.

It goes through the layers again and again and makes every call whose inputs exist by then, so that the
calls of a shared layer may be made in another order than Keras made them, while references still count
them in Keras's order:
https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/engine/container.ts (fromConfig)
"""

from __future__ import annotations

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.layers.graph import is_nested
from converter.model import Model, TensorRef

_MOST_TRIES = 2_000_000
_CLONE = "Give each use a layer of its own with the same weights, and save the model again."


def check_order(model: Model, path: str = "") -> None:
    """Refuses a graph that TensorFlow.js would put together in another way.

    Args:
        model: one model; those nested in it are not looked at.
        path: the names of the models around it, for messages.

    Raises:
        UnsupportedError: ``layer-semantics``.
    """
    late = from_zero(model)
    if late is not None:
        raise _refusal(
            path + late,
            "the calls of this model are counted from 0, and TensorFlow.js counts them from 1: it would "
            "take the model's own insides.",
            "Save the model from tf.keras 2 again, in which nested models have an input.",
        )
    made = made_calls(model, path)
    for layer in model.layers:
        calls = made.get(layer.name, [])
        if calls != sorted(calls):
            raise _refusal(
                path + layer.name,
                "it is shared, and TensorFlow.js makes its calls in another order than Keras did, so that it "
                "would mix up what they give.",
                _CLONE,
            )


def from_zero(model: Model) -> str | None:
    """A nested model whose calls are counted from 0, as Keras 2 did in models that were built late."""
    nested = {layer.name for layer in model.layers if is_nested(layer)}
    refs = [*model.outputs, *(ref for layer in model.layers for call in layer.calls for ref in call.inputs)]
    return next((ref.layer for ref in refs if ref.layer in nested and ref.node < 1), None)


def made_calls(model: Model, path: str = "", *, by_count: bool = True) -> dict[str, list[int]]:
    """The calls of each layer in the order in which TensorFlow.js makes them.

    Args:
        model: one model; those nested in it are not looked at.
        path: the names of the models around it, for messages.
        by_count: whether references mean what they mean to TensorFlow.js, which counts the calls as it
            makes them; else they mean those that stand there.

    Raises:
        UnsupportedError: ``layer-semantics`` where it would not come to an end.
    """
    nested = {layer.name for layer in model.layers if is_nested(layer)}
    count = {
        layer.name: 1 if layer.class_name == "InputLayer" or layer.name in nested else 0
        for layer in model.layers
    }
    waiting = {
        layer.name: list(range(len(layer.calls)))
        for layer in model.layers
        if layer.calls and layer.class_name != "InputLayer"
    }
    calls = {layer.name: layer.calls for layer in model.layers}
    made: dict[str, list[int]] = {}
    done = {(layer.name, 0) for layer in model.layers if layer.class_name == "InputLayer"}
    tries = 0

    def exists(ref: TensorRef) -> bool:
        if by_count:
            return ref.node < count.get(ref.layer, 0)
        return (ref.layer, ref.node - (ref.layer in nested)) in done

    while waiting:
        before = tries
        progress = False
        for name in list(waiting):
            left = []
            for number in waiting[name]:
                tries += 1
                if all(map(exists, calls[name][number].inputs)):
                    made.setdefault(name, []).append(number)
                    done.add((name, number))
                    count[name] += 1
                    progress = True
                else:
                    left.append(number)
            if left:
                waiting[name] = left
            else:
                del waiting[name]
        if not progress or tries > _MOST_TRIES:
            name = next(iter(waiting))
            raise _refusal(
                path + name,
                f"TensorFlow.js would {'look for its inputs for ever' if not progress else 'take too long'} "
                f"as it loads the model ({tries - before} calls wait for others).",
                "Save the model from Keras again, which puts the layers in the order of the graph.",
            )
    return made


def _refusal(name: str, why: str, fix: str) -> UnsupportedError:
    return UnsupportedError("layer-semantics", f"layer {brief(name)}", why, fix)
