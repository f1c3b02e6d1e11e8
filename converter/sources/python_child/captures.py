"""What a name in a live function stands for, found without running a line of anybody's code.

Attributes are looked up in the dictionaries where they lie: a property or ``__getattr__`` is never
called, so that nothing happens which did not happen when the model was built.
"""

from __future__ import annotations

import builtins
import inspect
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, TypeAlias

import numpy as np

from converter.errors import UnsupportedError
from converter.sources.python_child import live

LIBRARIES = frozenset({*live.LIBRARIES, "numpy", "math", "functools", "operator"})
"""Modules whose functions give the same for the same; what else is used must be resolved."""

BUILT_INS = frozenset(
    {
        *("abs", "all", "any", "bool", "divmod", "enumerate", "filter", "float", "int", "isinstance"),
        *("len", "list", "map", "max", "min", "pow", "range", "reversed", "round", "slice", "sorted"),
        *("str", "sum", "tuple", "zip", "dict", "set"),
        *("ValueError", "TypeError", "AssertionError", "RuntimeError", "NotImplementedError"),
    }
)
MAX_ELEMENTS = 1 << 16
"""The largest array that a configuration holds, in elements."""

MAX_INTEGER = 2**53 - 1
"""The largest whole number that JavaScript tells from its neighbours."""

FIX = "Capture numbers, strings, tuples or numpy arrays, or write a keras.layers.Layer that holds the state."
EFFECT_FIX = "Leave it out of the function: a layer computes the same from the same, and does nothing else."
MISSING = object()
Step: TypeAlias = str | tuple[str | int]
"""One step from an object to a part of it: the name of an attribute, or an item's key in a tuple."""


@dataclass(frozen=True, eq=False)
class Scope:
    """The names that a live function sees beside its own.

    Attributes:
        function: the function.
        bound: parameters that no call passes, such as ``self``, with what they stand for.
        where: the layer it belongs to, for messages.
    """

    function: FunctionType
    bound: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    @classmethod
    def of(cls, function: Any, where: str) -> Scope:
        """The scope of a function, a bound method or a partial.

        Raises:
            UnsupportedError: when it is none of them.
        """
        bound: dict[str, Any] = {}
        positional: tuple[Any, ...] = ()
        while True:
            if isinstance(function, partial):
                bound = {**function.keywords, **bound}
                positional = (*function.args, *positional)
                function = function.func
            elif isinstance(function, MethodType):
                positional = (function.__self__, *positional)
                function = function.__func__
            elif (traced := _traced(function)) is not None:
                function = traced
            else:
                break
        if not isinstance(function, FunctionType):
            why = f"its function is {describe(function)}, whose code cannot be read."
            raise UnsupportedError("capture", where, why, FIX)
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        return cls(function, {**dict(zip(names, positional, strict=False)), **bound}, where)

    def lookup(self, name: str) -> Any:
        """What a free name stands for; ``MISSING`` when nothing."""
        if name in self.bound:
            return self.bound[name]
        code, cells = self.function.__code__, self.function.__closure__ or ()
        if name in code.co_freevars:
            try:
                return cells[code.co_freevars.index(name)].cell_contents
            except ValueError:
                return MISSING
        return self.function.__globals__.get(name, getattr(builtins, name, MISSING))

    @property
    def package(self) -> str:
        """The top level of the package that the function is part of."""
        return str(self.function.__globals__.get("__name__", "")).split(".", 1)[0]


def _traced(function: Any) -> FunctionType | None:
    """The Python function inside a ``tf.function``."""
    if not hasattr(type(function), "get_concrete_function"):
        return None
    inner = _instance_dict(function).get("_python_function")
    return inner if isinstance(inner, FunctionType) else None


def step(value: Any, part: Step) -> Any:
    """An attribute or item of an object, as it lies there.

    Args:
        value: any object.
        part: a name for an attribute, a tuple of one for an item.

    Raises:
        LookupError: with the reason, when only running code could tell.
    """
    if isinstance(part, tuple):
        if type(value) in (dict, list, tuple):
            try:
                return value[part[0]]
            except (LookupError, TypeError):
                raise LookupError(f"there is no item {part[0]!r} in it") from None
        raise LookupError(f"an item of {describe(value)} is known only by running its code")
    if isinstance(value, ModuleType):
        if part in value.__dict__:
            return value.__dict__[part]
        raise LookupError(f"the module '{value.__name__}' has no '{part}'")
    kind = type(value)
    if _overrides(kind, "__getattribute__") and not isinstance(value, type):
        raise LookupError(f"{kind.__name__} looks up attributes by code of its own")
    found = inspect.getattr_static(value, part, MISSING)
    if found is MISSING:
        reason = (
            "looks it up by code of its own" if _overrides(kind, "__getattr__") else "has no such attribute"
        )
        raise LookupError(f"{kind.__name__} {reason}")
    return _unwrap(value, found, part)


