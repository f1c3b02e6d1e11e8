"""The layer library: hand-written JavaScript of classes that many models share, and when it fits.

A class fits a configuration only if the two leave no doubt about what is computed: Keras stores the
name of a custom class and its configuration, but not its code, and people give one name to different
things. What a class computes stands in its file in ``custom_layers_js/layers``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from converter.javascript import package_folder
from converter.layers.configuration import brief, listed, whole
from converter.model import Config
from converter.shims.shim import LIBRARY, Shim


class _Value(NamedTuple):
    """What the value of a key must be, in words and as a test."""

    wanted: str
    test: Callable[[Any], bool]


@dataclass(frozen=True)
class _Class:
    """A row of the library.

    Attributes:
        keys: the keys that its JavaScript reads.
        needs: of each of these sets of spellings, a configuration must have exactly one.
        doubt: why what is computed cannot be told from a configuration, if it cannot.
        has_weights: whether its layers have weights.
        positional_weights: as for ``Shim``.
    """

    keys: Mapping[str, _Value]
    needs: tuple[tuple[str, ...], ...] = ()
    doubt: Callable[[Config], str | None] = lambda _: None
    has_weights: bool = False
    positional_weights: bool = False


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_scale(value: object) -> bool:
    return _is_number(value) or all(map(_is_number, listed(value) or [None]))


def _is_padding(value: object) -> bool:
    sides = listed(value) or [value, value]
    pairs = [listed(side) or [side, side] for side in sides]
    return len(sides) == 2 and all(
        len(pair) == 2 and all((whole(size) or 0) >= 0 and whole(size) is not None for size in pair)
        for pair in pairs
    )


def _axis(value: object) -> bool:
    return whole(value) not in {None, 0}


_COUNT = _Value("a whole number of at least 1", lambda value: (whole(value) or 0) >= 1)
_NUMBER = _Value("a number", _is_number)
_BOUND = _Value("a number or null", lambda value: value is None or _is_number(value))
_FLAG = _Value("true or false", lambda value: isinstance(value, bool))
_AXIS = _Value("an axis other than that of the batch", _axis)
_GROUPS = _Value(
    "a whole number of at least 1, or -1", lambda value: whole(value) == -1 or _COUNT.test(value)
)
_CHANNELS_LAST = _Value("channels_last", lambda value: value in (None, "channels_last", "NHWC"))
_ANYTHING = _Value("anything", lambda _: True)

_BASE = {
    **dict.fromkeys(("name", "trainable", "dtype", "autocast", "dynamic", "activity_regularizer"), _ANYTHING),
    **dict.fromkeys(("input_shape", "batch_input_shape", "batch_shape"), _ANYTHING),
}
"""What Keras's ``Layer.get_config`` returns; it changes no output."""

_TRAINING = dict.fromkeys(
    [
        f"{weight}_{kind}"
        for weight in ("beta", "gamma")
        for kind in ("initializer", "regularizer", "constraint")
    ],
    _ANYTHING,
)
"""What a normalization is trained with."""

_NORMALIZATION = {"epsilon": _NUMBER, "center": _FLAG, "scale": _FLAG, **_TRAINING}
_BLOCK = ("scale", "block_size", "blockSize", "scale_factor", "factor", "size", "r")
_SHUFFLE = (*_BLOCK, "upscale_factor", "upsample_factor", "upsample_rate")
_UNSHUFFLE = (*_BLOCK, "downscale_factor", "downsample_factor")
_SCALES = ("scale", "scale_factor", "factor", "value")
_MINIMA = ("min_value", "clip_value_min", "min", "min_val", "minimum", "low", "lower")
_MAXIMA = ("max_value", "clip_value_max", "max", "max_val", "maximum", "high", "upper")
_RATIOS = ("ratio", "reduction", "reduction_ratio")


def _lacks(key: str, why: str) -> Callable[[Config], str | None]:
    return lambda config: None if key in config else f"its configuration lacks {key!r}, and {why}"


def _instance_normalization(config: Config) -> str | None:
    """TensorFlow Addons adds epsilon to the variance, keras-contrib to the standard deviation."""
    if "epsilon_on" in config or "groups" in config or _TRAINING.keys() <= config.keys():
        return None
    return (
        "its configuration is neither that of TensorFlow Addons (with groups) nor that of keras-contrib "
        "(with initializers, regularizers and constraints), and lacks 'epsilon_on', which tells whether "
        "epsilon is added to the variance or to the deviation"
    )


def _padding(config: Config) -> str | None:
    pair = listed(config.get("padding"))
    if pair is None or listed(pair[0]) is not None or whole(pair[0]) == whole(pair[1]):
        return None
    return f"its padding {list(pair)} is height and width to some and width and height to others"


