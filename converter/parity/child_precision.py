"""What is left of low precision in a model that Keras has loaded, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def remind(model: Any, alphas: Mapping[str, float]) -> None:
    """Tells layers what Keras 3 forgets as it loads a ``.h5`` file.

    Args:
        model: as Keras loaded it.
        alphas: ``lora_alpha`` in the file, by layer.
    """
    for layer in model._flatten_layers():  # noqa: SLF001 - public in no Keras
        if getattr(layer, "lora_enabled", False) and layer.name in alphas:
            layer.lora_alpha = alphas[layer.name]
        mode = getattr(layer, "quantization_mode", None)
        if mode in {"gptq", "awq"}:
            setattr(layer, f"is_{mode}_calibrated", True)


def compute_in_float32(model: Any) -> None:
    """Makes layers multiply by their inputs as they are, and by the kernel that inference uses.

    Args:
        model: as Keras loaded it; its policies compute in float32 already.
    """
    for layer in model._flatten_layers():  # noqa: SLF001 - public in no Keras
        if getattr(layer, "inputs_quantizer", None) is not None:
            layer.inputs_quantizer = _as_they_are(getattr(layer.inputs_quantizer, "axis", None))
        if getattr(layer, "quantization_mode", None) == "float8":
            _through_float8(layer)


def _as_they_are(own_axis: Any) -> Any:
    """A quantizer of inputs that leaves them alone."""
    from keras import ops

    def quantizer(inputs: Any, axis: Any = None) -> tuple[Any, Any]:
        axis = own_axis if axis is None else axis
        return inputs, ops.ones_like(ops.max(inputs, axis=-1 if axis is None else axis, keepdims=True))

    return quantizer


def _through_float8(layer: Any) -> None:
    """The kernel and bias that ``_float8_call`` uses, in a layer that has forgotten float8."""
    from keras import dtype_policies, ops, quantizers

    kernel = layer.kernel
    layer.kernel.assign(
        quantizers.quantize_and_dequantize(kernel, layer.kernel_scale, "float8_e4m3fn", "float32")
    )
    if layer.bias is not None and layer.compute_dtype == "float32":
        layer.bias.assign(ops.cast(ops.cast(layer.bias, "bfloat16"), "float32"))
    layer.dtype_policy = dtype_policies.DTypePolicy("float32")
