"""ResNet-50 of ``keras.applications`` as Keras 3 saves it, and its twin of the same weights by Keras 2.

``python benchmarks/keras3.py FOLDER`` writes ``resnet50.keras`` and ``resnet50-keras2.h5``; the official
converter cannot read the first.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SEED = 20


def main(folder: Path) -> None:
    """Writes both files."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tf_keras

    keras.utils.set_random_seed(SEED)
    model = keras.applications.ResNet50(weights=None)
    model.save(folder / "resnet50.keras")
    twin = tf_keras.applications.ResNet50(weights=None)
    twin.set_weights(model.get_weights())
    twin.save(folder / "resnet50-keras2.h5")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
