"""Batch and layer normalization."""

from __future__ import annotations

from converter.layers.configuration import axes, axis_of, fault, flag
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


def _batch_weights(config: Config, inputs: Shapes) -> WeightSpecs | None:
    if config.get("renorm"):
        # TensorFlow 1 and 2 keep different extra variables here.
        return None
    shape = inputs[0]
    parameters: Shape | None
    if shape is None:
        parameters = (None,) if len(axes(config, "axis", (-1,))) == 1 else None
    else:
        at = _axes(config, shape)
        parameters = (shape[at[0]],)
        if len(at) > 1:
            parameters = tuple(size if axis in at else 1 for axis, size in enumerate(shape))
    moving = (WeightSpec(name, parameters, trainable=False) for name in ("moving_mean", "moving_variance"))
    return (*_affine(config, parameters), *moving)


def _layer_weights(config: Config, inputs: Shapes) -> WeightSpecs:
    shape = inputs[0]
    if shape is None:
        return _affine(config, (None,) * len(axes(config, "axis", (-1,))))
    return _affine(config, tuple(shape[axis] for axis in _axes(config, shape)))


RULES = {
    "BatchNormalization": Rule(weights=_batch_weights),
    "LayerNormalization": Rule(weights=_layer_weights),
}
