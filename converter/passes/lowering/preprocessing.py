"""Preprocessing layers: tables and codes in custom classes, augmentation as nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.layers.configuration import listed, whole
from converter.layers.preprocessing import AUGMENTATIONS, IDLE_CROPS
from converter.layers.semantics.doubt import Value
from converter.layers.semantics.value import (
    FLAG,
    INERT,
    INTEGER,
    INTEGER_OR_NULL,
    INTEGERS_OR_NULL,
    NUMBERS_OR_NULL,
    OBJECT,
    off,
    one_of,
)
from converter.passes.lowering.base import Lowered, Lowering, Part, Site, Tensor
from converter.passes.lowering.core import identity

_CUSTOM = "Leave out --no-custom-layers: no built-in layers compute the same."
_WHY = "TensorFlow.js has no such layer"
_BEFORE = "Do it before the model, on the data, and save the model without the layer."


def _encode(site: Site) -> Lowered:
    """CategoryEncoding, whose class in TensorFlow.js declares shapes that it does not give."""
    tokens = whole(site.config.get("num_tokens", site.config.get("max_tokens")))
    if tokens is None:
        site.refuse("it does not say how many tokens there are.", "Set num_tokens.")
    part = site.part()
    why = "TensorFlow.js mistakes the shapes of its CategoryEncoding"
    x = _coded(site, part, part.inputs, _mode(site, "multi_hot"), tokens)
    return part.done(x, why=why)


def _mode(site: Site, default: str = "int") -> str:
    mode = site.config.get("output_mode") or default
    return {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, str(mode))


def _coded(site: Site, part: Part, x: tuple[Tensor, ...] | Tensor, mode: str, tokens: int) -> Tensor:
    """Numbers of tokens as vectors."""
    if not site.custom_layers:
        site.refuse("it takes a custom layer.", _CUSTOM)
    if mode != "one_hot" and (site.rank() or 2) < 2:
        site.refuse("it counts the tokens of a whole batch.", "Give it an input of two dimensions.")
    return part.add("KerasCategoryEncoding", x, {"tokens": tokens, "mode": _SHORT[mode]})


_SHORT = {"multi_hot": "multi", "one_hot": "one", "count": "count"}
"""The modes in one word, as TensorFlow.js rewrites what is in several."""


def _discretize(site: Site) -> Lowered:
    boundaries = listed(site.config.get("bin_boundaries"))
    if not boundaries:
        site.refuse(
            "its boundaries are not in its configuration: adapt() found them.",
            "Build it with bin_boundaries=layer.bin_boundaries, and save the model again.",
        )
    part = site.part()
    if not site.custom_layers:
        site.refuse("it takes a custom layer.", _CUSTOM)
    x = part.add("KerasBuckets", part.inputs[0], {"boundaries": [float(each) for each in boundaries]})
    mode = _mode(site)
    if mode != "int":
        x = _coded(site, part, x, mode, len(boundaries) + 1)
    return part.done(x, why=_WHY)


def _look_up(site: Site) -> Lowered:
    """Whole numbers by their places in a list of them."""
    config = site.config
    vocabulary = listed(config.get("vocabulary"))
    mode = _mode(site)
    if not vocabulary:
        site.refuse(
            "its vocabulary is not in its configuration: adapt() found it.",
            "Build it with vocabulary=layer.get_vocabulary(), and save the model again.",
        )
    if mode not in {"int", *_SHORT} or config.get("pad_to_max_tokens") or config.get("invert"):
        site.refuse("this output mode or an inverted lookup is not known here.", _BEFORE)
    tokens = [whole(each) for each in vocabulary]
    outside, mask = config.get("num_oov_indices", 1), config.get("mask_token")
    if None in tokens or any(abs(each) >= 2**31 for each in tokens if each is not None):
        site.refuse("its vocabulary holds numbers that TensorFlow.js has not.", _BEFORE)
    if outside == 0 or (outside > 1 and config.get("oov_method", "floormod") != "floormod"):
        site.refuse("it raises an error for other numbers, or hashes them.", "Use num_oov_indices=1.")
    special = ([mask] if mask is not None and mode == "int" else []) + [config.get("oov_token", -1)] * outside
    if tokens[: len(special)] == special:
        tokens = tokens[len(special) :]
    if not site.custom_layers:
        site.refuse("it takes a custom layer.", _CUSTOM)
    first = outside + (1 if mask is not None and mode == "int" else 0)
    part = site.part()
    options: dict[str, Any] = {
        "tokens": tokens,
        "others": outside,
        "first": first,
        "mask": mask if mode == "int" else None,
    }
    x = part.add("KerasLookup", part.inputs[0], options)
    if mode != "int":
        if mask is not None:
            site.refuse("its mask token is left out of the code.", _BEFORE)
        x = _coded(site, part, x, mode, len(tokens) + first)
    return part.done(x, why=_WHY)


def _hash(site: Site) -> Lowered:
    config = site.config
    part = site.part()
    if not site.custom_layers:
        site.refuse("it takes a custom layer.", _CUSTOM)
    bins = whole(config.get("num_bins"))
    if bins is None or bins > 2**31 - 1:
        site.refuse("it does not say how many bins there are.", "Set num_bins.")
    salt = listed(config.get("salt"))
    if config.get("salt") is not None and salt is None:
        salt = [config["salt"]] * 2
    options = {
        "bins": bins,
        "mask": whole(config.get("mask_value")),
        # As text: JavaScript's numbers would round the larger ones.
        "salt": None if salt is None else [str(each) for each in salt],
    }
    if config.get("mask_value") is not None and options["mask"] is None:
        site.refuse("its mask_value is no whole number.", _BEFORE)
    x = part.add("KerasHashing", part.inputs[0], options)
    mode = _mode(site)
    if mode != "int":
        x = _coded(site, part, x, mode, bins)
    return part.done(x, why=_WHY)


def _augment(site: Site) -> Lowered:
    # Keras 3 writes training=True, which is the default, and goes by how the model is run.
    if site.kwargs.get("training") and site.keras == 2:
        site.refuse("it is called with training=True.", "Call it without, and save the model again.")
    return identity(site)


def _pipeline(site: Site) -> Lowered:
    """Layers one behind the other."""
    part = site.part()
    x = part.inputs[0]
    steps = listed(site.config.get("steps")) or ()
    if site.layer.weights:
        site.refuse("it holds layers that have weights.", "Use a Sequential in its place.")
    for spec in steps:
        class_name = spec.get("class_name") if isinstance(spec, Mapping) else None
        config = spec.get("config") if isinstance(spec, Mapping) else None
        if not isinstance(class_name, str) or not isinstance(config, Mapping) or "layers" in config:
            site.refuse("it holds something that is no layer.", "Use a Sequential in its place.")
        options = {key: value for key, value in config.items() if key not in {"name", "dtype"}}
        x = part.add(class_name, x, options)
    if not steps:
        x = part.add("Activation", x, {"activation": "linear"})
    return part.done(x, why="TensorFlow.js has no Pipeline")


def _crop(site: Site) -> Lowered:
    """RandomCrop, which does nothing to images of the size that it makes."""
    shape = site.shape
    wanted = [site.config.get("height"), site.config.get("width")]
    if shape is None or len(shape) < 3:
        sizes = None
    else:
        first = site.config.get("data_format") == "channels_first"
        sizes = list(shape[-2:] if first else shape[-3:-1])
    if sizes != wanted:
        site.refuse(
            "outside of training it crops, resizes or does nothing, which depends on the release of Keras.",
            "Use CenterCrop or Resizing in its place, and save the model again.",
        )
    return _augment(site)


_MODES = one_of(None, "int", "one_hot", "multi_hot", "binary", "count")
_CODES = {
    "output_mode": _MODES,
    "sparse": off("TensorFlow.js layers give no sparse tensors", "Use sparse=False."),
}

_TRAINING = frozenset({"training"})

LOWERINGS: dict[str, Lowering] = {
    **{
        name: Lowering(_augment, dict.fromkeys(keys, INERT), _TRAINING)
        for name, keys in AUGMENTATIONS.items()
        if name not in IDLE_CROPS
    },
    "RandomCrop": Lowering(_crop, dict.fromkeys(AUGMENTATIONS["RandomCrop"], INERT), _TRAINING),
    "Pipeline": Lowering(_pipeline, {"steps": OBJECT}, _TRAINING),
    "CategoryEncoding": Lowering(
        _encode,
        {**_CODES, **dict.fromkeys(("num_tokens", "max_tokens"), INTEGER_OR_NULL)},
        frozenset({"tensors"}),
    ),
    "Discretization": Lowering(
        _discretize,
        {
            **_CODES,
            "bin_boundaries": NUMBERS_OR_NULL,
            "num_bins": INTEGER_OR_NULL,
            "epsilon": INERT,
            "bins": INERT,
        },
    ),
    "Hashing": Lowering(
        _hash,
        {**_CODES, "num_bins": INTEGER, "mask_value": INTEGER_OR_NULL, "salt": INTEGERS_OR_NULL},
    ),
    "IntegerLookup": Lowering(
        _look_up,
        {
            **_CODES,
            "vocabulary": INTEGERS_OR_NULL,
            "num_oov_indices": INTEGER,
            "oov_token": INTEGER_OR_NULL,
            "mask_token": INTEGER_OR_NULL,
            "mask_value": INTEGER_OR_NULL,
            "oov_value": INTEGER_OR_NULL,
            "invert": FLAG,
            "pad_to_max_tokens": FLAG,
            "vocabulary_dtype": one_of("int64", "int32"),
            "oov_method": one_of(None, "floormod", "farmhash"),
            "idf_weights": Value(lambda value: value is None),
            "salt": Value(lambda value: value is None),
            **dict.fromkeys(("max_tokens", "vocabulary_size", "has_input_vocabulary", "encoding"), INERT),
        },
    ),
}
"""By class name."""
