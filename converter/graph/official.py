"""The official converter: where it is, which operations it knows, and how it is imported.

Of ``tensorflowjs`` 4.22.0 only the conversion of SavedModels is imported, without the packages that its
``__init__`` files ask for (jax, flax, tf_keras, decision forests): with TensorFlow at hand, its 0.8 MB do.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from converter.errors import MissingRuntimeError

PACKAGE = "tensorflowjs"
VERSION = "4.22.0"
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"
INSTALL_TENSORFLOW = "pip install 'upconvert[verify]'"

_CONVERSION = f"{PACKAGE}.converters.tf_saved_model_conversion_v2"
_UNUSED = ("tensorflow_decision_forests", "tensorflow_hub")
"""What the conversion imports for models that are not handed to it here."""


def installed() -> str | None:
    """The version that is installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None


def missing() -> list[str]:
    """What a conversion needs and does not find, as commands that install it."""
    lacking = [] if importlib.util.find_spec("tensorflow") else [INSTALL_TENSORFLOW]
    return lacking + ([] if installed() == VERSION else [INSTALL])


def find() -> Path:
    """The folder of the package; it is not imported.

    Raises:
        MissingRuntimeError: when it, or TensorFlow, is not installed.
    """
    lacking = missing()
    spec = None if lacking else importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingRuntimeError(
            "graph-missing",
            "--format graph",
            f"graph models are made by TensorFlow and the official {PACKAGE} {VERSION}.",
            f"Get it: {' && '.join(lacking) or INSTALL}",
        )
    return Path(spec.origin).parent


def supported(folder: Path) -> frozenset[str]:
    """The names of the operations that TensorFlow.js has, as the package in ``folder`` lists them."""
    lists = [json.loads(path.read_text("utf-8")) for path in sorted((folder / "op_list").glob("*.json"))]
    return frozenset(str(each["tfOpName"]) for each_list in lists for each in each_list)


def conversion(folder: Path) -> ModuleType:
    """The module that converts SavedModels; for a child, in which TensorFlow may be imported."""
    for name, place in ((PACKAGE, folder), (f"{PACKAGE}.converters", folder / "converters")):
        package = ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package
    for name in _UNUSED:
        sys.modules.setdefault(name, ModuleType(name))
    return importlib.import_module(_CONVERSION)
