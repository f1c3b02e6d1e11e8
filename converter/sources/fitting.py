"""A topology and stored weights brought together; unlike Keras, every difference is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from converter.errors import SourceError
from converter.layers import Inferred, WeightSpecs, check_weights, infer, weight_specs
from converter.layers.configuration import brief
from converter.layers.rule import show
from converter.model import Model, Weight
from converter.sources.matching import pair_up
from converter.sources.merging import without_lora
from converter.sources.ownership import give, order_of
from converter.sources.pair import INSIDE, Pair, shown
from converter.sources.weights_store import Stored

MOST_DIFFERENCES = 10
"""How many differences are told one by one."""

MOST_TEXT = 600
"""How long they may be together."""

MOST_SHAPES = 4
"""How many weights of one layer are shown."""

_NONE: Mapping[str, WeightSpecs] = {}


def fit_stored(
    model: Model, stored: Stored, where: str, demanded: Mapping[str, WeightSpecs] = _NONE
) -> Model:
    """The model with the stored weights.

    Args:
        model: without weights.
        stored: as ``stored_weights`` read it.
        where: what the weights are of, for messages.
        demanded: weights by layer, where more is known of them than the topology tells.

    Raises:
        SourceError: when they do not fit (``arch-mismatch``), and as ``infer`` and ``check_weights`` do.
    """
    if stored.keras_version.startswith("1."):
        raise SourceError(
            "keras1-weights",
            where,
            f"the weights were saved by Keras {stored.keras_version}, which arranges them differently.",
            "Load them in Keras 1 and save the whole model with model.save('model.h5').",
        )
    demands = {**_demands(model, infer(model), ""), **demanded}
    pairs = pair_up(model, stored, demands)
    _check(pairs, where)
    shares = {pair.path: _renamed(pair) for pair in pairs if pair.path is not None}
    # As HDF5 sorts the layers of a whole model, so that both files give the same bytes.
    order = sorted(shares, key=lambda path: shown(path).encode().split(b"/"))
    fitted = replace(
        _assign(model, shares, ""),
        keras_version=stored.keras_version or model.keras_version,
        weight_order=order_of(weight for path in order for weight in shares[path]),
    )
    check_weights(fitted, infer(fitted))
    return fitted


def _demands(model: Model, inferred: Inferred, path: str) -> dict[str, WeightSpecs | None]:
    """The weights that every layer must have, None where that is not known; nested models by their layers."""
    found: dict[str, WeightSpecs | None] = {}
    for layer in model.layers:
        calls = inferred.layers[layer.name]
        own = path + layer.name
        if layer.model is not None:
            inner = next((call.inner for call in calls if call.inner is not None), None)
            found.update(_demands(layer.model, inner or infer(layer.model), own + INSIDE))
        else:
            found[own] = weight_specs(layer, calls[0].inputs if calls else None)
    return found


def _check(pairs: Sequence[Pair], where: str) -> None:
    differences = list(filter(None, map(_difference, pairs)))
    if not differences:
        return
    told = differences[:1]
    for text in differences[1:MOST_DIFFERENCES]:
        if sum(map(len, told)) + len(text) < MOST_TEXT:
            told.append(text)
    more = len(differences) - len(told)
    count = "one layer" if len(differences) == 1 else f"{len(differences):,} layers"
    raise SourceError(
        "arch-mismatch",
        where,
        f"the weights do not fit the architecture in {count}: {'; '.join(told)}"
        f"{f'; and {more:,} more' if more else ''}.",
        "Give the architecture that the weights were saved from, or the weights that belong to it.",
    )


def _difference(pair: Pair) -> str:
    """What is wrong, for people; empty when nothing is, as far as it is known."""
    held = ", ".join(show(weight.shape) for weight in pair.weights[:MOST_SHAPES])
    held += ", …" if len(pair.weights) > MOST_SHAPES else ""
    if pair.path is None:
        return f"{brief(pair.key)} with {held} is one too many"
    if pair.wanted is None or _fits(pair):
        return ""
    if pair.nested:
        return f"{brief(shown(pair.path))} has {len(pair.weights)} weights and needs {len(pair.wanted)}"
    wanted = ", ".join(show(spec.shape) for spec in pair.wanted) or "none"
    if not pair.weights:
        return f"{brief(shown(pair.path))} with {wanted} is missing"
    stored_as = "" if pair.key in {pair.path, None} else f", stored as {brief(pair.key)},"
    return f"{brief(shown(pair.path))}{stored_as} has {held} and needs {wanted}"


def _fits(pair: Pair) -> bool:
    wanted = pair.wanted or ()
    if len(wanted) != len(pair.weights) or pair.nested:
        return len(wanted) == len(pair.weights)
    return all(
        spec.shape is None
        or (
            len(spec.shape) == len(weight.shape)
            and all(size in {None, own} for size, own in zip(spec.shape, weight.shape, strict=True))
        )
        for spec, weight in zip(wanted, pair.weights, strict=True)
    )


def _assign(model: Model, shares: Mapping[str, Sequence[Weight]], path: str) -> Model:
    layers = []
    for layer in model.layers:
        own = path + layer.name
        if layer.model is None or own in shares:
            layers.append(give(replace(layer, config=without_lora(layer.config)), shares.get(own, ())))
        else:
            layers.append(replace(layer, model=_assign(layer.model, shares, own + INSIDE)))
    return replace(model, layers=tuple(layers))


def _renamed(pair: Pair) -> list[Weight]:
    """The weights under the names by which TensorFlow.js finds them: ``layer/variable``."""
    layer = pair.name
    if pair.nested or (layer and all(weight.name.startswith(f"{layer}/") for weight in pair.weights)):
        return list(pair.weights)
    if pair.wanted is not None:
        names = [spec.name for spec in pair.wanted]
    else:
        names = [weight.name.rpartition("/")[2] for weight in pair.weights]
        if len(set(names)) < len(names) or all(name.isdigit() for name in names):
            names = [f"w{index}" for index in range(len(names))]
    prefix = f"{layer}/" if layer else ""
    return [replace(weight, name=prefix + name) for weight, name in zip(pair.weights, names, strict=True)]
