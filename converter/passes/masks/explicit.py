"""Decides whose masks a model has in TensorFlow.js, and writes them into the graph where they are its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from converter.errors import UnsupportedError
from converter.layers import TFJS_LAYERS, Inferred, infer
from converter.layers.configuration import brief
from converter.layers.graph import is_nested
from converter.layers.operation import OPERATION
from converter.layers.semantics.execution import Execution
from converter.layers.semantics.graph import Node, Tensor
from converter.model import Call, Layer, Model, TensorRef
from converter.passes.base import Change, Pass, PassResult, map_layers, unused
from converter.passes.lowering.base import Site
from converter.passes.lowering.engine import Lower
from converter.passes.masks.flatten import as_graphs, dissolved
from converter.passes.masks.follow import Follow, Seen
from converter.passes.masks.mask import Mask
from converter.passes.masks.rules import ATTENTION, HEADS, RECURRENT, is_keras, makes_mask

_WHY = "TensorFlow.js masks other steps than Keras here"
_FIX = "Take the Masking (or mask_zero) out and train without it, or save the parts as models of their own."


class ExplicitMasks(Pass):
    """Hands masks to layers as tensors, wherever those that TensorFlow.js passes on by itself are wrong.

    Args:
        lower: the lowering that follows.
        custom_layers: whether classes of the layer library may be used.
    """

    def __init__(self, lower: Lower, *, custom_layers: bool = True) -> None:
        self._lower = lower
        self._custom_layers = custom_layers

    def __call__(self, model: Model) -> PassResult:
        """Leaves the model without masks among the arguments of its calls.

        Raises:
            UnsupportedError: ``mask`` where a mask is not known, or takes a custom layer; and as lowering
                does.
        """
        layers = list(model.walk())
        makers = any(makes_mask(layer.class_name, layer.config) for layer in layers)
        handed = any("mask" in call.kwargs for layer in layers for call in layer.calls)
        states = any(
            layer.class_name in RECURRENT and len(call.inputs) > 1 for layer in layers for call in layer.calls
        )
        nested = any(layer.model is not None for layer in layers)
        if not (makers or handed or (states and nested)):
            return PassResult(model)
        graph = as_graphs(model, infer(model))
        follow, inferred = self._followed(graph)
        plain = without_masks(model)
        agreed = all(map(_agrees, follow.seen.values()))
        if agreed and self._is_right(plain):
            return PassResult(plain)
        if not self._custom_layers:
            _check_alone(follow)
            return PassResult(plain)
        if follow.crossing or (states and nested):
            graph = dissolved(graph)
            follow, inferred = self._followed(graph)
        if not any(seen.read or seen.node.layer.class_name in RECURRENT for seen in follow.seen.values()):
            return PassResult(plain)
        writer = _Writer(follow, {layer.name for layer in graph.walk()})
        written = writer.model(graph, inferred, "")
        return PassResult(written, (Change("masks as tensors", tuple(writer.touched), _WHY),))

    def _followed(self, model: Model) -> tuple[Follow, Inferred]:
        keras = 3 if model.keras_version.startswith("3.") else 2
        inferred = infer(model)

        def stays(node: Node) -> bool:
            return self._stays(node, keras)

        follow = Follow(keras, stays)
        follow.model(model, inferred)
        return follow, inferred

    def _stays(self, node: Node, keras: int) -> bool:
        """Whether a layer remains what TensorFlow.js has under its name."""
        if node.layer.class_name not in TFJS_LAYERS:
            return False
        kwargs = {key: value for key, value in node.kwargs.items() if key != "mask"}
        try:
            part = self._lower.expansion.expand(Site(node.layer, node.shapes.inputs, kwargs, keras=keras))
        except UnsupportedError:
            return False
        return part is None or [step.class_name for step in part.steps] == [node.layer.class_name]

    def _is_right(self, model: Model) -> bool:
        """Whether TensorFlow.js's own masks are right in what becomes of a model."""
        lowered = self._lower(model).model
        try:
            Execution().run(lowered, infer(lowered))
        except UnsupportedError:
            return False
        return True


