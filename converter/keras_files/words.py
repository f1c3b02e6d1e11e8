"""Configurations that TensorFlow.js reads or writes, in words that both Keras 2 and Keras 3 read.

TensorFlow.js takes what Keras 2 writes, has defaults of its own and spells a few names otherwise; Keras 3
still reads configurations of Keras 2, without the keys that it has dropped.

https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/utils/serialization_utils.ts
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.errors import UnsupportedError
from converter.layers.configuration import brief
from converter.layers.embedded import CLASSES as GRAPHS
from converter.layers.semantics.activation import FUNCTIONS
from converter.model import Config, Layer, Model
from converter.passes.base import Change, map_configs, map_layers

_BASE = frozenset(
    {
        *("autocast", "batch_input_shape", "batch_size", "dynamic", "input_dim", "input_dtype"),
        *("input_shape", "weights"),
    }
)
_NOISE = frozenset({"data_format", "noise_shape", "rng_type"})
_RECURRENT = frozenset({"implementation", "num_constants", "time_major", "zero_output_for_mask"})
_KERNEL = frozenset({"kernel_initializer", "kernel_regularizer", "kernel_constraint"})
_OF_CELLS = frozenset(
    {
        *("units", "activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout"),
        *("reset_after", "unit_forget_bias"),
        *(
            f"{weight}_{kind}"
            for weight in ("kernel", "recurrent", "bias")
            for kind in ("initializer", "regularizer", "constraint")
        ),
    }
)

NEEDLESS: Mapping[str, frozenset[str]] = {
    "AlphaDropout": frozenset({"data_format", "rng_type"}),
    "Dropout": frozenset({"data_format", "rng_type"}),
    "GaussianDropout": _NOISE,
    "SpatialDropout1D": _NOISE | {"trainable"},
    "BatchNormalization": frozenset(
        {
            *("adjustment", "fused", "virtual_batch_size", "renorm", "renorm_clipping", "renorm_momentum"),
            *("moving_mean_constraint", "moving_mean_regularizer", "synchronized"),
            *("moving_variance_constraint", "moving_variance_regularizer"),
        }
    ),
    "Bidirectional": frozenset({"num_constants"}),
    "Conv2DTranspose": frozenset({"groups"}),
    "Conv3DTranspose": frozenset({"groups"}),
    "DepthwiseConv2D": frozenset({"filters", "groups", *_KERNEL}),
    "SeparableConv2D": frozenset({"groups", *_KERNEL}),
    "Embedding": frozenset({"activity_regularizer", "input_length", "sparse"}),
    "InputLayer": frozenset({"activity_regularizer", "ragged", "optional", "trainable"}),
    "StackedRNNCells": frozenset({"reverse_state_order"}),
    **dict.fromkeys(("GRU", "LSTM", "SimpleRNN"), _RECURRENT),
    **dict.fromkeys(("GRUCell", "LSTMCell", "SimpleRNNCell"), frozenset({"implementation"})),
    "ConvLSTM2D": _RECURRENT | {"units"},
    "RNN": _RECURRENT | _OF_CELLS,
}
"""Keys that one of the two does not take, and that say nothing at inference once TensorFlow.js can run it."""

_HARD = {"recurrent_activation": "hard_sigmoid"}
DEFAULTS: Mapping[str, Config] = {
    **dict.fromkeys(("ConvLSTM2D", "LSTM", "LSTMCell"), _HARD),
    **{name: {**_HARD, "reset_after": False} for name in ("GRU", "GRUCell")},
    "Softmax": {"axis": 1},
}
"""What TensorFlow.js takes where nothing is said, and today's Keras would take something else."""

SPELLINGS = {
    "LeCunNormal": "LecunNormal",
    "LeCunUniform": "LecunUniform",
    "le_cun_normal": "lecun_normal",
    "le_cun_uniform": "lecun_uniform",
}
_ACTIVATIONS = frozenset({"activation", "recurrent_activation"})
_WORDS = frozenset({"data_format", "distribution", "interpolation", "mode", "padding"})
_OBJECT = re.compile(r"(?:.*_)?(initializer|regularizer|constraint)")
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass
class _Mended:
    """What was mended, by what it was and in which layers."""

    found: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    def add(self, what: str, why: str, where: str) -> None:
        self.found.setdefault((what, why), {})[where] = None

    def changes(self) -> tuple[Change, ...]:
        return tuple(Change(what, tuple(where), why) for (what, why), where in self.found.items())


