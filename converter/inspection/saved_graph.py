"""The graph of a SavedModel, under the names that TensorFlow's own classes have for its parts.

``converter.sources.saved_model.reading`` follows a signature through either of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from converter.inspection.protobuf import Message
from converter.model import Shape

DTYPES = {
    **dict(enumerate(("float32", "float64", "int32", "uint8", "int16", "int8", "string", "complex64"), 1)),
    **dict(enumerate(("int64", "bool", "qint8", "quint8", "qint32", "bfloat16", "qint16", "quint16"), 9)),
    **dict(enumerate(("uint16", "complex128", "float16", "resource", "variant", "uint32", "uint64"), 17)),
}
"""TensorFlow's names of its types.
https://github.com/tensorflow/tensorflow/blob/v2.20.0/tensorflow/core/framework/types.proto"""


def dtype_of(number: int) -> str:
    """The name of a type; of one that is not known its number."""
    return DTYPES.get(number % 100, str(number))  # from 100 on stand references to variables


def shape_of(message: Message) -> Shape | None:
    """A ``TensorShapeProto``; None where the number of dimensions is free."""
    if message.number(3):
        return None
    sizes = (dim.number(1) for dim in message.messages(2))
    return tuple(None if size < 0 else size for size in sizes)


class Function:
    """The name of a function that an attribute holds."""

    def __init__(self, message: Message) -> None:
        self.name = message.text(1)


class Functions:
    """The functions in a list that an attribute holds."""

    def __init__(self, message: Message) -> None:
        self.func = [Function(each) for each in message.messages(9)]


class Attribute:
    """An ``AttrValue``."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def HasField(self, name: str) -> bool:  # noqa: N802 - as protocol buffers call it
        """Whether it holds a function, which is the only thing that is asked for."""
        return name == "func" and self._message.has(10)

    @property
    def func(self) -> Function:
        """The function."""
        return Function(self._message.message(10))

    @property
    def list(self) -> Functions:
        """The functions of its list."""
        return Functions(self._message.message(1))

    @property
    def type(self) -> str:
        """The name of the type that it holds."""
        return dtype_of(self._message.number(6))

    @property
    def shape(self) -> Shape | None:
        """The shape that it holds."""
        return shape_of(self._message.message(7))

    @property
    def tensor(self) -> tuple[str, Shape | None]:
        """The type and the shape of the tensor that it holds."""
        tensor = self._message.message(8)
        return dtype_of(tensor.number(1)), shape_of(tensor.message(2))


class Node:
    """A ``NodeDef``."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self.name = message.text(1)
        self.op = message.text(2)

    @cached_property
    def input(self) -> list[str]:
        """The tensors that go in."""
        return self._message.texts(3)

    @cached_property
    def attr(self) -> dict[str, Attribute]:
        """Its attributes by their names."""
        return {name: Attribute(value) for name, value in self._message.mapping(5).items()}


class OpSignature:
    """The ``OpDef`` of a function: its name and those of its arguments."""

    def __init__(self, message: Message) -> None:
        self.name = message.text(1)
        self.input_arg = [Function(each) for each in message.messages(2)]


class Definition:
    """A ``FunctionDef``."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self.signature = OpSignature(message.message(1))

    @cached_property
    def node_def(self) -> list[Node]:
        """The nodes of its body."""
        return [Node(each) for each in self._message.messages(3)]


class Library:
    """The functions of a graph."""

    def __init__(self, message: Message) -> None:
        self.function = [Definition(each) for each in message.messages(1)]


class GraphDef:
    """The nodes of a graph and its functions."""

    def __init__(self, message: Message) -> None:
        self.node = [Node(each) for each in message.messages(1)]
        self.library = Library(message.message(2))


@dataclass(frozen=True)
class TensorInfo:
    """One end of a signature.

    Attributes:
        name: the tensor in the graph; empty where it is more than one.
        dtype: TensorFlow's name of its type.
        shape: None where the number of dimensions is free.
    """

    name: str
    dtype: str
    shape: Shape | None

    @classmethod
    def of(cls, message: Message) -> TensorInfo:
        """An end as it is written."""
        return cls(message.text(1), dtype_of(message.number(2)), shape_of(message.message(3)))


class Signature:
    """A ``SignatureDef``."""

    def __init__(self, message: Message) -> None:
        self.inputs = {name: TensorInfo.of(each) for name, each in message.mapping(1).items()}
        self.outputs = {name: TensorInfo.of(each) for name, each in message.mapping(2).items()}


class Saver:
    """What restores the variables."""

    def __init__(self, message: Message) -> None:
        self.filename_tensor_name = message.text(1)
        self.restore_op_name = message.text(3)


class MetaGraph:
    """One graph of a SavedModel, with its signatures.

    Raises:
        WireError: when a message in it is broken; so do the properties of its parts.
    """

    def __init__(self, message: Message) -> None:
        about = message.message(1)
        self.tags = about.texts(4)
        self.tensorflow = about.text(5)
        self.graph_def = GraphDef(message.message(2))
        self.saver_def = Saver(message.message(3))
        self.signature_def = {name: Signature(each) for name, each in message.mapping(5).items()}
