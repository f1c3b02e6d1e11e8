"""Files of weights without a topology, which is recognised, named, or given in a file of its own."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from converter.architectures import Kernel, Network, Proposals, Request, known_names, parse_request, propose
from converter.architectures.rrdn import Rrdn
from converter.errors import SourceError, UsageError
from converter.layers import WeightSpec
from converter.layers.configuration import brief
from converter.model import Model, Weight
from converter.sources import keras2, keras3
from converter.sources.fitting import fit_stored
from converter.sources.guard import refuse_code
from converter.sources.weights_store import Stored, is_weights_only, natural, stored_weights

__all__ = ["Built", "Stored", "fit", "is_weights_only", "read", "stored_weights"]

MAX_TOPOLOGY = 1 << 28
"""The largest topology that is read, in bytes."""

MOST_NAME = 40
"""How much of a layer's name is shown where many are."""


@dataclass(frozen=True)
class Built:
    """A model put together from weights and an architecture.

    Attributes:
        model: with its weights.
        architecture: what it was taken for, for people: ``rdn-C3-D10-G64-G064-x2, upscaling ups``.
        assumed: sentences on what neither the weights nor the user told.
        of_keras3: whether both the weights and a topology are Keras 3's, which can load them itself.
    """

    model: Model
    architecture: str
    assumed: tuple[str, ...] = ()
    of_keras3: bool = False


def read(
    path: Path,
    *,
    arch: str | None = None,
    arch_json: Path | None = None,
    arguments: Mapping[str, Any] | None = None,
    served: Container[str] = (),
) -> Built:
    """The model whose weights are in a file.

    Args:
        path: an HDF5 file that ``save_weights`` or ``save`` of Keras 2 or 3 wrote.
        arch: a known family (``rdn``, ``rrdn``) or idealo's full name of a network, to be taken as given.
        arch_json: a file that holds ``model.to_json()``.
        arguments: single parameters of a known architecture, such as ``beta``.
        served: the custom classes in ``arch_json`` that somebody provides.

    Raises:
        UsageError: when the architecture or an argument is not known.
        SourceError: when the file is corrupt or hostile, the weights are of no known architecture
            (``weights-only``), leave a choice (``arch-ambiguous``) or do not fit the one that was asked
            for (``arch-mismatch``), or the topology is broken.
        UnsupportedError: when the topology holds code.
    """
    if arch_json is not None:
        if arch is not None or arguments:
            raise UsageError(
                "arch-twice",
                "--arch-json",
                "--arch and --model-arg are of known architectures, and this file is the architecture.",
                "Give one of them.",
            )
        model, of_keras3 = _topology(arch_json, served)
        stored = stored_weights(path)
        of_keras3 = of_keras3 and stored.layout == "keras3"
        return Built(fit_stored(model, stored, str(path)), arch_json.name, of_keras3=of_keras3)
    request = parse_request(arch, arguments)
    stored = stored_weights(path)
    proposals = _propose(stored, request)
    if len(proposals.fitting) > 1:
        raise _ambiguous(path, proposals.fitting)
    if not proposals.fitting:
        raise _misfit(path, stored, request, proposals.nearest)
    network = proposals.fitting[0]
    model = _build(network, stored, path)
    assumed = []
    if isinstance(network, Rrdn) and "beta" not in request.given:
        assumed.append(
            f"beta = {network.beta:g} is not in the weights and was assumed; "
            "say --model-arg beta=… if it was another."
        )
    if proposals.by_order and not stored.named:
        assumed.append(
            f"The file does not name its layers; it was taken for {network.name} by their order and shapes."
        )
    return Built(model, network.description, tuple(assumed))


def fit(model: Model, path: Path) -> Model:
    """A topology with the weights of a file, by name or else by order.

    Args:
        model: any model; weights that it has are replaced.
        path: as for ``read``.

    Raises:
        SourceError: when the file is corrupt or hostile, or the weights do not fit (``arch-mismatch``).
        UnsupportedError: when two weights have the same name.
    """
    return fit_stored(model, stored_weights(path), str(path))


def _propose(stored: Stored, request: Request) -> Proposals:
    # Without names, layers are counted by class, those without weights as well.
    additions = 0 if stored.named else sum(natural(key)[0] == "add" for key in stored.layers)
    return propose(_kernels(stored), request, named=stored.named, additions=additions)


