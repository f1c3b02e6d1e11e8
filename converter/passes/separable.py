"""Keys of separable convolutions that TensorFlow.js refuses."""

from __future__ import annotations

from converter.model import Config, Model
from converter.passes.base import Change, Pass, PassResult, map_configs

CLASSES = {"SeparableConv1D", "SeparableConv2D"}
REFUSED = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


class DropSeparableKernel(Pass):
    """Removes the keys for one kernel from layers that have two.

    Keras writes them since 2.5; TensorFlow.js refuses to load a separable convolution that has any.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites separable convolutions, those inside wrappers as well."""
        found: list[str] = []

        def one(class_name: str, config: Config, where: str) -> tuple[str, Config]:
            if class_name not in CLASSES or all(config.get(key) is None for key in REFUSED):
                return class_name, config
            found.append(where)
            return class_name, {key: value for key, value in config.items() if key not in REFUSED}

        rewritten = map_configs(model, one)
        if not found:
            return PassResult(model)
        why = "TensorFlow.js refuses it beside the depthwise and pointwise ones"
        return PassResult(rewritten, (Change("kernel_initializer dropped", tuple(found), why),))
