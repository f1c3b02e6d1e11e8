"""Preprocessing layers."""

from __future__ import annotations

from converter.layers.configuration import MOST_DIMENSIONS, choice, integer, listed
from converter.layers.grid import broadcast, channels_first
from converter.layers.rule import Rule, RuleError, on_known
from converter.model import Config, Shape


def _extent(value: object) -> Shape:
    """The shape of a number or of nested lists of numbers, judged by the first of each list."""
    sizes: list[int] = []
    items = listed(value)
    while items and len(sizes) <= MOST_DIMENSIONS:
        sizes.append(len(items))
        items = listed(items[0])
    return tuple(sizes)


def _stretch(config: Config, key: str, shape: Shape) -> Shape:
    try:
        return broadcast(shape, _extent(config.get(key)))
    except RuleError as error:
        raise RuleError(f"its {key} does not fit its input: {error.why}") from None


def _rescale(config: Config, shape: Shape) -> Shape:
    return _stretch(config, "offset", _stretch(config, "scale", shape))


def _resize(config: Config, shape: Shape) -> Shape:
    size = integer(config, "height"), integer(config, "width")
    return (*shape[:-2], *size) if channels_first(config) else (*shape[:-3], *size, shape[-1])


def _random_height(_config: Config, shape: Shape) -> Shape:
    return (*shape[:-3], None, *shape[-2:])


def _random_width(_config: Config, shape: Shape) -> Shape:
    return (*shape[:-2], None, shape[-1])


def _encode(config: Config, shape: Shape) -> Shape | None:
    tokens = integer(config, "max_tokens" if "max_tokens" in config else "num_tokens")
    mode = choice(config, "output_mode", ("multi_hot", "one_hot", "count", "binary"), "multi_hot")
    return coded(shape, mode, tokens)


def coded(shape: Shape, mode: str, tokens: int) -> Shape | None:
    """The shape of numbers of tokens as vectors; ``one_hot`` codes each, the others each row."""
    if mode == "one_hot" and (len(shape) == 1 or shape[-1] != 1):
        return None if len(shape) > 1 and shape[-1] is None else (*shape, tokens)
    return (*shape[:-1], tokens) if mode == "one_hot" or len(shape) < 3 else (shape[0], *shape[2:], tokens)


def _own_code(config: Config, shape: Shape) -> Shape | None:
    modes = {"one": "one_hot", "multi": "multi_hot", "count": "count"}
    return coded(shape, modes.get(str(config.get("mode")), ""), integer(config, "tokens"))


def _codes(config: Config, shape: Shape) -> Shape | None:
    """Of layers that give whole numbers, or vectors for them."""
    mode = config.get("output_mode") or "int"
    return shape if mode == "int" else None


_IMAGE = ("seed", "data_format")
_RANGE = (*_IMAGE, "factor", "value_range")
_FILL = (*_IMAGE, "fill_mode", "fill_value", "interpolation", "rng_type")
AUGMENTATIONS: dict[str, tuple[str, ...]] = {
    "AugMix": (*_RANGE, "all_ops", "alpha", "chain_depth", "interpolation", "num_chains"),
    "CutMix": (*_IMAGE, "factor"),
    "MaxNumBoundingBoxes": (*_IMAGE, "max_number", "fill_value"),
    "MixUp": (*_IMAGE, "alpha"),
    "RandAugment": (*_RANGE, "interpolation", "num_ops"),
    "RandomBrightness": (*_RANGE, "rng_type"),
    "RandomColorDegeneration": _RANGE,
    "RandomColorJitter": (
        *_RANGE,
        *("brightness_factor", "contrast_factor", "hue_factor", "saturation_factor"),
    ),
    "RandomContrast": (*_RANGE, "rng_type"),
    "RandomCrop": (*_IMAGE, "height", "width", "rng_type"),
    "RandomElasticTransform": (*_RANGE, "fill_mode", "fill_value", "interpolation", "scale"),
    "RandomErasing": (*_RANGE, "fill_value", "scale"),
    "RandomFlip": (*_IMAGE, "mode", "rng_type"),
    "RandomGaussianBlur": (*_RANGE, "kernel_size", "sigma"),
    "RandomGrayscale": (*_IMAGE, "factor"),
    "RandomHeight": (*_FILL, "factor"),
    "RandomHue": _RANGE,
    "RandomInvert": _RANGE,
    "RandomPerspective": (*_FILL, "factor", "scale"),
    "RandomPosterization": _RANGE,
    "RandomRotation": (*_FILL, "factor", "value_range"),
    "RandomSaturation": _RANGE,
    "RandomSharpness": _RANGE,
    "RandomShear": (*_FILL, "x_factor", "y_factor"),
    "RandomTranslation": (*_FILL, "height_factor", "width_factor"),
    "RandomWidth": (*_FILL, "factor"),
    "RandomZoom": (*_FILL, "height_factor", "width_factor"),
    "Solarization": (*_IMAGE, "addition_factor", "threshold_factor", "value_range"),
}
"""Layers that change images in training alone, and the keys of their configurations."""

IDLE_CROPS = ("RandomCrop",)
"""Those that may do something to images of another size at inference, too."""

RULES = {
    **{name: Rule() for name in AUGMENTATIONS if name not in IDLE_CROPS},
    "RandomCrop": Rule(on_known(lambda _config, _shape: None)),
    "RandomHeight": Rule(on_known(_random_height), least_rank=3),
    "RandomWidth": Rule(on_known(_random_width), least_rank=3),
    "Rescaling": Rule(on_known(_rescale)),
    "Resizing": Rule(on_known(_resize), least_rank=3),
    "CenterCrop": Rule(on_known(_resize), least_rank=3),
    "CategoryEncoding": Rule(on_known(_encode), most=2),
    "Discretization": Rule(on_known(_codes)),
    "Hashing": Rule(on_known(_codes)),
    "IntegerLookup": Rule(on_known(_codes)),
    "KerasBuckets": Rule(),
    "KerasCategoryEncoding": Rule(on_known(_own_code), most=2),
    "KerasHashing": Rule(),
    "KerasLookup": Rule(),
}
