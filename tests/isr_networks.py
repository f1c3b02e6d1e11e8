"""Networks that idealo's own code builds, saved in the forms in which people hold them.

``python isr_networks.py FOLDER`` (with that code on PYTHONPATH) leaves for each network ``NAME.hdf5`` with
its weights alone, ``NAME.h5`` with all of it, and ``NAME.npz`` with a picture and what it makes of that.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from types import ModuleType

SMALL = {"C": 2, "D": 2, "G": 5, "G0": 6}
NETWORKS = {
    f"{kind}-x{scale}": (kind, scale)
    for kind, scale in itertools.product(("ups", "shuffle", "rrdn"), (2, 3, 4))
}


def builder_arguments(kind: str, scale: int) -> tuple[str, dict[str, object]]:
    """The class of idealo's that builds a network, and what it takes."""
    if kind == "rrdn":
        return "ISR.models.rrdn:RRDN", {"arch_params": {**SMALL, "T": 2, "x": scale}, "beta": 0.2}
    return "ISR.models.rdn:RDN", {"arch_params": {**SMALL, "x": scale}, "upscaling": kind}


def main(folder: Path) -> None:
    os.environ |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    import numpy as np
    import tensorflow as tf

    sys.modules["ISR.assistant"] = ModuleType(
        "ISR.assistant"
    )  # its part for the terminal, which needs more packages
    from ISR.models import rdn, rrdn

    keras = tf.keras

    class MultiplyBeta(keras.layers.Layer):
        def __init__(self, beta, **config):
            super().__init__(**config)
            self.beta = beta

        def call(self, inputs):
            return inputs * self.beta

        def get_config(self):
            return {**super().get_config(), "beta": self.beta}

    class PixelShuffle(keras.layers.Layer):
        def __init__(self, scale, **config):
            super().__init__(**config)
            self.scale = scale

        def call(self, inputs):
            return tf.nn.depth_to_space(inputs, self.scale)

        def get_config(self):
            return {**super().get_config(), "scale": self.scale}

    def without_lambdas(scale):
        """What stands for ``Lambda`` in code that can be saved."""
        return lambda _function, name=None: (
            PixelShuffle(scale, name=name) if name == "PixelShuffle" else MultiplyBeta(0.2)
        )

    own_lambda = rdn.Lambda
    for name, (kind, scale) in NETWORKS.items():
        keras.utils.set_random_seed(scale)
        module = rrdn if kind == "rrdn" else rdn
        build = module.RRDN if kind == "rrdn" else module.RDN
        _, arguments = builder_arguments(kind, scale)
        network = build(**arguments, **{"init_val" if kind == "rrdn" else "init_extreme_val": 0.3}).model
        network.save_weights(folder / f"{name}.hdf5", save_format="h5")
        module.Lambda = without_lambdas(scale)
        whole = build(**arguments).model
        module.Lambda = own_lambda
        whole.set_weights(network.get_weights())
        whole.save(folder / f"{name}.h5")
        picture = np.random.default_rng(scale).uniform(0, 1, (1, 7, 9, 3)).astype("float32")
        np.savez(folder / f"{name}.npz", picture=picture, expected=network(picture).numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
