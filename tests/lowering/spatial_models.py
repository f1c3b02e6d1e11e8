"""``python spatial_models.py MAJOR FOLDER``: layers on grids, saved by one Keras with what they compute."""

import gc
import importlib
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Make = Callable[[Any], Any]
Case = tuple[tuple[int | None, ...], Make]
FIRST = {"data_format": "channels_first"}
FREE = 7
"""The size that is fed where it is left free."""

BOTH: dict[str, Case] = {
    # Convolutions.
    "causal": ((9, 4), lambda of: of.Conv1D(3, 3, padding="causal", dilation_rate=2, activation="gelu")),
    "causal_free": ((None, 4), lambda of: of.Conv1D(3, 3, padding="causal", strides=2)),
    "groups_1d": ((9, 4), lambda of: of.Conv1D(6, 3, groups=2, activation="relu")),
    "groups_2d": ((7, 6, 4), lambda of: of.Conv2D(6, 3, groups=2, padding="same", strides=2)),
    "groups_of_one": ((7, 6, 4), lambda of: of.Conv2D(8, 3, groups=4, dilation_rate=2)),
    "groups_many": ((7, 6, 32), lambda of: of.Conv2D(32, 3, groups=16, activation="tanh")),
    "groups_many_dilated": ((7, 6, 32), lambda of: of.Conv2D(16, 2, groups=16, dilation_rate=2)),
    "groups_3d": ((5, 4, 6, 4), lambda of: of.Conv3D(4, 2, groups=2, padding="same", activation="softmax")),
    "depthwise_dilated": ((9, 8, 3), lambda of: of.DepthwiseConv2D(3, dilation_rate=3, depth_multiplier=2)),
    "depthwise_far": (
        (19, 18, 3),
        lambda of: of.DepthwiseConv2D(3, dilation_rate=6, padding="same", activation="softmax"),
    ),
    "depthwise_1d": ((None, 4), lambda of: of.DepthwiseConv1D(3, dilation_rate=2, activation="relu")),
    "separable_1d": (
        (9, 4),
        lambda of: of.SeparableConv1D(3, 3, strides=2, padding="same", depth_multiplier=2),
    ),
    # The last window ends before the input does.
    "short_1d": ((12, 4), lambda of: of.Conv1D(3, 2, strides=3, padding="same", activation="softmax")),
    "short_2d": ((12, 13, 4), lambda of: of.Conv2D(3, (2, 3), strides=(3, 2), padding="same")),
    "short_groups": ((16, 16, 4), lambda of: of.Conv2D(4, 3, strides=4, padding="same", groups=2)),
    "short_3d": ((6, 7, 6, 2), lambda of: of.Conv3D(3, 2, strides=(3, 2, 3), padding="same")),
    "short_depthwise": ((8, 12, 4), lambda of: of.DepthwiseConv2D((3, 1), strides=2, padding="same")),
    "short_separable": ((12, 12, 4), lambda of: of.SeparableConv2D(3, 2, strides=3, padding="same")),
    "short_separable_1d": ((12, 4), lambda of: of.SeparableConv1D(3, 2, strides=3, padding="same")),
    "short_free": ((None, 12, 4), lambda of: of.Conv2D(3, (3, 2), strides=(4, 3), padding="same")),
    "short_groups_free": (
        (None, None, 4),
        lambda of: of.Conv2D(4, (2, 3), strides=(5, 2), padding="same", groups=2),
    ),
    "short_each": (
        (3, 12, 12, 4),
        lambda of: of.TimeDistributed(of.Conv2D(3, 2, strides=3, padding="same")),
    ),
    "transposed_1d": ((None, 3), lambda of: of.Conv1DTranspose(2, 4, strides=3, padding="same")),
    "transposed_1d_more": ((5, 3), lambda of: of.Conv1DTranspose(2, 3, strides=2, output_padding=1)),
    "transposed_2d_more": (
        (None, None, 3),
        lambda of: of.Conv2DTranspose(2, (3, 5), strides=2, padding="same", output_padding=(1, 0)),
    ),
    "transposed_2d_short": ((4, 3, 3), lambda of: of.Conv2DTranspose(2, 1, strides=3, output_padding=1)),
    "transposed_3d": ((3, 4, 2, 3), lambda of: of.Conv3DTranspose(2, 2, strides=2, activation="softmax")),
    "transposed_3d_odd": (
        (3, 4, 2, 3),
        lambda of: of.Conv3DTranspose(2, 5, strides=(3, 2, 1), padding="same"),
    ),
    "transposed_3d_more": (
        (3, 4, 2, 3),
        lambda of: of.Conv3DTranspose(2, 3, strides=2, padding="same", output_padding=1),
    ),
    "transposed_3d_free": (
        (None, None, None, 2),
        lambda of: of.Conv3DTranspose(2, 3, strides=2, padding="same", use_bias=False),
    ),
    # Pooling.
    "max_3d": ((5, 4, 6, 3), lambda of: of.MaxPooling3D((2, 3, 1), strides=(1, 2, 2), padding="same")),
    "max_3d_free": ((None, None, None, 2), lambda of: of.MaxPooling3D(2)),
    "global_1d_kept": ((6, 3), lambda of: of.GlobalMaxPooling1D(keepdims=True)),
    "global_2d_kept": ((None, None, 3), lambda of: of.GlobalAveragePooling2D(keepdims=True)),
    "global_3d": ((None, None, None, 3), lambda of: of.GlobalAveragePooling3D(keepdims=True)),
    "global_3d_first": ((3, 4, 5, 2), lambda of: of.GlobalMaxPooling3D(keepdims=True, **FIRST)),
    # Padding, cropping, enlarging.
    "padding_1d": ((None, 3), lambda of: of.ZeroPadding1D((1, 2))),
    "padding_3d": ((4, 3, 5, 2), lambda of: of.ZeroPadding3D(((1, 0), (0, 2), (3, 1)))),
    "padding_3d_free": ((None, None, None, 2), lambda of: of.ZeroPadding3D(2)),
    "cropping_1d": ((6, 3), lambda of: of.Cropping1D((1, 2))),
    "cropping_1d_free": ((None, 3), lambda of: of.Cropping1D((1, 2))),
    "cropping_2d_free": ((None, None, 3), lambda of: of.Cropping2D(((1, 2), (0, 1)))),
    "cropping_3d": ((2, 4, 5, 4), lambda of: of.Cropping3D(((1, 2), (0, 1), (2, 1)), **FIRST)),
    "up_1d": ((None, 3), lambda of: of.UpSampling1D(3)),
    "up_3d": ((2, 3, 2, 2), lambda of: of.UpSampling3D((2, 1, 3), **FIRST)),
    "up_3d_free": ((None, None, None, 2), lambda of: of.UpSampling3D((2, 1, 3))),
    "up_bilinear": ((None, None, 3), lambda of: of.UpSampling2D((4, 3), interpolation="bilinear")),
    "up_bilinear_first": ((3, 4, 5), lambda of: of.UpSampling2D(2, interpolation="bilinear", **FIRST)),
    "up_bicubic": ((None, None, 3), lambda of: of.UpSampling2D((2, 3), interpolation="bicubic")),
    "up_lanczos3": ((5, 4, 3), lambda of: of.UpSampling2D(3, interpolation="lanczos3")),
    "up_lanczos5": ((5, 4, 3), lambda of: of.UpSampling2D(1, interpolation="lanczos5")),
    # Resizing; an input of 6 and an output of 4 leave it to the last bit which value is the nearest.
    "resizing": ((7, 9, 3), lambda of: of.Resizing(5, 12)),
    "resizing_nearest": ((6, 9, 2), lambda of: of.Resizing(4, 21, interpolation="nearest")),
    "resizing_bicubic": ((7, 9, 3), lambda of: of.Resizing(13, 5, interpolation="bicubic")),
    "resizing_lanczos3": ((None, None, 3), lambda of: of.Resizing(13, 5, interpolation="lanczos3")),
    "resizing_lanczos5": ((7, 9, 3), lambda of: of.Resizing(13, 5, interpolation="lanczos5")),
    "resizing_cropped": ((7, 20, 3), lambda of: of.Resizing(5, 6, crop_to_aspect_ratio=True)),
    "center_crop": ((9, 8, 3), lambda of: of.CenterCrop(4, 5)),
    "center_crop_free": ((None, None, 3), lambda of: of.CenterCrop(4, 5)),
    "center_crop_larger": ((5, 8, 3), lambda of: of.CenterCrop(7, 6)),
    # In wrappers.
    "each_grouped": ((3, 8, 4), lambda of: of.TimeDistributed(of.Conv1D(4, 3, groups=2))),
    "each_resized": ((3, 6, 5, 2), lambda of: of.TimeDistributed(of.Resizing(4, 7, interpolation="bicubic"))),
    "each_kept": ((3, 6, 5, 2), lambda of: of.TimeDistributed(of.GlobalMaxPooling2D(keepdims=True))),
}
OF_KERAS_2: dict[str, Case] = {
    "causal_separable": ((9, 4), lambda of: of.SeparableConv1D(3, 3, padding="causal")),
    "batches": ((3, 7, 6, 2), lambda of: of.Conv2D(3, 3, activation="relu")),
    "transposed_2d_dilated": (
        (4, 5, 3),
        lambda of: of.Conv2DTranspose(2, 3, dilation_rate=2, padding="same"),
    ),
    "resizing_area": ((7, 9, 3), lambda of: of.Resizing(5, 12, interpolation="area")),
    "resizing_gaussian": ((7, 9, 3), lambda of: of.Resizing(7, 9, interpolation="gaussian")),
    "resizing_mitchell": ((7, 9, 3), lambda of: of.Resizing(5, 12, interpolation="mitchellcubic")),
    "center_crop_free_larger": ((None, None, 3), lambda of: of.CenterCrop(9, 8)),
    **{
        f"local_1d_{form}": (
            (9, 4),
            lambda of, form=form: of.LocallyConnected1D(3, 3, strides=2, implementation=form),
        )
        for form in (1, 2, 3)
    },
    **{
        f"local_2d_{form}": (
            (4, 6, 5),
            lambda of, form=form: of.LocallyConnected2D(
                2, (2, 3), implementation=form, activation="softmax", **FIRST
            ),
        )
        for form in (1, 2, 3)
    },
}
OF_KERAS_3: dict[str, Case] = {
    "groups_first": ((4, 7, 6), lambda of: of.Conv2D(6, 3, groups=2, activation="softmax", **FIRST)),
    "groups_many_first": ((32, 7, 6), lambda of: of.Conv2D(16, 3, groups=16, activation="relu", **FIRST)),
    "short_first": (
        (4, 12, 12),
        lambda of: of.SeparableConv2D(3, 2, strides=3, padding="same", **FIRST),
    ),
    "depthwise_first": ((4, 7, 8), lambda of: of.DepthwiseConv2D(3, activation="softmax", **FIRST)),
    "separable_first": ((4, 7, 8), lambda of: of.SeparableConv2D(3, 3, activation="hard_sigmoid", **FIRST)),
    "depthwise_far_apart": (
        (13, 14, 4),
        lambda of: of.DepthwiseConv2D(3, dilation_rate=2, strides=2, padding="same"),
    ),
    "separable_far_apart": ((13, 14, 4), lambda of: of.SeparableConv2D(5, 3, dilation_rate=2, strides=2)),
    "groups_many_free": ((None, None, 32), lambda of: of.Conv2D(32, 3, groups=32, activation="relu")),
    "groups_free": ((None, None, None, 4), lambda of: of.Conv3D(4, 2, groups=2, use_bias=False)),
    "pool_1d_first": ((3, 8), lambda of: of.AveragePooling1D(2, **FIRST)),
    "max_3d_first": ((2, 7, 8, 6), lambda of: of.MaxPooling3D((2, 3, 2), padding="same", **FIRST)),
    "global_1d_first": ((3, 8), lambda of: of.GlobalAveragePooling1D(keepdims=True, **FIRST)),
    "adaptive_even": ((8, 9, 2), lambda of: of.AdaptiveAveragePooling2D((4, 3))),
    "adaptive_uneven": ((9, 7, 2), lambda of: of.AdaptiveAveragePooling2D((4, 5))),
    "adaptive_max": ((9, 7, 10, 2), lambda of: of.AdaptiveMaxPooling3D((4, 3, 7))),
    "adaptive_first": ((2, 11), lambda of: of.AdaptiveMaxPooling1D(4, **FIRST)),
    "padding_first": ((3, 6), lambda of: of.ZeroPadding1D(2, **FIRST)),
    "resizing_padded": (
        (7, 20, 3),
        lambda of: of.Resizing(15, 6, pad_to_aspect_ratio=True, fill_value=0.7, interpolation="bicubic"),
    ),
    "resizing_antialias": ((17, 20, 3), lambda of: of.Resizing(5, 30, antialias=True)),
    "resizing_antialias_cubic": ((17, 20, 3), lambda of: of.Resizing(5, 9, "bicubic", antialias=True)),
    "resizing_first": ((3, 7, 9), lambda of: of.Resizing(5, 12, **FIRST)),
}


