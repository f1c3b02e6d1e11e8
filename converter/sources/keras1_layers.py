"""The layers of Keras 1 in the words of Keras 2: class names, configuration keys, names of weights.

What only training needs (initial values, regularizers, constraints) is left out. Facts from the sources of
Keras 1.0.7, the first release that saves whole models, to 1.2.2, the last of its line:
https://github.com/keras-team/keras/tree/1.2.2/keras/layers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from converter.errors import ConverterError, SourceError, UnsupportedError
from converter.layers.configuration import brief, listed, whole
from converter.layers.registry import MISSING
from converter.model import Config

ZEROS = {"class_name": "Zeros", "config": {}}
REPLACE = "Replace it by layers that TensorFlow.js has, in Python, and save the model again."
RESAVE = (
    "Load it in Keras 2.2 or older, which still reads it, on the machine that made it, and save it again."
)

COMMON = {"name": "name", "trainable": "trainable", "batch_input_shape": "batch_input_shape"}

IGNORED = frozenset(
    # The sizes of the input stand in batch_input_shape; consume_less picks one of three equal ways.
    {"input_dim", "input_length", "input_dtype", "consume_less", "init", "inner_init", "forget_bias_init"}
)
"""Keys that mean nothing to a model that is only run."""

ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
MERGES = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}

SILENT = frozenset({"UpSampling2D", "ZeroPadding2D", "Cropping2D"})
"""Classes that Keras 1 saves without their ``dim_ordering``; it reads them with that of the machine."""

UNTRANSLATABLE = {
    "Highway": "has no counterpart in Keras 2 or TensorFlow.js",
    "MaxoutDense": "has no counterpart in Keras 2 or TensorFlow.js",
    "ParametricSoftplus": "has no counterpart in Keras 2 or TensorFlow.js",
    "SReLU": "has no counterpart in Keras 2 or TensorFlow.js",
    "ConvLSTM2D": "is not translated from Keras 1",
    "Graph": "is a model of Keras 0.3",
}

Special = Callable[[Config, str], dict[str, Any]]


class Recipe(NamedTuple):
    """How one class of Keras 1 is said in Keras 2.

    Attributes:
        name: the class in Keras 2.
        keys: the new name of each key.
        special: makes the keys that renaming does not.
        reads: the keys that ``special`` looks at.
        trained: the weights under their new names, in the order of the file.
        kept: the weights that training does not learn by gradient; they come last.
        initial: keys for initial values, which are set to zeros.
    """

    name: str
    keys: Mapping[str, str] = {}
    special: Special | None = None
    reads: frozenset[str] = frozenset()
    trained: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    initial: tuple[str, ...] = ()

    def config(self, old: Config, where: str) -> dict[str, Any]:
        """The configuration in the words of Keras 2.

        Raises:
            UnsupportedError: when it says something that cannot be said.
            SourceError: when it is malformed.
        """
        new = {ours: old[key] for key, ours in {**COMMON, **self.keys}.items() if key in old}
        known = COMMON.keys() | self.keys.keys() | self.reads | IGNORED
        for key in old:
            if key not in known and not key.endswith(("_regularizer", "_constraint")):
                raise untranslatable(where, f"its setting {brief(key)} is unknown in Keras 1", RESAVE)
        if new.get("padding") == "full":
            raise untranslatable(where, "its border_mode is 'full', which only Theano has")
        new.update(dict.fromkeys(self.initial, ZEROS))
        if self.special is not None:
            new.update(self.special(old, where))
        return new

    def weights(self, old: Config) -> tuple[str, ...]:
        """The trained weights that a layer of this configuration has, under their new names."""
        return tuple(name for name in self.trained if name != "bias" or old.get("bias", True))


def recipe_of(class_name: str, config: Config, where: str) -> Recipe:
    """The recipe for a layer.

    Raises:
        UnsupportedError: when there is none.
    """
    if class_name == "Merge":
        return _merge(config, where)
    found = RECIPES.get(class_name)
    if found is None:
        why = UNTRANSLATABLE.get(class_name) or MISSING.get(class_name)
        raise untranslatable(where, f"{class_name} {why}" if why else f"Keras 1 has no {brief(class_name)}")
    return found


def untranslatable(where: str, why: str, fix: str = REPLACE) -> ConverterError:
    """The error for what Keras 1 can say and Keras 2 or TensorFlow.js cannot."""
    return UnsupportedError("keras1-layer", where, f"{why}.", fix)


def _malformed(where: str, why: str) -> ConverterError:
    return SourceError("keras1-config", where, f"{why}.", "Save the model again with model.save('model.h5').")


def _data_format(old: Config, where: str) -> dict[str, Any]:
    ordering = old.get("dim_ordering")
    if ordering is None:
        raise untranslatable(where, "the file does not say whether its channels come first or last", RESAVE)
    if not isinstance(ordering, str) or ordering not in ORDERINGS:
        raise _malformed(where, f"its dim_ordering is {brief(ordering)} and neither 'tf' nor 'th'")
    return {"data_format": ORDERINGS[ordering]}


def _grid(*sizes: str) -> Special:
    def special(old: Config, where: str) -> dict[str, Any]:
        return {"kernel_size": [old.get(size) for size in sizes], **_data_format(old, where)}

    return special


def _line(old: Config, _where: str) -> dict[str, Any]:
    return {
        "kernel_size": [old.get("filter_length")],
        "strides": [old.get("subsample_length", 1)],
        **({"dilation_rate": [old["atrous_rate"]]} if "atrous_rate" in old else {}),
    }


def _deconvolution(old: Config, where: str) -> dict[str, Any]:
    """Keras 1 is told the output's shape, Keras 2 computes it: they must agree."""
    new = _grid("nb_row", "nb_col")(old, where)
    shape = listed(old.get("output_shape")) or ()
    at = 1 if new["data_format"] == "channels_last" else 2
    steps = listed(old.get("subsample")) or ()
    for size, kernel, step in zip(shape[at : at + 2], new["kernel_size"], steps, strict=False):
        out, width, stride = whole(size), whole(kernel), whole(step)
        if out is None or not width or not stride or min(out, width, stride) < 1:
            break
        if old.get("border_mode") == "same":
            computed = -(-out // stride) * stride
        else:
            computed = ((out - width) // stride + 1) * stride + max(width - stride, 0)
        if out != computed:
            why = f"its output_shape has {out} where Keras 2 and TensorFlow.js give {computed}"
            raise untranslatable(where, why)
    else:
        if len(shape) == 4 and len(steps) == 2:
            return new
    raise _malformed(where, "its output_shape, kernel or subsample are no positive numbers")


def _padding(old: Config, where: str) -> dict[str, Any]:
    """Rows and columns as ``[[top, bottom], [left, right]]``, of the three spellings of Keras 1."""
    value = old.get("padding")
    if isinstance(value, dict):
        sides = [value.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")]
    else:
        found = listed(value) or ()
        sides = [each for each in found for _ in range(2)] if len(found) == 2 else list(found)
    if len(sides) != 4:
        raise _malformed(where, f"its padding is {brief(value)}")
    return {"padding": [sides[:2], sides[2:]], **_data_format(old, where)}


def _normalization(old: Config, where: str) -> dict[str, Any]:
    if old.get("mode", 0) != 0:
        why = f"its mode {brief(old['mode'])} normalizes by the batch or sample at hand, as no layer does now"
        raise untranslatable(where, why)
    return {}


def _elu(old: Config, where: str) -> dict[str, Any]:
    if old.get("alpha", 1.0) != 1.0:
        raise untranslatable(where, f"its alpha is {brief(old['alpha'])}, and TensorFlow.js knows only 1")
    return {"alpha": 1.0}


def _gru(_old: Config, _where: str) -> dict[str, Any]:
    return {"implementation": 1, "reset_after": False}


def _lstm(_old: Config, _where: str) -> dict[str, Any]:
    return {"implementation": 1, "unit_forget_bias": False}


def _merge(config: Config, where: str) -> Recipe:
    mode = config.get("mode")
    reads = frozenset(
        {"mode", "mode_type", "concat_axis", "dot_axes", "output_shape", "output_shape_type", "output_mask"}
        | {"output_mask_type", "arguments", "layers"}
    )
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str):
        raise untranslatable(where, "this Merge computes by a Python function, which is never run")
    if mode == "cos":
        raise untranslatable(where, "Merge with mode 'cos' gives other shapes than Dot in Keras 2")
    if mode == "concat":
        return Recipe("Concatenate", {"concat_axis": "axis"}, reads=reads)
    if mode == "dot":
        return Recipe("Dot", {"dot_axes": "axes"}, _plain_dot, reads)
    if mode not in MERGES:
        raise _malformed(where, f"this Merge has the mode {brief(mode)}, which Keras 1 has not")
    return Recipe(MERGES[mode], reads=reads)


def _plain_dot(_old: Config, _where: str) -> dict[str, Any]:
    return {"normalize": False}


def _convolution(
    name: str, *sizes: str, weights: tuple[str, ...] = ("kernel", "bias"), **extra: str
) -> Recipe:
    keys = {
        "nb_filter": "filters",
        "activation": "activation",
        "border_mode": "padding",
        "subsample": "strides",
        "bias": "use_bias",
        **extra,
    }
    reads = frozenset({*sizes, "dim_ordering"})
    initial = tuple(f"{weight}_initializer" for weight in weights if weight != "bias")
    return Recipe(name, keys, _grid(*sizes), reads, weights, initial=initial)


def _line_convolution() -> Recipe:
    keys = {"nb_filter": "filters", "activation": "activation", "border_mode": "padding", "bias": "use_bias"}
    reads = frozenset({"filter_length", "subsample_length", "atrous_rate"})
    return Recipe("Conv1D", keys, _line, reads, ("kernel", "bias"), initial=("kernel_initializer",))


def _recurrent(name: str, special: Special | None = None, **extra: str) -> Recipe:
    keys = {
        "output_dim": "units",
        "dropout_W": "dropout",
        "dropout_U": "recurrent_dropout",
        **_unchanged("activation", "return_sequences", "go_backwards", "stateful", "unroll"),
        **extra,
    }
    initial = ("kernel_initializer", "recurrent_initializer")
    return Recipe(name, keys, special, trained=("kernel", "recurrent_kernel", "bias"), initial=initial)


def _pooling(kind: str) -> dict[str, Recipe]:
    line = {"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"}
    grid = {"pool_size": "pool_size", "strides": "strides", "border_mode": "padding"}
    ordering = frozenset({"dim_ordering"})
    return {
        f"{kind}Pooling1D": Recipe(f"{kind}Pooling1D", line),
        f"Global{kind}Pooling1D": Recipe(f"Global{kind}Pooling1D"),
        **{f"{kind}Pooling{n}D": Recipe(f"{kind}Pooling{n}D", grid, _data_format, ordering) for n in (2, 3)},
        **{
            f"Global{kind}Pooling{n}D": Recipe(f"Global{kind}Pooling{n}D", {}, _data_format, ordering)
            for n in (2, 3)
        },
    }


def _unchanged(*keys: str) -> dict[str, str]:
    return {key: key for key in keys}


def _same(name: str, *keys: str) -> Recipe:
    return Recipe(name, _unchanged(*keys))


_ORDERED = frozenset({"dim_ordering"})
_DENSE = Recipe(
    "Dense",
    {"output_dim": "units", "activation": "activation", "bias": "use_bias"},
    trained=("kernel", "bias"),
    initial=("kernel_initializer",),
)
_SEPARABLE = ("depthwise_kernel", "pointwise_kernel", "bias")
_PLANE = _convolution("Conv2D", "nb_row", "nb_col")

RECIPES: dict[str, Recipe] = {
    "InputLayer": Recipe("InputLayer", {"input_dtype": "dtype", "sparse": "sparse"}),
    "Dense": _DENSE,
    "TimeDistributedDense": _DENSE,  # Dense works on every step itself
    "Activation": _same("Activation", "activation"),
    "Dropout": Recipe("Dropout", {"p": "rate"}),
    "SpatialDropout1D": Recipe("SpatialDropout1D", {"p": "rate"}),
    "GaussianDropout": Recipe("GaussianDropout", {"p": "rate"}),
    "GaussianNoise": Recipe("GaussianNoise", {"sigma": "stddev"}),
    "Masking": _same("Masking", "mask_value"),
    "Flatten": _same("Flatten"),
    "Reshape": _same("Reshape", "target_shape"),
    "Permute": _same("Permute", "dims"),
    "RepeatVector": _same("RepeatVector", "n"),
    "Convolution1D": _line_convolution(),
    "AtrousConvolution1D": _line_convolution(),
    "Convolution2D": _PLANE,
    "AtrousConvolution2D": _convolution("Conv2D", "nb_row", "nb_col", atrous_rate="dilation_rate"),
    "Deconvolution2D": _PLANE._replace(
        name="Conv2DTranspose", special=_deconvolution, reads=_PLANE.reads | {"output_shape"}
    ),
    "SeparableConvolution2D": _convolution(
        "SeparableConv2D", "nb_row", "nb_col", weights=_SEPARABLE, depth_multiplier="depth_multiplier"
    )._replace(initial=("depthwise_initializer", "pointwise_initializer")),
    "Convolution3D": _convolution("Conv3D", "kernel_dim1", "kernel_dim2", "kernel_dim3"),
    **_pooling("Max"),
    **_pooling("Average"),
    "UpSampling2D": Recipe("UpSampling2D", {"size": "size"}, _data_format, _ORDERED),
    "ZeroPadding2D": Recipe("ZeroPadding2D", {}, _padding, _ORDERED | {"padding"}),
    "Cropping2D": Recipe("Cropping2D", {"cropping": "cropping"}, _data_format, _ORDERED),
    "BatchNormalization": Recipe(
        "BatchNormalization",
        {"epsilon": "epsilon", "axis": "axis", "momentum": "momentum"},
        _normalization,
        frozenset({"mode"}),
        ("gamma", "beta"),
        ("moving_mean", "moving_variance"),  # Keras 1 calls the variance running_std
    ),
    "Embedding": Recipe(
        "Embedding",
        _unchanged("input_dim", "output_dim", "input_length", "mask_zero"),
        reads=frozenset({"dropout"}),
        trained=("embeddings",),
        initial=("embeddings_initializer",),
    ),
    "SimpleRNN": _recurrent("SimpleRNN"),
    "GRU": _recurrent("GRU", _gru, inner_activation="recurrent_activation"),
    "LSTM": _recurrent("LSTM", _lstm, inner_activation="recurrent_activation"),
    "LeakyReLU": _same("LeakyReLU", "alpha"),
    "PReLU": Recipe("PReLU", trained=("alpha",), initial=("alpha_initializer",)),
    "ELU": Recipe("ELU", {}, _elu, frozenset({"alpha"})),
    "ThresholdedReLU": _same("ThresholdedReLU", "theta"),
}
"""By the class name in Keras 1; ``Merge`` and the wrappers are read elsewhere."""
