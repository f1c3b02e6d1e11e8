"""Trains ``rdn-small.h5``: a small Residual Dense Network (RDN) that doubles the size of a picture.

The network is that of Zhang et al., "Residual Dense Network for Image Super-Resolution" (2018), with the
layer names of idealo's ISR. It takes RGB in 0..1 of any size.

The pictures are those that ship inside the packages scikit-image and scikit-learn, so nothing is
downloaded. Two of them are held out of training, to measure by how much the network beats bicubic
interpolation.

``make train`` runs this, in about 8 minutes on two free CPU cores. It writes, beside this file,

- ``rdn-small.h5``, the trained model in the HDF5 format of Keras 2, and
- ``rdn-small.json``, its PSNR on the pictures held out.

It needs tensorflow, tf_keras, numpy, pillow, scikit-image and scikit-learn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import skimage
import sklearn
import tensorflow as tf
import tf_keras as keras
from numpy.typing import NDArray
from PIL import Image
from tf_keras import layers

Floats = NDArray[np.float32]

OUTPUT = Path(__file__).with_name("rdn-small.h5")
SKIMAGE = Path(skimage.__file__).parent / "data"
SKLEARN = Path(sklearn.__file__).parent / "datasets" / "images"
TRAINING = [
    SKIMAGE / "chelsea.png",
    SKIMAGE / "hubble_deep_field.jpg",
    SKIMAGE / "motorcycle_left.png",
    SKIMAGE / "motorcycle_right.png",
    SKIMAGE / "rocket.jpg",
    SKLEARN / "china.jpg",
    SKLEARN / "flower.jpg",
]
HELD_OUT = [SKIMAGE / "astronaut.png", SKIMAGE / "coffee.png"]

# The network; idealo calls these x, D, C, G and G0.
SCALE = 2
BLOCKS = 3
CONVOLUTIONS = 3  # in each block
GROWTH = 16  # channels that each of these adds
CHANNELS = 16  # between the blocks

SEED = 1
STEPS = 6000
BATCH = 8
PATCH = 32  # side of the small patches
LEARNING_RATE = 1e-3  # at the start; decays to zero along a cosine
BORDER = 4  # pixels along each edge that PSNR leaves out


def main() -> None:
    """Trains, saves and measures the network."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = build()
    start_as_bilinear(model)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    model.compile(keras.optimizers.Adam(rate), loss="mae")
    data = batches(np.random.default_rng(SEED))
    model.fit(data, epochs=10, steps_per_epoch=STEPS // 10, verbose=2)
    model.save(OUTPUT, save_format="h5", include_optimizer=False)

    figures = {file.name: measure(model, file) for file in HELD_OUT}
    for name, figure in figures.items():
        print(f"{name}: bicubic {figure['bicubic_db']:.2f} dB, model {figure['model_db']:.2f} dB")
    report = {"parameters": model.count_params(), "held_out": figures}
    OUTPUT.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")


def build() -> keras.Model:
    """The untrained network."""

    def conv(x: Any, filters: int, size: int, name: str, *, relu: bool = False) -> Any:
        x = layers.Conv2D(filters, size, padding="same", name=name)(x)
        return layers.Activation("relu", name=f"{name}_Relu")(x) if relu else x

    low = keras.Input((None, None, 3), name="LR")
    shallow = conv(low, CHANNELS, 3, "F_m1")
    block = conv(shallow, CHANNELS, 3, "F_0")
    blocks = []
    for d in range(1, BLOCKS + 1):
        dense = block
        for c in range(1, CONVOLUTIONS + 1):
            new = conv(dense, GROWTH, 3, f"F_{d}_{c}", relu=True)
            dense = layers.Concatenate(name=f"RDB_Concat_{d}_{c}")([dense, new])
        fused = conv(dense, CHANNELS, 1, f"LFF_{d}")
        block = layers.Add(name=f"LRL_{d}")([fused, block])
        blocks.append(block)

    x = layers.Concatenate(name="LRLs_Concat")(blocks)
    x = conv(x, CHANNELS, 1, "GFF_1")
    x = conv(x, CHANNELS, 3, "GFF_2")
    x = layers.Add(name="FDF")([x, shallow])
    x = conv(x, 32, 5, "UPN1", relu=True)
    x = conv(x, 32, 3, "UPN2", relu=True)
    x = conv(x, 3 * SCALE**2, 3, "UPN3")
    x = layers.UpSampling2D(SCALE, interpolation="nearest", name="UPsample")(x)
    return keras.Model(low, conv(x, 3, 3, "SR"), name="rdn")


def start_as_bilinear(model: keras.Model) -> None:
    """Makes the untrained network interpolate, so that all there is to learn is the detail.

    Red, green and blue pass unchanged through the first three channels, up to the last convolution. What
    nearest-neighbour upsampling makes of them, that one blurs, which comes to bilinear interpolation.
    """
    unchanged = np.zeros((3, 3))
    unchanged[1, 1] = 1
    blur = np.outer([1, 2, 1], [1, 2, 1]) / 16
    filters = {
        "F_m1": unchanged,
        "GFF_2": 0 * unchanged,  # is added to F_m1
        "UPN1": np.pad(unchanged, 1),
        "UPN2": unchanged,
        "UPN3": unchanged,
        "SR": blur,
    }
    for name, filter_ in filters.items():
        kernel, bias = model.get_layer(name).get_weights()
        kernel[..., :3] = 0
        kernel[:, :, :3, :3] = np.multiply.outer(filter_, np.eye(3))
        model.get_layer(name).set_weights([kernel, bias])


def batches(rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    """Endless batches of patches, small and large, turned and mirrored at random."""
    pairs = [(to_array(low), to_array(high)) for low, high in map(load, TRAINING)]
    areas = np.array([low.size for low, _ in pairs])
    while True:
        lows, highs = [], []
        for index in rng.choice(len(pairs), BATCH, p=areas / areas.sum()):
            low, high = pairs[index]
            y, x = (rng.integers(side - PATCH + 1) for side in low.shape[:2])
            turns, mirror = rng.integers(4), rng.choice([1, -1])
            for image, scale, patches in ((low, 1, lows), (high, SCALE, highs)):
                patch = image[scale * y :, scale * x :][: scale * PATCH, : scale * PATCH]
                patches.append(np.rot90(patch, turns)[:, ::mirror])
        yield np.stack(lows), np.stack(highs)


def load(file: Path) -> tuple[Image.Image, Image.Image]:
    """A picture at half its size, and the picture itself."""
    picture = Image.open(file).convert("RGB")
    width, height = (side // SCALE for side in picture.size)
    high = picture.crop((0, 0, SCALE * width, SCALE * height))
    return high.resize((width, height), Image.Resampling.BICUBIC), high


def to_array(picture: Image.Image) -> Floats:
    """Red, green and blue in 0..1."""
    return np.asarray(picture, np.float32) / 255


def measure(model: keras.Model, file: Path) -> dict[str, float]:
    """PSNR in dB of a picture that was halved, then enlarged by bicubic interpolation and by the model."""
    low, high = load(file)
    truth = to_array(high)
    bicubic = psnr(to_array(low.resize(high.size, Image.Resampling.BICUBIC)), truth)
    output = psnr(model(to_array(low)[np.newaxis]).numpy()[0].clip(0, 1), truth)
    return {
        "bicubic_db": round(bicubic, 2),
        "model_db": round(output, 2),
        "gain_db": round(output - bicubic, 2),
    }


def psnr(image: Floats, truth: Floats) -> float:
    """Peak signal-to-noise ratio in dB of an image in 0..1."""
    gap = np.subtract(image, truth, dtype=np.float64)[BORDER:-BORDER, BORDER:-BORDER]
    return -10 * math.log10(np.mean(gap**2))


if __name__ == "__main__":
    main()
