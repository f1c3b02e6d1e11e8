"""Inputs, dense layers, normalization, merging, and layers that move values about."""

from __future__ import annotations

from collections.abc import Iterator

from converter.layers.axes import check_axis
from converter.layers.configuration import axes, listed
from converter.layers.rule import RuleError
from converter.layers.semantics.activation import function
from converter.layers.semantics.doubt import Doubt, Entry, Site, Value
from converter.layers.semantics.value import (
    BASE,
    DATA_FORMAT,
    FLAG,
    INERT,
    INTEGER,
    INTEGERS,
    INTEGERS_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    NUMBERS,
    OBJECT,
    off,
    variable,
)

INPUT_TYPES = (None, "float32", "int32", "bool", "string")
"""The types of inputs that TensorFlow.js takes; for any other it refuses whatever it is given."""


def _normalized(site: Site) -> Iterator[Doubt]:
    shape = site.shape
    if shape is not None and len(shape) > 4:
        site.refuse(
            f"its input has {len(shape)} dimensions, and TensorFlow.js normalizes at most 4.",
            "Reshape its input to fewer dimensions and back, and save the model again.",
        )
    yield from ()


def _batch_norm(site: Site) -> Iterator[Doubt]:
    if site.shape is not None:
        check_axis(site.where, site.config, len(site.shape))
    items = listed(site.config.get("axis"))
    if items is not None and (len(items) != 1 or not isinstance(items[0], int) or items[0] < 0):
        site.refuse_value(
            "axis",
            "TensorFlow.js takes one axis, and a negative one only outside a list",
            "Write the axis as a number, and save the model again.",
        )
    yield from _normalized(site)


def _flatten(site: Site) -> Iterator[Doubt]:
    shape = site.shape
    if shape is None:
        return
    if len(shape) < 3 and "TimeDistributed" not in site.inside:
        site.refuse(
            f"its input has {len(shape)} dimensions, and TensorFlow.js flattens at least 3.",
            "Leave the layer out: the input is flat already.",
        )
    if None in shape[1:]:
        site.refuse(
            "the size of its input is not known, and TensorFlow.js flattens known sizes alone.",
            "Declare the whole input shape, or use GlobalAveragePooling, and save the model again.",
        )
    yield from ()


def _merge(site: Site) -> Iterator[Doubt]:
    if len(site.inputs) == 1:
        site.refuse(
            "it merges a single tensor, and TensorFlow.js wants two at least.",
            "Leave the layer out: it does nothing.",
        )
    yield from ()


def _concatenate(site: Site) -> Iterator[Doubt]:
    yield from _merge(site)
    try:
        axis = axes(site.config, "axis", (-1,))[0]
    except RuleError:
        return
    shapes = [shape for shape in site.inputs if shape is not None]
    if not shapes:
        return
    rank = len(shapes[0])
    if axis < -1 and axis % rank != rank - 1:
        site.refuse_value(
            "axis",
            "TensorFlow.js takes any negative axis for the last one",
            f"Write {axis % rank}, which is the same axis, and save the model again.",
        )
    others = {(*shape[: axis % rank], *shape[axis % rank + 1 :]) for shape in shapes}
    if len(others) > 1:
        site.refuse(
            "a size is known of one of its inputs and not of another, and TensorFlow.js takes that "
            "for a contradiction.",
            "Declare the whole input shape, or leave the same sizes free everywhere.",
        )


def _dot(site: Site) -> Iterator[Doubt]:
    if any(shape is not None and len(shape) > 3 for shape in site.inputs):
        site.refuse(
            "an input has more than 3 dimensions, for which TensorFlow.js has no dot product.",
            "Reshape the inputs to 3 dimensions, and save the model again.",
        )
    yield from ()


def _embedding(site: Site) -> Iterator[Doubt]:
    dtype = site.config.get("dtype")
    if site.config.get("batch_input_shape") is not None and dtype is not None and dtype != "float32":
        site.refuse_value(
            "dtype",
            "TensorFlow.js makes its vectors of that type, or fails to",
            "Use float32 for this layer, and save the model again.",
        )
    yield from ()


