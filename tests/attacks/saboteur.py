"""The command line with a conversion that goes wrong, in the way that its source is named."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from converter.artifact.staging import Staging
from converter.cli import entry, worker
from converter.sources import watchdog


def convert(source: str, out: str, **_options: Any) -> None:
    with Staging(Path(out)) as staging:
        (staging.path / "model.json").write_text("{}")
        match source:
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "hang":
                with watchdog.limited():
                    while True:
                        pass
            case "gluttony":
                raise MemoryError
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "bug":
                raise ZeroDivisionError


if __name__ == "__main__":
    worker.MODULES["convert"] = "saboteur"
    worker.READING_SECONDS = 0.3
    sys.argv[1:1] = ["convert"]
    entry.upconvert()
