"""Small Keras 2 models, one a configuration that TensorFlow.js may or may not compute as Keras does.

``python semantic_models.py FOLDER`` saves them, with inputs and Keras's outputs. Importing this file
takes no TensorFlow, so that tests can be named after the models.
"""

# Layers stand in lambdas because there is no Keras before main().
# ruff: noqa: PLW0108
from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K: Any = None  # tf_keras
L: Any = None  # tf_keras.layers

MODELS: dict[str, Callable[[], Any]] = {}


def of(shape, *layers, dtype=None, batch=None):
    x = y = K.Input(tuple(shape), dtype=dtype, batch_size=batch)
    for layer in layers:
        y = layer(y)
    return K.Model(x, y)


def model(build):
    MODELS[build.__name__] = build
    return build


def add(**builders):
    MODELS.update(builders)


IMAGE, ODD, LINE, CUBE, FILM = (8, 6, 4), (7, 5, 4), (9, 4), (6, 5, 4, 3), (3, 6, 5, 2)
FIRST = {"data_format": "channels_first"}

# --- activations -------------------------------------------------------------------------------------

for name in (
    *("elu", "selu", "relu", "relu6", "linear", "sigmoid", "hard_sigmoid", "softplus", "softsign", "tanh"),
    *("softmax", "gelu", "mish", "swish", "exponential", "leaky_relu", "log_softmax"),
):
    MODELS[f"activation_{name}"] = lambda name=name: of(LINE, L.Activation(name))
    if name in {"elu", "relu", "gelu", "hard_sigmoid", "softmax", "leaky_relu"}:
        MODELS[f"dense_{name}"] = lambda name=name: of((5,), L.Dense(4, name))
    if name in {"elu", "relu", "gelu", "relu6", "sigmoid", "softmax"}:
        MODELS[f"conv_{name}"] = lambda name=name: of(IMAGE, L.Conv2D(4, 3, activation=name))
    if name in {"elu", "gelu", "hard_sigmoid"}:
        MODELS[f"lstm_{name}"] = lambda name=name: of(LINE, L.LSTM(4, recurrent_activation=name))
        MODELS[f"rnn_{name}"] = lambda name=name: of(LINE, L.SimpleRNN(4, name))
add(
    relu_max=lambda: of(IMAGE, L.ReLU(0.8)),
    relu_negative_slope=lambda: of(IMAGE, L.ReLU(negative_slope=0.2)),
    relu_threshold=lambda: of(IMAGE, L.ReLU(threshold=0.5)),
    leaky_relu=lambda: of(IMAGE, L.LeakyReLU(0.1)),
    leaky_relu_default=lambda: of(IMAGE, L.LeakyReLU()),
    elu_one=lambda: of(IMAGE, L.ELU()),
    elu_half=lambda: of(IMAGE, L.ELU(0.5)),
    thresholded=lambda: of(IMAGE, L.ThresholdedReLU(0.7)),
    prelu_full=lambda: of(IMAGE, L.PReLU()),
    prelu_channels=lambda: of(IMAGE, L.PReLU(shared_axes=[1, 2])),
    prelu_rows=lambda: of(IMAGE, L.PReLU(shared_axes=[2])),
    prelu_last=lambda: of(IMAGE, L.PReLU(shared_axes=[3])),
    prelu_first=lambda: of(IMAGE, L.PReLU(shared_axes=[1])),
    prelu_all=lambda: of(IMAGE, L.PReLU(shared_axes=[1, 2, 3])),
    prelu_dense=lambda: of((6,), L.PReLU()),
    prelu_free=lambda: of((None, None, 4), L.PReLU(shared_axes=[1, 2])),
    prelu_negative_alone=lambda: of(IMAGE, L.PReLU(shared_axes=[-1])),
    prelu_negative=lambda: of(IMAGE, L.PReLU(shared_axes=[-2, 1])),
    softmax_last=lambda: of(IMAGE, L.Softmax()),
    softmax_axis_3=lambda: of(IMAGE, L.Softmax(3)),
    softmax_axis_1=lambda: of(IMAGE, L.Softmax(1)),
    softmax_axis_two=lambda: of(IMAGE, L.Softmax([1, 2])),
    softmax_axis_two_negative=lambda: of(IMAGE, L.Softmax([-1, -2])),
    softmax_axis_list=lambda: of(IMAGE, L.Softmax([3])),
    softmax_flat=lambda: of((6,), L.Softmax()),
    activation_layer_object=lambda: of((5,), L.Dense(4, L.LeakyReLU(0.1))),
    activation_layer_relu=lambda: of((5,), L.Dense(4, L.ReLU(0.5))),
    activation_layer_slope=lambda: of((5,), L.Dense(4, L.ReLU(negative_slope=0.2))),
    activation_layer_elu=lambda: of((5,), L.Dense(4, L.ELU(0.5))),
    activation_layer_softmax=lambda: of((5,), L.Dense(4, L.Softmax())),
    activation_layer_conv=lambda: of(IMAGE, L.Conv2D(4, 3, activation=L.LeakyReLU(0.1))),
    activation_layer_prelu=lambda: of((5,), L.Dense(4, L.PReLU())),
    activation_layer_in_lstm=lambda: of(LINE, L.LSTM(3, activation=L.LeakyReLU(0.1))),
    activation_layer_in_both=lambda: of(LINE, L.Bidirectional(L.LSTM(3, activation=L.LeakyReLU(0.1)))),
    activation_layer_default_in_both=lambda: of(LINE, L.Bidirectional(L.LSTM(3, activation=L.LeakyReLU()))),
)

# --- dense and convolutions --------------------------------------------------------------------------

