"""Custom layers that multiply by a constant, as the layer that TensorFlow.js has for it."""

from __future__ import annotations

from converter.model import Config, Model
from converter.passes.base import Change, Pass, PassResult, map_configs
from converter.passes.scaling import BASE_KEYS, custom_factor


class ScaleToRescaling(Pass):
    """``MultiplyBeta``, ``Scale`` and the like become ``Rescaling`` with the same factor and no offset.

    Exact, but for the sign of a zero: ``Rescaling`` adds its offset 0, and -0 + 0 is 0.
    """

    def __call__(self, model: Model) -> PassResult:
        """Rewrites layers, those inside wrappers as well."""
        # One that has weights is another class of the same name; names tell it inside a wrapper, too.
        weighted = {layer.name for layer in model.walk() if layer.weights}
        found: dict[str, list[str]] = {}

        def one(class_name: str, config: Config, where: str) -> tuple[str, Config]:
            factor = None if where in weighted else custom_factor(class_name, config)
            if factor is None:
                return class_name, config
            found.setdefault(class_name, []).append(where)
            kept = {key: value for key, value in config.items() if key in BASE_KEYS}
            scale = factor[0] if len(factor) == 1 else list(factor)
            return "Rescaling", {**kept, "scale": scale, "offset": 0.0}

        rewritten = map_configs(model, one)
        why = "'Rescaling' is built into TensorFlow.js and computes the same"
        changes = tuple(
            Change(f"{class_name} → Rescaling", tuple(where), why) for class_name, where in found.items()
        )
        return PassResult(rewritten if changes else model, changes)
