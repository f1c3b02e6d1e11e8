"""How much of an input one place of an output sees.

The receptive field is followed call by call, exactly for windows, strides, dilation, enlargement and
branches; what takes in everything (a global pooling, a recurrent layer, attention) ends it.
(Araujo, Norris, Sim 2019, https://distill.pub/2019/computing-receptive-fields)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from converter.layers.configuration import axes
from converter.layers.field_table import FieldRule
from converter.layers.graph import Inferred
from converter.layers.grid import channels_first
from converter.layers.order import in_order
from converter.layers.reach import SAME, Reach
from converter.layers.rule import RuleError
from converter.layers.semantics.graph import Tensor, graph_of
from converter.model import Layer, Model, Shape

Field = tuple[Reach, ...] | None
"""A reach for each spatial axis; ``None`` for everything."""


def receptive_field(
    model: Model, inferred: Inferred, number: int, rules: Mapping[str, FieldRule]
) -> list[Field | bool]:
    """What each output of a model sees of one input.

    Args:
        model: any model.
        inferred: its shapes.
        number: of the input.
        rules: ``field_table.RULES``, perhaps with more classes.

    Returns:
        For each output its field, or ``False`` where it does not depend on the input.
    """
    shape = inferred.inputs[number]
    if shape is None:
        return []
    start: Field = (SAME,) * max(0, len(shape) - 2)
    first_axis = any(_is_channels_first(layer) for layer in model.walk())
    return _run(model, inferred, {number: start}, rules, first_axis)


def _is_channels_first(layer: Layer) -> bool:
    try:
        return channels_first(layer.config)
    except RuleError:
        return False


def _run(
    model: Model,
    inferred: Inferred,
    given: Mapping[int, Field],
    rules: Mapping[str, FieldRule],
    first_axis: bool,
) -> list[Field | bool]:
    graph = graph_of(model, inferred)
    fields: dict[Tensor, Field] = {graph.inputs[number]: field for number, field in given.items()}
    for node in in_order(graph):
        seen = {place: fields[each] for place, each in enumerate(node.inputs) if each in fields}
        if not seen:
            continue
        layer = node.layer
        if node.shapes.inner is not None and layer.model is not None:
            inner = _run(layer.model, node.shapes.inner, seen, rules, first_axis)
            fields.update(
                (output, field)
                for output, field in zip(node.outputs, inner, strict=False)
                if not isinstance(field, bool)
            )
            continue
        found = [
            _through(
                layer,
                node.shapes.inputs[place],
                (node.shapes.outputs or (None,))[0],
                field,
                rules,
                first_axis,
            )
            for place, field in seen.items()
        ]
        whole_field = reduce(_beside, found)
        fields.update(dict.fromkeys(node.outputs, whole_field))
    return [fields.get(output, False) for output in graph.outputs]


def _beside(one: Field, other: Field) -> Field:
    if one is None or other is None or len(one) != len(other):
        return None
    both = [a.beside(b) for a, b in zip(one, other, strict=True)]
    known = tuple(each for each in both if each is not None)
    return known if len(known) == len(both) else None


def _through(
    layer: Layer,
    given: Shape | None,
    made: Shape | None,
    field: Field,
    rules: Mapping[str, FieldRule],
    first_axis: bool,
) -> Field:
    """The field behind a layer, in terms of the model's input."""
    if field is None or given is None or made is None or len(given) - 2 != len(field):
        return None
    if _mixes_places(layer, given, first_axis):
        return None
    rule = rules.get(layer.class_name)
    try:
        own = None if rule is None else rule(layer.config, given, made)
    except RuleError:
        return None
    if own is None or len(own) != len(field):
        return None
    composed = [reach.behind(before) for reach, before in zip(own, field, strict=True)]
    known = tuple(each for each in composed if each is not None)
    return known if len(known) == len(composed) else None


def _mixes_places(layer: Layer, given: Shape, first_axis: bool) -> bool:
    """Whether a layer works along an axis that is not that of the channels."""
    if layer.class_name not in _ALONG_AN_AXIS:
        return False
    channels = 1 if first_axis else len(given) - 1
    try:
        along = axes(layer.config, "axis", (-1,))
    except RuleError:
        return True
    return any(axis % len(given) != channels for axis in along)


_ALONG_AN_AXIS = frozenset(
    {"Concatenate", "Dense", "LayerNormalization", "RMSNormalization", "Softmax", "UnitNormalization"}
)
