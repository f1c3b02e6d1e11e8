"""Places that cannot be written to, or must not be."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack import GOLDEN, edited
from jail import Outcome, shared
from verdict import check_refusal
from whole import beside, check_whole, contents

import converter

SOURCE = GOLDEN / "sequential_dense.h5"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def refused(outcome: Outcome, code: str, exit_code: int = 2) -> None:
    check_refusal({**outcome, "written": False})
    assert (outcome["code"], outcome["exit_code"]) == (code, exit_code)


def test_source_without_permission(open_folder: Path) -> None:
    source = Path(shutil.copy(SOURCE, open_folder / "model.h5"))
    source.chmod(0)
    refused(shared().run(source, open_folder / "out", unprivileged=True), "source-unreadable", 3)


def test_source_in_a_folder_without_permission(open_folder: Path) -> None:
    (open_folder / "closed").mkdir()
    source = Path(shutil.copy(SOURCE, open_folder / "closed" / "model.h5"))
    (open_folder / "closed").chmod(0)
    try:
        refused(shared().run(source, open_folder / "out", unprivileged=True), "source-unreadable", 3)
    finally:
        (open_folder / "closed").chmod(0o700)


def test_shard_without_permission(open_folder: Path) -> None:
    converter.convert(SOURCE, open_folder / "model", verify=False)
    (open_folder / "model").chmod(0o755)
    for path in (open_folder / "model").iterdir():
        path.chmod(0 if path.suffix == ".bin" else 0o644)
    (open_folder / "place").mkdir()
    (open_folder / "place").chmod(0o777)
    outcome = shared().run(open_folder / "model", open_folder / "place" / "out", unprivileged=True)
    refused(outcome, "tfjs-unreadable", 3)


@pytest.mark.parametrize("out", ["out", "new/folders/out"])
def test_target_that_is_read_only(open_folder: Path, out: str) -> None:
    source = Path(shutil.copy(SOURCE, open_folder / "model.h5"))
    source.chmod(0o644)
    (open_folder / "place").mkdir()
    (open_folder / "place").chmod(0o555)
    refused(shared().run(source, open_folder / "place" / out, unprivileged=True), "out-unwritable")
    assert contents(open_folder / "place") == {}


def test_target_that_cannot_be_looked_into(open_folder: Path) -> None:
    source = Path(shutil.copy(SOURCE, open_folder / "model.h5"))
    source.chmod(0o644)
    (open_folder / "out").mkdir(mode=0o700)
    (open_folder / "out").chmod(0)
    refused(shared().run(source, open_folder / "out", unprivileged=True), "out-unwritable")
    (open_folder / "out").chmod(0o700)


def test_target_whose_place_cannot_be_listed(open_folder: Path) -> None:
    """Odd, but enough to write there."""
    source = Path(shutil.copy(SOURCE, open_folder / "model.h5"))
    source.chmod(0o644)
    (open_folder / "place").mkdir()
    (open_folder / "place").chmod(0o333)
    outcome = shared().run(source, open_folder / "place" / "out", unprivileged=True)
    assert outcome["exit_code"] == 0


@pytest.mark.parametrize("limit", [0, 447, 1000])
def test_disk_full_at_any_file(tmp_path: Path, limit: int) -> None:
    """The shard has 448 bytes, and ``model.json`` more than 1000."""
    outcome = shared().run(SOURCE, tmp_path / "out", largest_file=limit)
    refused(outcome, "out-unwritable")
    assert contents(tmp_path) == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_disk_that_is_really_full(small_disk: Path) -> None:
    refused(shared().run(GOLDEN / "residual_dense_network.h5", small_disk / "out"), "out-unwritable")
    assert list(small_disk.iterdir()) == []


def test_replacing_on_a_disk_that_is_really_full(small_disk: Path) -> None:
    converter.convert(SOURCE, small_disk / "out", verify=False)
    before = contents(small_disk / "out")
    outcome = shared().run(GOLDEN / "residual_dense_network.h5", small_disk / "out", options={"force": True})
    refused(outcome, "out-unwritable")
    assert contents(small_disk / "out") == before


@pytest.mark.parametrize("force", [False, True])
def test_target_that_is_a_file(tmp_path: Path, force: bool) -> None:
    (tmp_path / "out").write_text("mine")
    refused(shared().run(SOURCE, tmp_path / "out", options={"force": force}), "out-file")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("out", ["model.h5", "model.h5/out", "x" * 300, "a\0b", "loop", "loop/out"])
def test_target_that_cannot_be(tmp_path: Path, out: str) -> None:
    shutil.copy(SOURCE, tmp_path / "model.h5")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(path.name for path in tmp_path.iterdir())
    outcome = shared().run(SOURCE, tmp_path / out)
    assert outcome["exit_code"] == 2
    assert outcome["code"] in {"out-file", "out-unwritable"}
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("others", [["notes.txt"], ["model.json", "notes.txt"], ["model.json", ".git"]])
def test_target_that_holds_something_else(tmp_path: Path, others: list[str], force: bool) -> None:
    (tmp_path / "out").mkdir()
    for name in others:
        (tmp_path / "out" / name).write_text("mine")
    outcome = shared().run(SOURCE, tmp_path / "out", options={"force": force})
    refused(outcome, "out-exists" if others[0] == "model.json" and not force else "out-other")
    assert contents(tmp_path / "out") == dict.fromkeys(others, b"mine")


def test_target_that_exists(tmp_path: Path) -> None:
    converter.convert(SOURCE, tmp_path / "out", verify=False)
    before = contents(tmp_path / "out")
    refused(shared().run(GOLDEN / "depthwise.h5", tmp_path / "out"), "out-exists")
    assert contents(tmp_path / "out") == before


def test_target_that_is_a_link(tmp_path: Path) -> None:
    """What it stands for is replaced, and the link stays."""
    converter.convert(GOLDEN / "depthwise.h5", tmp_path / "v1", verify=False)
    (tmp_path / "out").symlink_to("v1")
    assert shared().run(SOURCE, tmp_path / "out", options={"force": True})["exit_code"] == 0
    assert (tmp_path / "out").is_symlink()
    assert b"depthwise" not in check_whole(tmp_path / "v1")["upconvert.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "v1"]


def test_target_of_a_name_that_is_a_pattern(tmp_path: Path) -> None:
    """Nobody's leftovers but one's own are removed."""
    (tmp_path / ".other.upconvert-1").mkdir()
    (tmp_path / ".*.upconvert-1").mkdir()
    assert shared().run(SOURCE, tmp_path / "*")["exit_code"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["*", ".other.upconvert-1"]


def late_failure(folder: Path) -> Path:
    """A model whose last weight does not fit in float16: shards have been written when that is found."""
    with edited(folder) as file:
        file["model_weights/dense_1/dense_1/bias:0"][-1] = 1e9
    return folder / "model.h5"


@pytest.mark.parametrize("slow_rename", [False, True])
@pytest.mark.parametrize("why", ["weight", "disk"])
def test_the_old_artifact_stays_when_replacing_fails(tmp_path: Path, why: str, slow_rename: bool) -> None:
    out = tmp_path / "out"
    converter.convert(GOLDEN / "depthwise.h5", out, verify=False)
    before = contents(out)
    options = {"force": True, "quantize": ["float16"], "shard_size": 16}
    if why == "weight":
        outcome = shared().run(late_failure(tmp_path), out, options=options, slow_rename=slow_rename)
        refused(outcome, "quantize-range", 4)
    else:
        outcome = shared().run(SOURCE, out, options=options, largest_file=1000, slow_rename=slow_rename)
        refused(outcome, "out-unwritable")
    assert contents(out) == before


def test_a_source_may_be_replaced_by_what_is_made_of_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    converter.convert(GOLDEN / "depthwise.h5", out, verify=False)
    outcome = shared().run(out, out, options={"force": True, "quantize": ["uint8"]})
    assert outcome["exit_code"] == 0
    check_whole(out)
    assert not beside(out)


def test_a_folder_that_a_crash_left_is_removed_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / ".out.upconvert-0123").mkdir()
    (tmp_path / ".out.upconvert-0123" / "model.json").write_text("half")
    converter.convert(SOURCE, tmp_path / "out", verify=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_fails_leaves_no_parents(tmp_path: Path) -> None:
    with contextlib.suppress(converter.ConverterError):
        converter.convert(
            late_failure(tmp_path), tmp_path / "a" / "b" / "c", quantize=["float16"], verify=False
        )
    assert [path.name for path in tmp_path.iterdir()] == ["model.h5"]
