"""Loads whole models and saves their weights alone: ``python weights_child.py OUT MODEL.h5 …``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tensorflow import keras

LEGACY = os.environ["TF_USE_LEGACY_KERAS"] == "1"


def main(out: Path, sources: list[Path]) -> None:
    failed: dict[str, str] = {}
    for source in sources:
        try:
            model = keras.models.load_model(source, compile=False)
        except Exception as error:  # noqa: BLE001 (not every Keras loads every file of another)
            failed[source.stem] = str(error)[:200]
            continue
        model.save_weights(str(out / f"{source.stem}.weights.h5"))
        if LEGACY:
            model.save_weights(str(out / f"{source.stem}.hdf5"))
            (out / f"{source.stem}.json").write_text(model.to_json())
    (out / "failed.json").write_text(json.dumps(failed))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
