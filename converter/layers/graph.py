"""Following shapes through a graph of layers, call by call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from converter.errors import SourceError
from converter.layers.configuration import brief, declared_shape
from converter.layers.problems import contradiction, dangling, malformed, refusal, twice, where
from converter.layers.rule import CALL, Rule, RuleError, Shapes, WeightSpecs, outputs_of, weights_of
from converter.model import Config, Layer, Model, Shape, TensorRef

MOST_CALLS = 50_000
"""How many calls are followed before a model is refused: shared models inside shared models multiply."""

_Key = tuple[str, int]


class CallShapes(NamedTuple):
    """The shapes at one call of a layer, each with its batch dimension.

    Attributes:
        inputs: one shape for each input, ``None`` where even the rank is unknown.
        outputs: likewise for each output; ``None`` when not even their number is known.
        inner: for a nested model, the shapes inside it during this call.
    """

    inputs: Shapes
    outputs: Shapes | None
    inner: Inferred | None = None


class Inferred(NamedTuple):
    """The shapes in a model.

    Attributes:
        layers: by layer name, one entry for each call in order. An ``InputLayer`` and a layer of
            a sequential model have one; a layer that is never called has none.
        inputs: the shapes of the model's inputs.
        outputs: the shapes of its outputs, ``None`` when not even their number is known.
    """

    layers: dict[str, tuple[CallShapes, ...]]
    inputs: Shapes
    outputs: Shapes | None


class Inference:
    """Follows shapes through models with a table of rules; one object serves one run.

    Args:
        table: the rules by class name; the shapes behind any other class are unknown.
        budget: how many calls may be followed.
    """

    def __init__(self, table: Mapping[str, Rule], budget: int = MOST_CALLS) -> None:
        self._table = table
        self._limit = self._budget = budget
        self._known: dict[tuple[int, Shapes | None], Inferred] = {}

    def model(self, model: Model, given: Shapes | None = None, path: str = "") -> Inferred:
        """The shapes in ``model`` when it is called on ``given``, or on what it declares.

        Raises:
            SourceError: if a configuration is malformed, or the shapes contradict each other.
        """
        key = (id(model), given)
        if key not in self._known:
            follow = self._sequential if model.kind == "sequential" else self._functional
            self._known[key] = follow(model, given, path)
        return self._known[key]

    def weights(self, layer: Layer, inputs: Shapes | None, path: str = "") -> WeightSpecs | None:
        """The weights that a layer must have when it is called on ``inputs``; ``None`` if unknown.

        Args:
            layer: any layer but a nested model, whose weights belong to the layers inside.
            inputs: ``None`` if the layer is not called on anything.
            path: the nested models around the layer, for messages.

        Raises:
            SourceError: as for ``model``.
        """
        rule = self._table.get(layer.class_name)
        if rule is None:
            return None
        try:
            return weights_of(rule, layer.config, (None,) * rule.fewest if inputs is None else inputs)
        except RuleError as error:
            raise refusal(layer, path, error) from None

    def _call(self, layer: Layer, inputs: Shapes, path: str, kwargs: Config | None = None) -> CallShapes:
        self._budget -= 1
        if self._budget < 0:
            raise SourceError(
                "graph-too-large",
                where(layer, path),
                f"the model makes more than {self._limit} calls of layers, counting those in shared models.",
                "No real model does; the file is damaged or hostile.",
            )
        if is_nested(layer) and layer.model is not None:
            inner = self.model(layer.model, inputs, f"{path}{layer.name}/")
            return CallShapes(inputs, inner.outputs, inner)
        rule = self._table.get(layer.class_name)
        if rule is None:
            return CallShapes(inputs, None)
        try:
            config = {**layer.config, CALL: kwargs} if kwargs else layer.config
            return CallShapes(inputs, outputs_of(rule, config, inputs))
        except RuleError as error:
            raise refusal(layer, path, error) from None

    def _declared(self, layer: Layer, path: str) -> Shape | None:
        """The shape that the first layer of a model expects, as far as its configuration says."""
        try:
            if layer.class_name != "InputLayer":
                return declared_shape(layer.config)
            found = outputs_of(self._table["InputLayer"], layer.config, ())
        except RuleError as error:
            raise refusal(layer, path, error) from None
        return found[0] if found else None

    def _sequential(self, model: Model, given: Shapes | None, path: str) -> Inferred:
        start: Shapes = (_built_for(model),) if given is None else given
        if model.layers and len(start) == 1:
            start = (settle(start[0], self._declared(model.layers[0], path)),)
        layers: dict[str, tuple[CallShapes, ...]] = {}
        outputs: Shapes | None = start
        for layer in model.layers:
            if layer.name in layers:
                raise twice(layer, path)
            if layer.class_name == "InputLayer":
                call = CallShapes((), outputs)
            else:
                call = self._call(layer, (None,) if outputs is None else outputs, path)
            if not layers and call.inner is not None:
                start = call.inner.inputs
            layers[layer.name] = (call,)
            outputs = call.outputs
        return Inferred(layers, start, outputs)

    def _functional(self, model: Model, given: Shapes | None, path: str) -> Inferred:
        layers: dict[str, Layer] = {}
        done: dict[_Key, CallShapes] = {}
        for layer in model.layers:
            if layer.name in layers:
                raise twice(layer, path)
            layers[layer.name] = layer
            if layer.class_name == "InputLayer":
                done[layer.name, 0] = CallShapes((), (self._declared(layer, path),))
        offsets = _offsets(model, layers)
        if given is not None:
            self._feed(model, given, done, path)
        for layer in model.layers:
            for number in range(len(layer.calls)):
                self._reach((layer.name, number), layers, offsets, done, path)

        def tensor(ref: TensorRef) -> Shape | None:
            key = (ref.layer, ref.node - offsets.get(ref.layer, 0))
            if key not in done:
                raise dangling(ref)
            return _pick(done[key], ref)

        found = {
            layer.name: tuple(
                done[layer.name, number]
                for number in range(1 if layer.class_name == "InputLayer" else len(layer.calls))
            )
            for layer in model.layers
        }
        try:
            return Inferred(found, tuple(map(tensor, model.inputs)), tuple(map(tensor, model.outputs)))
        except RuleError as error:
            raise contradiction(f"model {brief(path + model.name)}", error.why) from None

    def _feed(self, model: Model, given: Shapes, done: dict[_Key, CallShapes], path: str) -> None:
        """Let the model's inputs have the shapes that it is called on."""
        if len(given) != len(model.inputs):
            text = f"has {len(model.inputs)} inputs but is called on {len(given)} tensors"
            raise contradiction(f"model {brief(path.rstrip('/') or model.name)}", f"it {text}")
        for ref, shape in zip(model.inputs, given, strict=True):
            call = done.get((ref.layer, ref.node))
            if call is not None and call.outputs:
                done[ref.layer, ref.node] = CallShapes((), (settle(shape, call.outputs[0]),))

    def _reach(
        self,
        goal: _Key,
        layers: dict[str, Layer],
        offsets: dict[str, int],
        done: dict[_Key, CallShapes],
        path: str,
    ) -> None:
        """Follow one call, and before it all those whose outputs it needs."""
        pending = [goal]
        begun: set[_Key] = set()
        while pending:
            key = pending[-1]
            if key in done:
                pending.pop()
                continue
            layer = layers[key[0]]
            call = layer.calls[key[1]]
            sources = [(ref.layer, ref.node - offsets.get(ref.layer, 0)) for ref in call.inputs]
            missing = [source for source in sources if source not in done]
            if not missing:
                try:
                    inputs = tuple(map(_pick, map(done.__getitem__, sources), call.inputs))
                except RuleError as error:
                    raise refusal(layer, path, error) from None
                done[key] = self._call(layer, inputs, path, call.kwargs)
                pending.pop()
                continue
            if key in begun:
                raise contradiction(where(layer, path), "its input depends on its own output")
            for source, ref in zip(sources, call.inputs, strict=True):
                feeder = layers.get(ref.layer)
                if source not in done and (feeder is None or not 0 <= source[1] < len(feeder.calls)):
                    raise refusal(layer, path, dangling(ref))
            begun.add(key)
            pending += missing


