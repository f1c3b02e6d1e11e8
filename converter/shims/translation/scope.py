"""Where a translation stands: the variables so far, the statements so far, and what the class has so far."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from converter.shims.translation.javascript import RESERVED, Js, camel
from converter.shims.translation.joining import join
from converter.shims.translation.values import Conflict, Value

if TYPE_CHECKING:
    from converter.shims.translation.blocks import Block
    from converter.shims.translation.python_source import PythonModule


Mode = Literal["value", "shape"]


"""Whether tensors stand for their values, as in ``call``, or for their shapes, as in shape rules."""


class UntranslatableError(Exception):
    """A place that has no counterpart in JavaScript, or none that is known to mean the same."""

    def __init__(self, node: ast.AST, why: str) -> None:
        super().__init__(node, why)
        self.node = node
        self.why = why


class PromotionError(UntranslatableError):
    """A local variable is a number on one way and a tensor on another: take it for a tensor throughout."""

    def __init__(self, node: ast.AST, name: str, why: str) -> None:
        super().__init__(node, f"what it stands for is not clear: {why}")
        self.name = name


@dataclass
class Specialised:
    """A function of the file, translated for arguments of some kinds.

    Attributes:
        name: its JavaScript name.
        result: what it returns.
        text: its JavaScript.
        parameters: the identities of the shapes of its tensors.
    """

    name: str
    result: Value
    text: str = ""
    parameters: tuple[int, ...] = ()


@dataclass
class Unit:
    """One class on its way to JavaScript, and what it needs around it.

    Attributes:
        module: the file of the class.
        class_name: the class.
        keras: the major version of Keras whose order of weights counts.
        attributes: what ``self.…`` stands for, so far.
        methods: the methods that were translated, by owner, name and kinds of arguments.
        functions: likewise those of the module.
        globals: the constants of the module that are used, and their text.
        helpers: the functions of ``helpers.js`` that are used.
        inner: the other classes of the file that are used as layers.
        sublayers: whether it has layers of its own.
        keys: the configuration that the constructor reads.
        words: the words that are compared with the configuration, by what TensorFlow.js keeps of them.
        further: those keys that are no parameters of its own ``__init__``.
        kept: the attribute that holds each key as it was given.
        kept_tensors: the attributes that hold tensors of their own.
        weight_names: the names that its own weights were given; ``None`` where one is not constant.
    """

    module: PythonModule
    class_name: str
    keras: int = 3
    attributes: dict[str, Value] = field(default_factory=dict)
    attribute_names: dict[str, str] = field(default_factory=dict)
    methods: dict[tuple[object, ...], Specialised | None] = field(default_factory=dict)
    functions: dict[tuple[object, ...], Specialised | None] = field(default_factory=dict)
    globals: dict[str, str] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    inner: dict[str, object] = field(default_factory=dict)
    sublayers: bool = False
    weight_names: list[str | None] = field(default_factory=list)
    kept_tensors: list[str] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    further: dict[str, Value] = field(default_factory=dict)


def find(unit: Unit, name: str) -> tuple[ast.FunctionDef, str] | None:
    """A method of the class or of the nearest base in the file, and whose it is."""
    for each in unit.module.bases(unit.class_name):
        for statement in unit.module.classes[each].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return statement, each
    return None


Evaluator = Callable[["Scope", ast.expr], Value]


E = TypeVar("E", bound=Callable[..., object])


EXPRESSIONS: dict[type[ast.expr], Evaluator] = {}


"""How each kind of expression is translated; filled by the modules that do."""


def expression(*kinds: type[ast.expr]) -> Callable[[E], E]:
    """Register the translation of some kinds of expressions."""

    def register(function: E) -> E:
        for kind in kinds:
            EXPRESSIONS[kind] = function  # type: ignore[assignment]
        return function

    return register


@dataclass
class Scope:
    """One function on its way to JavaScript.

    Attributes:
        unit: the class around it.
        mode: what tensors stand for.
        method: ``constructor``, ``build``, ``call`` or ``function``.
        variables: what each local name stands for.
        block: the statements so far.
        names: the JavaScript name of each local name.
        owner: the class whose method it is, for ``super()``.
        returns: what the function has returned so far.
        loaded: the names that are read anywhere in the function.
        conditional: whether what is being translated may be left out at run time, or run several times.
        looped: whether it may run several times.
        promoted: the local variables whose numbers are taken for tensors.
        computes: whether it makes tensors outside of ``call``, which must not outlive it.
    """

    unit: Unit
    mode: Mode = "value"
    method: str = "function"
    variables: dict[str, Value] = field(default_factory=dict)
    block: Block = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    returns: list[Value] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    conditional: bool = False
    looped: bool = False
    computes: bool = False
    promoted: set[str] = field(default_factory=set)

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression stands for.

        Raises:
            UntranslatableError: if that cannot be said in JavaScript.
        """
        evaluator = EXPRESSIONS.get(type(node))
        if evaluator is None:
            raise UntranslatableError(node, f"{type(node).__name__} expressions are not translated")
        value = evaluator(self, node)
        if isinstance(value, Conflict):
            if value.mixed and isinstance(node, ast.Name) and node.id not in self.promoted:
                raise PromotionError(node, node.id, value.why)
            raise UntranslatableError(node, f"what it stands for is not clear: {value.why}")
        return value

    def fail(self, node: ast.AST, why: str) -> UntranslatableError:
        """The error for a place that cannot be translated."""
        return UntranslatableError(node, why)

    def helper(self, name: str) -> str:
        """The name of a helper function, which the class then has with it."""
        self.unit.helpers.add(name)
        return name

    @property
    def shapes(self) -> bool:
        """Whether tensors stand for their shapes."""
        return self.mode == "shape"

    def name(self, python: str) -> str:
        """The JavaScript name of a local variable."""
        if python not in self.names:
            from converter.shims.translation.helpers import HELPERS

            name = camel(python)
            taken = set(self.names.values())
            while name in RESERVED or name in HELPERS or name in taken:
                name += "_"
            self.names[python] = name
        return self.names[python]

    def free(self, name: str) -> str:
        """A name for the parameter of a small function, which hides no variable."""
        while name in self.names.values():
            name += "_"
        return name

    def bind(self, python: str, value: Value) -> Js:
        """Let a local name stand for a value; the caller writes the assignment."""
        js = Js(self.name(python))
        self.variables[python] = value.named(js)
        return js

    def attribute(self, python: str) -> str:
        """The JavaScript name of an attribute of ``self``."""
        names = self.unit.attribute_names
        if python not in names:
            name = camel(python)
            while name in LAYER_MEMBERS or name in names.values():
                name += "_"
            names[python] = name
        return names[python]

    def snapshot(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """What the names stand for now, to come back to."""
        return dict(self.variables), dict(self.unit.attributes)

    def restore(self, state: tuple[dict[str, Value], dict[str, Value]]) -> None:
        """Back to an earlier state."""
        self.variables = dict(state[0])
        self.unit.attributes.clear()
        self.unit.attributes.update(state[1])

    def merge(self, state: tuple[dict[str, Value], dict[str, Value]]) -> None:
        """Join the current state with that of another way to here."""
        for own, other in ((self.variables, state[0]), (self.unit.attributes, state[1])):
            for name in [*own, *(each for each in other if each not in own)]:
                own[name] = _joined(own.get(name), other.get(name))


def _joined(first: Value | None, second: Value | None) -> Value:
    return join(first, second)


LAYER_MEMBERS = frozenset(
    [
        "activityRegularizer",
        "addInboundNode",
        "addLoss",
        "addWeight",
        "apply",
        "assertInputCompatibility",
        "assertNotDisposed",
        "batchInputShape",
        "build",
        "built",
        "calculateLosses",
        "call",
        "clearCallHook",
        "computeMask",
        "computeOutputShape",
        "countParams",
        "dispose",
        "disposeWeights",
        "dtype",
        "fastWeightInitDuringBuild",
        "getClassName",
        "getConfig",
        "getInputAt",
        "getNodeAtIndex",
        "getOutputAt",
        "getWeights",
        "id",
        "inboundNodes",
        "initialWeights",
        "input",
        "inputMask",
        "inputShape",
        "inputSpec",
        "inputs",
        "invokeCallHook",
        "losses",
        "name",
        "nonTrainableWeights",
        "outboundNodes",
        "output",
        "outputMask",
        "outputShape",
        "resetStates",
        "setCallHook",
        "setFastWeightInitDuringBuild",
        "setMaskMetadata",
        "setWeights",
        "stateful",
        "sublayers",
        "supportsMasking",
        "trainable",
        "trainableWeights",
        "trainable_",
        "updates",
        "warnOnIncompatibleInputShape",
        "weights",
        "constructor",
        "_addedWeightNames",
        "_built",
        "_callHook",
        "_losses",
        "_nonTrainableWeights",
        "_refCount",
        "_stateful",
        "_trainableWeights",
        "_updates",
        "track",
    ]
)


"""What a layer of TensorFlow.js has already; attributes of a translated class get other names."""
