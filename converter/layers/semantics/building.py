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
    nested = {layer.name for layer in model.layers if is_nested(layer)}
    for ref in (
        *model.outputs,
        *(ref for layer in model.layers for call in layer.calls for ref in call.inputs),
    ):
        if ref.layer in nested and ref.node < 1:
            raise _refusal(
                path + ref.layer,
                "the calls of this model are counted from 0, and TensorFlow.js counts them from 1: it would "
                "take the model's own insides.",
                "Save the model from tf.keras 2 again, in which nested models have an input.",
            )
    made = _make(model, nested, path)
    for layer in model.layers:
        calls = made.get(layer.name, [])
        if calls != sorted(calls):
            raise _refusal(
                path + layer.name,
                "it is shared, and TensorFlow.js makes its calls in another order than Keras did, so that it "
                "would mix up what they give.",
                _CLONE,
            )


def _make(model: Model, nested: set[str], path: str) -> dict[str, list[int]]:
    """The calls of each layer in the order in which TensorFlow.js makes them."""
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
    tries = 0

    def exists(ref: TensorRef) -> bool:
        return ref.node < count.get(ref.layer, 0)

    while waiting:
        before = tries
        progress = False
        for name in list(waiting):
            left = []
            for number in waiting[name]:
                tries += 1
                if all(map(exists, calls[name][number].inputs)):
                    made.setdefault(name, []).append(number)
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
