"""Kernels that Keras 3 stores in parts, quantized or with low-rank additions (LoRA), as one array of floats.

``.keras`` and ``.weights.h5`` number the parts, and have LoRA in the kernel already; ``.h5`` names them.

https://github.com/keras-team/keras/blob/v3.15.0/keras/src/layers/core/dense.py (``save_own_variables``)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from converter.errors import SourceError, UnsupportedError
from converter.layers import WeightSpecs, embedded
from converter.layers.configuration import brief
from converter.layers.precision import policy_name
from converter.model import Array, Config, Layer, Weight
from converter.sources import dequantization
from converter.sources.dequantization import by_groups, unpacked

KERNELS = ("kernel", "embeddings", "reverse_embeddings")
"""What may be stored in parts: the names of the parts begin with these."""

OF_FLOAT8 = (
    *("inputs_scale", "inputs_amax_history", "kernel_scale", "kernel_amax_history"),
    *("outputs_grad_scale", "outputs_grad_amax_history"),
)
"""What stands behind kernel and bias where a layer was trained with float8, in Keras's order."""

CONVOLUTIONS = frozenset(f"Conv{rank}D" for rank in (1, 2, 3))
SIMPLE = CONVOLUTIONS | {"Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"}
"""The layers with a kernel of their own that may be in parts."""

PROJECTING = frozenset({"MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"})
"""Layers made of projections, whose kernels may be in parts."""

_LORA = tuple(f"lora_{kernel}_{side}" for kernel in ("kernel", "embeddings") for side in "ab")
_FIX = "Save the model before quantize(…); --quantize does it here."

Parts = Mapping[str, Weight]


def is_part(weight: Weight) -> bool:
    """Whether a weight with a name is one of several that make a kernel."""
    name = weight.name.rpartition("/")[2]
    return weight.dtype.name in {"int8", "uint8"} or name in _LORA or name in OF_FLOAT8


def merged(layer: Layer, weights: Sequence[Weight], specs: WeightSpecs | None) -> list[Weight]:
    """The weights of a layer with every kernel in one piece, each followed by its bias.

    Args:
        layer: what they are of; its configuration still tells ``lora_rank`` and ``lora_alpha``.
        weights: as they are stored, by their paths in the file.
        specs: what the layer must have; None where that is not known.

    Raises:
        SourceError: when parts are missing, or do not belong together (``weights-parts``).
        UnsupportedError: when Keras itself does not undo the quantization (``keras3-quantized``).
    """
    groups: dict[str, list[Weight]] = {}
    for weight in weights:
        groups.setdefault(weight.name.rpartition("/")[0], []).append(weight)
    place = _Place(layer, len(groups))
    known = [_named(group, place) for group in groups.values()] if place.may_hold_parts else []
    if not any(known):
        return list(weights)
    if place.wraps_model:
        raise place.wrong(
            "the file lists the parts of kernels in a model that it wraps in no certain order.",
            "Save the model as .keras, which tells layers apart.",
        )
    found: list[Weight] = []
    for group, parts in zip(groups.values(), known, strict=True):
        if parts is None:
            found += group
            continue
        if "layer" in layer.config and any(f"{kernel}_scale" in parts for kernel in KERNELS):
            raise _wrapped(layer)
        for kernel in (name for name in KERNELS if name in parts):
            shape = specs[len(found)].shape if specs is not None and len(specs) > len(found) else None
            full = None if shape is None or None in shape else tuple(size or 0 for size in shape)
            found.append(_whole(kernel, parts, place, full))
        found += [_bias(parts, place)] if "bias" in parts else []
    return found


def _wrapped(layer: Layer) -> UnsupportedError:
    return UnsupportedError(
        "keras3-quantized",
        f"layer {brief(layer.name)}",
        f"the layer in this {brief(layer.class_name)[1:-1]} is quantized, and Keras, which calls it past its "
        "quantization, multiplies by the integers as they are.",
        "Put the layer itself into the model (Dense works on the last axis), or save before quantize(…).",
    )


def without_lora(config: Config) -> Config:
    """The configuration of a layer whose kernels are merged."""
    if not {"lora_rank", "lora_alpha", "layer"} & config.keys():
        return config
    found = {key: value for key, value in config.items() if key not in {"lora_rank", "lora_alpha"}}
    inner = config.get("layer")
    if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping):
        found["layer"] = {**inner, "config": without_lora(inner["config"])}
    return found