def save(keras: Any, name: str, case: Case, folder: Path) -> None:
    shape, make = case
    keras.backend.clear_session()
    first = keras.Input(shape)
    model = keras.Model(first, make(keras.layers)(first))
    rng = np.random.default_rng(len(name))
    model.set_weights([rng.normal(0, 0.3, each.shape).astype("float32") for each in model.get_weights()])
    fed = rng.normal(0, 1, (2, *(size or FREE for size in shape))).astype("float32")
    if name == "max_3d":
        fed = fed - 9
    model.save(folder / f"{name}.{'h5' if len(name) % 2 else 'keras'}")
    np.savez(folder / f"{name}.npz", fed=fed, wanted=np.asarray(model(fed)))


def main() -> None:
    major, folder = int(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    keras = importlib.import_module("keras" if major == 3 else "tf_keras")
    gc.freeze()  # clear_session collects garbage, and would look at all of TensorFlow each time
    troubles = {}
    for name, case in {**BOTH, **(OF_KERAS_3 if major == 3 else OF_KERAS_2)}.items():
        try:
            save(keras, name, case, folder)
        except Exception as error:  # noqa: BLE001 - the test says which
            troubles[name] = repr(error)
    (folder / "troubles.json").write_text(json.dumps(troubles))


if __name__ == "__main__":
    main()