def is_nested(layer: Layer) -> bool:
    """Whether a layer is a model itself, rather than a wrapper that holds one."""
    return layer.model is not None and layer.class_name not in {"TimeDistributed", "Bidirectional"}


def settle(given: Shape | None, declared: Shape | None) -> Shape | None:
    """The shape a model works on: sizes it is given, else those it declares."""
    if given is None or declared is None:
        return given or declared
    if len(given) != len(declared):
        # Keras squeezes or expands the last dimension to get what is declared.
        return declared
    return tuple(own if size is None else size for size, own in zip(given, declared, strict=True))


def _built_for(model: Model) -> Shape | None:
    """What a sequential model that declares no input was built for; any batch will do."""
    try:
        shape = declared_shape(model.config, "build_input_shape")
    except RuleError as error:
        raise malformed(f"model {brief(model.name)}", error) from None
    return None if shape is None else (None, *shape[1:])


def _offsets(model: Model, layers: dict[str, Layer]) -> dict[str, int]:
    """The nested models whose first call has number 1 in references to them.

    Keras 2 counts the nested model's own definition as its call number 0, except for a sequential
    model that was built late; the numbers in use tell which it was.
    """
    used: dict[str, set[int]] = {layer.name: set() for layer in layers.values() if layer.model is not None}
    if not used:
        return {}
    for ref in _references(model):
        if ref.layer in used:
            used[ref.layer].add(ref.node)
    return {
        name: 1
        for name, nodes in used.items()
        if nodes and 0 not in nodes and max(nodes) >= len(layers[name].calls)
    }


def _references(model: Model) -> Iterator[TensorRef]:
    for layer in model.layers:
        for call in layer.calls:
            yield from call.inputs
    yield from model.outputs


def _pick(call: CallShapes, ref: TensorRef) -> Shape | None:
    if call.outputs is None:
        return None
    if not 0 <= ref.output < len(call.outputs):
        raise dangling(ref)
    return call.outputs[ref.output]
