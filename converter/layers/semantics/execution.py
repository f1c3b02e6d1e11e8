"""How TensorFlow.js runs a graph: in which order, when it frees tensors, and what leaks between layers.

Its executor keeps one object of arguments for a whole run. It sets ``mask`` there when a layer's inputs
have one, and never clears it; recurrent layers and the Softmax layer read it, whatever their own inputs
are. Tensors are freed by a count that takes a tensor given twice to one layer for two uses:
https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/engine/executor.ts (execute)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.errors import SourceError
from converter.layers.configuration import brief
from converter.layers.embedded import CLASSES
from converter.layers.graph import MOST_CALLS, Inferred, is_nested
from converter.layers.registry import TFJS_LAYERS
from converter.layers.semantics.declared import check_declared
from converter.layers.semantics.doubt import EVERYWHERE, Doubt, Site
from converter.layers.semantics.graph import Graph, Node, Tensor, graph_of
from converter.layers.semantics.masks import STEP_BY_STEP, Mask, in_keras, in_tfjs, returns_sequences
from converter.layers.semantics.recurrent import LAYERS
from converter.model import Config, Layer, Model

Arguments = dict[str, Any]
"""What TensorFlow.js hands from layer to layer: ``mask``, and ``initialState`` once there was one."""

_UNMASK = (
    "Take the Masking (or mask_zero) out and train without it, or save the parts as models of their own."
)
_RANDOM = frozenset(
    {"AlphaDropout", "BatchNormalization", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"}
)


class Execution:
    """Follows a model through both; one object serves one run.

    Args:
        path: the names of the models around, each with a slash behind it.
        around: the run of the model around, if there is one.
        call: which call of this model in that it is.
    """

    def __init__(self, path: str = "", around: Execution | None = None, call: int = 0) -> None:
        self.path = path
        self.scope: tuple[int, ...] = () if around is None else (*around.scope, call)
        self.budget: list[int] = [MOST_CALLS] if around is None else around.budget
        self.doubts: list[Doubt] = []

    def run(
        self, model: Model, inferred: Inferred, masks: Iterable[Mask] = (), arguments: Arguments | None = None
    ) -> list[Mask]:
        """Looks at one run of ``model``; the masks that Keras gives its outputs.

        Args:
            model: any model.
            inferred: its shapes during this run.
            masks: those that Keras gives its inputs.
            arguments: what TensorFlow.js has set before; ``None`` at the start of a run.

        Raises:
            UnsupportedError: ``layer-semantics``.
        """
        graph = graph_of(model, inferred)
        check_declared(graph, self.path)
        keras: dict[Tensor, Mask] = dict(zip(graph.inputs, masks, strict=False))
        order, uses = _order(graph)
        if len(set(graph.outputs)) < len(graph.outputs):
            Site(self.path + graph.outputs[0].layer, model.class_name, {}).refuse(
                "a model gives one tensor as two outputs, and TensorFlow.js gives nothing for the second.",
                "Name each output once, and save the model again.",
            )
        tfjs: dict[Tensor, Mask] = {}
        dirty: dict[Tensor, str] = {}
        freed: set[Tensor] = set()
        seen: set[Tensor] = set()
        for tensor in order:
            node = graph.nodes[tensor.layer, tensor.call]
            layer = node.layer
            self._count(layer.name)
            site = Site(
                self.path + node.layer.name, node.layer.class_name, node.layer.config, node.shapes.inputs
            )
            freeing = self._use(site, node, graph, uses, freed)
            own = [tfjs.get(each) for each in node.inputs]
            if any(mask is not None for mask in own):
                arguments = {} if arguments is None else arguments
                arguments["mask"] = own[0]
            given = [keras.get(each) for each in node.inputs]
            local: Arguments = {} if arguments is None else arguments
            first_run = not seen.intersection(node.outputs)
            made = self._apply(site, node, given, local, first_run=first_run)
            out = in_tfjs(site.class_name, site.config, (self.path, self.scope, layer.name, node.call), own)
            for position, output in enumerate(node.outputs):
                keras[output] = made[min(position, len(made) - 1)]
                tfjs.setdefault(output, None if is_nested(node.layer) else out)
            seen.add(tensor)
            self._soil(site, node, given, dirty)
            freed |= freeing
        for output in graph.outputs:
            if output in dirty:
                self._unclean(dirty[output])
        return [keras.get(output) for output in graph.outputs]

    def _count(self, name: str) -> None:
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise SourceError(
                "graph-too-large",
                f"layer {brief(self.path + name)}",
                f"the model makes more than {MOST_CALLS} calls of layers, counting those in shared models.",
                "No real model does; the file is damaged or hostile.",
            )

    def _use(
        self, site: Site, node: Node, graph: Graph, uses: dict[Tensor, int], freed: set[Tensor]
    ) -> set[Tensor]:
        """Counts the inputs down; those that are freed behind the call."""
        freeing = set()
        for each in node.inputs:
            if each in freed:
                site.refuse(
                    f"it uses what {each.layer!r} gives, which TensorFlow.js has freed before: it is given "
                    "twice to one layer, and used again later.",
                    "Put an Activation('linear') between them for the second of the two uses.",
                )
            uses[each] -= 1
            source = graph.nodes.get((each.layer, each.call))
            stateful = source is not None and bool(source.layer.config.get("stateful"))
            if uses[each] == 0 and each not in graph.inputs and each not in graph.outputs and not stateful:
                freeing.add(each)
        return freeing

    def _apply(
        self, site: Site, node: Node, given: list[Mask], arguments: Arguments, *, first_run: bool
    ) -> list[Mask]:
        """Looks at one call; the masks that Keras gives its outputs."""
        if first_run and (site.class_name in TFJS_LAYERS or node.layer.model is not None):
            _check_arguments(site, node.layer, node.kwargs)
        layer, config = node.layer, node.layer.config
        if not first_run and _is_stateful(layer):
            site.refuse(
                "it keeps states and several of its outputs are used: TensorFlow.js runs it again for each, "
                "from the states that the run before has left.",
                "Use one of its outputs alone, or take stateful out, and save the model again.",
            )
        if layer.model is not None and is_nested(layer):
            if node.shapes.inner is None:
                return [None]
            inner = Execution(f"{self.path}{layer.name}/", self, node.call)
            found = inner.run(layer.model, node.shapes.inner, given, arguments)
            self.doubts += inner.doubts
            return found
        reads = reads_mask(site.class_name, config)
        mask = given[0] if given else None
        if reads and (mask != arguments.get("mask") or (mask is not None and site.class_name in _WHOLE)):
            site.refuse(_why(site, mask, arguments.get("mask")), _UNMASK)
        if site.class_name == "GlobalAveragePooling1D" and mask is not None:
            site.refuse("its input is masked, and TensorFlow.js averages over the masked steps too.", _UNMASK)
        if reads and site.class_name != "Softmax":
            self._states(site, node, mask, arguments)
        return in_keras(site.class_name, config, (self.path, self.scope, layer.name, node.call), given)

    def _states(self, site: Site, node: Node, mask: Mask, arguments: Arguments) -> None:
        if "initialState" in arguments and site.class_name != "TimeDistributed":
            site.refuse(
                "a recurrent layer before it has an initial state, which TensorFlow.js hands on to this one "
                "behind a mask or inside a nested model.",
                "Save the parts as models of their own, or take the mask out.",
            )
        if len(node.inputs) > 1:
            arguments["initialState"] = True
        inner = _innermost(site.config)
        if mask is None or not (len(node.inputs) > 1 or inner.get("stateful")):
            return
        if returns_sequences(site.class_name, site.config):
            self.doubts.append(
                site.doubt(
                    "for masked steps at the start of a sequence TensorFlow.js gives the initial state, and "
                    "Keras zeros.",
                    "Put the padding behind the sequences, not before them.",
                    EVERYWHERE,
                )
            )

    def _soil(self, site: Site, node: Node, given: list[Mask], dirty: dict[Tensor, str]) -> None:
        """Keeps track of outputs that differ from Keras's at masked steps."""
        class_name, config = site.class_name, site.config
        soiled = [dirty[each] for each in node.inputs if each in dirty]
        if class_name in LAYERS or class_name == "Bidirectional":
            zeroes = class_name == "Bidirectional" or bool(config.get("zero_output_for_mask"))
            if zeroes and given and given[0] is not None and returns_sequences(class_name, config):
                for output in (
                    node.outputs[:1] if config.get("merge_mode", "") is not None else node.outputs[:2]
                ):
                    dirty[output] = site.name
            elif soiled and (not given or given[0] is None):
                self._unclean(soiled[0])
            return
        if not soiled:
            return
        if class_name not in STEP_BY_STEP or not _is_along_steps(class_name, config):
            self._unclean(soiled[0])
        for output in node.outputs:
            dirty[output] = soiled[0]

    def _unclean(self, name: str) -> None:
        Site(name, "", {}).refuse(
            "Keras gives zeros for its masked steps (zero_output_for_mask, which Bidirectional sets), "
            "TensorFlow.js the last output before them, and that is not hidden by the mask later on.",
            "Multiply by the mask or drop masked steps outside the model, or train without the mask.",
        )


