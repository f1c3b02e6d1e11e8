"""Follows masks through a model as Keras does when it runs, and as TensorFlow.js would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from converter.layers.configuration import listed
from converter.layers.graph import Inferred, is_nested
from converter.layers.semantics.graph import Graph, Node, Tensor, graph_of
from converter.model import Model, TensorRef
from converter.passes.masks.mask import Mask, Masks
from converter.passes.masks.order import running_order
from converter.passes.masks.rules import ATTENTION, HEADS, RECURRENT, Rules, is_keras, reads_mask
from converter.passes.masks.written import Written

Place = tuple[str, str, int]
"""The path of a model, a layer in it, and which of its calls."""


@dataclass(eq=False)
class Seen:
    """What is known of one call.

    Attributes:
        node: the call.
        read: the masks that the layer computes with, by what they are called.
        implicit: the mask with which TensorFlow.js comes to the layer.
        written: whether the file hands it a mask.
        stays: whether its layer is left as TensorFlow.js has it.
    """

    node: Node
    read: dict[str, Mask]
    implicit: Mask | None
    written: bool
    stays: bool


@dataclass(eq=False)
class Follow:
    """One run over a model and the models in it.

    Attributes:
        keras: 2 or 3.
        stays: whether a call's layer is one of TensorFlow.js that is left as it is.
        seen: what was found, by place.
        crossing: the models over whose border a mask goes.
    """

    keras: int
    stays: Callable[[Node], bool]
    masks: Masks = field(default_factory=Masks)
    seen: dict[Place, Seen] = field(default_factory=dict)
    crossing: set[str] = field(default_factory=set)

    def model(
        self, model: Model, inferred: Inferred, given: Sequence[Mask | None] = (), path: str = ""
    ) -> list[Mask | None]:
        """The masks of the outputs of a model that is called on tensors with the masks ``given``."""
        graph = graph_of(model, inferred)
        run = _Run(self, graph, path, Rules(self.keras, self.masks))
        run.keras.update(zip(graph.inputs, given, strict=False))
        for node in running_order(graph, run.needs):
            run.call(node)
        return [run.keras.get(each) for each in graph.outputs]


class _Run:
    """One graph."""

    def __init__(self, follow: Follow, graph: Graph, path: str, rules: Rules) -> None:
        self.follow = follow
        self.graph = graph
        self.path = path
        self.rules = rules
        self.written = Written(rules)
        self.keras: dict[Tensor, Mask | None] = {}
        self.tfjs: dict[Tensor, Mask | None] = {}
        self._nested = {node.layer.name for node in graph.nodes.values() if is_nested(node.layer)}

    def needs(self, node: Node) -> Iterator[Tensor]:
        """Every tensor that a call is given."""
        yield from node.inputs
        yield from (each for each in self._handed(node) or () if each is not None)

    def call(self, node: Node) -> None:
        """Follows one call."""
        layer, config = node.layer, node.layer.config
        inputs = tuple(self._scoped(each) for each in node.inputs)
        own = [self.keras.get(each) for each in node.inputs]
        handed = self._handed(node)
        masks = own
        if handed is not None:
            masks = [
                each if tensor is None else self.written.mask(self._scoped(tensor))
                for tensor, each in zip([*handed, *(None,) * len(own)], own or [None], strict=False)
            ]
        read = self._read(node, masks, handed=handed is not None)
        place = (self.path, layer.name, node.call)
        implicit = self.tfjs.get(node.inputs[0]) if node.inputs else None
        self.follow.seen[place] = Seen(node, read, implicit, handed is not None, self.follow.stays(node))
        if layer.model is not None and is_nested(layer):
            found = self._inner(node, masks)
        else:
            purposes = self._purposes(node)
            found = self.rules.outputs(layer.class_name, config, inputs, self._of(purposes, masks))
        for position, output in enumerate(node.outputs):
            self.keras[output] = found[min(position, len(found) - 1)] if found else None
            self.tfjs[output] = self._implicit(node, inputs)
            if position == 0:
                self.written.learn(node, inputs, self._scoped(output))
        if layer.class_name in HEADS and self.rules.keras == 3:
            # The layer takes the masks off the tensors that it was given.
            for each in node.inputs:
                self.keras[each] = None

    def _scoped(self, tensor: Tensor) -> Tensor:
        return tensor._replace(layer=self.path + tensor.layer)

    def _handed(self, node: Node) -> list[Tensor | None] | None:
        """The tensors that the file hands over as masks, one for each input."""
        value = node.kwargs.get("mask")
        if value is None:
            return None
        one = self._ref(value)
        if one is not None:
            return [one]
        return [self._ref(each) for each in listed(value) or ()]

    def _ref(self, value: Any) -> Tensor | None:
        match listed(value):
            case [str() as layer, int() as call, int() as output]:
                return Tensor(layer, call - (layer in self._nested), output)
        return None

    @staticmethod
    def _purposes(node: Node) -> list[str]:
        roles = node.kwargs.get("tensors")
        if isinstance(roles, (list, tuple)) and len(roles) == len(node.inputs):
            return [str(role) for role in roles]
        if node.layer.class_name in HEADS | ATTENTION:
            return ["query", "value", "key"][: len(node.inputs)]
        return []

    @staticmethod
    def _of(purposes: list[str], masks: list[Mask | None]) -> list[Mask | None]:
        """The masks of what the output's follows, the query's first."""
        if "query" in purposes and len(purposes) == len(masks):
            return [masks[purposes.index("query")]]
        return masks

    def _read(self, node: Node, masks: list[Mask | None], *, handed: bool) -> dict[str, Mask]:
        """The masks that the layer computes with."""
        class_name = node.layer.class_name
        if class_name in HEADS | ATTENTION:
            purposes = self._purposes(node)
            return {
                f"{purpose}_mask": mask
                for purpose, mask in zip(purposes, masks, strict=False)
                if mask is not None
                and purpose in {"query", "value", "key"}
                and f"{purpose}_mask" not in purposes
                and not (class_name in ATTENTION and purpose == "key")
            }
        first = masks[0] if masks else None
        if first is None or not reads_mask(class_name, node.layer.config):
            return {}
        # Keras 3 takes the mask of a tensor by itself only where it is the only one.
        if self.rules.keras == 3 and class_name in RECURRENT and len(node.inputs) > 1 and not handed:
            return {}
        return {"mask": first}

    def _inner(self, node: Node, masks: list[Mask | None]) -> list[Mask | None]:
        layer = node.layer
        if layer.model is None or node.shapes.inner is None:
            return [None]
        path = f"{self.path}{layer.name}/"
        found = self.follow.model(layer.model, node.shapes.inner, masks, path)
        if any(mask is not None for mask in [*masks, *found]):
            self.follow.crossing.add(path)
        return found

    def _implicit(self, node: Node, inputs: tuple[Tensor, ...]) -> Mask | None:
        """The mask that TensorFlow.js gives the outputs."""
        masks = [self.tfjs.get(each) for each in node.inputs]
        layer = node.layer
        if is_nested(layer):
            return None
        if not self.follow.seen[self.path, layer.name, node.call].stays or not is_keras(layer.class_name):
            known = all(mask is None for mask in masks)
            return None if known else self.rules.masks.make("unknown", inputs, tuple(masks))
        if any(mask is not None for mask in masks) and len(masks) > 1 and layer.class_name not in RECURRENT:
            return self.rules.masks.make("unknown", inputs, tuple(masks))
        found: Mask | None = self.rules.outputs(layer.class_name, layer.config, inputs, masks)[0]
        return found


def reference(tensor: Tensor, nested: frozenset[str]) -> TensorRef:
    """A tensor as ``Model`` refers to it."""
    return TensorRef(tensor.layer, tensor.call + (tensor.layer in nested), tensor.output)
