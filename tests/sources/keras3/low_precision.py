"""``python low_precision.py FOLDER``: models of low precision, quantized and with LoRA, as Keras saves them.

Beside each stand the kernels that its layers multiply by, as their outputs for the identity tell them.
"""

from __future__ import annotations

import gc
import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

MODELS: dict[str, Callable[[Any], Any]] = {}
OF_KERAS_2 = ("half", "brain", "mixed", "first", "words")
"""Models that ``tf_keras`` saves as well."""

NOT_H5: set[str] = {"half_quantized"}
"""What Keras cannot save as ``.h5``."""


def model(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    MODELS[build.__name__] = build
    return build


def picture(keras: Any, policy: str, last: Any = "float32") -> Any:
    kl = keras.layers
    found = keras.Sequential(
        [
            keras.Input((6, 6, 3), dtype="float16" if policy == "float16" else "float32"),
            kl.Conv2D(4, 3, activation="relu", dtype=policy),
            kl.BatchNormalization(dtype=policy),
            kl.Flatten(dtype=policy),
            kl.Dense(3, dtype=last),
        ]
    )
    return randomized(found)


@model
def half(keras: Any) -> Any:
    return picture(keras, "float16", "float16")


@model
def brain(keras: Any) -> Any:
    return picture(keras, "bfloat16", "bfloat16")


@model
def mixed(keras: Any) -> Any:
    kl, policy = keras.layers, "mixed_bfloat16"
    i = keras.Input((5, 3))
    trunk = keras.Sequential([keras.Input((5, 3)), kl.LSTM(4, return_sequences=True, dtype=policy)])
    j = kl.TimeDistributed(kl.Dense(3, dtype=policy), dtype=policy)(trunk(i))
    return keras.Model(i, kl.Dense(2, dtype="float32")(j))


@model
def first(keras: Any) -> Any:
    """In Keras 2, the first layer stands for the input as well."""
    kl = keras.layers
    if keras.__name__ != "keras":
        return keras.Sequential([kl.Dense(4, input_shape=(5,), dtype="float16"), kl.Dense(2)])
    keras.config.set_dtype_policy("mixed_float16")
    found = keras.Sequential([keras.Input((5,)), kl.Dense(4), kl.Dense(2, dtype="float32")])
    keras.config.set_dtype_policy("float32")
    return found


@model
def words(keras: Any) -> Any:
    kl = keras.layers
    i, j = keras.Input((4,), dtype="uint8"), keras.Input((4,), dtype="int64")
    table = kl.Embedding(9, 4, dtype="float16")
    return keras.Model([i, j], kl.Dense(3)(kl.Concatenate(dtype="float16")([table(i), table(j)])))


@model
def by_layer(keras: Any) -> Any:
    policies = keras.dtype_policies.DTypePolicyMap("mixed_float16")
    policies["other"] = keras.dtype_policies.DTypePolicy("bfloat16")
    return picture(keras, policies)


@model
def bytes_as_input(keras: Any) -> Any:
    kl = keras.layers
    return keras.Sequential(
        [keras.Input((5, 5, 3), dtype="uint8"), kl.Rescaling(1 / 255), kl.Conv2D(2, 3, dtype="mixed_float16")]
    )


def randomized(found: Any, seed: int = 5) -> Any:
    rng = np.random.default_rng(seed)
    for weight in found.weights:
        if "int" not in str(weight.dtype):
            low = -0.6 if weight.name == "kernel" else 0.1
            weight.assign(rng.uniform(low, 0.6, tuple(weight.shape)))
    return found


def dense(keras: Any, dtype: str = "float32") -> Any:
    kl = keras.layers
    found = keras.Sequential(
        [keras.Input((7,)), kl.Dense(5, "relu", dtype=dtype), kl.Dense(3, use_bias=False, dtype=dtype)]
    )
    return randomized(found)


def mingled(keras: Any) -> Any:
    """Layers that can be quantized among others, in a nested model."""
    kl = keras.layers
    i = keras.Input((4,), dtype="int32")
    inner = keras.Sequential(
        [
            keras.Input((4, 5)),
            kl.BatchNormalization(name="one"),
            kl.Dense(5, name="two"),
            kl.BatchNormalization(name="three"),
            kl.Dense(5, use_bias=False, name="four"),
        ],
        name="inner",
    )
    j = inner(kl.Embedding(9, 5)(i))
    return randomized(keras.Model(i, kl.Dense(3)(j)))


def quantized(found: Any, mode: str | None, config: Any = None) -> Any:
    found.quantize(mode, config=config) if config is not None else found.quantize(mode)
    return found


@model
def int8(keras: Any) -> Any:
    return quantized(dense(keras), "int8")


@model
def int8_among_others(keras: Any) -> Any:
    return quantized(mingled(keras), "int8")


@model
def int8_inputs_as_they_are(keras: Any) -> Any:
    return quantized(dense(keras), None, keras.quantizers.Int8QuantizationConfig(activation_quantizer=None))


@model
def half_quantized(keras: Any) -> Any:
    return quantized(dense(keras, "bfloat16"), "int8")


@model
def int4(keras: Any) -> Any:
    return quantized(mingled(keras), "int4")


@model
def int4_in_groups(keras: Any) -> Any:
    return quantized(dense(keras), None, keras.quantizers.Int4QuantizationConfig(block_size=4))


@model
def int4_by_channel(keras: Any) -> Any:
    quantizer = keras.quantizers.AbsMaxQuantizer()
    config = keras.quantizers.Int4QuantizationConfig(block_size=-1, activation_quantizer=quantizer)
    return quantized(mingled(keras), None, config)


@model
def float8(keras: Any) -> Any:
    found = quantized(dense(keras), "float8")
    for layer in found.layers:
        layer.kernel_scale.assign(0.0037)
    return found


def calibrated(keras: Any, mode: str, policy: str) -> Any:
    """A model as GPTQ or AWQ leaves it; what they do to find such numbers is not of interest here."""
    found = dense(keras, f"{policy}_from_float32")
    rng = np.random.default_rng(3)
    for layer in found.layers:
        layer.quantized_kernel.assign(rng.integers(0, 256, layer.quantized_kernel.shape).astype("uint8"))
        layer.kernel_scale.assign(rng.uniform(0.01, 0.1, layer.kernel_scale.shape))
        layer.kernel_zero.assign(rng.integers(0, 16, layer.kernel_zero.shape).astype("uint8"))
        layer.g_idx.assign(np.arange(layer.g_idx.shape[0]) // 4)
        if mode == "awq":
            layer.awq_scales.assign(rng.uniform(0.5, 2, layer.awq_scales.shape))
        setattr(layer, f"is_{mode}_calibrated", True)
    return found


@model
def gptq(keras: Any) -> Any:
    return calibrated(keras, "gptq", "gptq/4/4")


@model
def gptq_of_8_bits(keras: Any) -> Any:
    return calibrated(keras, "gptq", "gptq/8/4")


@model
def awq(keras: Any) -> Any:
    return calibrated(keras, "awq", "awq/4/4")


def with_lora(found: Any, alpha: float | None = 3.0) -> Any:
    rng = np.random.default_rng(4)
    layers = [layer for layer in found._flatten_layers() if hasattr(layer, "enable_lora")]
    for layer in layers:
        layer.enable_lora(2, lora_alpha=alpha)
        for weight in layer.weights:
            if "lora" in weight.name:
                weight.assign(rng.uniform(-0.5, 0.5, weight.shape))
    return found


def einsum(keras: Any) -> Any:
    kl = keras.layers
    return randomized(
        keras.Sequential(
            [
                keras.Input((4, 6)),
                kl.EinsumDense("abc,cde->abde", (None, 2, 5), bias_axes="de"),
                kl.EinsumDense("abde,def->abf", (None, 7), activation="relu", bias_axes="f"),
                kl.EinsumDense("abc,dc->abd", (None, 3)),
            ]
        )
    )


@model
def einsum_int8(keras: Any) -> Any:
    return quantized(einsum(keras), "int8")


@model
def einsum_int4(keras: Any) -> Any:
    return quantized(einsum(keras), None, keras.quantizers.Int4QuantizationConfig(block_size=4))


@model
def einsum_lora(keras: Any) -> Any:
    return with_lora(einsum(keras))


@model
def attention(keras: Any) -> Any:
    i = keras.Input((4, 6))
    return randomized(keras.Model(i, keras.layers.MultiHeadAttention(2, 3, dtype="mixed_bfloat16")(i, i)))


@model
def attention_int8(keras: Any) -> Any:
    """Keras 3.15 itself cannot load it again."""
    i = keras.Input((4, 6))
    return quantized(randomized(keras.Model(i, keras.layers.MultiHeadAttention(2, 3)(i, i))), "int8")


@model
def lora(keras: Any) -> Any:
    return with_lora(mingled(keras))


@model
def lora_of_a_convolution(keras: Any) -> Any:
    return with_lora(picture(keras, "float32"), alpha=None)


@model
def lora_in_a_wrapper(keras: Any) -> Any:
    kl = keras.layers
    return with_lora(keras.Sequential([keras.Input((4, 5)), kl.TimeDistributed(kl.Dense(3))]))


@model
def lora_of_int8(keras: Any) -> Any:
    return with_lora(quantized(dense(keras), "int8"))


def arrays(found: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """What each layer multiplies by, by its path and the place in what it lists."""
    result: dict[str, np.ndarray] = {}
    for layer in found.layers:
        if hasattr(layer, "layers"):
            result |= arrays(layer, f"{prefix}{layer.name}/")
            continue
        inner = getattr(layer, "layer", layer)
        if hasattr(layer, "_query_dense"):
            parts = [layer._query_dense, layer._key_dense, layer._value_dense, layer._output_dense]
            listed = [each for part in parts for each in projection(part)]
            result |= {f"{prefix}{layer.name}/{i}": each for i, each in enumerate(listed)}
            continue
        parted = getattr(inner, "quantization_mode", None) or getattr(inner, "lora_enabled", False)
        listed = in_effect(inner) if parted else [as_float(each) for each in layer.weights]
        result |= {f"{prefix}{layer.name}/{i}": each for i, each in enumerate(listed)}
    return result


def projection(layer: Any) -> list[np.ndarray]:
    kernel = as_float(layer._kernel)
    if hasattr(layer, "kernel_scale"):
        scale = as_float(layer.kernel_scale)
        kernel = kernel / scale.reshape(scale.shape[scale.ndim - kernel.ndim :])
    return [kernel, as_float(layer.bias)]


def in_effect(layer: Any) -> list[np.ndarray]:
    """The kernel, and the bias if there is one, of a layer whose kernel is in parts."""
    if hasattr(layer, "embeddings"):
        return [np.asarray(layer(np.arange(layer.input_dim)))]
    bias = getattr(layer, "bias", None)
    if hasattr(layer, "strides"):
        return [np.asarray(layer.kernel), np.asarray(bias)]
    activation, layer.activation = layer.activation, None
    if hasattr(layer, "equation"):
        shape = layer.kernel.shape if "dc" not in layer.equation else layer.kernel.shape[::-1]
        summed = shape[: 2 if layer.equation.startswith("abde") else 1]
        count = int(np.prod(summed))
        one = np.eye(count, dtype="float32").reshape(1, count, *summed)
        nothing = np.asarray(layer(np.zeros_like(one)))[0]
        kernel = (np.asarray(layer(one))[0] - nothing).reshape(shape)
        layer.activation = activation
        return [kernel.T] if bias is None else [kernel, nothing[0]]
    size = layer.input_spec.axes[-1]
    nothing = np.asarray(layer(np.zeros((1, size), "float32")), "float32")
    kernel = np.asarray(layer(np.eye(size, dtype="float32")), "float32") - nothing
    layer.activation = activation
    return [kernel] if bias is None else [kernel, nothing[0]]


def as_float(weight: Any) -> np.ndarray:
    return np.asarray(weight).astype("float32")


def quantized_in_a_wrapper(keras: Any) -> Any:
    kl = keras.layers
    return quantized(keras.Sequential([keras.Input((4, 5)), kl.TimeDistributed(kl.Dense(3))]), "int8")


def save_all(keras: Any, folder: Path, names: Any, endings: tuple[str, ...]) -> None:
    folder.mkdir(exist_ok=True)
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    for seed, name in enumerate(names):
        keras.utils.set_random_seed(seed)
        keras.backend.clear_session()
        found = MODELS[name](keras)
        np.savez(folder / f"{name}.npz", **arrays(found))
        (folder / f"{name}.json").write_text(found.to_json())
        for ending in endings:
            if ending != ".h5" or name not in NOT_H5:
                save = found.save_weights if ending == ".weights.h5" else found.save
                save(str(folder / f"{name}{ending}"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    target = Path(sys.argv[1])
    save_all(importlib.import_module("keras"), target, MODELS, (".keras", ".h5", ".weights.h5"))
    quantized_in_a_wrapper(importlib.import_module("keras")).save(target / "wrapped.keras")
    save_all(importlib.import_module("tf_keras"), target / "tf_keras", OF_KERAS_2, (".keras", ".h5"))
