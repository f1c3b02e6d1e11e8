"""Ended at any moment: what stands at OUT is nothing, the old artifact or the new one, and whole.

``SIGKILL`` gives no time to tidy up: the next run does. After ``SIGTERM`` and ``SIGINT`` nothing is left.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attack import GOLDEN, edited
from depth import TIMES
from jail import shared
from whole import beside, check_whole, contents

import converter

OLD = GOLDEN / "sequential_dense.h5"
NEW = GOLDEN / "depthwise.h5"
OPTIONS = {"force": True, "quantize": ["uint8"], "shard_size": 500}
ROUNDS = 30 * TIMES
SIDE = 3000
MOST = 200
"""More operations on files than a small conversion does."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the two sources become."""
    folder = tmp_path_factory.mktemp("expected")
    for source in (OLD, NEW):
        converter.convert(source, folder / source.stem, verify=False, **OPTIONS)
    return {source.stem: check_whole(folder / source.stem) for source in (OLD, NEW)}


@pytest.mark.parametrize("slow_rename", [False, True])
@pytest.mark.parametrize("replacing", [False, True])
def test_killed_before_every_operation_on_files(
    tmp_path: Path, expected: dict[str, dict[str, bytes]], replacing: bool, slow_rename: bool
) -> None:
    out = tmp_path / "out"
    seen: set[str] = set()
    ended = 0
    if replacing:
        converter.convert(OLD, out, verify=False, **OPTIONS)
    for moment in range(MOST):
        outcome = shared().run(NEW, out, options=OPTIONS, moment=moment, slow_rename=slow_rename)
        if outcome["exit_code"] == 0:
            # Threads do some of the operations: another run may have a few more.
            ended += 1
            if ended == 3:
                break
            continue
        assert outcome["signal"] == signal.SIGKILL
        seen.add(state(out, expected))
        if replacing and not out.exists():
            # Between two renames. A run that fails puts back what the killed one had moved away.
            assert slow_rename
            with contextlib.suppress(converter.ConverterError):
                converter.convert(OLD, out, verify=False)
            assert state(out, expected) == OLD.stem
    else:
        pytest.fail("the conversion never ended")
    assert seen >= {OLD.stem if replacing else "nothing", NEW.stem}
    converter.convert(NEW, out, verify=False, **OPTIONS)
    assert state(out, expected) == NEW.stem
    assert not beside(out)


def state(out: Path, expected: dict[str, dict[str, bytes]]) -> str:
    """Which artifact stands there, whole."""
    if not out.exists():
        return "nothing"
    found = contents(out)
    return next(name for name, files in expected.items() if files == found)


@pytest.mark.parametrize("replacing", [False, True])
def test_killed_at_random(tmp_path: Path, expected: dict[str, dict[str, bytes]], replacing: bool) -> None:
    out = tmp_path / "out"
    if replacing:
        converter.convert(OLD, out, verify=False, **OPTIONS)
    for seconds in np.random.default_rng(TIMES).uniform(0.001, 0.03, ROUNDS):
        shared().run(NEW, out, options=OPTIONS, seconds=seconds)
        state(out, expected)
    converter.convert(NEW, out, verify=False, **OPTIONS)
    assert not beside(out)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes long enough to be caught while it is written."""
    folder = tmp_path_factory.mktemp("large")
    with edited(folder) as file:
        config = json.loads(file.attrs["model_config"])
        first, second = config["config"]["layers"][:2]
        first["config"]["batch_input_shape"] = [None, SIDE]
        second["config"] |= {"units": SIDE, "use_bias": False}
        config["config"]["layers"] = [first, second]
        file.attrs["model_config"] = json.dumps(config)
        del file["model_weights"]
        group = file.create_group("model_weights/dense")
        group.attrs["weight_names"] = np.array([b"dense/kernel:0"])
        group["dense/kernel:0"] = np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype("<f4")
    return folder / "model.h5"


@pytest.mark.parametrize(
    ("number", "group", "codes"),
    [
        (signal.SIGINT, True, {130}),
        (signal.SIGINT, False, {130}),
        (signal.SIGTERM, True, {-signal.SIGTERM, 143}),
        (signal.SIGTERM, False, {-signal.SIGTERM, 143}),
        (signal.SIGKILL, False, {-signal.SIGKILL}),
    ],
)
@pytest.mark.parametrize("replacing", [False, True])
def test_command_ended_while_it_writes(
    large: Path, tmp_path: Path, number: int, group: bool, codes: set[int], replacing: bool
) -> None:
    """As Ctrl-C does it (to all processes of a terminal), or another process (to one)."""
    out = tmp_path / "out"
    if replacing:
        converter.convert(OLD, out, verify=False)
    before = contents(out) if replacing else None
    command = [sys.executable, "-m", "converter", "convert", str(large), str(out), "--no-verify"]
    process = subprocess.Popen(
        [*command, "--quantize", "uint8", "--force"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: beside(out))
    (os.killpg if group else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in codes, errors
    assert "Traceback" not in errors
    # The worker, which holds the folder, ends a little later than the command that was killed.
    wait_until(lambda: not beside(out))
    assert (contents(out) if out.exists() else None) == before


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)