_CLASSES: dict[str, _Class] = {
    "ChannelAttention": _Class(
        {
            **dict.fromkeys(_RATIOS, _COUNT),
            "pooling": _Value("'mean' or 'mean+max'", lambda value: value in ("mean", "mean+max")),
            "use_bias": _FLAG,
        },
        (_RATIOS,),
        _lacks("pooling", "some of this name take the mean of each channel, others the maximum as well"),
        has_weights=True,
        positional_weights=True,
    ),
    "Clip": _Class(dict.fromkeys(_MINIMA + _MAXIMA, _BOUND), (_MINIMA, _MAXIMA)),
    "GELU": _Class(
        {"approximate": _FLAG},
        doubt=_lacks("approximate", "the exact function goes by this name as well as the one with tanh"),
    ),
    "GroupNormalization": _Class(
        {"groups": _GROUPS, "axis": _AXIS, **_NORMALIZATION}, (("groups",),), has_weights=True
    ),
    "InstanceNormalization": _Class(
        {
            "groups": _ANYTHING,  # Addons says how many channels there are
            "axis": _Value(f"{_AXIS.wanted}, or null", lambda value: value is None or _axis(value)),
            "epsilon_on": _Value(
                "'variance' or 'deviation'", lambda value: value in ("variance", "deviation")
            ),
            **_NORMALIZATION,
        },
        (("axis",), ("epsilon",)),
        _instance_normalization,
        has_weights=True,
    ),
    "Mish": _Class({}),
    "MultiplyBeta": _Class({"beta": _NUMBER}, (("beta",),)),
    "PixelShuffle": _Class({**dict.fromkeys(_SHUFFLE, _COUNT), "data_format": _CHANNELS_LAST}, (_SHUFFLE,)),
    "ReflectionPadding2D": _Class(
        {
            "padding": _Value("a whole number, two of them, or two pairs", _is_padding),
            "data_format": _CHANNELS_LAST,
        },
        (("padding",),),
        _padding,
    ),
    "Scale": _Class(dict.fromkeys(_SCALES, _Value("a number or a list of them", _is_scale)), (_SCALES,)),
    "SpaceToDepth": _Class(
        {**dict.fromkeys(_UNSHUFFLE, _COUNT), "data_format": _CHANNELS_LAST}, (_UNSHUFFLE,)
    ),
    "SpatialAttention": _Class(
        {
            "kernel_size": _COUNT,
            "pooling": _Value("'mean+max' or 'max+mean'", lambda value: value in ("mean+max", "max+mean")),
            "use_bias": _FLAG,
        },
        (("kernel_size",),),
        _lacks("pooling", "some of this name put the mean before the maximum, others behind it"),
        has_weights=True,
        positional_weights=True,
    ),
    "Swish": _Class({"beta": _NUMBER}),
}

ALIASES = {
    "ClipByValue": "Clip",
    "ClipLayer": "Clip",
    "Clipping": "Clip",
    "DepthToSpace": "PixelShuffle",
    "Gelu": "GELU",
    # UpscalerJS writes the scale into the name of the class.
    "PixelShuffle2x": "PixelShuffle",
    "PixelShuffle3x": "PixelShuffle",
    "PixelShuffle4x": "PixelShuffle",
    "PixelShuffle8x": "PixelShuffle",
    "PixelUnshuffle": "SpaceToDepth",
    "ReflectPadding2D": "ReflectionPadding2D",
    "ReflectionPad2D": "ReflectionPadding2D",
    "ScaleLayer": "Scale",
    "Scaling": "Scale",
    "SiLU": "Swish",
    "Silu": "Swish",
    "SubpixelConv2D": "PixelShuffle",
    "SymmetricPadding2D": "ReflectionPadding2D",
}
"""Other names of the classes."""


def names() -> tuple[str, ...]:
    """The names of all classes of the library, aliases among them, in alphabetical order."""
    return tuple(sorted([*_CLASSES, *ALIASES]))


def spellings(class_name: str) -> tuple[tuple[str, ...], ...]:
    """What a class must be told: of each of these sets of keys, exactly one."""
    return _CLASSES[class_name].needs


def find(class_name: str, config: Config, weights: int = 0) -> Shim | None:
    """The JavaScript of a class, if the library has it and it fits the configuration.

    Args:
        class_name: without the package that it is registered under.
        config: as Keras stores it, in snake_case.
        weights: how many weights the layer has.
    """
    return None if why_not(class_name, config, weights) else _shim(class_name)


def why_not(class_name: str, config: Config, weights: int = 0) -> str | None:
    """Why the library cannot stand for a layer, in words; ``None`` if it can."""
    row = _CLASSES.get(ALIASES.get(class_name, class_name))
    if row is None:
        return f"the library has no class {class_name!r}"
    if weights and not row.has_weights:
        return "it has weights, and the library's class has none"
    for key, value in config.items():
        known = row.keys.get(key) or _BASE.get(key)
        if known is None:
            return f"its configuration has the key {brief(key)}, which the library's class does not know"
        if not known.test(value):
            return f"its configuration gives {key!r} as {brief(value)}, but it must be {known.wanted}"
    says_scale = re.search(r"\dx$", class_name) is not None
    for spellings in row.needs:
        given = [key for key in spellings if key in config]
        if len(given) > 1:
            return f"its configuration has both {given[0]!r} and {given[1]!r}"
        if not given and not says_scale:
            several = "" if len(spellings) == 1 else ", or one that means the same"
            return f"its configuration lacks the key {spellings[0]!r}{several}"
    return row.doubt(config)


@cache
def _shim(class_name: str) -> Shim:
    original = ALIASES.get(class_name, class_name)
    javascript = (package_folder() / "layers" / f"{original}.js").read_text("utf-8")
    mentions = re.compile(rf"\b((?:define)?){original}\b")
    return Shim(
        class_name,
        mentions.sub(rf"\g<1>{class_name}", javascript),
        _declaration(original).replace(f"{original}Config", f"{class_name}Config", 1),
        LIBRARY,
        _CLASSES[original].positional_weights,
    )


def _declaration(class_name: str) -> str:
    """The interface of a class's configuration, with what it extends written out."""
    types = (package_folder() / "types.d.ts").read_text("utf-8")

    def body(interface: str) -> str:
        found = re.search(
            rf"^export interface {interface}\b[^{{]*\{{\n?(.*?)\}}$", types, re.MULTILINE | re.DOTALL
        )
        assert found is not None, interface
        return found.group(1)

    return f"export interface {class_name}Config {{\n{body('LayerConfig')}{body(f'{class_name}Config')}}}\n"