class _Place:
    """Where parts stand: in a layer itself, in the one that it wraps, or in one of its projections."""

    def __init__(self, layer: Layer, groups: int) -> None:
        self.layer = layer
        self.class_name: str = layer.class_name
        self.config: Mapping[str, Any] = layer.config
        inner = layer.config.get("layer")
        if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping):
            self.class_name, self.config = str(inner.get("class_name")), inner["config"]
        self.policy = policy_name(self.config.get("dtype")) or ""
        self.may_hold_parts = self.class_name in SIMPLE | PROJECTING | set(embedded.CLASSES)
        self.wraps_model = self.class_name in embedded.CLASSES
        if groups > 1 or self.class_name not in SIMPLE:
            self.class_name, self.config = "", {}

    @property
    def is_int4(self) -> bool:
        """Whether the layer's own kernel has 4 bits; of projections only shapes tell."""
        return self.policy.startswith("int4") and bool(self.class_name)

    @property
    def is_int8(self) -> bool:
        """Whether kernels are not packed."""
        return not any(mode in self.policy for mode in ("int4", "gptq", "awq"))

    @property
    def lora_scale(self) -> float:
        """What the low-rank addition is multiplied by; releases before 3.9 had nothing to say of it."""
        rank, alpha = self.config.get("lora_rank"), self.config.get("lora_alpha")
        if isinstance(rank, int) and isinstance(alpha, (int, float)) and rank:
            return float(alpha / rank)
        return 1.0

    def wrong(self, why: str, fix: str = _FIX) -> SourceError:
        """The error for parts that make no kernel."""
        return SourceError("weights-parts", f"layer {brief(self.layer.name)}", why, fix)


def _named(group: Sequence[Weight], place: _Place) -> Parts | None:
    """The parts by their names; None where nothing is in parts."""
    names = [weight.name.rpartition("/")[2] for weight in group]
    if all(name.isdigit() for name in names):
        if [weight.dtype.name for weight in group].count("uint8") == 1:
            raise place.wrong(
                "Keras 3.13 to 3.15 leave the zero points of GPTQ and AWQ out of such files.",
                "Save the model as .h5, which has them.",
            )
        found = _numbered(group, place.class_name)
        if found is None:
            return None
        if len(found) != len(group):
            raise place.wrong(f"its kernel is stored in {len(group)} parts, which is not how Keras does it.")
        names = found
    elif not any(map(is_part, group)):
        return None
    return {"kernel_zero" if name == "zero_point" else name: w for name, w in zip(names, group, strict=True)}


def _numbered(group: Sequence[Weight], class_name: str) -> list[str] | None:
    """The names of what Keras numbers, in its order."""
    kinds = [weight.dtype.name for weight in group]
    if "uint8" in kinds:
        # GPTQ; AWQ has a scale for each input as well.
        start = ["bias"] if kinds[0] != "uint8" else []
        scales = ["awq_scales"] if len(group) - len(start) > 4 else []
        return [*start, "kernel", "kernel_scale", "kernel_zero", *scales, "g_idx"]
    if "int8" in kinds:
        return _embedding(group) if "Embedding" in class_name else _integers(kinds)
    if len(group) in {7, 8} and [len(weight.shape) for weight in group[-6:]] == [0, 1] * 3:
        return [*["kernel", "bias"][: len(group) - 6], *OF_FLOAT8]
    return None


def _integers(kinds: Sequence[str]) -> list[str]:
    # Keras 3.1 puts the bias before the kernel, later ones behind it.
    early = ["bias"] if kinds[0] != "int8" else []
    rest = kinds[len(early) + 1 :]
    scales = ["kernel_scale", *(["kernel_zero", "g_idx"] if "int8" in rest else [])]
    late = ["bias"] if len(rest) > len(scales) else []
    return [*early, "kernel", *late, *scales]


def _embedding(group: Sequence[Weight]) -> list[str]:
    names = ["embeddings", "embeddings_scale"]
    if len(group) > 3 and group[2].dtype.name == "int8" and group[2].shape == group[1].shape:
        names += ["embeddings_zero", "g_idx"]
    both = ["reverse_embeddings", "reverse_embeddings_scale", "reverse_embeddings_zero"]
    return [*names, *both[: len(group) - len(names)]]


def _bias(parts: Parts, place: _Place) -> Weight:
    """A layer of float8 that is none of mixed precision rounds its bias."""
    bias = parts["bias"]
    if OF_FLOAT8[0] not in parts or not place.policy.endswith("_from_float32"):
        return bias
    return _computed(bias.name, bias.shape, lambda: dequantization.through_bfloat16(bias.array()), place)


def _whole(kernel: str, parts: Parts, place: _Place, wanted: tuple[int, ...] | None) -> Weight:
    """One kernel; ``wanted`` is its shape, as far as that is known."""
    stored = parts[kernel]
    shape = stored.shape
    if stored.dtype.name in {"int8", "uint8"}:
        if f"{kernel}_scale" not in parts:
            raise place.wrong(f"its {kernel} is quantized, and its scale is not in the file.")
        if wanted is None and not place.is_int8:
            raise place.wrong(f"its {kernel} is packed, and its shape is not known.")
        shape = wanted or shape
    sides = [parts.get(f"lora_{kernel}_{side}") for side in "ab"]
    low, high = sides
    if low is None or high is None:
        if low is not high:
            raise place.wrong(f"its {kernel} has one low-rank part (LoRA) of two.", "Save the model again.")
    elif not place.class_name:
        raise place.wrong(
            f"the file does not tell how much of the low-rank part (LoRA) of a {kernel} inside it counts.",
            "Save the model as .keras, which has LoRA in the kernels.",
        )
    elif (*low.shape[:-1], high.shape[-1]) != shape or low.shape[-1:] != high.shape[:1]:
        raise place.wrong(f"its low-rank parts (LoRA) do not fit its {kernel}.", "Save the model again.")

    def compute() -> Array:
        found = _dequantized(kernel, parts, place, shape)
        if low is not None and high is not None:
            found = found + np.float32(place.lora_scale) * (low.array() @ high.array())
        return found

    return _computed(stored.name, shape, compute, place)