_WHOLE = frozenset({"ConvLSTM2D", "TimeDistributed"})
"""Layers that cannot read a mask in TensorFlow.js, right as it may be."""


def reads_mask(class_name: str, config: Config) -> bool:
    """Whether a layer computes other outputs when TensorFlow.js, or Keras, hands it a mask."""
    if class_name == "TimeDistributed":
        spec = config.get("layer")
        name = spec.get("class_name") if isinstance(spec, dict) else None
        inner = spec.get("config") if isinstance(spec, dict) else None
        if isinstance(name, str) and name in CLASSES:
            layers = inner.get("layers") if isinstance(inner, dict) else inner
            specs = layers if isinstance(layers, list) else []
            return any(
                reads_mask("TimeDistributed", {"layer": each}) for each in specs if isinstance(each, dict)
            )
        return isinstance(name, str) and reads_mask(name, inner if isinstance(inner, dict) else {})
    return class_name in LAYERS or class_name in {"Bidirectional", "Softmax"}


def _why(site: Site, mask: Mask, leaked: Mask) -> str:
    if mask is not None and site.class_name in _WHOLE:
        return "its input is masked, and TensorFlow.js cannot mask what this layer does in each step."
    if mask is None:
        return "its input has no mask, and TensorFlow.js hands it the one that another layer had before it."
    if leaked is None:
        return "its input is masked, and TensorFlow.js loses the mask on the way."
    return "its input is masked, and TensorFlow.js hands it another mask."