def _unwrap(value: Any, found: Any, name: str) -> Any:
    """What looking up would give for what lies in a class or instance."""
    if isinstance(found, MemberDescriptorType):
        try:
            return found.__get__(value, type(value))  # a slot, which C reads
        except AttributeError:
            raise LookupError("it has not been set") from None
    if isinstance(found, property | GetSetDescriptorType):
        raise LookupError("it is a property, which runs code")  # noqa: TRY004 - the lookup is what fails
    if isinstance(found, staticmethod):
        return found.__func__
    if isinstance(found, classmethod):
        return MethodType(found.__func__, value if isinstance(value, type) else type(value))
    own = name in _instance_dict(value)
    if isinstance(found, FunctionType) and not own and not isinstance(value, type):
        return MethodType(found, value)
    if not own and hasattr(type(found), "__get__") and not isinstance(found, FunctionType | type):
        raise LookupError(f"it belongs to {describe(value)}, whose state it may read or change")
    return found


def _overrides(kind: type, name: str) -> bool:
    return any(
        name in each.__dict__ and each.__module__.split(".")[0] not in LIBRARIES
        for each in kind.__mro__
        if each.__module__ != "builtins"
    )


def _instance_dict(value: Any) -> Mapping[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, Mapping) else {}


def constant(value: Any) -> Any:
    """The value as a configuration holds it: plain scalars, tuples of them, arrays.

    Raises:
        LookupError: with the reason, when it is nothing of the kind.
    """
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        value = value.item()
    if type(value) is int and abs(value) > MAX_INTEGER:
        raise LookupError(f"it is {value}, which JavaScript cannot hold: its whole numbers end at 2**53")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise LookupError(f"it is {value}, which JSON cannot hold")
        return value
    if type(value) is tuple:
        return tuple(constant(each) for each in value)
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        if value.size > MAX_ELEMENTS:
            raise LookupError(f"it is an array of {value.size:,} elements, too large for a configuration")
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise LookupError("it holds numbers that are not finite, which JSON cannot hold")
        if value.dtype.kind in "iu" and any(abs(each) > MAX_INTEGER for each in value.ravel().tolist()):
            raise LookupError("it holds whole numbers beyond 2**53, which JavaScript cannot hold")
        return value.copy()
    if type(value).__module__.startswith("tensorflow.") and type(value).__name__ == "DType":
        return str(value.name)
    raise LookupError(f"it is {describe(value)}")


def is_constant(value: Any) -> bool:
    """Whether ``constant`` takes it."""
    try:
        constant(value)
    except LookupError:
        return False
    return True


def is_library(value: Any) -> bool:
    """Whether it is a module, function or class of a library, which a module can import by name."""
    if isinstance(value, ModuleType):
        return value.__name__.split(".")[0] in LIBRARIES
    module = getattr(value, "__module__", None) if isinstance(value, _CODE) else None
    return isinstance(module, str) and module.split(".")[0] in LIBRARIES


_CODE = (FunctionType, BuiltinFunctionType, type, np.ufunc)


def is_helper(value: Any, package: str) -> bool:
    """Whether it is a function of the user's own, whose code belongs to the layer."""
    function = value.__func__ if isinstance(value, MethodType) else _traced(value) or value
    if not isinstance(function, FunctionType):
        return False
    top = _top(function)
    if top in sys.stdlib_module_names:
        return False
    return top == package or "site-packages" not in Path(function.__code__.co_filename).parts


def is_third_party(value: Any) -> bool:
    """Whether it is a function of an installed package that is neither known here nor the user's own."""
    return isinstance(value, FunctionType) and _top(value) not in {*sys.stdlib_module_names, *LIBRARIES}


def _top(function: FunctionType) -> str:
    module = function.__module__ if isinstance(function.__module__, str) else ""
    return module.split(".", 1)[0]


def describe(value: Any) -> str:
    """What an object is, in words; nothing of it is run."""
    kind = type(value)
    module = kind.__module__.split(".")[0]
    if value is MISSING:
        return "nothing yet"
    if live.origin_quietly(value):
        return "a tensor of the model's graph"
    if module in live.LIBRARIES and ("Variable" in kind.__name__ or "Tensor" in kind.__name__):
        return "a variable" if "Variable" in kind.__name__ else "a tensor"
    if live.is_layer(value):
        return (
            f"a Keras {'model' if live.is_model(value) else 'layer'} ({kind.__name__}) with its own weights"
        )
    if kind in (list, dict, set, bytearray):
        return f"a mutable {kind.__name__}"
    if isinstance(value, ModuleType):
        return f"the module '{value.__name__}'"
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType):
        return f"the function '{getattr(value, '__qualname__', '?')}'"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if kind is np.ndarray:
        return f"a numpy array of {value.dtype}"
    return f"an object of the class {kind.__name__}"