def _dequantized(kernel: str, parts: Parts, place: _Place, shape: tuple[int, ...]) -> Array:
    stored = parts[kernel].array()
    if stored.dtype.kind == "f":
        if OF_FLOAT8[0] not in parts:
            return stored.astype(np.float32)
        return dequantization.through_float8(stored, float(parts["kernel_scale"].array()))
    scale = parts[f"{kernel}_scale"].array().astype(np.float32)
    zero = parts.get(f"{kernel}_zero")
    values = _integers_of(kernel, stored, scale, shape, place, grouped=zero is not None)
    if zero is None:
        aligned = _aligned(kernel, scale, values.shape, place)
        if np.broadcast_shapes(aligned.shape, values.shape) != values.shape:
            raise ValueError
        return (values.astype(np.float32) / aligned).reshape(shape)
    # GPTQ and AWQ store kernels with their outputs first.
    turned = stored.dtype == np.uint8
    axis = 1 if turned or kernel == "embeddings" else 0
    groups = parts["g_idx"].array()
    sizes = (groups.size, scale.shape[1 - axis]) if scale.ndim == 2 else ()
    if sizes != (values.shape[axis], values.shape[1 - axis]) or zero.shape != scale.shape:
        raise ValueError
    found = by_groups(values, scale, zero.array(), groups, axis)
    if turned:
        found = found.T
        found = found / parts["awq_scales"].array()[:, None] if "awq_scales" in parts else found
    return found.reshape(shape)


def _integers_of(
    kernel: str, stored: Array, scale: Array, shape: tuple[int, ...], place: _Place, *, grouped: bool
) -> Array:
    """The stored integers, one by one: 4 bits are packed in different ways by different releases."""
    if stored.dtype == np.uint8:
        packed = len(stored) != len(scale) or "/4/" in place.policy or "awq" in place.policy
        return unpacked(stored, 0, len(scale)) if packed else stored
    if kernel == "embeddings":
        return stored if stored.shape == shape and not place.is_int4 else unpacked(stored, 1, shape[1])
    if stored.shape == shape and not place.is_int4:
        return stored
    if kernel == "reverse_embeddings":
        return unpacked(stored, 0, shape[0])
    if scale.ndim == 1 or grouped:
        # Flat: what is summed over, by outputs.
        columns = scale.shape[-1]
        rows = int(np.prod(shape)) // columns
        across = stored.shape == (rows, (columns + 1) // 2)
        return unpacked(stored, 1, columns) if across else unpacked(stored, 0, rows)
    axes = [axis for axis, (size, held) in enumerate(zip(shape, stored.shape, strict=True)) if size != held]
    axis = axes[0] if axes else shape.index(1)
    return unpacked(stored, axis, shape[axis])


def _aligned(kernel: str, scale: Array, shape: tuple[int, ...], place: _Place) -> Array:
    """The scale with its axes where those of the kernel are."""
    if kernel == "embeddings":
        return scale.reshape(-1, 1)
    equation = place.config.get("equation")
    if scale.ndim == 1 or not isinstance(equation, str):
        # The scales of projections have the kernel's last axes, behind those of size 1.
        last = len(scale.shape) - len(shape)
        return scale.reshape(scale.shape[max(0, last) :])
    labels, outputs = (part.strip(". ") for part in equation.partition(",")[2].split("->"))
    kept = [label for label in outputs if label in labels]
    ordered = sorted(kept, key=labels.index)
    sizes = [shape[labels.index(label)] for label in kept]
    turned: Array = scale.reshape(sizes).transpose([kept.index(label) for label in ordered])
    return turned.reshape([size if label in kept else 1 for label, size in zip(labels, shape, strict=True)])


def _computed(name: str, shape: tuple[int, ...], compute: Callable[[], Array], place: _Place) -> Weight:
    """An array that is computed when it is asked for, and kept for as long as it is streamed."""
    held: list[Array] = []

    def load(start: int, stop: int) -> Array:
        if not held:
            try:
                with np.errstate(all="ignore"):
                    values = np.ascontiguousarray(compute(), np.float32)
            except (ValueError, IndexError, KeyError, TypeError, MemoryError):
                values = None
            if values is None or values.shape != shape:
                raise place.wrong("the parts of its kernel do not fit together.")
            held.append(values.reshape(-1))
        part = held[0][start:stop]
        if stop >= held[0].size:
            held.clear()
        return part

    return Weight(name, shape, np.dtype(np.float32), load)