def _innermost(config: Config) -> Config:
    spec = config.get("layer")
    inner = spec.get("config") if isinstance(spec, dict) else None
    return inner if isinstance(inner, dict) else config


def _is_along_steps(class_name: str, config: Config) -> bool:
    """Whether the layer leaves what belongs to a step at that step."""
    if class_name in {"Concatenate", "Softmax", "LayerNormalization"}:
        axis = config.get("axis", -1)
        return axis in (-1, 2, [-1], [2])
    return True


def _check_arguments(site: Site, layer: Layer, kwargs: Config) -> None:
    """TensorFlow.js keeps the arguments of a call and does not use them."""
    for key, value in kwargs.items():
        if key == "training":
            if value and _is_random(layer):
                site.refuse(
                    "it is called with training=True, and TensorFlow.js runs it for inference.",
                    "Call it without training=True, and save the model again.",
                )
        elif value is not None and value not in ([], {}):
            site.refuse(
                f"it is called with {key}, and TensorFlow.js ignores that.",
                f"Call it without {key}, and save the model again.",
            )


def _is_stateful(layer: Layer) -> bool:
    """Whether a layer, or one inside it, keeps states from one run to the next."""
    if layer.model is not None:
        return any(map(_is_stateful, layer.model.layers))
    return bool(layer.config.get("stateful") or _innermost(layer.config).get("stateful"))


def _is_random(layer: Layer) -> bool:
    """Whether a layer, or one inside it, computes something else in training."""
    if layer.model is not None:
        return any(map(_is_random, layer.model.layers))
    inner = _innermost(layer.config)
    spec = layer.config.get("layer")
    names = {layer.class_name, str(spec.get("class_name")) if isinstance(spec, dict) else ""}
    return bool(names & _RANDOM or inner.get("dropout") or inner.get("recurrent_dropout"))


def _order(graph: Graph) -> tuple[list[Tensor], dict[Tensor, int]]:
    """The tensors in the order in which TensorFlow.js makes them, and how many it takes each to serve."""
    users: dict[Tensor, set[Tensor]] = {}
    order: list[Tensor] = []
    visited = set(graph.inputs)
    for fetch in graph.outputs:
        order += _follow(fetch, graph, users, visited)
    return order, {tensor: len(found) for tensor, found in users.items()}


def _follow(
    fetch: Tensor, graph: Graph, users: dict[Tensor, set[Tensor]], visited: set[Tensor]
) -> Iterator[Tensor]:
    stack = [fetch]
    marks: list[int] = []
    while stack:
        top = stack[-1]
        if top in visited:
            stack.pop()
            continue
        node = graph.nodes.get((top.layer, top.call))
        inputs = () if node is None else node.inputs
        if not inputs or (marks and marks[-1] == len(stack) - 1):
            stack.pop()
            visited.add(top)
            if marks and marks[-1] == len(stack):
                marks.pop()
            if node is not None:
                yield top
            continue
        marks.append(len(stack) - 1)
        for each in inputs:
            users.setdefault(each, set()).add(top)
            if each not in visited:
                stack.append(each)
