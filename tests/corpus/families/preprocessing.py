"""Layers that prepare numbers and pictures, and those that augment them in training alone."""

# L is what everybody calls keras.layers, and builders stand above what they call.
# ruff: noqa: N803, PLW0108
from __future__ import annotations

from tests.corpus.cases import KERAS_2, KERAS_3, Family

IMAGE, VECTOR = (6, 5, 3), (4,)
FIRST = {"data_format": "channels_first"}
STRINGS = "browsers would need the hash functions or tables of strings that TensorFlow has"

resizing = Family("resizing", __file__)
resizing.layers(
    IMAGE,
    {
        **{
            f"resizing_{method}_{'up' if up else 'down'}": lambda L, method=method, up=up: L.Resizing(
                *((9, 12) if up else (3, 4)), interpolation=method
            )
            for method in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
            for up in (True, False)
        },
        "resizing_crop": lambda L: L.Resizing(4, 2, crop_to_aspect_ratio=True),
        "resizing_same": lambda L: (L.Resizing(6, 5), L.Conv2D(2, 2)),
        "center_crop": lambda L: L.CenterCrop(4, 3),
        "center_crop_odd": lambda L: L.CenterCrop(3, 2),
        "center_crop_enlarges": lambda L: L.CenterCrop(8, 4),
    },
)
resizing.layers(
    (None, None, 3),
    {
        "resizing_free": lambda L: L.Resizing(4, 4),
        "resizing_free_bicubic": lambda L: L.Resizing(7, 7, interpolation="bicubic"),
        "center_crop_free": lambda L: L.CenterCrop(4, 3),
    },
)
resizing.layers(
    IMAGE,
    {
        "resizing_pad": lambda L: L.Resizing(4, 8, pad_to_aspect_ratio=True),
        "resizing_pad_value": lambda L: L.Resizing(9, 6, pad_to_aspect_ratio=True, fill_value=0.5),
    },
    keras=KERAS_3,
)
resizing.layers(
    (3, 6, 5),
    {
        "resizing_first": lambda L: L.Resizing(3, 4, **FIRST),
        "center_crop_first": lambda L: L.CenterCrop(4, 3, **FIRST),
    },
    keras=KERAS_3,
)
resizing.layers(
    IMAGE,
    {
        "resizing_area": lambda L: L.Resizing(3, 4, interpolation="area"),
        "resizing_gaussian": lambda L: L.Resizing(9, 4, interpolation="gaussian"),
        "resizing_mitchell": lambda L: L.Resizing(9, 4, interpolation="mitchellcubic"),
    },
    keras=KERAS_2,
)

categories = Family("categories", __file__, values="ints")
categories.layers(
    VECTOR,
    {
        "category_multi_hot": lambda L: L.CategoryEncoding(6, output_mode="multi_hot"),
        "category_count": lambda L: L.CategoryEncoding(5, output_mode="count"),
    },
    dtype="int32",
)
categories.layers(
    (1,), {"category_one_hot": lambda L: L.CategoryEncoding(5, output_mode="one_hot")}, dtype="int32"
)
categories.models(
    {
        "category_count_weights": lambda k: _weighted(k),
        "category_then_dense": lambda k: k.chain(
            (3,), (k.layers.CategoryEncoding(6), k.layers.Dense(2)), "int32"
        ),
    }
)
categories.layers(
    VECTOR,
    {
        "integer_lookup": lambda L: L.IntegerLookup(vocabulary=[4, 2, 0]),
        "integer_lookup_two_unknown": lambda L: L.IntegerLookup(vocabulary=[1, 3, 4], num_oov_indices=2),
        "integer_lookup_masked": lambda L: L.IntegerLookup(vocabulary=[4, 2, 1], mask_token=0),
        "integer_lookup_multi_hot": lambda L: L.IntegerLookup(vocabulary=[4, 2, 0], output_mode="multi_hot"),
        "integer_lookup_count": lambda L: L.IntegerLookup(vocabulary=[4, 2, 0], output_mode="count"),
        "integer_lookup_then_embedding": lambda L: (
            L.IntegerLookup(vocabulary=[4, 2, 0]),
            L.Embedding(6, 3),
        ),
    },
    dtype="int64",
)
categories.layers(
    (1,),
    {"integer_lookup_one_hot": lambda L: L.IntegerLookup(vocabulary=[4, 2, 0], output_mode="one_hot")},
    dtype="int64",
)
categories.layers(
    VECTOR,
    {"hashing": lambda L: L.Hashing(7), "hashing_masked": lambda L: L.Hashing(7, mask_value=0)},
    dtype="int64",
)
categories.layers(
    VECTOR,
    {
        "discretization": lambda L: L.Discretization([-0.5, 0.0, 0.7]),
        "discretization_one_bin": lambda L: L.Discretization([0.2]),
        "discretization_multi_hot": lambda L: L.Discretization([-0.5, 0.0, 0.7], output_mode="multi_hot"),
        "discretization_count": lambda L: L.Discretization([-0.5, 0.0, 0.7], output_mode="count"),
        "discretization_then_dense": lambda L: (
            L.Discretization([-1.0, 0.0, 1.0], output_mode="count"),
            L.Dense(2),
        ),
    },
    values="normal",
)
categories.layers(
    (1,),
    {"discretization_one_hot": lambda L: L.Discretization([-0.5, 0.0, 0.7], output_mode="one_hot")},
    values="normal",
)
categories.models(
    {"hashed_crossing": lambda k: _crossed(k)},
    refused="what is crossed is hashed as a string, by FarmHash64",
)
categories.layers(
    (1,),
    {
        "string_lookup": lambda L: L.StringLookup(vocabulary=["a", "b"]),
    },
    dtype="string",
    values="words",
    refused=STRINGS,
)

