"""Normalizations."""

from __future__ import annotations

from converter.layers.configuration import axes, axis_of, fault, flag, listed, whole
from converter.layers.rule import Rule, Shapes, WeightSpec, WeightSpecs
from converter.model import Config, Shape


def _axes(config: Config, shape: Shape) -> tuple[int, ...]:
    """The normalized axes, counted from the front."""
    found = tuple(axis_of(config, "axis", axis, len(shape)) for axis in axes(config, "axis", (-1,)))
    if len(set(found)) != len(found):
        raise fault(config, "axis", "axes that are all different")
    return found


def _affine(config: Config, shape: Shape | None) -> WeightSpecs:
    names = [
        name for key, name in (("scale", "gamma"), ("center", "beta")) if flag(config, key, default=True)
    ]
    return tuple(WeightSpec(name, shape) for name in names)


def _batch_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    shape = inputs[0]
    parameters: Shape | None
    if shape is None:
        parameters = (None,) if len(axes(config, "axis", (-1,))) == 1 else None
    else:
        at = _axes(config, shape)
        parameters = (shape[at[0]],)
        if len(at) > 1:
            parameters = tuple(size if axis in at else 1 for axis, size in enumerate(shape))
    names = ["moving_mean", "moving_variance"]
    if config.get("renorm"):
        names += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    moving = (WeightSpec(name, parameters, trainable=False) for name in names)
    return (*_affine(config, parameters), *moving)


def _layer_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    shape = inputs[0]
    if config.get("rms_scaling"):
        config = {**config, "scale": True, "center": False}
    if shape is None:
        return _affine(config, (None,) * len(axes(config, "axis", (-1,))))
    return _affine(config, tuple(shape[axis] for axis in _axes(config, shape)))


def _group_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    return _affine(config, _sizes(config, inputs[0]))


def _rms_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    return (WeightSpec("scale", _sizes(config, inputs[0])),)


def _sizes(config: Config, shape: Shape | None) -> Shape:
    if shape is None:
        return (None,) * len(axes(config, "axis", (-1,)))
    return tuple(shape[axis] for axis in _axes(config, shape))


def _statistics(config: Config, inputs: Shapes) -> WeightSpecs:
    """What a Normalization learns from data, and from how much of it."""
    if config.get("mean") is not None:
        return ()
    shape = inputs[0]
    sizes: Shape | None = None
    if config.get("axis", -1) in (None, [], ()):
        sizes = ()
    elif shape is not None:
        sizes = tuple(shape[axis] for axis in sorted(_axes(config, shape)))
    found = (("mean", sizes), ("variance", sizes), ("count", ()))
    return tuple(WeightSpec(name, each, trainable=False) for name, each in found)


def _affine_sizes(config: Config, _inputs: Shapes) -> WeightSpecs:
    sizes = tuple(map(whole, listed(config.get("sizes")) or ()))
    return (WeightSpec("scale", sizes), WeightSpec("offset", sizes))


def _scaling_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    names = [name for key, name in (("scale", "gamma"), ("center", "beta")) if config.get(key)]
    at = listed(config.get("axes")) or ()
    shape = inputs[0]
    sizes = None if shape is None else tuple(shape[axis] for axis in at)
    return tuple(WeightSpec(name, sizes) for name in names)


RULES = {
    "BatchNormalization": Rule(weights=_batch_weights),
    "GroupNormalization": Rule(weights=_group_weights),
    "KerasAffine": Rule(weights=_affine_sizes),
    "KerasScaling": Rule(weights=_scaling_weights),
    "LayerNormalization": Rule(weights=_layer_weights),
    "Normalization": Rule(weights=_statistics),
    "RMSNormalization": Rule(weights=_rms_weights),
    "SyncBatchNormalization": Rule(weights=_batch_weights),
    "UnitNormalization": Rule(),
}
