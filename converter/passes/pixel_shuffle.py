"""Pixel shuffles as transposed convolutions, which TensorFlow.js has built in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from converter.errors import SourceError
from converter.layers import RULES, CallShapes, Inferred
from converter.layers.configuration import whole
from converter.layers.graph import Inference
from converter.layers.rule import Rule, Shapes, on_known
from converter.model import Array, Config, Layer, Model, Shape, Weight
from converter.passes.base import Change, Pass, PassResult, map_layers
from converter.passes.scaling import BASE_KEYS, CUSTOM, custom_factor, plain
from converter.passes.training import ZEROS

CLASSES = ("PixelShuffle", "DepthToSpace", "SubpixelConv2D")
FIXED = {f"PixelShuffle{factor}x": factor for factor in (2, 3, 4, 8)}
"""Pixel shuffles that have their factor in their name."""

SPELLINGS = {
    *("scale", "block_size", "blockSize", "upscale_factor", "scale_factor"),
    *("upsample_factor", "upsample_rate", "factor", "size", "r"),
}
"""What the configurations of the others call it."""

MOST_CHANNELS = 2048
"""The most input channels for which a kernel is made; it has the square of that many elements."""

_WHY = (
    "'Conv2DTranspose' is built into TensorFlow.js; with constants 0 and 1 as its kernel it moves the same "
    "values, but with many channels much slower than a custom layer: see benchmarks/pixel_shuffle.md"
)


class PixelShuffleToConvolution(Pass):
    """A pixel shuffle by ``r`` becomes a ``Conv2DTranspose`` whose windows, ``r`` wide, do not overlap.

    In TensorFlow's order, which is ``tf.nn.depth_to_space``'s, channel (dy·r + dx)·C + c of a pixel
    goes to channel c of the pixel dy down and dx to the right: seen as a matrix, the kernel
    [dy, dx, c, channel] is the identity. Shi et al., "Real-Time Single Image and Video
    Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network",
    https://arxiv.org/abs/1609.05158, §3.

    Each output is the sum of one value times 1 and the others times 0. It is exact for finite values,
    except that -0 becomes 0; an infinity or NaN spoils all values of the pixel that it comes from.

    The number of channels must be known: shapes are followed to the layer, and a convolution tells
    its channels even behind a custom layer that nothing is known of.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites the layers of all graphs; one inside a wrapper stays."""
        if not any(_factor(layer) for layer in model.walk()):
            return PassResult(model)
        channels = _channels(model)
        taken = {weight.name for weight in model.weights()}
        done: dict[str, list[str]] = {}
        left: dict[tuple[str, str], list[str]] = {}

        def one(layer: Layer) -> Layer:
            factor = _factor(layer)
            if factor is None:
                return layer
            found = channels.get(id(layer), set())
            size = next(iter(found)) if len(found) == 1 else None
            name = f"{layer.name}/kernel"
            why = "a layer elsewhere in the model has a weight of that name" if name in taken else ""
            if size is None or size % factor**2 or size > MOST_CHANNELS:
                why = _reason(size, factor)
            if size is None or why:
                left.setdefault((layer.class_name, why), []).append(layer.name)
                return layer
            taken.add(name)
            done.setdefault(layer.class_name, []).append(layer.name)
            return _convolution(layer, factor, size)

        rewritten = map_layers(model, one)
        changes = tuple(
            Change(f"{class_name} → Conv2DTranspose", tuple(where), _WHY)
            for class_name, where in done.items()
        )
        kept = tuple(
            Change(f"{class_name} kept", tuple(where), why) for (class_name, why), where in left.items()
        )
        return PassResult(rewritten if changes else model, changes, kept)


def _factor(layer: Layer) -> int | None:
    """By how much a layer enlarges pictures; ``None`` if it is no pixel shuffle."""
    return None if layer.weights or layer.model else _factor_of(layer.class_name, layer.config)


def _factor_of(class_name: str, config: Config) -> int | None:
    name = plain(class_name)
    own = config.keys() - BASE_KEYS - {"data_format"}
    if config.get("data_format") not in (None, "channels_last", "NHWC") or not own <= SPELLINGS:
        return None
    if name in FIXED and not own:
        return FIXED[name]
    if len(own) != 1 or name not in {*CLASSES, *FIXED}:
        return None
    factor = whole(config[own.pop()])
    return factor if factor is not None and factor > 0 else None


def _reason(size: int | None, factor: int) -> str:
    if size is None:
        return "the number of channels that it is given is not known"
    if size % factor**2:
        return f"the {size} channels that it is given cannot be split into {factor}·{factor} parts"
    return f"for {size} channels the kernel would be too large; {MOST_CHANNELS} are the most"


def _convolution(layer: Layer, factor: int, channels: int) -> Layer:
    config = {
        **{key: value for key, value in layer.config.items() if key in BASE_KEYS},
        "trainable": False,
        "filters": channels // factor**2,
        "kernel_size": [factor, factor],
        "strides": [factor, factor],
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
        "use_bias": False,
        "kernel_initializer": ZEROS,
    }
    shape = (factor, factor, channels // factor**2, channels)
    return replace(
        layer,
        class_name="Conv2DTranspose",
        config=config,
        weights=(_identity(f"{layer.name}/kernel", shape),),
    )


def _identity(name: str, shape: tuple[int, ...]) -> Weight:
    """An identity matrix in that shape, whose last size is the number of columns."""

    def load(start: int, stop: int) -> Array:
        rows, columns = np.divmod(np.arange(start, stop), shape[-1])
        return np.asarray(rows == columns, np.float32)

    return Weight(name, shape, np.dtype(np.float32), load)


def _channels(model: Model) -> dict[int, set[int | None]]:
    """By ``id`` of a layer, all numbers of channels that it is called with."""
    found: dict[int, set[int | None]] = {}
    try:
        shapes = Inference(_TABLE).model(model)
    except SourceError:
        # A class that shares the name of one we know need not obey its rule.
        return found
    for layer, call in _calls(model, shapes, set()):
        if len(call.inputs) == 1:
            shape = call.inputs[0]
            found.setdefault(id(layer), set()).add(shape[3] if shape and len(shape) == 4 else None)
    return found


def _calls(model: Model, shapes: Inferred, seen: set[int]) -> Iterator[tuple[Layer, CallShapes]]:
    if id(shapes) in seen:
        return
    seen.add(id(shapes))
    for layer in model.layers:
        for call in shapes.layers[layer.name]:
            yield layer, call
            if layer.model is not None and call.inner is not None:
                yield from _calls(layer.model, call.inner, seen)


def _shuffled(class_name: str) -> Rule:
    def outputs(config: Config, shape: Shape) -> Shape | None:
        factor = _factor_of(class_name, config)
        if factor is None or len(shape) != 4:
            return None
        batch, height, width, channels = shape
        if channels is not None and channels % factor**2:
            return None
        rows, columns = (None if size is None else size * factor for size in (height, width))
        return (batch, rows, columns, None if channels is None else channels // factor**2)

    return Rule(on_known(outputs))


def _scaled(class_name: str) -> Rule:
    def outputs(config: Config, inputs: Shapes) -> Shapes | None:
        return None if custom_factor(class_name, config) is None else inputs

    return Rule(outputs)


def _of_rank_4(rule: Rule) -> Rule:
    """The rule of a convolution that takes an input of which nothing is known for a picture."""

    def outputs(config: Config, inputs: Shapes) -> Shapes | None:
        return rule.outputs(config, ((None,) * 4,) if inputs == (None,) else inputs)

    return rule._replace(outputs=outputs)


_TABLE = {
    **RULES,
    "Conv2D": _of_rank_4(RULES["Conv2D"]),
    **{name: _scaled(name) for name in CUSTOM},
    **{name: _shuffled(name) for name in (*CLASSES, *FIXED)},
}
