"""The public functions, gathered."""

from converter.conversion import convert, quantize
from converter.diagnosis import doctor
from converter.errors import ConverterError
from converter.exporting import export
from converter.inspection import inspect
from converter.patching import patch
from converter.shimming import shims as write_shims
from converter.sources import load
from converter.verification import verify

__all__ = [
    "ConverterError",
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
