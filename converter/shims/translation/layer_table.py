"""The layers of Keras that a translated layer can hold, and the factories of TensorFlow.js for them.

A row gives the parameters in the order of Python, with the defaults of Keras, and how each is handled:

* plain parameters are handed over, in camel case;
* ``word`` parameters are strings that TensorFlow.js spells in camel case;
* ``act`` parameters are activations;
* ``fixed`` parameters must have their default, because TensorFlow.js has no other value.
"""
# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class LayerRow:
    """How one Keras layer is made in TensorFlow.js.

    Attributes:
        factory: the function of ``tf.layers``.
        parameters: names in order, each with ``:word``, ``:act`` or ``:fixed=default`` where it is not plain.
        same: whether the output has the shape of the input.
        weights: whether it has weights, so that it must be built.
        many: whether it takes a list of tensors.
        renamed: parameters that TensorFlow.js calls otherwise.
        always: parameters to hand over even if they are not given, because the defaults differ.
    """

    factory: str
    parameters: str = ""
    same: bool = False
    weights: bool = False
    many: bool = False
    renamed: tuple[tuple[str, str], ...] = ()
    always: tuple[tuple[str, object], ...] = ()

    @cached_property
    def handling(self) -> dict[str, tuple[str, str]]:
        """How each parameter is handled, and the one value that a fixed one can have."""
        found = {}
        for part in self.parameters.split():
            name, _, kind = part.partition(":")
            handling, _, default = kind.partition("=")
            found[name] = (handling or "plain", default)
        return found


WITHOUT_EFFECT = frozenset(
    [
        "name",
        "dtype",
        "weights",
        "batch_input_shape",
        "input_shape",
        "input_dim_",
        "batch_size",
        "seed",
        "autocast",
        "kernel_initializer",
        "bias_initializer",
        "depthwise_initializer",
        "pointwise_initializer",
        "embeddings_initializer",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "alpha_initializer",
        "recurrent_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "embeddings_regularizer",
        "activity_regularizer",
        "beta_regularizer",
        "gamma_regularizer",
        "alpha_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "depthwise_constraint",
        "pointwise_constraint",
        "embeddings_constraint",
        "beta_constraint",
        "gamma_constraint",
        "alpha_constraint",
        "noise_shape",
        "momentum",
        "renorm",
        "fused",
        "virtual_batch_size",
        "synchronized",
        "init",
        "gain",
    ]
)
"""Parameters that make no difference once the weights are there and the model only predicts."""

_CONV = (
    "use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer"
)
_POOL = "pool_size strides padding:word data_format:fixed=channels_last"

LAYERS: dict[str, LayerRow] = {
    "Conv1D": LayerRow("conv1d", f"filters kernel_size strides padding:word data_format:fixed=channels_last dilation_rate groups:fixed=1 activation:act {_CONV}", weights=True),
    "Conv2D": LayerRow("conv2d", f"filters kernel_size strides padding:word data_format:fixed=channels_last dilation_rate groups:fixed=1 activation:act {_CONV}", weights=True),
    "Conv3D": LayerRow("conv3d", f"filters kernel_size strides padding:word data_format:fixed=channels_last dilation_rate groups:fixed=1 activation:act {_CONV}", weights=True),
    "Conv2DTranspose": LayerRow("conv2dTranspose", f"filters kernel_size strides padding:word output_padding:fixed=None data_format:fixed=channels_last dilation_rate:fixed=1 activation:act {_CONV}", weights=True),
    "DepthwiseConv2D": LayerRow("depthwiseConv2d", "kernel_size strides padding:word depth_multiplier data_format:fixed=channels_last dilation_rate activation:act use_bias", weights=True),
    "SeparableConv2D": LayerRow("separableConv2d", "filters kernel_size strides padding:word data_format:fixed=channels_last dilation_rate depth_multiplier activation:act use_bias", weights=True),
    "Dense": LayerRow("dense", f"units activation:act {_CONV}", weights=True),
    "Embedding": LayerRow("embedding", "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero:fixed=False input_length", weights=True),
    "BatchNormalization": LayerRow("batchNormalization", "axis momentum epsilon center scale", same=True, weights=True),
    "LayerNormalization": LayerRow("layerNormalization", "axis epsilon center scale rms_scaling:fixed=False", same=True, weights=True),
    "PReLU": LayerRow("prelu", "alpha_initializer alpha_regularizer alpha_constraint shared_axes", same=True, weights=True),
    "Flatten": LayerRow("flatten", "data_format:fixed=channels_last"),
    "Reshape": LayerRow("reshape", "target_shape"),
    "Permute": LayerRow("permute", "dims"),
    "RepeatVector": LayerRow("repeatVector", "n"),
    "MaxPooling1D": LayerRow("maxPooling1d", _POOL),
    "MaxPooling2D": LayerRow("maxPooling2d", _POOL),
    "AveragePooling1D": LayerRow("averagePooling1d", _POOL),
    "AveragePooling2D": LayerRow("averagePooling2d", _POOL),
    "ZeroPadding2D": LayerRow("zeroPadding2d", "padding data_format:fixed=channels_last"),
    "Add": LayerRow("add", many=True),
    "Multiply": LayerRow("multiply", many=True),
    "Average": LayerRow("average", many=True),
    "Maximum": LayerRow("maximum", many=True),
    "Minimum": LayerRow("minimum", many=True),
    "Concatenate": LayerRow("concatenate", "axis", many=True),
    "Dot": LayerRow("dot", "axes normalize", many=True),
    "TimeDistributed": LayerRow("timeDistributed", "layer", weights=True),
}  # fmt: skip
"""By the Keras name of the class."""

ALIASES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "SyncBatchNormalization": "BatchNormalization",
}
IDENTITIES = frozenset(
    [
        "Dropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "GaussianNoise",
        "GaussianDropout",
        "AlphaDropout",
        "ActivityRegularization",
        "Identity",
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
        "RandomTranslation",
    ]
)
"""Layers that do nothing at inference."""
