"""Has Keras make the models of the corpus, in a process of its own, a few ahead of who asks."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from converter.children import QUIET, command
from tests.corpus.cases import Case

AHEAD = 4
"""How many models Keras may make before they are converted: files of large ones fill a disk."""


Wanted = tuple[Case, Sequence[str]]
"""A case, and the formats that it is wanted in."""


def made(cases: Sequence[Wanted], major: int, folder: Path) -> Iterator[tuple[Wanted, dict[str, Any]]]:
    """Each case with what Keras said of it (see ``generate.make``), once its files stand in the folder.

    Files that are there and as new as the Python that made them are taken as they are.
    """
    digests = {case.name: _digest(case) for case, _ in cases}
    missing: list[Wanted] = []
    for case, formats in cases:
        answer = _cached(case, formats, folder, digests[case.name])
        if answer is None:
            missing.append((case, formats))
        else:
            yield (case, formats), answer
    if not missing:
        return
    script = command("tests.corpus.generate", str(major), str(folder))
    # Parts of Keras 2 take their classes from ``tf.keras``.
    environment = {**os.environ, **QUIET, "TF_USE_LEGACY_KERAS": "1" if major == 2 else "0"}
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(script, stdin=pipe, stdout=pipe, stderr=log, text=True, env=environment) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        todo, asked = deque(missing), deque[Wanted]()
        try:
            while todo or asked:
                while todo and len(asked) < AHEAD:
                    case, formats = todo[0]
                    child.stdin.write(" ".join((case.name, *formats)) + "\n")
                    asked.append(todo.popleft())
                child.stdin.flush()
                line = child.stdout.readline()
                if not line:
                    log.seek(0)
                    raise RuntimeError(f"Keras fell over at {asked[0][0].name}: {log.read()[-2000:]}")
                case, formats = asked.popleft()
                (folder / f"{case.name}.digest").write_text(digests[case.name])
                yield (case, formats), json.loads(line)
        finally:
            child.kill()


def _digest(case: Case) -> str:
    """Of all Python that makes the files of a case."""
    here = Path(__file__).parent
    files = [case.source, *(here / name for name in ("cases.py", "kit.py", "values.py", "generate.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _cached(case: Case, formats: Sequence[str], folder: Path, digest: str) -> dict[str, Any] | None:
    mark = folder / f"{case.name}.digest"
    if not mark.is_file() or mark.read_text() != digest:
        return None
    answer: dict[str, Any] = json.loads((folder / f"{case.name}.json").read_text())
    there = (folder.joinpath(f"{case.name}.{each}").exists() or each in answer["unsaved"] for each in formats)
    return answer if answer["error"] or all(there) else None
