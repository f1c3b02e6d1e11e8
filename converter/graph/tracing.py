"""An original as one TensorFlow function of plain tensors, whatever it was; in a child."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from converter.errors import UnsupportedError
from converter.sources.saved_model.session import Restored


class End(NamedTuple):
    """One input or output.

    Attributes:
        name: what it is called in the artifact's signature.
        dtype: TensorFlow's name of its type.
        shape: with the batch dimension; None where a size is free.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]


class Traced(NamedTuple):
    """A function of its inputs in their order, which gives ``y0000``, ``y0001`` … by these names."""

    function: Any
    variables: Sequence[Any]
    inputs: tuple[End, ...]
    outputs: tuple[str, ...]


def of_keras(model: Any, arrange: Callable[[Any, list[Any]], Any]) -> Traced:
    """A Keras model at inference.

    Args:
        model: of either Keras.
        arrange: packs a list of tensors as the model wants them.

    Raises:
        UnsupportedError: when the model does not say what it takes.
    """
    import tensorflow as tf

    tensors = tf.nest.flatten(getattr(model, "inputs", None) or [])
    if not tensors or any(each.shape.rank is None for each in map(_as_spec, tensors)):
        raise UnsupportedError(
            "graph-inputs",
            f"model '{getattr(model, 'name', '')}'",
            "it was never built: its input shapes are not known.",
            "Call it on data once, or give it an Input, and save it again.",
        )
    inputs = tuple(_end(each, index) for index, each in enumerate(tensors))
    _name_operations(model)

    def call(*arrays: Any) -> dict[str, Any]:
        return _named(tf.nest.flatten(model(arrange(model, list(arrays)), training=False)))

    names = list(getattr(model, "output_names", []))
    function = _concrete(call, inputs)
    count = len(function.structured_outputs)
    if len(names) != count:
        names = [f"output_{index}" for index in range(count)]
    return Traced(function, model.variables, inputs, distinct(names, "output"))


def _name_operations(model: Any) -> None:
    """Has the operations of Keras 3 name what they compute, as its layers do by themselves."""
    for each in [*getattr(model, "operations", [])]:
        if hasattr(each, "layers"):
            _name_operations(each)
        elif not hasattr(each, "trainable_variables"):
            each.call = _in_scope(each.name, each.call)


def _in_scope(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def scoped(*arguments: Any, **keywords: Any) -> Any:
        with tf.name_scope(name):
            return call(*arguments, **keywords)

    return scoped


def of_saved_model(restored: Restored) -> Traced:
    """The signature of a SavedModel, with its variables as variables of our own."""
    import tensorflow as tf

    values = restored.values()
    graph_def = type(restored.saved.serving)()
    graph_def.CopyFrom(restored.saved.serving)
    variables = {}
    fed = {end.tensor.partition(":")[0] for end in restored.saved.inputs}
    nodes = [node for node in graph_def.node if node.name not in fed]
    for node in nodes:
        if node.op == "VarHandleOp":
            variables[f"{node.name}:0"] = tf.Variable(values[node.name])
        elif node.name in values:
            _make_constant(node, values[node.name])
    kept = [node for node in nodes if node.op != "VarHandleOp"]
    consumed = {source for node in kept for source in node.input}
    del graph_def.node[:]
    graph_def.node.extend(kept)

    def call(*arrays: Any) -> dict[str, Any]:
        graph = tf.compat.v1.get_default_graph()
        given = dict(zip((end.tensor for end in restored.saved.inputs), arrays, strict=True))
        given |= {name: graph.capture(each.handle) for name, each in variables.items()}
        computed = [end.tensor for end in restored.saved.outputs if end.tensor not in given]
        found = tf.graph_util.import_graph_def(
            graph_def,
            input_map={name: each for name, each in given.items() if _is_in(name, consumed)},
            return_elements=computed,
            name="",
        )
        by_name = {**given, **dict(zip(computed, found, strict=True))}
        return _named([by_name[end.tensor] for end in restored.saved.outputs])

    inputs = tuple(End(each.name, each.dtype, each.shape) for each in restored.saved.inputs)
    names = [end.name for end in restored.saved.outputs]
    return Traced(_concrete(call, inputs), list(variables.values()), inputs, distinct(names, "output"))


def save(traced: Traced, folder: Path) -> None:
    """Writes a SavedModel of this function and its variables alone."""
    import tensorflow as tf

    module = tf.Module()
    module.held = list(traced.variables)
    tf.saved_model.save(module, str(folder), signatures=traced.function)


def _concrete(call: Callable[..., dict[str, Any]], inputs: Sequence[End]) -> Any:
    import tensorflow as tf

    specs = [tf.TensorSpec(end.shape, end.dtype, name=node_of(index)) for index, end in enumerate(inputs)]
    return tf.function(call, input_signature=specs, autograph=False).get_concrete_function()


def node_of(index: int) -> str:
    """The name of the node of an input."""
    return f"x{index:04}"


def _named(tensors: Sequence[Any]) -> dict[str, Any]:
    import tensorflow as tf

    return {f"y{index:04}": tf.identity(each) for index, each in enumerate(tensors)}


def _as_spec(tensor: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec(tensor.shape, str(getattr(tensor.dtype, "name", tensor.dtype)))


def _end(tensor: Any, index: int) -> End:
    spec = _as_spec(tensor)
    name = str(getattr(tensor, "name", "")).partition(":")[0]
    return End(name or f"input_{index}", spec.dtype.name, tuple(spec.shape))


def _is_in(tensor: str, consumed: set[str]) -> bool:
    return tensor in consumed or tensor.removesuffix(":0") in consumed


def _make_constant(node: Any, value: Any) -> None:
    """Turns a variable of TensorFlow 1, which is no resource, into its value."""
    import tensorflow as tf

    dtype = node.attr["dtype"].type
    node.op = "Const"
    node.ClearField("attr")
    node.attr["dtype"].type = dtype
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))


def distinct(names: Sequence[str], kind: str) -> tuple[str, ...]:
    """The names, or numbered ones where they repeat, or JavaScript would put them in another order."""
    if len(set(names)) == len(names) and not any(name.isdigit() for name in names):
        return tuple(names)
    return tuple(f"{kind}_{index}" for index in range(len(names)))
