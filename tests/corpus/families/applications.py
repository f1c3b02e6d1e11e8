"""Every architecture of ``keras.applications``, at a small size and with random weights."""

from __future__ import annotations

import importlib
from typing import Any

from tests.corpus.cases import Family

applications = Family("applications", __file__, large=True, values="image")

SIZES = {
    32: (
        *("VGG16", "VGG19", "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"),
        *("ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2"),
        *("DenseNet121", "DenseNet169", "DenseNet201"),
        *(f"EfficientNetB{index}" for index in range(8)),
        *(f"EfficientNetV2{index}" for index in ("B0", "B1", "B2", "B3", "S", "M", "L")),
        *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
        *("NASNetMobile", "NASNetLarge"),
    ),
    75: ("InceptionV3", "InceptionResNetV2"),
    71: ("Xception",),
}

# Before the softmax: after it, random networks say the same of everything.
for size, architectures in SIZES.items():
    applications.models(
        {
            f"application_{name.lower()}": lambda k, name=name, size=size: getattr(
                k.keras.applications, name
            )(weights=None, input_shape=(size, size, 3), classes=7, classifier_activation=None)
            for name in architectures
        }
    )

brought_along = Family("layers of applications", __file__)


def _architecture(kit: Any, module: str) -> Any:
    return importlib.import_module(f"{kit.keras.__name__}.src.applications.{module}")


def _layer_scales(kit: Any) -> Any:
    """Two of them, whose variables Keras 3 numbers."""
    scale = _architecture(kit, "convnext").LayerScale
    return kit.chain((4, 4, 3), (scale(0.1, 3), kit.layers.Conv2D(5, 1), scale(0.2, 5)))


def _scaled_sum(kit: Any) -> Any:
    scale = _architecture(kit, "inception_resnet_v2").CustomScaleLayer
    return kit.of_two((4, 3), (4, 3), lambda a, b: scale(0.17)([a, b]))


brought_along.models({"layer_scales": _layer_scales, "scaled_sum": _scaled_sum})