random = Family("augmentation", __file__)
random.layers(
    IMAGE,
    {
        "random_flip": lambda L: (L.RandomFlip(), L.Conv2D(2, 2)),
        "random_rotation": lambda L: (L.RandomRotation(0.2), L.Conv2D(2, 2)),
        "random_zoom": lambda L: (L.RandomZoom(0.2), L.Conv2D(2, 2)),
        "random_translation": lambda L: (L.RandomTranslation(0.1, 0.2), L.Conv2D(2, 2)),
        "random_contrast": lambda L: (L.RandomContrast(0.2), L.Conv2D(2, 2)),
        "random_crop_same": lambda L: (L.RandomCrop(6, 5), L.Conv2D(2, 2)),
        "random_three": lambda L: (L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.Rescaling(2.0)),
    },
    values="unit",
)
random.layers(
    IMAGE,
    {
        "random_height": lambda L: (L.RandomHeight(0.2), L.Conv2D(2, 2), L.GlobalMaxPooling2D()),
        "random_width": lambda L: (L.RandomWidth(0.2), L.Conv2D(2, 2), L.GlobalMaxPooling2D()),
    },
    keras=KERAS_2,
)
random.layers(
    IMAGE,
    {
        "random_shear": lambda L: (L.RandomShear(0.2, 0.2), L.Conv2D(2, 2)),
        "random_hue": lambda L: (L.RandomHue(0.2, value_range=(0, 1)), L.Conv2D(2, 2)),
        "random_grayscale": lambda L: (L.RandomGrayscale(0.4), L.Conv2D(2, 2)),
        "random_color_jitter": lambda L: (L.RandomColorJitter((0, 1), 0.2, 0.2), L.Conv2D(2, 2)),
        "random_gaussian_blur": lambda L: (L.RandomGaussianBlur(), L.Conv2D(2, 2)),
        "random_perspective": lambda L: (L.RandomPerspective(), L.Conv2D(2, 2)),
        "random_erasing": lambda L: (L.RandomErasing(), L.Conv2D(2, 2)),
        "random_elastic": lambda L: (L.RandomElasticTransform(), L.Conv2D(2, 2)),
        "random_invert": lambda L: (L.RandomInvert(), L.Conv2D(2, 2)),
        "mix_up": lambda L: (L.MixUp(), L.Conv2D(2, 2)),
        "cut_mix": lambda L: (L.CutMix(), L.Conv2D(2, 2)),
        "aug_mix": lambda L: (L.AugMix((0, 1)), L.Conv2D(2, 2)),
        "rand_augment": lambda L: (L.RandAugment((0, 1)), L.Conv2D(2, 2)),
        "preprocessing_pipeline": lambda L: (
            L.Pipeline([L.RandomFlip(), L.Rescaling(2.0)]),
            L.Conv2D(2, 2),
        ),
    },
    keras=KERAS_3,
    values="unit",
)
random.layers(
    IMAGE,
    {
        "random_crop": lambda L: (L.RandomCrop(4, 3), L.Conv2D(2, 2)),
    },
    values="unit",
    refused="outside of training it crops, resizes or does nothing, and releases of Keras differ in it",
)
random.layers(
    IMAGE,
    {
        "auto_contrast": lambda L: L.AutoContrast(value_range=(0, 1)),
    },
    keras=KERAS_3,
    values="unit",
    refused="it stretches each image by its histogram, in inference too",
)
# Keras 3 cannot write these as .h5.
random.layers(
    IMAGE,
    {
        "random_brightness_3": lambda L: (L.RandomBrightness(0.2, value_range=(0, 1)), L.Conv2D(2, 2)),
        "random_saturation": lambda L: (L.RandomSaturation(0.4, value_range=(0, 1)), L.Conv2D(2, 2)),
        "random_sharpness": lambda L: (L.RandomSharpness(0.4, value_range=(0, 1)), L.Conv2D(2, 2)),
        "random_color_degeneration": lambda L: (L.RandomColorDegeneration(0.4), L.Conv2D(2, 2)),
        "random_posterization": lambda L: (L.RandomPosterization(3, value_range=(0, 1)), L.Conv2D(2, 2)),
        "solarization": lambda L: L.Solarization(value_range=(0, 1)),
    },
    keras=KERAS_3,
    values="unit",
    formats=("keras",),
)
random.layers(
    IMAGE,
    {
        "random_brightness": lambda L: (L.RandomBrightness(0.2, value_range=(0, 1)), L.Conv2D(2, 2)),
    },
    keras=KERAS_2,
    values="unit",
)

sounds = Family("spectrograms", __file__, keras=KERAS_3)
sounds.layers(
    (64, 1),
    {
        "stft_spectrogram": lambda L: L.STFTSpectrogram(
            mode="magnitude", frame_length=16, frame_step=8, fft_length=16
        ),
        "stft_spectrogram_log": lambda L: L.STFTSpectrogram(
            mode="log", frame_length=16, frame_step=8, fft_length=16
        ),
    },
)
sounds.layers(
    (64,),
    {
        "mel_spectrogram": lambda L: L.MelSpectrogram(
            fft_length=16, sequence_stride=8, num_mel_bins=4, sampling_rate=1000, max_freq=500
        ),
    },
    refused="no layer of TensorFlow.js sums frequencies into mel bands",
)


def _weighted(k):
    tokens, weights = k.input(4, dtype="int32"), k.input(4)
    layer = k.layers.CategoryEncoding(6, output_mode="count")
    return k.model([tokens, weights], layer(tokens, count_weights=weights))


def _crossed(k):
    first, second = k.input(1, dtype="int64"), k.input(1, dtype="int64")
    return k.model([first, second], k.layers.HashedCrossing(9)([first, second]))
