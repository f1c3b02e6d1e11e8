"""Trained Keras models become proven TensorFlow.js models.

``convert``, ``inspect``, ``verify``, ``quantize`` and ``patch`` do what the commands of the same names do
and return their report, ``export`` writes the Keras file again, ``write_shims`` does what ``shims`` does;
``load`` reads a file into the typed model.
"""

from __future__ import annotations

from converter.version import VERSION

TYPE_CHECKING = False  # typing itself is not worth loading before the worker is forked
if TYPE_CHECKING:
    from typing import Any

    from converter.api import convert, doctor, export, inspect, load, patch, quantize, verify, write_shims
    from converter.errors import ConverterError

__version__ = VERSION
__all__ = [
    "ConverterError",
    "__version__",
    "convert",
    "doctor",
    "export",
    "inspect",
    "load",
    "patch",
    "quantize",
    "verify",
    "write_shims",
]


def __getattr__(name: str) -> Any:
    """Imports numpy and h5py only when they are needed: ``--help`` and the version are not worth the wait."""
    if name in __all__:
        from converter import api

        return getattr(api, name)
    raise AttributeError(f"module 'converter' has no attribute '{name}'")
