"""Convolutions of one, two and three dimensions: plain, transposed, depthwise, separable, local."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

from tests.corpus.cases import KERAS_2, Family

LINE, IMAGE, ODD, CUBE = (9, 4), (7, 6, 4), (7, 5, 4), (5, 4, 6, 4)
LINE_FIRST, IMAGE_FIRST, CUBE_FIRST = (4, 9), (4, 7, 6), (4, 5, 4, 6)
FIRST = {"data_format": "channels_first"}

one = Family("conv 1d", __file__)
one.layers(
    LINE,
    {
        "conv_1d": lambda L: L.Conv1D(3, 3),
        "conv_1d_same": lambda L: L.Conv1D(3, 4, padding="same"),
        "conv_1d_strides": lambda L: L.Conv1D(3, 3, strides=2, padding="same"),
        "conv_1d_dilation": lambda L: L.Conv1D(3, 3, dilation_rate=2, padding="same"),
        "conv_1d_causal": lambda L: L.Conv1D(3, 3, padding="causal"),
        "conv_1d_causal_dilation": lambda L: L.Conv1D(3, 2, padding="causal", dilation_rate=3),
        "conv_1d_causal_strides": lambda L: L.Conv1D(3, 3, padding="causal", strides=2),
        "conv_1d_groups": lambda L: L.Conv1D(6, 3, groups=2),
        "conv_1d_groups_all": lambda L: L.Conv1D(4, 3, groups=4),
        "conv_1d_without_bias": lambda L: L.Conv1D(3, 3, use_bias=False, activation="relu"),
        "conv_1d_twice": lambda L: (L.Conv1D(3, 3, activation="relu"), L.Conv1D(2, 1)),
    },
)
one.layers((None, 4), {"conv_1d_free": lambda L: L.Conv1D(3, 3, padding="same")})
one.layers((None, 4), {"conv_1d_free_causal": lambda L: L.Conv1D(3, 3, padding="causal")})
one.layers(LINE_FIRST, {"conv_1d_first": lambda L: L.Conv1D(3, 3, strides=2, **FIRST)})

two = Family("conv 2d", __file__)
two.layers(
    IMAGE,
    {
        "conv_2d": lambda L: L.Conv2D(3, 3),
        "conv_2d_same": lambda L: L.Conv2D(3, (3, 2), padding="same", activation="relu"),
        "conv_2d_even_kernel": lambda L: L.Conv2D(3, 4, padding="same"),
        "conv_2d_strides": lambda L: L.Conv2D(3, 3, strides=(2, 1), padding="same"),
        "conv_2d_strides_valid": lambda L: L.Conv2D(3, 2, strides=2),
        "conv_2d_dilation": lambda L: L.Conv2D(3, 3, dilation_rate=(2, 1), padding="same"),
        "conv_2d_groups": lambda L: L.Conv2D(6, 3, groups=2, padding="same"),
        "conv_2d_groups_all": lambda L: L.Conv2D(4, 3, groups=4, strides=2),
        "conv_2d_groups_multiplied": lambda L: L.Conv2D(8, 3, groups=4),
        "conv_2d_groups_dilation": lambda L: L.Conv2D(4, 2, groups=2, dilation_rate=2),
        "conv_2d_1x1_without_bias": lambda L: L.Conv2D(3, 1, use_bias=False),
    },
)
two.layers((None, None, 3), {"conv_2d_free": lambda L: L.Conv2D(4, 3, padding="same")})
# Keras 3 takes a bias for one of the width where there are as many filters as columns.
two.layers(
    IMAGE_FIRST,
    {
        "conv_2d_first": lambda L: L.Conv2D(5, 3, padding="same", strides=2, **FIRST),
        "conv_2d_first_then_dense": lambda L: (L.Conv2D(3, 3, **FIRST), L.Flatten(), L.Dense(2)),
        "conv_2d_first_flatten_first": lambda L: (L.Conv2D(3, 3, **FIRST), L.Flatten(**FIRST), L.Dense(2)),
    },
)

three = Family("conv 3d", __file__)
three.layers(
    CUBE,
    {
        "conv_3d": lambda L: L.Conv3D(3, 2),
        "conv_3d_same": lambda L: L.Conv3D(3, (3, 2, 1), padding="same", activation="relu"),
        "conv_3d_strides": lambda L: L.Conv3D(3, 2, strides=(1, 2, 2), padding="same"),
        "conv_3d_dilation": lambda L: L.Conv3D(3, 2, dilation_rate=(2, 1, 2)),
        "conv_3d_groups": lambda L: L.Conv3D(4, 2, groups=2),
    },
)
three.layers(CUBE_FIRST, {"conv_3d_first": lambda L: L.Conv3D(3, 2, padding="same", **FIRST)})

transposed = Family("conv transposed", __file__)
transposed.layers(
    LINE,
    {
        "conv_1d_transpose": lambda L: L.Conv1DTranspose(3, 3),
        "conv_1d_transpose_same": lambda L: L.Conv1DTranspose(3, 4, strides=2, padding="same"),
        "conv_1d_transpose_output_padding": lambda L: L.Conv1DTranspose(3, 3, strides=2, output_padding=1),
        "conv_1d_transpose_small_kernel": lambda L: L.Conv1DTranspose(3, 1, strides=3, activation="relu"),
    },
)
transposed.layers(
    ODD,
    {
        "conv_2d_transpose": lambda L: L.Conv2DTranspose(3, 3),
        "conv_2d_transpose_same": lambda L: L.Conv2DTranspose(3, 4, strides=2, padding="same"),
        "conv_2d_transpose_unequal": lambda L: L.Conv2DTranspose(3, (2, 3), strides=(1, 2), padding="same"),
        "conv_2d_transpose_output_padding": lambda L: L.Conv2DTranspose(3, 3, strides=2, output_padding=1),
        "conv_2d_transpose_output_padding_same": lambda L: L.Conv2DTranspose(
            3, 3, strides=2, padding="same", output_padding=1
        ),
        "conv_2d_transpose_output_padding_0": lambda L: L.Conv2DTranspose(
            3, 3, strides=2, padding="same", output_padding=(0, 1)
        ),
        "conv_2d_transpose_small_kernel": lambda L: L.Conv2DTranspose(3, 2, strides=3, activation="relu"),
        "conv_2d_transpose_dilation": lambda L: L.Conv2DTranspose(3, 3, dilation_rate=2),
        "conv_2d_transpose_without_bias": lambda L: L.Conv2DTranspose(3, 2, strides=2, use_bias=False),
    },
)
transposed.layers(
    (None, None, 3), {"conv_2d_transpose_free": lambda L: L.Conv2DTranspose(3, 4, strides=2, padding="same")}
)
transposed.layers(
    (4, 7, 5),
    {"conv_2d_transpose_first": lambda L: L.Conv2DTranspose(3, 3, strides=2, padding="same", **FIRST)},
)
transposed.layers(
    (3, 4, 2, 3),
    {
        "conv_3d_transpose": lambda L: L.Conv3DTranspose(2, 2, strides=2, padding="same"),
        "conv_3d_transpose_valid": lambda L: L.Conv3DTranspose(2, 3, activation="relu"),
        "conv_3d_transpose_output_padding": lambda L: L.Conv3DTranspose(
            2, 3, strides=2, padding="same", output_padding=1
        ),
    },
    doubted=("wasm",),
)

deep = Family("conv depthwise", __file__)
deep.layers(
    LINE,
    {
        "depthwise_1d": lambda L: L.DepthwiseConv1D(3),
        "depthwise_1d_options": lambda L: L.DepthwiseConv1D(
            3, strides=2, padding="same", depth_multiplier=2, activation="relu"
        ),
        "depthwise_1d_dilation": lambda L: L.DepthwiseConv1D(3, dilation_rate=2),
        "separable_1d": lambda L: L.SeparableConv1D(3, 3),
        "separable_1d_options": lambda L: L.SeparableConv1D(
            3, 3, strides=2, padding="same", depth_multiplier=2, activation="tanh"
        ),
        "separable_1d_dilation": lambda L: L.SeparableConv1D(3, 2, dilation_rate=2, use_bias=False),
    },
)
deep.layers(LINE, {"separable_1d_causal": lambda L: L.SeparableConv1D(3, 3, padding="causal")}, keras=KERAS_2)
deep.layers(
    IMAGE,
    {
        "depthwise_2d": lambda L: L.DepthwiseConv2D(3),
        "depthwise_2d_same": lambda L: L.DepthwiseConv2D((2, 3), padding="same", activation="relu"),
        "depthwise_2d_strides": lambda L: L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False),
        "depthwise_2d_multiplier": lambda L: L.DepthwiseConv2D(3, depth_multiplier=3),
        "depthwise_2d_dilation": lambda L: L.DepthwiseConv2D(3, dilation_rate=2, padding="same"),
        "depthwise_2d_dilation_valid": lambda L: L.DepthwiseConv2D(2, dilation_rate=3),
        "separable_2d": lambda L: L.SeparableConv2D(3, 3),
        "separable_2d_same": lambda L: L.SeparableConv2D(3, 3, padding="same", depth_multiplier=2),
        "separable_2d_strides": lambda L: L.SeparableConv2D(3, 3, strides=2, use_bias=False),
        "separable_2d_dilation": lambda L: L.SeparableConv2D(3, 2, dilation_rate=2),
    },
)
deep.layers(
    IMAGE_FIRST,
    {
        "depthwise_2d_first": lambda L: L.DepthwiseConv2D(3, padding="same", **FIRST),
        "separable_2d_first": lambda L: L.SeparableConv2D(3, 3, **FIRST),
    },
)
deep.layers(
    LINE_FIRST,
    {
        "depthwise_1d_first": lambda L: L.DepthwiseConv1D(3, **FIRST),
        "separable_1d_first": lambda L: L.SeparableConv1D(3, 3, **FIRST),
    },
)

local = Family("locally connected", __file__, keras=KERAS_2)
local.layers(
    LINE,
    {
        "locally_connected_1d": lambda L: L.LocallyConnected1D(3, 3),
        "locally_connected_1d_strides": lambda L: L.LocallyConnected1D(3, 3, strides=2, activation="relu"),
        "locally_connected_1d_dense": lambda L: L.LocallyConnected1D(3, 3, implementation=2),
    },
)
local.layers(
    (5, 4, 3),
    {
        "locally_connected_2d": lambda L: L.LocallyConnected2D(2, 2),
        "locally_connected_2d_without_bias": lambda L: L.LocallyConnected2D(2, (3, 2), use_bias=False),
    },
)
