"""Layers on grids: convolutions, pooling, and what changes the size of pictures."""

from __future__ import annotations

from collections.abc import Iterator

from converter.layers.configuration import integers, listed
from converter.layers.grid import channels_first, falls_short
from converter.layers.rule import RuleError
from converter.layers.semantics.activation import function
from converter.layers.semantics.doubt import Check, Doubt, Entry, Site, Value
from converter.layers.semantics.value import (
    BASE,
    CHANNELS_LAST,
    DATA_FORMAT,
    FLAG,
    INERT,
    INTEGER,
    INTEGERS,
    INTEGERS_OR_NULL,
    ONES,
    PADDING,
    UNGROUPED,
    off,
    one_of,
    variable,
)
from converter.model import Shape

_CONVOLUTION: dict[str, Value] = {
    **BASE,
    **variable("kernel", "bias"),
    "filters": INTEGER,
    "kernel_size": INTEGERS,
    "strides": INTEGERS_OR_NULL,
    "dilation_rate": INTEGERS_OR_NULL,
    "padding": PADDING,
    "data_format": DATA_FORMAT,
    "groups": UNGROUPED,
    "activation": Value(lambda _: True),
    "use_bias": FLAG,
    "rank": INERT,
}
_DEPTHWISE = {**_CONVOLUTION, **variable("depthwise"), "depth_multiplier": INTEGER}
_REFUSED_KERNEL = off(
    "TensorFlow.js refuses to load a separable convolution that has it",
    "Leave it out: the depthwise and pointwise ones take its place.",
)


def _rank(rank: int) -> Check:
    def check(site: Site) -> Iterator[Doubt]:
        if site.shape is not None and len(site.shape) != rank:
            site.refuse(
                f"its input has {len(site.shape)} dimensions, and TensorFlow.js takes {rank} alone.",
                "Reshape the input so that there is one batch dimension, and save the model again.",
            )
        yield from ()

    return check


def short_of_the_end(dimensions: int) -> Check:
    """The check of a convolution whose windows may end before its input does."""

    def check(site: Site) -> Iterator[Doubt]:
        config = site.config
        if config.get("padding") != "same":
            return
        try:
            widths = integers(config, "kernel_size", dimensions)
            rates = integers(config, "dilation_rate", dimensions, 1)
            strides = integers(config, "strides", dimensions, 1)
            first = channels_first(config)
        except RuleError:
            return
        space: Shape = (None,) * dimensions
        if site.shape is not None and len(site.shape) >= dimensions + 2:
            space = site.shape[-dimensions:] if first else site.shape[-dimensions - 1 : -1]
        reach = [(width - 1) * rate + 1 for width, rate in zip(widths, rates, strict=True)]
        if falls_short(space, reach, strides):
            yield site.doubt(
                "the wasm backend computes something else where the padding is 'same' and the last window "
                "ends before the input does, as strides wider than the kernel make it.",
                "Use another backend than wasm, or pad with a layer before it and use 'valid'.",
            )

    return check


def _dilated(site: Site) -> Iterator[Doubt]:
    try:
        kernel = integers(site.config, "kernel_size", 2)
        dilation = integers(site.config, "dilation_rate", 2, 1)
    except RuleError:
        return
    if any(width > 1 and rate > 1 for width, rate in zip(kernel, dilation, strict=True)):
        site.refuse_value(
            "dilation_rate",
            "TensorFlow.js ignores it here and takes 1",
            "Give it a larger kernel with zeros between the taps, and save the model again.",
        )
    yield from ()