add(
    dense_rank_3=lambda: of(LINE, L.Dense(5, "relu")),
    dense_rank_4=lambda: of(IMAGE, L.Dense(5, "elu")),
    dense_no_bias=lambda: of((6,), L.Dense(5, use_bias=False)),
    conv1d_valid=lambda: of(LINE, L.Conv1D(5, 3)),
    conv1d_same_strided=lambda: of(LINE, L.Conv1D(5, 4, strides=2, padding="same")),
    conv1d_dilated=lambda: of(LINE, L.Conv1D(5, 3, dilation_rate=2, padding="same", activation="relu")),
    conv1d_causal=lambda: of(LINE, L.Conv1D(5, 3, padding="causal")),
    conv1d_first=lambda: of(LINE, L.Conv1D(5, 3, **FIRST)),
    conv1d_groups=lambda: of(LINE, L.Conv1D(4, 3, groups=2)),
    conv1d_rank_4=lambda: of(IMAGE, L.Conv1D(4, 3)),
    conv2d_strided=lambda: of(ODD, L.Conv2D(5, 3, strides=2, padding="same")),
    conv2d_unequal=lambda: of(IMAGE, L.Conv2D(5, (3, 2), strides=(2, 1), padding="same")),
    conv2d_even=lambda: of(ODD, L.Conv2D(5, (4, 2), padding="same")),
    conv2d_dilated=lambda: of(IMAGE, L.Conv2D(5, 3, dilation_rate=2, padding="same")),
    conv2d_dilated_unequal=lambda: of(IMAGE, L.Conv2D(5, 3, dilation_rate=(2, 1))),
    conv2d_groups=lambda: of(IMAGE, L.Conv2D(6, 3, groups=2)),
    conv2d_first=lambda: of(IMAGE, L.Conv2D(5, 3, padding="same", **FIRST)),
    conv2d_first_relu=lambda: of(IMAGE, L.Conv2D(5, 3, activation="relu", **FIRST)),
    conv2d_rank_5=lambda: of(CUBE, L.Conv2D(5, 3)),
    conv2d_free=lambda: of((None, None, 3), L.Conv2D(5, 3, padding="same")),
    conv3d_same=lambda: of(CUBE, L.Conv3D(3, 3, padding="same", activation="relu")),
    conv3d_strided=lambda: of(CUBE, L.Conv3D(3, 2, strides=(2, 1, 2))),
    conv3d_dilated=lambda: of(CUBE, L.Conv3D(3, 2, dilation_rate=2, padding="same")),
    conv3d_first=lambda: of(CUBE, L.Conv3D(3, 2, **FIRST)),
    conv3d_groups=lambda: of((5, 5, 4, 4), L.Conv3D(4, 2, groups=2)),
    transpose_same=lambda: of(ODD, L.Conv2DTranspose(3, 4, strides=2, padding="same")),
    transpose_valid=lambda: of(ODD, L.Conv2DTranspose(3, 3, strides=2, activation="relu")),
    transpose_small_kernel=lambda: of(ODD, L.Conv2DTranspose(3, 2, strides=3)),
    transpose_small_kernel_same=lambda: of(ODD, L.Conv2DTranspose(3, 2, strides=3, padding="same")),
    transpose_unequal=lambda: of(ODD, L.Conv2DTranspose(3, (4, 3), strides=(1, 2), padding="same")),
    transpose_free=lambda: of((None, None, 3), L.Conv2DTranspose(3, 4, strides=2, padding="same")),
    transpose_output_padding=lambda: of(ODD, L.Conv2DTranspose(3, 3, strides=2, output_padding=1)),
    transpose_output_padding_same=lambda: of(
        ODD, L.Conv2DTranspose(3, 3, strides=2, output_padding=1, padding="same")
    ),
    transpose_output_padding_0=lambda: of(ODD, L.Conv2DTranspose(3, 3, strides=2, output_padding=0)),
    transpose_output_padding_0_same=lambda: of(
        ODD, L.Conv2DTranspose(3, 4, strides=2, output_padding=0, padding="same")
    ),
    transpose_dilated=lambda: of(ODD, L.Conv2DTranspose(3, 3, dilation_rate=2)),
    transpose_first=lambda: of(IMAGE, L.Conv2DTranspose(3, 3, strides=2, padding="same", **FIRST)),
    transpose_3d=lambda: of(CUBE, L.Conv3DTranspose(2, 2, strides=2, padding="same")),
    transpose_3d_output_padding=lambda: of(CUBE, L.Conv3DTranspose(2, 2, strides=2, output_padding=1)),
    transpose_3d_first=lambda: of(CUBE, L.Conv3DTranspose(2, 2, strides=2, **FIRST)),
    depthwise_plain=lambda: of(IMAGE, L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu")),
    depthwise_strided=lambda: of(ODD, L.DepthwiseConv2D(3, strides=2, padding="same")),
    depthwise_even=lambda: of(ODD, L.DepthwiseConv2D((2, 4), padding="same")),
    depthwise_dilated=lambda: of(IMAGE, L.DepthwiseConv2D(3, dilation_rate=2, padding="same")),
    depthwise_dilated_valid=lambda: of(IMAGE, L.DepthwiseConv2D(2, dilation_rate=2)),
    depthwise_dilated_one_tap=lambda: of(IMAGE, L.DepthwiseConv2D(1, dilation_rate=2)),
    depthwise_first=lambda: of(IMAGE, L.DepthwiseConv2D(3, padding="same", **FIRST)),
    separable_plain=lambda: of(IMAGE, L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same")),
    separable_strided=lambda: of(ODD, L.SeparableConv2D(5, 3, strides=2, padding="same", activation="relu")),
    separable_dilated=lambda: of(IMAGE, L.SeparableConv2D(5, 3, dilation_rate=2, padding="same")),
    separable_dilated_valid=lambda: of(IMAGE, L.SeparableConv2D(5, 2, dilation_rate=2)),
    separable_first=lambda: of(IMAGE, L.SeparableConv2D(5, 3, **FIRST)),
    separable_first_no_bias=lambda: of(
        IMAGE, L.SeparableConv2D(5, 3, use_bias=False, activation="relu", **FIRST)
    ),
    separable_first_softmax=lambda: of(
        IMAGE, L.SeparableConv2D(5, 3, use_bias=False, activation="softmax", **FIRST)
    ),
    conv2d_first_softmax=lambda: of(IMAGE, L.Conv2D(5, 3, activation="softmax", **FIRST)),
    depthwise_first_softmax=lambda: of(IMAGE, L.DepthwiseConv2D(3, activation="softmax", **FIRST)),
    conv3d_first_softmax=lambda: of(CUBE, L.Conv3D(3, 2, activation="softmax", **FIRST)),
    transpose_first_softmax=lambda: of(IMAGE, L.Conv2DTranspose(3, 3, activation="softmax", **FIRST)),
    separable_first_square=lambda: of((4, 6, 6), L.SeparableConv2D(4, 3, use_bias=False, **FIRST)),
    separable_groups=lambda: of(IMAGE, L.SeparableConv2D(4, 3, groups=2)),
)

# What Keras itself cannot run, whatever TensorFlow.js would do with it.
KERAS_FAILS = {"transpose_output_padding_0_same", "mask_softmax", "mask_steps_softmax"}

# Refused though right here: TensorFlow.js changes the shape of the layer before it, which others may use.
CAUTIOUS = {"center_crop_behind", "center_crop_behind_2"}

# In doubt though right here: it depends on the values.
AT_TIMES = {"MaxPooling3D_behind_relu", "MaxPooling3D_first", "MaxPooling3D_same", "mask_encoder_decoder"}

# --- normalization -----------------------------------------------------------------------------------

add(
    batch_norm_rank_2=lambda: of((6,), L.BatchNormalization(epsilon=0.1)),
    batch_norm_rank_3=lambda: of(LINE, L.BatchNormalization(scale=False)),
    batch_norm_rank_4=lambda: of(IMAGE, L.BatchNormalization(center=False)),
    batch_norm_bare=lambda: of(IMAGE, L.BatchNormalization(center=False, scale=False)),
    batch_norm_axis_3=lambda: of(IMAGE, L.BatchNormalization(3)),
    batch_norm_axis_1=lambda: of(IMAGE, L.BatchNormalization(1)),
    batch_norm_axis_1_rank_3=lambda: of(LINE, L.BatchNormalization(1)),
    batch_norm_axes=lambda: of(IMAGE, L.BatchNormalization([1, 3])),
    batch_norm_rank_5=lambda: of(CUBE, L.BatchNormalization()),
    batch_norm_in_steps=lambda: of(CUBE, L.TimeDistributed(L.BatchNormalization())),
    layer_norm_in_steps=lambda: of(CUBE, L.TimeDistributed(L.LayerNormalization())),
    batch_norm_free=lambda: of((None, None, 4), L.BatchNormalization()),
    layer_norm_last=lambda: of(IMAGE, L.LayerNormalization()),
    layer_norm_axis_1=lambda: of(IMAGE, L.LayerNormalization(1)),
    layer_norm_axes=lambda: of(IMAGE, L.LayerNormalization([1, 2])),
    layer_norm_axes_swapped=lambda: of(IMAGE, L.LayerNormalization([3, 1])),
    layer_norm_all=lambda: of(IMAGE, L.LayerNormalization([-3, -2, -1])),
    layer_norm_rank_2=lambda: of((6,), L.LayerNormalization(scale=False)),
    layer_norm_rank_3=lambda: of(LINE, L.LayerNormalization(center=False, epsilon=0.1)),
    layer_norm_rank_5=lambda: of(CUBE, L.LayerNormalization()),
)

# --- pooling -----------------------------------------------------------------------------------------

for kind in ("Max", "Average"):
    for rank, shape in ((1, LINE), (2, ODD), (3, CUBE)):
        name = f"{kind}Pooling{rank}D"
        add(
            **{
                f"{name}_valid": lambda n=name, s=shape: of(s, getattr(L, n)(2)),
                f"{name}_same": lambda n=name, s=shape: of(s, getattr(L, n)(3, 2, padding="same")),
                f"{name}_overlap": lambda n=name, s=shape: of(s, getattr(L, n)(3, 1, padding="same")),
                f"{name}_first": lambda n=name, s=shape: of(s, getattr(L, n)(2, **FIRST)),
            }
        )
    for rank, shape in ((1, LINE), (2, ODD)):
        name = f"Global{kind}Pooling{rank}D"
        add(
            **{
                f"{name}": lambda n=name, s=shape: of(s, getattr(L, n)()),
                f"{name}_keepdims": lambda n=name, s=shape: of(s, getattr(L, n)(keepdims=True)),
                f"{name}_first": lambda n=name, s=shape: of(s, getattr(L, n)(**FIRST)),
            }
        )
add(
    MaxPooling2D_unequal=lambda: of(ODD, L.MaxPooling2D((3, 2), (1, 2), padding="same")),
    AveragePooling2D_unequal=lambda: of(ODD, L.AveragePooling2D((3, 2), (1, 2), padding="same")),
    MaxPooling3D_negative=lambda: of(CUBE, L.ReLU(), L.Rescaling(-1.0, -0.5), L.MaxPooling3D(2)),
    MaxPooling2D_negative=lambda: of(ODD, L.ReLU(), L.Rescaling(-1.0, -0.5), L.MaxPooling2D(2)),
    MaxPooling3D_behind_relu=lambda: of(CUBE, L.ReLU(), L.MaxPooling3D(2)),
)

# --- shapes ------------------------------------------------------------------------------------------

add(
    upsampling=lambda: of(IMAGE, L.UpSampling2D()),
    upsampling_unequal=lambda: of(IMAGE, L.UpSampling2D((3, 5))),
    upsampling_large=lambda: of((37, 29, 1), L.UpSampling2D((7, 6))),
    upsampling_free=lambda: of((None, None, 3), L.UpSampling2D(3)),
    upsampling_first=lambda: of(IMAGE, L.UpSampling2D(2, **FIRST)),
    upsampling_bilinear=lambda: of(IMAGE, L.UpSampling2D(2, interpolation="bilinear")),
    upsampling_bilinear_1=lambda: of(IMAGE, L.UpSampling2D(1, interpolation="bilinear")),
    upsampling_bicubic=lambda: of(IMAGE, L.UpSampling2D(2, interpolation="bicubic")),
    upsampling_lanczos=lambda: of(IMAGE, L.UpSampling2D(2, interpolation="lanczos3")),
    cropping=lambda: of(IMAGE, L.Cropping2D(((1, 2), (0, 1)))),
    cropping_first=lambda: of((3, 6, 7), L.Cropping2D(((1, 2), (0, 1)), **FIRST)),
    cropping_free=lambda: of((None, None, 3), L.Conv2D(4, 3), L.Cropping2D(1), L.Conv2D(2, 3)),
    zero_padding=lambda: of(IMAGE, L.ZeroPadding2D(((1, 2), (0, 1)))),
    zero_padding_first=lambda: of(IMAGE, L.ZeroPadding2D(1, **FIRST)),
    zero_padding_free=lambda: of((None, None, 3), L.ZeroPadding2D(1)),
    flatten=lambda: of(IMAGE, L.Flatten()),
    flatten_first=lambda: of(IMAGE, L.Flatten(**FIRST)),
    flatten_first_rank_3=lambda: of(LINE, L.Flatten(**FIRST)),
    flatten_flat=lambda: of((6,), L.Flatten()),
    flatten_free=lambda: of((None, 4), L.Flatten()),
    flatten_steps=lambda: of((3, 4, 5), L.TimeDistributed(L.Flatten())),
    flatten_flat_steps=lambda: of((3, 4), L.TimeDistributed(L.Flatten())),
    reshape=lambda: of(IMAGE, L.Reshape((12, 16))),
    reshape_open=lambda: of(IMAGE, L.Reshape((-1, 16))),
    reshape_free=lambda: of((None, 4), L.Reshape((-1, 2, 2))),
    reshape_to_flat=lambda: of(IMAGE, L.Reshape((192,))),
    reshape_flat_free=lambda: of((None, 4), L.Reshape((-1,))),
    permute=lambda: of(IMAGE, L.Permute((3, 1, 2))),
    permute_rank_5=lambda: of(CUBE, L.Permute((4, 1, 3, 2))),
    repeat=lambda: of((5,), L.RepeatVector(3)),
    rescaling=lambda: of(IMAGE, L.Rescaling(2.0, -1.0)),
    rescaling_lists=lambda: of(IMAGE, L.Rescaling([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4])),
    rescaling_int=lambda: of(IMAGE, L.Rescaling(1 / 255), dtype="int32"),
    resizing=lambda: of(IMAGE, L.Resizing(4, 3)),
    resizing_nearest=lambda: of(IMAGE, L.Conv2D(3, 1), L.Resizing(16, 12, "nearest"), L.Conv2D(2, 1)),
    resizing_behind=lambda: of(IMAGE, L.Conv2D(3, 1), L.Resizing(16, 12)),
    resizing_same_size=lambda: of(IMAGE, L.Conv2D(3, 1), L.Resizing(8, 6)),
    center_crop=lambda: of(IMAGE, L.CenterCrop(4, 2)),
    center_crop_behind=lambda: of((9, 9, 2), L.Conv2D(3, 1), L.CenterCrop(5, 5)),
    center_crop_behind_2=lambda: of((8, 8, 2), L.Conv2D(3, 1), L.CenterCrop(4, 4), L.Conv2D(2, 1)),
    random_width=lambda: of(IMAGE, L.RandomWidth(0.2), L.Conv2D(2, 1)),
    category_multi_hot=lambda: of((3,), L.CategoryEncoding(6), dtype="int32"),
    category_one_hot=lambda: of((1,), L.CategoryEncoding(6, "one_hot"), dtype="int32"),
    category_count=lambda: of((3,), L.CategoryEncoding(6, "count"), dtype="int32"),
    category_behind=lambda: of((1,), L.ReLU(), L.CategoryEncoding(6, "one_hot"), L.Dense(3), dtype="int32"),
)

# --- layers that do nothing --------------------------------------------------------------------------

add(
    dropout=lambda: of(IMAGE, L.Dropout(0.5, noise_shape=(None, 1, 1, 4), seed=3)),
    dropout_0=lambda: of(IMAGE, L.Dropout(0.0)),
    spatial_dropout=lambda: of(LINE, L.SpatialDropout1D(0.5)),
    gaussian_noise=lambda: of(LINE, L.GaussianNoise(0.5)),
    gaussian_dropout=lambda: of(LINE, L.GaussianDropout(0.5)),
    alpha_dropout=lambda: of(LINE, L.AlphaDropout(0.5)),
)


@model
def dropout_training():
    x = K.Input((6,))
    return K.Model(x, L.Dense(3)(L.Dropout(0.5)(x, training=True)))


@model
def dropout_not_training():
    x = K.Input((6,))
    return K.Model(x, L.Dense(3)(L.Dropout(0.5)(x, training=False)))


@model
def batch_norm_training():
    x = K.Input((6,))
    return K.Model(x, L.BatchNormalization()(x, training=True))


@model
def dense_training():
    x = K.Input((6,))
    inner = K.Sequential([K.Input((6,)), L.Dense(4)])
    return K.Model(x, inner(x, training=True))


# --- merging -----------------------------------------------------------------------------------------


def merged(layer, *shapes, **options):
    inputs = [K.Input(shape, **options) for shape in shapes]
    return K.Model(inputs, layer(inputs))


for name in ("Add", "Average", "Maximum", "Minimum", "Multiply"):
    MODELS[name] = lambda n=name: merged(getattr(L, n)(), IMAGE, IMAGE, IMAGE)
    MODELS[f"{name}_broadcast"] = lambda n=name: merged(getattr(L, n)(), IMAGE, (1, 1, 4))
add(
    add_ranks=lambda: merged(L.Add(), IMAGE, (4,)),
    add_ranks_3=lambda: merged(L.Add(), (6, 4), IMAGE, (4,)),
    multiply_free=lambda: merged(L.Multiply(), (None, None, 4), (1, 1, 4)),
    add_one=lambda: merged(L.Add(), IMAGE),
    concatenate_last=lambda: merged(L.Concatenate(), IMAGE, (8, 6, 2), IMAGE),
    concatenate_1=lambda: merged(L.Concatenate(1), IMAGE, (3, 6, 4)),
    concatenate_2=lambda: merged(L.Concatenate(2), IMAGE, (8, 2, 4)),
    concatenate_minus_2=lambda: merged(L.Concatenate(-2), IMAGE, (8, 2, 4)),
    concatenate_minus_2_square=lambda: merged(L.Concatenate(-2), (4, 4), (4, 4)),
    concatenate_minus_1_flat=lambda: merged(L.Concatenate(-1), (4,), (3,)),
    concatenate_free=lambda: merged(L.Concatenate(), (None, None, 4), (None, None, 2)),
    concatenate_half_free=lambda: merged(L.Concatenate(), (None, 6, 4), (11, 6, 2)),
    concatenate_one=lambda: merged(L.Concatenate(), IMAGE),
    dot_flat=lambda: merged(L.Dot(1), (5,), (5,)),
    dot_flat_normalized=lambda: merged(L.Dot(1, normalize=True), (5,), (5,)),
    dot_flat_negative=lambda: merged(L.Dot(-1), (5,), (5,)),
    dot_3_3=lambda: merged(L.Dot(2), (3, 5), (4, 5)),
    dot_3_3_crossed=lambda: merged(L.Dot((2, 1)), (3, 5), (5, 4)),
    dot_3_3_axes_1=lambda: merged(L.Dot(1), (5, 3), (5, 4)),
    dot_3_3_axes_12=lambda: merged(L.Dot((1, 2)), (5, 3), (4, 5)),
    dot_3_3_negative=lambda: merged(L.Dot((-1, -2)), (3, 5), (5, 4)),
    dot_3_3_negative_one=lambda: merged(L.Dot(-1), (3, 5), (4, 5)),
    dot_3_3_normalized=lambda: merged(L.Dot(2, normalize=True), (3, 5), (4, 5)),
    dot_3_2=lambda: merged(L.Dot((2, 1)), (3, 5), (5,)),
    dot_3_2_first=lambda: merged(L.Dot((1, 1)), (5, 3), (5,)),
    dot_2_3=lambda: merged(L.Dot((1, 2)), (5,), (3, 5)),
    dot_2_3_first=lambda: merged(L.Dot((1, 1)), (5,), (5, 3)),
    dot_2_3_square=lambda: merged(L.Dot((1, 1)), (5,), (5, 5)),
    dot_3_2_square=lambda: merged(L.Dot((1, 1)), (5, 5), (5,)),
    dot_4_4=lambda: merged(L.Dot((3, 1)), (2, 3, 5), (5, 3, 2)),
)


@model
def concatenate_cropped_free():
    x = K.Input((None, None, 3))
    y = L.Cropping2D(1)(x)
    return K.Model(x, L.Concatenate()([L.Conv2D(2, 3, padding="valid")(x), y]))


@model
def concatenate_cropped_deeper():
    x = K.Input((None, None, 3))
    y = L.ReLU()(L.MaxPooling2D(2)(L.Conv2D(3, 3, padding="same")(L.Cropping2D(2)(x))))
    return K.Model(x, L.Concatenate()([y, L.Cropping2D(1)(L.MaxPooling2D(2)(x))]))


@model
def concatenate_padded_back():
    x = K.Input((None, None, 3))
    return K.Model(x, L.Concatenate()([x, L.ZeroPadding2D(1)(L.Cropping2D(1)(x))]))


@model
def concatenate_cropped_alike():
    x = K.Input((None, None, 3))
    return K.Model(x, L.Concatenate()([L.Cropping2D(1)(x), L.Cropping2D(1)(L.Conv2D(2, 1)(x))]))


@model
def add_cropped_free():
    x = K.Input((None, None, 3))
    return K.Model(x, L.Add()([L.Conv2D(3, 3, padding="valid")(x), L.Cropping2D(1)(x)]))


# --- recurrent ---------------------------------------------------------------------------------------

for name in ("LSTM", "GRU", "SimpleRNN"):
    extra = {"reset_after": False} if name == "GRU" else {}
    add(
        **{
            name: lambda n=name, e=extra: of(LINE, getattr(L, n)(4, **e)),
            f"{name}_sequences": lambda n=name, e=extra: of(
                LINE, getattr(L, n)(4, return_sequences=True, **e)
            ),
            f"{name}_backwards": lambda n=name, e=extra: of(
                LINE, getattr(L, n)(4, return_sequences=True, go_backwards=True, use_bias=False, **e)
            ),
            f"{name}_unroll": lambda n=name, e=extra: of(LINE, getattr(L, n)(4, unroll=True, **e)),
            f"{name}_implementation_1": lambda n=name, e=extra: of(
                LINE, getattr(L, n)(4, **e, **({} if n == "SimpleRNN" else {"implementation": 1}))
            ),
            f"{name}_dropout": lambda n=name, e=extra: of(
                LINE, getattr(L, n)(4, dropout=0.5, recurrent_dropout=0.5, **e)
            ),
            f"{name}_state": lambda n=name, e=extra: of(LINE, getattr(L, n)(4, return_state=True, **e)),
            f"{name}_time_major": lambda n=name, e=extra: of(
                (2, 4), getattr(L, n)(4, time_major=True, return_sequences=True, **e)
            ),
            f"{name}_stateful": lambda n=name, e=extra: of(
                LINE, getattr(L, n)(4, stateful=True, **e), batch=2
            ),
            f"{name}_both": lambda n=name, e=extra: of(LINE, L.Bidirectional(getattr(L, n)(4, **e))),
            f"{name}_cell": lambda n=name, e=extra: of(LINE, L.RNN(getattr(L, n + "Cell")(4, **e))),
            f"{name}_cell_state": lambda n=name, e=extra: of(
                LINE, L.RNN(getattr(L, n + "Cell")(4, **e), return_state=True)
            ),
            f"{name}_cells": lambda n=name, e=extra: of(
                LINE, L.RNN([getattr(L, n + "Cell")(4, **e), getattr(L, n + "Cell")(3, **e)])
            ),
            f"{name}_cells_state": lambda n=name, e=extra: of(
                LINE,
                L.RNN([getattr(L, n + "Cell")(4, **e), getattr(L, n + "Cell")(3, **e)], return_state=True),
            ),
            f"{name}_cells_state_alike": lambda n=name, e=extra: of(
                LINE,
                L.RNN([getattr(L, n + "Cell")(3, **e), getattr(L, n + "Cell")(3, **e)], return_state=True),
            ),
        }
    )
add(
    GRU_reset_after=lambda: of(LINE, L.GRU(4)),
    GRU_reset_after_no_bias=lambda: of(LINE, L.GRU(4, use_bias=False)),
    GRU_cell_reset_after=lambda: of(LINE, L.RNN(L.GRUCell(4))),
    GRU_one_unit=lambda: of(LINE, L.GRU(1, reset_after=False)),
    LSTM_one_unit=lambda: of(LINE, L.LSTM(1, return_sequences=True)),
    both_one_cell_list=lambda: of(LINE, L.RNN([L.LSTMCell(4)])),
    cells_dropout=lambda: of(LINE, L.RNN(L.LSTMCell(4, dropout=0.5))),
    stacked_cells_in_both=lambda: of(LINE, L.Bidirectional(L.RNN([L.LSTMCell(4), L.LSTMCell(3)]))),
    cell_in_both=lambda: of(LINE, L.Bidirectional(L.RNN(L.LSTMCell(4), return_sequences=True))),
    conv_lstm=lambda: of(FILM, L.ConvLSTM2D(3, 3, padding="same")),
    conv_lstm_sequences=lambda: of(FILM, L.ConvLSTM2D(3, 2, return_sequences=True)),
    conv_lstm_state=lambda: of(FILM, L.ConvLSTM2D(3, 3, padding="same", return_state=True)),
    conv_lstm_strided=lambda: of(FILM, L.ConvLSTM2D(3, 3, strides=2, padding="same")),
    conv_lstm_dilated=lambda: of(FILM, L.ConvLSTM2D(3, 2, dilation_rate=2, padding="same")),
    conv_lstm_backwards=lambda: of(FILM, L.ConvLSTM2D(3, 2, go_backwards=True)),
    conv_lstm_dropout=lambda: of(FILM, L.ConvLSTM2D(3, 2, dropout=0.3, recurrent_dropout=0.3)),
    conv_lstm_first=lambda: of((3, 2, 6, 5), L.ConvLSTM2D(3, 3, padding="same", **FIRST)),
    conv_lstm_stateful=lambda: of(FILM, L.ConvLSTM2D(3, 2, stateful=True), batch=2),
    conv_lstm_both=lambda: of(FILM, L.Bidirectional(L.ConvLSTM2D(3, 2, padding="same"))),
    conv_lstm_both_sequences=lambda: of(
        FILM, L.Bidirectional(L.ConvLSTM2D(3, 2, return_sequences=True), merge_mode="sum")
    ),
    conv_lstm_no_bias=lambda: of(FILM, L.ConvLSTM2D(3, 2, use_bias=False)),
)
for mode in ("sum", "mul", "ave", "concat"):
    MODELS[f"both_{mode}"] = lambda m=mode: of(
        LINE, L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=m)
    )
add(
    both_separate=lambda: of(LINE, L.Bidirectional(L.LSTM(4), merge_mode=None)),
    both_state=lambda: of(LINE, L.Bidirectional(L.LSTM(4, return_state=True))),
    both_state_separate=lambda: of(
        LINE, L.Bidirectional(L.GRU(4, return_state=True, reset_after=False), merge_mode=None)
    ),
    both_state_sequences=lambda: of(
        LINE, L.Bidirectional(L.LSTM(4, return_state=True, return_sequences=True))
    ),
    both_backwards=lambda: of(LINE, L.Bidirectional(L.LSTM(4, go_backwards=True, return_sequences=True))),
    both_own_backward=lambda: of(
        LINE, L.Bidirectional(L.LSTM(4), backward_layer=L.LSTM(4, activation="relu", go_backwards=True))
    ),
    both_same_backward=lambda: of(
        LINE, L.Bidirectional(L.LSTM(4), backward_layer=L.LSTM(4, go_backwards=True, name="other"))
    ),
    both_stateful=lambda: of(LINE, L.Bidirectional(L.LSTM(4, stateful=True)), batch=2),
    both_gru_reset=lambda: of(LINE, L.Bidirectional(L.GRU(4))),
    both_dense_steps=lambda: of(
        LINE, L.Bidirectional(L.LSTM(4, return_sequences=True)), L.TimeDistributed(L.Dense(2))
    ),
)


def seeded(layer, states=2, mask=False, last=None):
    x = K.Input(LINE)
    given = [K.Input((4,)) for _ in range(states)]
    y = L.Masking()(x) if mask else x
    y = layer(y, initial_state=given)
    return K.Model([x, *given], last(y) if last else y)


add(
    initial_lstm=lambda: seeded(L.LSTM(4)),
    initial_gru=lambda: seeded(L.GRU(4, reset_after=False), 1),
    initial_rnn=lambda: seeded(L.SimpleRNN(4, return_sequences=True), 1),
    initial_both=lambda: seeded(L.Bidirectional(L.LSTM(4)), 4),
    initial_cell=lambda: seeded(L.RNN(L.LSTMCell(4)), 2),
    initial_cells=lambda: seeded(L.RNN([L.SimpleRNNCell(4), L.SimpleRNNCell(4)]), 2),
    initial_masked=lambda: seeded(L.LSTM(4, return_sequences=True), mask=True),
    initial_masked_last=lambda: seeded(L.LSTM(4), mask=True),
    initial_leaks=lambda: seeded(L.LSTM(4, return_sequences=True), last=lambda y: L.LSTM(4)(y)),
    initial_masked_leaks=lambda: seeded(
        L.LSTM(4, return_sequences=True), mask=True, last=lambda y: L.LSTM(4)(y)
    ),
)


@model
def initial_nested_leaks():
    x, h, c = K.Input(LINE), K.Input((4,)), K.Input((4,))
    a, b, d = K.Input(LINE), K.Input((4,)), K.Input((4,))
    inner = K.Model([a, b, d], L.LSTM(4)(L.LSTM(4, return_sequences=True)(a, initial_state=[b, d])))
    return K.Model([x, h, c], inner([x, h, c]))


@model
def initial_nested():
    x, h, c = K.Input(LINE), K.Input((4,)), K.Input((4,))
    a, b, d = K.Input(LINE), K.Input((4,)), K.Input((4,))
    inner = K.Model([a, b, d], L.LSTM(4)(a, initial_state=[b, d]))
    return K.Model([x, h, c], inner([x, h, c]))


@model
def encoder_decoder():
    x, z = K.Input(LINE), K.Input((5, 3))
    _, h, c = L.LSTM(4, return_state=True)(x)
    return K.Model([x, z], L.Dense(2)(L.LSTM(4, return_sequences=True)(z, initial_state=[h, c])))


@model
def state_kept_by_name():
    x = K.Input(LINE)
    y, h = L.GRU(4, return_state=True, return_sequences=True, reset_after=False)(x)
    return K.Model(x, [L.Dense(2)(h), y])


# --- masks -------------------------------------------------------------------------------------------


def masked(*layers):
    return lambda: of(LINE, L.Masking(), *[layer() for layer in layers])


def words(*layers, zero=True):
    return lambda: of((7,), L.Embedding(9, 4, mask_zero=zero), *[layer() for layer in layers], dtype="int32")


GRU = {"reset_after": False}
add(
    mask_alone=masked(),
    mask_value=lambda: of(LINE, L.Masking(0.5), L.LSTM(3)),
    mask_dense=masked(lambda: L.Dense(3)),
    mask_conv=masked(lambda: L.Conv1D(3, 2)),
    mask_lstm=masked(lambda: L.LSTM(3)),
    mask_lstm_sequences=masked(lambda: L.LSTM(3, return_sequences=True)),
    mask_lstm_zero_output=masked(lambda: L.LSTM(3, return_sequences=True, zero_output_for_mask=True)),
    lstm_zero_output_unmasked=lambda: of(LINE, L.LSTM(3, return_sequences=True, zero_output_for_mask=True)),
    mask_gru=masked(lambda: L.GRU(3, return_sequences=True, **GRU)),
    mask_rnn=masked(lambda: L.SimpleRNN(3, return_sequences=True)),
    mask_cell=masked(lambda: L.RNN(L.LSTMCell(3))),
    mask_cells=masked(lambda: L.RNN([L.LSTMCell(3), L.LSTMCell(2)], return_sequences=True)),
    mask_backwards=masked(lambda: L.LSTM(3, go_backwards=True)),
    mask_both=masked(lambda: L.Bidirectional(L.LSTM(3))),
    mask_both_sequences=masked(lambda: L.Bidirectional(L.LSTM(3, return_sequences=True))),
    mask_both_lstm=masked(lambda: L.Bidirectional(L.LSTM(3, return_sequences=True)), lambda: L.LSTM(2)),
    mask_two_lstm=masked(lambda: L.LSTM(3, return_sequences=True), lambda: L.LSTM(2)),
    mask_dense_lstm=masked(lambda: L.Dense(3, "relu"), lambda: L.LSTM(2)),
    mask_dropout_lstm=masked(lambda: L.Dropout(0.2), lambda: L.LSTM(2)),
    mask_leaky_lstm=masked(lambda: L.LeakyReLU(), lambda: L.LSTM(2)),
    mask_conv_lstm1d=masked(lambda: L.Conv1D(3, 1), lambda: L.LSTM(2)),
    mask_reshape_lstm=masked(lambda: L.Reshape(LINE), lambda: L.LSTM(2)),
    mask_lstm_repeat_lstm=masked(lambda: L.LSTM(3), lambda: L.RepeatVector(9), lambda: L.LSTM(2)),
    mask_lstm_repeat_other_lstm=masked(lambda: L.LSTM(3), lambda: L.RepeatVector(5), lambda: L.LSTM(2)),
    mask_lstm_dense_softmax=masked(lambda: L.LSTM(3), lambda: L.Dense(4), lambda: L.Softmax()),
    mask_lstm_dense_softmax_activation=masked(lambda: L.LSTM(3), lambda: L.Dense(4, "softmax")),
    mask_softmax=masked(lambda: L.Softmax()),
    mask_softmax_activation=masked(lambda: L.Activation("softmax")),
    mask_gap=masked(lambda: L.GlobalAveragePooling1D()),
    mask_gmp=masked(lambda: L.GlobalMaxPooling1D()),
    mask_lstm_gap=masked(lambda: L.LSTM(3, return_sequences=True), lambda: L.GlobalAveragePooling1D()),
    mask_conv_gap=masked(lambda: L.Conv1D(3, 1), lambda: L.GlobalAveragePooling1D()),
    mask_dense_gap=masked(lambda: L.Dense(3), lambda: L.GlobalAveragePooling1D()),
    mask_flatten=masked(lambda: L.Flatten()),
    mask_batch_norm_lstm=masked(lambda: L.BatchNormalization(), lambda: L.LSTM(2)),
    mask_layer_norm_lstm=masked(lambda: L.LayerNormalization(), lambda: L.LSTM(2)),
    mask_steps_lstm=masked(lambda: L.TimeDistributed(L.Dense(3)), lambda: L.LSTM(2)),
    mask_steps_softmax=masked(lambda: L.TimeDistributed(L.Softmax())),
    mask_state=masked(lambda: L.LSTM(3, return_state=True, return_sequences=True)),
    mask_stateful=lambda: of(LINE, L.Masking(), L.LSTM(3, stateful=True), batch=2),
    mask_nested=lambda: of(LINE, L.Masking(), K.Sequential([K.Input(LINE), L.LSTM(3)])),
    mask_nested_dense=lambda: of(LINE, L.Masking(), K.Sequential([K.Input(LINE), L.Dense(3)]), L.LSTM(2)),
    mask_in_nested=lambda: of(LINE, K.Sequential([K.Input(LINE), L.Masking()]), L.LSTM(2)),
    mask_in_nested_whole=lambda: of(LINE, K.Sequential([K.Input(LINE), L.Masking(), L.LSTM(3)]), L.Dense(2)),
    mask_film_lstm=lambda: of((5, 3, 4), L.Masking(), L.TimeDistributed(L.LSTM(3))),
    mask_film=lambda: of((3, 4), L.Masking(), L.Reshape((3, 2, 2, 1)), L.ConvLSTM2D(2, 1)),
    words=words(),
    words_unmasked=words(zero=False),
    words_lstm=words(lambda: L.LSTM(3)),
    words_both=words(lambda: L.Bidirectional(L.LSTM(3))),
    words_gap=words(lambda: L.GlobalAveragePooling1D()),
    words_gap_unmasked=words(lambda: L.GlobalAveragePooling1D(), zero=False),
    words_flatten=words(lambda: L.Flatten(), lambda: L.Dense(3)),
    words_spatial_lstm=words(lambda: L.SpatialDropout1D(0.3), lambda: L.LSTM(3)),
    words_half=lambda: of((7,), L.Embedding(9, 4, dtype="mixed_float16"), dtype="int32"),
    words_float16=lambda: of((7,), L.Embedding(9, 4, dtype="float16"), dtype="int32"),
    words_float64=lambda: of((7,), L.Embedding(9, 4, dtype="float64"), dtype="int32"),
    words_tagger=words(
        lambda: L.Bidirectional(L.LSTM(3, return_sequences=True)), lambda: L.Dense(2, "softmax")
    ),
    mask_both_dense_lstm=masked(
        lambda: L.Bidirectional(L.LSTM(3, return_sequences=True)), lambda: L.Dense(3), lambda: L.LSTM(2)
    ),
    mask_both_flatten=masked(lambda: L.Bidirectional(L.LSTM(3, return_sequences=True)), lambda: L.Flatten()),
    mask_zero_output_lstm=masked(
        lambda: L.LSTM(3, return_sequences=True, zero_output_for_mask=True), lambda: L.LSTM(2)
    ),
    words_length=lambda: of((7,), L.Embedding(9, 4, input_length=7), dtype="int32"),
    words_float=lambda: of((7,), L.Embedding(9, 4)),
    words_rank_3=lambda: of((7, 2), L.Embedding(9, 4), dtype="int32"),
    words_free=lambda: of((None,), L.Embedding(9, 4), L.LSTM(3), dtype="int32"),
)


def two_masked(join, *rest, both=True):
    x = K.Input(LINE)
    a = L.Dense(4)(L.Masking()(x))
    b = L.Dense(4)(L.Masking()(x) if both else x)
    y = join([a, b])
    for layer in rest:
        y = layer(y)
    return K.Model(x, y)


add(
    mask_add_lstm=lambda: two_masked(L.Add(), L.LSTM(3)),
    mask_add_half_lstm=lambda: two_masked(L.Add(), L.LSTM(3), both=False),
    mask_add=lambda: two_masked(L.Add()),
    mask_concatenate_lstm=lambda: two_masked(L.Concatenate(), L.LSTM(3)),
    mask_concatenate=lambda: two_masked(L.Concatenate(), L.Dense(2)),
    mask_concatenate_half=lambda: two_masked(L.Concatenate(), L.Dense(2), both=False),
    mask_concatenate_half_lstm=lambda: two_masked(L.Concatenate(), L.LSTM(2), both=False),
    mask_concatenate_time=lambda: two_masked(L.Concatenate(1), L.LSTM(2)),
    mask_dot=lambda: two_masked(L.Dot(2), L.Dense(2)),
)


@model
def mask_other_branch():
    a, b = K.Input(LINE, name="a"), K.Input((5, 3), name="b")
    one, two = L.LSTM(3)(L.Masking()(a)), L.LSTM(3)(b)
    return K.Model([a, b], L.Concatenate()([one, two]))


@model
def mask_other_branch_same_length():
    a, b = K.Input(LINE, name="a"), K.Input(LINE, name="b")
    one, two = L.LSTM(3)(L.Masking()(a)), L.LSTM(3)(b)
    return K.Model([a, b], L.Concatenate()([two, one]))


@model
def mask_given():
    x, mask = K.Input(LINE), K.Input((9,), dtype="bool")
    return K.Model([x, mask], L.LSTM(3)(x, mask=mask))


@model
def mask_both_initial():
    x, given = K.Input(LINE), [K.Input((3,)) for _ in range(4)]
    return K.Model([x, *given], L.Bidirectional(L.LSTM(3))(L.Masking()(x), initial_state=given))


@model
def mask_states_used_twice():
    x, h, c = K.Input(LINE), K.Input((3,)), K.Input((3,))
    y, a, b = L.LSTM(3, return_state=True)(L.Masking()(x), initial_state=[h, c])
    return K.Model([x, h, c], L.Concatenate()([y, a, b]))


@model
def mask_shared():
    a, b = K.Input(LINE), K.Input(LINE)
    shared, hide = L.LSTM(3), L.Masking()
    return K.Model([a, b], L.Add()([shared(hide(a)), shared(hide(b))]))


@model
def lstm_training():
    x = K.Input(LINE)
    return K.Model(x, L.LSTM(3)(x, training=True))


@model
def lstm_dropout_training():
    x = K.Input(LINE)
    return K.Model(x, L.LSTM(3, dropout=0.5)(x, training=True))


@model
def nested_dropout_training():
    x = K.Input((6,))
    return K.Model(x, K.Sequential([K.Input((6,)), L.Dropout(0.5)])(x, training=True))


@model
def mask_encoder_decoder():
    x, z = K.Input((7,), dtype="int32"), K.Input((7,), dtype="int32")
    _, h, c = L.LSTM(4, return_state=True)(L.Embedding(9, 3, mask_zero=True)(x))
    y = L.LSTM(4, return_sequences=True)(L.Embedding(9, 3, mask_zero=True)(z), initial_state=[h, c])
    return K.Model([x, z], L.Dense(2)(y))


# --- time-distributed --------------------------------------------------------------------------------

add(
    steps_dense=lambda: of(LINE, L.TimeDistributed(L.Dense(3, "relu"))),
    steps_conv=lambda: of(FILM, L.TimeDistributed(L.Conv2D(3, 2))),
    steps_conv_groups=lambda: of(FILM, L.TimeDistributed(L.Conv2D(4, 2, groups=2))),
    steps_bilinear=lambda: of(FILM, L.TimeDistributed(L.UpSampling2D(2, interpolation="bilinear"))),
    steps_pool=lambda: of(FILM, L.TimeDistributed(L.GlobalAveragePooling2D())),
    steps_lstm=lambda: of((3, 5, 4), L.TimeDistributed(L.LSTM(3))),
    steps_both=lambda: of((3, 5, 4), L.TimeDistributed(L.Bidirectional(L.LSTM(3)))),
    steps_steps=lambda: of((3, 5, 4), L.TimeDistributed(L.TimeDistributed(L.Dense(3)))),
    steps_model=lambda: of(
        FILM, L.TimeDistributed(K.Sequential([K.Input((6, 5, 2)), L.Conv2D(2, 3), L.Flatten()]))
    ),
    steps_dropout=lambda: of(LINE, L.TimeDistributed(L.Dropout(0.4))),
    steps_activation=lambda: of(LINE, L.TimeDistributed(L.Activation("softmax"))),
    steps_free=lambda: of((None, 4), L.TimeDistributed(L.Dense(3))),
    steps_batch_norm_axis=lambda: of(FILM, L.TimeDistributed(L.BatchNormalization(1))),
    steps_softmax=lambda: of(FILM, L.TimeDistributed(L.Softmax())),
    steps_rescaling=lambda: of(FILM, L.TimeDistributed(L.Rescaling(2.0))),
)

# --- graphs ------------------------------------------------------------------------------------------


@model
def interleaved():
    x = K.Input((4,))
    a, c, d = L.Dense(4, "tanh", name="A"), L.Dense(4, "tanh", name="C"), L.Dense(4, "tanh", name="D")
    c0 = c(x)
    d0 = d(c0)
    c1 = c(d0)
    a0, a1 = a(c1), a(d0)
    return K.Model(x, [L.Add()([a0, x]), L.Dense(2, name="last")(a1)])


@model
def interleaved_inside():
    inner = interleaved()
    x = K.Input((4,))
    return K.Model(x, inner(x))


@model
def shared_in_order():
    x = K.Input((4,))
    a, b = L.Dense(4, "tanh"), L.Dense(4, "tanh")
    return K.Model(x, a(b(a(b(x)))))


@model
def shared_model():
    x = K.Input((4,))
    inner = K.Sequential([K.Input((4,)), L.Dense(4, "tanh")])
    return K.Model(x, L.Add()([inner(x), inner(inner(x))]))


@model
def shared_on_other_sizes():
    a, b = K.Input((8, 8, 2)), K.Input((4, 4, 2))
    conv = L.Conv2D(3, 3)
    return K.Model([a, b], [conv(a), conv(b)])


@model
def nested_built_late():
    x = K.Input((4,))
    inner = K.Sequential([L.Dense(3, "tanh")])
    return K.Model(x, L.Dense(2)(inner(x)))


@model
def twice_and_again():
    x = K.Input((4,))
    h = L.Dense(4)(x)
    y = L.Multiply()([h, h])
    return K.Model(x, L.Add()([y, h]))


@model
def twice():
    x = K.Input((4,))
    h = L.Dense(4)(x)
    return K.Model(x, L.Dense(3)(L.Multiply()([h, h])))


@model
def twice_input():
    x = K.Input((4,))
    return K.Model(x, L.Add()([L.Multiply()([x, x]), x]))


@model
def twice_late():
    x = K.Input((4,))
    h = L.Dense(4)(x)
    y = L.Dense(4)(h)
    return K.Model(x, L.Add()([y, h, h]))


@model
def output_twice():
    x = K.Input((4,))
    y = L.Dense(3)(x)
    return K.Model(x, [y, y])


@model
def output_is_input():
    x = K.Input((4,))
    return K.Model(x, [x, L.Dense(3)(x)])


@model
def output_inside():
    x = K.Input((4,))
    y = L.Dense(3)(x)
    return K.Model(x, [L.Dense(2)(y), y, L.Activation("relu")(y)])


@model
def unused_input():
    a, b = K.Input((4,)), K.Input((3,))
    return K.Model([a, b], L.Dense(3)(a))


@model
def input_reused():
    x = K.Input((4,))
    return K.Model(x, L.Concatenate()([x, L.Dense(3)(x), x]))


add(
    name_bracket=lambda: of((4,), L.Dense(3, name="a>b")),
    name_bracket_weightless=lambda: of((4,), L.ReLU(name="a>b")),
    name_dots=lambda: of((4,), L.Dense(3, name="a.b-c/d")),
    input_int64=lambda: of((7,), L.Embedding(9, 4), dtype="int64"),
    input_uint8=lambda: of(IMAGE, L.Rescaling(1 / 255), dtype="uint8"),
    input_bool=lambda: of((7,), L.Embedding(9, 4), dtype="int32"),
    input_float16=lambda: of((7,), L.Dense(3), dtype="float16"),
    input_float64=lambda: of((7,), L.Dense(3), dtype="float64"),
    input_half_layer=lambda: of((7,), L.Dense(3, dtype="float16")),
    input_double_layer=lambda: of((7,), L.Dense(3, dtype="float64")),
    sequential_half=lambda: K.Sequential([L.Dense(3, dtype="mixed_float16", input_shape=(7,))]),
    sequential_first=lambda: K.Sequential([L.Dense(3, input_shape=(7,)), L.ReLU()]),
    sequential_words=lambda: K.Sequential([L.Embedding(9, 4, input_length=7), L.LSTM(3)]),
)


@model
def same_names_in_nested():
    x = K.Input((4,))
    one = K.Sequential([K.Input((4,)), L.Dense(4, name="d")], name="one")
    two = K.Sequential([K.Input((4,)), L.Dense(4, name="d")], name="two")
    return K.Model(x, two(one(x)))


@model
def same_names_without_weights():
    x = K.Input((4,))
    one = K.Sequential([K.Input((4,)), L.ReLU(name="r")], name="one")
    two = K.Sequential([K.Input((4,)), L.ReLU(name="r")], name="two")
    return K.Model(x, two(one(x)))


for name in ("GRU", "SimpleRNN"):
    for option in ("unroll", "implementation_1", "dropout", "cell_state"):
        del MODELS[f"{name}_{option}"]  # LSTM stands for them
for name in ("LSTM_cells_state", "LSTM_cells_state_alike"):
    del MODELS[name]  # Keras names outputs of these that are not there

# --- saving ------------------------------------------------------------------------------------------


def fill(built, rng):
    """Random weights; variances stay positive."""
    built.set_weights(
        [
            rng.uniform(0.5, 1.5, w.shape) if "variance" in w.name else rng.normal(0, 0.5, w.shape)
            for w in built.weights
        ]
    )


def sample(tensor, rng, name):
    """Inputs with some whole steps zero, so that masks have something to hide."""
    shape = tuple(size or length for size, length in zip(tensor.shape, (2, 11, 9, 5, 3), strict=False))
    if "int" in tensor.dtype.name or "words" in name:
        return rng.integers(0, 6, shape).astype(tensor.dtype.name)
    if tensor.dtype.name == "bool":
        return rng.random(shape) > 0.4
    values = rng.normal(0, 1, shape).astype("float32")
    if len(shape) == 3 and shape[1] > 3:
        values[0, :2] = values[1, 3] = 0
        values[1, -2:] = 0
    if len(shape) == 4 and "mask" in name:
        values[:, :, 0] = 0
    return values


def main(folder: Path) -> None:
    global K, L
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    import tensorflow as tf
    import tf_keras
    from tf_keras.src.layers.rnn import gru, lstm

    # The other way computes the same and builds a gradient and a CUDA kernel first, a second for each layer.
    lstm.lstm_with_backend_selection = lstm.standard_lstm
    gru.gru_with_backend_selection = gru.standard_gru
    K, L = tf_keras, tf_keras.layers
    told = {}
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    for name, build in MODELS.items():
        rng = np.random.default_rng(7)
        try:
            K.backend.clear_session()
            built = build()
            if not built.built:
                built.build()
            fill(built, rng)
            arrays = [sample(tensor, rng, name) for tensor in built.inputs]
            built.save(folder / f"{name}.h5", include_optimizer=False)
            given = [tf.constant(a, t.dtype) for a, t in zip(arrays, built.inputs, strict=True)]
            call = tf.function(built, jit_compile=True) if "first" in name else built
            outputs = tf.nest.flatten(call(given if len(given) > 1 else given[0], training=False))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells of it
            told[name] = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        np.savez(
            folder / f"{name}.npz",
            **{f"in{i}": a for i, a in enumerate(arrays)},
            **{f"out{i}": np.asarray(o) for i, o in enumerate(outputs)},
        )
        told[name] = ""
    (folder / "told.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