def _build(network: Network, stored: Stored, path: Path) -> Model:
    """The network with its weights, all shapes compared, behind the layers of its own as well."""
    demanded = {
        name: (WeightSpec("kernel", kernel), WeightSpec("bias", kernel[3:]))
        for name, kernel in network.convolutions().items()
    }
    topology = keras2.parse_model(network.topology())
    return fit_stored(topology, stored, f"{path} as {network.description}", demanded)


def _kernels(stored: Stored) -> dict[str, Kernel]:
    """The kernels of the layers that have weights; empty for those that are no convolution with a bias."""
    return {
        name: weights[0].shape if _is_convolution(weights) else ()
        for name, weights in stored.layers.items()
        if weights
    }


def _is_convolution(weights: list[Weight]) -> bool:
    shapes = [weight.shape for weight in weights]
    return len(shapes) == 2 and len(shapes[0]) == 4 and shapes[1] == shapes[0][3:]


def _topology(path: Path, served: Container[str]) -> tuple[Model, bool]:
    """The model, and whether Keras 3 wrote it."""
    where = str(path)
    try:
        if not path.is_file() or path.stat().st_size > MAX_TOPOLOGY:
            missing = "there is no such file." if not path.exists() else "this is no file of a topology."
            raise SourceError("arch-json", where, missing, "Give a file that holds model.to_json().")
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise SourceError(
            "arch-json", where, f"it cannot be read: {reason}.", "Give a file that holds model.to_json()."
        ) from error
    topology = keras2.parse_json(text, where)
    version = str(topology.get("keras_version", ""))
    if version.startswith("3.") or ("keras_version" not in topology and "module" in topology):
        refuse_code(topology, served)
        return keras2.parse_model(keras3.translate(topology, served), where), True
    if version.startswith("1."):
        raise SourceError(
            "keras1-json",
            where,
            f"the architecture was written by Keras {brief(version)}.",
            "Build the model in Keras 1 and save it whole, with model.save('model.h5').",
        )
    refuse_code(topology, served)
    model = keras2.parse_model(topology, where)
    return replace(model, keras_version=keras2.check_name(version, where)), False


def _held(stored: Stored) -> str:
    layers = [name for name, weights in stored.layers.items() if weights]
    shown = ", ".join(brief(name[:MOST_NAME])[1:-1] for name in layers[:4]) + (
        " …" if len(layers) > 4 else ""
    )
    count = sum(weight.size for weights in stored.layers.values() for weight in weights)
    named = f" ({shown})" if layers else ""
    return f"the file holds {count:,} weights of {len(layers)} layers{named} and no architecture"


_OPTIONS = (
    f"Name it by --arch ({known_names()}), give model.to_json() by --arch-json FILE, "
    "or the Python function that builds the model by --model MODULE:NAME."
)


def _misfit(path: Path, stored: Stored, request: Request, nearest: Network | None) -> SourceError:
    """Why the weights are of no known network, or not of the one that was asked for."""
    differences = ""
    if nearest is not None:
        try:
            _build(nearest, stored, path)
            differences = "its layers are not named or counted as those of that network."
        except SourceError as error:
            differences = error.why
    if not request.family and not request.given:
        alike = f" It resembles {nearest.description}, but {differences}" if nearest else ""
        return SourceError("weights-only", str(path), f"{_held(stored)}.{alike}", _OPTIONS)
    others = _propose(stored, Request(None, {})).fitting
    fix = (
        f"They fit {others[0].description}: leave --arch and --model-arg out."
        if len(others) == 1
        else "Give the architecture that the weights were saved from, or the weights that belong to it."
    )
    if nearest is None:
        differences = f"{_held(stored)}, and nothing in it is like {request.family or 'what was asked for'}."
    where = str(path) if nearest is None else f"{path} as {nearest.description}"
    return SourceError("arch-mismatch", where, differences, fix)


def _ambiguous(path: Path, networks: list[Network]) -> SourceError:
    names = [network.name for network in networks]
    return SourceError(
        "arch-ambiguous",
        str(path),
        f"the file does not name its layers, and their shapes fit {len(names)} networks: "
        f"{', '.join(names[:8])}{' …' if len(names) > 8 else ''}.",
        f"Say which one it is by --arch, such as --arch {names[-1]}.",
    )