def _check_alone(follow: Follow) -> None:
    """Refuses what the checks behind the passes cannot see, which know Keras 2 and no masks by name."""
    for (path, name, _), seen in follow.seen.items():
        if (seen.written or follow.keras == 3) and not _agrees(seen):
            raise UnsupportedError(
                "mask",
                f"layer {brief(path + name)}",
                "the mask that it has in Keras is not the one that TensorFlow.js passes on by itself.",
                "Leave out --no-custom-layers: custom layers take masks as tensors.",
            )


def _agrees(seen: Seen) -> bool:
    """Whether TensorFlow.js comes to a layer with the mask that Keras does, where that matters."""
    class_name = seen.node.layer.class_name
    if not seen.read:
        return seen.implicit is None or class_name not in RECURRENT or not seen.stays
    return class_name in RECURRENT and seen.stays and seen.read.get("mask") is seen.implicit


def _has_states(seen: Seen) -> bool:
    return seen.node.layer.class_name in RECURRENT and len(seen.node.inputs) > 1


def without_masks(model: Model) -> Model:
    """The model without masks among the arguments of calls, and without operations that made them."""

    def bare(layer: Layer) -> Layer:
        if layer.model is not None:
            layer = replace(layer, model=_pruned(layer.model))
        return replace(layer, calls=tuple(map(_bare, layer.calls)))

    return _pruned(map_layers(model, bare))


def _bare(call: Call) -> Call:
    if "mask" not in call.kwargs:
        return call
    return replace(call, kwargs={key: value for key, value in call.kwargs.items() if key != "mask"})


def _pruned(model: Model) -> Model:
    """The model without operations whose results nothing uses."""
    if model.kind == "sequential":
        return model
    by_name = {layer.name: layer for layer in model.layers}
    pending = [ref.layer for ref in model.outputs]
    pending += [
        ref.layer
        for layer in model.layers
        if layer.class_name != OPERATION
        for call in layer.calls
        for ref in call.inputs
    ]
    used: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in used and name in by_name:
            used.add(name)
            pending += [ref.layer for call in by_name[name].calls for ref in call.inputs]
    kept = tuple(layer for layer in model.layers if layer.class_name != OPERATION or layer.name in used)
    return replace(model, layers=kept)