_MODEL = Entry(
    {
        **BASE,
        **dict.fromkeys(("layers", "input_layers", "output_layers"), OBJECT),
        **dict.fromkeys(("build_input_shape", "input_names", "output_names", "module"), INERT),
        **dict.fromkeys(("registered_name", "custom_objects"), INERT),
    }
)
_DROPOUT = {**BASE, "rate": NUMBER, "noise_shape": INERT, "seed": INERT, "rng_type": INERT}
_MERGE = Entry(BASE, checks=(_merge,))
_NORMALIZATION = {
    **BASE,
    **variable("beta", "gamma"),
    "axis": INTEGERS_OR_NULL,
    "epsilon": NUMBER_OR_NULL,
    "center": FLAG,
    "scale": FLAG,
}

ENTRIES = {
    **dict.fromkeys(("Model", "Functional", "Sequential"), _MODEL),
    "InputLayer": Entry(
        {
            **BASE,
            "dtype": Value(
                lambda value: any(value == each for each in INPUT_TYPES),
                "TensorFlow.js then refuses whatever input it is given",
                "Make it float32 or int32 in Python, and save the model again.",
            ),
            "batch_input_shape": Value(
                lambda value: (
                    INTEGERS_OR_NULL.accepts(value) and (value is None or len(listed(value) or ()) != 1)
                ),
                "TensorFlow.js makes a column of an input of one number each, and then refuses it",
                "Make it an Input of shape (1,), and save the model again.",
            ),
            "sparse": INERT,
            "optional": INERT,
            "ragged": off("TensorFlow.js has no ragged tensors", "Pad the input to a common length."),
        }
    ),
    "Dense": Entry(
        {
            **BASE,
            **variable("kernel", "bias"),
            "units": INTEGER,
            "activation": Value(lambda _: True),
            "use_bias": FLAG,
        },
        checks=(function("activation"),),
    ),
    "Embedding": Entry(
        {
            **BASE,
            **variable("embeddings"),
            "input_dim": INTEGER,
            "output_dim": INTEGER,
            "input_length": INTEGERS_OR_NULL,
            "mask_zero": FLAG,
            "sparse": INERT,
        },
        checks=(_embedding,),
    ),
    "BatchNormalization": Entry(
        {
            **_NORMALIZATION,
            **variable("moving_mean", "moving_variance"),
            **dict.fromkeys(
                ("momentum", "fused", "synchronized", "renorm_clipping", "renorm_momentum"), INERT
            ),
            **dict.fromkeys(
                ("renorm", "virtual_batch_size", "adjustment"),
                off("TensorFlow.js knows nothing of it", "Train the model without it."),
            ),
        },
        checks=(_batch_norm,),
    ),
    "LayerNormalization": Entry(
        {**_NORMALIZATION, "rms_scaling": off("TensorFlow.js lacks it", "Use RMSNormalization.")},
        checks=(_normalized,),
    ),
    **dict.fromkeys(
        ("Dropout", "SpatialDropout1D", "GaussianDropout", "AlphaDropout"),
        Entry({**_DROPOUT, "data_format": INERT}),
    ),
    "GaussianNoise": Entry({**BASE, "stddev": NUMBER, "seed": INERT}),
    "Masking": Entry({**BASE, "mask_value": NUMBER_OR_NULL}),
    "Flatten": Entry({**BASE, "data_format": DATA_FORMAT}, checks=(_flatten,)),
    "Reshape": Entry({**BASE, "target_shape": INTEGERS}),
    "Permute": Entry({**BASE, "dims": INTEGERS}),
    "RepeatVector": Entry({**BASE, "n": INTEGER}),
    "Rescaling": Entry(
        {
            **BASE,
            "scale": NUMBERS,
            "offset": Value(lambda value: value is None or NUMBERS.accepts(value)),
        }
    ),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply"), _MERGE),
    "Concatenate": Entry({**BASE, "axis": INTEGERS_OR_NULL}, checks=(_concatenate,)),
    "Dot": Entry({**BASE, "axes": INTEGERS, "normalize": FLAG}, checks=(_dot,)),
}