def _transposed(dimensions: int) -> Check:
    """TensorFlow.js knows neither key; it always makes the size that Keras makes without them."""

    def check(site: Site) -> Iterator[Doubt]:
        config = site.config
        try:
            kernel = integers(config, "kernel_size", dimensions)
            strides = integers(config, "strides", dimensions, 1)
            dilation = integers(config, "dilation_rate", dimensions, 1)
            extra = None
            if config.get("output_padding") is not None:
                extra = integers(config, "output_padding", dimensions, least=0)
        except RuleError:
            return
        if any(width > 1 and rate > 1 for width, rate in zip(kernel, dilation, strict=True)):
            site.refuse_value(
                "dilation_rate",
                "TensorFlow.js ignores it here and takes 1",
                "Give it a larger kernel with zeros between the taps, and save the model again.",
            )
        same = config.get("padding") == "same"
        for width, stride, added in zip(kernel, strides, extra or (), strict=False):
            wanted = width - stride - (2 * (width // 2) if same else 0) + added
            if wanted != (0 if same else max(width - stride, 0)):
                site.refuse_value(
                    "output_padding",
                    "TensorFlow.js ignores it and makes an output of another size",
                    "Leave it out and crop or pad the output, then save the model again.",
                )
        if dimensions == 3:
            yield site.doubt(
                "the wasm backend gives zeros alone for transposed convolutions in three dimensions.",
                "Use another backend than wasm.",
            )

    return check


def _separable(site: Site) -> Iterator[Doubt]:
    config = site.config
    if config.get("data_format") == "channels_first" and (
        config.get("use_bias", True) or config.get("activation") == "softmax"
    ):
        site.refuse_value(
            "data_format",
            "TensorFlow.js adds the bias, and takes the softmax, along another dimension",
            "Put a Permute before and behind it and use channels_last, then save the model again.",
        )
    yield from ()


def _negative_windows(site: Site) -> Iterator[Doubt]:
    yield site.doubt(
        "the wasm backend gives 1.2e-38 where a window holds negative values alone.",
        "Use another backend than wasm, unless its input is never negative (behind a ReLU, say).",
    )


def _interpolation(site: Site) -> Iterator[Doubt]:
    size = site.config.get("size", [2, 2])
    unchanged = ONES.accepts(size)
    method = site.config.get("interpolation")
    if method == "bilinear" and not unchanged:
        site.refuse_value(
            "interpolation",
            "TensorFlow.js takes other places of the input than Keras does",
            "Use 'nearest' with an AveragePooling2D behind it, or a Conv2DTranspose, and save again.",
        )
    yield from ()


def _pair(value: object) -> bool:
    items = listed(value)
    return items is not None and len(items) == 2 and INTEGERS.accepts(value)


def _convolution(dimensions: int) -> Entry:
    return Entry(
        _CONVOLUTION, checks=(function("activation"), _rank(dimensions + 2), short_of_the_end(dimensions))
    )


def _transposed_entry(dimensions: int) -> Entry:
    keys = {**_CONVOLUTION, "output_padding": INTEGERS_OR_NULL}
    return Entry(keys, checks=(function("activation"), _transposed(dimensions)))


_POOLING = {
    **BASE,
    "pool_size": INTEGERS_OR_NULL,
    "strides": INTEGERS_OR_NULL,
    "padding": PADDING,
    "data_format": DATA_FORMAT,
}
_KEEPDIMS = off(
    "TensorFlow.js ignores it and drops the dimensions",
    "Put a Reshape behind the layer instead, and save the model again.",
)

ENTRIES = {
    "Conv1D": Entry(
        {
            **_CONVOLUTION,
            "data_format": CHANNELS_LAST,
            "padding": one_of(
                *(None, "valid", "same"),
                instead="TensorFlow.js fails when it is run",
                fix="Pad the input in front (as a picture, with ZeroPadding2D) and use 'valid'.",
            ),
        },
        checks=(function("activation"), _rank(3), short_of_the_end(1)),
    ),
    "Conv2D": _convolution(2),
    "Conv3D": _convolution(3),
    "Conv2DTranspose": _transposed_entry(2),
    "Conv3DTranspose": _transposed_entry(3),
    "DepthwiseConv2D": Entry(
        _DEPTHWISE, checks=(function("activation"), _rank(4), _dilated, short_of_the_end(2))
    ),
    "SeparableConv2D": Entry(
        {
            **_DEPTHWISE,
            **variable("pointwise"),
            **dict.fromkeys(variable("kernel"), _REFUSED_KERNEL),
            "groups": INERT,
        },
        checks=(function("activation"), _rank(4), _separable, short_of_the_end(2)),
    ),
    "UpSampling2D": Entry(
        {
            **BASE,
            "size": Value(_pair, "TensorFlow.js takes a list of two numbers alone", "Give two numbers."),
            "data_format": DATA_FORMAT,
            "interpolation": one_of(
                *(None, "nearest", "bilinear"),
                fix="Use 'nearest' with a convolution behind it, or a Conv2DTranspose, and save again.",
            ),
        },
        checks=(_interpolation,),
    ),
    "Cropping2D": Entry(
        {
            **BASE,
            "cropping": INTEGERS,
            "data_format": one_of(
                *("channels_last", "channels_first"),
                instead="TensorFlow.js takes that for channels_first",
                fix="Write 'channels_last', and save the model again.",
            ),
        }
    ),
    "ZeroPadding2D": Entry({**BASE, "padding": INTEGERS_OR_NULL, "data_format": DATA_FORMAT}),
    **{
        f"{kind}Pooling{dimensions}D": Entry(
            {**_POOLING, "data_format": CHANNELS_LAST} if dimensions == 1 else _POOLING,
            checks=(_negative_windows,) if (kind, dimensions) == ("Max", 3) else (),
        )
        for kind in ("Average", "Max")
        for dimensions in (1, 2, 3)
    },
    **{
        f"Global{kind}Pooling{dimensions}D": Entry(
            {
                **BASE,
                "data_format": CHANNELS_LAST if dimensions == 1 else DATA_FORMAT,
                "keepdims": _KEEPDIMS,
            }
        )
        for kind in ("Average", "Max")
        for dimensions in (1, 2)
    },
    "Resizing": Entry(
        refused="TensorFlow.js declares a wrong output shape for it and fails when it is run",
        fix="Resize the pictures before the model, or use UpSampling2D, and save the model again.",
    ),
    "CenterCrop": Entry(
        refused="TensorFlow.js changes the shape of its input to that of its output, and resamples",
        fix="Use Cropping2D, and save the model again.",
    ),
    "RandomWidth": Entry(
        refused="TensorFlow.js goes on to resize at random at inference, where Keras does nothing",
        fix="Leave it out of the saved model: it serves training alone.",
    ),
    "CategoryEncoding": Entry(
        refused="TensorFlow.js changes the shape of its input to that of its output, and refuses the input",
        fix="Encode the categories before the model, or use an Embedding of an identity matrix.",
    ),
}