class _Writer:
    """Writes the masks into the graphs of one model."""

    def __init__(self, follow: Follow, taken: set[str]) -> None:
        self._follow = follow
        self.taken = taken
        self.touched: list[str] = []

    def model(self, model: Model, inferred: Inferred, path: str) -> Model:
        """One graph, and those in it."""
        nested = frozenset(layer.name for layer in model.layers if is_nested(layer))
        makers = _Makers(self, path, nested)
        layers = [self._layer(layer, inferred, path, makers) for layer in model.layers]
        placed: list[Layer] = []
        waiting = list(makers.layers)
        done: set[str] = set()
        for layer in layers:
            placed.append(layer)
            done.add(layer.name)
            ready = [each for each in waiting if {ref.layer for ref in each.calls[0].inputs} <= done]
            while ready:
                placed += ready
                done.update(each.name for each in ready)
                waiting = [each for each in waiting if each.name not in done]
                ready = [each for each in waiting if {ref.layer for ref in each.calls[0].inputs} <= done]
        return _pruned(replace(model, layers=(*placed, *waiting)))

    def _layer(self, layer: Layer, inferred: Inferred, path: str, makers: _Makers) -> Layer:
        if layer.model is not None and is_nested(layer):
            inner = [call.inner for call in inferred.layers[layer.name] if call.inner is not None]
            if inner:
                own = self.model(layer.model, inner[0], f"{path}{layer.name}/")
                layer = replace(layer, model=own, calls=tuple(map(_bare, layer.calls)))
            return layer
        calls = tuple(
            self._call(layer, number, call, path, makers) for number, call in enumerate(layer.calls)
        )
        layer = replace(layer, calls=calls)
        if not makes_mask(layer.class_name, layer.config):
            return layer
        if layer.class_name == "Masking":
            value = layer.config.get("mask_value", 0.0)
            return replace(layer, class_name="KerasMasking", config={**layer.config, "mask_value": value})
        return replace(layer, config={**layer.config, "mask_zero": False})

    def _call(self, layer: Layer, number: int, call: Call, path: str, makers: _Makers) -> Call:
        seen = self._follow.seen.get((path, layer.name, number))
        call = _bare(call)
        if seen is None or not (seen.read or _has_states(seen)):
            if seen is not None and seen.written and not is_keras(layer.class_name):
                raise UnsupportedError(
                    "mask",
                    f"layer {brief(path + layer.name)}",
                    f"it is handed a mask, and what {brief(layer.class_name)} does with it is not known.",
                    _FIX,
                )
            return call
        for mask in seen.read.values():
            if not mask.is_known:
                raise UnsupportedError(
                    "mask",
                    f"layer {brief(path + layer.name)}",
                    "a mask comes to it through a layer of which it is not known what it does to masks.",
                    _FIX,
                )
        self.touched.append(path + layer.name)
        roles = call.kwargs.get("tensors") or _roles(layer.class_name, len(call.inputs))
        refs = [makers.ref(mask) for mask in seen.read.values()]
        kwargs = {**call.kwargs, "tensors": [*roles, *seen.read]}
        return replace(call, inputs=(*call.inputs, *refs), kwargs=kwargs)


def _roles(class_name: str, count: int) -> list[str]:
    if class_name in HEADS | ATTENTION:
        return ["query", "value", "key"][:count]
    return ["inputs", *["initial_state"] * (count - 1)]


class _Makers:
    """The layers that make the masks of one graph."""

    def __init__(self, writer: _Writer, path: str, nested: frozenset[str]) -> None:
        self._writer = writer
        self._path = path
        self._nested = nested
        self._refs: dict[Mask, TensorRef] = {}
        self.layers: list[Layer] = []

    def ref(self, mask: Mask) -> TensorRef:
        """The tensor that a mask is, made by a new layer if there is none yet."""
        for each in reversed(list(_inner_first(mask))):
            if each not in self._refs:
                self._refs[each] = self._made(each)
        return self._refs[mask]

    def _made(self, mask: Mask) -> TensorRef:
        if mask.kind == "given":
            return self._tensor(mask.tensors[0])
        settings: dict[str, Any] = {"of": mask.kind, **dict(mask.settings)}
        masks = [self._refs[each] for each in mask.masks if each is not None]
        if mask.kind == "joined":
            settings["masked"] = [each is not None for each in mask.masks]
        inputs = [*map(self._tensor, mask.tensors), *masks]
        source = inputs[0].layer
        name = unused(f"{source}_mask", self._writer.taken)
        config = {"name": name, "trainable": False, "dtype": "float32", **settings}
        self.layers.append(Layer(name, "KerasMask", config, (Call(tuple(inputs)),)))
        return TensorRef(name, 0, 0)

    def _tensor(self, tensor: Tensor) -> TensorRef:
        layer = tensor.layer.removeprefix(self._path)
        return TensorRef(layer, tensor.call + (layer in self._nested), tensor.output)


def _inner_first(mask: Mask) -> Iterator[Mask]:
    """A mask and those within it in an order that, read backwards, has the inner ones first."""
    order: dict[Mask, None] = {}
    pending: list[tuple[Mask, bool]] = [(mask, False)]
    done: list[Mask] = []
    while pending:
        each, ready = pending.pop()
        if ready:
            done.append(each)
        elif each not in order:
            order[each] = None
            pending.append((each, True))
            pending += [(inner, False) for inner in each.masks if inner is not None]
    yield from reversed(done)
