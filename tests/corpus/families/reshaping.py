"""Padding, cropping, upsampling, and layers that move values around."""

# L is what everybody calls keras.layers.
# ruff: noqa: N803
from __future__ import annotations

from tests.corpus.cases import KERAS_2, KERAS_3, Family

LINE, IMAGE, CUBE, VECTOR = (6, 4), (5, 4, 3), (4, 5, 3, 2), (6,)
FIRST = {"data_format": "channels_first"}

edges = Family("padding and cropping", __file__)
edges.layers(
    LINE,
    {
        "zero_padding_1d": lambda L: L.ZeroPadding1D(2),
        "zero_padding_1d_unequal": lambda L: L.ZeroPadding1D((1, 3)),
        "cropping_1d": lambda L: L.Cropping1D(1),
        "cropping_1d_unequal": lambda L: L.Cropping1D((2, 1)),
    },
)
edges.layers(
    (None, 4),
    {
        "zero_padding_1d_free": lambda L: L.ZeroPadding1D(2),
        "cropping_1d_free": lambda L: L.Cropping1D((1, 2)),
    },
)
edges.layers((4, 6), {"zero_padding_1d_first": lambda L: L.ZeroPadding1D(2, **FIRST)}, keras=KERAS_3)
edges.layers(
    IMAGE,
    {
        "zero_padding_2d": lambda L: L.ZeroPadding2D(1),
        "zero_padding_2d_unequal": lambda L: L.ZeroPadding2D(((1, 0), (2, 3))),
        "zero_padding_2d_pair": lambda L: L.ZeroPadding2D((1, 2)),
        "zero_padding_2d_first": lambda L: L.ZeroPadding2D(((1, 0), (2, 1)), **FIRST),
        "cropping_2d": lambda L: L.Cropping2D(1),
        "cropping_2d_unequal": lambda L: L.Cropping2D(((1, 2), (0, 1))),
        "cropping_2d_first": lambda L: L.Cropping2D(((0, 1), (1, 0)), **FIRST),
    },
)
edges.layers(
    CUBE,
    {
        "zero_padding_3d": lambda L: L.ZeroPadding3D(1),
        "zero_padding_3d_unequal": lambda L: L.ZeroPadding3D(((1, 0), (0, 2), (1, 1))),
        "zero_padding_3d_first": lambda L: L.ZeroPadding3D(((1, 0), (0, 2), (1, 1)), **FIRST),
        "cropping_3d": lambda L: L.Cropping3D(1),
        "cropping_3d_unequal": lambda L: L.Cropping3D(((1, 0), (2, 1), (0, 1))),
        "cropping_3d_first": lambda L: L.Cropping3D(((1, 2), (0, 1), (0, 1)), **FIRST),
    },
)

up = Family("upsampling", __file__)
up.layers(LINE, {"up_sampling_1d": lambda L: L.UpSampling1D(3)})
up.layers((None, 4), {"up_sampling_1d_free": lambda L: L.UpSampling1D(2)})
up.layers(
    IMAGE,
    {
        "up_sampling_2d": lambda L: L.UpSampling2D(2),
        "up_sampling_2d_unequal": lambda L: L.UpSampling2D((3, 2)),
        "up_sampling_2d_first": lambda L: L.UpSampling2D((3, 2), **FIRST),
        "up_sampling_2d_bilinear": lambda L: L.UpSampling2D(2, interpolation="bilinear"),
        "up_sampling_2d_bilinear_3": lambda L: L.UpSampling2D(3, interpolation="bilinear"),
        "up_sampling_2d_bilinear_unequal": lambda L: L.UpSampling2D((4, 3), interpolation="bilinear"),
        "up_sampling_2d_bilinear_first": lambda L: L.UpSampling2D(2, interpolation="bilinear", **FIRST),
        "up_sampling_2d_bicubic": lambda L: L.UpSampling2D(2, interpolation="bicubic"),
        "up_sampling_2d_lanczos3": lambda L: L.UpSampling2D(2, interpolation="lanczos3"),
        "up_sampling_2d_lanczos5": lambda L: L.UpSampling2D((2, 3), interpolation="lanczos5"),
    },
)
up.layers(
    IMAGE,
    {
        "up_sampling_2d_area": lambda L: L.UpSampling2D(2, interpolation="area"),
        "up_sampling_2d_gaussian": lambda L: L.UpSampling2D(2, interpolation="gaussian"),
        "up_sampling_2d_mitchell": lambda L: L.UpSampling2D(2, interpolation="mitchellcubic"),
    },
    keras=KERAS_2,
)
up.layers(
    (None, None, 3),
    {
        "up_sampling_2d_free": lambda L: L.UpSampling2D(2),
        "up_sampling_2d_bilinear_free": lambda L: L.UpSampling2D(2, interpolation="bilinear"),
        "up_sampling_2d_bicubic_free": lambda L: L.UpSampling2D(2, interpolation="bicubic"),
    },
)
up.layers(
    CUBE,
    {
        "up_sampling_3d": lambda L: L.UpSampling3D(2),
        "up_sampling_3d_unequal": lambda L: L.UpSampling3D((1, 2, 3)),
        "up_sampling_3d_first": lambda L: L.UpSampling3D((1, 2, 3), **FIRST),
    },
)

moving = Family("reshaping", __file__)
moving.layers(
    VECTOR,
    {
        "reshape": lambda L: L.Reshape((2, 3)),
        "reshape_unknown": lambda L: L.Reshape((-1, 2)),
        "repeat_vector": lambda L: L.RepeatVector(3),
        "flatten_of_vectors": lambda L: (L.Flatten(), L.Dense(2)),
    },
)
moving.layers(
    IMAGE,
    {
        "reshape_image": lambda L: L.Reshape((10, 6)),
        "reshape_to_vector": lambda L: L.Reshape((-1,)),
        "permute": lambda L: L.Permute((3, 1, 2)),
        "permute_back": lambda L: (L.Permute((2, 1, 3)), L.Permute((2, 1, 3)), L.Dense(2)),
        "flatten": lambda L: L.Flatten(),
        "flatten_first": lambda L: L.Flatten(**FIRST),
    },
)
moving.layers((None, 4), {"reshape_free": lambda L: L.Reshape((-1, 2))})
moving.layers((None, 4), {"permute_free": lambda L: L.Permute((2, 1))})
moving.layers(
    (),
    {"flatten_of_numbers": lambda L: (L.Flatten(), L.Dense(2))},
    refused="TensorFlow.js makes columns of inputs that hold one number a row, and then refuses them",
)
moving.layers(
    CUBE, {"permute_rank_5": lambda L: L.Permute((4, 2, 1, 3)), "flatten_rank_5": lambda L: L.Flatten()}
)
moving.layers(CUBE, {"flatten_rank_5_first": lambda L: L.Flatten(**FIRST)})
