"""How Keras 3 writes down that a layer was called: by the Python arguments, tensors among them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from converter.errors import UnsupportedError
from converter.layers import TFJS_LAYERS
from converter.layers.configuration import brief
from converter.sources.keras2 import MAX_DEPTH, bad_topology, check_name
from converter.sources.purposes import MASKS, SEVERAL, TAKE_LISTS, sorted_by

RECURRENT = {
    *("RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"),
}
"""Layers whose initial states Keras 2 lists behind their inputs."""

PIPELINE = "Pipeline"
"""A layer that holds layers and is no model."""

_CLOSED = {"FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper"}
"""Layers of code, which take whatever it takes."""

FIRST = ("inputs", "sequences", "sequence", "x")
"""What layers call their first argument."""


class Ref(NamedTuple):
    """A tensor, as ``keras_history`` tells it."""

    layer: str
    node: int
    output: int


@dataclass(frozen=True)
class Arguments:
    """What one call was given.

    Attributes:
        inputs: the tensors that the layer computes with.
        kwargs: constants.
        masks: the tensors that were given as masks, one for each input or one alone.
        by_key: the keys of the inputs where they came as a dictionary.
        constants: what else an operation was given, in order.
        template: the arguments of an operation, by place and by name, with ``{"tensor": 0}`` for the first
            of ``inputs``.
    """

    inputs: tuple[Ref, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    masks: tuple[Ref | None, ...] = ()
    by_key: tuple[str, ...] | None = None
    constants: tuple[Any, ...] = ()
    template: tuple[Any, Any] = ((), ())


@dataclass(frozen=True)
class Entry:
    """One layer or operation of a functional model.

    Attributes:
        name: its own.
        spec: as the file has it.
        operation: whether it is no layer.
        calls: what it is called on.
    """

    name: str
    spec: Mapping[str, Any]
    operation: bool
    calls: tuple[Arguments, ...]

    @property
    def class_name(self) -> str:
        """As the file has it."""
        return str(self.spec["class_name"])

    @property
    def config(self) -> Mapping[str, Any]:
        """As the file has it."""
        config: Mapping[str, Any] = self.spec["config"]
        return config

    @property
    def is_model(self) -> bool:
        """Whether it is a nested model."""
        return self.class_name != PIPELINE and is_model(self.config)


def is_model(config: object) -> bool:
    """Whether this configures a model."""
    return isinstance(config, Mapping) and isinstance(config.get("layers"), list)


def read_call(
    node: object, class_name: str, name: str, where: str, *, operation: bool, served: Container[str]
) -> Arguments:
    """One entry of ``inbound_nodes``.

    Args:
        node: as the file has it.
        class_name: of the layer or operation.
        name: its name.
        where: for messages.
        operation: whether it is no layer.
        served: the classes that somebody provides.

    Raises:
        UnsupportedError: when TensorFlow.js cannot call a layer like that.
        SourceError: when it is malformed.
    """
    if not isinstance(node, Mapping):
        raise bad_topology(where, "a call should be an object.")
    args, kwargs = node.get("args"), node.get("kwargs")
    if not isinstance(args, list) or not isinstance(kwargs, Mapping):
        raise bad_topology(where, "a call should have a list of 'args' and an object of 'kwargs'.")
    if operation:
        tensors, constants = _gather([args, kwargs], where)
        numbers = iter(range(len(tensors)))
        template = (_template(args, numbers), _template(kwargs, numbers))
        return Arguments(tuple(tensors), constants=tuple(constants), template=template)
    if class_name in SEVERAL and class_name not in served:
        return _several(args, kwargs, class_name, name, where)
    if class_name in _CLOSED and class_name not in served:
        # It will be refused by its class, which says more than that its call is unusual.
        return Arguments(tuple(_gather(args, where)[0]))
    return _layer_call(list(args), dict(kwargs), class_name, name, where)


def _layer_call(args: list[Any], kwargs: dict[str, Any], class_name: str, name: str, where: str) -> Arguments:
    if not args:
        first = next((key for key in FIRST if key in kwargs), None)
        args = [] if first is None else [kwargs.pop(first)]
    if not args:
        raise unsupported_call(name, "no tensor as its first argument")
    inputs, by_key = _tensors(args[0], name, where)
    states = [args.pop(1)] if class_name in RECURRENT and len(args) > 1 else []
    states += [kwargs.pop("initial_state")] if class_name in RECURRENT and "initial_state" in kwargs else []
    # Stacked cells take a list of lists.
    found, others = _gather([state for state in states if state is not None], where)
    inputs += found
    masks, constants = _masks(kwargs.pop("mask", None), where)
    if any(each is not None for each in [*args[1:], *constants, *others]):
        raise unsupported_call(name, "more than its inputs")
    kept: dict[str, Any] = {}
    for key, value in kwargs.items():
        check_name(key, where)
        if _gather([value], where)[0]:
            raise unsupported_call(name, f"a tensor as {brief(key)}")
        if value is not None and (key, value) != ("training", False):
            kept[key] = value
    if kept.keys() - {"training"} and class_name in TFJS_LAYERS:
        raise unsupported_call(name, f"{brief(min(kept.keys() - {'training'}))} besides its inputs")
    return Arguments(tuple(inputs), kept, tuple(masks), by_key)


def _several(args: list[Any], kwargs: Mapping[str, Any], class_name: str, name: str, where: str) -> Arguments:
    """The call of a layer that takes tensors for several purposes: ``kwargs["tensors"]`` names them."""
    purposes, given = SEVERAL[class_name], dict(kwargs)
    if class_name in TAKE_LISTS:
        # These two take lists: of tensors, and of their masks.
        tensors = args[0] if args else given.pop("inputs", None)
        masks = given.pop("mask", None) or []
        if not isinstance(tensors, list) or not isinstance(masks, list):
            raise unsupported_call(name, "something else than lists of tensors")
        named = [
            *zip(purposes, tensors, strict=False),
            *zip((f"{purpose}_mask" for purpose in purposes), masks, strict=False),
            *zip(("mask", "return_attention_scores", "training", "use_causal_mask"), args[1:], strict=False),
            *given.items(),
        ]
    else:
        named = [*zip((*purposes, *MASKS), args, strict=False), *given.items()]
    found: dict[str, Ref] = {}
    constants: dict[str, Any] = {}
    for key, value in named:
        ref = _ref(value, where)
        if ref is not None:
            found[check_name(key, where)] = ref
        elif value is not None and (key, value) != ("training", False):
            constants[check_name(key, where)] = value
    names = sorted_by(purposes, found)
    return Arguments(tuple(found[name] for name in names), {"tensors": names, **constants})


def _masks(value: Any, where: str) -> tuple[list[Ref | None], list[Any]]:
    """The tensors that are given as masks, and what else is."""
    if isinstance(value, Mapping) and "class_name" not in value:
        value = [value[key] for key in sorted(value)]
    items = value if isinstance(value, list) else [value]
    refs = [_ref(item, where) for item in items]
    others = [item for item, ref in zip(items, refs, strict=True) if ref is None]
    return refs if any(ref is not None for ref in refs) else [], others


def _template(value: Any, numbers: Iterator[int]) -> Any:
    """Arguments with the tensors in them numbered, in the order in which ``_gather`` finds them."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return {"tensor": next(numbers)}
        if "class_name" in value:
            return dict(value)
        return {key: _template(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [_template(item, numbers) for item in value]
    return value


def tensors_in(node: Any) -> Iterator[tuple[Ref, Mapping[str, Any]]]:
    """What a call says of the tensors that it is given: their ``shape`` and ``dtype``, as Keras has them."""
    pending = [(node, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            ref = _ref(value, "")
            if ref is not None and isinstance(config, Mapping):
                yield ref, config
        elif isinstance(value, Mapping | list):
            items = value.values() if isinstance(value, Mapping) else value
            pending += [(item, depth + 1) for item in items]


def unsupported_call(name: str, what: str) -> UnsupportedError:
    """The error for arguments that layers in TensorFlow.js do not take."""
    return UnsupportedError(
        "keras3-call",
        f"layer {brief(name)}",
        f"it is called on {what}, which no layer of TensorFlow.js takes.",
        "Call it on one tensor or on a list of tensors, and save the model again.",
    )


def _tensors(value: Any, name: str, where: str) -> tuple[list[Ref], tuple[str, ...] | None]:
    """One tensor, a list of them, or a dictionary, which Keras takes in the order of its sorted keys."""
    ref = _ref(value, where)
    if ref is not None:
        return [ref], None
    keys = None
    if isinstance(value, Mapping) and "class_name" not in value:
        keys = tuple(sorted(value))
        value = [value[key] for key in keys]
    if not isinstance(value, list) or not value:
        raise unsupported_call(name, brief(value))
    refs = [_ref(item, where) for item in value]
    found = [ref for ref in refs if ref is not None]
    if len(found) < len(refs):
        raise unsupported_call(name, "constants, or lists within lists,")
    return found, keys


def _gather(value: Any, where: str, depth: int = 0) -> tuple[list[Ref], list[Any]]:
    """Every tensor in the arguments, and everything else."""
    ref = _ref(value, where)
    if ref is not None:
        return [ref], []
    items = value.values() if isinstance(value, Mapping) and "class_name" not in value else value
    if (
        not isinstance(value, Mapping | list)
        or depth > MAX_DEPTH
        or (items is value and isinstance(value, Mapping))
    ):
        return [], [value]
    found = [_gather(item, where, depth + 1) for item in items]
    return [ref for refs, _ in found for ref in refs], [other for _, others in found for other in others]


def _ref(value: Any, where: str) -> Ref | None:
    if not isinstance(value, Mapping) or value.get("class_name") != "__keras_tensor__":
        return None
    config = value.get("config")
    history = config.get("keras_history") if isinstance(config, Mapping) else None
    match history:
        case [str() as layer, int() as node, int() as output] if not {type(node), type(output)} - {int}:
            return Ref(check_name(layer, where), node, output)
    raise bad_topology(where, f"{brief(history)} is no reference to a tensor.")
