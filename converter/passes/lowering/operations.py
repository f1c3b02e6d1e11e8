"""Operations outside of layers: built-in layers where some compute the same, else classes of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from converter.layers.configuration import brief, listed, whole
from converter.layers.operation import OPERATION, bound, output_shapes
from converter.layers.operation_table import MUST_BE, REFUSED, ROWS, Row
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor
from converter.passes.lowering.operation_limits import refuse_unknown
from converter.passes.whole_numbers import NARROW

_WHY = "operations outside of layers are no layers"
_CLASS = "Keras"
"""Set before the name of an operation: see ``converter.shims.operations``."""

_SCALED = {
    "Add": (1.0, 1.0, 1.0),
    "Subtract": (1.0, -1.0, -1.0),
    "Multiply": (0.0, 0.0, 0.0),
    "Divide": (0.0, 0.0, 0.0),
    "TrueDivide": (0.0, 0.0, 0.0),
}
_FUNCTIONS = {
    "Elu": "elu",
    "LogSoftmax": "log_softmax",
    "Relu": "relu",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Silu": "swish",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}
_MERGES = {"Add": "Add", "Multiply": "Multiply", "Maximum": "Maximum", "Minimum": "Minimum"}
WRAPS = frozenset(
    {
        *("Add", "Subtract", "Multiply", "Power", "Square", "Negative", "Abs", "Absolute", "Sum", "Prod"),
        *("Cumsum", "Cumprod", "FloorDivide", "Mod", "Dot", "Matmul", "Einsum", "Inner", "Outer", "Vdot"),
        *("Kron", "Tensordot", "Diff", "Trace", "Cross", "Vander", "Fmod", "Nansum", "Nanprod"),
    }
)
"""Operations whose results may be too large for their type."""

FLAT_WITHOUT_AXIS = frozenset({"Softmax", "LogSoftmax", "Sort", "Argsort", "TakeAlongAxis"})
"""Operations that take all numbers in a row where their axis is null, and the last where it is left out."""

_FLOATS = frozenset({"float32", "float64", "float16", "bfloat16"})


def _lower(site: Site) -> Lowered:
    try:
        return _understood(site)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError):
        site.refuse(
            f"the operation {brief(site.config.get('operation'))} is given what it cannot take.",
            "The file is damaged or was edited: save the model from Keras again.",
        )


def _understood(site: Site) -> Lowered:
    name = str(site.config.get("operation"))
    row = ROWS.get(name)
    if row is None:
        why = REFUSED.get(name, "it is none that is known of Keras")
        site.refuse(
            f"the operation {brief(name)} cannot be converted: {why}.",
            "Compute it before or behind the model, try --format graph, or write a layer for it and name its "
            "Python by --layers-from FILE.py.",
        )
    arguments = _bind(site, name, row)
    part = site.part()
    # Built-in layers make floating-point numbers of whole ones.
    given = listed(site.config.get("dtypes")) or [None] * len(site.inputs)
    dtypes = [each if isinstance(each, str) else None for each in given]
    is_float = all(dtype in {"float32", None} for dtype in dtypes)
    _check_width(site, name, dtypes, arguments)
    if site.keras == 2 and name == "Mean" and any("int" in (dtype or "") for dtype in dtypes):
        site.refuse("TensorFlow divides a mean of whole numbers as whole numbers.", "Cast to float32 first.")
    if name == "Resize":
        return part.done(_resized(part, site, arguments), why=_WHY)
    output = _builtin(part, name, arguments) if is_float else None
    if output is None:
        if not site.custom_layers:
            site.refuse(
                f"no built-in layers compute the operation {brief(name)}.",
                "Leave out --no-custom-layers, or use layers in its place.",
            )
        shapes = output_shapes(site.config, site.inputs)
        config = {
            "arguments": arguments,
            "dtypes": dtypes,
            "shapes": [None if each is None else list(each) for each in shapes],
        }
        found = part.add_several(_CLASS + name, part.inputs, config, shapes=shapes)
        return part.done(*found, why=_WHY)
    return part.done(output, why=_WHY)


def _bind(site: Site, name: str, row: Row) -> dict[str, Any]:
    """The arguments by name, with settings and constants as the JavaScript takes them."""
    settings = {
        key: _plain(value)
        for key, value in (site.config.get("settings") or {}).items()
        if value is not None or (key == "axis" and name in FLAT_WITHOUT_AXIS)
    }
    if any(map(_holds_tensor, settings.values())):
        site.refuse(
            f"the operation {brief(name)} is given a size that is known only when the model runs.",
            "Give the model inputs of known sizes, and save it again.",
        )
    for key, value in settings.items():
        if key not in row.made_with:
            site.refuse(
                f"the operation {brief(name)} has {brief(key)}, which is not known of it.",
                "Save the model from a Keras that is known: 3.0 to 3.15.",
            )
        allowed = MUST_BE.get((name, key))
        if allowed is not None and value not in allowed:
            site.refuse(
                f"the operation {brief(name)} has {key} {brief(value)}, which is not known here.",
                f"Use {' or '.join(map(repr, allowed))}.",
            )
    args, kwargs = listed(site.config.get("args")) or (), site.config.get("kwargs") or {}
    if name == "GetItem":
        raw = bound(site.config)
        return {"x": _constant(site, raw.get("x")), "key": _key(site, raw.get("key"))}
    names = [each.lstrip("*") for each in row.called_on]
    given: dict[str, Any] = {}
    if row.called_on[0].startswith("*"):
        given[names[0]] = [_constant(site, each) for each in args]
    else:
        if len(args) > len(names):
            site.refuse(f"the operation {brief(name)} has {len(args)} arguments.", "Save the model again.")
        given |= {key: _constant(site, each) for key, each in zip(names, args, strict=False)}
    for key, value in kwargs.items():
        if key not in names:
            site.refuse(f"the operation {brief(name)} is called with {brief(key)}.", "Leave it out.")
        given[key] = _constant(site, value)
    found = {**settings, **{key: value for key, value in given.items() if value is not None}}
    refuse_unknown(site, name, found)
    return found


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "tensor" in value
    return isinstance(value, list) and any(map(_holds_tensor, value))


def _check_width(site: Site, name: str, dtypes: Sequence[str | None], arguments: Mapping[str, Any]) -> None:
    """Refuses what wraps around in Keras: TensorFlow.js has whole numbers of 32 bits alone."""
    narrow = sorted({dtype for dtype in dtypes if dtype in NARROW})
    fractions = any(
        isinstance(each, Mapping) and each.get("dtype") == "float32" for each in arguments.values()
    )
    if narrow and name in WRAPS and not fractions and all(dtype in {*NARROW, "bool"} for dtype in dtypes):
        site.refuse(
            f"the operation {brief(name)} computes in {narrow[0]}, whose numbers wrap around, and those of "
            "TensorFlow.js have 32 bits.",
            "Cast to float32 or int32 first.",
        )
    if arguments.get("dtype") in NARROW:
        site.refuse(
            f"the operation {brief(name)} makes {arguments['dtype']}, and TensorFlow.js has 32 bits alone.",
            "Use int32 or float32.",
        )


def _plain(value: Any) -> Any:
    """A setting: plain values, with infinities as words, since JSON has none."""
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _constant(site: Site, value: Any) -> Any:
    """An argument: fractions are tensors; whole numbers take the dtype of what is beside them."""
    if isinstance(value, float):
        if not math.isfinite(value):
            site.refuse("one of its constants is no finite number.", "Use a large number in its place.")
        return {"constant": value, "dtype": "float32"}
    if isinstance(value, Mapping):
        if "tensor" in value:
            return dict(value)
        config = value.get("config")
        if str(value.get("class_name")) in {"__numpy__", "__tensor__"} and isinstance(config, Mapping):
            return {"constant": config.get("value"), "dtype": _dtype(site, config.get("dtype"))}
        site.refuse(f"one of its arguments is {brief(dict(value))}.", "Use numbers, lists or tensors.")
    items = listed(value)
    if items is None:
        return value
    if _has_fraction(items):
        return {"constant": value, "dtype": "float32"}
    return [_constant(site, each) for each in items]


def _has_fraction(items: Sequence[Any]) -> bool:
    """Whether these are numbers alone, in lists or not, one of which is a fraction."""
    flat = list(items)
    numbers = []
    while flat:
        each = flat.pop()
        inner = listed(each)
        if inner is not None:
            flat += inner
        else:
            numbers.append(each)
    return any(isinstance(each, float) for each in numbers) and all(
        isinstance(each, int | float) and math.isfinite(each) for each in numbers
    )


def _dtype(site: Site, dtype: object) -> str:
    if dtype in _FLOATS:
        return "float32"
    if dtype == "bool":
        return "bool"
    if isinstance(dtype, str) and dtype.lstrip("u").startswith("int"):
        return "int32"
    return site.refuse(f"one of its constants is of the dtype {brief(dtype)}.", "Use float32 or int32.")


def _key(site: Site, key: Any) -> list[Any]:
    """``x[key]``: numbers, ``{"slice": [start, stop, step]}``, ``None`` and ``"ellipsis"``."""
    items = listed(key)
    found: list[Any] = []
    for each in [key] if items is None else items:
        kind = each.get("class_name") if isinstance(each, Mapping) else None
        if kind == "__slice__":
            bounds = [each["config"].get(end) for end in ("start", "stop", "step")]
            if any(bound is not None and whole(bound) is None for bound in bounds):
                site.refuse("it slices by tensors.", "Slice by numbers.")
            found.append({"slice": bounds})
        elif kind == "__ellipsis__":
            found.append("ellipsis")
        elif each is None or whole(each) is not None:
            found.append(each)
        else:
            found.append(_constant(site, each))
    return found


def _tensor(part: Part, value: Any) -> Tensor | None:
    place = value.get("tensor") if isinstance(value, Mapping) else None
    return part.inputs[place] if isinstance(place, int) and 0 <= place < len(part.inputs) else None


def _number(value: Any) -> float | None:
    """A constant that is one number."""
    if isinstance(value, Mapping) and value.get("dtype") == "float32":
        value = value.get("constant")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _builtin(part: Part, name: str, arguments: Mapping[str, Any]) -> Tensor | None:
    """The operation by built-in layers; ``None`` where none compute the same."""
    x = _tensor(part, arguments.get("x"))
    if name in _FUNCTIONS and x is not None:
        return _activation(part, name, arguments, x)
    if name == "Negative" and x is not None:
        return part.add("Rescaling", x, {"scale": -1.0, "offset": 0.0}, shape=x.shape)
    if "x1" in arguments and "x2" in arguments:
        return _of_two(part, name, arguments)
    if name == "Concatenate":
        return _concatenate(part, arguments)
    if name == "Transpose" and x is not None and x.shape is not None:
        axes = listed(arguments.get("axes")) or tuple(reversed(range(len(x.shape))))
        positive = [axis % len(x.shape) for axis in axes]
        return part.add("Permute", x, {"dims": positive[1:]}) if positive[0] == 0 else None
    if name == "Reshape" and x is not None:
        return _reshape(part, arguments, x)
    return None


def _resized(part: Part, site: Site, arguments: Mapping[str, Any]) -> Tensor:
    """Pictures resized, the channels behind everything else."""
    x = _tensor(part, arguments.get("images"))
    if x is None or x.shape is None or len(x.shape) != 4:
        site.refuse("it resizes something else than a batch of pictures.", "Give it a batch dimension.")
    if not site.custom_layers:
        site.refuse(
            "no built-in layers resize pictures.", "Leave out --no-custom-layers, or use UpSampling2D."
        )
    first = arguments.get("data_format") == "channels_first"
    kept = {
        key: value for key, value in arguments.items() if key not in {"images", "data_format", "fill_mode"}
    }
    if first:
        x = part.add("Permute", x, {"dims": [2, 3, 1]})
    x = part.add("KerasResizing", x, kept)
    return part.add("Permute", x, {"dims": [3, 1, 2]}) if first else x


def _activation(part: Part, name: str, arguments: Mapping[str, Any], x: Tensor) -> Tensor | None:
    if set(arguments) - {"x"} and not (
        (name in {"Softmax", "LogSoftmax"} and arguments.get("axis", -1) == -1)
        or (name == "Elu" and arguments.get("alpha", 1.0) == 1)
    ):
        return None
    return part.add("Activation", x, {"activation": _FUNCTIONS[name]}, shape=x.shape)


def _of_two(part: Part, name: str, arguments: Mapping[str, Any]) -> Tensor | None:
    one, other = (_tensor(part, arguments[key]) for key in ("x1", "x2"))
    if one is not None and other is not None:
        if name not in _MERGES or one == other or one.shape is None or one.shape != other.shape:
            return None
        return part.add(_MERGES[name], [one, other])
    x, number = (one, _number(arguments["x2"])) if one is not None else (other, _number(arguments["x1"]))
    if x is None or number is None or name not in _SCALED:
        return None
    reverse = one is None
    scale, offset = 1.0, 0.0
    match name:
        case "Add":
            offset = number
        case "Subtract":
            scale, offset = (-1.0, number) if reverse else (1.0, -number)
        case "Multiply":
            scale = number
        case _ if reverse or number == 0 or math.frexp(number)[0] != 0.5:
            return None  # only a power of two has a reciprocal that divides exactly
        case _:
            scale = 1 / number
    return part.add("Rescaling", x, {"scale": scale, "offset": offset}, shape=x.shape)


def _concatenate(part: Part, arguments: Mapping[str, Any]) -> Tensor | None:
    tensors = [_tensor(part, each) for each in arguments.get("xs", ())]
    found = [each for each in tensors if each is not None]
    axis = whole(arguments.get("axis", 0))
    if len(found) < 2 or len(found) < len(tensors) or len(set(found)) < len(found) or axis is None:
        return None
    rank = len(found[0].shape) if found[0].shape is not None else None
    if rank is None or axis % rank == 0:
        return None
    return part.add("Concatenate", found, {"axis": axis % rank})


def _reshape(part: Part, arguments: Mapping[str, Any], x: Tensor) -> Tensor | None:
    """A reshape that leaves the batch alone, which is only certain where the other sizes are known."""
    target = listed(arguments.get("newshape"))
    if not target or x.shape is None or any(size is None for size in x.shape[1:]):
        return None
    size = math.prod(each for each in x.shape[1:] if each is not None)
    rest = [whole(each) for each in target[1:]]
    if target[0] not in (-1, None) or any(each is None or each < 0 for each in rest):
        return None
    known = [each for each in rest if each is not None]
    return part.add("Reshape", x, {"target_shape": known}) if math.prod(known) == size else None


LOWERINGS: dict[str, Lowering] = {OPERATION: Lowering(_lower)}
"""By class name."""