def mend(model: Model) -> tuple[Model, tuple[Change, ...]]:
    """The model in words that both Keras read, and what had to be mended for that."""
    mended = _Mended()

    def one(class_name: str, config: Config, where: str) -> tuple[str, Config]:
        if class_name in GRAPHS:
            return "Functional" if class_name == "Model" else class_name, config
        new = {
            key: _value(key, value, where, mended)
            for key, value in config.items()
            if not _is_needless(class_name, key)
        }
        for key, value in DEFAULTS.get(class_name, {}).items():
            if new.get(key) is None:
                new[key] = value
                mended.add(f"{key}: {value}", "TensorFlow.js takes it for one that is not said", where)
        if class_name == "BatchNormalization" and isinstance(new.get("axis"), list):
            (new["axis"],) = new["axis"]
        if class_name == "Activation" and new.get("activation") is None:
            new["activation"] = "linear"
        if class_name == "Reshape" and isinstance(new.get("target_shape"), list):
            # TensorFlow.js writes null for the size that follows from the others.
            new["target_shape"] = [-1 if size is None else size for size in new["target_shape"]]
        if class_name == "ThresholdedReLU":
            mended.add("ThresholdedReLU → ReLU(threshold)", "Keras 3 has no ThresholdedReLU", where)
            theta = new.pop("theta", 1.0)
            return "ReLU", {**new, "threshold": theta}
        return class_name, new

    rewritten = map_layers(map_configs(model, one), _in_ascending_axes)
    return _as_functional(rewritten), mended.changes()


def _in_ascending_axes(layer: Layer) -> Layer:
    """Keras 2 and TensorFlow.js take a normalization's weights as they lie, whatever the order of axes."""
    axes = layer.config.get("axis")
    if layer.class_name != "LayerNormalization" or not isinstance(axes, list) or axes == sorted(axes):
        return layer
    weights = []
    for weight in layer.weights:
        sizes = dict(zip(axes, weight.shape, strict=False))
        weights.append(replace(weight, shape=tuple(sizes[axis] for axis in sorted(sizes))))
    return replace(layer, config={**layer.config, "axis": sorted(axes)}, weights=tuple(weights))


def _is_needless(class_name: str, key: str) -> bool:
    if key in NEEDLESS.get(class_name, ()):
        return True
    own = {"InputLayer": {"batch_input_shape"}, "Embedding": {"input_dim"}}
    return key in _BASE and key not in own.get(class_name, ())


def _as_functional(model: Model) -> Model:
    """Keras 3 writes and reads ``Functional``; Keras 2 reads both."""
    layers = tuple(
        layer if layer.model is None else replace(layer, model=_as_functional(layer.model))
        for layer in model.layers
    )
    class_name = "Sequential" if model.kind == "sequential" else "Functional"
    return replace(model, layers=layers, class_name=class_name)


def _value(key: str, value: Any, where: str, mended: _Mended) -> Any:
    if key in _ACTIVATIONS:
        return _activation(value, where)
    if key in _WORDS and isinstance(value, str):
        return _snake(value)
    kind = _OBJECT.fullmatch(key)
    return value if kind is None else _training(kind.group(1), value, where, mended)


def _activation(value: Any, where: str) -> Any:
    if isinstance(value, str):
        name = _snake(value)
        if name not in FUNCTIONS:
            raise UnsupportedError(
                "export-activation",
                f"layer {brief(where)}",
                f"its activation is {brief(name)}, which TensorFlow.js itself cannot load.",
                "Name a function that it has: where it saves a layer as an activation, it loses the layer.",
            )
        return name
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        config = {key: item for key, item in value["config"].items() if key not in _BASE}
        return {**value, "config": config}
    return value


def _training(kind: str, value: Any, where: str, mended: _Mended) -> Any:
    """An initializer, regularizer or constraint: a name, or a class and its configuration."""
    if isinstance(value, str):
        name = _snake(value)
        return SPELLINGS.get(name, name)
    if not isinstance(value, Mapping) or not isinstance(value.get("config"), Mapping):
        return value
    class_name = str(value.get("class_name"))
    if class_name in SPELLINGS:
        new = SPELLINGS[class_name]
        mended.add(f"{class_name} → {new}", f"Keras spells this {kind} so", where)
        class_name = new
    config = {
        key: _snake(item) if key in _WORDS and isinstance(item, str) else item
        for key, item in value["config"].items()
        if key != "dtype"
    }
    return {"class_name": class_name, "config": config}


def _snake(text: str) -> str:
    """``hardSigmoid`` as ``hard_sigmoid``: TensorFlow.js takes both."""
    return _CAMEL.sub(lambda found: f"_{found.group(1).lower()}", text)
